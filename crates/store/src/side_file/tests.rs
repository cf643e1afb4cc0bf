//! What is left of a day's unsent work after everything that can happen to a disk.

use super::{SideFile, SideFileContent, format};
use crate::StoreError;
use crate::testing::{Crash, Disk, Fault, FaultyDisk, Simulated};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

const KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const OTHER_KEY: &str = "ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
const NAME: &str = "unsent";

fn open(disk: &Arc<Disk>, key: &str) -> Result<(SideFile, SideFileContent), StoreError> {
    SideFile::open_with(Box::new(Simulated(disk.clone())), Path::new(NAME), key)
}

fn reopened(disk: &Arc<Disk>) -> SideFileContent {
    open(disk, KEY).unwrap().1
}

fn entry(counter: u64, length: usize) -> Vec<u8> {
    format!("change {counter} ").bytes().cycle().take(length).collect()
}

fn entries(counters: impl IntoIterator<Item = u64>) -> Vec<(u64, Vec<u8>)> {
    counters.into_iter().map(|counter| (counter, entry(counter, 20 + counter as usize * 7))).collect()
}

/// A file with these entries, one append each.
fn written(disk: &Arc<Disk>, entries: &[(u64, Vec<u8>)]) {
    let (mut file, _) = open(disk, KEY).unwrap();
    for entry in entries {
        file.append(std::slice::from_ref(entry)).unwrap();
    }
}

#[test]
fn an_afternoon_on_the_train() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("profile/unsent");
    let (mut file, content) = SideFile::open(&path, KEY).unwrap();
    assert_eq!(content, SideFileContent::default());
    file.append(&entries(1..=3)).unwrap();
    file.append(&entries(4..=4)).unwrap();
    drop(file);

    // The battery was empty; at home the computer starts, and the database cannot be read.
    let (mut file, content) = SideFile::open(&path, KEY).unwrap();
    assert_eq!(content, SideFileContent { entries: entries(1..=4), ..SideFileContent::default() });
    let bytes = std::fs::read(&path).unwrap();
    assert!(!bytes.windows(6).any(|w| w == b"change"), "nothing is written in clear");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    // The server answers.
    file.append(&[(5, entry(5, 100_000))]).unwrap();
    file.forget_until(3);
    file.forget(&[5]);
    assert_eq!(file.counters().collect::<Vec<_>>(), [4]);
    assert!(std::fs::metadata(&path).unwrap().len() < 1000, "what is answered takes no space");
    drop(file);
    let (file, content) = SideFile::open(&path, KEY).unwrap();
    assert_eq!(content.entries, entries(4..=4));

    // Ana leaves the team.
    file.remove().unwrap();
    assert!(!path.exists());
    assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 0);
}

#[test]
fn another_key_and_damage_are_told_apart_and_neither_is_written_over() {
    let disk = Arc::new(Disk::new(1));
    written(&disk, &entries(1..=3));
    assert!(matches!(open(&disk, OTHER_KEY), Err(StoreError::WrongKey(_))));
    assert!(matches!(open(&disk, "secret"), Err(StoreError::BadKey)));
    assert_eq!(reopened(&disk).entries, entries(1..=3));

    let noise = entry(1, 500);
    disk.put(NAME, &noise);
    assert!(matches!(open(&disk, KEY), Err(StoreError::Corrupt(_))));
    assert_eq!(disk.content(NAME).unwrap(), noise);
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let disk = Arc::new(Disk::new(1));
    written(&disk, &entries(1..=3));
    let mut bytes = disk.content(NAME).unwrap();
    bytes[8] = 2;
    let sum = <sha2::Sha256 as sha2::Digest>::digest(&bytes[..12]);
    bytes[12..16].copy_from_slice(&sum[..4]);
    bytes.truncate(100);
    disk.put(NAME, &bytes);
    let refused = open(&disk, KEY).unwrap_err();
    assert!(
        matches!(refused, StoreError::Newer(_)) && refused.to_string().contains("newer version"),
        "{refused}"
    );
    assert_eq!(disk.content(NAME).unwrap(), bytes);
}

