//! `export.pdf_s` and `language.check_ms`: a long postmortem on paper, and its text looked at while it is written.

use crate::dice::{Dice, Prose};
use crate::figure::{Report, median, percentile, say};
use crate::server::fresh_folder;
use anyhow::Result;
use firebell_client::paper::{Fonts, pdf};
use firebell_domain::language::{LanguageCheck, LanguageRules};
use firebell_domain::postmortem::{Chapter, Document, Piece};
use firebell_domain::runbook::read;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

const WARM: usize = 2;
const TIMES: usize = 20;
/// Sentences, and words of each: 5,000 words.
const SENTENCES: usize = 500;
const WORDS: usize = 10;
const LINES: usize = 200;
const ACTIONS: usize = 30;

pub fn measure(report: &mut Report) -> Result<()> {
    let text = text();
    paper(report, &text)?;
    language(report, &text)
}

/// Paragraphs of five sentences; one of them in each is what the language check is for.
fn text() -> String {
    let (mut dice, prose) = (Dice::seeded(47), Prose::new());
    let mut text = String::new();
    for n in 1..=SENTENCES {
        if n % 5 == 0 {
            text.push_str("The engineer should have looked at the index before. \n\n");
        } else {
            text.push_str(&prose.sentence(&mut dice, WORDS));
            text.push_str(". ");
        }
    }
    text
}

fn document(text: &str) -> Document {
    let words = |all: &[&str]| all.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let line = |n: usize| words(&["2026-11-25 02:05 UTC", &format!("line {n} of the timeline"), "Ana Ruiz"]);
    let action = |n: usize| {
        words(&[&format!("Refuse what drops index {n}"), "prevent", "P1", "Ben Okafor", "2026-12-10", "open"])
    };
    let timeline = Piece::Table {
        head: words(&["Time", "What happened", "By"]),
        weights: vec![27, 53, 20],
        rows: (0..LINES).map(line).collect(),
    };
    let actions = Piece::Table {
        head: words(&["Action", "Type", "Priority", "Owner", "Due", "Status"]),
        weights: vec![38, 11, 9, 14, 14, 14],
        rows: (0..ACTIONS).map(action).collect(),
    };
    let chapter = |title: &str, piece| Chapter { title: title.into(), pieces: vec![piece] };
    Document {
        title: "[SEV-1] Checkout answers with errors - 2026-11-25".into(),
        standing: vec!["Published.".into()],
        facts: vec![("Severity".into(), "SEV1".into())],
        chapters: vec![
            chapter("Summary", Piece::Text(read(text).blocks)),
            chapter("Timeline", timeline),
            chapter("Action items", actions),
        ],
        pictures: BTreeMap::new(),
        public: false,
    }
}

/// The limit: the same bytes, written to a file and synced.
fn paper(report: &mut Report, text: &str) -> Result<()> {
    let (document, folder) = (document(text), fresh_folder("paper")?);
    let (mut ours, mut bare, mut size) = (vec![], vec![], 0);
    for n in 0..WARM + TIMES {
        let began = Instant::now();
        let bytes = pdf(&document, chrono::Utc::now(), &Fonts::with_installed())?;
        written(&folder.join(format!("{n}.pdf")), &bytes)?;
        let took = began.elapsed().as_secs_f64();
        let began = Instant::now();
        written(&folder.join(format!("{n}.bytes")), &bytes)?;
        if n >= WARM {
            ours.push(took);
            bare.push(began.elapsed().as_secs_f64());
        }
        size = bytes.len();
    }
    say(format!("a PDF of {size} bytes"));
    report.figure("export.pdf_s", median(&mut ours), "s", Some(median(&mut bare)))
}

fn written(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = std::fs::File::create_new(path)?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// The limit: one pass over the same text that looks at its letters and at its words.
fn language(report: &mut Report, text: &str) -> Result<()> {
    let check = LanguageCheck::new(&LanguageRules::english(), &[])?;
    let (mut ours, mut bare, mut found) = (vec![], vec![], 0);
    for n in 0..WARM + TIMES {
        let began = Instant::now();
        found = std::hint::black_box(check.check(text)).len();
        let took = began.elapsed().as_secs_f64() * 1e3;
        let began = Instant::now();
        let lower = std::hint::black_box(text.to_lowercase());
        let words = lower.split_whitespace().filter(|word| *word == "should").count();
        std::hint::black_box(words);
        if n >= WARM {
            ours.push(took);
            bare.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    say(format!("language: {found} passages in {} words", text.split_whitespace().count()));
    let (middle, late) = (median(&mut bare), percentile(&mut bare, 99.0));
    report.figure("language.check_ms.p50", median(&mut ours), "ms", Some(middle))?;
    report.figure("language.check_ms.p99", percentile(&mut ours, 99.0), "ms", Some(late))
}
