//! What can be attached, and how it stands on a computer without a team.

use super::fetching::genuine;
use super::*;
use crate::keychain::MemoryKeychain;
use crate::loopback::RecordingHost;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firebell_protocol::attachment::{AttachmentState, AttachmentView};
use serde_json::{Value, json};
use std::path::Path;

/// A PNG as far as anybody here looks: its beginning and its size in pixels.
fn png(width: u32, height: u32, length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0]);
    bytes.resize(length - 8, 0);
    bytes.extend(b"IEND\xaeB`\x82");
    bytes
}

#[test]
fn a_picture_is_described_by_its_bytes_and_what_is_none_is_refused_with_the_remedy() {
    let graph = described("C:\\Users\\ana\\graph.png", &png(640, 480, 900)).unwrap();
    assert_eq!((graph.name.as_str(), graph.width, graph.height), ("graph.png", Some(640), Some(480)));
    assert_eq!(described("out.txt", b"500 500 500").unwrap().width, None);
    let refused = |name: &str, bytes: &[u8], word: &str| {
        let error = described(name, bytes).unwrap_err();
        assert!(error.code == "bad_input" && error.words.contains(word), "{}", error.words);
    };
    // Its name does not help it.
    refused("graph.png", b"\x7fELF\x02\x01\x01\0\0\0", "PNG, JPEG, GIF, WebP and plain text");
    refused("graph.png", b"\x89PNG\r\n\x1a\n", "damaged");
    refused("half.png", &png(640, 480, 900)[..700], "its end is missing");
    refused("bomb.png", &png(100_000, 100_000, 900), "16384 pixels");
    refused("film.png", &png(640, 480, (10 << 20) + 1), "10.1 MiB");
    refused("nothing.txt", b"", "nothing.txt");
}

#[test]
fn bytes_of_another_hash_are_not_believed() {
    let bytes = png(1, 1, 100);
    let hash = hex::encode(Sha256::digest(&bytes));
    assert_eq!(genuine(&hash, &bytes), Some(MediaType::Png));
    assert_eq!(genuine(&hash, &png(1, 1, 101)), None);
    let evil = b"\x7fELF\x02\x01\x01\0";
    assert_eq!(genuine(&hex::encode(Sha256::digest(evil)), evil), None);
}

struct Laptop {
    app: Arc<ClientApp>,
}

impl Laptop {
    /// Opens what is in the folder and waits until it is.
    async fn start(folder: &Path, keychain: &Arc<MemoryKeychain>) -> Self {
        let host = Arc::new(RecordingHost::with_downloads(folder.join("Downloads")));
        let app = ClientApp::start("test", folder, keychain.clone(), host);
        let mut changes = app.changes();
        let open = async {
            while app.call("incidents", Value::Null).await.is_err() {
                let _told = changes.recv().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), open).await.unwrap();
        Self { app }
    }

    async fn call(&self, name: &str, args: Value) -> Value {
        self.app.call(name, args).await.unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    async fn attach(&self, name: &str, bytes: &[u8]) -> Value {
        self.call("attachment_add", json!({ "name": name, "base64": STANDARD.encode(bytes) })).await
    }

    async fn look(&self, incident: &Value, attachment: &Value) -> AttachmentView {
        let args = json!({ "incident": incident, "hash": attachment["hash"] });
        serde_json::from_value(self.call("attachment", args).await).unwrap()
    }
}

fn entry(incident: &Value, text: &str, attachments: &Value, corrects: Option<&Value>) -> Value {
    json!({ "incident": incident, "kind": "note", "text": text, "reason": null, "at": null,
        "corrects": corrects, "attachments": attachments })
}

#[tokio::test]
async fn alone_a_picture_is_there_at_once_and_after_a_restart_and_a_correction_keeps_it() {
    let (folder, keychain) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeychain::default()));
    let laptop = Laptop::start(folder.path(), &keychain).await;
    laptop.call("alone_start", json!({ "name": "Ana" })).await;
    let declaration =
        json!({ "title": "Slow", "severity": "SEV2", "services": [], "detection": "internal_discovery" });
    let incident =
        laptop.call("incident_declare", json!({ "declaration": declaration, "people": null })).await;
    let bytes = png(640, 480, 90_000);
    let graph = laptop.attach("graph.png", &bytes).await;
    let first = laptop.call("entry_add", entry(&incident, "", &json!([graph]), None)).await;

    let seen = laptop.look(&incident, &graph).await;
    assert_eq!((seen.state, seen.media_type), (AttachmentState::Known, Some(MediaType::Png)));
    assert_eq!(seen.base64, Some(STANDARD.encode(&bytes)));
    laptop.app.sign_off().await;
    drop(laptop);

    let laptop = Laptop::start(folder.path(), &keychain).await;
    assert_eq!(laptop.look(&incident, &graph).await.base64, Some(STANDARD.encode(&bytes)));
    // What an entry says about it is looked up; what is not here cannot be named.
    let mut lying = graph.clone();
    lying["size"] = json!(1);
    laptop.call("entry_add", entry(&incident, "said to be small", &json!([lying]), Some(&first))).await;
    let told = laptop.call("incident", json!({ "incident": incident })).await;
    let timeline = told["timeline"].as_array().unwrap();
    assert_eq!(timeline.len(), 2);
    assert!(
        timeline.iter().all(|view| view["entry"]["attachments"][0]["size"] == bytes.len()),
        "{timeline:?}"
    );
    let mut foreign = graph.clone();
    foreign["hash"] = json!("a1".repeat(32));
    let refused =
        laptop.app.call("entry_add", entry(&incident, "x", &json!([foreign]), None)).await.unwrap_err();
    assert!(refused.words.contains("graph.png is no longer on this computer"), "{}", refused.words);
    let unknown = json!({ "incident": incident, "hash": "a1".repeat(32) });
    assert_eq!(laptop.app.call("attachment", unknown).await.unwrap_err().code, "refused");
}

