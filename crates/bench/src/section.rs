//! `text.key_to_saved_ms` and `postmortem.open_ms`: typing into a long section, and opening a postmortem that was long
//! written on.

use crate::dice::{Dice, Prose};
use crate::figure::{Report, median, percentile, say};
use crate::history::{History, Size};
use crate::server::fresh_folder;
use crate::shelf::{Shelf, apply};
use anyhow::{Context, Result, ensure};
use firebell_client::library::Library;
use firebell_client::pager::Moment;
use firebell_client::postmortem::{Known, view};
use firebell_domain::language::{LanguageCheck, LanguageRules};
use firebell_domain::{IncidentId, PersonId};
use firebell_log::text::{TextChange, TextDocument, client_id};
use firebell_log::{
    Bytes, Change, DocumentId, OpId, Operation, OperationBody, RecordId, Scope, Stamp, WriterId, Written,
};
use firebell_protocol::library::TextUpdate;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::time::Instant;
use uuid::Uuid;
use yrs::updates::decoder::Decode;
use yrs::{Doc, GetString, ReadTxn, Transact, Update};

const SEED: u64 = 21;
/// One incident that is over, with what was said in it.
const INCIDENT: Size = Size { incidents: 1, open: 0, writes: 200, lines: 0 };
/// Bytes of the section that is typed into.
const LONG: usize = 200_000;
const KEYS: usize = 2_000;
const WARM: usize = 50;
/// Of a thousand keys: the cursor goes somewhere else first.
const JUMPS: usize = 15;
/// Operations of the postmortem's texts: what two people typed within a third of a second each.
const EDITS: u64 = 10_000;
const SECTIONS: [&str; 5] = ["summary", "impact", "causes", "improve", "lessons"];
const OPENINGS: usize = 20;

pub fn measure(report: &mut Report) -> Result<()> {
    keys(report)?;
    opening(report)
}

fn incident() -> IncidentId {
    History::incident_id(SEED, 0)
}

fn document(section: &str) -> DocumentId {
    DocumentId { record: RecordId::postmortem(incident()), section: section.into() }
}

/// A library with the incident in it.
fn library_file(name: &str) -> Result<PathBuf> {
    let path = fresh_folder(name)?.join("library.db");
    apply(&mut Shelf::open(&path)?, History::new(INCIDENT, SEED, "p1").operations())?;
    Ok(path)
}

fn open(path: &Path) -> Result<Library> {
    let mut dice = Dice::seeded(22);
    let ids = Box::new(move || Uuid::from_bytes(dice.uuid().into_bytes()));
    Ok(Library::open(Shelf::open(path)?, Some(PersonId::new("p1")), ids)?)
}

fn now(n: usize) -> Moment {
    let now = firebell_server::clock::Clock::now(&firebell_server::clock::SystemClock);
    Moment { now, awake_ms: n as u64 }
}

/// A key as an editor pushes it: what stays before it, the key, what stays behind it.
fn key(at: usize, letters: &str, length: usize) -> TextUpdate {
    let mut changes = vec![];
    if at > 0 {
        changes.push(serde_json::json!(at));
    }
    let mut inserted = vec![serde_json::json!(0)];
    inserted.extend(letters.split('\n').map(|line| serde_json::json!(line)));
    changes.push(serde_json::Value::Array(inserted));
    if length > at {
        changes.push(serde_json::json!(length - at));
    }
    TextUpdate { client: "bench".into(), changes: serde_json::Value::Array(changes) }
}

