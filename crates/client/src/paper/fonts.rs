//! Which font has a letter: ours, or one that this computer has.

use super::PaperError;
use krilla::text::{Font, GlyphId, KrillaGlyph};
use rustybuzz::ttf_parser;
use rustybuzz::{Direction, Script, ShapePlan, UnicodeBuffer};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// Inter and JetBrains Mono, under the SIL Open Font License (crates/client/fonts).
const OURS: [&[u8]; 4] = [
    include_bytes!("../../fonts/Inter-Regular.ttf"),
    include_bytes!("../../fonts/Inter-SemiBold.ttf"),
    include_bytes!("../../fonts/Inter-Italic.ttf"),
    include_bytes!("../../fonts/JetBrainsMono-Regular.ttf"),
];
/// Fonts of this computer that one document takes at most, and bytes of each.
const BORROWED_MAX: usize = 6;
const BYTES_MAX: usize = 40 * 1_024 * 1_024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Regular = 0,
    Bold = 1,
    Italic = 2,
    Code = 3,
}

/// The fonts that there are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fonts {
    takes_installed: bool,
}

impl Fonts {
    /// Ours alone: Latin, Greek and Cyrillic. Every computer makes the same pages of them.
    pub fn ours() -> Self {
        Self::default()
    }

    /// With those of this computer for what ours do not have. Only a document that needs them looks through its folders, which
    /// takes a moment.
    pub fn with_installed() -> Self {
        Self { takes_installed: true }
    }

    /// Ours, and behind them as few others as have the letters that ours lack.
    pub(super) fn for_text(&self, letters: &BTreeSet<char>) -> Vec<Source> {
        let ours = OURS.map(|data| Source { data: Cow::Borrowed(data), index: 0 });
        let known = ttf_parser::Face::parse(OURS[0], 0).ok();
        let has = |c: char| c.is_control() || known.as_ref().is_some_and(|f| f.glyph_index(c).is_some());
        let mut lacking: BTreeSet<char> = letters.iter().copied().filter(|c| !has(*c)).collect();
        let mut sources = Vec::from(ours);
        if lacking.is_empty() || !self.takes_installed {
            return sources;
        }
        let mut installed = fontdb::Database::new();
        installed.load_system_fonts();
        let mut found: Vec<&fontdb::FaceInfo> = installed.faces().collect();
        // The plain ones of each family first, and always in the same order.
        found.sort_by_key(|f| {
            let is_plain = f.style == fontdb::Style::Normal && !f.monospaced;
            (
                !is_plain,
                f.weight.0.abs_diff(400),
                f.stretch != fontdb::Stretch::Normal,
                f.post_script_name.clone(),
            )
        });
        for face in found {
            if lacking.is_empty() || sources.len() >= OURS.len() + BORROWED_MAX {
                break;
            }
            let taken = installed.with_face_data(face.id, |data, index| {
                let parsed = ttf_parser::Face::parse(data, index).ok()?;
                // One that is pictures alone cannot be written into a PDF as text.
                let has_shapes = parsed.tables().glyf.is_some() || parsed.tables().cff.is_some();
                if data.len() > BYTES_MAX || !has_shapes {
                    return None;
                }
                let had: Vec<char> =
                    lacking.iter().copied().filter(|c| parsed.glyph_index(*c).is_some()).collect();
                (!had.is_empty()).then(|| (had, Source { data: Cow::Owned(data.to_vec()), index }))
            });
            if let Some((had, source)) = taken.flatten() {
                had.iter().for_each(|c| {
                    lacking.remove(c);
                });
                sources.push(source);
            }
        }
        sources
    }
}

/// The bytes of a font.
pub(super) struct Source {
    data: Cow<'static, [u8]>,
    index: u32,
}

struct Face<'a> {
    shapes: rustybuzz::Face<'a>,
    font: Font,
    /// How each script is set: making one costs more than a word does.
    plans: RefCell<HashMap<(Script, bool), Rc<ShapePlan>>>,
}

impl Face<'_> {
    fn plan(&self, script: Script, is_rtl: bool) -> Rc<ShapePlan> {
        let make = || Rc::new(ShapePlan::new(&self.shapes, direction(is_rtl), Some(script), None, &[]));
        self.plans.borrow_mut().entry((script, is_rtl)).or_insert_with(make).clone()
    }
}

fn direction(is_rtl: bool) -> Direction {
    if is_rtl { Direction::RightToLeft } else { Direction::LeftToRight }
}

/// Fonts that are ready for use.
pub(super) struct Faces<'a>(Vec<Face<'a>>);

impl<'a> Faces<'a> {
    pub fn of(sources: &'a [Source]) -> Result<Self, PaperError> {
        let mut faces = vec![];
        for (at, source) in sources.iter().enumerate() {
            let font = Font::new(source.data.to_vec().into(), source.index);
            let shapes = rustybuzz::Face::from_slice(&source.data, source.index);
            match (font, shapes) {
                (Some(font), Some(shapes)) => faces.push(Face { shapes, font, plans: RefCell::default() }),
                _ if at < OURS.len() => return Err(PaperError("a font of Firebell cannot be read".into())),
                // What it would have shown is shown as a box.
                _ => {}
            }
        }
        Ok(Self(faces))
    }

    pub fn font(&self, face: usize) -> Font {
        self.0[face].font.clone()
    }

    fn has(&self, face: usize, c: char) -> bool {
        self.0[face].shapes.glyph_index(c).is_some()
    }

    /// The face for a letter; `before`: that of the letter before it, which keeps what belongs to it.
    pub fn face(&self, style: Style, c: char, before: Option<usize>) -> usize {
        let joins = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{300}'..='\u{36f}');
        if let Some(before) = before.filter(|_| joins) {
            return before;
        }
        let own = style as usize;
        if self.has(own, c) {
            return own;
        }
        let others = std::iter::once(0).chain(OURS.len()..self.0.len());
        others.into_iter().find(|face| self.has(*face, c)).unwrap_or(own)
    }

    /// The glyphs of a text of one face and one direction, from left to right, and their width. In units of the font's size.
    pub fn shaped(&self, face: usize, text: &str, is_rtl: bool) -> (Vec<KrillaGlyph>, f32) {
        let own = &self.0[face];
        let shapes = &own.shapes;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.guess_segment_properties();
        buffer.set_direction(direction(is_rtl));
        let plan = own.plan(buffer.script(), is_rtl);
        let shaped = rustybuzz::shape_with_plan(shapes, &plan, buffer);
        // A cluster ends where the next one begins in the text.
        let mut starts: Vec<usize> = shaped.glyph_infos().iter().map(|i| i.cluster as usize).collect();
        starts.push(text.len());
        starts.sort_unstable();
        let em = shapes.units_per_em() as f32;
        let mut width = 0.0;
        let glyphs = shaped
            .glyph_infos()
            .iter()
            .zip(shaped.glyph_positions())
            .map(|(info, at)| {
                let start = info.cluster as usize;
                let end = starts.iter().copied().find(|s| *s > start).unwrap_or(text.len());
                let advance = at.x_advance as f32 / em;
                width += advance;
                KrillaGlyph::new(
                    GlyphId::new(info.glyph_id),
                    advance,
                    at.x_offset as f32 / em,
                    at.y_offset as f32 / em,
                    0.0,
                    start..end,
                    None,
                )
            })
            .collect();
        (glyphs, width)
    }
}
