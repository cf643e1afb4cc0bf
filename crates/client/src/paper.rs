//! A postmortem on paper: a PDF that is made here, with no window and no other program (docs/adr/paper-is-set-by-ourselves.md).
//!
//! [`Fonts`] knows which font has a letter, `text` breaks lines and puts them in the order in which they are read, `flow` fills
//! pages, `set` says how each part of a document looks. All text can be selected and searched.

mod flow;
mod fonts;
mod picture;
mod set;
#[cfg(test)]
mod tests;
mod text;
mod write;

pub use fonts::Fonts;

use firebell_domain::Instant;
use firebell_domain::postmortem::Document;

/// The document could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the PDF cannot be made: {0}")]
pub struct PaperError(String);

/// The bytes of a PDF (A4). `at`: when it was made.
pub fn pdf(document: &Document, at: Instant, fonts: &Fonts) -> Result<Vec<u8>, PaperError> {
    let sources = fonts.for_text(&set::letters(document));
    let faces = fonts::Faces::of(&sources)?;
    let mut images = picture::images(document);
    let made = write::write(document, &set::set(document, &faces, &images), &faces, at);
    let all = images.len();
    if made.is_ok() || all == 0 {
        return made;
    }
    // One that breaks off in its middle takes nothing else with it: its name stands in its place.
    images.retain(|_, image| picture::is_whole(image));
    if images.len() == all {
        return made;
    }
    write::write(document, &set::set(document, &faces, &images), &faces, at)
}
