//! Deployments and other changes, as pipelines post them: our own flat JSON object, and PagerDuty's change events.

use super::fields::{Fields, named, scalar, type_of};
use super::{details, hashed, one_line, pagerduty, summary};
use firebell_domain::ServiceId;
use firebell_domain::change_event::{ChangeKind, NewChange, WORD_MAX};
use firebell_protocol::rest::FieldError;
use serde_json::{Map, Value};

/// Reads one object: `revision` (or, of what is no deployment, a `summary`), and where wanted `service`, `previous`, `by`,
/// `at`, `starts_at`, `url`, `kind`, `environment`.
pub fn deployment(body: &Value) -> Result<NewChange, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut fields = Fields::new(object(body)?, "", &mut errors);
    let kind = match fields.text("kind") {
        None => ChangeKind::default(),
        Some(word) => ChangeKind::from_name(&word).unwrap_or_else(|| {
            fields.wrong("kind", "must be deployment, config or infrastructure");
            ChangeKind::default()
        }),
    };
    let words = fields.text("summary").map(|s| summary(&s));
    let revision = word(&mut fields, "revision");
    if revision.is_none() && (kind == ChangeKind::Deployment || words.is_none()) && !fields.has_errors() {
        let either = if kind == ChangeKind::Deployment { "" } else { " (or write a summary)" };
        fields.wrong("revision", format!("is missing; it must be a text that is not empty{either}"));
    }
    let new = NewChange {
        kind,
        service: fields.text("service"),
        summary: words,
        revision,
        previous: word(&mut fields, "previous"),
        by: word(&mut fields, "by"),
        environment: word(&mut fields, "environment"),
        links: fields.link("url").map(|href| named(&href, None)).into_iter().collect(),
        at: fields.time("at"),
        starts_at: fields.time("starts_at"),
        details: Value::Null,
    };
    let details = details::keep(fields.unknown());
    if errors.is_empty() { Ok(NewChange { details, ..new }) } else { Err(errors) }
}

/// Reads one change event of PagerDuty's. What our own form has a field for may stand in `custom_details`, which stay as
/// they are.
pub fn change_event(body: &Value) -> Result<NewChange, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut fields = Fields::new(object(body)?, "", &mut errors);
    fields.required("routing_key");
    let payload = fields.object("payload");
    if payload.is_none() && !fields.has_errors() {
        fields.wrong("payload", "is missing; a change event needs payload.summary");
    }
    let raw_links = fields.take("links");
    let mut kept = fields.unknown();
    let links = pagerduty::links_of(raw_links, &mut kept);
    let mut payload = Fields::new(payload.unwrap_or_default(), "payload.", &mut errors);
    let words = if payload.has_errors() { None } else { payload.required("summary") };
    let at = payload.time("timestamp");
    let custom = payload.object("custom_details").unwrap_or_default();
    kept.extend(payload.unknown());
    if !errors.is_empty() {
        return Err(errors);
    }
    let said = |name: &str| {
        custom.get(name).and_then(scalar).map(|t| one_line(&t, WORD_MAX)).filter(|t| !t.is_empty())
    };
    let new = NewChange {
        kind: said("kind").and_then(|k| ChangeKind::from_name(&k)).unwrap_or_default(),
        service: said("service"),
        summary: words.map(|s| summary(&s)),
        revision: said("revision"),
        previous: said("previous"),
        by: said("by"),
        environment: said("environment"),
        links,
        at,
        starts_at: said("starts_at"),
        details: Value::Null,
    };
    if !custom.is_empty() {
        kept.insert("custom_details".into(), Value::Object(custom));
    }
    Ok(NewChange { details: details::keep(kept), ..new })
}

/// By what a repetition of a change of this service is known.
pub fn content(service: &ServiceId, new: &NewChange) -> String {
    let mut parts = vec![service.as_str()];
    parts.extend(new.content());
    hashed(&parts)
}

fn object(body: &Value) -> Result<Map<String, Value>, Vec<FieldError>> {
    match body {
        Value::Object(map) => Ok(map.clone()),
        other => {
            let words = format!("must be one JSON object, not {}", type_of(other));
            Err(vec![FieldError { field: "body".into(), words }])
        }
    }
}

