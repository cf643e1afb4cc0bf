//! Pictures and command output beside the timeline: what an entry says about them. Their bytes stand beside the log, under
//! their hash.

use crate::Refusal;
use crate::refusal::RefusalCode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Bytes of one attachment.
pub const SIZE_MAX: u64 = 10 << 20;
/// Attachments of one entry.
pub const PER_ENTRY_MAX: usize = 10;
/// Characters of a name.
pub const NAME_MAX: usize = 120;
/// Pixels of a side: more is no screenshot, and would be a bomb for whoever unpacks it.
pub const SIDE_MAX: u32 = 16_384;

/// What can be attached: nothing that a window would run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub enum MediaType {
    #[serde(rename = "image/png")]
    Png,
    #[serde(rename = "image/jpeg")]
    Jpeg,
    #[serde(rename = "image/gif")]
    Gif,
    #[serde(rename = "image/webp")]
    WebP,
    #[serde(rename = "text/plain")]
    Text,
}

impl MediaType {
    pub const ALL: [Self; 5] = [Self::Png, Self::Jpeg, Self::Gif, Self::WebP, Self::Text];

    /// As HTTP names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::WebP => "image/webp",
            Self::Text => "text/plain",
        }
    }

    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What these bytes are, by how they begin (WHATWG MIME Sniffing §6.1); text is what is UTF-8 without NUL. `None`:
    /// nothing that can be attached.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', b'V', b'P', ..] => Some(Self::WebP),
            [] => None,
            text => (!text.contains(&0) && std::str::from_utf8(text).is_ok()).then_some(Self::Text),
        }
    }
}

/// One attachment, as its entry names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Attachment {
    /// SHA-256 of the bytes: 64 hexadecimal digits in lower case.
    pub hash: String,
    /// As the file was called.
    pub name: String,
    pub media_type: MediaType,
    /// Bytes: 1 to [`SIZE_MAX`].
    pub size: u64,
    /// Pixels, where it is a picture, so that a window keeps its place free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub width: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub height: Option<u32>,
}

/// A name in the content-addressed store.
pub fn is_hash(hash: &str) -> bool {
    hash.len() == 64 && hash.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What of a file's name can be kept: no folder, nothing that cannot be seen, not too long. Never empty.
pub fn tidy_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let seen: String = last.chars().filter(|c| !is_unseen(*c)).take(NAME_MAX).collect();
    let seen = seen.trim();
    if seen.is_empty() || seen == "." || seen == ".." { "attachment".into() } else { seen.to_owned() }
}

/// Control characters, and those that turn the direction of text around: `gnp.exe` must not look like `exe.png`.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

impl Attachment {
    /// What is wrong with it, if anything; the words name the field.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        if !is_hash(&self.hash) {
            return bad(
                "The hash of an attachment is not 64 hexadecimal digits. Attach the file again.".into()
            );
        }
        if tidy_name(&self.name) != self.name {
            return bad(format!(
                "The name of an attachment is 1 to {NAME_MAX} characters on one line, without a folder. Rename the file."
            ));
        }
        if self.size == 0 {
            return bad(format!("The attachment {} is empty (size 0). Choose another file.", self.name));
        }
        if self.size > SIZE_MAX {
            return bad(too_big(&self.name, self.size));
        }
        for (side, pixels) in [("width", self.width), ("height", self.height)] {
            if pixels.is_some_and(|pixels| pixels == 0 || pixels > SIDE_MAX) {
                return bad(format!(
                    "The {side} of {} is not 1 to {SIDE_MAX} pixels. Make the picture smaller.",
                    self.name
                ));
            }
        }
        if self.width.is_some() != self.height.is_some() {
            return bad(format!("Of {} only one of width and height is said. Attach it again.", self.name));
        }
        Ok(())
    }
}

/// The sentence for what does not fit.
pub fn too_big(name: &str, size: u64) -> String {
    let tenths = size.saturating_mul(10).div_ceil(1 << 20);
    format!(
        "{name} has {}.{} MiB (size); 10 MiB fit. Cut it to what matters, or add a link to it.",
        tenths / 10,
        tenths % 10
    )
}

