//! How each part of a document looks on paper.

use super::flow::{Flow, LEFT, Place, ROOM, Shade, cell_room};
use super::fonts::{Faces, Style};
use super::picture::Images;
use super::text::{Ink, Line, Span, lines};
use firebell_domain::postmortem::export::harmless;
use firebell_domain::postmortem::{Answer, Document, Piece};
use firebell_domain::runbook::{Block, Inline};
use std::collections::BTreeSet;

const BODY: f32 = 10.0;
const SMALL: f32 = 9.0;
const LEADING: f32 = 15.0;
const TIGHT: f32 = 13.0;
/// A list, a quotation and a block of code stand further in by this.
const INDENT: f32 = 16.0;
/// Further in than this nothing goes: the lines would be too short to be read.
const INDENT_MAX: f32 = 8.0 * INDENT;

/// Every letter of it, to find the fonts that have them.
pub(super) fn letters(document: &Document) -> BTreeSet<char> {
    firebell_domain::postmortem::export::markdown(document).chars().collect()
}

pub(super) fn set<'a>(document: &Document, faces: &'a Faces<'a>, images: &'a Images) -> Flow<'a> {
    let mut page = Setting { flow: Flow::new(faces), images };
    page.heading(&[Span::new(harmless(&document.title), Style::Bold, 20.0)], 26.0, 0.0);
    page.flow.space(4.0);
    for sentence in &document.standing {
        page.text(&[Span::new(harmless(sentence), Style::Regular, BODY).grey()], LEFT, LEADING);
    }
    page.flow.space(10.0);
    page.pairs(&document.facts);
    for chapter in &document.chapters {
        page.flow.space(16.0);
        // A heading stands with something below it.
        page.flow.keep(90.0);
        page.flow.rule();
        page.flow.space(8.0);
        let title = harmless(&chapter.title);
        page.flow.entry(title.clone());
        page.heading(&[Span::new(title, Style::Bold, 13.5)], 20.0, 0.0);
        page.flow.space(3.0);
        for piece in &chapter.pieces {
            page.piece(piece);
        }
    }
    page.flow
}

struct Setting<'a> {
    flow: Flow<'a>,
    images: &'a Images,
}

