//! The limit of `ingest.durable_per_s.postgres`: rows of the same bytes, 256 in each statement and synced commit,
//! over one connection that does nothing else. `baseline-postgres URL SECONDS` prints `{"per_s"}`.

use anyhow::Result;
use firebell_bench::team::alert;
use std::time::{Duration, Instant};

const BATCH: u32 = 256;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, seconds] = arguments.as_slice() else { anyhow::bail!("URL SECONDS") };
    let mut database = postgres::Client::connect(url, postgres::NoTls)?;
    database.batch_execute(
        "SET synchronous_commit = on; DROP TABLE IF EXISTS raw; CREATE TABLE raw (key TEXT PRIMARY KEY, body TEXT NOT NULL)",
    )?;
    let insert = database.prepare("INSERT INTO raw SELECT * FROM unnest($1::TEXT[], $2::TEXT[])")?;
    let (began, during) = (Instant::now(), Duration::from_secs_f64(seconds.parse()?));
    let mut rows = 0u32;
    while began.elapsed() < during {
        let keys: Vec<String> = (0..BATCH).map(|n| format!("key {:09}", rows + n)).collect();
        let bodies: Vec<String> = keys.iter().map(|key| alert(0, key, "raw")).collect();
        // One statement is one transaction, and one round trip.
        database.execute(&insert, &[&keys, &bodies])?;
        rows += BATCH;
    }
    let per_s = f64::from(rows) / began.elapsed().as_secs_f64();
    database.batch_execute("DROP TABLE raw")?;
    println!(r#"{{"per_s":{per_s}}}"#);
    Ok(())
}
