//! Reads a body: markdown in, a tree, sections and steps out.

use super::mark::{Mark, over, pieces, push};
use super::section::{Section, SectionKind};
use super::step::{Place, Step, commands, is_shell};
use super::tree::{Block, Inline, line_of, picture_at, plain};
use crate::team::is_web_link;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

/// Bytes of a body that are read; what follows is not shown and not run.
pub const BODY_MAX: usize = 256 * 1_024;
/// Quotes and lists inside each other that are kept apart; what is deeper is shown at this depth.
const DEPTH_MAX: usize = 24;
/// What a picture is called that has no name.
const PICTURE: &str = "picture";
const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_TASKLISTS);

/// What a body says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub blocks: Vec<Block>,
    pub sections: Vec<Section>,
    /// In the order of the text.
    pub steps: Vec<Step>,
    /// The body is longer than [`BODY_MAX`]: its end was not read.
    pub cut: bool,
}

/// Reads any text; what is no markdown is a paragraph.
pub fn read(body: &str) -> Reading {
    read_marked(body, &[])
}

/// As [`read`], with passages that stand out.
pub fn read_marked(body: &str, marks: &[Mark]) -> Reading {
    let end = body.floor_char_boundary(BODY_MAX);
    let mut reader = Reader { body, marks, open: vec![Open::new(Kind::Root)], ..Reader::default() };
    for (event, at) in Parser::new_ext(&body[..end], OPTIONS).into_offset_iter() {
        reader.at = at;
        reader.event(event);
    }
    let blocks = reader.open.pop().map(Open::into_blocks).unwrap_or_default();
    let Reader { sections, steps, .. } = reader;
    Reading { blocks, sections, steps, cut: end < body.len() }
}

/// The text without its pictures: what one is called, and where it is, are no words of the text.
pub(crate) fn without_pictures(text: &str) -> Cow<'_, str> {
    with_pictures_as(text, |_| String::new())
}

/// The text with each of its pictures as these words, which are made of its name.
pub(crate) fn with_pictures_as(text: &str, say: impl Fn(&str) -> String) -> Cow<'_, str> {
    match text.contains("attachment:") {
        true => with_images_as(text, |href, name| picture_at(href).map(|_| say(name))),
        false => Cow::Borrowed(text),
    }
}

/// The text with its images written in another way. `say`: of an address and a name; `None`: as it stands.
pub(crate) fn with_images_as(text: &str, mut say: impl FnMut(&str, &str) -> Option<String>) -> Cow<'_, str> {
    let (mut words, mut read) = (String::new(), 0);
    // The outermost one that is being read: where it is, its address and its name so far.
    let mut image: Option<(Range<usize>, String, String)> = None;
    for (event, at) in Parser::new_ext(text, OPTIONS).into_offset_iter() {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) if image.is_none() => {
                image = Some((at, dest_url.into_string(), String::new()));
            }
            Event::Text(said) | Event::Code(said) => {
                if let Some((_, _, name)) = &mut image {
                    name.push_str(&said);
                }
            }
            Event::End(TagEnd::Image) => {
                let Some((whole, href, name)) = image.take_if(|(whole, ..)| *whole == at) else { continue };
                if let Some(said) = say(&href, &name) {
                    words.push_str(&text[read..whole.start]);
                    words.push_str(&said);
                    read = whole.end;
                }
            }
            _ => {}
        }
    }
    match read {
        0 => Cow::Borrowed(text),
        _ => {
            words.push_str(&text[read..]);
            Cow::Owned(words)
        }
    }
}

enum Kind {
    Root,
    Heading(u8),
    Paragraph,
    List(Option<u32>, Vec<Vec<Block>>),
    Item,
    Quote,
    Code {
        language: String,
        tag: Option<String>,
        text: String,
    },
    Emphasis,
    Strong,
    Strike,
    Link(String),
    Picture(String),
    Table {
        head: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
    Row(Vec<Vec<Inline>>, bool),
    Cell,
    /// Markup: shown as it was written, never as what it means.
    Html,
    /// Its words are not shown.
    Hidden,
}

struct Open {
    kind: Kind,
    blocks: Vec<Block>,
    inlines: Vec<Inline>,
}

impl Open {
    fn new(kind: Kind) -> Self {
        Self { kind, blocks: vec![], inlines: vec![] }
    }

    /// Words that stand between blocks, as in the item of a tight list, are a paragraph.
    fn settle(&mut self) {
        if !self.inlines.is_empty() {
            self.blocks.push(Block::Paragraph { text: std::mem::take(&mut self.inlines) });
        }
    }

