//! What a template may be made of, checked before minijinja sees it.
//!
//! minijinja counts steps, which ends endless loops; it does not count bytes, and a dozen doublings of a text fill any memory.
//! So nothing that makes a text out of two is let through (`~`, `+`, `*`, `set`, blocks, macros, lists of variables), and
//! what can nest is bounded. What remains is enough for updates: texts, `if`, `for`, comparisons and a few filters. The same walk finds
//! names that are not known, with their line, whether or not a rendering would come past them.

use super::facts::VARIABLES;
use crate::nearest::nearest;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Bytes of a template.
pub const SOURCE_MAX: usize = 10_000;
/// Tags of a template.
const TAGS_MAX: usize = 200;
/// Words and signs of a tag.
const TOKENS_MAX: usize = 60;
/// `if` and `for` inside each other.
const DEPTH_MAX: usize = 6;

pub(super) const FILTERS: [&str; 6] = ["capitalize", "default", "join", "length", "lower", "upper"];
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
/// Words of expressions.
const WORDS: [&str; 13] =
    ["and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "defined", "loop", "undefined"];
const LOOP: [&str; 7] = ["index", "index0", "first", "last", "length", "revindex", "depth"];

/// Something wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TemplateError {
    /// From 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub words: String,
}

impl fmt::Display for TemplateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} of the template: {}", self.line, self.words)
    }
}

/// Everything wrong with a template, in the order of its lines; empty when it can be rendered.
pub fn check_template(source: &str) -> Vec<TemplateError> {
    let found = walk(source);
    if !found.is_empty() {
        return found;
    }
    super::render::compile_error(source).into_iter().collect()
}

/// The names and signs of a template. Mirrors minijinja's own reading of delimiters, texts and comments; where the two could
/// differ, it refuses.
pub(super) fn walk(source: &str) -> Vec<TemplateError> {
    let error = |at: usize, words: String| TemplateError { line: line_of(source, at), words };
    if source.len() > SOURCE_MAX {
        return vec![error(0, format!("it has {} bytes; {SOURCE_MAX} fit, shorten it", source.len()))];
    }
    let mut found = Vec::new();
    let (mut at, mut tags) = (0, 0);
    let mut open: Vec<(&str, Vec<&str>)> = Vec::new();
    while let Some(start) = next_tag(source, at) {
        let kind = source.as_bytes()[start + 1];
        tags += 1;
        if tags > TAGS_MAX {
            found.push(error(start, format!("there are more than {TAGS_MAX} tags; split the template")));
            return found;
        }
        if kind == b'#' {
            let Some(end) = source[start + 2..].find("#}") else {
                found.push(error(start, "the comment has no end; close it with `#}`".into()));
                return found;
            };
            at = start + 2 + end + 2;
            continue;
        }
        let end = if kind == b'{' { "}}" } else { "%}" };
        if let Some(words) = (kind == b'%').then(|| unknown_statement(&source[start + 2..])).flatten() {
            found.push(error(start, words));
            return found;
        }
        match tokens(source, start + 2, end) {
            Err((place, words)) => {
                found.push(error(place, words));
                return found;
            }
            Ok((tokens, after)) => {
                let mut tag = Tag { source, tokens: &tokens, open: &mut open, found: &mut found };
                if kind == b'{' {
                    tag.expression(0)
                } else {
                    tag.statement(start)
                }
                at = after;
            }
        }
    }
    if let Some((word, _)) = open.last() {
        found.push(error(
            source.len(),
            format!("`{{% {word} … %}}` has no end; close it with `{{% end{word} %}}`"),
        ));
    }
    found
}

/// What is wrong with the word that a block begins with.
fn unknown_statement(block: &str) -> Option<String> {
    let block = block.strip_prefix(['-', '+']).unwrap_or(block).trim_start();
    let end = block.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(block.len());
    let word = &block[..end];
    if word.is_empty() || STATEMENTS.contains(&word) {
        return None;
    }
    Some(match nearest(word, STATEMENTS) {
        Some(meant) => format!("there is no `{word}`; did you mean `{meant}`?"),
        None => format!("there is no `{word}` in templates; there are {}", STATEMENTS.join(", ")),
    })
}

