//! `triage.gather_ms`: from the question until everything about a service with three slow endpoints is there.

use crate::baseline;
use crate::desktop::{Desktop, next_of};
use crate::figure::{Report, median, percentile, say};
use crate::server::Server;
use crate::team::Team;
use anyhow::{Context, Result};
use firebell_protocol::window::Change;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const WARM: usize = 3;
const TIMES: usize = 40;
/// How long each endpoint thinks.
const SLOW: Duration = Duration::from_millis(300);

pub async fn measure(report: &mut Report) -> Result<()> {
    let mut endpoints = vec![];
    for _ in 0..3 {
        endpoints.push(slow_endpoint().await?.to_string());
    }
    let server =
        Server::start("gather", &Team { people: 2, services: 3, second_after: None }, None, &[]).await?;
    let mut team = Team { people: 2, services: 3, second_after: None }.yaml();
    team = team.replace("team: { name: Bench,", "team: { name: Bench, health_allow: [127.0.0.1],");
    for (n, address) in endpoints.iter().enumerate() {
        let more = if n == 0 { ", neighbours: [s1, s2]" } else { "" };
        let with = format!("name: Service {n}, health: \"http://{address}/\", health_from: desktop{more}");
        team = team.replace(&format!("name: Service {n}"), &with);
    }
    server.apply(&team).await?;
    let desktop = Desktop::open("gather-desktop").await?;
    desktop.join(&server.invite(0).await?).await?;

    let (mut begun, mut whole) = (vec![], vec![]);
    for n in 0..WARM + TIMES {
        let (at_once, all) = gather(&desktop).await?;
        if n >= WARM {
            begun.push(at_once);
            whole.push(all);
        }
    }
    say(format!(
        "gathering was begun within {:.2} ms (p99); what was typed waited no longer",
        percentile(&mut begun, 99.0)
    ));
    let times = TIMES.to_string();
    let mut arguments = vec![times.as_str()];
    arguments.extend(endpoints.iter().map(String::as_str));
    let limit = baseline::run("baseline-gets", &arguments).await?;
    let name = "triage.gather_ms";
    report.figure(
        &format!("{name}.p50"),
        median(&mut whole),
        "ms",
        Some(baseline::number(&limit, "p50")?),
    )?;
    report.figure(
        &format!("{name}.p99"),
        percentile(&mut whole, 99.0),
        "ms",
        Some(baseline::number(&limit, "p99")?),
    )
}

/// Milliseconds until the command has answered, and until nothing is missing.
async fn gather(desktop: &Desktop) -> Result<(f64, f64)> {
    let mut changes = desktop.app.changes();
    let ask = json!({ "service": "s0", "around": chrono::Utc::now(), "page": null });
    let began = Instant::now();
    let gather = desktop.call("triage_gather", ask).await?.as_u64().context("no number")?;
    let at_once = began.elapsed().as_secs_f64() * 1e3;
    loop {
        let found = desktop.call("triage_gathered", json!({ "gather": gather })).await?;
        let health = found["health"].as_array().context("no health")?;
        let parts =
            health.iter().map(|h| &h["check"]).chain(["changes", "alerts", "incidents"].map(|p| &found[p]));
        if parts.clone().all(|part: &Value| part["is"] == "ok") {
            return Ok((at_once, began.elapsed().as_secs_f64() * 1e3));
        }
        let broken = parts
            .into_iter()
            .find(|part| !["ok", "waiting"].contains(&part["is"].as_str().unwrap_or_default()));
        if let Some(broken) = broken {
            anyhow::bail!("a part did not come: {broken}");
        }
        next_of(&mut changes, |c| matches!(c, Change::Gathered { gather: g } if *g == gather)).await?;
    }
}

/// A service that thinks about its health.
async fn slow_endpoint() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = [0; 1_024];
                let _asked = stream.read(&mut head).await;
                tokio::time::sleep(SLOW).await;
                let _gone = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
            });
        }
    });
    Ok(address)
}
