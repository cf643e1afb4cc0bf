//! Fields of a runbook that a person fills in.

use crate::Refusal;
use crate::refusal::RefusalCode;
use crate::team::is_web_link;
use chrono::NaiveDate;
use serde_json::Value;
use std::collections::BTreeMap;

/// Labels or links of one runbook, and characters of a label's name or value.
const COUNT_MAX: usize = 20;
const LABEL_MAX: usize = 200;

/// Looks at a value before it is written; `null` clears a field. Fields that are not known here are let be.
///
/// # Errors
/// Words that name the field and what it takes.
pub fn check_field(field: &str, value: &Value) -> Result<(), Refusal> {
    let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
    if value.is_null() {
        return Ok(());
    }
    match field {
        "labels" => {
            let labels: Option<BTreeMap<String, String>> = serde_json::from_value(value.clone()).ok();
            let fits = |text: &String| !text.is_empty() && text.chars().count() <= LABEL_MAX;
            let good = labels.is_some_and(|labels| {
                labels.len() <= COUNT_MAX && labels.iter().all(|(name, value)| fits(name) && fits(value))
            });
            if !good {
                return bad(format!(
                    "Labels: write at most {COUNT_MAX}, each as name=value with both filled in."
                ));
            }
        }
        "urls" => {
            let urls: Option<Vec<String>> = serde_json::from_value(value.clone()).ok();
            if !urls.is_some_and(|urls| urls.len() <= COUNT_MAX && urls.iter().all(|url| is_web_link(url))) {
                return bad(format!(
                    "Links: write at most {COUNT_MAX}, each of which starts with https:// or http://."
                ));
            }
        }
        "tested_on" if value.as_str().is_none_or(|day| day.parse::<NaiveDate>().is_err()) => {
            return bad("Tested on: write a day such as 2026-11-25.".into());
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_field_does_not_take_is_refused_with_what_it_does() {
        check_field("labels", &json!({ "alertname": "HighErrorRate" })).unwrap();
        check_field("urls", &json!(["https://wiki.acme.example/errors"])).unwrap();
        check_field("tested_on", &json!("2026-11-25")).unwrap();
        check_field("tested_on", &Value::Null).unwrap();
        check_field("title", &json!("anything")).unwrap();
        for (field, value) in [
            ("labels", json!({ "alertname": "" })),
            ("labels", json!(["alertname"])),
            ("labels", json!((0..21).map(|n| (n.to_string(), "x".to_owned())).collect::<BTreeMap<_, _>>())),
            ("urls", json!(["javascript:alert(1)"])),
            ("urls", json!("https://one.example")),
            ("tested_on", json!("yesterday")),
        ] {
            let words = check_field(field, &value).unwrap_err().words;
            assert!(words.contains("write"), "{field}: {words}");
        }
    }
}