#[tokio::test]
async fn a_picture_in_a_postmortem_is_kept_and_leaves_with_it() {
    let (folder, keychain) = (tempfile::tempdir().unwrap(), Arc::new(MemoryKeychain::default()));
    let laptop = Laptop::start(folder.path(), &keychain).await;
    laptop.call("alone_start", json!({ "name": "Ana" })).await;
    let declaration =
        json!({ "title": "Slow", "severity": "SEV2", "services": [], "detection": "internal_discovery" });
    let incident =
        laptop.call("incident_declare", json!({ "declaration": declaration, "people": null })).await;
    let bytes = png(640, 480, 9_000);
    let mut graph = laptop.attach("graph.png", &bytes).await;
    let has = |picture: &Value| json!({ "incident": incident, "change": { "what": "picture", "picture": picture } });
    // What the window says of it is not believed.
    graph["size"] = json!(1);
    laptop.call("postmortem_set", has(&graph)).await;
    let seen = laptop.look(&incident, &graph).await;
    assert_eq!((seen.state, seen.base64), (AttachmentState::Known, Some(STANDARD.encode(&bytes))));
    let view = laptop.call("postmortem", json!({ "incident": incident })).await;
    let hash = graph["hash"].as_str().unwrap();
    assert_eq!(view["postmortem"]["pictures"][hash]["size"], bytes.len());

    let words = laptop.attach("api.log", b"500 500").await;
    let refused = laptop.app.call("postmortem_set", has(&words)).await.unwrap_err();
    assert!(refused.words.contains("api.log is no picture"), "{}", refused.words);
    let mut foreign = graph.clone();
    foreign["hash"] = json!("a1".repeat(32));
    let refused = laptop.app.call("postmortem_set", has(&foreign)).await.unwrap_err();
    assert!(refused.words.contains("no longer on this computer"), "{}", refused.words);

    let document = format!("postmortem/{}#summary", incident.as_str().unwrap());
    let opened = laptop.call("text_open", json!({ "document": document })).await;
    let text = format!("![Errors](attachment:{hash}) ![Gone](attachment:{})", "b2".repeat(32));
    let updates = json!([{ "client": "w", "changes": [[0, text]] }]);
    laptop
        .call("text_push", json!({ "document": document, "version": opened["version"], "updates": updates }))
        .await;
    let made = laptop.call("postmortem_export", json!({ "incident": incident, "format": "markdown" })).await;
    assert_eq!(made["missing"], 1);
    let path = Path::new(made["path"].as_str().unwrap()).to_owned();
    let written = std::fs::read_to_string(&path).unwrap();
    let beside = format!("postmortem-pictures/{}.png", &hash[..16]);
    assert!(written.contains(&format!("![Errors](<{beside}>)")), "{written}");
    assert_eq!(std::fs::read(path.with_file_name(&beside)).unwrap(), bytes);
    let data = laptop.call("postmortem_export", json!({ "incident": incident, "format": "yaml" })).await;
    assert_eq!(data["missing"], 0, "it names pictures, and holds none");
    // Once more: the same picture is not written twice.
    laptop.call("postmortem_export", json!({ "incident": incident, "format": "markdown" })).await;
    let folder = path.with_file_name("postmortem-pictures");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1);
}
