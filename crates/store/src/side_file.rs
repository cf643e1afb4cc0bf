//! The side file: every change that was not yet sent, once more, so that a damaged or lost database loses none.
//!
//! It is appended to before a change counts as saved, read when a database had to be set aside, and shortened when the
//! team's server has answered. Sending a change twice is harmless (the server knows it by its id and its hash); losing
//! one is not. So nothing is thrown away that might still be needed, and what was forgotten may come back.
//!
//! **Invariants.** An entry whose `append` returned is found again, whatever crashes, unless its own bytes on the disk are
//! damaged. An entry is found as it was given or not at all. One process at a time, as for the whole profile.

pub(crate) mod files;
mod format;
#[cfg(test)]
mod tests;

use crate::StoreError;
use files::{Files, OpenFile, RealFiles};
use format::{FileId, HEADER, Header, Keys};
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Forgotten bytes below this are not worth a rewrite.
const SLACK: u64 = 64 << 10;

/// The side file of one profile. Synchronous: appending takes the time of one synced write.
pub struct SideFile {
    files: Box<dyn Files>,
    path: PathBuf,
    keys: Keys,
    id: FileId,
    open: Box<dyn OpenFile>,
    /// Where the next record goes: the end of the last whole one.
    end: u64,
    /// In the order of the file.
    live: Vec<Place>,
    dead_bytes: u64,
    /// A sync failed, and nobody knows what reached the disk: everything is written anew before anything is appended.
    suspect: bool,
    /// Not to be rewritten before so many bytes are dead.
    slack: u64,
    /// The same, after a rewrite that failed.
    patience: u64,
}

/// Where an entry is.
struct Place {
    counter: u64,
    start: u64,
    length: u64,
}

/// What was in a side file when it was opened.
#[derive(Debug, Default, PartialEq)]
pub struct SideFileContent {
    /// Counter and entry, in the order in which they were appended. Forgotten ones may be among them, and ones whose
    /// `append` failed.
    pub entries: Vec<(u64, Vec<u8>)>,
    /// The beginning of the file was damaged or missing, and was written anew: entries may be missing.
    pub beginning_lost: bool,
    /// Bytes of damage before or between the entries.
    pub damaged_bytes: u64,
    /// Bytes after the last record, cut off: usually what a power cut left of one that was never acknowledged.
    pub torn_bytes: u64,
}

