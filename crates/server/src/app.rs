//! What a running server is made of.

use crate::changes;
use crate::clock::{Clock, SystemClock};
use crate::config::Config;
use crate::engine::{ChannelSender, Engine, Wake};
use crate::library;
use crate::push::{Commits, PushHub};
use crate::storage::{DatabaseUrl, FolderLock, Storage, StorageError};
use crate::tickets::Tickets;
use firebell_probe::Probe;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

pub struct App {
    pub storage: Storage,
    pub engine: Engine,
    pub push: PushHub,
    pub clock: Arc<dyn Clock>,
    pub config: Config,
    pub channels: Arc<dyn ChannelSender>,
    /// Looks at services' health, from this machine's network.
    pub probe: Probe,
    /// Ends every job and connection.
    pub stop: CancellationToken,
}

impl App {
    /// Opens the database and starts the jobs. `lock`: the data folder's, for SQLite.
    pub fn start(
        config: Config,
        database: &DatabaseUrl,
        lock: Option<FolderLock>,
        channels: Arc<dyn ChannelSender>,
    ) -> Result<Arc<Self>, StorageError> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (stop, wake, commits) = (CancellationToken::new(), Wake::default(), Commits::default());
        let (told, woken) = (commits.listener(), wake.clone());
        let storage = Storage::open(database, clock.clone(), clock.now(), lock, move |committed| {
            woken.after(committed);
            told(committed);
        })?;
        let engine =
            Engine::start(storage.clone(), clock.clone(), wake.clone(), channels.clone(), stop.clone());
        let woken = wake.clone();
        let hints = match database {
            DatabaseUrl::Postgres(url) => Some(listen(url.clone(), woken, stop.clone())),
            _ => None,
        };
        let tickets = Tickets::new(storage.clone(), config.allow_loopback_channels);
        tokio::spawn(tickets.serve(clock.clone(), wake.clone(), stop.clone()));
        tokio::spawn(library::keep_small(storage.clone(), clock.clone(), stop.clone()));
        tokio::spawn(changes::forget_old(storage.clone(), clock.clone(), stop.clone()));
        let push =
            PushHub::start(storage.clone(), engine.clone(), clock.clone(), commits, hints, stop.clone());
        let probe = Probe::new(reqwest::Client::builder);
        Ok(Arc::new(Self { storage, engine, push, clock, config, channels, probe, stop }))
    }
}

/// Hears of other nodes' commits by LISTEN. A hint that is lost is made up for by the backstops.
fn listen(url: String, wake: Wake, stop: CancellationToken) -> mpsc::UnboundedReceiver<()> {
    let (hint, hints) = mpsc::unbounded_channel();
    let started = std::thread::Builder::new().name("storage listener".into()).spawn(move || {
        while !stop.is_cancelled() {
            if let Err(error) = listen_once(&url, &wake, &hint, &stop) {
                tracing::warn!(error = %crate::storage::Chain(&error), "no hints from PostgreSQL; trying on");
                std::thread::park_timeout(std::time::Duration::from_secs(2));
            }
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "no thread for hints from PostgreSQL: other nodes' changes arrive within 15 s");
    }
    hints
}

fn listen_once(
    url: &str,
    wake: &Wake,
    hint: &mpsc::UnboundedSender<()>,
    stop: &CancellationToken,
) -> Result<(), postgres::Error> {
    use postgres::fallible_iterator::FallibleIterator;
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    client.batch_execute("LISTEN firebell")?;
    // What was committed before this moment was not heard of.
    wake.look_again();
    if hint.send(()).is_err() {
        return Ok(());
    }
    while !stop.is_cancelled() {
        let heard = client.notifications().timeout_iter(std::time::Duration::from_secs(1)).next()?.is_some();
        if heard {
            wake.look_again();
            if hint.send(()).is_err() {
                return Ok(());
            }
        } else if client.is_closed() {
            return Ok(());
        }
    }
    Ok(())
}
