//! Pages that are filled from the top: lines, and rows of cells whose head stands on every page.

use super::fonts::Faces;
use super::picture::sides;
use super::text::{Ink, Line, Piece};
use krilla::image::Image;
use std::rc::Rc;

/// A4, in points.
pub(super) const WIDTH: f32 = 595.28;
pub(super) const HEIGHT: f32 = 841.89;
pub(super) const LEFT: f32 = 60.0;
pub(super) const ROOM: f32 = WIDTH - 2.0 * LEFT;
const TOP: f32 = 62.0;
const BOTTOM: f32 = HEIGHT - 70.0;
/// As high as a picture gets: with a heading above it, it still fits on one page.
const PICTURE_MAX: f32 = BOTTOM - TOP - 80.0;
/// A picture is made smaller, down to this, before the page is turned for it: else half a page stays empty.
const SMALLER: f32 = 0.6;
/// Between the rules of a row and its text, and between columns.
const CELL_Y: f32 = 4.0;
const CELL_X: f32 = 10.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shade {
    Rule,
    HeadRule,
    Code,
    Ink(Ink),
}

/// What stands on a page; `y` is from its top.
#[derive(Debug)]
pub(super) enum Mark {
    /// `y`: of the line that the letters stand on.
    Text {
        x: f32,
        y: f32,
        piece: Piece,
    },
    Area {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        shade: Shade,
    },
    Picture {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        image: Image,
    },
    Link {
        x: f32,
        y: f32,
        width: f32,
        height: f32,
        to: Rc<str>,
    },
}

/// A heading, for the reader's table of contents.
#[derive(Debug)]
pub(super) struct Entry {
    pub text: String,
    pub page: usize,
    pub y: f32,
}

/// Where lines stand, and how far they are apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub x: f32,
    pub width: f32,
    pub leading: f32,
}

pub(super) struct Flow<'a> {
    pub faces: &'a Faces<'a>,
    pub pages: Vec<Vec<Mark>>,
    pub entries: Vec<Entry>,
    y: f32,
}