#[test]
fn wherever_the_end_is_torn_off_everything_before_it_is_read() {
    let disk = Arc::new(Disk::new(1));
    let all = entries(1..=4);
    let mut ends = vec![format::HEADER];
    for n in 1..=all.len() {
        disk.put(NAME, &[]);
        written(&disk, &all[..n]);
        ends.push(disk.content(NAME).unwrap().len());
    }
    let bytes = disk.content(NAME).unwrap();
    for length in format::HEADER..=bytes.len() {
        disk.put(NAME, &bytes[..length]);
        let whole = ends.iter().filter(|end| **end <= length).count() - 1;
        let (mut file, content) = open(&disk, KEY).unwrap();
        assert_eq!(content.entries, all[..whole], "{length} bytes are left");
        assert_eq!(content.torn_bytes, (length - ends[whole]) as u64);
        assert!(!content.beginning_lost && content.damaged_bytes == 0);
        file.append(&entries(9..=9)).unwrap();
        let content = reopened(&disk);
        assert_eq!(content.entries, [&all[..whole], &entries(9..=9)].concat());
        assert_eq!((content.damaged_bytes, content.torn_bytes), (0, 0));
    }
}

#[test]
fn a_damaged_byte_loses_one_entry_at_most() {
    let disk = Arc::new(Disk::new(1));
    let all = entries(1..=4);
    written(&disk, &all);
    let bytes = disk.content(NAME).unwrap();
    for at in 0..bytes.len() {
        for bit in [0, 7] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            disk.put(NAME, &damaged);
            let content = reopened(&disk);
            let lost = all.iter().filter(|e| !content.entries.contains(e)).count();
            assert_eq!(content.entries.len() + lost, all.len(), "byte {at}");
            assert_eq!(lost, usize::from(at >= format::HEADER), "byte {at}");
            assert_eq!(content.beginning_lost, at < format::HEADER, "byte {at}");
            assert_eq!(lost > 0, content.damaged_bytes + content.torn_bytes > 0 && !content.beginning_lost);
        }
    }
}

#[test]
fn a_thousand_damages_invent_nothing_and_what_comes_after_is_kept() {
    let disk = Arc::new(Disk::new(1));
    let all = entries(1..=30);
    written(&disk, &all);
    let whole = disk.content(NAME).unwrap();
    for seed in 0..1000 {
        disk.put(NAME, &whole);
        let damaged = disk.damage(NAME, seed);
        let (mut file, content) = match open(&disk, KEY) {
            Ok(opened) => opened,
            // Nothing at all could be read.
            Err(StoreError::Corrupt(_)) if damaged => continue,
            Err(error) => panic!("seed {seed}: {error}"),
        };
        assert!(content.entries.iter().all(|e| all.contains(e)), "seed {seed}");
        let counters: BTreeSet<u64> = content.entries.iter().map(|e| e.0).collect();
        assert_eq!(counters.len(), content.entries.len(), "seed {seed}");
        file.append(&entries(50..=50)).unwrap();
        let later = reopened(&disk);
        assert_eq!(later.entries, [content.entries, entries(50..=50)].concat(), "seed {seed}");
    }
}

#[test]
fn a_record_of_another_side_file_is_none_of_this_one() {
    let disk = Arc::new(Disk::new(1));
    written(&disk, &entries(1..=3));
    let before = disk.content(NAME).unwrap();
    disk.put(NAME, &[]);
    written(&disk, &entries(7..=7));
    let mut bytes = disk.content(NAME).unwrap();
    bytes.extend_from_slice(&before[format::HEADER..]);
    disk.put(NAME, &bytes);
    assert_eq!(reopened(&disk).entries, entries(7..=7));
}

#[test]
fn on_a_full_disk_the_caller_is_told_and_later_it_goes_on() {
    let disk = Arc::new(Disk::new(1));
    let (mut file, _) = open(&disk, KEY).unwrap();
    file.append(&entries(1..=2)).unwrap();
    disk.fail_at(disk.operations() + 1, Fault::Full);
    let refused = file.append(&entries(3..=3)).unwrap_err();
    assert!(matches!(refused, StoreError::SideFile(_)) && refused.to_string().contains("free space"));
    file.append(&entries(3..=3)).unwrap_err();
    disk.make_room();
    file.append(&entries(4..=4)).unwrap();
    disk.crash(Crash::Lost);
    assert_eq!(reopened(&disk).entries, [entries(1..=2), entries(4..=4)].concat());
}

