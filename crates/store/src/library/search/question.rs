//! What somebody types, as the index is asked.

/// Beginnings of up to so many letters have lists of their own (`prefix` in `views.sql`).
pub const LISTED_LETTERS: usize = 3;

/// Words, all of which are to be found, and the beginning of one more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Question {
    pub words: Vec<String>,
    pub beginning: Option<String>,
}

impl Question {
    /// The last word may be unfinished.
    pub fn of(typed: &str) -> Self {
        let mut words: Vec<String> = words(typed).map(|(_, word)| word.to_owned()).collect();
        let unfinished = typed.chars().last().is_some_and(is_part);
        let beginning = if unfinished { words.pop() } else { None };
        Self { words, beginning }
    }

    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.beginning.is_none()
    }

    /// In the language of the index.
    pub fn expression(&self) -> String {
        let words = self.words.iter().map(|word| format!("\"{word}\""));
        let beginning = self.beginning.iter().map(|word| format!("\"{word}\" *"));
        words.chain(beginning).collect::<Vec<_>>().join(" AND ")
    }

    /// Its beginning has no list in the index, which has to put one together of those of all its words: that takes long
    /// when one of these is in very many entries.
    pub fn is_long(&self) -> bool {
        self.beginning.as_ref().is_some_and(|word| word.chars().count() > LISTED_LETTERS)
    }

    /// As though the last word were finished.
    pub fn finished(&self) -> Self {
        Self { words: self.words.iter().chain(&self.beginning).cloned().collect(), beginning: None }
    }

    /// The same with a shorter beginning, of which there is a list.
    pub fn shortened(&self) -> Self {
        let short = |word: &String| word.chars().take(LISTED_LETTERS).collect();
        Self { beginning: self.beginning.as_ref().map(short), ..self.clone() }
    }

    /// Whether a word, as [`fold`] has it, is one of these.
    pub fn has(&self, word: &str) -> bool {
        self.words.iter().any(|w| fold(w) == word)
            || self.beginning.as_ref().is_some_and(|b| word.starts_with(&fold(b)))
    }

    /// Whether some word of the text begins so.
    pub fn beginning_is_in(&self, text: &str) -> bool {
        let Some(beginning) = self.beginning.as_ref().map(|b| fold(b)) else { return true };
        words(text).any(|(_, word)| fold(word).starts_with(&beginning))
    }
}

/// What the index sees as part of a word: letters, digits, and accents that were typed after their letter. Marks of other
/// scripts part words there, and so do letters in circles.
fn is_part(c: char) -> bool {
    is_accent(c)
        || c.is_alphanumeric()
            && !unicode_normalization::char::is_combining_mark(c)
            && !matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}')
}

fn is_accent(c: char) -> bool {
    ('\u{300}'..='\u{331}').contains(&c)
}

/// The words of a text, each with where it begins.
pub fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let start = at + rest.find(|c| is_part(c) && !is_accent(c))?;
        let end = text[start..].find(|c| !is_part(c)).map_or(text.len(), |length| start + length);
        at = end;
        Some((start, &text[start..end]))
    })
}

/// A word as the index compares it: small, and without accents.
pub fn fold(word: &str) -> String {
    let mut folded = String::with_capacity(word.len());
    for c in word.chars() {
        if c.is_ascii() {
            folded.push(c.to_ascii_lowercase());
            continue;
        }
        let (mut letter, mut only_accents) = (None, true);
        unicode_normalization::char::decompose_canonical(c, |part| match letter {
            _ if is_accent(part) => {}
            None => letter = Some(part),
            Some(_) => only_accents = false,
        });
        let letter = if only_accents { letter } else { Some(c) };
        folded.extend(letter.into_iter().flat_map(char::to_lowercase));
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_the_index_takes_for_one() {
        let of = |text: &str| words(text).map(|(_, w)| fold(w)).collect::<Vec<_>>();
        assert_eq!(
            of("The INC-12 of São_Paulo's (re)start…"),
            ["the", "inc", "12", "of", "sao", "paulo", "s", "re", "start"]
        );
        assert_eq!(of("cafe\u{301}s, ﹟한국어"), ["cafes", "한국어"]);
        assert_eq!(of("नमस्ते"), ["नमस", "त"]);
        assert_eq!(of(" … "), Vec::<String>::new());
    }

    #[test]
    fn only_a_word_at_the_very_end_is_unfinished() {
        let asked = |typed: &str| Question::of(typed).expression();
        assert_eq!(asked("disk repl"), r#""disk" AND "repl" *"#);
        assert_eq!(asked("disk repl "), r#""disk" AND "repl""#);
        assert_eq!(asked("payments-a\"b\" *"), r#""payments" AND "a" AND "b""#);
        assert!(Question::of("\" * (").is_empty());
        let long = Question::of("disk replica");
        assert!(long.is_long() && !Question::of("disk rep").is_long() && !Question::of("replica ").is_long());
        assert_eq!(long.shortened().expression(), r#""disk" AND "rep" *"#);
        assert_eq!(long.finished().expression(), r#""disk" AND "replica""#);
        assert!(long.has("replicas") && long.has("disk") && !long.has("disks"));
    }
}
