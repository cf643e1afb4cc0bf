//! Prometheus Alertmanager's webhook, version 4.
//!
//! Alerts are keyed by their fingerprint (not by summary, not by group), each has a status of its own, and what
//! is not in the body says nothing: a truncated group resolves nobody.

use super::fields::{Fields, named, type_of};
use super::{Parsed, dedup_key, details, hashed, shortened, summary};
use firebell_domain::alert::{DESCRIPTION_MAX, Signal, SignalKind, cut};
use firebell_domain::team::is_web_link;
use firebell_protocol::rest::FieldError;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Reads a group of alerts. Each stands alone: the good ones count, the bad ones are named.
pub fn parse(body: &Value) -> Parsed {
    let mut errors = Vec::new();
    let Value::Object(map) = body else {
        let words = format!("must be an Alertmanager webhook body, not {}", type_of(body));
        return Parsed { signals: vec![], errors: vec![FieldError { field: "body".into(), words }] };
    };
    let mut top: Map<String, Value> = map
        .iter()
        .filter(|(k, _)| !SAID_BY_EACH_ALERT.contains(&k.as_str()))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    let alerts = match map.get("alerts") {
        Some(Value::Array(alerts)) => alerts,
        other => {
            let words = match other {
                None => "is missing; it must be a list of alerts".to_owned(),
                Some(odd) => format!("must be a list of alerts, not {}", type_of(odd)),
            };
            return Parsed { signals: vec![], errors: vec![FieldError { field: "alerts".into(), words }] };
        }
    };
    if top.get("truncatedAlerts").and_then(Value::as_u64) == Some(0) {
        top.remove("truncatedAlerts");
    }
    let external =
        top.get("externalURL").and_then(Value::as_str).filter(|l| is_web_link(l)).map(str::to_owned);
    let shared = details::shared(top, alerts.len());
    let mut signals = Vec::new();
    for (i, alert) in alerts.iter().enumerate() {
        match one(alert, i, &shared, external.as_deref()) {
            Ok(signal) => signals.push(signal),
            Err(wrong) => errors.extend(wrong),
        }
    }
    Parsed { signals, errors: shortened(errors, "alerts") }
}

/// Keys of the body that only repeat what stands in each alert.
const SAID_BY_EACH_ALERT: [&str; 6] =
    ["alerts", "status", "commonLabels", "commonAnnotations", "groupLabels", "version"];

fn one(
    alert: &Value,
    index: usize,
    shared: &Map<String, Value>,
    external: Option<&str>,
) -> Result<Signal, Vec<FieldError>> {
    let mut errors = Vec::new();
    let Value::Object(map) = alert else {
        let words = format!("must be an object, not {}", type_of(alert));
        return Err(vec![FieldError { field: format!("alerts[{index}]"), words }]);
    };
    let mut fields = Fields::new(map.clone(), format!("alerts[{index}]."), &mut errors);
    let kind = match fields.required("status").as_deref() {
        Some("resolved") => SignalKind::Resolve,
        Some("firing") | None => SignalKind::Trigger,
        Some(_) => {
            fields.wrong("status", "must be firing or resolved");
            SignalKind::Trigger
        }
    };
    let labels = texts(&mut fields, "labels", true);
    let mut annotations = texts(&mut fields, "annotations", false);
    let fingerprint = fields.text("fingerprint");
    let claimed_at = fields.time("startsAt");
    let generator = fields.link("generatorURL");
    // Year 1 while it fires; when it ended is the server's to say.
    fields.take("endsAt");
    if fields.has_errors() {
        return Err(errors);
    }
    let dedup_key = match fingerprint {
        Some(fingerprint) => dedup_key(&fingerprint),
        None => hashed(&labels.iter().flat_map(|(k, v)| [k.as_str(), v.as_str()]).collect::<Vec<_>>()),
    };
    let words = title(&labels, &mut annotations, &dedup_key);
    let description = annotations.remove("description").or_else(|| annotations.remove("message"));
    let runbook = take_link(&mut annotations, &["runbook_url", "runbook"]);
    let dashboard = take_link(&mut annotations, &["dashboard_url", "dashboard"]);
    let mut links = Vec::new();
    links.extend(dashboard.map(|href| named(&href, Some("Dashboard"))));
    links.extend(generator.map(|href| named(&href, Some("Source of the alert"))));
    links.extend(external.map(|href| named(href, Some("Alertmanager"))));
    let mut kept = shared.clone();
    kept.extend(fields.unknown());
    if !annotations.is_empty() {
        let rest = annotations.into_iter().map(|(k, v)| (k, Value::String(v))).collect();
        kept.insert("annotations".into(), Value::Object(rest));
    }
    let source = ["instance", "host", "pod", "job", "cluster"].iter().find_map(|l| labels.get(*l));
    Ok(Signal {
        kind,
        dedup_key,
        summary: summary(&words),
        description: description.map(|d| cut(&d, DESCRIPTION_MAX)),
        source: source.map(|s| summary(s)),
        severity_label: labels.get("severity").cloned(),
        service: labels.get("service").cloned(),
        labels,
        details: details::keep(kept),
        runbook,
        links,
        claimed_at,
    })
}

/// An object of texts, as labels and annotations are.
fn texts(fields: &mut Fields, name: &str, required: bool) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let map = match fields.take(name) {
        Some(Value::Object(map)) => map,
        None if !required => return found,
        None => {
            fields.wrong(name, "is missing; it must be an object of texts");
            return found;
        }
        Some(odd) => {
            fields.wrong(name, format!("must be an object of texts, not {}", type_of(&odd)));
            return found;
        }
    };
    for (key, value) in map {
        match value {
            Value::String(text) => {
                found.insert(key, text);
            }
            odd => fields.wrong(&format!("{name}.{key}"), format!("must be a text, not {}", type_of(&odd))),
        }
    }
    found
}

