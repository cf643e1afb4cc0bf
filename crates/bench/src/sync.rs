//! `sync.*`: a computer that joins a team with a long history, and one that comes back to it.

use crate::baseline;
use crate::desktop::{Closed, Desktop};
use crate::edit;
use crate::figure::{Report, say};
use crate::history::{History, Size};
use crate::server::{House, Server, fresh_folder};
use crate::team::Team;
use crate::threads;
use anyhow::{Context, Result, bail};
use firebell_protocol::sync::{LogChunk, OpOutcome, Submission};
use firebell_server::library;
use firebell_server::storage::OfOpen;
use std::fmt::Write;
use std::path::Path;
use std::time::Instant;

/// 100,000 operations.
const HISTORY: Size = Size { incidents: 5_000, open: 500, writes: 88_500, lines: 2_000 };
/// What happens while a computer is switched off: 20,000 operations.
const ABSENCE: Size = Size { incidents: 1_000, open: 100, writes: 17_700, lines: 400 };
const SEEDS: (u64, u64) = (1, 2);
/// Operations of one change when the server is filled.
const AT_ONCE: usize = 1_000;
/// Nothing in this history is private.
const READER: &str = "p0";
const CHUNK: u32 = 5_000;

pub async fn measure(report: &mut Report) -> Result<()> {
    let team = Team { people: 10, services: 60, second_after: None };
    let house = House::found("sync", &team, None, &[0]).await?;
    let lines = fresh_folder("sync-lines")?;
    let upto = fill(&house, HISTORY, SEEDS.0).await?;
    let whole = write_lines(&house, 0, &lines.join("whole")).await?;
    say(format!("sync: {whole} operations in the log, of {} incidents", HISTORY.incidents));
    let mut open = String::new();
    as_lines(
        &house.storage()?.read(|db| library::open(db, &READER.into(), OfOpen::State)).await?,
        &mut open,
    )?;
    std::fs::write(lines.join("open"), open)?;
    let server = house.serve("127.0.0.1:0").await?;

    let (first, second) = (join(&server, "sync-first").await?, join(&server, "sync-second").await?);
    let limit = raw(&lines.join("whole"), "seconds").await?;
    let open = raw(&lines.join("open"), "seconds").await? * 1e3;
    report.figure("sync.first_100k_s", f64::min(first.whole, second.whole), "s", Some(limit))?;
    report.figure("sync.usable_ms", f64::min(first.usable, second.usable), "ms", Some(open))?;
    edit::measure(report, &first.desktop, &second.desktop, |n| History::incident_id(SEEDS.0, n)).await?;

    first.desktop.app.sign_off().await;
    let away = second.desktop.close().await?;
    let address = server.address.to_string();
    let house = server.stop().await?;
    fill(&house, ABSENCE, SEEDS.1).await?;
    // What was written in between is known to whoever was away.
    let missed = ABSENCE.operations();
    write_lines(&house, upto + edit::EDITS as u64, &lines.join("missed")).await?;
    let server = house.serve(&address).await?;
    let per_s = missed as f64 / back(away).await?;
    let limit = raw(&lines.join("missed"), "per_s").await?;
    report.figure("sync.catch_up_ops_per_s", per_s, "1/s", Some(limit))?;
    server.stop().await.map(drop)
}

/// Takes a history in as the server does, from one device. The newest place of the log.
async fn fill(house: &House, size: Size, seed: u64) -> Result<u64> {
    let storage = house.storage()?;
    let device = storage.read(firebell_server::storage::read::devices).await?;
    let device = device.into_iter().next().context("no device is enrolled")?;
    let began = Instant::now();
    let mut written = History::new(size, seed, device.person.as_str()).written().peekable();
    let mut upto = 0;
    while written.peek().is_some() {
        let ops: Vec<_> = written
            .by_ref()
            .take(AT_ONCE)
            .map(|op| Submission { after: op.id.counter - 1, op, waited_ms: 0 })
            .collect();
        let (device, count) = (device.clone(), ops.len());
        let answers = storage.write(move |tx| library::submit(tx, &device, ops)).await?;
        for answer in &answers {
            match answer.outcome {
                OpOutcome::Accepted { seq, .. } => upto = seq,
                _ => bail!("the server does not take {answer:?}"),
            }
        }
        if answers.len() != count {
            bail!("the server answered {} of {count}", answers.len());
        }
    }
    say(format!("sync: {} operations accepted in {:.1} s", size.operations(), began.elapsed().as_secs_f64()));
    Ok(upto)
}

