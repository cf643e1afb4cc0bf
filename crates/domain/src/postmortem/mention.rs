//! Who is named in what somebody writes: `@` and a name of the team, as the editor puts it there.

use super::change::{COMMENT, REPLY};
use crate::team::Team;
use crate::{Instant, PersonId, Span};
use serde_json::Value;
use std::collections::BTreeSet;

/// Whoever hears of it later than this reads it there.
const TOLD_WITHIN: Span = Span::hours(24);

/// Those that are named. Of two names of which one begins with the other, the longer one is meant; people of one name are
/// all meant.
pub fn mentioned(words: &str, team: &Team) -> BTreeSet<PersonId> {
    let mut found = BTreeSet::new();
    for (at, _) in words.match_indices('@') {
        let (before, behind) = (&words[..at], &words[at + 1..]);
        if before.chars().next_back().is_some_and(char::is_alphanumeric) {
            continue;
        }
        let is_named = |name: &str| {
            let rest = behind.strip_prefix(name);
            !name.is_empty()
                && rest.is_some_and(|rest| !rest.chars().next().is_some_and(char::is_alphanumeric))
        };
        let longest =
            team.people.iter().map(|p| p.name.as_str()).filter(|n| is_named(n)).max_by_key(|n| n.len());
        let meant = team.people.iter().filter(|person| Some(person.name.as_str()) == longest);
        found.extend(meant.map(|person| person.id.clone()));
    }
    found
}

/// The sentence of a person that a field of the record holds, where people are spoken to.
pub fn said<'a>(field: &str, value: &'a Value) -> Option<&'a str> {
    let speaks = field.starts_with(COMMENT) || field.starts_with(REPLY);
    value.get("text").filter(|_| speaks)?.as_str()
}

/// Whether it is new enough to be told.
pub fn is_told_of(at: Instant, now: Instant) -> bool {
    now - at < TOLD_WITHIN.delta()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn team() -> Team {
        let person =
            |id: &str, name: &str| json!({ "id": id, "name": name, "email": format!("{id}@example.com") });
        let people = [
            person("ana", "Ana"),
            person("ana-ruiz", "Ana Ruiz"),
            person("ben", "Ben Okafor"),
            person("ben2", "Ben Okafor"),
            person("zoe", "Zoë D’Arc"),
        ];
        serde_json::from_value(json!({ "team": { "name": "Acme" }, "people": people })).unwrap()
    }

    #[test]
    fn whoever_is_named_is_meant_and_nobody_else() {
        let named = |words: &str| -> Vec<String> {
            mentioned(words, &team()).into_iter().map(|person| person.to_string()).collect()
        };
        assert_eq!(named("@Ana Ruiz, which queue?"), ["ana-ruiz"]);
        assert_eq!(named("Ask @Ana."), ["ana"]);
        assert_eq!(named("@Ana and (@Zoë D’Arc)"), ["ana", "zoe"]);
        assert_eq!(named("@Ben Okafor"), ["ben", "ben2"], "both are called so");
        assert!(named("@Anabel, @ana, ana@Ana, Ana Ruiz, @").is_empty());
    }

    #[test]
    fn people_are_spoken_to_in_comments_and_replies() {
        let value = json!({ "text": "@Ana" });
        assert_eq!(said("comment_1", &value), Some("@Ana"));
        assert_eq!(said("reply_1_2", &value), Some("@Ana"));
        assert_eq!(said("line_1", &value), None);
        assert_eq!(said("comment_1", &Value::Null), None);
    }
}
