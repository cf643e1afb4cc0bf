//! The limit of `ingest.durable_per_s.sqlite`: rows of the same bytes, 256 in each synced commit, from one thread
//! that does nothing else. `baseline-sqlite FOLDER SECONDS` prints `{"per_s"}`.

use anyhow::Result;
use firebell_bench::team::alert;
use rusqlite::{Connection, params};
use std::path::Path;
use std::time::{Duration, Instant};

const BATCH: u32 = 256;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, seconds] = arguments.as_slice() else { anyhow::bail!("FOLDER SECONDS") };
    let mut database = Connection::open(Path::new(folder).join("raw.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.pragma_update(None, "cache_size", -32_000)?;
    database.execute_batch("CREATE TABLE alerts (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID")?;
    let (began, during) = (Instant::now(), Duration::from_secs_f64(seconds.parse()?));
    let mut rows = 0u32;
    while began.elapsed() < during {
        let transaction = database.transaction()?;
        {
            let mut insert = transaction.prepare_cached("INSERT INTO alerts VALUES (?1, ?2)")?;
            for _ in 0..BATCH {
                rows += 1;
                // Keys that come in order are kindest to the index.
                let key = format!("key {rows:09}");
                insert.execute(params![key, alert(0, &key, "raw")])?;
            }
        }
        transaction.commit()?;
    }
    println!(r#"{{"per_s":{}}}"#, f64::from(rows) / began.elapsed().as_secs_f64());
    Ok(())
}
