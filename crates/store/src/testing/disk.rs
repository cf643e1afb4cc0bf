//! A disk in memory that loses what it is allowed to lose: what was written and not synced, in whole or in part, in any
//! order; names of files as well as their content. One seed, one fate.

mod fault;

pub use fault::{Crash, Fault};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

/// The unit that is written whole or not at all.
const SECTOR: usize = 512;

impl Crash {
    pub const ALL: [Crash; 4] = [Crash::Lost, Crash::Torn, Crash::Reordered, Crash::Killed];
}

/// Why an operation failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiskError {
    #[error("input or output failed")]
    Io,
    #[error("the disk is full")]
    Full,
    #[error("there is no such file")]
    Missing,
}

/// An open file. Dead after a crash, like the process that held it.
#[derive(Clone, Copy, Debug)]
pub struct Handle {
    pub(super) file: u64,
    boot: u64,
}

/// One disk with one folder.
pub struct Disk {
    state: Mutex<State>,
}

struct State {
    rng: StdRng,
    boot: u64,
    operations: u64,
    fault: Option<(u64, Fault)>,
    full: bool,
    off: bool,
    next_file: u64,
    files: BTreeMap<u64, File>,
    /// As a program sees the folder now.
    names: BTreeMap<String, u64>,
    /// As the next start will see it.
    kept_names: BTreeMap<String, u64>,
    unsynced_names: Vec<NameChange>,
}

#[derive(Default)]
struct File {
    seen: Vec<u8>,
    kept: Vec<u8>,
    unsynced: Vec<Change>,
}

enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Clone)]
enum NameChange {
    Made(String, u64),
    Moved(String, String, u64),
    Gone(String),
}

