//! Spans of text, broken into lines and put in the order in which they stand on the page: words that are read from the right
//! do so.

use super::fonts::{Faces, Style};
use krilla::text::KrillaGlyph;
use std::rc::Rc;
use unicode_bidi::BidiInfo;
use unicode_linebreak::linebreaks;

/// Letters that are shaped together at most: a word of a megabyte is many pieces.
const PIECE_MAX: usize = 120;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    Link,
}

/// A text of one look.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub text: String,
    pub style: Style,
    /// Points.
    pub size: f32,
    pub ink: Ink,
    pub link: Option<Rc<str>>,
    pub struck: bool,
}

impl Span {
    pub fn new(text: impl Into<String>, style: Style, size: f32) -> Self {
        Self { text: text.into(), style, size, ink: Ink::Black, link: None, struck: false }
    }

    pub fn grey(self) -> Self {
        Self { ink: Ink::Grey, ..self }
    }
}

/// Glyphs that stand together: of one face, one look, one direction.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub text: String,
    pub face: usize,
    pub size: f32,
    pub ink: Ink,
    pub link: Option<Rc<str>>,
    pub struck: bool,
    pub glyphs: Vec<KrillaGlyph>,
    /// Points.
    pub width: f32,
    level: u8,
    is_space: bool,
    may_break: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    /// From left to right.
    pub pieces: Vec<Piece>,
    pub width: f32,
    /// It begins at the right margin.
    pub is_rtl: bool,
}

/// Lines that are no wider than `width`. A line feed in a text ends one.
pub(super) fn lines(spans: &[Span], width: f32, faces: &Faces) -> Vec<Line> {
    let mut paragraph: Vec<Span> = vec![];
    let mut all = vec![];
    for span in spans {
        let text = span.text.replace(['\u{2028}', '\u{2029}', '\r'], "\n").replace('\t', "    ");
        for (at, part) in text.split('\n').enumerate() {
            if at > 0 {
                all.extend(of_paragraph(&std::mem::take(&mut paragraph), width, faces));
            }
            if !part.is_empty() {
                paragraph.push(Span { text: part.to_owned(), ..span.clone() });
            }
        }
    }
    all.extend(of_paragraph(&paragraph, width, faces));
    all
}

fn of_paragraph(spans: &[Span], width: f32, faces: &Faces) -> Vec<Line> {
    let (pieces, is_rtl) = pieces(spans, faces);
    let mut filled = Filling { width, is_rtl, done: vec![], line: vec![], used: 0.0 };
    for word in pieces.split_inclusive(|piece| piece.may_break) {
        filled.put(word, faces);
    }
    filled.end();
    filled.done
}

/// One paragraph in pieces, in the order in which it is written.
fn pieces(spans: &[Span], faces: &Faces) -> (Vec<Piece>, bool) {
    let text: String = spans.iter().map(|s| s.text.as_str()).collect();
    let bidi = BidiInfo::new(&text, None);
    let is_rtl = bidi.paragraphs.first().is_some_and(|p| p.level.is_rtl());
    let mut breaks = linebreaks(&text).map(|(at, _)| at).peekable();
    let mut found: Vec<Piece> = vec![];
    let (mut begun, mut before): (Option<Piece>, Option<usize>) = (None, None);
    let mut at = 0;
    for span in spans {
        let mut is_new_span = true;
        for c in span.text.chars() {
            let may_break = breaks.next_if(|b| *b <= at).is_some() && at > 0;
            let face = faces.face(span.style, c, before);
            let level = bidi.levels.get(at).map_or(0, |level| level.number());
            let is_space = c.is_whitespace();
            let goes_on = |p: &Piece| {
                !may_break
                    && !is_new_span
                    && p.face == face
                    && p.level == level
                    && p.is_space == is_space
                    && p.text.len() < PIECE_MAX
            };
            if !begun.as_ref().is_some_and(goes_on) {
                if let Some(mut piece) = begun.take() {
                    piece.may_break = may_break;
                    found.push(shaped(piece, faces));
                }
                begun = Some(Piece {
                    text: String::new(),
                    face,
                    size: span.size,
                    ink: span.ink,
                    link: span.link.clone(),
                    struck: span.struck,
                    glyphs: vec![],
                    width: 0.0,
                    level,
                    is_space,
                    may_break: false,
                });
            }
            if let Some(piece) = &mut begun {
                piece.text.push(c);
            }
            (is_new_span, before) = (false, Some(face));
            at += c.len_utf8();
        }
    }
    found.extend(begun.map(|piece| shaped(piece, faces)));
    (found, is_rtl)
}

fn shaped(piece: Piece, faces: &Faces) -> Piece {
    let (glyphs, width) = faces.shaped(piece.face, &piece.text, piece.level % 2 == 1);
    Piece { glyphs, width: width * piece.size, ..piece }
}

struct Filling {
    width: f32,
    is_rtl: bool,
    done: Vec<Line>,
    line: Vec<Piece>,
    used: f32,
}

impl Filling {
    /// A word with the blanks behind it, which need no room at the end of a line.
    fn put(&mut self, word: &[Piece], faces: &Faces) {
        let needed: f32 = word.iter().filter(|p| !p.is_space).map(|p| p.width).sum();
        if self.used + needed > self.width && !self.line.is_empty() {
            self.end();
        }
        for piece in word {
            self.used += piece.width;
            self.line.push(piece.clone());
            // No line is wide enough for this word: it is broken where the line ends.
            while self.used > self.width && !piece.is_space && needed > self.width {
                let Some(last) = self.line.pop() else { break };
                self.used -= last.width;
                let (fits, rest) = cut(last, self.width - self.used, self.line.is_empty(), faces);
                self.line.extend(fits);
                self.end();
                let Some(rest) = rest else { break };
                self.used = rest.width;
                self.line.push(rest);
                if self.line[0].text.chars().count() < 2 {
                    break;
                }
            }
        }
    }

    fn end(&mut self) {
        while self.line.last().is_some_and(|p| p.is_space) {
            self.line.pop();
        }
        let mut pieces = std::mem::take(&mut self.line);
        let width = pieces.iter().map(|p| p.width).sum();
        as_seen(&mut pieces);
        self.done.push(Line { pieces, width, is_rtl: self.is_rtl });
        self.used = 0.0;
    }
}

/// What fits into the room that is left, and what does not; `must`: at least one letter is taken.
fn cut(piece: Piece, room: f32, must: bool, faces: &Faces) -> (Option<Piece>, Option<Piece>) {
    let letters: Vec<char> = piece.text.chars().collect();
    let of = |text: &[char]| shaped(Piece { text: text.iter().collect(), ..piece.clone() }, faces);
    let share = (room / piece.width.max(0.01)).clamp(0.0, 1.0);
    let mut fits = (letters.len() as f32 * share) as usize;
    while fits > 0 && of(&letters[..fits]).width > room {
        fits -= 1;
    }
    let fits = if must { fits.max(1) } else { fits };
    let take = |text: &[char]| (!text.is_empty()).then(|| of(text));
    (take(&letters[..fits]), take(&letters[fits..]))
}

/// Rule L2 of the Unicode Bidirectional Algorithm: from the highest level down, what is of it is turned round.
fn as_seen(pieces: &mut [Piece]) {
    let highest = pieces.iter().map(|p| p.level).max().unwrap_or(0);
    for level in (1..=highest).rev() {
        let mut at = 0;
        while at < pieces.len() {
            let from = at;
            while at < pieces.len() && pieces[at].level >= level {
                at += 1;
            }
            pieces[from..at].reverse();
            at = at.max(from + 1);
        }
    }
}
