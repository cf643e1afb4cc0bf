//! Marks: passages of a body that stand out in its tree, as those that somebody commented on.

use super::tree::Inline;
use std::ops::Range;

/// A passage of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub comment: String,
    /// In bytes.
    pub place: Range<usize>,
}

impl Mark {
    /// `from` and `to` are in UTF-16 units, as editors count.
    pub fn in_units(body: &str, comment: &str, (from, to): (u32, u32)) -> Self {
        let byte = |unit: u32| {
            let ends = body.char_indices().scan(0, |units, (at, c)| {
                *units += c.len_utf16();
                Some((at + c.len_utf8(), *units))
            });
            let before = |(_, units): &(usize, usize)| *units <= unit as usize;
            ends.take_while(before).last().map_or(0, |(at, _)| at)
        };
        Self { comment: comment.to_owned(), place: byte(from)..byte(to) }
    }

    fn touches(&self, at: &Range<usize>) -> bool {
        self.place.start < at.end && at.start < self.place.end
    }
}

/// The comment on what stands here; of several, the one whose passage begins last.
pub(super) fn over<'a>(marks: &'a [Mark], at: &Range<usize>) -> Option<&'a str> {
    marks.iter().filter(|mark| mark.touches(at)).max_by_key(|m| m.place.start).map(|m| m.comment.as_str())
}

/// A text, cut where marks begin and end. `at`: its place in the body. What reads otherwise there (`&amp;`) is not cut.
pub(super) fn pieces<'a, 't>(
    marks: &'a [Mark],
    body: &str,
    at: &Range<usize>,
    text: &'t str,
) -> Vec<(Option<&'a str>, &'t str)> {
    if body.get(at.clone()) != Some(text) {
        return vec![(over(marks, at), text)];
    }
    let mut cuts: Vec<usize> = marks.iter().flat_map(|mark| [mark.place.start, mark.place.end]).collect();
    cuts.retain(|cut| at.contains(cut) && body.is_char_boundary(*cut));
    cuts.extend([at.start, at.end]);
    cuts.sort_unstable();
    cuts.dedup();
    let piece = |cut: &[usize]| (over(marks, &(cut[0]..cut[1])), &text[cut[0] - at.start..cut[1] - at.start]);
    cuts.windows(2).map(piece).collect()
}

/// Puts something behind what is there, within its mark; words grow together.
pub(super) fn push(into: &mut Vec<Inline>, comment: Option<&str>, inline: Inline) {
    match (comment, into.last_mut()) {
        (Some(now), Some(Inline::Marked { comment, text })) if comment == now => push(text, None, inline),
        (Some(now), _) => into.push(Inline::Marked { comment: now.to_owned(), text: vec![inline] }),
        (None, Some(Inline::Text { text })) if let Inline::Text { text: more } = &inline => {
            text.push_str(more)
        }
        (None, _) => into.push(inline),
    }
}

#[cfg(test)]
mod tests {
    use super::super::read::{read, read_marked};
    use super::super::tree::Block;
    use super::*;
    use proptest::prelude::*;

    fn marked(body: &str, words: &str) -> Vec<Inline> {
        let from = body.find(words).unwrap();
        let mark = Mark { comment: "c".into(), place: from..from + words.len() };
        match read_marked(body, &[mark]).blocks.remove(0) {
            Block::Paragraph { text } => text,
            other => panic!("{other:?}"),
        }
    }

    fn text(words: &str) -> Inline {
        Inline::Text { text: words.into() }
    }

    fn on(text: Vec<Inline>) -> Inline {
        Inline::Marked { comment: "c".into(), text }
    }

    #[test]
    fn a_passage_stands_out_through_lines_code_and_emphasis() {
        assert_eq!(
            marked("The queue filled up.", "queue filled"),
            [text("The "), on(vec![text("queue filled")]), text(" up.")]
        );
        let strong = Inline::Strong { text: vec![text("and "), on(vec![text("loud")])] };
        assert_eq!(
            marked("Fast **and loud** `it is` now\nhere", "loud** `it is` now\nhe"),
            [
                text("Fast "),
                strong,
                on(vec![text(" "), Inline::Code { text: "it is".into() }, text(" now he")]),
                text("re")
            ]
        );
    }

