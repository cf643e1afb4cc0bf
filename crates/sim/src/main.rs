//! Runs simulated worlds: see `make sim`.

use clap::{Parser, ValueEnum};
use firebell_sim::{Plant, Report, run, run_library};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(about = "Seeded worlds in which paging and the library have to keep their promises")]
struct Arguments {
    /// Replay one world: 123 of paging, library:123 of the library.
    #[arg(long)]
    seed: Option<Which>,
    /// Run this many worlds.
    #[arg(long, default_value_t = 0)]
    seeds: u64,
    /// The first of them.
    #[arg(long)]
    from: Option<u64>,
    /// Run worlds for this long, after those that are named: 120s, 60m.
    #[arg(long = "for", value_name = "SPAN")]
    for_span: Option<firebell_domain::Span>,
    /// Worlds of this kind only; without it, they take turns.
    #[arg(long)]
    only: Option<Kind>,
    /// Seeds that once failed, one a line; all of them are run first.
    #[arg(long)]
    regressions: Option<PathBuf>,
    /// Plant a mistake; then a world that breaks is what is wanted.
    #[arg(long)]
    plant: Option<Plant>,
    /// Worlds at the same time.
    #[arg(long, default_value_t = 2)]
    jobs: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    Paging,
    Library,
}

/// One world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Which {
    kind: Kind,
    seed: u64,
}

impl std::str::FromStr for Which {
    type Err = String;

    /// `123`, `library:123`, or, as in the file of regressions, `library 123`.
    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, seed) = text.split_once([':', ' ']).unwrap_or(("paging", text));
        let kind = Kind::from_str(kind, false)?;
        let seed = seed.trim().parse().map_err(|_| format!("`{seed}` is not the number of a world"))?;
        Ok(Self { kind, seed })
    }
}

impl std::fmt::Display for Which {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            Kind::Paging => write!(f, "{}", self.seed),
            Kind::Library => write!(f, "library:{}", self.seed),
        }
    }
}

impl Which {
    fn run(self, plant: Option<Plant>) -> Report {
        match self.kind {
            Kind::Paging => run(self.seed, plant),
            Kind::Library => run_library(self.seed, plant),
        }
    }
}

#[derive(Default)]
struct Totals {
    worlds: u64,
    of_library: u64,
    simulated_ms: i64,
    events: u64,
    steps: u64,
    acknowledged: u64,
    exhausted: u64,
    operations: u64,
    words: u64,
    faults: BTreeMap<String, u64>,
    failed: Vec<(Which, String)>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let totals = Mutex::new(Totals::default());
    let started = Instant::now();
    // A mistake is looked for where it is planted.
    let planted = arguments.plant.map(|p| if p.is_of_library() { Kind::Library } else { Kind::Paging });
    let only = arguments.only.or(planted);
    if let Some(which) = arguments.seed {
        take(&totals, which, which.run(arguments.plant));
    }
    let regressions: Vec<Which> = match &arguments.regressions {
        Some(file) => regressions(&std::fs::read_to_string(file)?)?,
        None => vec![],
    };
    let wanted: Vec<Which> = regressions.into_iter().filter(|w| only.is_none_or(|k| k == w.kind)).collect();
    each(arguments.jobs, |n| wanted.get(usize::try_from(n).ok()?).copied(), arguments.plant, &totals);
    // Fresh worlds begin where nobody has been: the clock only chooses which, every seed is printed when it fails.
    let fresh = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() << 16;
    let from = arguments.from.unwrap_or(if arguments.for_span.is_some() { fresh } else { 1 });
    let nth = |n: u64| {
        let turn = if n.is_multiple_of(2) { Kind::Paging } else { Kind::Library };
        Which { kind: only.unwrap_or(turn), seed: from + n }
    };
    each(arguments.jobs, |n| (n < arguments.seeds).then(|| nth(n)), arguments.plant, &totals);
    if let Some(span) = arguments.for_span {
        println!("fresh worlds: {} and those after it", nth(arguments.seeds));
        // What was run until now does not take of their time.
        let until = Instant::now() + Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0));
        let next = |n: u64| (Instant::now() < until).then(|| nth(arguments.seeds + n));
        each(arguments.jobs, next, arguments.plant, &totals);
    }
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    report(&totals, started.elapsed(), arguments.plant);
    if totals.failed.is_empty() == arguments.plant.is_some() && totals.worlds > 0 {
        std::process::exit(1);
    }
    Ok(())
}

/// One a line, with its reason behind a `#`.
fn regressions(text: &str) -> anyhow::Result<Vec<Which>> {
    let lines = text.lines().filter_map(|line| line.split('#').next()).map(str::trim);
    lines.filter(|line| !line.is_empty()).map(|line| line.parse().map_err(anyhow::Error::msg)).collect()
}

/// Runs the worlds that `world_of` names, until it names none.
fn each(
    jobs: u32,
    world_of: impl Fn(u64) -> Option<Which> + Sync,
    plant: Option<Plant>,
    totals: &Mutex<Totals>,
) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(which) = world_of(next.fetch_add(1, Ordering::Relaxed)) {
                    let world = std::panic::catch_unwind(|| which.run(plant)).unwrap_or_else(|panic| {
                        let words = panic.downcast_ref::<String>().cloned();
                        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                        let broken = Some(format!("panicked: {}", words.unwrap_or_default()));
                        Report { seed: which.seed, broken, ..Report::default() }
                    });
                    let caught = take(totals, which, world);
                    if caught && plant.is_some() {
                        return;
                    }
                }
            });
        }
    });
}

/// Adds a world up; true when it broke.
fn take(totals: &Mutex<Totals>, which: Which, world: Report) -> bool {
    let mut t = totals.lock().unwrap_or_else(PoisonError::into_inner);
    t.worlds += 1;
    t.of_library += u64::from(which.kind == Kind::Library);
    t.operations += world.operations;
    t.words += world.words;
    t.simulated_ms += world.simulated_ms;
    t.events += world.events;
    t.steps += world.steps;
    t.acknowledged += world.acknowledged;
    t.exhausted += world.exhausted;
    for (fault, count) in world.faults {
        *t.faults.entry(format!("{fault:?}")).or_default() += count;
    }
    if let Some(broken) = world.broken {
        println!("seed {which} broke {broken}");
        t.failed.push((which, broken));
        return true;
    }
    false
}

fn report(t: &Totals, took: Duration, plant: Option<Plant>) {
    println!(
        "{} worlds ({} of them of the library), {:.1} simulated days, {} events in {:.0} s",
        t.worlds,
        t.of_library,
        t.simulated_ms as f64 / 86_400_000.0,
        t.events,
        took.as_secs_f64()
    );
    println!(
        "paging: {} steps, {} acknowledgements, {} exhausted policies; library: {} operations, {} things written",
        t.steps, t.acknowledged, t.exhausted, t.operations, t.words
    );
    println!("faults:");
    for (fault, count) in &t.faults {
        println!("  {fault:<20} {count}");
    }
    match plant {
        Some(plant) if !t.failed.is_empty() => {
            println!("planted {plant:?}: caught within {} worlds", t.worlds)
        }
        Some(plant) => println!("planted {plant:?}: NOT caught"),
        None => println!("{} passed, {} failed", t.worlds - t.failed.len() as u64, t.failed.len()),
    }
    for (which, _) in &t.failed {
        println!("replay: make sim SEED={which}");
    }
}
