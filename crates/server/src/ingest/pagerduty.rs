//! PagerDuty's Events API v2, so that every client of it can be pointed at Firebell.
//!
//! The routing key stands in the body. An acknowledgement or a resolution needs a dedup key and nothing else; a
//! trigger without one is given one, and it is told.

use super::fields::{Fields, named, scalar, type_of};
use super::{dedup_key, details, summary};
use firebell_domain::alert::{DESCRIPTION_MAX, Signal, SignalKind, cut};
use firebell_domain::team::is_web_link;
use firebell_protocol::rest::FieldError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub signal: Signal,
}

/// The routing key of a body, read before anything else is believed of it.
pub fn routing_key(body: &Value) -> Option<&str> {
    body.get("routing_key").and_then(Value::as_str).map(str::trim).filter(|k| !k.is_empty())
}

/// True for what is never held back by a rate: an answer of a person to an alert, or its end.
pub fn is_answer(body: &Value) -> bool {
    matches!(body.get("event_action").and_then(Value::as_str), Some("acknowledge" | "resolve"))
}

/// Reads one event. `new_key` makes the dedup key of a trigger that has none.
pub fn parse(body: &Value, new_key: impl FnOnce() -> String) -> Result<Event, Vec<FieldError>> {
    let mut errors = Vec::new();
    let Value::Object(map) = body else {
        let words = format!("must be one JSON object, not {}", type_of(body));
        return Err(vec![FieldError { field: "body".into(), words }]);
    };
    let mut fields = Fields::new(map.clone(), "", &mut errors);
    fields.required("routing_key");
    let kind = match fields.required("event_action").as_deref() {
        Some("trigger") | None => SignalKind::Trigger,
        Some("acknowledge") => SignalKind::Acknowledge,
        Some("resolve") => SignalKind::Resolve,
        Some(_) => {
            fields.wrong("event_action", "must be trigger, acknowledge or resolve");
            SignalKind::Trigger
        }
    };
    let is_trigger = kind == SignalKind::Trigger;
    let key = if is_trigger { fields.text("dedup_key") } else { fields.required("dedup_key") };
    // Some clients send `null` or `{}` when there is nothing to tell.
    let payload = match fields.take("payload") {
        Some(Value::Object(payload)) => Some(payload),
        None if !is_trigger => None,
        None => {
            fields.wrong(
                "payload",
                "is missing; a trigger needs payload.summary, payload.source and payload.severity",
            );
            None
        }
        Some(_) if !is_trigger => None,
        Some(odd) => {
            fields.wrong("payload", format!("must be an object, not {}", type_of(&odd)));
            None
        }
    };
    let client = fields.take("client").as_ref().and_then(scalar);
    let client_url = fields.take("client_url").and_then(|v| v.as_str().map(str::to_owned));
    let raw_links = fields.take("links");
    let mut kept = fields.unknown();
    let mut links = links_of(raw_links, &mut kept);
    if let Some(href) = client_url {
        if is_web_link(&href) {
            links.push(named(&href, client.as_deref()));
        } else {
            kept.insert("client_url".into(), Value::String(href));
        }
    }
    if let Some(client) = client {
        kept.insert("client".into(), Value::String(client));
    }
    let read = payload.map(|p| read_payload(p, is_trigger, &mut errors)).unwrap_or_default();
    if !errors.is_empty() {
        return Err(errors);
    }
    kept.extend(read.kept);
    let signal = Signal {
        kind,
        dedup_key: key.map_or_else(new_key, |k| dedup_key(&k)),
        summary: summary(&read.summary),
        description: read.description.map(|d| cut(&d, DESCRIPTION_MAX)),
        source: read.source.map(|s| summary(&s)),
        severity_label: read.severity,
        service: read.service,
        labels: read.labels,
        details: details::keep(kept),
        runbook: read.runbook,
        links,
        claimed_at: read.claimed_at,
    };
    Ok(Event { signal })
}

#[derive(Default)]
struct Payload {
    summary: String,
    description: Option<String>,
    source: Option<String>,
    severity: Option<String>,
    service: Option<String>,
    labels: BTreeMap<String, String>,
    runbook: Option<String>,
    claimed_at: Option<String>,
    kept: Map<String, Value>,
}

/// What a payload says. Of one that comes with an answer nothing is required, and nothing is refused.
fn read_payload(map: Map<String, Value>, is_trigger: bool, errors: &mut Vec<FieldError>) -> Payload {
    let mut unheard = Vec::new();
    let errors = if is_trigger { errors } else { &mut unheard };
    let mut fields = Fields::new(map, "payload.", errors);
    let summary = fields.required("summary").unwrap_or_default();
    let source = fields.required("source");
    let severity = fields.required("severity");
    if let Some(word) = &severity
        && !["critical", "error", "warning", "info"].contains(&word.to_ascii_lowercase().as_str())
    {
        fields.wrong("severity", "must be critical, error, warning or info");
    }
    let claimed_at = fields.time("timestamp");
    let mut labels = BTreeMap::new();
    for name in ["component", "group", "class"] {
        if let Some(text) = fields.take(name).as_ref().and_then(scalar) {
            labels.insert(name.to_owned(), text);
        }
    }
    let custom = fields.take("custom_details");
    let mut kept = fields.unknown();
    let (mut runbook, mut description, mut service) = (None, None, None);
    match custom {
        Some(Value::Object(custom)) => {
            // Simple values are labels too, so that the team's rules can route by them.
            for (name, value) in &custom {
                if let Some(text) = scalar(value).filter(|t| t.chars().count() <= 1_024) {
                    labels.entry(name.clone()).or_insert(text);
                }
            }
            let text = |name: &str| custom.get(name).and_then(Value::as_str).map(str::to_owned);
            runbook = ["runbook_url", "runbook"].iter().find_map(|n| text(n).filter(|l| is_web_link(l)));
            description = text("description");
            service = text("service");
            kept.insert("custom_details".into(), Value::Object(custom));
        }
        Some(other) => {
            kept.insert("custom_details".into(), other);
        }
        None => {}
    }
    Payload { summary, description, source, severity, service, labels, runbook, claimed_at, kept }
}