    fn into_blocks(mut self) -> Vec<Block> {
        self.settle();
        self.blocks
    }
}

#[derive(Default)]
struct Reader<'a> {
    body: &'a str,
    marks: &'a [Mark],
    /// Where the event stands in the body.
    at: Range<usize>,
    open: Vec<Open>,
    /// Containers that were too deep to open.
    skipped: usize,
    sections: Vec<Section>,
    anchors: BTreeMap<String, usize>,
    steps: Vec<Step>,
    /// The headings that the place stands below, outermost first.
    headings: Vec<(u8, String)>,
    /// The words right before the place.
    prose: String,
    /// How often a command stood below the same headings already.
    seen: BTreeMap<String, usize>,
}

impl Reader<'_> {
    fn event(&mut self, event: Event) {
        match event {
            Event::Start(_) if self.open.len() > DEPTH_MAX || self.skipped > 0 => self.skipped += 1,
            Event::End(_) if self.skipped > 0 => self.skipped -= 1,
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(text.into_string()),
            Event::Code(text) => {
                if let Some(top) = self.open.last_mut() {
                    push(
                        &mut top.inlines,
                        over(self.marks, &self.at),
                        Inline::Code { text: text.into_string() },
                    );
                }
            }
            Event::InlineHtml(html) => self.text(without_comments(&html)),
            Event::Html(html) => self.text(html.into_string()),
            Event::SoftBreak => self.text(" ".into()),
            Event::HardBreak => self.inline(Inline::Break),
            Event::Rule => self.block(Block::Rule),
            Event::TaskListMarker(done) => self.text(if done { "☑ ".into() } else { "☐ ".into() }),
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag) {
        let kind = match tag {
            Tag::Heading { level, .. } => Kind::Heading(level_of(level)),
            Tag::Paragraph => Kind::Paragraph,
            Tag::List(start) => Kind::List(start.map(|n| u32::try_from(n).unwrap_or(1)), vec![]),
            Tag::Item => {
                self.prose.clear();
                Kind::Item
            }
            Tag::BlockQuote(_) => Kind::Quote,
            Tag::CodeBlock(kind) => {
                let info = match &kind {
                    CodeBlockKind::Fenced(info) => info.as_ref(),
                    CodeBlockKind::Indented => "",
                };
                let mut words = info.split_whitespace().map(str::to_lowercase);
                let language = words.next().unwrap_or_default();
                self.settle_words();
                Kind::Code { language, tag: words.next(), text: String::new() }
            }
            Tag::Emphasis => Kind::Emphasis,
            Tag::Strong => Kind::Strong,
            Tag::Strikethrough => Kind::Strike,
            Tag::Image { dest_url, .. } if picture_at(&dest_url).is_some() => {
                Kind::Picture(picture_at(&dest_url).unwrap_or_default().to_owned())
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => Kind::Link(dest_url.into_string()),
            Tag::Table(_) => Kind::Table { head: vec![], rows: vec![] },
            Tag::TableHead => Kind::Row(vec![], true),
            Tag::TableRow => Kind::Row(vec![], false),
            Tag::TableCell => Kind::Cell,
            Tag::HtmlBlock => Kind::Html,
            Tag::MetadataBlock(_) => Kind::Hidden,
            _ => Kind::Paragraph,
        };
        self.open.push(Open::new(kind));
    }

    /// In the item of a tight list, the words before a block of code are what it is about.
    fn settle_words(&mut self) {
        if let Some(top) = self.open.last_mut()
            && !top.inlines.is_empty()
        {
            self.prose = plain(&top.inlines);
            top.settle();
        }
    }

    fn end(&mut self, _: TagEnd) {
        if self.open.len() < 2 {
            return;
        }
        let Some(done) = self.open.pop() else { return };
        let Open { kind, blocks, inlines } = done;
        match kind {
            Kind::Heading(level) => self.heading(level, inlines),
            Kind::Paragraph if inlines.is_empty() => {
                for block in blocks {
                    self.block(block);
                }
            }
            Kind::Paragraph => {
                self.prose = plain(&inlines);
                self.block(Block::Paragraph { text: inlines });
            }
            Kind::Item => {
                let blocks = Open { kind: Kind::Item, blocks, inlines }.into_blocks();
                if let Some(Open { kind: Kind::List(_, items), .. }) = self.open.last_mut() {
                    items.push(blocks);
                } else {
                    blocks.into_iter().for_each(|block| self.block(block));
                }
            }
            Kind::List(start, items) => self.block(Block::List { start, items }),
            Kind::Quote => {
                let blocks = Open { kind: Kind::Quote, blocks, inlines }.into_blocks();
                self.block(Block::Quote { blocks });
            }
            Kind::Code { language, tag, text } => self.code(language, tag, text),
            Kind::Emphasis => self.inline(Inline::Emphasis { text: inlines }),
            Kind::Strong => self.inline(Inline::Strong { text: inlines }),
            Kind::Strike => self.inline(Inline::Strike { text: inlines }),
            Kind::Picture(hash) => {
                let name = plain(&inlines).trim().to_owned();
                self.inline(Inline::Picture {
                    hash,
                    name: if name.is_empty() { PICTURE.into() } else { name },
                });
            }
            Kind::Link(href) if is_web_link(&href) => {
                let text =
                    if inlines.is_empty() { vec![Inline::Text { text: href.clone() }] } else { inlines };
                self.inline(Inline::Link { href, text });
            }
            Kind::Link(href) if !inlines.is_empty() && line_of(&href).is_some() => {
                let key = line_of(&href).unwrap_or_default().to_owned();
                self.inline(Inline::Line { key, text: inlines });
            }
            Kind::Link(_) => inlines.into_iter().for_each(|inline| self.inline(inline)),
            Kind::Table { head, rows } => self.block(Block::Table { head, rows }),
            Kind::Row(cells, is_head) => {
                if let Some(Open { kind: Kind::Table { head, rows }, .. }) = self.open.last_mut() {
                    if is_head { *head = cells } else { rows.push(cells) }
                }
            }
            Kind::Cell => {
                if let Some(Open { kind: Kind::Row(cells, _), .. }) = self.open.last_mut() {
                    cells.push(inlines);
                }
            }
            Kind::Html => {
                let text = without_comments(&plain(&inlines));
                if !text.trim().is_empty() {
                    self.block(Block::Paragraph { text: vec![Inline::Text { text }] });
                }
            }
            Kind::Root | Kind::Hidden => {}
        }
    }

    fn text(&mut self, more: String) {
        if more.is_empty() {
            return;
        }
        let Some(top) = self.open.last_mut() else { return };
        if let Kind::Code { text, .. } = &mut top.kind {
            text.push_str(&more);
            return;
        }
        for (comment, text) in pieces(self.marks, self.body, &self.at, &more) {
            push(&mut top.inlines, comment, Inline::Text { text: text.to_owned() });
        }
    }

    fn inline(&mut self, inline: Inline) {
        if let Some(top) = self.open.last_mut() {
            top.inlines.push(inline);
        }
    }

    fn block(&mut self, block: Block) {
        for section in self.sections.iter_mut().filter(|s| self.headings.iter().any(|(_, a)| *a == s.anchor))
        {
            section.has_content = true;
        }
        if let Some(top) = self.open.last_mut() {
            top.settle();
            top.blocks.push(block);
        }
    }

    fn heading(&mut self, level: u8, text: Vec<Inline>) {
        let name = plain(&text).trim().to_owned();
        let anchor = self.anchor(&name);
        self.prose.clear();
        self.headings.retain(|(above, _)| *above < level);
        if let Some(top) = self.open.last_mut() {
            top.settle();
            top.blocks.push(Block::Heading { level, anchor: anchor.clone(), text });
        }
        self.headings.push((level, anchor.clone()));
        let kind = SectionKind::of(&name);
        self.sections.push(Section { name, kind, level, anchor, has_content: false });
    }

    fn anchor(&mut self, name: &str) -> String {
        let letters = name.to_lowercase();
        let words = letters.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let slug: String = words.collect::<Vec<_>>().join("-").chars().take(60).collect();
        let slug = if slug.is_empty() { "section".to_owned() } else { slug };
        let count = self.anchors.entry(slug.clone()).or_default();
        *count += 1;
        if *count == 1 { slug } else { format!("{slug}.{count}") }
    }

    fn code(&mut self, language: String, tag: Option<String>, text: String) {
        let mut steps = vec![];
        if is_shell(&language) {
            let path: Vec<&Section> = self
                .headings
                .iter()
                .filter_map(|(_, anchor)| self.sections.iter().find(|s| s.anchor == *anchor))
                .collect();
            let place = Place {
                headings: path.iter().map(|s| s.name.clone()).collect(),
                section: path.iter().rev().find_map(|s| s.kind),
                anchor: path.last().map(|s| s.anchor.clone()).unwrap_or_default(),
                prose: self.prose.trim().to_owned(),
                tag,
            };
            for command in commands(&language, &text) {
                let key = format!("{}\0{}", place.headings.join("\0"), command.line);
                let count = self.seen.entry(key).or_default();
                *count += 1;
                let step = Step::new(&place, command, *count);
                steps.push(step.id.clone());
                self.steps.push(step);
            }
        }
        self.block(Block::Code { language, text, steps });
    }
}

/// A comment is a note to whoever edits.
fn without_comments(html: &str) -> String {
    let (mut shown, mut rest) = (String::new(), html);
    while let Some((before, after)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, after)| after);
    }
    shown + rest
}

fn level_of(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}
