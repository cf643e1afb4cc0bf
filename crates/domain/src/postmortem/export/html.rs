//! One page of HTML that stands by itself: no script, nothing that is fetched, and a policy that would stop both.

use super::harmless;
use crate::postmortem::{Answer, Document, Picture, Piece};
use crate::runbook::{Block, Inline};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::fmt::Write;

/// By hash.
type Pictures = BTreeMap<String, Picture>;

/// Lines are short enough to be read, tables break between rows when it is printed.
const STYLE: &str = include_str!("page.css");
/// Headings of a text stand below that of its section.
const BELOW: u8 = 2;

pub fn html(document: &Document) -> String {
    let title = escaped(&document.title);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1 dir=\"auto\">{title}</h1>\n"
    );
    for sentence in &document.standing {
        put(&mut page, format_args!("<p class=\"standing\">{}</p>\n", escaped(sentence)));
    }
    pairs(&mut page, &document.facts);
    for chapter in &document.chapters {
        page.push_str("<section>\n");
        if !chapter.title.is_empty() {
            put(&mut page, format_args!("<h2 dir=\"auto\">{}</h2>\n", escaped(&chapter.title)));
        }
        for piece in &chapter.pieces {
            self::piece(&mut page, piece, &document.pictures);
        }
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn put(page: &mut String, text: std::fmt::Arguments) {
    // Writing to a string cannot fail.
    let _ = page.write_fmt(text);
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in harmless(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// Lines of a cell stay lines.
fn cell(text: &str) -> String {
    escaped(text).replace('\n', "<br>")
}

fn piece(page: &mut String, piece: &Piece, pictures: &Pictures) {
    match piece {
        Piece::Text(blocks) => blocks.iter().for_each(|b| block(page, b, pictures)),
        Piece::Pairs(all) => pairs(page, all),
        Piece::Table { head, weights, rows } => {
            let plain = |row: &Vec<String>| row.iter().map(|text| cell(text)).collect::<Vec<_>>();
            table(page, &plain(head), weights, rows.iter().map(plain));
        }
        Piece::Answers(all) => answers(page, all),
        Piece::Note(text) => put(page, format_args!("<p class=\"note\">{}</p>\n", escaped(text))),
    }
}

fn pairs(page: &mut String, all: &[(String, String)]) {
    if all.is_empty() {
        return;
    }
    page.push_str("<table class=\"pairs\">\n<tbody>\n");
    for (name, value) in all {
        let (name, value) = (escaped(name), cell(value));
        put(page, format_args!("<tr><th scope=\"row\">{name}</th><td dir=\"auto\">{value}</td></tr>\n"));
    }
    page.push_str("</tbody>\n</table>\n");
}

/// `weights`: how the columns share the width; none: as their words want it.
fn table(page: &mut String, head: &[String], weights: &[u32], rows: impl Iterator<Item = Vec<String>>) {
    let sum = weights.iter().sum::<u32>().max(1);
    page.push_str(if weights.is_empty() { "<table>\n" } else { "<table class=\"set\">\n<colgroup>" });
    for weight in weights {
        put(page, format_args!("<col style=\"width: {}%\">", weight * 100 / sum));
    }
    page.push_str(if weights.is_empty() { "<thead>\n<tr>" } else { "</colgroup>\n<thead>\n<tr>" });
    head.iter().for_each(|cell| put(page, format_args!("<th scope=\"col\">{cell}</th>")));
    page.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in rows {
        page.push_str("<tr>");
        row.iter().for_each(|cell| put(page, format_args!("<td dir=\"auto\">{cell}</td>")));
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n");
}

fn answers(page: &mut String, all: &[Answer]) {
    page.push_str("<ul>\n");
    for answer in all {
        put(page, format_args!("<li dir=\"auto\">{}", cell(&answer.text)));
        if !answer.because.is_empty() {
            page.push('\n');
            answers(page, &answer.because);
        }
        page.push_str("</li>\n");
    }
    page.push_str("</ul>\n");
}

fn block(page: &mut String, block: &Block, pictures: &Pictures) {
    match block {
        Block::Heading { level, text, .. } => {
            let level = (level + BELOW).min(6);
            put(page, format_args!("<h{level} dir=\"auto\">{}</h{level}>\n", inlines(text, pictures)));
        }
        Block::Paragraph { text } => {
            put(page, format_args!("<p dir=\"auto\">{}</p>\n", inlines(text, pictures)))
        }
        Block::List { start, items } => {
            let (open, close) = match start {
                Some(1) => ("<ol>".to_owned(), "</ol>"),
                Some(n) => (format!("<ol start=\"{n}\">"), "</ol>"),
                None => ("<ul>".to_owned(), "</ul>"),
            };
            put(page, format_args!("{open}\n"));
            for item in items {
                page.push_str("<li dir=\"auto\">");
                match item.as_slice() {
                    [Block::Paragraph { text }] => page.push_str(&inlines(text, pictures)),
                    blocks => blocks.iter().for_each(|b| self::block(page, b, pictures)),
                }
                page.push_str("</li>\n");
            }
            put(page, format_args!("{close}\n"));
        }
        Block::Quote { blocks } => {
            page.push_str("<blockquote>\n");
            blocks.iter().for_each(|b| self::block(page, b, pictures));
            page.push_str("</blockquote>\n");
        }
        Block::Code { text, .. } => {
            put(
                page,
                format_args!(
                    "<pre dir=\"ltr\"><code>{}</code></pre>\n",
                    escaped(text.trim_end_matches('\n'))
                ),
            );
        }
        Block::Table { head, rows } => {
            let cells =
                |row: &Vec<Vec<Inline>>| row.iter().map(|cell| inlines(cell, pictures)).collect::<Vec<_>>();
            table(page, &cells(head), &[], rows.iter().map(cells));
        }
        Block::Rule => page.push_str("<hr>\n"),
    }
}

/// In the page itself, so that it is fetched from nowhere.
fn picture(page: &mut String, name: &str, picture: Option<&Picture>) {
    let name = escaped(name);
    match picture {
        Some(Picture { media_type, bytes }) => put(
            page,
            format_args!(
                "<img src=\"data:{};base64,{}\" alt=\"{name}\">",
                media_type.name(),
                STANDARD.encode(bytes)
            ),
        ),
        None => put(page, format_args!("<em>[Picture: {name}]</em>")),
    }
}

fn inlines(all: &[Inline], pictures: &Pictures) -> String {
    let mut text = String::new();
    for inline in all {
        match inline {
            Inline::Text { text: plain } => text.push_str(&escaped(plain)),
            Inline::Code { text: code } => put(&mut text, format_args!("<code>{}</code>", escaped(code))),
            Inline::Emphasis { text: of } => {
                put(&mut text, format_args!("<em>{}</em>", inlines(of, pictures)))
            }
            Inline::Strong { text: of } => {
                put(&mut text, format_args!("<strong>{}</strong>", inlines(of, pictures)))
            }
            Inline::Strike { text: of } => put(&mut text, format_args!("<s>{}</s>", inlines(of, pictures))),
            // Only to the web: the reader of the text has seen to that. It is followed by a click alone.
            Inline::Link { href, text: of } => put(
                &mut text,
                format_args!(
                    "<a href=\"{}\" rel=\"noopener noreferrer\">{}</a>",
                    escaped(href),
                    inlines(of, pictures)
                ),
            ),
            Inline::Line { text: of, .. } | Inline::Marked { text: of, .. } => {
                text.push_str(&inlines(of, pictures))
            }
            Inline::Picture { hash, name } => picture(&mut text, name, pictures.get(hash)),
            Inline::Break => text.push_str("<br>"),
        }
    }
    text
}