/// Links are an extra: an odd one is kept under the details and refuses nothing.
pub(super) fn links_of(
    value: Option<Value>,
    kept: &mut Map<String, Value>,
) -> Vec<firebell_domain::alert::Link> {
    let Some(value) = value else { return vec![] };
    let mut unheard = Vec::new();
    let mut map = Map::new();
    map.insert("links".into(), value.clone());
    let mut fields = Fields::new(map, "", &mut unheard);
    let links = fields.links("links");
    let rest = fields.unknown();
    if !unheard.is_empty() {
        kept.insert("links".into(), value);
    } else {
        kept.extend(rest);
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parse_fixed(body: Value) -> Result<Signal, Vec<String>> {
        parse(&body, || "made-up".into())
            .map(|e| e.signal)
            .map_err(|errors| errors.into_iter().map(|e| e.field).collect())
    }

    fn trigger() -> Value {
        json!({
            "routing_key": "0123456789abcdef0123456789abcdef", "event_action": "trigger", "dedup_key": "srv01/HTTP",
            "client": "Sample Monitoring Service", "client_url": "https://monitoring.example.com",
            "links": [{ "href": "https://example.com/", "text": "Link text" }],
            "images": [{ "src": "https://example.com/x.png", "href": "https://example.com/", "alt": "x" }],
            "payload": {
                "summary": "Example alert on host1.example.com", "timestamp": "2015-07-17T08:42:58.315+0000",
                "source": "host1", "severity": "info", "component": "postgres", "group": "prod-datapipe",
                "class": "deploy", "custom_details": { "ping time": "1500ms", "load avg": 0.75 },
            },
        })
    }

    fn without(mut body: Value, name: &str) -> Value {
        match name.split_once('.') {
            Some((outer, inner)) => body[outer].as_object_mut().unwrap().remove(inner),
            None => body.as_object_mut().unwrap().remove(name),
        };
        body
    }

    #[test]
    fn the_documented_example_is_read() {
        let signal = parse_fixed(trigger()).unwrap();
        assert_eq!(signal.dedup_key, "srv01/HTTP");
        assert_eq!(signal.severity_label.as_deref(), Some("info"));
        assert_eq!(signal.claimed_at.as_deref(), Some("2015-07-17T08:42:58.315+0000"));
        assert_eq!(signal.labels["component"], "postgres");
        assert_eq!(signal.labels["load avg"], "0.75");
        assert_eq!(signal.links.len(), 2);
        assert_eq!(signal.details["custom_details"]["ping time"], "1500ms");
        assert!(signal.details.get("images").is_some());
        assert!(
            !signal.details.to_string().contains("0123456789abcdef"),
            "the key is a secret, not a detail"
        );
    }

    #[test]
    fn whatever_a_trigger_needs_is_named_when_it_is_missing() {
        for name in [
            "routing_key",
            "event_action",
            "payload",
            "payload.summary",
            "payload.source",
            "payload.severity",
        ] {
            assert_eq!(parse_fixed(without(trigger(), name)).unwrap_err(), [name]);
        }
        let mut odd = trigger();
        odd["payload"]["severity"] = json!("banana");
        assert_eq!(parse_fixed(odd).unwrap_err(), ["payload.severity"]);
        let mut odd = trigger();
        odd["event_action"] = json!("shout");
        assert_eq!(parse_fixed(odd).unwrap_err(), ["event_action"]);
    }

    #[test]
    fn a_trigger_without_a_key_gets_one() {
        assert_eq!(parse_fixed(without(trigger(), "dedup_key")).unwrap().dedup_key, "made-up");
    }

    #[test]
    fn an_answer_needs_a_dedup_key_and_no_payload() {
        for action in ["acknowledge", "resolve"] {
            for payload in [json!(null), json!({}), json!({ "severity": "banana" }), json!("x")] {
                let body = json!({ "routing_key": "k", "event_action": action, "dedup_key": "d", "payload": payload });
                assert_eq!(parse_fixed(body).unwrap().dedup_key, "d");
            }
            let body = json!({ "routing_key": "k", "event_action": action });
            assert_eq!(parse_fixed(body).unwrap_err(), ["dedup_key"]);
        }
    }

    #[test]
    fn a_long_summary_is_cut_and_a_long_key_hashed() {
        let mut body = trigger();
        body["payload"]["summary"] = json!("x".repeat(5_000));
        body["dedup_key"] = json!("k".repeat(300));
        let signal = parse_fixed(body).unwrap();
        assert_eq!(signal.summary.chars().count(), 1_024);
        assert!(signal.dedup_key.starts_with("sha256:"));
    }
}
