use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The text with code and addresses blanked out, byte by byte, so that every place stays where it is. Log lines say
/// "operator error" without blaming anybody.
pub(super) fn mask(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for hidden in hidden(text) {
        for byte in &mut bytes[hidden] {
            if *byte != b'\n' {
                // No letter, and no space: nothing is found across it.
                *byte = b'|';
            }
        }
    }
    String::from_utf8(bytes).expect("whole characters were replaced by as many ASCII ones as they have bytes")
}

fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut in_code = false;
    for (event, place) in Parser::new(text).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(_)) => in_code = true,
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Text(_) if in_code => found.push(place),
            Event::Code(_) | Event::Html(_) | Event::InlineHtml(_) => found.push(place),
            Event::Text(ref words) => {
                let mut from = 0;
                for word in words.split_whitespace() {
                    let at = words[from..].find(word).map_or(from, |n| from + n);
                    from = at + word.len();
                    // What the parser has changed (an entity) has no place of its own in the text.
                    if word.contains("://") && text.get(place.start + at..place.start + from) == Some(word) {
                        found.push(place.start + at..place.start + from);
                    }
                }
            }
            _ => (),
        }
    }
    found
}
