//! `language check`: the language check of postmortems for scripts.

use firebell_domain::language::{LanguageCheck, LanguageRules};

/// A JSON object a line, `{"start","end","rule","why","suggestion"}`, places in bytes; nothing for a text without findings.
pub fn check(text: &str) -> Result<String, String> {
    let check = LanguageCheck::new(&LanguageRules::english(), &[]).map_err(|error| error.to_string())?;
    let lines = check.check(text).iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>();
    lines.map(|lines| lines.join("\n")).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn a_script_is_told_where_why_and_what_to_write_instead() {
        let text = "⚠ Obviously,\nBen should have looked.\n";
        let said = check(text).unwrap();
        let lines: Vec<Value> = said.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let place = |line: &Value, key: &str| usize::try_from(line[key].as_u64().unwrap()).unwrap();
        let words: Vec<&str> = lines.iter().map(|l| &text[place(l, "start")..place(l, "end")]).collect();
        assert_eq!(words, ["Obviously", "Ben should have"]);
        assert_eq!(lines[1]["rule"], "should-have");
        for line in &lines {
            assert!(
                line["why"].as_str().unwrap().len() > 20 && line["suggestion"].as_str().unwrap().len() > 20
            );
            assert_eq!(line.as_object().unwrap().len(), 5);
        }
    }

    #[test]
    fn a_text_about_systems_is_answered_with_nothing() {
        assert_eq!(check("The deployment of 14:02 changed the time-out.").unwrap(), "");
        assert_eq!(check("").unwrap(), "");
    }
}
