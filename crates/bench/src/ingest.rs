//! `ingest.durable_per_s`: distinct alerts accepted a second, each on the disk before it is answered.

use crate::figure::{Report, median, say, spread};
use crate::server::{Server, fresh_folder};
use crate::swarm::Listener;
use crate::team::{Team, alert};
use crate::wire::Wire;
use crate::{baseline, threads};
use anyhow::{Context, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Monitoring systems that post at the same time, each over one kept-alive connection.
const SENDERS: usize = 512;
/// The services that fail together: their alerts gather in as many pages.
const SERVICES: usize = 10;
const ROUNDS: usize = 3;
const WARM: Duration = Duration::from_secs(1);
const DURING: Duration = Duration::from_secs(5);
const LIMIT_SECONDS: &str = "3";

pub async fn sqlite(report: &mut Report) -> Result<()> {
    let (mut mine, mut limits) = (vec![], vec![]);
    for round in 0..ROUNDS {
        mine.push(flood(&format!("ingest-sqlite-{round}"), None).await?);
        let folder = fresh_folder("raw")?;
        let said = baseline::run("baseline-sqlite", &[&folder.to_string_lossy(), LIMIT_SECONDS]).await?;
        limits.push(baseline::number(&said, "per_s")?);
    }
    say(format!("sqlite: {} a second; raw rows {}", spread(&mine), spread(&limits)));
    let limit = median(&mut limits);
    report.figure("ingest.durable_per_s.sqlite", median(&mut mine), "1/s", Some(limit))
}

/// `url`: a PostgreSQL in which databases may be made.
pub async fn postgres(report: &mut Report, url: &str) -> Result<()> {
    let (mut mine, mut limits) = (vec![], vec![]);
    for round in 0..ROUNDS {
        let name = format!("bench_{round}");
        let database = database(url, &name).await?;
        mine.push(flood(&format!("ingest-postgres-{round}"), Some(&database)).await?);
        let said = baseline::run("baseline-postgres", &[&database, LIMIT_SECONDS]).await?;
        limits.push(baseline::number(&said, "per_s")?);
    }
    say(format!("postgres: {} a second; raw rows {}", spread(&mine), spread(&limits)));
    let limit = median(&mut limits);
    report.figure("ingest.durable_per_s.postgres", median(&mut mine), "1/s", Some(limit))
}

/// An empty database beside the one of `url`.
async fn database(url: &str, name: &str) -> Result<String> {
    let (server, _) = url.rsplit_once('/').context("FIREBELL_TEST_POSTGRES names no database")?;
    let (url, statement) =
        (url.to_owned(), [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")]);
    tokio::task::spawn_blocking(move || {
        let mut client = postgres::Client::connect(&url, postgres::NoTls)?;
        statement.iter().try_for_each(|s| client.batch_execute(s))
    })
    .await??;
    Ok(format!("{server}/{name}"))
}

async fn flood(name: &str, database: Option<&str>) -> Result<f64> {
    let team = Team { people: 10, services: SERVICES, second_after: None };
    let server = Server::start(name, &team, database, &[0]).await?;
    // Whoever is on call is connected.
    let _listener = Listener::connect(server.address, &server.tokens[0], |_, _| ()).await?;
    let (accepted, waited) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut senders = Vec::with_capacity(SENDERS);
    for sender in 0..SENDERS {
        let mut wire = Wire::open(server.address).await?;
        let (accepted, waited, intake) = (accepted.clone(), waited.clone(), server.intake.clone());
        senders.push(tokio::spawn(async move {
            for n in 0u64.. {
                let key = format!("{sender}/{n}");
                let body = alert(sender % SERVICES, &key, "Error rate is above 5 %");
                let began = Instant::now();
                wire.accepted(&intake, &body).await?;
                accepted.fetch_add(1, Ordering::Relaxed);
                waited.fetch_add(began.elapsed().as_micros() as u64, Ordering::Relaxed);
            }
            anyhow::Ok(())
        }));
    }
    tokio::time::sleep(WARM).await;
    let count = || accepted.load(Ordering::Relaxed);
    let (first, cpu, began) = (count(), threads::cpu_ms(server.process()), Instant::now());
    tokio::time::sleep(DURING).await;
    let per_s = (count() - first) as f64 / began.elapsed().as_secs_f64();
    let used = threads::between(&cpu, &threads::cpu_ms(server.process()));
    // One that failed ended early; the others never end by themselves.
    for sender in senders {
        match sender.is_finished() {
            true => sender.await??,
            false => sender.abort(),
        }
    }
    let mean = waited.load(Ordering::Relaxed) as f64 / count().max(1) as f64 / 1e3;
    say(format!(
        "{name}: {per_s:.0} a second, {mean:.1} ms each; processor time of the server in {DURING:?}: {used}"
    ));
    server.stop().await?;
    Ok(per_s)
}
