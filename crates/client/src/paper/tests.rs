//! What stands on the pages.

use super::flow::{Flow, HEIGHT, LEFT, Mark, ROOM};
use super::fonts::Faces;
use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::attachment::MediaType;
use firebell_domain::postmortem::{Answer, Chapter, Picture, Piece};
use firebell_domain::runbook::read;
use std::collections::BTreeMap;

fn now() -> Instant {
    "2026-11-26T09:00:00Z".parse().unwrap()
}

fn document(pieces: Vec<Piece>) -> Document {
    Document {
        title: "[SEV-2] Checkout answers with errors - 2026-11-25".into(),
        standing: vec!["Published. This is how it stood on 2026-11-26 09:00 UTC.".into()],
        facts: vec![("Severity".into(), "SEV2".into()), ("Duration".into(), "1 hour 5 minutes".into())],
        chapters: vec![Chapter { title: "Summary".into(), pieces }],
        pictures: BTreeMap::new(),
        public: false,
    }
}

fn text(markdown: &str) -> Document {
    document(vec![Piece::Text(read(markdown).blocks)])
}

fn set_with<T>(document: &Document, fonts: &Fonts, see: impl FnOnce(&Flow) -> T) -> T {
    let sources = fonts.for_text(&set::letters(document));
    let faces = Faces::of(&sources).unwrap();
    see(&set::set(document, &faces, &picture::images(document)))
}

/// The words of each page, in the order in which they are drawn.
fn pages(document: &Document) -> Vec<String> {
    set_with(document, &Fonts::ours(), |flow| {
        let words = |marks: &Vec<Mark>| {
            let text = marks.iter().filter_map(|mark| match mark {
                Mark::Text { piece, .. } => Some(piece.text.as_str()),
                _ => None,
            });
            text.collect::<String>()
        };
        flow.pages.iter().map(words).collect()
    })
}

fn nothing_stands_outside(document: &Document) {
    set_with(document, &Fonts::ours(), |flow| {
        for mark in flow.pages.iter().flatten() {
            if let Mark::Text { x, y, piece } = mark {
                let right = x + piece.width;
                assert!(
                    *x >= LEFT - 20.0 && right <= LEFT + ROOM + 1.0,
                    "{} from {x} to {right}",
                    piece.text
                );
                assert!(*y > 0.0 && *y < HEIGHT - 60.0, "{} at {y}", piece.text);
            }
        }
    });
}

fn without_blanks(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[test]
fn every_word_is_on_a_page_and_within_its_margins() {
    let long = "The pool of connections ran full, and every request waited for one. ".repeat(120);
    let document = text(&format!("{long}\n\n- one\n- two\n\n> {long}\n\n```sh\n{}\n```", "x".repeat(400)));
    let pages = pages(&document);
    assert!(pages.len() >= 4, "{} pages", pages.len());
    let all = without_blanks(&pages.concat());
    assert_eq!(all.matches("Thepoolofconnections").count(), 240);
    assert!(all.contains(&"x".repeat(400)));
    nothing_stands_outside(&document);
}

#[test]
fn a_word_that_no_line_can_hold_is_broken_and_whole() {
    let word = "https-example-".replace('-', "x").repeat(2_000);
    let document = text(&word);
    assert!(without_blanks(&pages(&document).concat()).contains(&word));
    nothing_stands_outside(&document);
}

#[test]
fn a_table_over_several_pages_has_its_head_on_each() {
    let row =
        |n: usize| vec![format!("2026-11-25 02:{:02} UTC", n % 60), format!("line {n}"), "Ana Ruiz".into()];
    let head = ["Time", "What happened", "By"].map(str::to_owned).to_vec();
    let rows: Vec<Vec<String>> = (0..120).map(row).collect();
    let document = document(vec![Piece::Table { head, weights: vec![27, 53, 20], rows }]);
    let pages = pages(&document);
    assert!(pages.len() >= 3);
    assert!(pages.iter().all(|page| page.matches("What happened").count() == 1), "{pages:#?}");
    assert_eq!(pages.concat().matches("line ").count(), 120);
    nothing_stands_outside(&document);
}

#[test]
fn a_row_that_no_page_can_hold_goes_on_without_loss() {
    let much = (0..3_000).map(|n| format!("w{n}")).collect::<Vec<_>>().join(" ");
    let head = vec!["A".to_owned(), "B".to_owned()];
    let document =
        document(vec![Piece::Table { head, weights: vec![1, 1], rows: vec![vec![much, "b".into()]] }]);
    let all = pages(&document).concat();
    assert!((0..3_000).all(|n| all.contains(&format!("w{n}"))));
    nothing_stands_outside(&document);
}

#[test]
fn words_from_right_to_left_stand_so_and_the_line_begins_at_the_right() {
    let document = text("\u{5d0}\u{5d1} 12 \u{5d2}\u{5d3}");
    set_with(&document, &Fonts::ours(), |flow| {
        let found: Vec<(f32, String)> = flow.pages[0]
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text { x, piece, .. } if *x > 430.0 && piece.text.chars().count() == 2 => {
                    Some((*x, piece.text.clone()))
                }
                _ => None,
            })
            .collect();
        let words: Vec<&str> = found.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(
            words,
            ["\u{5d2}\u{5d3}", "12", "\u{5d0}\u{5d1}"],
            "what is read first stands at the right"
        );
    });
}

