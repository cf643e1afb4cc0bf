//! The place of a text where what was looked for stands.

use super::question::{Question, fold, words};

/// Words of an excerpt, and how many of them come before what was found.
const WORDS: usize = 16;
const BEFORE: usize = 4;
/// Words that are looked at; a runbook can be a book.
const LOOKED_AT: usize = 20_000;

/// What a window marks begins and ends with these.
const MARKS: [char; 2] = ['\u{e000}', '\u{e001}'];

/// Around the first word that was looked for; from the beginning, when there is none. With it: whether there was one.
pub(super) fn excerpt(text: &str, question: &Question) -> (String, bool) {
    let all: Vec<(usize, &str)> = words(text).take(LOOKED_AT).collect();
    let is_found: Vec<bool> = all.iter().map(|(_, word)| question.has(&fold(word))).collect();
    let first = is_found.iter().position(|found| *found);
    let last_start = all.len().saturating_sub(WORDS);
    let start = first.unwrap_or(0).saturating_sub(BEFORE).min(last_start);
    let end = (start + WORDS).min(all.len());
    let mut said = String::new();
    let mut at = match all.get(start) {
        Some((place, _)) if start > 0 => {
            said.push('…');
            *place
        }
        _ => 0,
    };
    for ((place, word), found) in all[start..end].iter().zip(&is_found[start..end]) {
        said.push_str(&text[at..*place]);
        let [open, close] = if *found { MARKS.map(Some) } else { [None, None] };
        said.extend(open);
        said.push_str(word);
        said.extend(close);
        at = place + word.len();
    }
    if end == all.len() {
        said.push_str(&text[at..]);
    } else {
        said.push('…');
    }
    (said, first.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, typed: &str) -> String {
        excerpt(text, &Question::of(typed)).0.replace(MARKS[0], "[").replace(MARKS[1], "]")
    }

    #[test]
    fn what_was_found_is_marked_however_it_was_written() {
        assert_eq!(
            of("The replica of Região-1 ran out of disk.", "regiao dis"),
            "The replica of [Região]-1 ran out of [disk]."
        );
        assert_eq!(of("Nothing of it.", "replica"), "Nothing of it.");
        assert_eq!(of("", "replica"), "");
    }

    #[test]
    fn of_a_long_text_there_is_the_place_where_it_stands() {
        let long: Vec<String> = (0..100).map(|n| format!("w{n}")).collect();
        let long = long.join(" ");
        assert_eq!(of(&long, "w50 "), "…w46 w47 w48 w49 [w50] w51 w52 w53 w54 w55 w56 w57 w58 w59 w60 w61…");
        assert!(of(&long, "w1 ").starts_with("w0 [w1] w2"));
        assert!(of(&long, "w99").ends_with("w98 [w99]"));
    }
}
