//! Whatever is posted, the adapters answer: with signals, or with complaints that name a field.

use super::*;
use firebell_domain::alert::{DESCRIPTION_MAX, SUMMARY_MAX};
use proptest::prelude::*;
use serde_json::json;

fn fixtures() -> Vec<Value> {
    let folder = format!("{}/tests/fixtures", env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<Value> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("alertmanager-"))
        .map(|path| body::read(&std::fs::read(path).unwrap()).unwrap())
        .collect();
    found.push(json!({ "severity": "critical", "title": "Down", "description": "d", "timestamp": "2026-11-21T00:00:00Z",
        "source": "a", "runbook_url": "https://e.com", "dedup_key": "k", "service": "s", "links": ["https://e.com"] }));
    found.push(json!({ "routing_key": "k", "event_action": "trigger", "dedup_key": "d", "links": [{ "href": "https://e.com" }],
        "payload": { "summary": "s", "source": "h", "severity": "error", "custom_details": { "a": 1 } } }));
    found
}

/// Nothing half: a signal is whole and within its limits, a complaint names a field.
fn check(parsed: &Parsed) {
    for signal in &parsed.signals {
        assert!(!signal.dedup_key.is_empty() && signal.dedup_key.chars().count() <= DEDUP_KEY_MAX);
        assert!(signal.summary.chars().count() <= SUMMARY_MAX);
        assert!(signal.kind != firebell_domain::alert::SignalKind::Trigger || !signal.summary.is_empty());
        assert!(signal.description.as_ref().is_none_or(|d| d.chars().count() <= DESCRIPTION_MAX));
        assert!(signal.details.to_string().len() <= details::DETAILS_MAX);
        assert!(signal.links.iter().all(|l| l.href.starts_with("http")));
    }
    assert!(parsed.errors.iter().all(|e| !e.field.is_empty() && !e.words.is_empty()));
    assert!(parsed.errors.len() <= ERRORS_MAX + 1);
}

fn read_by_all(value: &Value) {
    for kind in IntegrationKind::ALL {
        check(&parse(kind, value));
    }
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,40}".prop_map(Value::from),
        (900_usize..1_100).prop_map(|n| Value::from("é".repeat(n))),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,10}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The places of a value, as paths.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Array(all) => all.iter().enumerate().for_each(|(i, v)| places(v, format!("{at}/{i}"), found)),
        Value::Object(map) => map
            .iter()
            .for_each(|(k, v)| places(v, format!("{at}/{}", k.replace('~', "~0").replace('/', "~1")), found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
        if let Ok(value) = body::read(&bytes) {
            read_by_all(&value);
        }
    }

    #[test]
    fn arbitrary_json_never_panics(value in any_json()) {
        read_by_all(&value);
    }

    #[test]
    fn real_bodies_with_one_thing_replaced_never_panic(which in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), odd in any_json()) {
        let mut all = fixtures();
        let value = &mut all[which.index(usize::MAX) % fixtures().len()];
        let mut found = Vec::new();
        places(value, String::new(), &mut found);
        let at = place.get(&found).clone();
        if let Some(slot) = value.pointer_mut(&at) {
            *slot = odd;
        }
        read_by_all(value);
    }

    #[test]
    fn real_bodies_with_bytes_flipped_never_panic(which in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        let mut bytes = serde_json::to_vec(which.get(&fixtures())).unwrap();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(value) = body::read(&bytes) {
            read_by_all(&value);
        }
    }
}