/// Each key is written down by itself, which is more than typing costs: keys of 300 ms go down together. The limit: a synced
/// commit of a row, after each key.
fn keys(report: &mut Report) -> Result<()> {
    let mut library = open(&library_file("keys")?)?;
    let (mut dice, prose) = (Dice::seeded(23), Prose::new());
    let name = document("summary").to_string();
    let mut version = library.text_open(&name, now(0))?.0.version;
    let mut length = 0;
    while length < LONG {
        let sentence = format!("{}. ", prose.sentence(&mut dice, 12));
        let (taken, _) = library.text_push(&name, version, &[key(length, &sentence, length)], now(0))?;
        ensure!(taken, "the section has another editor");
        (version, length) = (version + 1, length + sentence.len());
    }
    library.flush(now(0))?;
    let bare = Connection::open(fresh_folder("keys-bare")?.join("bare.db"))?;
    bare.execute_batch(&format!("PRAGMA key = \"x'{}'\";", Shelf::KEY))?;
    bare.pragma_update(None, "journal_mode", "WAL")?;
    bare.pragma_update(None, "synchronous", "FULL")?;
    bare.execute_batch("CREATE TABLE op (n INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    let body = "x".repeat(400);

    let (mut taken_in, mut saved, mut limit) = (vec![], vec![], vec![]);
    let mut cursor = length;
    for n in 0..WARM + KEYS {
        if dice.below(1_000) < JUMPS {
            cursor = dice.below(length);
        }
        let pushed = key(cursor, "e", length);
        let began = Instant::now();
        let (taken, _) = library.text_push(&name, version, &[pushed], now(n))?;
        let shown = began.elapsed().as_secs_f64() * 1e3;
        library.flush(now(n))?;
        let whole = began.elapsed().as_secs_f64() * 1e3;
        ensure!(taken, "the section has another editor");
        (version, length, cursor) = (version + 1, length + 1, cursor + 1);
        let began = Instant::now();
        bare.prepare_cached("INSERT INTO op (body) VALUES (?1)")?.execute([&body])?;
        if n >= WARM {
            taken_in.push(shown);
            saved.push(whole);
            limit.push(began.elapsed().as_secs_f64() * 1e3);
        }
    }
    say(format!(
        "a key in a section of {} KiB is part of the text after {:.2} ms (p99 {:.2}); saved after {:.2} (p99 {:.2})",
        length >> 10,
        median(&mut taken_in),
        percentile(&mut taken_in, 99.0),
        median(&mut saved),
        percentile(&mut saved, 99.0),
    ));
    report.figure(
        "text.key_to_saved_ms",
        percentile(&mut saved, 99.0),
        "ms",
        Some(percentile(&mut limit, 99.0)),
    )
}

/// What two people typed, as the team's log has it: each operation a few words at a cursor that wanders.
fn typed(first: u64) -> Result<Vec<Operation>> {
    let (mut dice, prose) = (Dice::seeded(24), Prose::new());
    let writers = [WriterId(dice.uuid()), WriterId(dice.uuid())];
    let mut texts: Vec<_> = SECTIONS
        .iter()
        .map(|section| {
            let document = document(section);
            // As two computers that hear each other at once would: one text, each with its own letters.
            (document.clone(), writers.map(|writer| TextDocument::new(client_id(writer, &document))))
        })
        .collect();
    let mut counters = [0, 0];
    (0..EDITS)
        .map(|n| {
            let (section, who) = (dice.below(texts.len()), dice.below(2));
            let (document, copies) = &mut texts[section];
            let length = copies[who].len_utf16();
            let at = if dice.below(5) == 0 { dice.below(length as usize + 1) as u32 } else { length };
            let insert = format!("{} ", prose.sentence(&mut dice, 2));
            let update = copies[who].edit(&[TextChange { at, delete: 0, insert }])?;
            copies[1 - who].take_in(&update)?;
            counters[who] += 1;
            let id = OpId { writer: writers[who], counter: counters[who] };
            let stamp = Stamp { ms: 1_790_000_000_000 + n as i64, tick: 0 };
            let author = PersonId::new(["p1", "p2"][who]);
            let change = Change::Text { document: document.clone(), update: Bytes(update) };
            let body = OperationBody::Written(Written::new(id, Scope::Team, author, stamp, &change));
            Ok(Operation { scope: Scope::Team, seq: first + n, at: chrono::Utc::now(), body })
        })
        .collect()
}

/// The program has just been started: nothing of the postmortem is in its memory. The limit: `yrs` alone takes in the same
/// updates of all sections, which lie in memory.
fn opening(report: &mut Report) -> Result<()> {
    let path = library_file("postmortem")?;
    let operations = typed(INCIDENT.operations() as u64 + 1)?;
    apply(&mut Shelf::open(&path)?, operations.iter().cloned())?;
    let check = LanguageCheck::new(&LanguageRules::english(), &[])?;
    let longest = document(SECTIONS[0]).to_string();
    let (mut ours, mut limit, mut size) = (vec![], vec![], 0);
    for n in 0..OPENINGS {
        let mut library = open(&path)?;
        let began = Instant::now();
        let texts = library.postmortem_texts(incident())?;
        size = texts.values().map(String::len).sum();
        let store = library.store();
        let detail = store.incident(incident())?.context("the incident is not there")?;
        let known = Known {
            detail,
            fields: store.postmortem_fields(incident())?,
            texts,
            comments: vec![],
            pending: false,
        };
        let moment = now(n);
        let answer = view(known, Some(&check), None, Some(&PersonId::new("p1")), moment.now);
        let json = serde_json::to_string(&answer)?;
        library.text_open(&longest, moment)?;
        ours.push(began.elapsed().as_secs_f64() * 1e3);
        std::hint::black_box(json);
        limit.push(bare(&operations)?);
    }
    say(format!("a postmortem of {} KiB of text and {EDITS} edits", size >> 10));
    report.figure("postmortem.open_ms.p50", median(&mut ours), "ms", Some(median(&mut limit)))?;
    report.figure(
        "postmortem.open_ms.p99",
        percentile(&mut ours, 99.0),
        "ms",
        Some(percentile(&mut limit, 99.0)),
    )
}

fn bare(operations: &[Operation]) -> Result<f64> {
    let mut texts = std::collections::BTreeMap::<String, Vec<Vec<u8>>>::new();
    for operation in operations {
        if let OperationBody::Written(written) = &operation.body
            && let Some(Change::Text { document, update }) = written.change()
        {
            texts.entry(document.to_string()).or_default().push(update.0);
        }
    }
    let began = Instant::now();
    for updates in texts.values() {
        let doc = Doc::new();
        let text = doc.get_or_insert_text("text");
        let mut writing = doc.transact_mut();
        for update in updates {
            writing.apply_update(Update::decode_v1(update)?)?;
        }
        drop(writing);
        let reading = doc.transact();
        std::hint::black_box((text.get_string(&reading).len(), reading.state_vector()));
    }
    Ok(began.elapsed().as_secs_f64() * 1e3)
}