#[test]
fn only_links_to_the_web_can_be_followed() {
    let document = text("[a](https://example.com/x) [b](javascript:alert(1)) [c](file:///etc/passwd)");
    set_with(&document, &Fonts::ours(), |flow| {
        let links: Vec<&str> = flow.pages[0]
            .iter()
            .filter_map(|mark| match mark {
                Mark::Link { to, .. } => Some(&**to),
                _ => None,
            })
            .collect();
        assert_eq!(links, ["https://example.com/x"]);
    });
}

#[test]
fn the_file_is_a_pdf_with_its_fonts_and_their_letters_and_runs_nothing() {
    let answers =
        vec![Answer { text: "a".into(), because: vec![Answer { text: "b".into(), because: vec![] }] }];
    let mut document = text("Füße, Ω, Ж. **bold** *italic* `code`\n\n/JavaScript /Launch");
    document.chapters[0].pieces.push(Piece::Answers(answers));
    let bytes = pdf(&document, now(), &Fonts::ours()).unwrap();
    let has = |needle: &str| bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
    assert!(bytes.starts_with(b"%PDF-1."));
    assert!(has("/ToUnicode") && has("/FontFile2") && has("/Outlines"));
    for bad in ["/JavaScript", "/JS", "/OpenAction", "/Launch", "/EmbeddedFile", "/GoToR"] {
        assert!(!has(bad), "{bad}");
    }
    assert!(bytes.len() < 200_000, "{} bytes: only letters that are used are in it", bytes.len());
    assert_eq!(bytes, pdf(&document, now(), &Fonts::ours()).unwrap(), "the same document is the same file");
}

#[test]
fn hostile_text_neither_hangs_nor_breaks_it() {
    for hostile in [
        "\u{202e}\u{200b}\u{feff}".repeat(2_000),
        "\u{1f468}\u{200d}".repeat(500),
        "a\u{301}".repeat(3_000),
        "\u{5d0}a1 ".repeat(2_000),
        "> ".repeat(200) + "deep",
        "\u{0}\u{1b}[31m".into(),
        format!("|{}\n|{}\n", "a|".repeat(60), "-|".repeat(60)),
    ] {
        let document = text(&hostile);
        assert!(pdf(&document, now(), &Fonts::ours()).is_ok());
    }
}

/// One pixel.
const PNG: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn with_picture(of: impl Fn(&str) -> String, cut: usize) -> Document {
    let hash = "a1".repeat(32);
    let mut document = text(&of(&format!("![Errors by region](attachment:{hash})")));
    let mut bytes = STANDARD.decode(PNG).unwrap();
    bytes.truncate(bytes.len() - cut);
    document.pictures.insert(hash, Picture { media_type: MediaType::Png, bytes });
    document
}

