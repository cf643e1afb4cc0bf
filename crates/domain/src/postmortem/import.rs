//! Postmortems that were written elsewhere: read into a [`PostmortemFile`], whatever they look like.
//!
//! Markdown and YAML are read: what Firebell exports comes back as it was, and what others wrote as well as it can be told.
//! **Nothing is lost.** What is no line, action or moment stands as text in the section in which it stood; what stands nowhere
//! stands in the section [`REST`]. What was not understood is said, so that a person can look at it.

mod changes;
mod generic;
mod markdown;
mod past;
mod pictures;
mod place;
#[cfg(test)]
mod tests;
mod when;

pub use changes::{Brought, brought};
pub use past::past;
pub use pictures::PictureFile;

use super::PostmortemFile;
use super::file::{SectionPart, VERSION};
use crate::Refusal;
use crate::attachment::Attachment;
use crate::refusal::RefusalCode;
use chrono::NaiveDate;

/// Bytes of a file.
pub const FILE_MAX: usize = 1_024 * 1_024;
/// The section of what has no place.
pub const REST: &str = "imported";

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub file: PostmortemFile,
    /// When it was, if the file says no hour.
    pub day: Option<NaiveDate>,
    /// Those that its sections show, as they are kept here.
    pub pictures: Vec<Attachment>,
    /// A sentence each; its words stand in a section.
    pub not_understood: Vec<String>,
}

impl Imported {
    fn new() -> Self {
        Self { file: PostmortemFile { version: VERSION, ..PostmortemFile::default() }, ..Self::default() }
    }

    /// Adds to the text of a section.
    fn keep(&mut self, id: &str, title: &str, text: &str) {
        let text = text.trim_matches('\n');
        if text.trim().is_empty() {
            return;
        }
        match self.file.sections.iter_mut().find(|s| s.id == id) {
            Some(section) => {
                let between = if section.text.is_empty() { "" } else { "\n\n" };
                section.text = format!("{}{between}{text}", section.text.trim_end());
            }
            None => {
                let (id, title, text) = (id.to_owned(), title.to_owned(), text.to_owned());
                self.file.sections.push(SectionPart { id, title, text });
            }
        }
    }

    /// Keeps what has no place, and says so.
    fn rest(&mut self, name: &str, value: &str) {
        self.keep(REST, "Imported", &format!("- **{name}**: {}", value.trim().replace('\n', "\n  ")));
        self.not_understood.push(format!("“{name}” is kept as text in the section “Imported”."));
    }
}

fn bad<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::BadInput, words))
}

/// Reads a file. `name`: of the file, whose ending says what it is.
///
/// # Errors
/// Words that name the line, and what to write there.
pub fn import(text: &str, name: &str) -> Result<Imported, Refusal> {
    if text.len() > FILE_MAX {
        return bad(format!(
            "The file has {} KiB; {} KiB are read. Take pictures and logs out of it, and link to them.",
            text.len() / 1_024,
            FILE_MAX / 1_024
        ));
    }
    if text.contains('\0') {
        return bad("The file is not text. Export the postmortem as Markdown or YAML, and import that.");
    }
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    if text.trim().is_empty() {
        return bad("The file is empty.");
    }
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let is_data = match ending.as_deref() {
        Some("yaml" | "yml" | "json") => true,
        Some("md" | "markdown" | "txt") => false,
        _ => ["version:", "title:", "{"].iter().any(|begin| text.trim_start().starts_with(begin)),
    };
    let mut imported = if is_data { generic::data(&text)? } else { markdown::markdown(&text)? };
    if imported.file.title.trim().is_empty() {
        let stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
        stem.rsplit_once('.').map_or(stem, |(stem, _)| stem).trim().clone_into(&mut imported.file.title);
    }
    if imported.file.title.trim().is_empty() {
        return bad(
            "The postmortem has no title. Write one in the first line: `# What happened - 2026-11-25`.",
        );
    }
    place::of_title(&mut imported);
    Ok(imported)
}
