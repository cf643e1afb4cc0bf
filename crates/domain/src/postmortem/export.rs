//! The forms in which a postmortem leaves Firebell.
//!
//! Markdown, HTML and paper show the [`super::Document`]; YAML and JSON hold the [`super::PostmortemFile`], which is read
//! back whole. Whatever somebody wrote is harmless in all of them: it is never markup of the form, it loads nothing, and it
//! cannot look like something else.

mod html;
mod markdown;
#[cfg(test)]
mod tests;

pub use html::html;
pub use markdown::markdown;

use super::{Picture, PostmortemFile};
use crate::attachment::MediaType;
use crate::runbook::is_invisible;
use chrono::NaiveDate;

/// The folders of [`picture_path`]: whoever sends the public one on sends nothing else.
const PICTURES_FOLDER: &str = "postmortem-pictures";
const PUBLIC_FOLDER: &str = "public-postmortem-pictures";

/// Characters of a file's name before its ending.
const NAME_MAX: usize = 80;

/// As YAML. The file says what it is in its first two keys.
pub fn yaml(file: &PostmortemFile) -> Result<String, serde_saphyr::ser::Error> {
    let options = serde_saphyr::ser_options! { compact_list_indent: false };
    serde_saphyr::to_string_with_options(file, options)
}

/// As JSON, the same shape.
pub fn json(file: &PostmortemFile) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(file).map(|text| text + "\n")
}

/// What a file of this title is called, without its ending: letters, digits and hyphens, so that it is a name on every
/// system and never a path or an option.
pub fn file_name(title: &str, day: NaiveDate) -> String {
    let lower = title.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    let mut name: String = words.collect::<Vec<_>>().join("-").chars().take(NAME_MAX).collect();
    name.truncate(name.trim_end_matches('-').len());
    let day = day.to_string();
    match (name.is_empty(), name.ends_with(&day)) {
        (true, _) => format!("postmortem-{day}"),
        (_, true) => format!("postmortem-{name}"),
        (_, false) => format!("postmortem-{name}-{day}"),
    }
}

/// Where a picture stands beside a document that cannot hold it: the same for the same bytes, so that two documents share it.
pub fn picture_path(public: bool, hash: &str, picture: &Picture) -> String {
    let ending = match picture.media_type {
        MediaType::Png => "png",
        MediaType::Jpeg => "jpg",
        MediaType::Gif => "gif",
        MediaType::WebP => "webp",
        MediaType::Text => "txt",
    };
    let folder = if public { PUBLIC_FOLDER } else { PICTURES_FOLDER };
    format!("{folder}/{}.{ending}", &hash[..hash.len().min(16)])
}

/// Without characters that cannot be seen and make a text look like another, and without those that no form can hold. What
/// joins letters (Persian, emoji) stays.
pub fn harmless(text: &str) -> String {
    let joins = |c: char| matches!(c, '\u{200c}' | '\u{200d}');
    let is_control = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    let is_tag =
        |c: char| matches!(c, '\u{e0000}'..='\u{e007f}' | '\u{fffe}' | '\u{ffff}' | '\u{ad}' | '\u{180e}');
    text.chars().filter(|c| joins(*c) || !(is_invisible(*c) || is_control(*c) || is_tag(*c))).collect()
}