impl Disk {
    pub fn new(seed: u64) -> Self {
        Self {
            state: Mutex::new(State {
                rng: StdRng::seed_from_u64(seed),
                boot: 0,
                operations: 0,
                fault: None,
                full: false,
                off: false,
                next_file: 1,
                files: BTreeMap::new(),
                names: BTreeMap::new(),
                kept_names: BTreeMap::new(),
                unsynced_names: Vec::new(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A test that panicked elsewhere leaves the disk as whole as it was.
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Operations so far: opening, reading, writing, changing a length, syncing, renaming, deleting.
    pub fn operations(&self) -> u64 {
        self.state().operations
    }

    /// Plans what happens at operation `n`, the first one being 1. One plan at a time.
    pub fn fail_at(&self, n: u64, fault: Fault) {
        self.state().fault = Some((n, fault));
    }

    /// Is the power gone?
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    pub fn make_room(&self) {
        self.state().full = false;
    }

    /// The power goes, if it has not, and comes back. Handles from before are dead; no plan is left.
    pub fn crash(&self, how: Crash) {
        let state = &mut *self.state();
        state.boot += 1;
        state.off = false;
        state.full = false;
        state.fault = None;
        if how == Crash::Killed {
            return;
        }
        let names = std::mem::take(&mut state.unsynced_names);
        for change in survivors(names, how, &mut state.rng) {
            change.apply(&mut state.kept_names);
        }
        for file in state.files.values_mut() {
            let mut left = survivors(std::mem::take(&mut file.unsynced), how, &mut state.rng);
            let last = left.len().saturating_sub(1);
            for (n, change) in left.drain(..).enumerate() {
                let torn = how == Crash::Reordered || n == last;
                for part in if torn { change.tear(&mut state.rng) } else { vec![change] } {
                    part.apply(&mut file.kept);
                }
            }
            file.seen = file.kept.clone();
        }
        state.names = state.kept_names.clone();
        let named: Vec<u64> = state.names.values().copied().collect();
        state.files.retain(|id, _| named.contains(id));
    }

    /// Damages a file as it is on the disk: flipped bits, zeros, garbage, a lost or a repeated end, a part over
    /// another. `false`: nothing was changed.
    pub fn damage(&self, name: &str, seed: u64) -> bool {
        let state = &mut *self.state();
        let Some(file) = state.names.get(name).and_then(|id| state.files.get_mut(id)) else { return false };
        let before = file.kept.clone();
        damage(&mut file.kept, &mut StdRng::seed_from_u64(seed));
        file.seen = file.kept.clone();
        file.seen != before
    }

    /// What a program reads in a file now.
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.files.get(state.names.get(name)?)?.seen.clone())
    }

    /// Puts a file on the disk, synced.
    pub fn put(&self, name: &str, bytes: &[u8]) {
        let state = &mut *self.state();
        let id = state.next_file;
        state.next_file += 1;
        state.files.insert(id, File { seen: bytes.to_vec(), kept: bytes.to_vec(), unsynced: Vec::new() });
        state.names.insert(name.into(), id);
        state.kept_names.insert(name.into(), id);
    }

    pub fn exists(&self, name: &str) -> bool {
        self.state().names.contains_key(name)
    }

    /// Opens a file; with `make`, also one that is not there.
    pub fn open(&self, name: &str, make: bool) -> Result<Handle, DiskError> {
        let state = &mut *self.state();
        state.step()?;
        if let Some(file) = state.names.get(name) {
            return Ok(Handle { file: *file, boot: state.boot });
        }
        if !make {
            return Err(DiskError::Missing);
        }
        if state.full {
            return Err(DiskError::Full);
        }
        let file = state.next_file;
        state.next_file += 1;
        state.files.insert(file, File::default());
        state.rename(NameChange::Made(name.into(), file));
        Ok(Handle { file, boot: state.boot })
    }

    /// How many bytes were there to be read.
    pub fn read(&self, handle: Handle, at: usize, into: &mut [u8]) -> Result<usize, DiskError> {
        let state = &mut *self.state();
        state.step()?;
        let file = state.file(handle)?;
        let there = file.seen.get(at..).unwrap_or_default();
        let n = there.len().min(into.len());
        into[..n].copy_from_slice(&there[..n]);
        Ok(n)
    }

    pub fn write(&self, handle: Handle, at: usize, bytes: &[u8]) -> Result<(), DiskError> {
        let state = &mut *self.state();
        if state.off {
            return Err(DiskError::Io);
        }
        let failed = state.step().err();
        if failed.is_none() && !state.full {
            state.file(handle)?.change(Change::Write { at, bytes: bytes.to_vec() });
            return Ok(());
        }
        let part = state.rng.random_range(0..=bytes.len());
        let file = state.file(handle)?;
        if part > 0 {
            file.change(Change::Write { at, bytes: bytes[..part].to_vec() });
        }
        Err(failed.unwrap_or(DiskError::Full))
    }

    pub fn set_length(&self, handle: Handle, length: usize) -> Result<(), DiskError> {
        let state = &mut *self.state();
        state.step()?;
        state.file(handle)?.change(Change::Length(length));
        Ok(())
    }

    pub fn length(&self, handle: Handle) -> Result<usize, DiskError> {
        Ok(self.state().file(handle)?.seen.len())
    }

    /// The content of a file; its name is synced by [`Disk::sync_names`].
    pub fn sync(&self, handle: Handle) -> Result<(), DiskError> {
        let state = &mut *self.state();
        let failed = state.step().err();
        let mut rng = StdRng::seed_from_u64(state.rng.random());
        let off = state.off;
        let file = state.file(handle)?;
        if off {
            return Err(DiskError::Io);
        }
        for change in std::mem::take(&mut file.unsynced) {
            if failed.is_none() || rng.random() {
                change.apply(&mut file.kept);
            }
        }
        failed.map_or(Ok(()), Err)
    }

    pub fn sync_names(&self) -> Result<(), DiskError> {
        let state = &mut *self.state();
        state.step()?;
        for change in std::mem::take(&mut state.unsynced_names) {
            change.apply(&mut state.kept_names);
        }
        Ok(())
    }

    pub fn remove(&self, name: &str) -> Result<(), DiskError> {
        let state = &mut *self.state();
        state.step()?;
        if !state.names.contains_key(name) {
            return Err(DiskError::Missing);
        }
        state.rename(NameChange::Gone(name.into()));
        Ok(())
    }

    pub fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let state = &mut *self.state();
        state.step()?;
        let file = *state.names.get(from).ok_or(DiskError::Missing)?;
        state.rename(NameChange::Moved(from.into(), to.into(), file));
        Ok(())
    }

    /// Random bytes from the disk's seed.
    pub fn random(&self, into: &mut [u8]) {
        self.state().rng.fill(into);
    }

    /// Was the handle opened since the last crash?
    pub(super) fn is_alive(&self, handle: Handle) -> bool {
        let state = self.state();
        !state.off && state.boot == handle.boot
    }
}

impl State {
    fn step(&mut self) -> Result<(), DiskError> {
        if self.off {
            return Err(DiskError::Io);
        }
        self.operations += 1;
        match self.fault {
            Some((n, fault)) if n == self.operations => match fault {
                Fault::Io => Err(DiskError::Io),
                Fault::Full => {
                    self.full = true;
                    Ok(())
                }
                Fault::PowerCut => {
                    self.off = true;
                    Err(DiskError::Io)
                }
            },
            _ => Ok(()),
        }
    }

    fn file(&mut self, handle: Handle) -> Result<&mut File, DiskError> {
        if handle.boot != self.boot {
            return Err(DiskError::Io);
        }
        self.files.get_mut(&handle.file).ok_or(DiskError::Io)
    }

    fn rename(&mut self, change: NameChange) {
        change.clone().apply(&mut self.names);
        self.unsynced_names.push(change);
    }
}

impl File {
    fn change(&mut self, change: Change) {
        change.apply(&mut self.seen);
        self.unsynced.push(change);
    }
}

impl Change {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Change::Write { at, bytes } => {
                let end = at + bytes.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(bytes);
            }
            Change::Length(length) => to.resize(*length, 0),
        }
    }

