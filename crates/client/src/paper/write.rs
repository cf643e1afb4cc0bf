//! Filled pages as the bytes of a PDF.

use super::PaperError;
use super::flow::{Flow, HEIGHT, LEFT, Mark, ROOM, Shade, WIDTH};
use super::fonts::{Faces, Style};
use super::text::{Ink, Line, Span, lines};
use chrono::{Datelike, Timelike};
use firebell_domain::Instant;
use firebell_domain::postmortem::Document;
use firebell_domain::postmortem::export::harmless;
use krilla::Document as Pdf;
use krilla::action::{Action, LinkAction};
use krilla::annotation::{Annotation, LinkAnnotation, Target};
use krilla::color::rgb;
use krilla::destination::XyzDestination;
use krilla::geom::{PathBuilder, Point, Rect, Size, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;

const FOOT: f32 = HEIGHT - 44.0;
const FOOT_SIZE: f32 = 8.0;

fn colour(shade: Shade) -> rgb::Color {
    match shade {
        Shade::Ink(Ink::Black) => rgb::Color::new(0x1a, 0x1d, 0x21),
        Shade::Ink(Ink::Grey) => rgb::Color::new(0x4d, 0x56, 0x61),
        Shade::Ink(Ink::Link) => rgb::Color::new(0x0b, 0x57, 0xa4),
        Shade::Rule => rgb::Color::new(0xd9, 0xdd, 0xe3),
        Shade::HeadRule => rgb::Color::new(0x9a, 0xa3, 0xae),
        Shade::Code => rgb::Color::new(0xf1, 0xf3, 0xf5),
    }
}

pub(super) fn write(
    document: &Document,
    flow: &Flow,
    faces: &Faces,
    at: Instant,
) -> Result<Vec<u8>, PaperError> {
    let mut pdf = Pdf::new();
    let size = PageSettings::from_wh(WIDTH, HEIGHT).ok_or_else(|| PaperError("a page has no size".into()))?;
    let title = harmless(&document.title);
    for (n, marks) in flow.pages.iter().enumerate() {
        let mut page = pdf.start_page_with(size.clone());
        let mut surface = page.surface();
        // What lies behind the text first.
        for mark in marks {
            if let Mark::Area { x, y, width, height, shade } = mark {
                area(&mut surface, [*x, *y, *width, *height], *shade);
            }
        }
        for mark in marks {
            if let Mark::Text { x, y, piece } = mark {
                surface
                    .set_fill(Some(Fill { paint: colour(Shade::Ink(piece.ink)).into(), ..Fill::default() }));
                let font = faces.font(piece.face);
                surface.draw_glyphs(
                    Point::from_xy(*x, *y),
                    &piece.glyphs,
                    font,
                    &piece.text,
                    piece.size,
                    false,
                );
            }
            if let Mark::Picture { x, y, width, height, image } = mark
                && let Some(size) = Size::from_wh(*width, *height)
            {
                surface.push_transform(&Transform::from_translate(*x, *y));
                surface.draw_image(image.clone(), size);
                surface.pop();
            }
        }
        foot(&mut surface, faces, &title, n + 1, flow.pages.len());
        surface.finish();
        for mark in marks {
            if let Mark::Link { x, y, width, height, to } = mark
                && let Some(rect) = Rect::from_xywh(*x, *y, *width, *height)
            {
                let target = Target::Action(Action::Link(LinkAction::new(to.to_string())));
                page.add_annotation(Annotation::new_link(LinkAnnotation::new(rect, target), None));
            }
        }
        page.finish();
    }
    let mut outline = Outline::new();
    for entry in &flow.entries {
        let to = XyzDestination::new(entry.page, Point::from_xy(LEFT, entry.y));
        outline.push_child(OutlineNode::new(entry.text.clone(), to));
    }
    pdf.set_outline(outline);
    pdf.set_metadata(
        Metadata::new().title(title).language("en".into()).creator("Firebell".into()).creation_date(day(at)),
    );
    pdf.finish().map_err(|e| PaperError(format!("{e:?}")))
}

/// In UTC.
fn day(at: Instant) -> DateTime {
    let small = |n: u32| u8::try_from(n).unwrap_or(0);
    DateTime::new(u16::try_from(at.year()).unwrap_or(1970))
        .month(small(at.month()))
        .day(small(at.day()))
        .hour(small(at.hour()))
        .minute(small(at.minute()))
        .second(small(at.second()))
        .utc_offset_hour(0)
        .utc_offset_minute(0)
}

fn area(surface: &mut Surface, [x, y, width, height]: [f32; 4], shade: Shade) {
    let mut path = PathBuilder::new();
    if let Some(rect) = Rect::from_xywh(x, y, width, height) {
        path.push_rect(rect);
    }
    if let Some(path) = path.finish() {
        surface.set_fill(Some(Fill { paint: colour(shade).into(), ..Fill::default() }));
        surface.draw_path(&path);
    }
}

/// Which document it is, and which page.
fn foot(surface: &mut Surface, faces: &Faces, title: &str, page: usize, of: usize) {
    let line = |text: &str, width: f32| -> Option<Line> {
        lines(&[Span::new(text, Style::Regular, FOOT_SIZE).grey()], width, faces).into_iter().next()
    };
    let number = line(&format!("Page {page} of {of}"), ROOM);
    let room = ROOM - number.as_ref().map_or(0.0, |line| line.width) - 20.0;
    let at_right = number.map(|line| (LEFT + ROOM - line.width, line));
    let name = line(title, room).map(|line| (LEFT, line));
    for (mut x, line) in name.into_iter().chain(at_right) {
        for piece in &line.pieces {
            surface.set_fill(Some(Fill { paint: colour(Shade::Ink(piece.ink)).into(), ..Fill::default() }));
            let (font, at) = (faces.font(piece.face), Point::from_xy(x, FOOT));
            surface.draw_glyphs(at, &piece.glyphs, font, &piece.text, piece.size, false);
            x += piece.width;
        }
    }
}
