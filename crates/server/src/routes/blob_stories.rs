//! A picture in the timeline, from the entry that names it to everybody who may see it; on both databases.

use super::tests::{Member, serve_on, serve_with};
use crate::cli::Desk;
use crate::config::Config;
use crate::library::remove_unnamed;
use crate::library::testing::{Desktop, declare, declare_privately, incident_id, note, place};
use crate::storage::{Storage, databases};
use firebell_domain::IncidentId;
use firebell_domain::attachment::{Attachment, MediaType};
use firebell_domain::postmortem::picture_field;
use firebell_log::{Change, RecordId};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_util::sync::CancellationToken;

fn picture(filler: u8, length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    bytes.resize(length, filler);
    bytes
}

fn named(bytes: &[u8], media_type: MediaType) -> Attachment {
    let hash = hex::encode(Sha256::digest(bytes));
    let (name, size) = ("graph.png".into(), bytes.len() as u64);
    Attachment { hash, name, media_type, size, width: None, height: None }
}

/// Writes an entry without text that names this.
async fn attach(storage: &Storage, desktop: &mut Desktop, incident: IncidentId, attachment: &Attachment) {
    let Change::Entry(mut entry) = note(incident, "") else { panic!("that is what it makes") };
    entry.attachments.push(attachment.clone());
    place(&desktop.say(storage, &Change::Entry(entry)).await);
}

fn at(attachment: &Attachment, incident: u128) -> String {
    format!("/api/v1/blobs/{}?incident={}", attachment.hash, incident_id(incident))
}

async fn put(who: &Member, attachment: &Attachment, incident: u128, bytes: &[u8]) -> (u16, String) {
    let (status, body) = who.send_bytes("PUT", &at(attachment, incident), bytes.to_vec()).await;
    (status, code(&body))
}

async fn get(who: &Member, attachment: &Attachment) -> (u16, Vec<u8>) {
    who.send_bytes("GET", &format!("/api/v1/blobs/{}", attachment.hash), vec![]).await
}

/// The code of a problem; empty when it is none.
fn code(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

async fn people(url: &str, desk: &Desk) -> (Member, Member) {
    let ops = Member::join(url, desk, "ops@example.com", None).await;
    let ben = Member::join(url, desk, "ben@example.com", Some("responder")).await;
    (ops, ben)
}

#[tokio::test]
async fn a_picture_is_sent_after_its_entry_and_seen_by_everybody_who_may_see_that() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let (ops, ben) = people(&url, &desk).await;
        let storage = &desk.storage;
        let mut desktop = Desktop::of(storage, "ben").await;
        place(&desktop.say(storage, &declare(incident_id(1), "Checkout is down")).await);
        let bytes = picture(7, 700_000);
        let graph = named(&bytes, MediaType::Png);

        // Nobody has named it yet.
        assert_eq!(put(&ben, &graph, 1, &bytes).await, (404, "not_named".into()));
        attach(storage, &mut desktop, incident_id(1), &graph).await;
        assert_eq!(get(&ops, &graph).await.0, 404, "named, and not sent");
        assert_eq!(ben.send_bytes("HEAD", &at(&graph, 1), vec![]).await.0, 404);

        // Other bytes under its name, and what is no picture though its entry says so.
        assert_eq!(put(&ben, &graph, 1, &picture(8, 700_000)).await, (400, "wrong_hash".into()));
        let evil = b"<script>alert(1)</script>";
        let disguised = named(evil, MediaType::Png);
        attach(storage, &mut desktop, incident_id(1), &disguised).await;
        assert_eq!(put(&ben, &disguised, 1, evil).await, (415, "wrong_type".into()));
        assert_eq!(get(&ops, &disguised).await.0, 404);

        // Cut in the middle: nothing is kept, and it can be sent again.
        let half = say(&url, &ben, &at(&graph, 1), bytes.len(), &bytes[..300_000]).await;
        assert_eq!(half, None, "no answer to half a body");
        assert_eq!(get(&ops, &graph).await.0, 404);
        assert_eq!(put(&ben, &graph, 1, &bytes).await.0, 201);
        assert_eq!(put(&ben, &graph, 1, &bytes).await.0, 204, "once more changes nothing");
        assert_eq!(ben.send_bytes("HEAD", &at(&graph, 1), vec![]).await.0, 204);
        assert_eq!(get(&ops, &graph).await, (200, bytes));

        // What is too big is refused before it is sent.
        let refused = say(&url, &ben, &at(&graph, 1), (10 << 20) + 1, &[]).await;
        assert_eq!(refused, Some(413));
        let odd = ben.send_bytes("GET", "/api/v1/blobs/..%2f..%2fetc", vec![]).await;
        assert_eq!((odd.0, code(&odd.1)), (400, "bad_input".into()));
    }
}