#[test]
fn a_counter_written_once_more_stands_for_the_newer_entry() {
    let disk = Arc::new(Disk::new(1));
    let (mut file, _) = open(&disk, KEY).unwrap();
    file.append(&entries(1..=3)).unwrap();
    file.append(&[(2, b"in other words".to_vec())]).unwrap();
    assert_eq!(file.counters().collect::<Vec<_>>(), [1, 3, 2]);
    let content = reopened(&disk).entries;
    assert_eq!(content.iter().map(|e| e.0).collect::<Vec<_>>(), [1, 3, 2]);
    assert_eq!(content[2].1, b"in other words");
}

#[test]
fn a_database_and_its_side_file_go_through_one_power_cut() {
    let disk = FaultyDisk::new(1);
    let (path, database) = (Path::new("profile/unsent"), Path::new("profile/library.db"));
    let (mut file, _) = SideFile::open_on(path, KEY, &disk).unwrap();
    let db = disk.connect(database).unwrap();
    file.append(&entries(1..=1)).unwrap();
    disk.cut_during(1, Crash::Lost, || {
        db.execute_batch("CREATE TABLE operation (counter)").unwrap_err();
        file.append(&entries(2..=2)).unwrap_err();
    });
    drop((file, db));
    let (_, content) = SideFile::open_on(path, KEY, &disk).unwrap();
    assert_eq!(content.entries, entries(1..=1));
    disk.connect(database).unwrap().execute_batch("CREATE TABLE operation (counter)").unwrap();
}

#[derive(Clone, Debug)]
enum Step {
    /// Lengths of the entries of one append.
    Append(Vec<usize>),
    /// The n-th of what is there, from the front.
    Forget(usize),
    ForgetUntil(usize),
    /// What is owed and one more, and nothing else any longer.
    Replace(usize),
}

#[derive(Clone, Debug)]
struct Life {
    steps: Vec<Step>,
    /// Counted from the life's beginning.
    fault: Option<(u64, Fault)>,
    end: Crash,
}

/// Several lives of one side file, and what is known about it from outside.
struct Story {
    disk: Arc<Disk>,
    next: u64,
    /// Everything that was ever handed in.
    given: BTreeMap<u64, Vec<u8>>,
    /// Acknowledged and not forgotten.
    owed: BTreeSet<u64>,
    /// May never be found again.
    gone: BTreeSet<u64>,
}

impl Story {
    fn new(seed: u64) -> Self {
        let (given, owed, gone) = Default::default();
        Self { disk: Arc::new(Disk::new(seed)), next: 1, given, owed, gone }
    }

    /// Lives it, dies, looks what is left. How many operations of the disk it took.
    fn live(&mut self, life: &Life) -> u64 {
        let before = self.disk.operations();
        if let Some((n, fault)) = life.fault {
            self.disk.fail_at(before + n, fault);
        }
        if let Ok((mut file, content)) = open(&self.disk, KEY) {
            self.check(&content);
            file.slack = 300;
            for step in &life.steps {
                self.step(&mut file, step);
            }
        }
        let operations = self.disk.operations() - before;
        self.disk.crash(life.end);
        let (_, content) = open(&self.disk, KEY).unwrap();
        self.check(&content);
        operations
    }

