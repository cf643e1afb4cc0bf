//! How long things take, at the scale that is promised. Ignored: `cargo test -p firebell-store --profile measure
//! --lib -- --ignored --nocapture speed` says the figures.

use super::super::{IncidentFilter, LibraryChange, LibraryStore, NewOwn, Queries};
use super::*;
use std::path::Path;
use std::time::{Duration, Instant as Moment};

const WORDS: &[&str] = &[
    "checkout",
    "latency",
    "rollback",
    "database",
    "replica",
    "deploy",
    "timeout",
    "payments",
    "error",
    "rate",
    "customers",
    "region",
    "failover",
    "cache",
    "queue",
    "certificate",
    "expired",
    "disk",
    "memory",
    "pod",
];

/// A sentence that differs from its neighbours.
fn sentence(n: u64) -> String {
    let word =
        |k: u64| WORDS[(n.wrapping_mul(2_654_435_761).wrapping_add(k * 7919) >> 7) as usize % WORDS.len()];
    let mut words: Vec<String> = (0..9).map(|k| word(k).to_owned()).collect();
    words.push(format!("host{}", n % 5_000));
    words.push(format!("trace{n}"));
    words.join(" ")
}

/// A team's log: each incident is declared, titled, worked on and resolved; a hundred go on at the same time.
struct TeamLog {
    seq: u64,
    counters: [u64; 20],
}

impl TeamLog {
    fn op(&mut self, change: &Change) -> Operation {
        self.seq += 1;
        let who = (self.seq % 20) as usize;
        self.counters[who] += 1;
        let op = written(writer(100 + who as u128), self.counters[who], "ben", self.seq as i64, change);
        logged(self.seq, op)
    }

    fn part(&mut self, n: u64, part: u64) -> Operation {
        let id = incident(u128::from(n) + 1_000);
        match part {
            0 => {
                self.seq += 1;
                declared(self.seq, id, n + 1, &sentence(n), None)
            }
            1 => self.op(&title(RecordId::incident(id), &sentence(n + 1), None)),
            2 => {
                self.seq += 1;
                let event = IncidentEvent::StatusChanged {
                    by: "ben".into(),
                    from: firebell_domain::incident::Status::Investigating,
                    to: firebell_domain::incident::Status::Resolved,
                    skipped: vec![],
                };
                decided(self.seq, id, 2, vec![event], None)
            }
            _ => self.op(&note(u128::from(self.seq) + (1 << 90), id, &sentence(self.seq))),
        }
    }

    /// `incidents` from the `first` on, with so many operations each.
    fn write(&mut self, first: u64, incidents: u64, each: u64, mut take: impl FnMut(Vec<Operation>)) {
        let mut chunk = vec![];
        for block in (first..first + incidents).step_by(100) {
            for part in 0..each {
                for n in block..(block + 100).min(first + incidents) {
                    chunk.push(self.part(n, part));
                    if chunk.len() == 2_000 {
                        take(std::mem::take(&mut chunk));
                    }
                }
            }
        }
        take(chunk);
    }
}

fn log() -> TeamLog {
    TeamLog { seq: 0, counters: [0; 20] }
}

fn p(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort();
    times[(times.len() - 1) * percent / 100]
}

fn open(path: &Path) -> (LibraryStore, Duration) {
    let start = Moment::now();
    let store = LibraryStore::open(path, KEY, writer(1)).unwrap();
    (store, start.elapsed())
}

#[test]
#[ignore = "measures"]
fn a_hundred_thousand_operations_are_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let (mut store, _) = open(&folder.path().join("library.db"));
    let (mut taken, mut longest) = (Duration::ZERO, Duration::ZERO);
    log().write(0, 5_000, 20, |settled| {
        let start = Moment::now();
        settle(&mut store, settled);
        taken += start.elapsed();
        longest = longest.max(start.elapsed());
    });
    let start = Moment::now();
    store.rebuild().unwrap();
    println!("100,000 operations: {taken:?}, longest chunk {longest:?}; rebuild {:?}", start.elapsed());
    assert_eq!(store.incidents(&IncidentFilter::default(), 1, 4_999).unwrap().len(), 1);
}

#[test]
#[ignore = "measures"]
fn a_library_of_a_million_entries_answers_while_one_types() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.db");
    let (mut store, _) = open(&path);
    let start = Moment::now();
    log().write(0, 100_000, 13, |settled| settle(&mut store, settled));
    let size = std::fs::metadata(&path).unwrap().len() >> 20;
    println!("1,300,000 operations: {:?}, {size} MiB", start.elapsed());
    drop(store);

    let opened: Vec<Duration> = (0..5).map(|_| open(&path).1).collect();
    println!("open: {:?}, slowest {:?}", p(opened.clone(), 50), p(opened, 100));

    let (mut store, _) = open(&path);
    let mut times = vec![];
    for n in 0..500u64 {
        let change =
            note(u128::from(n) + (1 << 100), incident(1_000 + u128::from(n * 199 % 100_000)), &sentence(n));
        let counter = store.last_counter() + 1;
        let own =
            vec![NewOwn { op: written(store.writer(), counter, "ana", 0, &change), after: counter - 1 }];
        let start = Moment::now();
        store.commit(&LibraryChange { own, ..LibraryChange::default() }).unwrap();
        times.push(start.elapsed());
    }
    println!("an entry is saved: p50 {:?}, p99 {:?}", p(times.clone(), 50), p(times, 99));

    let readers = store.readers().unwrap();
    let ask = |words: &str| {
        let start = Moment::now();
        let hits = readers.read(|q: &Queries| q.search(words, 30)).unwrap();
        (start.elapsed(), hits.len())
    };
    for words in [
        "c",
        "ch",
        "che",
        "check",
        "checkout",
        "checkout lat",
        "checkout latency",
        "host42",
        "host4999 ",
        "trace777",
        "trace7",
        "t",
        "replica expired disk",
        "nothing-like-it",
        "12345",
        "checkout latency database host",
    ] {
        let times: Vec<Duration> = (0..20).map(|_| ask(words).0).collect();
        println!(
            "search {words:>32}: first {:?}, p50 {:?}, p99 {:?}, {} hits",
            times[0],
            p(times.clone(), 50),
            p(times.clone(), 99),
            ask(words).1
        );
    }
    let start = Moment::now();
    readers.read(|q| q.incidents(&IncidentFilter::default(), 100, 0)).unwrap();
    let first = start.elapsed();
    let start = Moment::now();
    let filter = IncidentFilter { services: vec!["nobody".into()], ..IncidentFilter::default() };
    readers.read(|q| q.incidents(&filter, 100, 0)).unwrap();
    println!("first 100 incidents: {first:?}; of a service without any: {:?}", start.elapsed());
    let start = Moment::now();
    readers.read(|q| q.incident(incident(50_000))).unwrap().unwrap();
    println!("one incident: {:?}; waiting: {:?}", start.elapsed(), {
        let start = Moment::now();
        store.waiting().unwrap();
        start.elapsed()
    });
}
