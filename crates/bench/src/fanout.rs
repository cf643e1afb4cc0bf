//! `push.fanout_ms` and `push.kib_per_connection`: one page, told to a thousand connected desktops.

use crate::figure::{Report, median, percentile, say};
use crate::server::Server;
use crate::swarm::Listener;
use crate::team::{Team, alert};
use crate::wire::Wire;
use crate::{baseline, threads};
use anyhow::{Context, Result};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::Notify;

const PEOPLE: usize = 500;
const DESKTOPS: usize = 1_000;
const PAGES: usize = 60;
const PAUSE: Duration = Duration::from_millis(100);
const SETTLE: Duration = Duration::from_secs(2);
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn measure(report: &mut Report) -> Result<()> {
    let team = Team { people: PEOPLE, services: PAGES, second_after: None };
    let people: Vec<usize> = (0..DESKTOPS).map(|n| n % PEOPLE).collect();
    let server = Server::start("fanout", &team, None, &people).await?;
    // The first connection pays for what is made once.
    drop(Listener::connect(server.address, &server.tokens[0], |_, _| ()).await?);
    tokio::time::sleep(SETTLE).await;
    let before = threads::memory_kib(server.process());
    let swarm = Swarm::gather(server.address, &server.tokens).await?;
    tokio::time::sleep(SETTLE).await;
    let each = (threads::memory_kib(server.process()) - before) / DESKTOPS as f64;
    say(format!("fanout: {DESKTOPS} desktops connected, {each:.1} KiB each"));

    let cpu = threads::cpu_ms(server.process());
    let mut mine = swarm.tell(server.address, &server.intake).await?;
    say(format!(
        "processor time of the server: {}",
        threads::between(&cpu, &threads::cpu_ms(server.process()))
    ));
    drop(swarm);
    server.stop().await?;

    let (bare, address) = baseline::serve("baseline-broadcast").await?;
    let swarm = Swarm::gather(address, &people.iter().map(|p| p.to_string()).collect::<Vec<_>>()).await?;
    tokio::time::sleep(SETTLE).await;
    let mut limit = swarm.tell(address, "/in").await?;
    drop((swarm, bare));

    report.figure("push.fanout_ms.p50", median(&mut mine), "ms", Some(median(&mut limit)))?;
    let (p99, limit99) = (percentile(&mut mine, 99.0), percentile(&mut limit, 99.0));
    report.figure("push.fanout_ms.p99", p99, "ms", Some(limit99))?;
    report.figure("push.kib_per_connection", each, "KiB", None)
}

/// Who has heard of the page that is being told.
#[derive(Default)]
struct Hearing {
    title: Mutex<String>,
    at: Mutex<Vec<Instant>>,
    heard: AtomicUsize,
    everybody: Notify,
}

struct Swarm {
    hearing: Arc<Hearing>,
    _listeners: Vec<Listener>,
}

impl Swarm {
    async fn gather(address: SocketAddr, tokens: &[String]) -> Result<Self> {
        let hearing = Arc::new(Hearing::default());
        let mut listeners = Vec::with_capacity(tokens.len());
        for token in tokens {
            let (hearing, mut last) = (hearing.clone(), String::new());
            let listener = Listener::connect(address, token, move |text, at| {
                let (Ok(title), Ok(mut all)) = (hearing.title.lock(), hearing.at.lock()) else { return };
                // What follows on a page does not repeat its title; a reconnection would.
                if title.is_empty() || *title == last || !text.contains(title.as_str()) {
                    return;
                }
                last.clone_from(&title);
                all.push(at);
                if hearing.heard.fetch_add(1, Ordering::Relaxed) + 1 == DESKTOPS {
                    hearing.everybody.notify_one();
                }
            });
            listeners.push(listener.await?);
        }
        Ok(Self { hearing, _listeners: listeners })
    }

    /// Milliseconds from the POST of each page until each desktop had it.
    async fn tell(&self, address: SocketAddr, path: &str) -> Result<Vec<f64>> {
        let mut wire = Wire::open(address).await?;
        let mut took = Vec::with_capacity(PAGES * DESKTOPS);
        let mut accepted = Vec::with_capacity(PAGES);
        for n in 0..PAGES {
            let title = format!("Fan-out {n} begins");
            let broken = || anyhow::anyhow!("a listener panicked");
            self.hearing.title.lock().map_err(|_| broken())?.clone_from(&title);
            self.hearing.heard.store(0, Ordering::Relaxed);
            let began = Instant::now();
            wire.accepted(path, &alert(n, &title, &title)).await?;
            accepted.push(began.elapsed().as_secs_f64() * 1e3);
            let all = tokio::time::timeout(PATIENCE, self.hearing.everybody.notified()).await;
            all.with_context(|| format!("only {} heard", self.hearing.heard.load(Ordering::Relaxed)))?;
            let at = std::mem::take(&mut *self.hearing.at.lock().map_err(|_| broken())?);
            took.extend(at.into_iter().map(|at| (at - began).as_secs_f64() * 1e3));
            tokio::time::sleep(PAUSE).await;
        }
        let (first, last) = (percentile(&mut took, 1.0), percentile(&mut took, 99.0));
        say(format!(
            "fanout {path}: accepted after {:.1} ms, first desktops {first:.1}, last {last:.1}",
            median(&mut accepted)
        ));
        Ok(took)
    }
}
