//! Runs simulated worlds: see `make sim`.

use clap::Parser;
use firebell_sim::{Plant, Report, run};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Parser)]
#[command(about = "Seeded worlds in which paging has to keep its promises")]
struct Arguments {
    /// Replay one world.
    #[arg(long)]
    seed: Option<u64>,
    /// Run this many worlds.
    #[arg(long, default_value_t = 0)]
    seeds: u64,
    /// The first of them.
    #[arg(long)]
    from: Option<u64>,
    /// Run worlds for this long: 120s, 60m.
    #[arg(long = "for", value_name = "SPAN")]
    for_span: Option<firebell_domain::Span>,
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

#[derive(Default)]
struct Totals {
    worlds: u64,
    simulated_ms: i64,
    events: u64,
    steps: u64,
    acknowledged: u64,
    exhausted: u64,
    faults: BTreeMap<String, u64>,
    failed: Vec<(u64, String)>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let totals = Mutex::new(Totals::default());
    let started = Instant::now();
    if let Some(seed) = arguments.seed {
        take(&totals, run(seed, arguments.plant));
    }
    let regressions = match &arguments.regressions {
        Some(file) => std::fs::read_to_string(file)?
            .lines()
            .filter_map(|line| line.split('#').next()?.trim().parse().ok())
            .collect(),
        None => vec![],
    };
    each(arguments.jobs, |n| regressions.get(usize::try_from(n).ok()?).copied(), arguments.plant, &totals);
    // Fresh worlds begin where nobody has been: the clock only chooses which, every seed is printed when it fails.
    let fresh = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_secs() << 16;
    let from = arguments.from.unwrap_or(if arguments.for_span.is_some() { fresh } else { 1 });
    each(arguments.jobs, |n| (n < arguments.seeds).then_some(from + n), arguments.plant, &totals);
    if let Some(span) = arguments.for_span {
        let until = started + Duration::from_millis(u64::try_from(span.as_millis()).unwrap_or(0));
        let first = from + arguments.seeds;
        each(arguments.jobs, |n| (Instant::now() < until).then_some(first + n), arguments.plant, &totals);
    }
    let totals = totals.into_inner().unwrap_or_else(PoisonError::into_inner);
    report(&totals, started.elapsed(), arguments.plant);
    if totals.failed.is_empty() == arguments.plant.is_some() && totals.worlds > 0 {
        std::process::exit(1);
    }
    Ok(())
}

/// Runs the worlds that `seed_of` names, until it names none.
fn each(
    jobs: u32,
    seed_of: impl Fn(u64) -> Option<u64> + Sync,
    plant: Option<Plant>,
    totals: &Mutex<Totals>,
) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                while let Some(seed) = seed_of(next.fetch_add(1, Ordering::Relaxed)) {
                    let world = std::panic::catch_unwind(|| run(seed, plant)).unwrap_or_else(|panic| {
                        let words = panic.downcast_ref::<String>().cloned();
                        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
                        let broken = Some(format!("panicked: {}", words.unwrap_or_default()));
                        Report { seed, broken, ..Report::default() }
                    });
                    let caught = take(totals, world);
                    if caught && plant.is_some() {
                        return;
                    }
                }
            });
        }
    });
}

/// Adds a world up; true when it broke.
fn take(totals: &Mutex<Totals>, world: Report) -> bool {
    let mut t = totals.lock().unwrap_or_else(PoisonError::into_inner);
    t.worlds += 1;
    t.simulated_ms += world.simulated_ms;
    t.events += world.events;
    t.steps += world.steps;
    t.acknowledged += world.acknowledged;
    t.exhausted += world.exhausted;
    for (fault, count) in world.faults {
        *t.faults.entry(format!("{fault:?}")).or_default() += count;
    }
    if let Some(broken) = world.broken {
        println!("seed {} broke {broken}", world.seed);
        t.failed.push((world.seed, broken));
        return true;
    }
    false
}

fn report(t: &Totals, took: Duration, plant: Option<Plant>) {
    println!(
        "{} worlds, {:.1} simulated days, {} events, {} steps, {} acknowledgements, {} exhausted policies in {:.0} s",
        t.worlds,
        t.simulated_ms as f64 / 86_400_000.0,
        t.events,
        t.steps,
        t.acknowledged,
        t.exhausted,
        took.as_secs_f64()
    );
    let faults: Vec<String> = t.faults.iter().map(|(f, n)| format!("{f} {n}")).collect();
    println!("faults: {}", faults.join(", "));
    match plant {
        Some(plant) if !t.failed.is_empty() => {
            println!("planted {plant:?}: caught within {} worlds", t.worlds)
        }
        Some(plant) => println!("planted {plant:?}: NOT caught"),
        None => println!("{} passed, {} failed", t.worlds - t.failed.len() as u64, t.failed.len()),
    }
    for (seed, _) in &t.failed {
        println!("replay: make sim SEED={seed}");
    }
}