fn pictures(document: &Document) -> usize {
    let is_picture = |mark: &&Mark| matches!(mark, Mark::Picture { .. });
    set_with(document, &Fonts::ours(), |flow| flow.pages.iter().flatten().filter(is_picture).count())
}

#[test]
fn a_picture_stands_where_it_was_put_between_its_words() {
    let document = with_picture(|p| format!("Errors rose here: {p} and fell again.\n\n- {p}\n\n> {p}"), 0);
    assert_eq!(pictures(&document), 3);
    let words = pages(&document).concat();
    assert!(words.contains("Errors rose here:") && words.contains("and fell again."), "{words}");
    assert!(!words.contains("[Picture"), "{words}");
    let bytes = pdf(&document, now(), &Fonts::ours()).unwrap();
    assert!(bytes.windows(14).any(|w| w == b"/Subtype/Image") || has_image(&bytes));
}

fn has_image(bytes: &[u8]) -> bool {
    bytes.windows(15).any(|w| w == b"/Subtype /Image")
}

#[test]
fn one_that_is_damaged_or_not_here_leaves_its_name_and_harms_nothing_else() {
    let is_pdf = |document: &Document| pdf(document, now(), &Fonts::ours()).unwrap().starts_with(b"%PDF-1.");
    // Its head is whole, and its end is missing.
    assert!(is_pdf(&with_picture(str::to_owned, 30)));
    let mut document = with_picture(|p| format!("before {p}"), 0);
    document.pictures.clear();
    assert!(is_pdf(&document));
    assert!(pages(&document).concat().contains("before [Picture: Errors by region]"));
    // In a cell there is no room for one.
    let in_table = with_picture(|p| format!("| a |\n|---|\n| {p} |"), 0);
    assert!(pages(&in_table).concat().contains("[Picture: Errors by region]"));
    assert!(is_pdf(&in_table));
}

/// A grey one.
fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&vec![128; (width * height) as usize]).unwrap();
    writer.finish().unwrap();
    bytes
}

#[test]
fn a_picture_is_made_smaller_before_it_leaves_half_a_page_empty_and_goes_on_when_it_would_be_tiny() {
    let lines = |n: usize| (0..n).map(|n| format!("Line {n}.")).collect::<Vec<_>>().join("\n\n");
    // As high as half a page.
    let tall = png(400, 480);
    let placed = |n: usize| {
        let mut document = with_picture(|p| format!("{}\n\n{p}", lines(n)), 0);
        let hash = document.pictures.keys().next().unwrap().clone();
        document.pictures.insert(hash, Picture { media_type: MediaType::Png, bytes: tall.clone() });
        set_with(&document, &Fonts::ours(), |flow| {
            let of_page = |(page, marks): (usize, &Vec<Mark>)| {
                let found = marks.iter().find_map(|mark| match mark {
                    Mark::Picture { y, width, height, .. } => Some((*y, *width, *height)),
                    _ => None,
                })?;
                Some((page, found))
            };
            flow.pages.iter().enumerate().find_map(of_page).unwrap()
        })
    };
    let (page, (_, width, height)) = placed(1);
    assert_eq!((page, width.round(), height.round()), (0, 300.0, 360.0), "it is as large as it is");
    let (mut smaller, mut next) = (0, 0);
    for n in 2..30 {
        let (page, (y, width, height)) = placed(n);
        assert!((width / height - 400.0 / 480.0).abs() < 0.01, "{n}: {width} × {height}");
        assert!(y + height <= HEIGHT - 69.0, "{n}: it ends at {}", y + height);
        assert!(height >= 360.0 * 0.6 - 1.0, "{n}: {height}");
        smaller += usize::from(page == 0 && height < 359.0);
        next += usize::from(page == 1);
    }
    assert!(smaller >= 3 && next >= 3, "{smaller} smaller, {next} on the next page");
}
