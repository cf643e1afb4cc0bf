//! `page.post_to_raised_ms`: from the POST of an alert until the desktop's core says that it rings.
//!
//! The desktop is the real core with an encrypted store on the disk. What is not in it is the shell's call to the
//! notification server.

use crate::desktop::Desktop;
use crate::figure::{Report, median, percentile, say};
use crate::server::{Server, fresh_folder};
use crate::team::{Team, alert, over};
use crate::wire::Wire;
use crate::{baseline, threads};
use anyhow::{Context, Result};
use firebell_client::ClientApp;
use firebell_client::desk::Desk;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Pages a round. Each is of a service of its own: one that fired a moment ago would join its page again.
const PAGES: usize = 40;
const ROUNDS: usize = 8;
/// Between two pages, so that one does not wait for the receipts of the other.
const PAUSE: Duration = Duration::from_millis(25);
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn measure(report: &mut Report) -> Result<()> {
    let team = Team { people: 10, services: ROUNDS * PAGES + 10, second_after: None };
    let server = Server::start("raised", &team, None, &[]).await?;
    let desktop = Desktop::open("raised-desktop").await?;
    desktop.join(&server.invite(0).await?).await?;
    let app = &desktop.app;
    let mut desk = app.desk();
    let mut wire = Wire::open(server.address).await?;
    for service in ROUNDS * PAGES..ROUNDS * PAGES + 10 {
        page(app, &mut desk, &mut wire, &server.intake, service).await?;
    }
    let (mut p50, mut p99, mut limits) = (vec![], vec![], vec![]);
    let before = threads::cpu_ms(server.process());
    for round in 0..ROUNDS {
        let (mut whole, mut accepted) = (vec![], vec![]);
        for service in round * PAGES..(round + 1) * PAGES {
            let (posted, raised) = page(app, &mut desk, &mut wire, &server.intake, service).await?;
            accepted.push(posted);
            whole.push(raised);
        }
        let folder = fresh_folder("relay")?;
        let arguments = [&folder.to_string_lossy(), &*PAGES.to_string(), &*PAUSE.as_millis().to_string()];
        let limit = baseline::run("baseline-relay", &arguments).await?;
        let (mine, theirs) = (median(&mut whole), baseline::number(&limit, "p50")?);
        say(format!(
            "round {}: raised after {mine:.2} ms, of which accepted after {:.2}; the bare relay {theirs:.2}, of which accepted {:.2}, its last commit {:.2}",
            round + 1,
            median(&mut accepted),
            baseline::number(&limit, "accepted")?,
            baseline::number(&limit, "second_commit")?,
        ));
        p50.push(mine);
        p99.push(percentile(&mut whole, 99.0));
        limits.push((theirs, baseline::number(&limit, "p99")?));
    }
    say(format!(
        "processor time of the server: {}",
        threads::between(&before, &threads::cpu_ms(server.process()))
    ));
    let (mut limit50, mut limit99): (Vec<f64>, Vec<f64>) = limits.into_iter().unzip();
    report.figure("page.post_to_raised_ms.p50", median(&mut p50), "ms", Some(median(&mut limit50)))?;
    report.figure("page.post_to_raised_ms.p99", median(&mut p99), "ms", Some(median(&mut limit99)))?;
    app.sign_off().await;
    server.stop().await.map(drop)
}

/// One page from its alert to its end; milliseconds until the alert was accepted, and until the page rang.
async fn page(
    app: &ClientApp,
    desk: &mut watch::Receiver<Desk>,
    wire: &mut Wire,
    intake: &str,
    service: usize,
) -> Result<(f64, f64)> {
    let (key, title) = (format!("key {service}"), format!("Error rate of service {service}"));
    let body = alert(service, &key, &title);
    let began = Instant::now();
    let posting = async { wire.accepted(intake, &body).await.map(|()| began.elapsed().as_secs_f64() * 1e3) };
    let ringing = async {
        let rings = |d: &Desk| d.ringing.iter().any(|r| r.title == title);
        let found = tokio::time::timeout(PATIENCE, desk.wait_for(rings)).await;
        let raise = found.context("the page did not ring")??.ringing[0].raise.clone();
        let after = began.elapsed().as_secs_f64() * 1e3;
        app.presented(&raise).map_err(|e| anyhow::anyhow!("{e:?}"))?;
        anyhow::Ok(after)
    };
    let (accepted, raised) = tokio::try_join!(posting, ringing)?;
    tokio::time::sleep(PAUSE).await;
    wire.accepted(intake, &over(service, &key)).await?;
    let quiet = tokio::time::timeout(PATIENCE, desk.wait_for(|d| d.ringing.is_empty())).await;
    quiet.context("the page went on ringing")??;
    tokio::time::sleep(PAUSE).await;
    Ok((accepted, raised))
}
