//! Markdown as every reader of it takes it. What was written is written anew from its tree, so nothing that somebody wrote is
//! a tag, a comment or a link to anything but the web.

use super::{harmless, picture_path};
use crate::postmortem::{Answer, Document, Picture, Piece};
use crate::runbook::{Block, Inline};
use std::collections::BTreeMap;

/// By hash, and whether they are for people outside.
struct Pictures<'a> {
    known: &'a BTreeMap<String, Picture>,
    public: bool,
}

/// Headings of a text stand below that of its section.
const BELOW: u8 = 2;

pub fn markdown(document: &Document) -> String {
    let pictures = Pictures { known: &document.pictures, public: document.public };
    let mut parts = vec![format!("# {}", escaped(&one_line(&document.title)))];
    parts.extend(document.standing.iter().map(|sentence| format!("*{}*", escaped(sentence))));
    parts.extend(pairs(&document.facts));
    for chapter in &document.chapters {
        if !chapter.title.is_empty() {
            parts.push(format!("## {}", escaped(&one_line(&chapter.title))));
        }
        parts.extend(chapter.pieces.iter().map(|p| piece(p, &pictures)).filter(|p| !p.is_empty()));
    }
    parts.join("\n\n") + "\n"
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Never the beginning of a mark, wherever it stands.
fn escaped(text: &str) -> String {
    let text = harmless(text);
    let mut safe = String::with_capacity(text.len());
    let mut line_begins = true;
    for (at, c) in text.char_indices() {
        let mark = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '#' => true,
            // Within a word it is a letter.
            '_' => true,
            '&' => text[at..].find(';').is_some_and(|end| end > 1 && end < 32),
            // Before a link it would make a picture of it, which is fetched.
            '!' => text[at + 1..].is_empty(),
            '-' | '+' | '=' => line_begins,
            '.' | ')' => is_number(&text[..at]) && ends_word(&text[at + 1..]),
            _ => false,
        };
        if mark {
            safe.push('\\');
        }
        safe.push(c);
        line_begins = c == '\n' || (line_begins && c == ' ');
    }
    safe
}

/// `12` at the beginning of a line, before a point that would make it an item of a list.
fn is_number(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before).trim_start();
    !line.is_empty() && line.len() <= 9 && line.bytes().all(|b| b.is_ascii_digit())
}

fn ends_word(after: &str) -> bool {
    after.chars().next().is_none_or(char::is_whitespace)
}

/// A cell is one line, and ends at the next bar.
fn cell(text: &str) -> String {
    text.lines().map(|line| escaped(line.trim())).collect::<Vec<_>>().join("<br>")
}

fn row(cells: &[String]) -> String {
    format!("| {} |", cells.join(" | "))
}

fn table(head: &[String], rows: impl Iterator<Item = Vec<String>>) -> String {
    let rule: Vec<String> = head.iter().map(|_| "---".to_owned()).collect();
    let mut lines = vec![row(head), row(&rule)];
    lines.extend(rows.map(|cells| row(&cells)));
    lines.join("\n")
}

fn pairs(all: &[(String, String)]) -> Option<String> {
    let head = [String::new(), String::new()];
    let rows = all.iter().map(|(name, value)| vec![format!("**{}**", cell(name)), cell(value)]);
    (!all.is_empty()).then(|| table(&head, rows))
}

fn piece(piece: &Piece, pictures: &Pictures) -> String {
    match piece {
        Piece::Text(blocks) => self::blocks(blocks, pictures),
        Piece::Pairs(all) => pairs(all).unwrap_or_default(),
        Piece::Table { head, rows, .. } => {
            let cells = |row: &Vec<String>| row.iter().map(|text| cell(text)).collect::<Vec<_>>();
            table(&cells(head), rows.iter().map(cells))
        }
        Piece::Answers(all) => answers(all, 0),
        Piece::Note(text) => format!("*{}*", escaped(text)),
    }
}

fn answers(all: &[Answer], depth: usize) -> String {
    let mut lines = vec![];
    for answer in all {
        lines.push(format!("{}- {}", "  ".repeat(depth), escaped(&one_line(&answer.text))));
        if !answer.because.is_empty() {
            lines.push(answers(&answer.because, depth + 1));
        }
    }
    lines.join("\n")
}