fn line_of(source: &str, at: usize) -> usize {
    source.as_bytes()[..at.min(source.len())].iter().filter(|b| **b == b'\n').count() + 1
}

fn next_tag(source: &str, from: usize) -> Option<usize> {
    let bytes = source.as_bytes();
    (from..bytes.len().saturating_sub(1)).find(|i| bytes[*i] == b'{' && b"{%#".contains(&bytes[i + 1]))
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'s> {
    Name(&'s str),
    Sign(&'s str),
    /// A text or a number.
    Literal,
}

type Place = usize;
type Tokens<'s> = (Vec<(Place, Token<'s>)>, Place);

/// The tokens of one tag, and where it ends.
fn tokens<'s>(source: &'s str, start: Place, end: &str) -> Result<Tokens<'s>, (Place, String)> {
    let bytes = source.as_bytes();
    let mut found = Vec::new();
    // The mark that eats white space.
    let mut at = start + usize::from(matches!(bytes.get(start), Some(b'-' | b'+')));
    let whole =
        |from: usize, is: &dyn Fn(u8) -> bool| from + bytes[from..].iter().take_while(|b| is(**b)).count();
    while at < bytes.len() {
        if source[at..].starts_with(end) {
            return Ok((found, at + end.len()));
        }
        if matches!(bytes[at], b'-' | b'+') && source[at + 1..].starts_with(end) {
            return Ok((found, at + 1 + end.len()));
        }
        if found.len() >= TOKENS_MAX {
            return Err((at, format!("this tag has more than {TOKENS_MAX} words and signs; split it")));
        }
        let next = match bytes[at] {
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            quote @ (b'"' | b'\'') => {
                let len = bytes[at + 1..].iter().take_while(|b| **b != quote && **b != b'\\').count();
                match bytes.get(at + 1 + len) {
                    Some(b) if *b == quote => {}
                    Some(_) => return Err((at, "write the text without `\\`".into())),
                    None => return Err((at, "the text has no end; close it with a quotation mark".into())),
                }
                found.push((at, Token::Literal));
                at + len + 2
            }
            b if b.is_ascii_alphabetic() || b == b'_' => {
                let next = whole(at, &|b| b.is_ascii_alphanumeric() || b == b'_');
                found.push((at, Token::Name(&source[at..next])));
                next
            }
            b if b.is_ascii_digit() => {
                let next = whole(at, &|b| b.is_ascii_digit());
                found.push((at, Token::Literal));
                next
            }
            _ => {
                let two = source.get(at..at + 2).filter(|s| ["==", "!=", "<=", ">="].contains(s));
                let sign = two.or_else(|| source.get(at..at + 1)).unwrap_or_default();
                if !["==", "!=", "<=", ">=", "<", ">", ".", "|", "(", ")", "[", "]", ","].contains(&sign) {
                    let sign = source[at..].chars().next().unwrap_or_default();
                    return Err((
                        at,
                        format!(
                            "`{sign}` is not understood in a template; names, texts, comparisons and filters are"
                        ),
                    ));
                }
                found.push((at, Token::Sign(sign)));
                at + sign.len()
            }
        };
        at = next;
    }
    Err((start.saturating_sub(2), format!("the tag has no end; close it with `{end}`")))
}

struct Tag<'a, 's> {
    source: &'s str,
    tokens: &'a [(Place, Token<'s>)],
    /// `if` and `for` that are open, with the names that they bring.
    open: &'a mut Vec<(&'s str, Vec<&'s str>)>,
    found: &'a mut Vec<TemplateError>,
}