    /// The sectors of a write that made it to the disk.
    fn tear(self, rng: &mut StdRng) -> Vec<Change> {
        let Change::Write { at, bytes } = self else { return vec![self] };
        let mut parts = Vec::new();
        let mut from = 0;
        while from < bytes.len() {
            // The first sector ends where the disk's sector does, not the write's.
            let to = bytes.len().min(from + SECTOR - (at + from) % SECTOR);
            if rng.random() {
                parts.push(Change::Write { at: at + from, bytes: bytes[from..to].to_vec() });
            }
            from = to;
        }
        parts
    }
}

impl NameChange {
    fn apply(self, to: &mut BTreeMap<String, u64>) {
        match self {
            NameChange::Made(name, file) => {
                to.insert(name, file);
            }
            NameChange::Moved(from, name, file) => {
                to.remove(&from);
                to.insert(name, file);
            }
            NameChange::Gone(name) => {
                to.remove(&name);
            }
        }
    }
}

fn survivors<T>(mut changes: Vec<T>, how: Crash, rng: &mut StdRng) -> Vec<T> {
    match how {
        Crash::Lost => changes.clear(),
        Crash::Torn => changes.truncate(rng.random_range(0..=changes.len())),
        Crash::Reordered => changes.retain(|_| rng.random()),
        Crash::Killed => {}
    }
    changes
}

fn damage(bytes: &mut Vec<u8>, rng: &mut StdRng) {
    if bytes.is_empty() {
        return bytes.extend(std::iter::repeat_with(|| rng.random::<u8>()).take(100));
    }
    let at = rng.random_range(0..bytes.len());
    let run = rng.random_range(1..=(bytes.len() - at).min(8192));
    match rng.random_range(0..8) {
        0 => bytes[at] ^= 1 << rng.random_range(0..8),
        1 => bytes[at..at + run].fill(0),
        2 => rng.fill(&mut bytes[at..at + run]),
        3 => bytes.truncate(at),
        4 => {
            let sector = at / SECTOR * SECTOR;
            bytes.truncate(sector);
        }
        5 => {
            let end = bytes[at..at + run].to_vec();
            bytes.extend(end);
        }
        6 => {
            let to = rng.random_range(0..=bytes.len() - run);
            bytes.copy_within(at..at + run, to);
        }
        _ => {
            for _ in 0..rng.random_range(2..20) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] ^= rng.random_range(1..=255u8);
            }
        }
    }
}
