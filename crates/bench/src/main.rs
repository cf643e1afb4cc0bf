//! `firebell-bench`: measures, and prints one JSON line a figure.

use anyhow::Result;
use clap::{Parser, ValueEnum};
use firebell_bench::figure::{Report, say};
use firebell_bench::shelf::Shelf;
use firebell_bench::{
    fanout, gather, ingest, lateness, postmortem, raised, search, section, store, sync, text,
};
use std::path::Path;
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Measures Firebell beside its physical limits")]
struct Args {
    /// What to measure; everything when nothing is named
    #[arg(value_enum)]
    what: Vec<What>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Raised,
    Sqlite,
    Postgres,
    Lateness,
    Fanout,
    Sync,
    Store,
    Search,
    Text,
    Gather,
    Section,
    Postmortem,
}

#[tokio::main]
async fn main() -> ExitCode {
    let mut what = Args::parse().what;
    if what.is_empty() {
        what = What::value_variants().to_vec();
    }
    // Only the first one counts, and any is as good.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let mut report = match Report::begin(Path::new("target/bench.jsonl")) {
        Ok(report) => report,
        Err(error) => {
            say(format!("{error:#}"));
            return ExitCode::FAILURE;
        }
    };
    let (mut failed, mut shelf) = (false, Shelf::default());
    for one in what {
        // One that fails does not keep the others from being measured.
        if let Err(error) = measure(one, &mut report, &mut shelf).await {
            say(format!("FAILED: {error:#}"));
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn measure(what: What, report: &mut Report, shelf: &mut Shelf) -> Result<()> {
    match what {
        What::Raised => raised::measure(report).await,
        What::Sqlite => ingest::sqlite(report).await,
        What::Postgres => match std::env::var("FIREBELL_TEST_POSTGRES") {
            Ok(url) => ingest::postgres(report, &url).await,
            Err(_) => {
                say("postgres is left out: start this with scripts/postgres");
                Ok(())
            }
        },
        What::Lateness => lateness::measure(report).await,
        What::Fanout => fanout::measure(report).await,
        What::Sync => sync::measure(report).await,
        // Nobody else waits for this thread.
        What::Store => store::measure(report, shelf),
        What::Search => search::measure(report, shelf),
        What::Text => text::measure(report),
        What::Gather => gather::measure(report).await,
        What::Section => section::measure(report),
        What::Postmortem => postmortem::measure(report),
    }
}
