//! A body as the window shows it: a tree of known things. Nothing in it is markup, so there is nothing to sanitise.

use serde::{Deserialize, Serialize};
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
    Break,
}

/// The words alone.
pub(super) fn plain(inlines: &[Inline]) -> String {
    let mut words = String::new();
    for inline in inlines {
        match inline {
            Inline::Text { text } | Inline::Code { text } => words.push_str(text),
            Inline::Emphasis { text }
            | Inline::Strong { text }
            | Inline::Strike { text }
            | Inline::Link { text, .. } => words.push_str(&plain(text)),
            Inline::Break => words.push(' '),
        }
    }
    words
}
