//! One story, told to both databases: what the handle promises, it keeps on either.
//!
//! PostgreSQL is used when `FIREBELL_TEST_POSTGRES` names one (`make test` starts one); each story gets a schema
//! of its own.

use super::*;
use crate::clock::SystemClock;
use crate::engine::testing;
use firebell_domain::{DeviceId, IntegrationId};
use firebell_log::{CommandId, OperationBody};
use firebell_protocol::sync::Outcome;
use std::sync::Arc;
use uuid::Uuid;

/// Every database there is to test.
pub fn databases(folder: &std::path::Path) -> Vec<DatabaseUrl> {
    let mut found = vec![DatabaseUrl::Sqlite(folder.join("story.db"))];
    match std::env::var("FIREBELL_TEST_POSTGRES") {
        Ok(url) => found.push(DatabaseUrl::Postgres(testing::private_schema(&url))),
        Err(_) => eprintln!("FIREBELL_TEST_POSTGRES is not set: only SQLite was tested"),
    }
    found
}

fn open(url: &DatabaseUrl) -> Storage {
    let clock = Arc::new(SystemClock);
    let now = crate::clock::Clock::now(&SystemClock);
    Storage::open(url, clock, now, None, |_| {}).unwrap()
}

#[tokio::test]
async fn the_same_story_on_every_database() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = open(&url);
        assert!(matches!(storage.team().await, Err(StorageError::NoTeam)), "{url:?}");
        storage.write(|tx| tx.put_team(0, &testing::team(), "init")).await.unwrap();
        assert!(matches!(
            storage.write(|tx| tx.put_team(0, &testing::team(), "late")).await,
            Err(StorageError::Conflict)
        ));

        // A page is born, and its operation has the next place.
        let before = storage.newest_operation().await.unwrap();
        let page = storage.write(|tx| testing::fire(tx, "disk full")).await.unwrap();
        let operations = storage.operations_after(before, 10).await.unwrap();
        assert_eq!(operations.len(), 1);
        assert_eq!(operations[0].seq, before + 1);
        assert!(matches!(&operations[0].body, OperationBody::Page { page: p, version: 1, .. } if *p == page));

        // A change that fails leaves nothing behind and does not disturb its neighbours.
        let ok = storage.write(|tx| tx.set_meta("a", "1"));
        let bad = storage.write(|tx| {
            tx.set_meta("b", "1")?;
            tx.record(None, OperationBody::Team { version: 99 });
            Err::<(), _>(StorageError::Conflict)
        });
        let also_ok = storage.write(|tx| tx.set_meta("c", "1"));
        let (ok, bad, also_ok) = tokio::join!(ok, bad, also_ok);
        assert!(ok.is_ok() && bad.is_err() && also_ok.is_ok());
        assert_eq!(storage.meta("b").await.unwrap(), None);
        assert_eq!(storage.meta("c").await.unwrap().as_deref(), Some("1"));
        assert_eq!(storage.newest_operation().await.unwrap(), before + 1);

        // A page decided on an old version is not stored.
        let stale = storage.page(page).await.unwrap().unwrap();
        storage.write(move |tx| testing::acknowledge(tx, page)).await.unwrap();
        let conflict = storage
            .write(move |tx| {
                let mut stale = stale;
                tx.save_page(&mut stale, vec![])
            })
            .await;
        assert!(matches!(conflict, Err(StorageError::Conflict)));

        // A command is answered once.
        let id = CommandId { device: DeviceId(Uuid::from_u128(7)), counter: 1 };
        storage.write(move |tx| tx.answer(id, page, &Outcome::Accepted)).await.unwrap();
        assert!(storage.write(move |tx| tx.answer(id, page, &Outcome::Accepted)).await.is_err());
        let answer = storage.write(move |tx| tx.answer_to(id)).await.unwrap();
        assert_eq!(answer, Some((page, Outcome::Accepted)));

        // Keys are known by their hash alone, and revoked ones are unknown.
        let (integration, hash) = (IntegrationId::new("prod"), [7u8; 32]);
        let key = integration.clone();
        storage.write(move |tx| tx.add_integration_key(&key, &hash)).await.unwrap();
        assert_eq!(storage.integration_by_key(hash).await.unwrap(), Some(integration.clone()));
        storage.write(move |tx| tx.revoke_integration_keys(&integration)).await.unwrap();
        assert_eq!(storage.integration_by_key(hash).await.unwrap(), None);

        // Closed and opened again, everything is there.
        drop(storage);
        let storage = open(&url);
        assert_eq!(storage.history(page).await.unwrap().len(), testing::EVENTS_OF_FIRE + 1);
        assert!(storage.page(page).await.unwrap().unwrap().acknowledged.is_some());
    }
}

#[tokio::test]
async fn a_thousand_changes_at_once_are_all_kept_in_one_sequence() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = open(&url);
        storage.write(|tx| tx.put_team(0, &testing::team(), "init")).await.unwrap();
        let changes = (0..1_000u64).map(|n| {
            storage.write(move |tx| {
                tx.record(None, OperationBody::Team { version: n });
                Ok(())
            })
        });
        for outcome in futures_util::future::join_all(changes).await {
            outcome.unwrap();
        }
        let all = storage.operations_after(0, 5_000).await.unwrap();
        let places: Vec<u64> = all.iter().map(|o| o.seq).collect();
        assert_eq!(places, (1..=1_001).collect::<Vec<_>>(), "{url:?}");
    }
}

