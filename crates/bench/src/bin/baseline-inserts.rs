//! The limit of `sync.*`: the lines of a file become rows of SQLite, all in one synced transaction, with nothing but
//! their number as a key. `baseline-inserts FOLDER FILE` prints `{"seconds","per_s"}`.

use anyhow::Result;
use rusqlite::Connection;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, file] = arguments.as_slice() else { anyhow::bail!("FOLDER FILE") };
    let lines = std::fs::read_to_string(file)?;
    let mut database = Connection::open(Path::new(folder).join("raw.db"))?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "FULL")?;
    database.execute_batch("CREATE TABLE op (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")?;
    let began = Instant::now();
    let transaction = database.transaction()?;
    let mut rows = 0.0;
    {
        let mut insert = transaction.prepare("INSERT INTO op (body) VALUES (?1)")?;
        for line in lines.lines() {
            rows += 1.0;
            insert.execute([line])?;
        }
    }
    transaction.commit()?;
    let seconds = began.elapsed().as_secs_f64();
    println!(r#"{{"seconds":{seconds},"per_s":{}}}"#, rows / seconds);
    Ok(())
}