    #[test]
    fn what_reads_otherwise_than_it_is_written_stands_out_as_a_whole() {
        assert_eq!(marked("a &amp; b", "am"), [text("a "), on(vec![text("&")]), text(" b")]);
        let code = on(vec![Inline::Code { text: "code".into() }]);
        assert_eq!(marked("a `code` b", "od"), [text("a "), code, text(" b")]);
    }

    #[test]
    fn units_of_an_editor_are_found_in_the_bytes() {
        let body = "The queue 🐇 filled up.";
        let mark = Mark::in_units(body, "c", (10, 19));
        assert_eq!(&body[mark.place], "🐇 filled");
        assert_eq!(Mark::in_units(body, "c", (0, 99)).place, 0..body.len());
    }

    /// Without marks, with words that stand next to each other joined.
    fn bare(inlines: &[Inline]) -> Vec<Inline> {
        let mut found = vec![];
        for inline in inlines {
            let inner = |text: &[Inline]| bare(text);
            match inline {
                Inline::Marked { text, .. } => {
                    bare(text).into_iter().for_each(|one| push(&mut found, None, one));
                }
                Inline::Emphasis { text } => found.push(Inline::Emphasis { text: inner(text) }),
                Inline::Strong { text } => found.push(Inline::Strong { text: inner(text) }),
                Inline::Strike { text } => found.push(Inline::Strike { text: inner(text) }),
                Inline::Link { href, text } => {
                    found.push(Inline::Link { href: href.clone(), text: inner(text) });
                }
                Inline::Line { key, text } => {
                    found.push(Inline::Line { key: key.clone(), text: inner(text) });
                }
                other => push(&mut found, None, other.clone()),
            }
        }
        found
    }

    fn blocks(all: &[Block]) -> Vec<Block> {
        let cells = |cells: &[Vec<Inline>]| cells.iter().map(|cell| bare(cell)).collect::<Vec<_>>();
        let one = |block: &Block| match block {
            Block::Heading { level, anchor, text } => {
                Block::Heading { level: *level, anchor: anchor.clone(), text: bare(text) }
            }
            Block::Paragraph { text } => Block::Paragraph { text: bare(text) },
            Block::List { start, items } => {
                Block::List { start: *start, items: items.iter().map(|item| blocks(item)).collect() }
            }
            Block::Quote { blocks: inner } => Block::Quote { blocks: blocks(inner) },
            Block::Table { head, rows } => {
                Block::Table { head: cells(head), rows: rows.iter().map(|row| cells(row)).collect() }
            }
            other => other.clone(),
        };
        all.iter().map(one).collect()
    }

    proptest! {
        #[test]
        fn marks_change_no_word_and_nothing_else_of_the_tree(
            parts in prop::collection::vec(
                prop_oneof![
                    "[a-z 🐇é]{0,6}",
                    prop::sample::select(vec![
                        "\n", "\n\n", "- ", "> ", "# ", "**", "*", "~~", "`", "```sh\n", "[a](https://x.example)",
                        "[b](/c)", "&amp;", "\\*", "<b>", "<!-- n -->", "| a | b |\n|---|---|\n| c | d |\n", "- [ ] ",
                        "[l](#line-a)",
                    ]).prop_map(str::to_owned),
                ],
                0..24,
            ),
            marks in prop::collection::vec((0_usize..120, 0_usize..40), 0..4),
        ) {
            let body = parts.concat();
            let marks: Vec<Mark> = marks
                .iter()
                .enumerate()
                .map(|(i, (from, length))| Mark { comment: format!("c{i}"), place: *from..from + length })
                .collect();
            let (plain, with) = (read(&body), read_marked(&body, &marks));
            prop_assert_eq!(blocks(&with.blocks), blocks(&plain.blocks));
            prop_assert_eq!((with.sections, with.steps, with.cut), (plain.sections, plain.steps, plain.cut));
        }
    }
}
