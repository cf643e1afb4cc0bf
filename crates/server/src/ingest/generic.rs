//! Our own format, for `curl` and everything that has no adapter: one flat JSON object.

use super::fields::{Fields, scalar, type_of};
use super::{Parsed, dedup_key, details, hashed, summary};
use firebell_domain::alert::{DESCRIPTION_MAX, Signal, SignalKind, cut};
use serde_json::Value;
use std::collections::BTreeMap;

/// Reads one object: `severity`, `title`, `description`, `timestamp`, `source`, `runbook_url`, and where wanted
/// `dedup_key`, `service`, `links`, `labels` and `action` (or `status`): trigger, acknowledge or resolve.
pub fn parse(body: &Value) -> Parsed {
    let mut errors = Vec::new();
    let Value::Object(map) = body else {
        let words = format!("must be one JSON object, not {}", type_of(body));
        errors.push(firebell_protocol::rest::FieldError { field: "body".into(), words });
        return Parsed { signals: vec![], errors };
    };
    let mut fields = Fields::new(map.clone(), "", &mut errors);
    let kind = kind_of(&mut fields);
    let source = fields.text("source");
    let key = fields.text("dedup_key");
    // Ending something needs its name only; raising it needs words to show.
    let title = if kind == SignalKind::Trigger || key.is_none() {
        fields.required("title")
    } else {
        fields.text("title")
    };
    let description = fields.text("description").map(|d| cut(&d, DESCRIPTION_MAX));
    let severity_label = fields.text("severity");
    let service = fields.text("service");
    let claimed_at = fields.time("timestamp");
    let runbook = fields.link("runbook_url");
    let links = fields.links("links");
    let labels = labels_of(&mut fields);
    if fields.has_errors() {
        return Parsed { signals: vec![], errors };
    }
    let title = title.unwrap_or_default();
    let dedup_key = match key {
        Some(key) => dedup_key(&key),
        None => hashed(&[source.as_deref().unwrap_or_default(), &title]),
    };
    let details = details::keep(fields.unknown());
    let signal = Signal {
        kind,
        dedup_key,
        summary: summary(&title),
        description,
        source: source.map(|s| summary(&s)),
        severity_label,
        service,
        labels,
        details,
        runbook,
        links,
        claimed_at,
    };
    Parsed { signals: vec![signal], errors }
}

fn kind_of(fields: &mut Fields) -> SignalKind {
    let action = fields.text("action").map(|word| ("action", word));
    let Some((name, word)) = action.or_else(|| fields.text("status").map(|word| ("status", word))) else {
        return SignalKind::Trigger;
    };
    match word.trim().to_ascii_lowercase().as_str() {
        "trigger" | "firing" => SignalKind::Trigger,
        "acknowledge" | "acknowledged" => SignalKind::Acknowledge,
        "resolve" | "resolved" => SignalKind::Resolve,
        _ => {
            fields.wrong(name, "must be trigger, acknowledge or resolve");
            SignalKind::Trigger
        }
    }
}

