//! One command line as a list of words. It never meets a shell: it is split first and filled in afterwards, so what is
//! typed into an argument stays one word, whatever it contains.

use crate::Refusal;
use crate::refusal::RefusalCode;
use std::collections::BTreeMap;

/// Characters of one argument's value.
pub const VALUE_MAX: usize = 500;
/// Characters of a command line.
const LINE_MAX: usize = 4_000;
/// Characters of an argument's name.
const NAME_MAX: usize = 40;

/// A command line, split into words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    words: Vec<Vec<Piece>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Argument(String),
}

const SHELLS: &[&str] = &["sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh", "ash", "pwsh"];
/// They read their words as a command line of their own, here or on another computer.
const READ_AGAIN: &[&str] = &["ssh", "eval", "xargs", "parallel", "watch", "su", "script"];

fn refused<T>(words: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(RefusalCode::BadInput, words))
}

impl CommandLine {
    /// Splits a line as a shell would, and refuses whatever only a shell could do.
    pub fn parse(line: &str) -> Result<Self, Refusal> {
        if line.chars().count() > LINE_MAX {
            return refused(format!(
                "The command is longer than {LINE_MAX} characters. Call a script instead."
            ));
        }
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return refused("The command holds control characters. Write it anew, on one line.");
        }
        let line = tight(line);
        if let Some(sign) = needs_a_shell(&line) {
            return refused(format!(
                "`{sign}` needs a shell, and commands are run without one. Put the line into a script and call that."
            ));
        }
        let words = shell_words::split(&line).or_else(|_| {
            refused("A quotation mark or a backslash at the end is not closed. Complete the line.")
        })?;
        let words: Vec<Vec<Piece>> = words.iter().map(|word| pieces(word)).collect();
        let parsed = Self { words };
        parsed.check()?;
        Ok(parsed)
    }

    fn check(&self) -> Result<(), Refusal> {
        let Some(program) = self.words.first() else { return refused("There is no command in this line.") };
        let [Piece::Text(program)] = program.as_slice() else {
            return refused("The program itself cannot be an argument. Write its name into the runbook.");
        };
        if program.contains('=') && !program.contains('/') {
            return refused(
                "A variable before the command needs a shell. Write `env NAME=value command`, or call a script.",
            );
        }
        if program.contains('/') && !program.starts_with('/') {
            return refused("Write the program's full path, or its name alone when it is in the PATH.");
        }
        if self.meets_shell() && self.words.iter().flatten().any(|p| matches!(p, Piece::Argument(_))) {
            return refused(
                "This line hands its words to a shell, and what is typed into an argument could become a command there. \
                 Put it into a script that takes the argument, and call that.",
            );
        }
        Ok(())
    }

    /// Words go to a program that reads them as a command line.
    fn meets_shell(&self) -> bool {
        let fixed = |word: &Vec<Piece>| match word.as_slice() {
            [Piece::Text(text)] => Some(text.rsplit('/').next().unwrap_or(text).to_owned()),
            _ => None,
        };
        let names: Vec<Option<String>> = self.words.iter().map(fixed).collect();
        let is = |name: &Option<String>, list: &[&str]| name.as_deref().is_some_and(|n| list.contains(&n));
        let inline = |word: &Option<String>| {
            word.as_deref().is_some_and(|w| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c'))
        };
        let shell = names.iter().position(|name| is(name, SHELLS));
        names.iter().any(|name| is(name, READ_AGAIN))
            || shell.is_some_and(|at| names[at + 1..].iter().any(inline))
    }

    /// The names that are asked for, each once, in their order.
    pub fn arguments(&self) -> Vec<String> {
        let mut names: Vec<String> = vec![];
        for piece in self.words.iter().flatten() {
            if let Piece::Argument(name) = piece
                && !names.contains(name)
            {
                names.push(name.clone());
            }
        }
        names
    }

    /// The words that are run. Every argument has to have a value; values that are not asked for are passed over.
    pub fn expand(&self, values: &BTreeMap<String, String>) -> Result<Vec<String>, Refusal> {
        for name in self.arguments() {
            let value = values.get(&name).map(String::as_str).unwrap_or_default();
            if value.is_empty() {
                return refused(format!("Say what `{name}` is."));
            }
            if value.chars().count() > VALUE_MAX {
                return refused(format!("`{name}` is longer than {VALUE_MAX} characters. Shorten it."));
            }
            if value.chars().any(|c| c.is_control() || is_invisible(c)) {
                return refused(format!("`{name}` holds characters that cannot be seen. Type it anew."));
            }
        }
        let fill = |word: &Vec<Piece>| -> Result<String, Refusal> {
            let mut filled = String::new();
            for (i, piece) in word.iter().enumerate() {
                match piece {
                    Piece::Text(text) => filled.push_str(text),
                    Piece::Argument(name) => {
                        let value = values.get(name).map(String::as_str).unwrap_or_default();
                        if i == 0 && value.starts_with('-') {
                            return refused(format!(
                                "`{name}` begins with a hyphen, and the program would take it for an option. Write another value."
                            ));
                        }
                        filled.push_str(value);
                    }
                }
            }
            Ok(filled)
        };
        self.words.iter().map(fill).collect()
    }

    /// What a person should know before it runs, as whole sentences.
    pub fn warnings(&self) -> Vec<String> {
        let mut found = vec![];
        let texts = || {
            self.words.iter().flatten().filter_map(|p| match p {
                Piece::Text(text) => Some(text),
                Piece::Argument(_) => None,
            })
        };
        if texts().any(|t| t.contains('*') || t.starts_with('~')) {
            found.push("`*` and `~` are passed on as they are written: nothing fills them in.".to_owned());
        }
        if texts().any(|t| t == "sudo" || t.ends_with("/sudo")) {
            found.push(
                "Nobody can answer a question of sudo: it works only where it asks for no password.".into(),
            );
        }
        found
    }
}

