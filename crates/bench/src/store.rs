//! `store.*`: writing into a library with 100,000 incidents, opening it, and what its encryption costs.

use crate::dice::Dice;
use crate::figure::{Report, median, percentile, say};
use crate::history::{History, Size};
use crate::server::fresh_folder;
use crate::shelf::{LARGE, Shelf, apply, writer};
use anyhow::Result;
use firebell_client::library::{Library, NewEntry};
use firebell_client::pager::Moment;
use firebell_domain::PersonId;
use firebell_domain::timeline::EntryKind;
use firebell_log::{Operation, RecordId};
use firebell_store::library::LibraryStore;
use rusqlite::Connection;
use std::path::Path;
use std::time::Instant;
use uuid::Uuid;

/// Of each kind.
const COMMANDS: usize = 500;
const OPENINGS: usize = 7;
/// What is taken in with and without encryption: 20,000 operations.
const APPLIED: Size = Size { incidents: 1_000, open: 100, writes: 18_100, lines: 0 };
const ROUNDS: usize = 3;

pub fn measure(report: &mut Report, shelf: &mut Shelf) -> Result<()> {
    let path = shelf.large()?;
    opening(report, path)?;
    commands(report, path)?;
    encryption(report)
}

/// A commit with nothing around it.
struct Bare(Connection);

impl Bare {
    fn open(path: &Path) -> Result<Self> {
        let database = keyed(path)?;
        database.pragma_update(None, "journal_mode", "WAL")?;
        database.pragma_update(None, "synchronous", "FULL")?;
        database.execute_batch("CREATE TABLE op (n INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
        Ok(Self(database))
    }

    fn commit(&self, body: &str) -> Result<f64> {
        timed(|| Ok(self.0.prepare_cached("INSERT INTO op (body) VALUES (?1)")?.execute([body]).map(drop)?))
    }
}

fn keyed(path: &Path) -> Result<Connection> {
    let database = Connection::open(path)?;
    database.execute_batch(&format!("PRAGMA key = \"x'{}'\";", Shelf::KEY))?;
    Ok(database)
}

/// In milliseconds.
fn timed(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(began.elapsed().as_secs_f64() * 1e3)
}

/// What a window's command does, on a computer that the team cannot hear. A bare commit of as much follows each.
fn commands(report: &mut Report, path: &Path) -> Result<()> {
    let mut dice = Dice::seeded(11);
    let ids = Box::new({
        let mut dice = Dice::seeded(12);
        move || Uuid::from_bytes(dice.uuid().into_bytes())
    });
    let mut library = Library::open(Shelf::open(path)?, Some(PersonId::new("p2")), ids)?;
    let bare = Bare::open(&fresh_folder("bare")?.join("bare.db"))?;
    let body = "x".repeat(400);
    let (mut entries, mut fields, mut limit) = (vec![], vec![], vec![]);
    for n in 0..COMMANDS {
        let incident = Shelf::incident(dice.below(LARGE.incidents));
        let (kind, text) =
            (EntryKind::Note, format!("The {n}-th note: errors on checkout are falling again"));
        let new =
            NewEntry { incident, kind, text, reason: None, at: None, corrects: None, attachments: vec![] };
        entries.push(timed(|| Ok(library.entry_add(new, now(n)).map(drop)?))?);
        limit.push(bare.commit(&body)?);
        let record = RecordId::incident(Shelf::incident(dice.below(LARGE.incidents)));
        let title = format!("Checkout fails, {n}").into();
        fields.push(timed(|| Ok(library.record_set(record, "title", title, None, now(n)).map(drop)?))?);
        limit.push(bare.commit(&body)?);
    }
    say(format!(
        "store: an entry takes {:.2} ms (p99 {:.2}), a field {:.2} (p99 {:.2}), a bare commit {:.2}",
        median(&mut entries),
        percentile(&mut entries, 99.0),
        median(&mut fields),
        percentile(&mut fields, 99.0),
        median(&mut limit)
    ));
    let mut all = [entries, fields].concat();
    let limit = percentile(&mut limit, 99.0);
    report.figure("store.local_command_ms", percentile(&mut all, 99.0), "ms", Some(limit))
}

fn now(n: usize) -> Moment {
    let now = firebell_server::clock::Clock::now(&firebell_server::clock::SystemClock);
    Moment { now, awake_ms: n as u64 }
}

/// From a closed file that the system has in memory until the library can be asked.
fn opening(report: &mut Report, path: &Path) -> Result<()> {
    let (mut mine, mut limit) = (vec![], vec![]);
    for _ in 0..OPENINGS {
        mine.push(timed(|| Shelf::open(path).map(drop))?);
        limit.push(timed(|| {
            keyed(path)?.query_row("SELECT body FROM meta", [], |r| r.get::<_, String>(0)).map(drop)?;
            Ok(())
        })?);
    }
    report.figure("store.open_ms", median(&mut mine), "ms", Some(median(&mut limit)))
}

fn encryption(report: &mut Report) -> Result<()> {
    let operations: Vec<Operation> = History::new(APPLIED, 4, "p1").operations().collect();
    let (mut mine, mut limit) = (vec![], vec![]);
    for _ in 0..ROUNDS {
        let folder = fresh_folder("encryption")?;
        let mut plain = LibraryStore::open_plain(&folder.join("plain.db"), writer())?;
        limit.push(timed(|| apply(&mut plain, operations.iter().cloned()))?);
        let mut encrypted = Shelf::open(&folder.join("encrypted.db"))?;
        mine.push(timed(|| apply(&mut encrypted, operations.iter().cloned()))?);
    }
    let (mine, limit) = (median(&mut mine), median(&mut limit));
    let per_s = |ms: f64| operations.len() as f64 / ms * 1e3;
    say(format!("store: {:.0} operations a second, {:.0} without encryption", per_s(mine), per_s(limit)));
    report.figure("store.encryption_overhead", mine / limit, "×", Some(1.0))
}