/// Labels, for the team's routing rules.
fn labels_of(fields: &mut Fields) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    for (name, value) in fields.object("labels").unwrap_or_default() {
        match scalar(&value) {
            Some(text) => {
                labels.insert(name, text);
            }
            None => {
                fields.wrong(&format!("labels.{name}"), format!("must be a text, not {}", type_of(&value)))
            }
        }
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn one(body: Value) -> Signal {
        let parsed = parse(&body);
        assert_eq!(parsed.errors, vec![]);
        parsed.signals.into_iter().next().unwrap()
    }

    fn wrong(body: Value) -> Vec<String> {
        let parsed = parse(&body);
        assert!(parsed.is_refused(), "{parsed:?}");
        parsed.errors.into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn an_alert_with_every_field_is_read() {
        let signal = one(json!({
            "severity": "critical", "title": "Database down", "description": "no answer on 5432",
            "timestamp": "2026-11-21T02:10:00Z", "source": "db-1", "runbook_url": "https://runbooks.example.com/db",
            "dedup_key": "db", "service": "payments-api", "labels": { "team": "search", "shard": 3 },
            "links": [{ "href": "https://grafana.example.com/d/1", "text": "Graph" }, "https://example.com/"],
            "region": "eu-1",
        }));
        assert_eq!(signal.dedup_key, "db");
        assert_eq!(signal.severity_label.as_deref(), Some("critical"));
        assert_eq!(signal.service.as_deref(), Some("payments-api"));
        assert_eq!(signal.runbook.as_deref(), Some("https://runbooks.example.com/db"));
        assert_eq!(signal.links.len(), 2);
        assert_eq!(signal.labels["shard"], "3");
        assert_eq!(signal.details, json!({ "region": "eu-1" }), "unknown keys are kept");
    }

    #[test]
    fn the_same_title_of_the_same_source_is_the_same_thing() {
        let key = |source: &str, title: &str| one(json!({ "source": source, "title": title })).dedup_key;
        assert_eq!(key("a", "down"), key("a", "down"));
        assert_ne!(key("a", "down"), key("b", "down"));
        assert_ne!(key("ab", "c"), key("a", "bc"));
    }

    #[test]
    fn a_wrong_field_is_named() {
        assert_eq!(wrong(json!({})), ["title"]);
        assert_eq!(wrong(json!({ "title": "" })), ["title"]);
        assert_eq!(wrong(json!({ "title": 5 })), ["title"]);
        assert_eq!(wrong(json!({ "title": "x", "severity": 1, "source": [] })), ["source", "severity"]);
        assert_eq!(wrong(json!({ "title": "x", "links": "https://a" })), ["links"]);
        assert_eq!(wrong(json!({ "title": "x", "links": [5] })), ["links[0].href"]);
        assert_eq!(wrong(json!({ "title": "x", "status": "odd" })), ["status"]);
        assert_eq!(wrong(json!({ "title": "x", "labels": { "a": [] } })), ["labels.a"]);
        assert_eq!(wrong(json!([])), ["body"]);
    }

    #[test]
    fn a_dedup_key_alone_resolves() {
        let signal = one(json!({ "dedup_key": "db", "action": "resolve" }));
        assert_eq!((signal.kind, signal.dedup_key.as_str()), (SignalKind::Resolve, "db"));
        assert_eq!(one(json!({ "dedup_key": "db", "status": "acknowledged" })).kind, SignalKind::Acknowledge);
        assert_eq!(wrong(json!({ "action": "resolve" })), ["title"]);
    }

    #[test]
    fn long_texts_are_cut_and_marked_and_a_long_key_is_hashed() {
        let signal = one(json!({
            "title": "x".repeat(5_000), "description": "y".repeat(20_000), "dedup_key": "k".repeat(256),
        }));
        assert_eq!(signal.summary.chars().count(), 1_024);
        assert!(signal.summary.ends_with('…'));
        assert_eq!(signal.description.unwrap().chars().count(), DESCRIPTION_MAX);
        assert!(signal.dedup_key.starts_with("sha256:"));
        assert_eq!(dedup_key(&signal.dedup_key), signal.dedup_key, "the hash names the same thing");
        assert_eq!(one(json!({ "title": "x", "dedup_key": "é".repeat(255) })).dedup_key, "é".repeat(255));
    }

    #[test]
    fn a_time_nobody_can_read_is_kept_and_refuses_nothing() {
        for time in [json!("yesterday"), json!(0), json!({ "at": 1 }), json!("2999-01-01T00:00:00Z")] {
            assert!(one(json!({ "title": "x", "timestamp": time })).claimed_at.is_some());
        }
    }

    #[test]
    fn a_link_that_is_not_a_web_link_cannot_be_clicked() {
        let signal = one(json!({
            "title": "x", "runbook_url": "javascript:alert(1)", "links": [{ "href": "file:///etc/passwd" }],
        }));
        assert_eq!((signal.runbook, signal.links.len()), (None, 0));
        assert_eq!(signal.details["runbook_url"], "javascript:alert(1)");
    }
}