/// Right-to-left marks and the like, which make a text look like another.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// `{{ name }}` without its blanks, so that it stays one word.
fn tight(line: &str) -> String {
    let (mut tight, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once("{{") {
        let name = after.split_once("}}").map(|(name, behind)| (name.trim(), behind));
        match name.filter(|(name, _)| is_name(name)) {
            Some((name, behind)) => {
                tight.push_str(&format!("{before}{{{{{name}}}}}"));
                rest = behind;
            }
            None => {
                tight.push_str(before);
                tight.push_str("{{");
                rest = after;
            }
        }
    }
    tight + rest
}

fn is_name(name: &str) -> bool {
    (1..=NAME_MAX).contains(&name.len())
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A placeholder at the beginning of a text: its name, and what follows.
fn placeholder(text: &str) -> Option<(&str, &str)> {
    let (open, close) = if text.starts_with("{{") { ("{{", "}}") } else { ("<", ">") };
    let (name, rest) = text.strip_prefix(open)?.split_once(close)?;
    is_name(name).then_some((name, rest))
}

fn pieces(word: &str) -> Vec<Piece> {
    let (mut found, mut text, mut rest) = (vec![], String::new(), word);
    while let Some(c) = rest.chars().next() {
        if let Some((name, behind)) = placeholder(rest) {
            if !text.is_empty() {
                found.push(Piece::Text(std::mem::take(&mut text)));
            }
            found.push(Piece::Argument(name.to_owned()));
            rest = behind;
        } else {
            text.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if !text.is_empty() || found.is_empty() {
        found.push(Piece::Text(text));
    }
    found
}

/// The first sign outside quotation marks (or one that works inside double ones) that only a shell understands.
fn needs_a_shell(line: &str) -> Option<String> {
    let (mut single, mut double, mut rest) = (false, false, line);
    while let Some(c) = rest.chars().next() {
        if !single && let Some((_, behind)) = placeholder(rest) {
            rest = behind;
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\'' if !double => single = !single,
            _ if single => {}
            '"' => double = !double,
            '\\' => rest = rest.char_indices().nth(1).map_or("", |(at, _)| &rest[at..]),
            '`' => return Some(c.to_string()),
            '$' if rest.starts_with('(') => return Some("$(".into()),
            '$' if rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_{@*?#!$-".contains(c)) => {
                return Some("$".into());
            }
            _ if double => {}
            '&' if rest.starts_with('&') => return Some("&&".into()),
            '|' if rest.starts_with('|') => return Some("||".into()),
            '|' | '&' | ';' | '<' | '>' | '(' | ')' => return Some(c.to_string()),
            _ => {}
        }
    }
    None
}
