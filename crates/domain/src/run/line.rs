//! What a program prints, as text that can be shown: no colours, no cursor, nothing that cannot be seen.

use crate::runbook::is_invisible;

/// Characters of a line that are kept; the rest is cut.
pub const LINE_MAX: usize = 4_000;
const CUT: &str = " … (cut)";

/// One line without its end. What is no UTF-8 is replaced; what a carriage return writes over is gone; escape sequences
/// and control characters are taken out, a tab stays.
pub fn plain_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_end_matches(['\r', '\n']);
    let text = text.rsplit('\r').next().unwrap_or(text);
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.next() {
                Some('[') => skip_until(&mut chars, |c| ('\u{40}'..='\u{7e}').contains(&c)),
                // Title, link, device control: up to a bell or the two characters of its end.
                Some(']' | 'P' | 'X' | '^' | '_') => skip_string(&mut chars),
                Some('(' | ')' | '*' | '+' | '#' | '%') => {
                    chars.next();
                }
                _ => {}
            },
            '\u{9b}' => skip_until(&mut chars, |c| ('\u{40}'..='\u{7e}').contains(&c)),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => skip_string(&mut chars),
            '\t' => plain.push(c),
            c if c.is_control() || is_invisible(c) => {}
            c => plain.push(c),
        }
    }
    plain
}

/// Not longer than [`LINE_MAX`]. The last word of what is cut goes with it: half a secret may not look like one.
pub(super) fn cut(line: String) -> String {
    let Some((end, _)) = line.char_indices().nth(LINE_MAX) else { return line };
    let head = &line[..end];
    let whole = head.rfind(char::is_whitespace).map_or("", |at| &head[..at]);
    format!("{}{CUT}", whole.trim_end())
}

fn skip_until(chars: &mut impl Iterator<Item = char>, is_end: impl Fn(char) -> bool) {
    for c in chars.by_ref() {
        if is_end(c) {
            return;
        }
    }
}

fn skip_string(chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) {
    while let Some(c) = chars.next() {
        match c {
            '\u{07}' | '\u{9c}' => return,
            '\u{1b}' if chars.peek() == Some(&'\\') => {
                chars.next();
                return;
            }
            _ => {}
        }
    }
}