impl SideFile {
    /// Opens the file, or makes it. `key`: the store's, 64 hexadecimal digits; the file's own keys are derived from it.
    ///
    /// Fails, and leaves the file alone, with `WrongKey`; with `Newer`; with `Corrupt` when nothing at all in it can be
    /// read (set it aside with [`crate::Store::set_aside`], open again); with `SideFile` when the disk fails.
    pub fn open(path: &Path, key: &str) -> Result<(Self, SideFileContent), StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::Folder)?;
        }
        Self::open_with(Box::new(RealFiles), path, key)
    }

    /// The same on a simulated disk, beside a database or alone.
    #[cfg(any(test, feature = "faults"))]
    pub fn open_on(
        path: &Path,
        key: &str,
        disk: &crate::testing::FaultyDisk,
    ) -> Result<(Self, SideFileContent), StoreError> {
        Self::open_with(Box::new(crate::testing::Simulated(disk.disk())), path, key)
    }

    fn open_with(
        files: Box<dyn Files>,
        path: &Path,
        key: &str,
    ) -> Result<(Self, SideFileContent), StoreError> {
        let keys = Keys::new(key)?;
        if !files.exists(path).map_err(StoreError::SideFile)? {
            let id = rand::random();
            let open = replace(&*files, path, &keys.header(id)).map_err(|(e, _)| StoreError::SideFile(e))?;
            let file = Self::over(files, path, keys, id, open, HEADER as u64);
            return Ok((file, SideFileContent::default()));
        }
        let bytes = files.read(path).map_err(StoreError::SideFile)?;
        let header = keys.read_header(&bytes);
        let known = match &header {
            Header::Good(id) => Some(*id),
            Header::Damaged => None,
            Header::OtherKey => return Err(StoreError::WrongKey(path.to_owned())),
            Header::Newer(format) => {
                return Err(StoreError::Newer(format!("format {format} of unsent changes")));
            }
        };
        let mut scan = scan(&keys, &bytes, known);
        scan.content.beginning_lost = known.is_none();
        // In no more than a header there is nothing to lose; anything longer may be another key's.
        let Some(id) = scan.id.or_else(|| (bytes.len() <= HEADER).then(rand::random)) else {
            return Err(StoreError::Corrupt(path.to_owned()));
        };
        let open = files.open(path).map_err(StoreError::SideFile)?;
        let end = scan.end as u64;
        let mut file = Self::over(files, path, keys, id, open, end);
        file.live = scan.live;
        file.dead_bytes = end.saturating_sub(HEADER as u64 + file.live_bytes());
        if known.is_none() {
            // A new header, and the bytes without meaning stay behind.
            file.rewrite().map_err(StoreError::SideFile)?;
        } else {
            file.settle(scan.content.torn_bytes > 0).map_err(StoreError::SideFile)?;
        }
        Ok((file, scan.content))
    }

    /// What was read here survives a power cut from now on, also when the last process was killed before its sync.
    fn settle(&mut self, torn: bool) -> std::io::Result<()> {
        if torn {
            self.open.cut(self.end)?;
        }
        self.open.sync()?;
        self.files.sync_folder(folder(&self.path))
    }

    fn over(
        files: Box<dyn Files>,
        path: &Path,
        keys: Keys,
        id: FileId,
        open: Box<dyn OpenFile>,
        end: u64,
    ) -> Self {
        let path = path.to_owned();
        Self {
            files,
            path,
            keys,
            id,
            open,
            end,
            live: Vec::new(),
            dead_bytes: 0,
            suspect: false,
            slack: SLACK,
            patience: 0,
        }
    }

    /// Writes the entries down; they are on the disk when this returns, and only then may they count as saved. A counter
    /// that is there already gets the new entry in place of the old one.
    ///
    /// After an error each of them may or may not be found at the next opening. The file stays usable: the next call
    /// tries afresh.
    pub fn append(&mut self, entries: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
        self.try_append(entries).map_err(StoreError::SideFile)
    }

    fn try_append(&mut self, entries: &[(u64, Vec<u8>)]) -> std::io::Result<()> {
        if self.suspect {
            self.rewrite()?;
        }
        let mut bytes = Vec::new();
        let mut places = Vec::with_capacity(entries.len());
        for (counter, entry) in entries {
            let before = bytes.len() as u64;
            self.keys.write(&mut bytes, self.id, *counter, entry)?;
            places.push(Place {
                counter: *counter,
                start: self.end + before,
                length: bytes.len() as u64 - before,
            });
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.open.write_at(self.end, &bytes) {
            // A full disk, mostly. What was begun is cut off; if even that fails, the rest is not trusted either.
            self.suspect = self.open.cut(self.end).is_err();
            return Err(error);
        }
        if let Err(error) = self.open.sync() {
            // The next sync would succeed, whatever became of the pages of this one.
            self.suspect = true;
            return Err(error);
        }
        self.end += bytes.len() as u64;
        self.live.extend(places);
        self.dead_bytes += keep_newest(&mut self.live);
        Ok(())
    }

    /// The entries with these counters are answered.
    pub fn forget(&mut self, counters: &[u64]) {
        self.forget_where(|counter| counters.contains(&counter));
    }

    /// The entries up to this counter are answered, itself included.
    pub fn forget_until(&mut self, counter: u64) {
        self.forget_where(|c| c <= counter);
    }

    fn forget_where(&mut self, answered: impl Fn(u64) -> bool) {
        let before = self.live_bytes();
        self.live.retain(|place| !answered(place.counter));
        let live = self.live_bytes();
        self.dead_bytes += before - live;
        if self.dead_bytes < self.slack.max(self.patience) || self.dead_bytes < live {
            return;
        }
        // Nothing is lost when it fails, only space: tried again when there is twice as much to gain.
        if let Err(error) = self.rewrite() {
            self.patience = self.dead_bytes.saturating_mul(2);
            tracing::warn!(path = %self.path.display(), %error, "the file of unsent changes could not be shortened");
        }
    }

    /// These entries and no others, in one step: after a crash there are all of the old ones or all of these.
    ///
    /// After an error nobody knows which: tried again until it succeeds.
    pub fn replace_all(&mut self, entries: &[(u64, Vec<u8>)]) -> Result<(), StoreError> {
        self.try_replace_all(entries).map_err(StoreError::SideFile)
    }

    fn try_replace_all(&mut self, entries: &[(u64, Vec<u8>)]) -> std::io::Result<()> {
        let mut bytes = self.keys.header(self.id).to_vec();
        let mut live = Vec::with_capacity(entries.len());
        for (counter, entry) in entries {
            let start = bytes.len() as u64;
            self.keys.write(&mut bytes, self.id, *counter, entry)?;
            live.push(Place { counter: *counter, start, length: bytes.len() as u64 - start });
        }
        self.put_in_place(&bytes, live)
    }

    /// Counters of the entries that were not forgotten, in the order in which they were appended.
    pub fn counters(&self) -> impl Iterator<Item = u64> + '_ {
        self.live.iter().map(|place| place.counter)
    }

    /// Deletes the file: what it holds may no longer be known here.
    pub fn remove(self) -> Result<(), StoreError> {
        let Self { files, path, open, .. } = self;
        // Windows deletes no open file.
        drop(open);
        for path in [with_new(&path), path.clone()] {
            match files.remove(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::SideFile(error));
                }
                _ => {}
            }
        }
        files.sync_folder(folder(&path)).map_err(StoreError::SideFile)
    }

    fn live_bytes(&self) -> u64 {
        self.live.iter().map(|place| place.length).sum()
    }

    /// Writes what is live to a new file and puts it in the place of the old one. Records are copied as they are: one
    /// that went bad meanwhile takes no other along.
    fn rewrite(&mut self) -> std::io::Result<()> {
        let old = self.files.read(&self.path)?;
        let mut bytes = self.keys.header(self.id).to_vec();
        let mut live = Vec::with_capacity(self.live.len());
        for place in &self.live {
            let range = usize::try_from(place.start)
                .ok()
                .zip(usize::try_from(place.start + place.length).ok())
                .map(|(start, end)| start..end);
            let record = range.and_then(|range| old.get(range)).ok_or_else(|| {
                std::io::Error::other("the file of unsent changes became shorter by itself")
            })?;
            live.push(Place { counter: place.counter, start: bytes.len() as u64, length: place.length });
            bytes.extend_from_slice(record);
        }
        self.put_in_place(&bytes, live)
    }

    /// This is the file from now on.
    fn put_in_place(&mut self, bytes: &[u8], live: Vec<Place>) -> std::io::Result<()> {
        match replace(&*self.files, &self.path, bytes) {
            Ok(open) => self.open = open,
            Err((error, true)) => {
                // One of the two files will be there after a crash, and nobody knows which: what is appended to one is
                // missing from the other.
                self.suspect = true;
                if let Ok(open) = self.files.open(&self.path) {
                    self.open = open;
                }
                self.moved_to(bytes.len() as u64, live);
                return Err(error);
            }
            Err((error, false)) => return Err(error),
        }
        self.suspect = false;
        self.patience = 0;
        self.moved_to(bytes.len() as u64, live);
        Ok(())
    }

    fn moved_to(&mut self, end: u64, live: Vec<Place>) {
        self.end = end;
        self.live = live;
        self.dead_bytes = 0;
    }
}