/// The operations of the log after `after` as lines of JSON. How many there are.
async fn write_lines(house: &House, after: u64, file: &Path) -> Result<usize> {
    let storage = house.storage()?;
    let (mut text, mut after, mut count) = (String::new(), after, 0);
    loop {
        let chunk = storage.read(move |db| library::chunk(db, &READER.into(), after, None, CHUNK)).await?;
        count += as_lines(&chunk, &mut text)?;
        after = chunk.upto;
        if after >= chunk.newest {
            break;
        }
    }
    std::fs::write(file, text)?;
    Ok(count)
}

fn as_lines(chunk: &LogChunk, text: &mut String) -> Result<usize> {
    for operation in &chunk.operations {
        writeln!(text, "{}", serde_json::to_string(operation)?)?;
    }
    Ok(chunk.operations.len())
}

async fn raw(file: &Path, what: &str) -> Result<f64> {
    let folder = fresh_folder("sync-raw")?;
    let said =
        baseline::run("baseline-inserts", &[&folder.to_string_lossy(), &file.to_string_lossy()]).await?;
    baseline::number(&said, what)
}

struct Joined {
    desktop: Desktop,
    /// Milliseconds until every open incident and who is on call were there.
    usable: f64,
    /// Seconds until everything was.
    whole: f64,
}

async fn join(server: &Server, name: &str) -> Result<Joined> {
    let desktop = Desktop::open(name).await?;
    let link = server.invite(1).await?;
    let cpu = (threads::cpu_ms(std::process::id()), threads::cpu_ms(server.process()));
    let began = Instant::now();
    desktop.enrol(&link).await?;
    let mut shown = None;
    desktop
        .until("does not show the open incidents", async |d| {
            let open = open_incidents(d).await?;
            if open > 0 && shown.is_none() {
                shown = Some((open, began.elapsed().as_secs_f64() * 1e3));
            }
            Ok(open >= HISTORY.open
                && d.ask("state").await?["shifts"].as_array().is_some_and(|s| !s.is_empty()))
        })
        .await?;
    let usable = began.elapsed().as_secs_f64() * 1e3;
    desktop.until("does not get the whole log", Desktop::is_whole).await?;
    let whole = began.elapsed().as_secs_f64();
    let (open, after) = shown.unwrap_or_default();
    say(format!(
        "sync: {open} open incidents after {after:.0} ms, all after {usable:.0}, everything after {whole:.2} s"
    ));
    say(format!(
        "sync: processor time here: {}",
        threads::between(&cpu.0, &threads::cpu_ms(std::process::id()))
    ));
    say(format!("sync: of the server: {}", threads::between(&cpu.1, &threads::cpu_ms(server.process()))));
    let rows = desktop.ask("incidents").await?.as_array().map_or(0, Vec::len);
    if rows != HISTORY.incidents {
        bail!("the desktop has {rows} incidents");
    }
    Ok(Joined { desktop, usable, whole })
}

async fn open_incidents(desktop: &Desktop) -> Result<usize> {
    let rows = desktop.ask("incidents").await?;
    let open = |row: &&serde_json::Value| row["incident"]["status"] == "investigating";
    Ok(rows.as_array().map_or(0, |rows| rows.iter().filter(open).count()))
}

/// Seconds from the connection until nothing is missing.
async fn back(away: Closed) -> Result<f64> {
    let desktop = away.open().await?;
    let mut connected = None;
    desktop
        .until("does not catch up", async |d| {
            let sync = d.ask("sync_state").await?;
            if sync["connected"] == true && connected.is_none() {
                connected = Some(Instant::now());
            }
            Ok(sync["connected"] == true && sync["catching_up"].is_null())
        })
        .await?;
    let took = connected.context("never connected")?.elapsed().as_secs_f64();
    say(format!("sync: back after {took:.2} s"));
    desktop.app.sign_off().await;
    Ok(took)
}