impl Setting<'_> {
    fn broken(&self, spans: &[Span], width: f32) -> Vec<Line> {
        lines(spans, width, self.flow.faces)
    }

    fn heading(&mut self, spans: &[Span], leading: f32, above: f32) {
        let broken = self.broken(spans, ROOM);
        self.flow.space(above);
        self.flow.keep(broken.len() as f32 * leading + 3.0 * LEADING);
        self.flow.lines(&broken, Place { x: LEFT, width: ROOM, leading }, None, None);
    }

    fn text(&mut self, spans: &[Span], x: f32, leading: f32) {
        let width = ROOM - (x - LEFT);
        let broken = self.broken(spans, width);
        self.flow.lines(&broken, Place { x, width, leading }, None, None);
    }

    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Text(blocks) => self.blocks(blocks, LEFT, None),
            Piece::Pairs(all) => self.pairs(all),
            Piece::Table { head, weights, rows } => {
                let spans = |text: &String, style| vec![Span::new(harmless(text), style, SMALL)];
                let head: Vec<_> = head.iter().map(|text| spans(text, Style::Bold)).collect();
                let row = |row: &Vec<String>| row.iter().map(|t| spans(t, Style::Regular)).collect();
                self.table(Some(&head), &rows.iter().map(row).collect::<Vec<_>>(), weights);
            }
            Piece::Answers(all) => {
                self.answers(all, LEFT);
                self.flow.space(6.0);
            }
            Piece::Note(text) => {
                self.text(&[Span::new(harmless(text), Style::Italic, SMALL).grey()], LEFT, TIGHT);
                self.flow.space(6.0);
            }
        }
    }

    fn pairs(&mut self, all: &[(String, String)]) {
        let row = |(name, value): &(String, String)| {
            vec![
                vec![Span::new(harmless(name), Style::Bold, SMALL).grey()],
                vec![Span::new(harmless(value), Style::Regular, SMALL)],
            ]
        };
        self.table(None, &all.iter().map(row).collect::<Vec<_>>(), &[27, 73]);
    }

    fn table(&mut self, head: Option<&[Vec<Span>]>, rows: &[Vec<Vec<Span>>], weights: &[u32]) {
        let sum: u32 = weights.iter().sum::<u32>().max(1);
        let widths: Vec<f32> = weights.iter().map(|w| ROOM * *w as f32 / sum as f32).collect();
        let broken = |row: &[Vec<Span>]| -> Vec<Vec<Line>> {
            row.iter().zip(&widths).map(|(cell, width)| self.broken(cell, cell_room(*width))).collect()
        };
        let head = head.map(&broken);
        let rows: Vec<Vec<Vec<Line>>> = rows.iter().map(|row| broken(row)).collect();
        self.flow.table(head.as_deref(), &rows, &widths, TIGHT);
        self.flow.space(10.0);
    }

    fn item(&mut self, mark: String, x: f32) {
        let mark = self.broken(&[Span::new(mark, Style::Regular, BODY).grey()], INDENT * 2.0);
        if let Some(line) = mark.first() {
            // A number of many digits reaches further to the left.
            let at = if line.width > INDENT - 4.0 { x + INDENT - 4.0 - line.width } else { x + 2.0 };
            self.flow.beside(line, Place { x: at, width: line.width, leading: LEADING });
        }
    }

    fn answers(&mut self, all: &[Answer], x: f32) {
        let inner = further(x);
        for answer in all {
            self.item("•".into(), inner - INDENT);
            self.text(&[Span::new(harmless(&answer.text), Style::Regular, BODY)], inner, LEADING);
            self.answers(&answer.because, inner);
        }
    }

    fn blocks(&mut self, all: &[Block], x: f32, bar: Option<f32>) {
        for block in all {
            self.block(block, x, bar);
        }
    }

    /// Its words, and its pictures each below what stands before it.
    fn paragraph(&mut self, text: &[Inline], ink: Ink, x: f32, bar: Option<f32>) {
        let (width, images) = (ROOM - (x - LEFT), self.images);
        let shown = |inline: &Inline| match inline {
            Inline::Picture { hash, .. } => images.get(hash),
            _ => None,
        };
        for part in text.split_inclusive(|inline| shown(inline).is_some()) {
            let picture = part.last().and_then(shown);
            let words = &part[..part.len() - usize::from(picture.is_some())];
            let says = words.iter().any(|w| !matches!(w, Inline::Break) && !is_blank(w));
            if says {
                let broken = self.broken(&spans(words, Style::Regular, BODY, ink), width);
                self.flow.lines(&broken, Place { x, width, leading: LEADING }, bar, None);
            }
            if let Some(image) = picture {
                self.flow.space(4.0);
                self.flow.picture(image, x, width, bar);
                self.flow.space(4.0);
            }
        }
    }

    fn block(&mut self, block: &Block, x: f32, bar: Option<f32>) {
        let width = ROOM - (x - LEFT);
        match block {
            Block::Heading { level, text, .. } => {
                let size = if *level <= 2 { 11.5 } else { BODY };
                self.heading(&spans(text, Style::Bold, size, Ink::Black), LEADING + 1.0, 8.0);
                self.flow.space(2.0);
            }
            Block::Paragraph { text } => {
                let ink = if bar.is_some() { Ink::Grey } else { Ink::Black };
                self.paragraph(text, ink, x, bar);
                self.flow.space(7.0);
            }
            Block::List { start, items } => {
                let inner = further(x);
                for (at, item) in items.iter().enumerate() {
                    let number = start.map(|n| n.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)));
                    self.item(number.map_or("•".into(), |n| format!("{n}.")), inner - INDENT);
                    match item.as_slice() {
                        [Block::Paragraph { text }] => self.paragraph(text, Ink::Black, inner, None),
                        [] => self.text(&[Span::new("", Style::Regular, BODY)], inner, LEADING),
                        blocks => self.blocks(blocks, inner, bar),
                    }
                }
                self.flow.space(7.0);
            }
            Block::Quote { blocks } => self.blocks(blocks, further(x), Some(further(x) - 10.0)),
            Block::Code { text, .. } => {
                let code = Span::new(harmless(text.trim_end_matches('\n')), Style::Code, 8.5);
                let place = Place { x: x + 6.0, width: width - 12.0, leading: TIGHT };
                let broken = self.broken(&[code], place.width);
                self.flow.space(3.0);
                self.flow.lines(&broken, place, bar, Some(Shade::Code));
                self.flow.space(8.0);
            }
            Block::Table { head, rows } => {
                let columns = rows.iter().map(Vec::len).max().unwrap_or(0).max(head.len());
                let cells = |row: &Vec<Vec<Inline>>, style| -> Vec<Vec<Span>> {
                    row.iter().map(|cell| spans(cell, style, SMALL, Ink::Black)).collect()
                };
                let rows: Vec<_> = rows.iter().map(|row| cells(row, Style::Regular)).collect();
                self.table(Some(&cells(head, Style::Bold)), &rows, &vec![1; columns]);
            }
            Block::Rule => {
                self.flow.space(4.0);
                self.flow.keep(LEADING);
                self.flow.rule();
                self.flow.space(8.0);
            }
        }
    }
}

fn is_blank(inline: &Inline) -> bool {
    matches!(inline, Inline::Text { text } if text.trim().is_empty())
}

fn further(x: f32) -> f32 {
    (x + INDENT).min(LEFT + INDENT_MAX)
}

fn spans(all: &[Inline], style: Style, size: f32, ink: Ink) -> Vec<Span> {
    let mut found = vec![];
    for inline in all {
        let inner = |of: &[Inline], style| spans(of, style, size, ink);
        match inline {
            Inline::Text { text } => found.push(Span { ink, ..Span::new(harmless(text), style, size) }),
            Inline::Code { text } => {
                found.push(Span { ink, ..Span::new(harmless(text), Style::Code, size * 0.92) });
            }
            Inline::Emphasis { text } => found.extend(inner(text, Style::Italic)),
            Inline::Strong { text } => found.extend(inner(text, Style::Bold)),
            Inline::Strike { text } => {
                found.extend(inner(text, style).into_iter().map(|span| Span { struck: true, ..span }));
            }
            Inline::Link { href, text } => {
                let to: std::rc::Rc<str> = harmless(href).into();
                let linked = |span| Span { ink: Ink::Link, link: Some(to.clone()), ..span };
                found.extend(inner(text, style).into_iter().map(linked));
            }
            Inline::Line { text, .. } | Inline::Marked { text, .. } => found.extend(inner(text, style)),
            // Of one that is not here, or where there is no room for it, the name.
            Inline::Picture { name, .. } => {
                let words = format!("[Picture: {}]", harmless(name));
                found.push(Span { ink, ..Span::new(words, Style::Italic, size) });
            }
            Inline::Break => found.push(Span::new("\n", style, size)),
        }
    }
    found
}