impl std::fmt::Debug for SideFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SideFile")
    }
}

/// Puts a file with this content at `path`, whole or not at all. With an error: whether the new file has the name
/// already, though it may not keep it.
fn replace(
    files: &dyn Files,
    path: &Path,
    bytes: &[u8],
) -> Result<Box<dyn OpenFile>, (std::io::Error, bool)> {
    let new = with_new(path);
    let written = files.make(&new).and_then(|mut open| {
        open.write_at(0, bytes)?;
        open.sync()?;
        Ok(open)
    });
    let open = match written.and_then(|open| files.rename(&new, path).map(|()| open)) {
        Ok(open) => open,
        Err(error) => {
            // Its space may be what is missing. Left behind, it is overwritten by the next attempt.
            let _ = files.remove(&new);
            return Err((error, false));
        }
    };
    files.sync_folder(folder(path)).map_err(|error| (error, true))?;
    Ok(open)
}

fn with_new(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Of several entries with one counter, only the newest is live. How many bytes of older ones there were.
fn keep_newest(live: &mut Vec<Place>) -> u64 {
    // The usual case, and quick: counters only grow.
    if live.is_sorted_by(|a, b| a.counter < b.counter) {
        return 0;
    }
    let mut seen = HashSet::new();
    let mut older = 0;
    live.reverse();
    live.retain(|place| {
        let newest = seen.insert(place.counter);
        older += if newest { 0 } else { place.length };
        newest
    });
    live.reverse();
    older
}

struct Scan {
    /// From the header or, when that is damaged, from the first record that can be read.
    id: Option<FileId>,
    content: SideFileContent,
    live: Vec<Place>,
    end: usize,
}

/// Reads every record that can be read. Where one cannot, the next is looked for, from its second byte on.
fn scan(keys: &Keys, bytes: &[u8], mut id: Option<FileId>) -> Scan {
    let first = if id.is_some() { HEADER } else { 0 };
    let (mut content, mut live) = (SideFileContent::default(), Vec::new());
    // Up to `end` there are whole records, readable or not; up to `read`, every byte is accounted for.
    let (mut end, mut read, mut at) = (first, first, first);
    while let Some(start) = format::next_record(bytes, at) {
        let found = keys.read(&bytes[start..]).filter(|found| *id.get_or_insert(found.file) == found.file);
        if let Some(found) = found {
            content.damaged_bytes += (start - read) as u64;
            live.push(Place { counter: found.counter, start: start as u64, length: found.length as u64 });
            content.entries.push((found.counter, found.entry));
            at = start + found.length;
            (end, read) = (at, at);
        } else {
            // Whole and unreadable: damage. It is not cut off; another look may find it well again.
            if let Some(length) = format::record_length(&bytes[start..])
                && let whole_end = start + length
                && whole_end <= bytes.len()
            {
                end = end.max(whole_end);
            }
            at = start + 1;
        }
    }
    if keep_newest(&mut live) > 0 {
        // Written once more after a failure; or a block of the disk that came to lie in two places.
        let mut seen = HashSet::new();
        content.entries.reverse();
        content.entries.retain(|(counter, _)| seen.insert(*counter));
        content.entries.reverse();
    }
    content.damaged_bytes += (end - read) as u64;
    content.torn_bytes = (bytes.len() - end) as u64;
    Scan { id, content, live, end }
}
