//! Sending by channels: at least once, with a stable id, until it worked, nobody wants it any more, or five
//! attempts failed.

use super::decide::command;
use super::wake::Wake;
use crate::channels::NoticeSummary;
use crate::clock::Clock;
use crate::ringing;
use crate::storage::{Chain, Channel, OutboxRow, Storage, StorageError, Tx};
use async_trait::async_trait;
use firebell_domain::Instant;
use firebell_domain::page::{Command, Page};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How long a node may take over one message before another may claim it. Senders give up after 10 s.
const LEASE: chrono::TimeDelta = chrono::TimeDelta::seconds(30);
/// Waits between attempts.
const RETRY: [i64; 4] = [5, 15, 60, 120];
const AT_ONCE: u32 = 32;
const BACKSTOP: Duration = Duration::from_secs(15);

/// What a message by a channel says.
#[derive(Clone, Debug, PartialEq)]
pub struct ChannelMessage {
    /// The same however often it is sent.
    pub id: Uuid,
    pub about: About,
    pub person: firebell_domain::PersonId,
    pub sent_at: Instant,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum About {
    /// A page that rings for them, and that they can acknowledge.
    Page {
        page: Box<Page>,
        service_name: String,
    },
    Notice(NoticeSummary),
}

/// Sends by the network. Errors are words for the page's history.
#[async_trait]
pub trait ChannelSender: Send + Sync {
    async fn send(&self, channel: &Channel, message: &ChannelMessage) -> Result<(), String>;
    /// A harmless message that says it is a test.
    async fn test(&self, channel: &Channel) -> Result<(), String>;
}

/// What a person learns from the test button.
pub type ChannelTest = Result<(), String>;

pub(super) async fn serve(
    storage: Storage,
    clock: Arc<dyn Clock>,
    wake: Wake,
    sender: Arc<dyn ChannelSender>,
    stop: CancellationToken,
) {
    loop {
        let heard = wake.outbox();
        match storage.write(claim).await {
            Ok(rows) if !rows.is_empty() => {
                let all = rows.into_iter().map(|row| deliver(&storage, sender.as_ref(), row));
                futures_util::future::join_all(all).await;
                continue;
            }
            Ok(_) => {}
            Err(error) => tracing::error!(error = %Chain(&error), "the outbox cannot be read; trying on"),
        }
        let next = storage.next_outbox_due().await.ok().flatten();
        let wait = next
            .map_or(BACKSTOP, |due| (due - clock.now()).to_std().unwrap_or(Duration::from_secs(1)))
            .min(BACKSTOP);
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
            () = heard => {}
        }
    }
}

async fn deliver(storage: &Storage, sender: &dyn ChannelSender, row: OutboxRow) {
    let asked = row.clone();
    let outcome = match storage.write(move |tx| wanted(tx, &asked)).await {
        Ok(Some((channel, message))) => {
            sender.send(&channel, &message).await.err().map_or(Sent::Yes, Sent::Failed)
        }
        Ok(None) => Sent::NotWanted,
        Err(error) => {
            tracing::error!(error = %Chain(&error), "a message cannot be read; its lease runs out");
            return;
        }
    };
    let stored = storage.write(move |tx| settle(tx, &row, outcome)).await;
    if let Err(error) = stored {
        tracing::error!(error = %Chain(&error), "the outcome of a message could not be stored; it will be repeated");
    }
}

/// The channel and the message of a row; `None` when nobody wants it any more: somebody answered, or the channel is
/// gone.
pub fn wanted(tx: &mut Tx, row: &OutboxRow) -> Result<Option<(Channel, ChannelMessage)>, StorageError> {
    let Some(channel) = tx.channel(row.channel)? else { return Ok(None) };
    let (id, person, sent_at) = (row.id, row.raise.person.clone(), tx.now());
    let message = |about| Some((channel, ChannelMessage { id, about, person, sent_at }));
    if let Some(saying) = &row.saying {
        let said = ringing::said(tx, &row.raise.person, saying, row.created_at)?;
        return Ok(said.and_then(|notice| message(About::Notice(notice))));
    }
    let Some(page) = tx.page(row.page)? else { return Ok(None) };
    if page.ringing_for(&row.raise.person).is_none() {
        return Ok(None);
    }
    let team = tx.team()?;
    let service_name =
        team.team.service(&page.service).map_or_else(|| page.service.to_string(), |s| s.name.clone());
    Ok(message(About::Page { page: Box::new(page), service_name }))
}

/// Leases what is due for this node.
pub fn claim(tx: &mut Tx) -> Result<Vec<OutboxRow>, StorageError> {
    let until = tx.now() + LEASE;
    tx.claim_outbox(until, AT_ONCE)
}

/// How sending went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    Yes,
    NotWanted,
    /// In words.
    Failed(String),
}

/// Writes down how it went: on the channel, and on the page's history the first failure and the outcome.
pub fn settle(tx: &mut Tx, row: &OutboxRow, outcome: Sent) -> Result<(), StorageError> {
    let error = match outcome {
        Sent::NotWanted => return tx.finish_outbox(row).map(|_ours| ()),
        Sent::Yes => None,
        Sent::Failed(words) => Some(words),
    };
    if let Some(wait) = error.as_ref().and_then(|_| RETRY.get(row.attempts as usize)) {
        let due = tx.now() + chrono::TimeDelta::seconds(*wait);
        if !tx.retry_outbox(row, due)? {
            return Ok(());
        }
        tx.channel_used(row.channel, error.as_deref())?;
        if row.attempts > 0 {
            return Ok(());
        }
    } else {
        if !tx.finish_outbox(row)? {
            return Ok(());
        }
        tx.channel_used(row.channel, error.as_deref())?;
    }
    if row.saying.is_some() {
        return Ok(());
    }
    let result = Command::ChannelResult { raise: row.raise.clone(), channel: row.channel, error };
    command(tx, row.page, result)?;
    Ok(())
}
