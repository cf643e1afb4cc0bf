//! `text.*`: a long editing session, made again on its author's computer and on another one.

use crate::dice::{Dice, Prose};
use crate::figure::{Report, say};
use anyhow::{Context, Result, bail};
use firebell_log::TextDocument;
use firebell_log::text::TextChange;
use std::time::{Duration, Instant};
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, OffsetKind, Options, ReadTxn, StateVector, Text, Transact, Update};

/// Keys, as in the editing traces that are used to compare such libraries.
const EDITS: usize = 260_000;
/// The author types for this long at most: the keys that come later are left out everywhere, and that is said.
const AT_MOST: Duration = Duration::from_secs(40);
/// Of a thousand keys: the cursor goes somewhere else first; the key deletes.
const JUMPS: usize = 15;
const DELETES: usize = 120;
/// 53 bits at most.
const AUTHOR: u64 = 1 << 40;

pub fn measure(report: &mut Report) -> Result<()> {
    let mut trace = trace(EDITS);
    let began = Instant::now();
    let mut author = TextDocument::new(AUTHOR);
    let mut updates = Vec::with_capacity(EDITS);
    for change in &trace {
        if began.elapsed() > AT_MOST {
            break;
        }
        updates.push(author.edit(std::slice::from_ref(change))?);
    }
    let keys = updates.len();
    trace.truncate(keys);
    let edited = per_s(keys, began);
    say(format!("text: {keys} of {EDITS} keys, {edited:.0} a second at its author's"));

    let began = Instant::now();
    let mut other = TextDocument::new(AUTHOR + 1);
    for update in &updates {
        other.take_in(update)?;
    }
    let same = other.text() == author.text();
    let applied = per_s(updates.len(), began);
    if !same {
        bail!("the two texts differ");
    }
    say(format!("text: {:.0} a second where it is open, over all that came in {AT_MOST:?}", open(&updates)?));

    let (theirs, state) = bare(&updates, &author.text())?;
    say(format!("text: yrs alone edits {:.0} keys a second", bare_edits(&trace)));
    report.figure("text.apply_per_s", applied, "1/s", Some(theirs))?;
    say(format!("text: {} bytes of text", author.text().len()));
    report.figure("text.size_bytes", other.state().len() as f64, "B", Some(state as f64))
}

/// Updates a second where somebody looks at the text: each is told to the editor.
fn open(updates: &[Vec<u8>]) -> Result<f64> {
    let began = Instant::now();
    let mut text = TextDocument::new(AUTHOR + 3);
    let mut taken = 0;
    for update in updates {
        if began.elapsed() > AT_MOST {
            break;
        }
        text.apply(update)?;
        taken += 1;
    }
    Ok(per_s(taken, began))
}

fn per_s(keys: usize, began: Instant) -> f64 {
    keys as f64 / began.elapsed().as_secs_f64()
}

/// Keys typed and deleted at a cursor that sometimes jumps.
fn trace(edits: usize) -> Vec<TextChange> {
    let (mut dice, prose) = (Dice::seeded(31), Prose::new());
    let mut keys: Vec<char> = vec![];
    let (mut length, mut cursor) = (0, 0);
    let mut trace = Vec::with_capacity(edits);
    while trace.len() < edits {
        if dice.below(1_000) < JUMPS {
            cursor = dice.below(length + 1);
        }
        if cursor > 0 && dice.below(1_000) < DELETES {
            cursor -= 1;
            length -= 1;
            trace.push(TextChange { at: cursor as u32, delete: 1, insert: String::new() });
            continue;
        }
        if keys.is_empty() {
            keys = format!("{} ", prose.sentence(&mut dice, 12)).chars().rev().collect();
        }
        let key = keys.pop().unwrap_or(' ');
        trace.push(TextChange { at: cursor as u32, delete: 0, insert: key.to_string() });
        cursor += 1;
        length += 1;
    }
    trace
}

fn document(client: u64) -> Doc {
    let mut options = Options::with_guid_and_client_id("text".into(), yrs::block::ClientID::new(client));
    options.offset_kind = OffsetKind::Utf16;
    Doc::with_options(options)
}

/// `yrs` without anything around it: updates a second, and the size of its state.
fn bare(updates: &[Vec<u8>], text: &str) -> Result<(f64, usize)> {
    let document = document(AUTHOR + 2);
    let root = document.get_or_insert_text("text");
    let began = Instant::now();
    for update in updates {
        document.transact_mut().apply_update(Update::decode_v1(update).context("an update of ours")?)?;
    }
    let rate = per_s(updates.len(), began);
    let transaction = document.transact();
    if root.get_string(&transaction) != text {
        bail!("yrs has another text");
    }
    Ok((rate, transaction.encode_diff_v1(&StateVector::default()).len()))
}

/// Keys a second, each with the update that tells others.
fn bare_edits(trace: &[TextChange]) -> f64 {
    let document = document(AUTHOR);
    let root = document.get_or_insert_text("text");
    let began = Instant::now();
    for change in trace {
        let mut transaction = document.transact_mut();
        if change.delete > 0 {
            root.remove_range(&mut transaction, change.at, change.delete);
        }
        root.insert(&mut transaction, change.at, &change.insert);
        std::hint::black_box(transaction.encode_update_v1());
    }
    per_s(trace.len(), began)
}
