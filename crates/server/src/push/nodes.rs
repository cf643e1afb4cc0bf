//! Several nodes on one PostgreSQL: what one decides, the desktops of the other hear at once.

use super::{Connected, Cut};
use crate::app::App;
use crate::channels::Senders;
use crate::config::Config;
use crate::engine::testing;
use crate::library::testing::{Desktop, declare, incident_id, make_private, note, place, with_team};
use crate::storage::{DatabaseUrl, NewDevice};
use firebell_domain::DeviceId;
use firebell_domain::alert::SignalKind;
use firebell_log::Era;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Less than the 15 s after which a node would have looked by itself.
const AT_ONCE: Duration = Duration::from_secs(10);

fn node(url: &DatabaseUrl) -> Arc<App> {
    let senders = Arc::new(Senders::new(true).unwrap());
    App::start(Config::default(), url, None, senders).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_tell_each_others_desktops_and_cut_each_others_devices() {
    let Ok(url) = std::env::var("FIREBELL_TEST_POSTGRES") else {
        eprintln!("FIREBELL_TEST_POSTGRES is not set: two nodes were not tested");
        return;
    };
    let _already = rustls::crypto::ring::default_provider().install_default();
    let url = DatabaseUrl::Postgres(testing::private_schema(&url));
    let first = node(&url);
    first.storage.write(|tx| tx.put_team(0, &testing::team(), "init")).await.unwrap();
    first.storage.write(|tx| tx.set_era(Era(Uuid::now_v7()))).await.unwrap();
    let device = DeviceId(Uuid::now_v7());
    let new = NewDevice { id: device, name: "laptop".into(), platform: String::new(), token_hash: [1; 32] };
    first
        .storage
        .write(move |tx| {
            tx.create_invite(&[2; 32], &"ben".into(), tx.now() + chrono::TimeDelta::days(1))?;
            tx.enrol(&[2; 32], &new)
        })
        .await
        .unwrap()
        .unwrap();
    let second = node(&url);

    // The device's socket is held by the second node.
    let mut frames = second.push.shared.frames.subscribe();
    let (cut, mut cuts) = mpsc::channel(1);
    second.push.shared.connected().insert(device, Connected { number: 0, cut });

    let signal = testing::signal(SignalKind::Trigger, "disk", "disk full");
    first.engine.ingest("prod".into(), vec![signal]).await.unwrap();
    let heard = tokio::time::timeout(AT_ONCE, async {
        loop {
            let frame = frames.recv().await.unwrap();
            if frame.text.contains("disk full") {
                return frame;
            }
        }
    });
    let frame = heard.await.expect("the second node hears of the first one's page");
    assert!(frame.raises.iter().any(|r| r.person.as_str() == "ben"));

    first.storage.write(move |tx| tx.revoke_device(device)).await.unwrap();
    let cut = tokio::time::timeout(AT_ONCE, cuts.recv()).await.expect("the second node cuts the device");
    assert!(matches!(cut, Some(Cut::Revoked)));
    first.stop.cancel();
    second.stop.cancel();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_node_makes_private_the_other_tells_only_its_people() {
    let Ok(url) = std::env::var("FIREBELL_TEST_POSTGRES") else {
        eprintln!("FIREBELL_TEST_POSTGRES is not set: two nodes were not tested");
        return;
    };
    let _already = rustls::crypto::ring::default_provider().install_default();
    let url = DatabaseUrl::Postgres(testing::private_schema(&url));
    drop(with_team(&url).await);
    let (first, second) = (node(&url), node(&url));
    let mut ana = Desktop::of(&first.storage, "ana").await;
    let mut frames = second.push.shared.frames.subscribe();
    let id = incident_id(1);
    place(&ana.say(&first.storage, &declare(id, "Checkout is down")).await);
    place(&ana.say(&first.storage, &note(id, "before")).await);
    place(&ana.say(&first.storage, &make_private(id, &[])).await);
    place(&ana.say(&first.storage, &note(id, "SECRET")).await);
    let sight = &second.push.shared.sight;
    let mut outside = String::new();
    let heard = tokio::time::timeout(AT_ONCE, async {
        loop {
            let frame = frames.recv().await.unwrap();
            outside.push_str(frame.told_to(&"ben".into(), sight).map_or("", |text| text.as_str()));
            let inside = frame.told_to(&"ana".into(), sight).unwrap();
            if inside.contains("SECRET") {
                return;
            }
        }
    });
    heard.await.expect("the second node tells those who see it");
    assert!(sight.is_hidden(id, &"ben".into()));
    assert!(!outside.contains("SECRET"), "{outside}");
    first.stop.cancel();
    second.stop.cancel();
}