fn blocks(all: &[Block], pictures: &Pictures) -> String {
    let (mut parts, mut other_mark) = (vec![], false);
    for (at, block) in all.iter().enumerate() {
        let is_list = |b: &Block| matches!(b, Block::List { .. });
        // Two lists in a row would be read as one, unless their marks differ.
        other_mark = is_list(block) && at > 0 && is_list(&all[at - 1]) && !other_mark;
        parts.push(self::block(block, other_mark, pictures));
    }
    parts.join("\n\n")
}

fn block(block: &Block, other_mark: bool, pictures: &Pictures) -> String {
    match block {
        Block::Heading { level, text, .. } => {
            format!(
                "{} {}",
                "#".repeat(usize::from((level + BELOW).min(6))),
                one_line(&inlines(text, false, pictures))
            )
        }
        Block::Paragraph { text } => inlines(text, false, pictures).trim().to_owned(),
        Block::List { start, items } => {
            let first = start.unwrap_or(0);
            let item = |(at, item): (usize, &Vec<Block>)| {
                let number = first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX));
                let mark = match (start, other_mark) {
                    (Some(_), false) => format!("{number}. "),
                    (Some(_), true) => format!("{number}) "),
                    (None, false) => "- ".to_owned(),
                    (None, true) => "* ".to_owned(),
                };
                let inside = blocks(item, pictures);
                format!("{mark}{}", indented(&inside, mark.len()))
            };
            items.iter().enumerate().map(item).collect::<Vec<_>>().join("\n")
        }
        Block::Quote { blocks } => {
            let inside = self::blocks(blocks, pictures);
            inside
                .lines()
                .map(|line| format!("> {line}").trim_end().to_owned())
                .collect::<Vec<_>>()
                .join("\n")
        }
        Block::Code { language, text, .. } => {
            let text = harmless(text);
            let fence = fence(&text, 3);
            let language: String = language.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
        }
        Block::Table { head, rows } => {
            let cells = |row: &Vec<Vec<Inline>>| {
                row.iter().map(|cell| one_line(&inlines(cell, true, pictures))).collect::<Vec<_>>()
            };
            table(&cells(head), rows.iter().map(cells))
        }
        Block::Rule => "---".into(),
    }
}

/// Every line but the first stands as far in as its mark is wide.
fn indented(text: &str, by: usize) -> String {
    let room = " ".repeat(by);
    let line = |(at, line): (usize, &str)| {
        if at == 0 || line.is_empty() { line.to_owned() } else { format!("{room}{line}") }
    };
    text.lines().enumerate().map(line).collect::<Vec<_>>().join("\n")
}

/// Longer than any run of backticks in the text.
fn fence(text: &str, least: usize) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat((longest + 1).max(least))
}

/// In a cell a bar ends it even in code, and there is one line.
fn inlines(all: &[Inline], in_cell: bool, pictures: &Pictures) -> String {
    let mut text = String::new();
    for inline in all {
        match inline {
            Inline::Text { text: plain } => text.push_str(&escaped(plain)),
            Inline::Code { text: code } => {
                let code = harmless(code);
                let code = if in_cell { code.replace('|', "\\|") } else { code };
                let fence = fence(&code, 1);
                let room = if code.starts_with('`') || code.ends_with('`') { " " } else { "" };
                text.push_str(&format!("{fence}{room}{code}{room}{fence}"));
            }
            Inline::Emphasis { text: of } => text.push_str(&format!("*{}*", inlines(of, in_cell, pictures))),
            Inline::Strong { text: of } => text.push_str(&format!("**{}**", inlines(of, in_cell, pictures))),
            Inline::Strike { text: of } => text.push_str(&format!("~~{}~~", inlines(of, in_cell, pictures))),
            Inline::Link { href, text: of } => {
                let href: String = harmless(href).replace('<', "%3C").replace('>', "%3E").replace('|', "%7C");
                text.push_str(&format!("[{}](<{href}>)", inlines(of, in_cell, pictures)));
            }
            Inline::Line { text: of, .. } | Inline::Marked { text: of, .. } => {
                text.push_str(&inlines(of, in_cell, pictures));
            }
            // What is not here keeps its name, and is found again by whoever has it.
            Inline::Picture { hash, name } => {
                let at = pictures
                    .known
                    .get(hash)
                    .map_or_else(|| format!("attachment:{hash}"), |p| picture_path(pictures.public, hash, p));
                text.push_str(&format!("![{}](<{at}>)", escaped(&one_line(name))));
            }
            Inline::Break => text.push_str(if in_cell { "<br>" } else { "\\\n" }),
        }
    }
    text
}
