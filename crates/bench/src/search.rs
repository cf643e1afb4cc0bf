//! `search.ms`: what is found while somebody types, among a million entries.

use crate::dice::{Dice, Prose};
use crate::figure::{Report, median, percentile, say};
use crate::shelf::Shelf;
use anyhow::{Context, Result};
use rusqlite::Connection;
use std::time::Instant;

/// Hits that the window shows.
const LIMIT: u32 = 60;
/// Of the words that are typed, those of each rank and above.
const RANKS: [usize; 6] = [0, 5, 30, 300, 3_000, 15_000];
const WORDS_OF_EACH: usize = 8;

pub fn measure(report: &mut Report, shelf: &mut Shelf) -> Result<()> {
    let path = shelf.large()?;
    let store = Shelf::open(path)?;
    let readers = store.readers().context("the library is in memory")?;
    let index = Connection::open(path)?;
    index.execute_batch(&format!("PRAGMA key = \"x'{}'\";", Shelf::KEY))?;
    index.pragma_update(None, "cache_size", -(8 << 10))?;
    let (mut mine, mut limit) = (vec![], vec![]);
    let mut slowest = (0.0, String::new());
    for question in typed() {
        let began = Instant::now();
        readers.read(|q| q.search(&question, LIMIT))?;
        let took = began.elapsed().as_secs_f64() * 1e3;
        if took > slowest.0 {
            slowest = (took, question.clone());
        }
        mine.push(took);
        limit.push(bare(&index, &question)?);
    }
    say(format!(
        "search: {} questions, median {:.2} ms; the slowest, {:?}, took {:.1}",
        mine.len(),
        median(&mut mine),
        slowest.1,
        slowest.0
    ));
    let limit = percentile(&mut limit, 99.0);
    report.figure("search.ms", percentile(&mut mine, 99.0), "ms", Some(limit))
}

/// Everything that stands in the field while words are typed: each alone, and after another one.
fn typed() -> Vec<String> {
    let (prose, mut dice) = (Prose::new(), Dice::seeded(21));
    let mut questions = vec![];
    for rank in RANKS {
        for n in 0..WORDS_OF_EACH {
            let word = prose.word(rank + n * (1 + rank / 20));
            let before = format!("{} ", prose.word(dice.below(40)));
            for start in ["", &before] {
                let ends = word.char_indices().map(|(at, c)| at + c.len_utf8());
                questions.extend(ends.map(|end| format!("{start}{}", &word[..end])));
            }
        }
    }
    questions
}

/// The index alone: the newest rows that match, without their texts.
fn bare(index: &Connection, question: &str) -> Result<f64> {
    let words: Vec<String> = question.split_whitespace().map(|w| format!("\"{w}\"")).collect();
    let question = format!("{} *", words.join(" AND "));
    let began = Instant::now();
    let mut query = index.prepare_cached(
        "SELECT rowid FROM view_entry_search WHERE view_entry_search MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    )?;
    let rows = query.query_map(rusqlite::params![question, LIMIT], |r| r.get::<_, i64>(0))?;
    let _found = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}
