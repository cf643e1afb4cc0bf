//! `triage suggest`: the rules of triage for scripts.

use firebell_domain::triage::{Answers, suggest as suggestion};
use serde_json::json;

/// One line of JSON, `{"severity":1..4,"reasons":[…]}`.
pub fn suggest(answers: &str) -> Result<String, String> {
    let answers: Answers = serde_json::from_str(answers).map_err(|error| {
        format!(
            "The answers cannot be read: {error}. They are one JSON object: \"scope\" (wide, medium or limited) and \
             \"impact\" (low, medium or high), and true or false for any of data_loss, breach, revenue, compliance, \
             workaround and unsure."
        )
    })?;
    let found = suggestion(&answers);
    Ok(json!({ "severity": found.severity.number(), "reasons": found.reasons }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_script_is_told_a_number_and_why() {
        let said = suggest(r#"{"scope":"wide","impact":"medium","unsure":true}"#).unwrap();
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["severity"], 1);
        assert_eq!(said["reasons"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn what_is_missing_or_misspelt_is_named() {
        for (answers, named) in [
            (r#"{"impact":"low"}"#, "`scope`"),
            (r#"{"scope":"huge","impact":"low"}"#, "`huge`"),
            (r#"{"scope":"wide","impact":"low","dataloss":true}"#, "`dataloss`"),
            (r#"{"scope":"wide","impact":"low","breach":"yes"}"#, "boolean"),
            ("", "EOF"),
        ] {
            let words = suggest(answers).unwrap_err();
            assert!(words.contains(named) && words.contains("true or false"), "{words}");
        }
    }
}