    fn step(&mut self, file: &mut SideFile, step: &Step) {
        match step {
            Step::Append(lengths) => {
                let entries: Vec<_> =
                    lengths.iter().zip(self.next..).map(|(l, c)| (c, entry(c, *l))).collect();
                self.next += entries.len() as u64;
                self.given.extend(entries.iter().cloned());
                let acknowledged = file.append(&entries).is_ok();
                if acknowledged {
                    self.owed.extend(entries.iter().map(|e| e.0));
                } else {
                    // The person makes room and goes on.
                    self.disk.make_room();
                }
            }
            Step::Forget(n) => {
                if let Some(counter) = self.owed.iter().nth(*n).copied() {
                    self.owed.remove(&counter);
                    file.forget(&[counter]);
                }
            }
            Step::ForgetUntil(n) => {
                if let Some(counter) = self.owed.iter().nth(*n).copied() {
                    self.owed.retain(|c| *c > counter);
                    file.forget_until(counter);
                }
            }
            Step::Replace(length) => {
                let counter = self.next;
                self.next += 1;
                self.given.insert(counter, entry(counter, *length));
                let known = self.given.iter().map(|(counter, bytes)| (*counter, bytes.clone()));
                let entries: Vec<_> = known.filter(|e| e.0 == counter || self.owed.contains(&e.0)).collect();
                if file.replace_all(&entries).is_ok() {
                    self.owed.insert(counter);
                    self.gone = self.given.keys().filter(|c| !self.owed.contains(c)).copied().collect();
                    assert!(file.counters().eq(self.owed.iter().copied()));
                } else {
                    self.disk.make_room();
                }
            }
        }
        assert!(self.owed.iter().all(|c| file.counters().any(|known| known == *c)));
    }

    fn check(&self, content: &SideFileContent) {
        assert!(content.entries.is_sorted_by(|a, b| a.0 < b.0), "in order, none twice");
        for (counter, entry) in &content.entries {
            assert_eq!(self.given.get(counter), Some(entry), "nothing is invented");
            assert!(!self.gone.contains(counter), "entry {counter} was replaced and came back");
        }
        for counter in &self.owed {
            assert!(
                content.entries.iter().any(|e| e.0 == *counter),
                "entry {counter} was acknowledged and is lost"
            );
        }
        assert!(!content.beginning_lost);
    }
}

/// A day with every kind of step, and rewrites in it.
fn day() -> Vec<Step> {
    vec![
        Step::Append(vec![10]),
        Step::Append(vec![200, 0, 400]),
        Step::Forget(1),
        Step::Append(vec![250]),
        Step::ForgetUntil(2),
        Step::Append(vec![60, 900]),
        Step::Forget(2),
        Step::Replace(30),
        Step::Append(vec![5, 1100]),
        Step::ForgetUntil(3),
        Step::Append(vec![50]),
    ]
}

#[test]
fn whatever_fails_at_whichever_operation_nothing_acknowledged_is_lost() {
    let calm = Life { steps: day(), fault: None, end: Crash::Lost };
    let mut story = Story::new(0);
    let operations = story.live(&calm);
    assert!(operations > 30, "{operations}");
    for n in 1..=operations + 1 {
        for fault in [Fault::Io, Fault::Full, Fault::PowerCut] {
            for end in Crash::ALL {
                for seed in 0..2 {
                    let mut story = Story::new(seed);
                    story.live(&Life { steps: day(), fault: Some((n, fault)), end });
                    story.live(&Life { steps: vec![Step::Append(vec![70])], fault: None, end: Crash::Lost });
                    story.live(&calm);
                }
            }
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(0..700usize, 0..4).prop_map(Step::Append),
        1 => (0..6usize).prop_map(Step::Forget),
        1 => (0..6usize).prop_map(Step::ForgetUntil),
        1 => (0..700usize).prop_map(Step::Replace),
    ]
}

fn life() -> impl Strategy<Value = Life> {
    let fault = prop_oneof![Just(Fault::Io), Just(Fault::Full), Just(Fault::PowerCut)];
    let end = prop::sample::select(Crash::ALL.to_vec());
    (prop::collection::vec(step(), 0..12), prop::option::of((1..60u64, fault)), end)
        .prop_map(|(steps, fault, end)| Life { steps, fault, end })
}

proptest! {
    /// Any days with any accidents, one after the other.
    #[test]
    fn what_was_acknowledged_and_not_forgotten_is_always_there(
        lives in prop::collection::vec(life(), 1..5),
        seed in any::<u64>(),
    ) {
        let mut story = Story::new(seed);
        for life in &lives {
            story.live(life);
        }
    }
}
