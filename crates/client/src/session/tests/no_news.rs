//! "Nothing is new" that could not go out comes back to whoever pressed the key.

use super::*;
use crate::notice::Heard;
use firebell_domain::IncidentId;
use firebell_protocol::room::IncidentInRoom;
use serde_json::{Value, json};

async fn room(laptop: &Laptop, incident: IncidentId) -> IncidentInRoom {
    laptop.call("incident", json!({ "incident": incident })).await.unwrap()
}

#[tokio::test]
async fn what_did_not_go_out_is_said_in_the_room_and_by_a_notice_until_it_is_seen() {
    let (server, _heard) = Server::start().await;
    let laptop = Laptop::start();
    laptop.joins(&server).await;
    laptop.has_its_library().await;
    let mut notices = laptop.app.notices().unwrap();
    let declaration = json!({ "title": "Checkout fails", "severity": "SEV1", "services": ["pay"] });
    let args = json!({ "declaration": declaration, "people": null });
    let incident: IncidentId = laptop.call("incident_declare", args).await.unwrap();
    // Nobody was told anything: there is nothing to have no news of.
    let refused = laptop.call::<Value>("no_news", json!({ "incident": incident })).await.unwrap_err();
    assert!(refused.words.contains("Write the first update"), "{refused:?}");
    let told = json!({ "title": null, "status": null, "impact": "Nobody can pay", "known": "", "doing": "",
        "workaround": "", "next_update": null, "services": [], "commander": "", "link": "", "what_happened": "",
        "fix": "", "what_next": "", "no_news": false });
    let texts = json!({ "internal": "Nobody can pay." });
    let args = json!({ "incident": incident, "told": told, "texts": texts, "corrects": null });
    laptop.call::<()>("update_send", args).await.unwrap();
    laptop.call::<Value>("no_news", json!({ "incident": incident })).await.unwrap();
    assert_eq!(room(&laptop, incident).await.no_news_unsent, None);
    // It is over within the five seconds.
    let over = json!({ "do": "false_alarm", "reason": "A test of the probe" });
    let args = json!({ "incident": incident, "command": over });
    laptop.call::<()>("incident_ask", args).await.unwrap();
    let said = tokio::time::timeout(Duration::from_secs(20), notices.recv()).await.unwrap().unwrap();
    let Heard::NoNewsUnsent { words } = said.heard else { panic!("{said:?}") };
    assert!(words.contains("a false alarm"), "{words}");
    assert_eq!((said.incident, said.title.as_str()), (incident, "Checkout fails"));
    let told = room(&laptop, incident).await;
    assert_eq!((told.no_news_at, told.no_news_unsent), (None, Some(words)));
    laptop.call::<()>("no_news_seen", json!({ "incident": incident })).await.unwrap();
    assert_eq!(room(&laptop, incident).await.no_news_unsent, None);
}
