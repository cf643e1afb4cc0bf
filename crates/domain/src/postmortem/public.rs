//! The public version: a text of its own, written for people outside. Nothing of it comes from the record, and it is no part
//! of any other document, so neither says by accident what the other may not.

use super::{Chapter, Document, Piece, has_words};
use crate::Refusal;
use crate::refusal::RefusalCode;
use crate::runbook::{Block, plain, read};
use std::collections::BTreeMap;

/// The section that holds it. No section of a template has this name.
pub const PUBLIC: &str = "public";

/// What it is called unless it begins with a heading: the title of an incident may say what nobody outside has to know.
const TITLE: &str = "What happened";

/// As it is read outside.
///
/// # Errors
/// Nothing is written, or its end would be missing.
pub fn public_document(text: &str) -> Result<Document, Refusal> {
    if !has_words(text) {
        return Err(Refusal::new(
            RefusalCode::NotFound,
            "There is no public version yet. Write one: open the review of the postmortem, and choose the public version.",
        ));
    }
    let reading = read(text);
    if reading.cut {
        return Err(Refusal::new(
            RefusalCode::BadInput,
            "The public version is too long to be saved whole (256 KiB fit). Shorten it.",
        ));
    }
    let mut blocks = reading.blocks;
    let title = match blocks.first() {
        Some(Block::Heading { text, .. }) => Some(plain(text)),
        _ => None,
    };
    if title.is_some() {
        blocks.remove(0);
    }
    let title = title.filter(|title| !title.trim().is_empty()).unwrap_or_else(|| TITLE.into());
    // Its headings are its own: it has no chapters.
    let chapters = vec![Chapter { title: String::new(), pieces: vec![Piece::Text(blocks)] }];
    Ok(Document { title, standing: vec![], facts: vec![], chapters, pictures: BTreeMap::new(), public: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postmortem::export::{html, markdown};
    use crate::postmortem::{PostmortemRules, Section, SectionKind};

    #[test]
    fn it_is_its_own_text_and_nothing_else() {
        let document =
            public_document("# Checkout on Monday\n\nSome payments failed.\n\n- 2 % of users\n").unwrap();
        let text = markdown(&document);
        assert_eq!(text, "# Checkout on Monday\n\nSome payments failed.\n\n- 2 % of users\n");
        let page = html(&document);
        assert!(page.contains("<h1 dir=\"auto\">Checkout on Monday</h1>") && !page.contains("<h2"), "{page}");
        let untitled = markdown(&public_document("Some payments failed.").unwrap());
        assert_eq!(untitled, "# What happened\n\nSome payments failed.\n");
        let words = public_document("# \n\n").unwrap_err().words;
        assert!(words.contains("no public version yet"), "{words}");
    }

    #[test]
    fn no_section_of_a_template_takes_its_name() {
        let mut rules = PostmortemRules::default();
        rules.check().unwrap();
        rules.sections.push(Section {
            id: PUBLIC.into(),
            title: "For everybody".into(),
            kind: SectionKind::Text,
            prompts: vec![],
            needed: false,
        });
        assert!(rules.check().unwrap_err().words.contains("public version"));
    }
}