/// A short text; a number is one, too, because builds are numbered.
fn word(fields: &mut Fields, name: &str) -> Option<String> {
    let value = fields.take(name)?;
    match scalar(&value).filter(|_| !value.is_boolean()) {
        Some(text) => Some(one_line(&text, WORD_MAX)).filter(|t| !t.is_empty()),
        None => {
            fields.wrong(name, format!("must be a text, not {}", type_of(&value)));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(read: Result<NewChange, Vec<FieldError>>) -> Vec<String> {
        read.unwrap_err().into_iter().map(|e| e.field).collect()
    }

    #[test]
    fn a_deployment_with_every_field_is_read() {
        let new = deployment(&json!({
            "service": "payments-api", "revision": "v3.4.2", "previous": "v3.4.1", "by": "ana",
            "at": "2026-11-21T02:02:00Z", "url": "https://ci.example.com/runs/7", "kind": "deployment",
            "starts_at": null, "environment": "production", "summary": "Tax table 2027", "pipeline": 7,
        }))
        .unwrap();
        assert_eq!(new.service.as_deref(), Some("payments-api"));
        assert_eq!((new.revision.as_deref(), new.previous.as_deref()), (Some("v3.4.2"), Some("v3.4.1")));
        assert_eq!(new.links[0].href, "https://ci.example.com/runs/7");
        assert_eq!(new.details, json!({ "pipeline": 7 }), "unknown keys are kept");
        assert_eq!(new.labels()["pipeline"], "7");
        assert_eq!(new.labels()["environment"], "production");
    }

    #[test]
    fn a_wrong_field_is_named() {
        assert_eq!(wrong(deployment(&json!({}))), ["revision"]);
        assert_eq!(wrong(deployment(&json!({ "revision": " " }))), ["revision"]);
        assert_eq!(wrong(deployment(&json!({ "revision": [] }))), ["revision"]);
        assert_eq!(wrong(deployment(&json!({ "revision": "v2", "kind": "party" }))), ["kind"]);
        assert_eq!(
            wrong(deployment(&json!({ "revision": "v2", "by": {}, "service": 5 }))),
            ["service", "by"]
        );
        assert_eq!(wrong(deployment(&json!({ "kind": "config" }))), ["revision"]);
        assert_eq!(wrong(deployment(&json!([]))), ["body"]);
        assert_eq!(deployment(&json!({ "revision": 42 })).unwrap().revision.as_deref(), Some("42"));
        let config = json!({ "kind": "config", "summary": "Time-out of search down to 2 s" });
        assert_eq!(deployment(&config).unwrap().kind, ChangeKind::Config);
    }

    #[test]
    fn odd_times_links_and_long_words_refuse_nothing() {
        let new = deployment(&json!({
            "revision": "r".repeat(5_000), "summary": "two\nlines", "at": { "at": 1 }, "starts_at": "soon",
            "url": "javascript:alert(1)",
        }))
        .unwrap();
        assert_eq!(new.revision.as_ref().map(|r| r.chars().count()), Some(WORD_MAX));
        assert_eq!(new.summary.as_deref(), Some("two lines"));
        assert_eq!(new.starts_at.as_deref(), Some("soon"));
        assert_eq!((new.links.len(), &new.details["url"]), (0, &json!("javascript:alert(1)")));
    }

    #[test]
    fn a_change_event_of_pagerduty_is_read_and_its_key_is_no_detail() {
        let new = change_event(&json!({
            "routing_key": "0123456789abcdef0123456789abcdef",
            "payload": { "summary": "Build success", "source": "acme-build", "timestamp": "2026-07-17T08:42:58.315+0000",
                         "custom_details": { "revision": "7f2", "service": "search", "build_number": 220 } },
            "links": [{ "href": "https://ci.example.com/220", "text": "Build" }],
            "images": [{ "src": "https://example.com/x.png" }],
        }))
        .unwrap();
        assert_eq!(new.summary.as_deref(), Some("Build success"));
        assert_eq!((new.revision.as_deref(), new.service.as_deref()), (Some("7f2"), Some("search")));
        assert_eq!(new.links[0].text, "Build");
        assert_eq!(new.details["custom_details"]["build_number"], 220);
        assert_eq!(new.details["source"], "acme-build");
        assert!(new.details["images"].is_array() && !new.details.to_string().contains("0123456789abcdef"));
        assert_eq!(wrong(change_event(&json!({ "routing_key": "k" }))), ["payload"]);
        assert_eq!(wrong(change_event(&json!({ "routing_key": "k", "payload": 3 }))), ["payload"]);
        assert_eq!(wrong(change_event(&json!({ "routing_key": "k", "payload": {} }))), ["payload.summary"]);
        let odd = json!({ "routing_key": "k", "payload": { "summary": "s", "custom_details": "free" } });
        assert_eq!(wrong(change_event(&odd)), ["payload.custom_details"]);
    }

    #[test]
    fn what_differs_in_one_word_is_another_change() {
        let (shop, search) = (ServiceId::from("shop"), ServiceId::from("search"));
        let new = |revision: &str| deployment(&json!({ "revision": revision, "by": "ana" })).unwrap();
        assert_eq!(content(&shop, &new("v2")), content(&shop, &NewChange { by: None, ..new("v2") }));
        assert_ne!(content(&shop, &new("v2")), content(&shop, &new("v3")));
        assert_ne!(content(&shop, &new("v2")), content(&search, &new("v2")));
    }
}
