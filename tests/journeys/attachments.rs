//! A picture in the timeline, with the real core and the real server: the cable is cut while it is sent, the program killed,
//! the server restarted, and in the end everybody who may see it sees the same bytes.

use firebell_journeys::proxy::Proxy;
use firebell_journeys::team::Team;
use firebell_journeys::{Cast, Core, Journey, postgres, until};
use serde_json::{Value, json};

/// A PNG as far as anybody looks, of this many bytes; `seed` makes it another one.
fn picture(seed: u8, length: usize) -> String {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x02\x80\0\0\x01\xe0\x08\x06\0\0\0".to_vec();
    bytes.resize(length - 8, seed);
    bytes.extend(b"IEND\xaeB`\x82");
    base64(&bytes)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for part in bytes.chunks(3) {
        let all = part.iter().fold(0u32, |all, byte| all << 8 | u32::from(*byte)) << (8 * (3 - part.len()));
        for place in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * place)) as usize & 63] as char;
            text.push(if place <= part.len() { letter } else { '=' });
        }
    }
    text
}

async fn attach(core: &Core, incident: &str, name: &str, content: &str) -> Value {
    let attachment = core.call("attachment_add", json!({ "name": name, "base64": content })).await;
    let entry = json!({ "incident": incident, "kind": "found", "text": "", "reason": null, "at": null,
        "corrects": null, "attachments": [attachment] });
    core.call("entry_add", entry).await;
    attachment
}

async fn look(core: &Core, incident: &str, attachment: &Value) -> Option<Value> {
    core.ask("attachment", json!({ "incident": incident, "hash": attachment["hash"] })).await.ok()
}

async fn stands(core: &Core, incident: &str, attachment: &Value, state: &str) -> Value {
    until(&format!("{} has it as {state}", core.name), || async {
        look(core, incident, attachment).await.filter(|view| view["state"] == state)
    })
    .await
}

async fn a_picture_arrives(journey: &Journey, database: Option<String>) {
    let cast = Cast::assemble_on(journey, &Team::default(), database).await;
    let cable = Proxy::to(cast.server.address).await;
    let (address, through) = (cast.server.address.to_string(), cable.address.to_string());
    let encoded = |a: &str| a.replace(':', "%3A");
    let link = cast.server.invite("ana@example.com");
    let link = link.replace(&address, &through).replace(&encoded(&address), &encoded(&through));
    let mut ana = Core::start(journey, "ana", Some(&link)).await;
    let ben = Core::start(journey, "ben", Some(&cast.server.invite("ben@example.com"))).await;
    let incident = ana.declare("Checkout is slow").await;
    until("Ben hears of the incident", || async { ben.incident(&incident).await }).await;

    // What cannot be attached is refused before anything is written.
    let program = json!({ "name": "graph.png", "base64": base64(b"\x7fELF\x02\x01\x01\0") });
    let refused = ana.ask("attachment_add", program).await.unwrap_err();
    assert!(refused.contains("PNG, JPEG, GIF, WebP and plain text"), "{refused}");
    let huge = json!({ "name": "film.png", "base64": picture(1, (10 << 20) + 9) });
    let refused = ana.ask("attachment_add", huge).await.unwrap_err();
    assert!(refused.contains("10 MiB fit"), "{refused}");

    // On the way the cable is cut; how far it came does not matter.
    let large = picture(2, 4 << 20);
    let graph = attach(&ana, &incident, "graph.png", &large).await;
    until("it is on its way, or there already", || async {
        let view = look(&ana, &incident, &graph).await?;
        (view["state"] != "waiting").then_some(())
    })
    .await;
    cable.cut();
    // What is written now waits, with the program dead in between.
    let note = base64("HTTP 500 ×12\n\u{1b}[31mtimeout\u{1b}[0m\n".as_bytes());
    let output = attach(&ana, &incident, "output.txt", &note).await;
    ana.kill();
    ana.launch(None).await;
    let waits = stands(&ana, &incident, &output, "waiting").await;
    assert_eq!((waits["base64"].as_str(), waits["media_type"].as_str()), (Some(&*note), Some("text/plain")));
    cable.mend();

    for (attachment, content) in [(&graph, &large), (&output, &note)] {
        stands(&ana, &incident, attachment, "known").await;
        let seen = stands(&ben, &incident, attachment, "known").await;
        assert!(seen["base64"] == **content, "Ben sees other bytes");
    }

    // Without a network what was looked at is here, and what was not says so.
    let later = attach(&ben, &incident, "later.png", &picture(3, 4_000)).await;
    stands(&ben, &incident, &later, "known").await;
    until("Ana hears of it", || async { look(&ana, &incident, &later).await }).await;
    let unseen = attach(&ben, &incident, "unseen.png", &picture(4, 4_000)).await;
    until("Ana hears of the entry", || async { (ana.timeline(&incident).await.len() == 4).then_some(()) })
        .await;
    cable.cut();
    until("Ana knows that she is offline", || async {
        (ana.sync_state().await["connected"] == false).then_some(())
    })
    .await;
    assert_eq!(look(&ana, &incident, &later).await.unwrap()["state"], "known");
    let missing = look(&ana, &incident, &unseen).await.unwrap();
    assert_eq!(
        (missing["state"].as_str(), missing["base64"].is_null()),
        (Some("missing"), true),
        "{missing}"
    );
    assert!(missing["words"].as_str().unwrap().contains("no connection"), "{missing}");
    cable.mend();
    stands(&ana, &incident, &unseen, "known").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_arrives_however_often_its_way_is_cut() {
    let journey = Journey::begin("attachments").await;
    a_picture_arrives(&journey, None).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_arrives_by_postgres_too() {
    let Some(database) = postgres::fresh_database("attachments").await else {
        return;
    };
    let journey = Journey::begin("attachments-postgres").await;
    a_picture_arrives(&journey, Some(database)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_server_is_offered_the_pictures_it_lost() {
    let journey = Journey::begin("attachments-restored").await;
    let mut cast = Cast::assemble_on(&journey, &Team::default(), None).await;
    let ana = Core::start(&journey, "ana", Some(&cast.server.invite("ana@example.com"))).await;
    let incident = ana.declare("Disk full").await;
    ana.in_agreement().await;
    let backup = cast.server.dir().join("backup.db");
    let backup = backup.to_str().expect("UTF-8").to_owned();
    cast.server.call(&["backup", &backup]);
    let content = picture(5, 700_000);
    let graph = attach(&ana, &incident, "graph.png", &content).await;
    stands(&ana, &incident, &graph, "known").await;
    cast.server.stop().await;
    cast.server.call(&["restore", &backup]);
    cast.server.serve().await;
    let ben = Core::start(&journey, "ben", Some(&cast.server.invite("ben@example.com"))).await;
    let seen = stands(&ben, &incident, &graph, "known").await;
    assert!(seen["base64"] == *content, "Ben sees other bytes");
}
