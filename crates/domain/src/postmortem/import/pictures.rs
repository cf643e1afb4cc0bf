//! Pictures that came along with a file: its text names them by their files, as `![the queue](postmortem-pictures/1a2b.png)`.

use super::Imported;
use crate::attachment::Attachment;
use crate::postmortem::PICTURES_MAX;
use crate::runbook::with_images_as;
use percent_encoding::percent_decode_str;
use std::collections::BTreeMap;

/// A file that was chosen together with the text, as it is kept here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureFile {
    /// As the file is called where it comes from, with or without its folder.
    pub file: String,
    pub picture: Attachment,
}

impl Imported {
    /// Puts the pictures into the text where it names them, and says which ones are not there. Pictures that no text names
    /// are left out.
    pub fn show(&mut self, files: &[PictureFile]) {
        let known: BTreeMap<String, &Attachment> =
            files.iter().map(|one| (last_part(&one.file), &one.picture)).collect();
        let (mut shown, mut absent) = (BTreeMap::<String, Attachment>::new(), vec![]);
        for section in &mut self.file.sections {
            let text = with_images_as(&section.text, |href, name| {
                let file = file_of(href)?;
                let Some(picture) = known.get(&file) else {
                    if !absent.contains(&file) {
                        absent.push(file);
                    }
                    return None;
                };
                if shown.len() == PICTURES_MAX && !shown.contains_key(&picture.hash) {
                    return None;
                }
                shown.insert(picture.hash.clone(), (*picture).clone());
                let name = if name.trim().is_empty() { picture.name.as_str() } else { name };
                let is_plain = |c: &char| !matches!(c, '[' | ']' | '\\' | '\n' | '`' | '*' | '_' | '<' | '!');
                let name: String = name.chars().filter(is_plain).collect();
                Some(format!("![{name}](attachment:{})", picture.hash))
            });
            section.text = text.into_owned();
        }
        self.pictures = shown.into_values().collect();
        self.not_understood.extend(
            absent.into_iter().map(|file| {
                format!("The picture “{file}” did not come along. Add it where the text names it.")
            }),
        );
    }
}

/// The file that an address means, if it lies beside the text: no address elsewhere, and nothing that is here already.
fn file_of(href: &str) -> Option<String> {
    let is_elsewhere = href.split(['/', '\\']).next().is_some_and(|first| first.contains(':'));
    let path = href.split(['?', '#']).next().unwrap_or_default();
    let file = last_part(&percent_decode_str(path).decode_utf8_lossy());
    (!is_elsewhere && !href.starts_with("//") && !file.is_empty()).then_some(file)
}

/// Whatever folder it lay in, and however it is written.
fn last_part(path: &str) -> String {
    path.rsplit(['/', '\\']).next().unwrap_or_default().to_lowercase()
}
