//! `escalation.lateness_ms`: how long after its due time a step is taken while ten thousand timers are armed.

use crate::figure::{Report, median, percentile, say};
use crate::server::Server;
use crate::swarm::Listener;
use crate::team::{Team, alert};
use crate::threads;
use crate::wire::Wire;
use anyhow::{Context, Result};
use firebell_domain::page::PageEvent;
use firebell_log::OperationBody;
use firebell_protocol::sync::ServerMessage;
use std::time::Duration;
use tokio::sync::mpsc;

const PAGES: usize = 10_000;
/// Pages opened a second, and so steps due a second.
const PER_SECOND: usize = 500;
/// All are armed before the first one is due.
const SECOND_AFTER: u32 = 35;
const SENDERS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(30);

pub async fn measure(report: &mut Report) -> Result<()> {
    let team = Team { people: 10, services: PAGES, second_after: Some(SECOND_AFTER) };
    let server = Server::start("lateness", &team, None, &[0, 1]).await?;
    let (tell, mut steps) = mpsc::unbounded_channel();
    let _primary = Listener::connect(server.address, &server.tokens[0], |_, _| ()).await?;
    let _secondary = Listener::connect(server.address, &server.tokens[1], move |text, _| {
        if text.contains(r#""type":"stepped""#) {
            for late in second_steps(text) {
                // Nobody listens only when the measurement has failed.
                let _gone = tell.send(late);
            }
        }
    })
    .await?;
    let began = tokio::time::Instant::now();
    let mut senders = Vec::new();
    for sender in 0..SENDERS {
        let mut wire = Wire::open(server.address).await?;
        let intake = server.intake.clone();
        senders.push(tokio::spawn(async move {
            for n in (sender..PAGES).step_by(SENDERS) {
                tokio::time::sleep_until(began + Duration::from_secs_f64(n as f64 / PER_SECOND as f64)).await;
                wire.accepted(&intake, &alert(n, &format!("key {n}"), "Error rate is above 5 %")).await?;
            }
            anyhow::Ok(())
        }));
    }
    for sender in senders {
        sender.await??;
    }
    let armed = began.elapsed();
    say(format!("lateness: {PAGES} timers armed after {:.1} s", armed.as_secs_f64()));
    if armed > Duration::from_secs(u64::from(SECOND_AFTER)) {
        say("lateness: the first steps were due before the last timer was armed");
    }
    let cpu = threads::cpu_ms(server.process());
    let mut late = Vec::with_capacity(PAGES);
    let patience = Duration::from_secs(u64::from(SECOND_AFTER)) + PATIENCE;
    while late.len() < PAGES {
        let step = tokio::time::timeout(patience, steps.recv()).await;
        late.push(step.with_context(|| format!("only {} steps were taken", late.len()))?.context("cut off")?);
    }
    let used = threads::between(&cpu, &threads::cpu_ms(server.process()));
    let p99 = percentile(&mut late, 99.0);
    say(format!(
        "lateness: median {:.0} ms, p99 {p99:.0}, worst {:.0}; processor time of the server: {used}",
        median(&mut late.clone()),
        percentile(&mut late, 100.0)
    ));
    report.figure("escalation.lateness_ms.p99", p99, "ms", None)?;
    server.stop().await.map(drop)
}

/// The lateness of every second step in a message.
fn second_steps(text: &str) -> Vec<f64> {
    let Ok(ServerMessage::Operations { operations }) = serde_json::from_str(text) else { return vec![] };
    let mut late = vec![];
    for operation in operations {
        let OperationBody::Page { events, .. } = operation.body else { continue };
        late.extend(events.iter().filter_map(|event| match event {
            PageEvent::Stepped { raised, late_ms, .. } => {
                raised.iter().any(|r| r.person.as_str() == "p1").then_some(*late_ms as f64)
            }
            _ => None,
        }));
    }
    late
}