#[tokio::test]
async fn a_picture_of_a_postmortem_is_sent_as_one_of_the_timeline_is_and_another_records_field_names_none() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let (ops, ben) = people(&url, &desk).await;
        let storage = &desk.storage;
        let mut desktop = Desktop::of(storage, "ben").await;
        place(&desktop.say(storage, &declare(incident_id(1), "Checkout is down")).await);
        let bytes = picture(7, 9_000);
        let graph = named(&bytes, MediaType::Png);
        let write = |record: RecordId, field: String, value: serde_json::Value| Change::Record {
            record,
            field,
            value,
            replaces: None,
        };
        let (field, value) = (picture_field(&graph.hash), serde_json::to_value(&graph).unwrap());
        let elsewhere = write(RecordId::incident(incident_id(1)), field.clone(), value.clone());
        place(&desktop.say(storage, &elsewhere).await);
        let lying = Attachment { size: graph.size + 1, ..graph.clone() };
        let postmortem = RecordId::postmortem(incident_id(1));
        let disguised = serde_json::to_value(&lying).unwrap();
        place(
            &desktop
                .say(storage, &write(postmortem.clone(), picture_field(&"b2".repeat(32)), disguised))
                .await,
        );
        assert_eq!(put(&ben, &graph, 1, &bytes).await, (404, "not_named".into()));

        place(&desktop.say(storage, &write(postmortem, field, value)).await);
        assert_eq!(put(&ben, &graph, 1, &bytes).await.0, 201);
        assert_eq!(get(&ops, &graph).await, (200, bytes));
    }
}

/// Says how long the body is and sends this much of it; the status, if there was an answer.
async fn say(url: &str, who: &Member, path: &str, length: usize, body: &[u8]) -> Option<u16> {
    let mut stream = tokio::net::TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let token = who.token();
    let head = format!(
        "PUT {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    // A connection that is reset says nothing, too.
    let _nothing_came = stream.read_to_string(&mut answer).await;
    let status = answer.split(' ').nth(1)?.parse().unwrap();
    (status != 400).then_some(status)
}

#[tokio::test]
async fn what_hangs_in_a_private_incident_is_for_its_people_and_knowing_its_hash_opens_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let (ops, ben) = people(&url, &desk).await;
        let storage = &desk.storage;
        let (mut hers, mut his) = (Desktop::of(storage, "ops").await, Desktop::of(storage, "ben").await);
        place(&his.say(storage, &declare_privately(incident_id(1), "A person", &["ben"])).await);
        place(&hers.say(storage, &declare(incident_id(2), "Slow")).await);
        let bytes = picture(1, 5_000);
        let secret = named(&bytes, MediaType::Png);
        attach(storage, &mut his, incident_id(1), &secret).await;
        assert_eq!(put(&ben, &secret, 1, &bytes).await.0, 201);

        assert_eq!(code(&get(&ops, &secret).await.1), "not_named");
        assert_eq!(put(&ops, &secret, 1, &bytes).await, (404, "not_named".into()));
        assert_eq!(ops.send_bytes("HEAD", &at(&secret, 1), vec![]).await.0, 404);

        // She has the hash from somewhere and names it where she may write: she is given nothing that she has not shown to have.
        attach(storage, &mut hers, incident_id(2), &secret).await;
        let nothing = get(&ops, &secret).await;
        assert_eq!((nothing.0, code(&nothing.1)), (404, "not_sent".into()));
        assert_eq!(put(&ops, &secret, 2, &picture(2, 5_000)).await, (400, "wrong_hash".into()));
        assert_eq!(put(&ops, &secret, 2, &bytes).await.0, 204, "she has it, and it is here already");
        assert_eq!(get(&ops, &secret).await, (200, bytes.clone()));
        assert_eq!(get(&ben, &secret).await, (200, bytes));
    }
}

#[tokio::test]
async fn the_room_for_attachments_ends_and_what_nothing_names_makes_room_again() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let config = Config { attachments_max: 10_000, ..Config::default() };
        let (url, desk) = serve_with(config, database).await;
        let (_, ben) = people(&url, &desk).await;
        let storage = &desk.storage;
        let mut desktop = Desktop::of(storage, "ben").await;
        place(&desktop.say(storage, &declare(incident_id(1), "Slow")).await);
        let (first, second) = (picture(1, 6_000), picture(2, 6_000));
        let (one, two) = (named(&first, MediaType::Png), named(&second, MediaType::Png));
        for attachment in [&one, &two] {
            attach(storage, &mut desktop, incident_id(1), attachment).await;
        }
        // Somebody began to send something that nobody names.
        let orphan = "0".repeat(64);
        let kept = storage.write(move |tx| {
            tx.begin_blob(&orphan, MediaType::Text, 3_000, 10_000)?;
            tx.add_part(&orphan, 0, vec![b'x'; 3_000])
        });
        kept.await.unwrap();
        assert_eq!(put(&ben, &one, 1, &first).await.0, 201);
        assert_eq!(put(&ben, &two, 1, &second).await, (507, "full".into()));

        let stop = CancellationToken::new();
        let in_a_week = chrono::Utc::now() + chrono::TimeDelta::days(8);
        let now = chrono::Utc::now() - chrono::TimeDelta::days(7);
        assert_eq!(remove_unnamed(storage, now, &stop).await.unwrap(), 0, "it is too young");
        assert_eq!(remove_unnamed(storage, in_a_week, &stop).await.unwrap(), 1);
        assert_eq!(get(&ben, &one).await.0, 200, "what an entry names stays");
        let left = storage.read(crate::storage::read::blobs_total).await.unwrap();
        assert_eq!(left, 6_000);
    }
}

#[tokio::test]
async fn whoever_sends_too_many_is_told_when_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let database = databases(folder.path()).remove(0);
    let (url, desk) = serve_on(database).await;
    let (_, ben) = people(&url, &desk).await;
    let unknown = named(b"text", MediaType::Text);
    let mut refused = 0;
    for _ in 0..320 {
        refused += u32::from(get(&ben, &unknown).await.0 == 429);
    }
    assert!(refused > 0, "300 a minute");
}
