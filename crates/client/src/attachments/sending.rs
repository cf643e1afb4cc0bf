//! Sending: one after the other, each after its entry is known to the team, again after every failure.

use crate::ClientApp;
use crate::rest::Unsent;
use crate::words::error;
use firebell_domain::IncidentId;
use firebell_protocol::window::{Change, WindowError};
use firebell_store::attachments::Sending;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

const RETRY_MIN: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(10 * 60);
/// Nothing is to be done: look all the same.
const IDLE: Duration = Duration::from_secs(60 * 60);
/// What no entry names is removed after so long, in milliseconds: a week; what waits for an entry that never came, after 30
/// days.
const UNNAMED_MS: i64 = 7 * 24 * 60 * 60_000;
const NEVER_CAME_MS: i64 = 30 * 24 * 60 * 60_000;

/// Failures of one attachment, and when it is tried again.
type Tries = HashMap<(String, IncidentId), (u32, Instant)>;

/// Ends with the app.
pub(crate) async fn run(app: Weak<ClientApp>) {
    let Some(held) = app.upgrade() else { return };
    let (woken, mut changes) = (held.attachments.woken.clone(), held.changes());
    drop(held);
    let mut tries = Tries::new();
    let mut next = Instant::now();
    let mut looked = None::<Instant>;
    loop {
        tokio::select! {
            () = woken.notified() => {}
            () = sleep_until(next) => {}
            change = changes.recv() => match change {
                Ok(Change::Sync | Change::Incident { .. } | Change::Library) | Err(RecvError::Lagged(_)) => {}
                Ok(_) => continue,
                Err(RecvError::Closed) => return,
            },
        }
        // Many changes at once are one reason to look.
        while changes.try_recv().is_ok() {}
        let Some(held) = app.upgrade() else { return };
        if looked.is_none_or(|at| at.elapsed() > IDLE)
            && let Ok(()) = forget_old(&held).await
        {
            looked = Some(Instant::now());
        }
        next = match step(&held, &mut tries).await {
            Ok(next) => next,
            // It is not open yet, or the disk is full.
            Err(e) => {
                tracing::debug!(words = e.words, "attachments wait");
                Instant::now() + RETRY_MIN * 10
            }
        };
    }
}

/// What can be sent now is sent; when to look again at the latest.
async fn step(app: &Arc<ClientApp>, tries: &mut Tries) -> Result<Instant, WindowError> {
    forget_hidden(app).await?;
    let (era, fresh) = {
        let mut link = app.attachments.link();
        (link.era, std::mem::take(&mut link.fresh))
    };
    let mut next = Instant::now() + IDLE;
    let Some(era) = era else { return Ok(next) };
    if fresh {
        tries.clear();
        app.clone().attached(move |store, _| store.follow(era)).await?;
    }
    for (hash, incident, _) in app.clone().attached(|store, _| store.waiting()).await? {
        let key = (hash.clone(), incident);
        if let Some((_, at)) = tries.get(&key).filter(|(_, at)| *at > Instant::now()) {
            next = next.min(*at);
            continue;
        }
        // The entry first: until the team knows it, nobody may send what it names.
        let asked = hash.clone();
        if app.look(move |q| q.names_attachment(incident, &asked)).await? != Some(true) {
            continue;
        }
        match send(app, &hash, incident).await {
            Ok(()) => {
                tries.remove(&key);
                say(app, hash, incident, Sending::Known).await?;
            }
            Err(Unsent { refused: true, error }) => {
                tracing::warn!(words = error.words, "the server does not take an attachment");
                say(app, hash, incident, Sending::Refused { words: error.words }).await?;
            }
            Err(Unsent { refused: false, error }) => {
                tracing::info!(words = error.words, "an attachment was not sent; it is tried again");
                let (failures, at) = tries.entry(key).or_insert((0, Instant::now()));
                *at = Instant::now() + RETRY_MIN.saturating_mul(1 << (*failures).min(10)).min(RETRY_MAX);
                *failures += 1;
                next = next.min(*at);
                say(app, hash, incident, Sending::Waiting { words: error.words }).await?;
            }
        }
    }
    Ok(next)
}

async fn send(app: &Arc<ClientApp>, hash: &str, incident: IncidentId) -> Result<(), Unsent> {
    let retry = |error| Unsent { refused: false, error };
    let server = app.server().map_err(retry)?;
    let path = format!("/api/v1/blobs/{hash}?incident={incident}");
    if server.has(&path).await? {
        return Ok(());
    }
    let asked = hash.to_owned();
    let found = app.clone().attached(move |store, now| store.get(&asked, now)).await.map_err(retry)?;
    let gone = || error("store", "The bytes of this attachment are no longer on this computer.");
    let (kind, bytes) = found.ok_or_else(|| Unsent { refused: true, error: gone() })?;
    let key = (hash.to_owned(), incident);
    app.attachments.link().sending.insert(key.clone());
    app.tell(Change::Attachment { hash: hash.to_owned() });
    let sent = server.put_bytes(&path, kind.name(), bytes).await;
    app.attachments.link().sending.remove(&key);
    sent
}

async fn say(
    app: &Arc<ClientApp>,
    hash: String,
    incident: IncidentId,
    sending: Sending,
) -> Result<(), WindowError> {
    let asked = hash.clone();
    app.clone().attached(move |store, _| store.set_sending(&asked, incident, &sending)).await?;
    app.tell(Change::Attachment { hash });
    Ok(())
}

/// What hung in an incident that was taken out of sight goes with it.
async fn forget_hidden(app: &Arc<ClientApp>) -> Result<(), WindowError> {
    let named = app.clone().attached(|store, _| store.incidents()).await?;
    if named.is_empty() {
        return Ok(());
    }
    let gone = app
        .look(move |q| {
            let mut gone = vec![];
            for incident in named {
                if q.is_gone(incident)? {
                    gone.push(incident);
                }
            }
            Ok(gone)
        })
        .await?;
    for incident in gone {
        app.clone().attached(move |store, _| store.forget_incident(incident)).await?;
    }
    Ok(())
}

async fn forget_old(app: &Arc<ClientApp>) -> Result<(), WindowError> {
    let waiting = app
        .clone()
        .attached(|store, now| {
            store.forget_unnamed(now - UNNAMED_MS)?;
            let old = store.waiting()?.into_iter().filter(|(.., added)| *added < now - NEVER_CAME_MS);
            Ok(old.map(|(hash, incident, _)| (hash, incident)).collect::<Vec<_>>())
        })
        .await?;
    for (hash, incident) in waiting {
        let asked = hash.clone();
        if app.look(move |q| q.names_attachment(incident, &asked)).await?.is_none() {
            app.clone().attached(move |store, _| store.forget(&hash, incident)).await?;
        }
    }
    Ok(())
}
