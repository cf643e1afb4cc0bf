//! A body as the window shows it: a tree of known things. Nothing in it is markup, so there is nothing to sanitise.

use crate::attachment::is_hash;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "MarkdownBlock")]
pub enum Block {
    Heading {
        /// 1 to 6.
        level: u8,
        anchor: String,
        text: Vec<Inline>,
    },
    Paragraph {
        text: Vec<Inline>,
    },
    List {
        /// The first number of an ordered one.
        start: Option<u32>,
        items: Vec<Vec<Block>>,
    },
    Quote {
        blocks: Vec<Block>,
    },
    Code {
        language: String,
        text: String,
        /// The commands in it, by the id of their step.
        steps: Vec<String>,
    },
    Table {
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Rule,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "MarkdownInline")]
pub enum Inline {
    Text {
        text: String,
    },
    Code {
        text: String,
    },
    Emphasis {
        text: Vec<Inline>,
    },
    Strong {
        text: Vec<Inline>,
    },
    Strike {
        text: Vec<Inline>,
    },
    /// Only to the web; another link is its text.
    Link {
        href: String,
        text: Vec<Inline>,
    },
    /// To a line of a postmortem's timeline, written `#line-` and its key. Where there is no timeline it is its text.
    Line {
        key: String,
        text: Vec<Inline>,
    },
    /// A passage that somebody commented on; only where marks were asked for.
    Marked {
        comment: String,
        text: Vec<Inline>,
    },
    /// In a postmortem, written `![name](attachment:hash)`. Elsewhere it is its name.
    Picture {
        /// SHA-256 of its bytes: 64 hexadecimal digits.
        hash: String,
        name: String,
    },
    Break,
}

/// The picture that an address means.
pub(super) fn picture_at(href: &str) -> Option<&str> {
    href.strip_prefix("attachment:").filter(|hash| is_hash(hash))
}

/// The line that a link leads to.
pub(super) fn line_of(href: &str) -> Option<&str> {
    let key = href.strip_prefix("#line-")?;
    let is_key = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    ((1..=64).contains(&key.len()) && key.bytes().all(is_key)).then_some(key)
}

/// The words alone.
pub(crate) fn plain(inlines: &[Inline]) -> String {
    let mut words = String::new();
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Code { text } => words.push_str(text),
            Inline::Emphasis { text }
            | Inline::Strong { text }
            | Inline::Strike { text }
            | Inline::Link { text, .. }
            | Inline::Line { text, .. }
            | Inline::Marked { text, .. } => words.push_str(&plain(text)),
            Inline::Picture { name, .. } => words.push_str(name),
            Inline::Break => words.push(' '),
        }
    }
    words
}

/// Hashes of all pictures in it.
pub(crate) fn pictures(blocks: &[Block]) -> BTreeSet<&str> {
    fn inlines<'a>(all: &'a [Inline], found: &mut BTreeSet<&'a str>) {
        for inline in all {
            match inline {
                Inline::Picture { hash, .. } => {
                    found.insert(hash);
                }
                Inline::Emphasis { text }
                | Inline::Strong { text }
                | Inline::Strike { text }
                | Inline::Link { text, .. }
                | Inline::Line { text, .. }
                | Inline::Marked { text, .. } => inlines(text, found),
                Inline::Text { .. } | Inline::Code { .. } | Inline::Break => {}
            }
        }
    }
    fn walk<'a>(blocks: &'a [Block], found: &mut BTreeSet<&'a str>) {
        for block in blocks {
            match block {
                Block::Heading { text, .. } | Block::Paragraph { text } => inlines(text, found),
                Block::List { items, .. } => items.iter().for_each(|item| walk(item, found)),
                Block::Quote { blocks } => walk(blocks, found),
                Block::Table { head, rows } => {
                    head.iter().chain(rows.iter().flatten()).for_each(|cell| inlines(cell, found));
                }
                Block::Code { .. } | Block::Rule => {}
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(blocks, &mut found);
    found
}