impl<'s> Tag<'_, 's> {
    fn error(&mut self, at: Place, words: impl Into<String>) {
        self.found.push(TemplateError { line: line_of(self.source, at), words: words.into() });
    }

    fn statement(&mut self, start: Place) {
        let Some((at, Token::Name(word))) = self.tokens.first().copied() else {
            return self.error(start, "write if, elif, else, endif, for or endfor here");
        };
        match word {
            "if" => {
                self.expression(1);
                self.open(at, "if", vec![]);
            }
            "elif" | "else" => {
                // `for` has an `else`, too: when there was nothing.
                let fits = self.open.last().is_some_and(|(open, _)| *open == "if" || word == "else");
                if !fits {
                    self.error(at, format!("`{word}` stands outside of an `if`"));
                }
                self.expression(1);
            }
            "for" => {
                let names: Vec<_> = match self.tokens {
                    [_, (_, Token::Name(name)), (_, Token::Name("in")), ..] => vec![*name],
                    _ => return self.error(at, "write a loop as `{% for service in services %}`"),
                };
                for name in &names {
                    if WORDS.contains(name) || STATEMENTS.contains(name) || is_variable(name) {
                        self.error(
                            at,
                            format!("`{name}` is taken; call what the loop goes through otherwise"),
                        );
                    }
                }
                self.expression(3);
                self.open(at, "for", names);
            }
            "endif" | "endfor" => {
                let fits = self.open.last().is_some_and(|(open, _)| word.strip_prefix("end") == Some(open));
                if fits {
                    self.open.pop();
                } else {
                    self.error(at, format!("`{word}` closes nothing here"));
                }
            }
            // `unknown_statement` was here before.
            _ => {}
        }
    }

    fn open(&mut self, at: Place, word: &'s str, names: Vec<&'s str>) {
        self.open.push((word, names));
        if self.open.len() == DEPTH_MAX + 1 {
            self.error(at, format!("more than {DEPTH_MAX} `if` and `for` stand inside each other"));
        }
    }

    /// Every name from the token at `from` on has to be one that is known in its place.
    fn expression(&mut self, from: usize) {
        let tokens = self.tokens;
        let mut before = None;
        let mut root = "";
        // Lists of variables could hold each other, and comparing such lists takes for ever.
        let mut in_list = false;
        for (at, token) in tokens.iter().skip(from).copied() {
            match token {
                Token::Sign("]") => in_list = false,
                Token::Sign(",") if !in_list => self.error(at, "`,` stands outside of a list"),
                Token::Name(_) | Token::Sign("[") if in_list => {
                    return self.error(at, "a list holds texts and numbers only");
                }
                Token::Sign("[") => in_list = true,
                _ => {}
            }
            if let Token::Name(name) = token {
                match before {
                    Some(Token::Sign(".")) => {
                        if root != "loop" {
                            self.error(at, format!("`{root}` has no `.{name}`; write `{root}` alone"));
                        } else if !LOOP.contains(&name) {
                            self.error(at, format!("`loop` has no `{name}`; it has {}", LOOP.join(", ")));
                        }
                    }
                    Some(Token::Sign("|")) => {
                        if !FILTERS.contains(&name) {
                            let words = match nearest(name, FILTERS) {
                                Some(meant) => {
                                    format!("there is no filter `{name}`; did you mean `{meant}`?")
                                }
                                None => {
                                    format!("there is no filter `{name}`; there are {}", FILTERS.join(", "))
                                }
                            };
                            self.error(at, words);
                        }
                    }
                    Some(Token::Name("not")) if name == "not" => self.error(at, "write `not` once"),
                    _ => {
                        root = name;
                        self.known(at, name);
                    }
                }
            }
            before = Some(token);
        }
    }

    fn known(&mut self, at: Place, name: &str) {
        let in_loop = self.open.iter().any(|(_, names)| names.contains(&name));
        let is_loop = name == "loop" && !self.open.iter().any(|(word, _)| *word == "for");
        if is_loop {
            return self.error(at, "`loop` is known inside of a `for` only");
        }
        if in_loop || WORDS.contains(&name) || is_variable(name) {
            return;
        }
        let names: Vec<&str> = self.open.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        let variables = VARIABLES.iter().map(|(name, _)| *name);
        let words = match nearest(name, variables.clone().chain(names)) {
            Some(meant) => format!("there is no variable `{name}`; did you mean `{meant}`?"),
            None => format!(
                "there is no variable `{name}`; there are {}",
                variables.collect::<Vec<_>>().join(", ")
            ),
        };
        self.error(at, words);
    }
}

fn is_variable(name: &str) -> bool {
    VARIABLES.iter().any(|(known, _)| *known == name)
}
