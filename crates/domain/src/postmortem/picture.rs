//! Pictures in the sections of a postmortem. A text names one by the hash of its bytes, as `![graph.png](attachment:…)`; what
//! the picture is stands in a field of the record, and its bytes beside the log, as those of a timeline's entry do. So
//! whoever sees the incident may fetch them, and nobody else.

use super::{Fields, Postmortem, change, named, read};
use crate::Refusal;
use crate::attachment::{Attachment, MediaType};
use crate::refusal::RefusalCode;
use crate::runbook::{Difference, with_pictures_as};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Pictures of one postmortem.
pub const PICTURES_MAX: usize = 200;
/// Pixels of a picture that is unpacked for paper: four bytes of memory each.
pub const PIXELS_MAX: u64 = 40_000_000;

/// A picture with its bytes, for a document that leaves Firebell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub media_type: MediaType,
    pub bytes: Vec<u8>,
}

/// The field that says what a picture is.
pub fn picture_field(hash: &str) -> String {
    format!("{}{hash}", change::PICTURE)
}

/// What a field of a postmortem names, if it is one of those and says something about a picture.
pub fn picture_of(field: &str, value: &Value) -> Option<Attachment> {
    let hash = field.strip_prefix(change::PICTURE)?;
    let picture = Attachment::deserialize(value).ok()?;
    (picture.hash == hash && check(&picture).is_ok()).then_some(picture)
}

/// What can be shown in a section.
pub(super) fn check(picture: &Attachment) -> Result<(), Refusal> {
    picture.check()?;
    if picture.media_type != MediaType::Text {
        return Ok(());
    }
    Err(Refusal::new(
        RefusalCode::BadInput,
        format!(
            "{} is no picture. Paste its words into the section, or attach it to the incident's timeline.",
            picture.name
        ),
    ))
}

/// The text as people read it where pictures are not drawn: with the names of its pictures, not with their hashes.
pub fn pictures_named(text: &str) -> Cow<'_, str> {
    with_pictures_as(
        text,
        |name| if name.is_empty() { "[picture]".into() } else { format!("[picture: {name}]") },
    )
}

/// What lies between two texts of a postmortem, for people.
pub fn difference_named(mut difference: Difference) -> Difference {
    for line in difference.parts.iter_mut().flatten() {
        if let Cow::Owned(named) = pictures_named(&line.text) {
            line.text = named;
        }
    }
    difference
}

/// By hash.
pub(super) fn pictures(fields: &Fields) -> BTreeMap<String, Attachment> {
    let known = named(fields, change::PICTURE).filter_map(|(hash, field)| {
        let picture: Attachment = read(field)?;
        (picture.hash == hash && check(&picture).is_ok()).then(|| (hash.to_owned(), picture))
    });
    known.collect()
}

impl Postmortem {
    pub(super) fn has_room_for(&self, picture: &Attachment) -> Result<(), Refusal> {
        if self.pictures.len() < PICTURES_MAX || self.pictures.contains_key(&picture.hash) {
            return Ok(());
        }
        Err(Refusal::new(
            RefusalCode::BadInput,
            format!(
                "This postmortem has {PICTURES_MAX} pictures; no more fit. Put the others where a link leads to them."
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn graph() -> Attachment {
        Attachment {
            hash: "a1".repeat(32),
            name: "graph.png".into(),
            media_type: MediaType::Png,
            size: 2_048,
            width: Some(640),
            height: Some(480),
        }
    }

    #[test]
    fn a_field_names_the_picture_that_it_is_called_after_and_nothing_else() {
        let (graph, other) = (graph(), Attachment { hash: "b2".repeat(32), ..graph() });
        let field = picture_field(&graph.hash);
        assert_eq!(picture_of(&field, &json!(graph)), Some(graph.clone()));
        for (field, value) in [
            (field.as_str(), json!(other)),
            (&field, json!(Attachment { size: 0, ..graph.clone() })),
            (
                &field,
                json!(Attachment { media_type: MediaType::Text, width: None, height: None, ..graph.clone() }),
            ),
            (&field, Value::Null),
            ("title", json!(graph)),
        ] {
            assert_eq!(picture_of(field, &value), None, "{field}: {value}");
        }
    }

    #[test]
    fn a_log_is_no_picture() {
        let log = Attachment {
            name: "api.log".into(),
            media_type: MediaType::Text,
            width: None,
            height: None,
            ..graph()
        };
        let words = check(&log).unwrap_err().words;
        assert!(words.contains("api.log") && words.contains("timeline"), "{words}");
    }

    #[test]
    fn where_pictures_are_not_drawn_their_names_are_read() {
        let mark = |name: &str| format!("![{name}](attachment:{})", "a1".repeat(32));
        for (written, read) in [
            ("The queue grew.".into(), "The queue grew."),
            (format!("See {}, at 02:10.", mark("graph.png")), "See [picture: graph.png], at 02:10."),
            (format!("| {} | {} |", mark("a.png"), mark("")), "| [picture: a.png] | [picture] |"),
            (mark("a *b* \\[c\\].png"), "[picture: a b [c].png]"),
            (
                "`![x](attachment:y)` and ![x](attachment:y)".into(),
                "`![x](attachment:y)` and ![x](attachment:y)",
            ),
        ] {
            assert_eq!(pictures_named(&written), read, "{written}");
        }
        let before = format!("It grew.\n{}\n", mark("before.png"));
        let difference = difference_named(crate::runbook::compare(&before, "It grew.\n"));
        let lines: Vec<_> = difference.parts.iter().flatten().map(|line| line.text.as_str()).collect();
        assert_eq!(lines, ["It grew.", "[picture: before.png]"]);
    }
}