/// The words that the team wrote for people, else what the labels say.
fn title(labels: &BTreeMap<String, String>, annotations: &mut BTreeMap<String, String>, key: &str) -> String {
    let written = ["summary", "title"].iter().find_map(|name| annotations.remove(*name));
    if let Some(written) = written.filter(|w| !w.trim().is_empty()) {
        return written;
    }
    match (labels.get("alertname").filter(|n| !n.trim().is_empty()), labels.get("instance")) {
        (Some(name), Some(instance)) => format!("{name} on {instance}"),
        (Some(name), None) => name.clone(),
        (None, _) => format!("Alert {key}"),
    }
}

fn take_link(annotations: &mut BTreeMap<String, String>, names: &[&str]) -> Option<String> {
    let name = names.iter().find(|name| annotations.get(**name).is_some_and(|link| is_web_link(link)))?;
    annotations.remove(*name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fixture(name: &str) -> Parsed {
        let path = format!("{}/tests/fixtures/alertmanager-{name}.json", env!("CARGO_MANIFEST_DIR"));
        parse(&crate::ingest::body::read(&std::fs::read(path).unwrap()).unwrap())
    }

    #[test]
    fn a_real_alert_is_read_with_everything_a_responder_needs() {
        let parsed = fixture("firing-single");
        assert_eq!(parsed.errors, vec![]);
        let [signal] = parsed.signals.as_slice() else { panic!("one alert") };
        assert_eq!(signal.kind, SignalKind::Trigger);
        assert_eq!(signal.dedup_key, "517ca7436b0d9f56", "the fingerprint");
        assert_eq!(signal.summary, "InstanceDown on web-1:9100");
        assert_eq!(signal.severity_label.as_deref(), Some("critical"));
        assert_eq!(signal.runbook.as_deref(), Some("https://runbooks.example.org/instancedown"));
        assert_eq!(signal.source.as_deref(), Some("web-1:9100"));
        assert_eq!(signal.labels["team"], "single");
        assert_eq!(signal.claimed_at.as_deref(), Some("2026-11-20T21:20:52.618Z"));
        assert_eq!(signal.links.len(), 3);
        assert_eq!(signal.details["receiver"], "sink");
    }

    #[test]
    fn fired_resolved_and_fired_again_is_one_key() {
        let keys: Vec<_> = ["firing-single", "resolved-single", "refired-single"]
            .map(|f| fixture(f).signals.remove(0))
            .into_iter()
            .map(|s| (s.dedup_key, s.kind))
            .collect();
        assert!(keys.iter().all(|(key, _)| *key == keys[0].0));
        assert_eq!(keys[1].1, SignalKind::Resolve);
        assert_eq!(keys[2].1, SignalKind::Trigger);
    }

    #[test]
    fn a_firing_group_resolves_the_alerts_in_it_that_are_resolved() {
        let parsed = fixture("mixed-firing-and-resolved");
        let resolved = parsed.signals.iter().filter(|s| s.kind == SignalKind::Resolve).count();
        assert!(resolved > 0 && resolved < parsed.signals.len(), "{resolved} of {}", parsed.signals.len());
    }

    #[test]
    fn a_truncated_group_says_so_and_resolves_nobody() {
        let parsed = fixture("truncated-max-alerts");
        assert_eq!(parsed.signals.len(), 3);
        assert!(parsed.signals.iter().all(|s| s.kind == SignalKind::Trigger));
        assert_eq!(parsed.signals[0].details["truncatedAlerts"], 5);
    }

    #[test]
    fn a_resend_after_a_500_says_the_same() {
        assert_eq!(fixture("retry-after-500-1"), fixture("retry-after-500-2"));
    }

    #[test]
    fn bare_alerts_and_foreign_letters_are_read() {
        assert_eq!(fixture("no-annotations").signals[0].summary, "NoAnnotations on bare-1");
        assert_eq!(fixture("firing-group-5").signals.len(), 5);
        assert_eq!(fixture("from-real-prometheus").errors, vec![]);
        assert!(!fixture("unicode-long").signals.is_empty());
    }

    #[test]
    fn in_a_batch_each_alert_stands_alone() {
        let parsed = parse(&json!({ "version": "4", "alerts": [
            { "status": "firing", "labels": { "alertname": "Good" }, "fingerprint": "1", "mood": "grim" },
            { "status": "sideways", "labels": { "alertname": "Bad" } },
            7,
            { "status": "firing" },
            { "status": "firing", "labels": { "n": 5 } },
            { "status": "resolved", "labels": { "alertname": "Good too" } },
        ]}));
        let fields: Vec<_> = parsed.errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["alerts[1].status", "alerts[2]", "alerts[3].labels", "alerts[4].labels.n"]);
        assert_eq!(parsed.signals.len(), 2);
        assert_eq!(parsed.signals[0].details["mood"], "grim");
        assert!(!parsed.is_refused());
    }

    #[test]
    fn a_body_without_alerts_names_them() {
        for body in [json!({}), json!({ "alerts": {} }), json!({ "alerts": null })] {
            assert_eq!(parse(&body).errors[0].field, "alerts");
        }
        assert_eq!(parse(&json!({ "alerts": [] })), Parsed::default(), "an empty group says nothing");
    }

    #[test]
    fn an_endless_list_of_complaints_is_shortened() {
        let parsed = parse(&json!({ "alerts": vec![0; 5_000] }));
        assert_eq!(parsed.errors.len(), crate::ingest::ERRORS_MAX + 1);
    }
}