impl<'a> Flow<'a> {
    pub fn new(faces: &'a Faces<'a>) -> Self {
        Self { faces, pages: vec![vec![]], entries: vec![], y: TOP }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn is_at_top(&self) -> bool {
        self.y <= TOP
    }

    fn turn(&mut self) {
        self.pages.push(vec![]);
        self.y = TOP;
    }

    /// Room between two things; at the top of a page there is none.
    pub fn space(&mut self, height: f32) {
        if !self.is_at_top() {
            self.y += height;
        }
    }

    /// Goes to the next page unless this much fits here.
    pub fn keep(&mut self, height: f32) {
        if self.y + height > BOTTOM && !self.is_at_top() {
            self.turn();
        }
    }

    /// A line between two things; at the top of a page there is nothing to be kept apart.
    pub fn rule(&mut self) {
        if self.is_at_top() {
            return;
        }
        let (y, shade) = (self.y, Shade::Rule);
        self.mark(Mark::Area { x: LEFT, y, width: ROOM, height: 0.6, shade });
    }

    pub fn entry(&mut self, text: String) {
        let entry = Entry { text, page: self.pages.len() - 1, y: self.y };
        self.entries.push(entry);
    }

    /// Lines below each other. `bar`: one at their left, as beside a quotation; `shade`: behind them.
    pub fn lines(&mut self, lines: &[Line], place: Place, bar: Option<f32>, shade: Option<Shade>) {
        for line in lines {
            self.keep(place.leading);
            let (y, height) = (self.y, place.leading);
            if let Some(shade) = shade {
                let (x, width) = (place.x - 6.0, place.width + 12.0);
                self.mark(Mark::Area { x, y, width, height, shade });
            }
            if let Some(x) = bar {
                self.mark(Mark::Area { x, y, width: 2.0, height, shade: Shade::Rule });
            }
            self.line(line, place, y);
            self.y += place.leading;
        }
    }

    /// A picture with what is left of the width; the page is turned for one that does not fit here. `bar`: a line at its left.
    pub fn picture(&mut self, image: &Image, x: f32, room: f32, bar: Option<f32>) {
        let (mut width, mut height) = sides(image, room, PICTURE_MAX);
        let left = BOTTOM - self.y;
        if height > left && left >= height * SMALLER {
            (width, height) = sides(image, room, left);
        }
        self.keep(height);
        let y = self.y;
        if let Some(x) = bar {
            self.mark(Mark::Area { x, y, width: 2.0, height, shade: Shade::Rule });
        }
        self.mark(Mark::Picture { x, y, width, height, image: image.clone() });
        self.y += height;
    }

    /// In the line that comes next, left of it.
    pub fn beside(&mut self, line: &Line, place: Place) {
        self.keep(place.leading);
        self.line(line, place, self.y);
    }

    fn line(&mut self, line: &Line, place: Place, top: f32) {
        let mut x = if line.is_rtl { place.x + (place.width - line.width).max(0.0) } else { place.x };
        for piece in &line.pieces {
            let (width, size) = (piece.width, piece.size);
            // The letters of one line stand on the same height, in the middle of it.
            let y = top + place.leading / 2.0 + size * 0.36;
            if piece.struck {
                let shade = Shade::Ink(piece.ink);
                self.mark(Mark::Area { x, y: y - size * 0.3, width, height: 0.6, shade });
            }
            if let Some(to) = piece.link.clone() {
                self.mark(Mark::Link { x, y: y - size, width, height: size * 1.25, to });
            }
            self.mark(Mark::Text { x, y, piece: piece.clone() });
            x += width;
        }
    }

    /// A table. A row that fits on a page is not divided; one that does not goes on, line by line.
    pub fn table(
        &mut self,
        head: Option<&[Vec<Line>]>,
        rows: &[Vec<Vec<Line>>],
        widths: &[f32],
        leading: f32,
    ) {
        if let Some(head) = head {
            let first = rows.first().map_or(0.0, |row| height(row, leading));
            self.keep(height(head, leading) + first.min(BOTTOM - TOP - height(head, leading)));
            self.row(head, widths, leading, Shade::HeadRule);
        }
        for row in rows {
            let (mut from, most) = (0, row.iter().map(Vec::len).max().unwrap_or(0));
            while from < most || (most == 0 && from == 0) {
                let rest: Vec<Vec<Line>> =
                    row.iter().map(|cell| cell.iter().skip(from).cloned().collect()).collect();
                if self.y + height(&rest, leading) > BOTTOM && !self.is_at_top() {
                    self.turn();
                    if let Some(head) = head {
                        self.row(head, widths, leading, Shade::HeadRule);
                    }
                }
                let fits = (((BOTTOM - self.y - 2.0 * CELL_Y) / leading) as usize).max(1);
                let part: Vec<Vec<Line>> =
                    rest.iter().map(|cell| cell.iter().take(fits).cloned().collect()).collect();
                self.row(&part, widths, leading, Shade::Rule);
                from += fits.min(most.max(1));
            }
        }
    }

    fn row(&mut self, row: &[Vec<Line>], widths: &[f32], leading: f32, shade: Shade) {
        let (mut x, top) = (LEFT, self.y + CELL_Y);
        for (cell, width) in row.iter().zip(widths) {
            let place = Place { x, width: cell_room(*width), leading };
            for (n, line) in cell.iter().enumerate() {
                self.line(line, place, top + n as f32 * leading);
            }
            x += width;
        }
        self.y += height(row, leading);
        let (y, rule) = (self.y, if shade == Shade::HeadRule { 1.0 } else { 0.5 });
        self.mark(Mark::Area { x: LEFT, y: y - rule, width: ROOM, height: rule, shade });
    }
}

/// What a cell of this width has for its text.
pub(super) fn cell_room(width: f32) -> f32 {
    (width - CELL_X).max(12.0)
}

fn height(row: &[Vec<Line>], leading: f32) -> f32 {
    let lines = row.iter().map(Vec::len).max().unwrap_or(0).max(1);
    lines as f32 * leading + 2.0 * CELL_Y
}
