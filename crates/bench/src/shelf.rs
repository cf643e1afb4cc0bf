//! A desktop's library after many years, made of operations as they come from a team's log.

use crate::figure::say;
use crate::history::{History, Size};
use crate::server::fresh_folder;
use anyhow::Result;
use firebell_domain::IncidentId;
use firebell_log::{Operation, WriterId};
use firebell_store::library::{LibraryChange, LibraryStore};
use std::path::{Path, PathBuf};
use std::time::Instant;
use uuid::Uuid;

/// 100,000 incidents with 1,000,000 entries; the last thousand incidents are open.
pub const LARGE: Size = Size { incidents: 100_000, open: 1_000, writes: 1_200_000, lines: 0 };
const SEED: u64 = 3;
/// As many as the desktop asks for at once.
pub const CHUNK: usize = 4_000;

/// The library's file, made once in a run: what is written into it later does no harm.
#[derive(Default)]
pub struct Shelf(Option<PathBuf>);

impl Shelf {
    pub const KEY: &str = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";

    pub fn large(&mut self) -> Result<&Path> {
        let path = match self.0.take() {
            Some(path) => path,
            None => make(LARGE)?,
        };
        Ok(self.0.insert(path))
    }

    pub fn open(path: &Path) -> Result<LibraryStore> {
        Ok(LibraryStore::open(path, Self::KEY, writer())?)
    }

    pub fn incident(n: usize) -> IncidentId {
        History::incident_id(SEED, n)
    }
}

pub fn writer() -> WriterId {
    WriterId(Uuid::from_u128(0xF1BE))
}

fn make(size: Size) -> Result<PathBuf> {
    let path = fresh_folder("library")?.join("library.db");
    let mut store = Shelf::open(&path)?;
    let began = Instant::now();
    apply(&mut store, History::new(size, SEED, "p1").operations())?;
    // As it is done while nobody waits.
    while store.merge_index()? {}
    store.write_back();
    let (seconds, mib) = (began.elapsed().as_secs_f64(), std::fs::metadata(&path)?.len() >> 20);
    say(format!(
        "library: {} operations taken in in {seconds:.0} s; the file has {mib} MiB",
        size.operations()
    ));
    Ok(path)
}

/// Takes operations in, as many at once as come from the team in one part.
pub fn apply(store: &mut LibraryStore, operations: impl Iterator<Item = Operation>) -> Result<()> {
    let mut operations = operations.peekable();
    while operations.peek().is_some() {
        let settled = operations.by_ref().take(CHUNK).collect();
        store.commit(&LibraryChange { settled, ..LibraryChange::default() })?;
    }
    Ok(())
}