/// The attachments of one entry.
pub fn check_all(attachments: &[Attachment]) -> Result<(), Refusal> {
    if attachments.len() > PER_ENTRY_MAX {
        let words = format!(
            "This entry has {} attachments; {PER_ENTRY_MAX} fit. Write a second entry for the others.",
            attachments.len()
        );
        return Err(Refusal::new(RefusalCode::BadInput, words));
    }
    attachments.iter().try_for_each(Attachment::check)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn picture() -> Attachment {
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
    fn a_picture_of_a_graph_can_be_attached_and_what_is_wrong_with_another_is_named() {
        picture().check().unwrap();
        let named = |attachment: Attachment, word: &str| {
            let words = attachment.check().unwrap_err().words;
            assert!(words.contains(word), "{words}");
        };
        named(Attachment { hash: "A1".repeat(32), ..picture() }, "hash");
        named(Attachment { name: "../../etc/passwd".into(), ..picture() }, "name");
        named(Attachment { name: "a\nb.png".into(), ..picture() }, "name");
        named(Attachment { name: String::new(), ..picture() }, "name");
        named(Attachment { size: 0, ..picture() }, "size");
        named(Attachment { size: SIZE_MAX + 1, ..picture() }, "10.1 MiB");
        named(Attachment { width: Some(0), ..picture() }, "width");
        named(Attachment { height: Some(SIDE_MAX + 1), ..picture() }, "height");
        named(Attachment { height: None, ..picture() }, "width and height");
        check_all(&vec![picture(); PER_ENTRY_MAX]).unwrap();
        assert!(check_all(&vec![picture(); PER_ENTRY_MAX + 1]).unwrap_err().words.contains("11 attachments"));
    }

    #[test]
    fn bytes_are_what_they_begin_with_and_nothing_that_runs_is_taken() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\n..."[..], Some(MediaType::Png)),
            (b"\xff\xd8\xff\xe0....", Some(MediaType::Jpeg)),
            (b"GIF89a...", Some(MediaType::Gif)),
            (b"RIFF\x10\0\0\0WEBPVP8 ", Some(MediaType::WebP)),
            ("häufig: 500\n\x1b[31mrot".as_bytes(), Some(MediaType::Text)),
            // Text it is, and never more than text: it is shown as such.
            (b"<svg onload=alert(1)>", Some(MediaType::Text)),
            (b"\x7fELF\x02\x01\x01\0", None),
            (b"PK\x03\x04\x14\0", None),
            (b"\xff\xfe\xfd", None),
            (b"", None),
        ] {
            assert_eq!(MediaType::of(bytes), kind, "{bytes:?}");
        }
        for kind in MediaType::ALL {
            assert_eq!(MediaType::by_name(kind.name()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
        assert_eq!(MediaType::by_name("image/svg+xml"), None);
    }

    proptest! {
        #[test]
        fn a_tidied_name_passes_the_check_whatever_the_file_was_called(name in "\\PC{0,300}|[\\x00-\\x20/\\\\.\u{202e}\u{200b}]{0,300}") {
            let tidy = tidy_name(&name);
            prop_assert!(!tidy.contains(['/', '\\']) && !tidy.chars().any(char::is_control));
            prop_assert!((1..=NAME_MAX).contains(&tidy.chars().count()));
            prop_assert_eq!(&tidy_name(&tidy), &tidy);
            let named = Attachment { name: tidy, ..picture() };
            prop_assert!(named.check().is_ok());
        }

        #[test]
        fn what_passes_the_check_comes_back_from_json_as_it_was(size in 0..2 * SIZE_MAX, side in 0..2 * SIDE_MAX) {
            let attachment = Attachment { size, width: Some(side), height: Some(side), ..picture() };
            let fits = (1..=SIZE_MAX).contains(&size) && (1..=SIDE_MAX).contains(&side);
            prop_assert_eq!(attachment.check().is_ok(), fits);
            let json = serde_json::to_string(&attachment).unwrap();
            prop_assert_eq!(serde_json::from_str::<Attachment>(&json).unwrap(), attachment);
        }
    }
}
