//! A webhook of a person's own: JSON, signed, with an id that stays the same over all tries.

use super::{Message, Subject};
use crate::secret::sign_hex;
use firebell_domain::Instant;
use serde_json::json;
use url::Url;

/// The header that proves where a body comes from: `t=UNIX,v1=HEX`, HMAC-SHA256 of `t.body`.
pub const SIGNATURE: &str = "Firebell-Signature";

/// The POST of one message.
pub fn request(
    http: &reqwest::Client,
    url: Url,
    secret: Option<&str>,
    message: &Message,
    now: Instant,
) -> Result<reqwest::RequestBuilder, String> {
    let body = body(message, now).to_string();
    let Some(secret) = secret else {
        return Err("The webhook has no signing secret. Remove the channel and add it again.".into());
    };
    Ok(http
        .post(url)
        .header("Content-Type", "application/json")
        .header("Firebell-Id", &message.id)
        .header(SIGNATURE, signature(secret, now, &body))
        .body(body))
}

/// The signature of a body sent at a time.
pub fn signature(secret: &str, now: Instant, body: &str) -> String {
    let t = now.timestamp();
    format!("t={t},v1={}", sign_hex(secret.as_bytes(), format!("{t}.{body}").as_bytes()))
}

fn body(message: &Message, now: Instant) -> serde_json::Value {
    let (kind, page, notice) = match &message.about {
        Subject::Test => ("test", None, None),
        Subject::Page(p) => {
            let page = json!({
                "id": p.page,
                "number": p.number,
                "title": p.title,
                "service": p.service,
                "severity": p.severity,
                "source": p.source,
                "runbook_url": p.runbook,
                "started_at": p.started_at,
                "firing": p.firing,
            });
            ("page.raised", Some(page), None)
        }
        Subject::Notice(n) => {
            let notice = json!({
                "incident": n.incident,
                "number": n.number,
                "title": n.title,
                "severity": n.severity,
                "words": n.words,
            });
            ("incident.notice", None, Some(notice))
        }
    };
    json!({
        "id": message.id,
        "type": kind,
        "sent_at": now,
        "person": message.person,
        "page": page,
        "notice": notice,
        "acknowledge_url": message.ack_url,
    })
}