#[tokio::test]
async fn a_change_that_panics_takes_nothing_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = open(&url);
        let (before, bad, after) = tokio::join!(
            storage.write(|tx| tx.set_meta("before", "1")),
            storage.write(|tx| -> Result<(), StorageError> {
                tx.set_meta("bad", "1")?;
                panic!("a rule met what it did not expect (this is part of the test)")
            }),
            storage.write(|tx| tx.set_meta("after", "1")),
        );
        assert!(before.is_ok() && after.is_ok(), "{url:?}");
        assert!(matches!(bad, Err(StorageError::Damaged(_))));
        let alone =
            storage.write(|_| -> Result<(), StorageError> { panic!("alone (part of the test)") }).await;
        assert!(alone.is_err());
        assert_eq!(storage.meta("after").await.unwrap().as_deref(), Some("1"));
        assert_eq!(storage.meta("bad").await.unwrap(), None);
    }
}

#[tokio::test]
async fn an_unavailable_database_is_an_error_and_not_a_panic() {
    let url = DatabaseUrl::Postgres("postgres://nobody@127.0.0.1:1/none".into());
    assert!(matches!(open_db(&url), Err(StorageError::Postgres(_))));
}

/// Ends the database's ends of these connections, as a restart does.
fn cut(url: &DatabaseUrl, processes: &[i64]) {
    let DatabaseUrl::Postgres(url) = url else { return };
    // Outside of the test's async runtime, where this client refuses to work.
    std::thread::scope(|scope| {
        let terminate = || {
            let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
            for process in processes {
                // Returns when it has ended; 10 s are far more than that takes.
                let ended =
                    client.query_one("SELECT pg_terminate_backend($1::INT, 10000)", &[&(*process as i32)]);
                assert!(ended.unwrap().get::<_, bool>(0));
            }
        };
        scope.spawn(terminate).join().unwrap();
    });
}

const PROCESS: &str = "SELECT pg_backend_pid()";

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_of_the_database_nobody_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()).into_iter().filter(|url| url.kind() == "postgres") {
        let storage = open(&url);
        storage.write(|tx| tx.set_meta("colour", "red")).await.unwrap();
        // Each reader is held until every one is asked.
        let meeting = Arc::new(std::sync::Barrier::new(3));
        let asked = (0..3).map(|_| {
            let meeting = meeting.clone();
            storage.read(move |db| {
                let process = db.row(PROCESS, &[])?.unwrap().int(0)?;
                meeting.wait();
                Ok((process, meta::get(db, "colour")?))
            })
        });
        let asked: Vec<_> = asked.collect();
        let readers: Vec<i64> =
            futures_util::future::try_join_all(asked).await.unwrap().into_iter().map(|(p, _)| p).collect();
        let writer = storage.write(|tx| tx.row(PROCESS, &[])?.unwrap().int(0)).await.unwrap();
        cut(&url, &[readers.clone(), vec![writer]].concat());

        let meeting = Arc::new(std::sync::Barrier::new(3));
        let asked = (0..3).map(|_| {
            let meeting = meeting.clone();
            storage.read(move |db| {
                let colour = meta::get(db, "colour")?;
                meeting.wait();
                Ok(colour)
            })
        });
        let asked: Vec<_> = asked.collect();
        let said = futures_util::future::try_join_all(asked).await.unwrap();
        assert_eq!(said, vec![Some("red".to_owned()); 3]);
        storage.write(|tx| tx.set_meta("colour", "blue")).await.unwrap();
        assert_eq!(storage.meta("colour").await.unwrap().as_deref(), Some("blue"));
    }
}

#[tokio::test]
async fn alerts_are_found_by_service_and_time_on_every_database() {
    use chrono::TimeDelta;
    use firebell_domain::ServiceId;
    use firebell_domain::alert::Signal;
    use firebell_domain::alert::SignalKind::{Resolve, Trigger};
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let (storage, now) = (open(&url), crate::clock::Clock::now(&SystemClock));
        storage.write(|tx| tx.put_team(0, &testing::team(), "init")).await.unwrap();
        let take_in = |signals: Vec<_>| storage.write(move |tx| testing::take_in(tx, signals));
        let of_search = Signal { service: Some("search".into()), ..testing::signal(Trigger, "slow", "slow") };
        take_in(vec![testing::signal(Trigger, "disk", "disk"), of_search]).await.unwrap();
        let found = async |services: &[&str], from: i64, until: i64| {
            let services: Vec<ServiceId> = services.iter().map(|s| (*s).into()).collect();
            let (from, until) = (now + TimeDelta::minutes(from), now + TimeDelta::minutes(until));
            let alerts =
                storage.read(move |db| read::alerts_around(db, &services, from, until, 500)).await.unwrap();
            let mut names: Vec<_> = alerts.into_iter().map(|a| a.summary).collect();
            names.sort();
            names
        };
        let (pay, both) = (&["payments-api"][..], &["payments-api", "search"][..]);
        assert_eq!(found(pay, -30, 30).await, ["disk"], "{url:?}");
        assert_eq!(found(both, -30, 30).await, ["disk", "slow"]);
        assert_eq!(found(both, 30, 60).await, ["disk", "slow"], "they still fire");
        assert_eq!(found(both, -60, -30).await, Vec::<String>::new(), "they had not begun");
        assert_eq!(found(&[], -30, 30).await, Vec::<String>::new());
        take_in(vec![testing::signal(Resolve, "disk", "disk")]).await.unwrap();
        assert_eq!(found(both, 30, 60).await, ["slow"]);
        assert_eq!(found(both, -30, 30).await, ["disk", "slow"]);
    }
}
