//! Ways to reach a person that are not a desktop: a push by ntfy, a signed webhook.
//!
//! One try a call; trying again is the outbox's work. A message carries an id that stays the same over all tries,
//! so that a receiver can tell a repetition from a new ring.

mod address;
mod ntfy;
#[cfg(test)]
mod tests;
mod webhook;

pub use address::{BadAddress, check as check_address};

use crate::clock::{Clock, SystemClock};
use crate::engine::{About, ChannelMessage, ChannelSender};
use crate::secret::AckToken;
use crate::storage::Channel;
use address::allowed;
use async_trait::async_trait;
use chrono::TimeDelta;
use firebell_domain::liveness::ChannelKind;
use firebell_domain::{IncidentId, Instant, PageId, PersonId, Severity};
use firebell_probe::Guard;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::SetOnce;

/// How long one try may take, connecting included.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long an acknowledge link can be used.
const LINK_FOR: TimeDelta = TimeDelta::hours(24);
/// Bytes of an answer that are read; more is hung up on.
const ANSWER_MAX: usize = 64 * 1024;

/// Where to send, with the secrets of the channel.
#[derive(Clone, Copy)]
pub struct Destination<'a> {
    pub kind: ChannelKind,
    pub url: &'a str,
    /// Signs webhooks.
    pub secret: Option<&'a str>,
    /// The access token of an ntfy topic.
    pub token: Option<&'a str>,
}

/// What is said by a channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The same for every try.
    pub id: String,
    pub about: Subject,
    pub person: PersonId,
    /// The one-time link of a page.
    pub ack_url: Option<String>,
}

/// What it is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Subject {
    /// The test button.
    Test,
    Page(PageSummary),
    Notice(NoticeSummary),
}

/// What somebody who must know hears of an incident: nothing is asked of them.
#[derive(Clone, Debug, PartialEq)]
pub struct NoticeSummary {
    pub incident: IncidentId,
    pub number: u64,
    pub title: String,
    pub severity: Severity,
    /// What happened, in a sentence; of an update, its text.
    pub words: String,
}

/// A page as it fits on a phone.
#[derive(Clone, Debug, PartialEq)]
pub struct PageSummary {
    pub page: PageId,
    pub number: u64,
    pub title: String,
    /// The service's name.
    pub service: String,
    pub severity: Severity,
    pub source: Option<String>,
    pub runbook: Option<String>,
    pub started_at: Instant,
    /// Alerts that are firing.
    pub firing: u32,
}

/// The one client for all channels. It follows no redirect, uses no proxy, and connects only to addresses that
/// the guard let through.
#[derive(Clone)]
pub struct Senders {
    http: reqwest::Client,
    allow_loopback: bool,
    /// Known once the server listens; messages wait for it.
    links: Arc<SetOnce<Links>>,
}

/// What acknowledge links are made of.
#[derive(Clone, PartialEq, Eq)]
pub struct Links {
    /// Signs them.
    pub secret: Vec<u8>,
    /// Where they lead, without a slash at the end.
    pub public_url: String,
}

impl Senders {
    /// `allow_loopback`: channels may point at this machine, also by plain HTTP (samples and tests).
    pub fn new(allow_loopback: bool) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(TIMEOUT)
            .no_proxy()
            .user_agent(concat!("Firebell/", env!("CARGO_PKG_VERSION")))
            .dns_resolver(Arc::new(Guard::new(allowed(allow_loopback))))
            .build()?;
        Ok(Self { http, allow_loopback, links: Arc::new(SetOnce::new()) })
    }

    /// From now on messages carry acknowledge links. Only the first call counts.
    pub fn set_links(&self, links: Links) {
        // A second start of the same server would bring the same links.
        let _already = self.links.set(links);
    }

    /// Sends once. The error says in words what went wrong, without any secret.
    pub async fn deliver(&self, to: Destination<'_>, message: &Message, now: Instant) -> Result<(), String> {
        let url = check_address(to.url, self.allow_loopback).map_err(|e| e.to_string())?;
        let request = match to.kind {
            ChannelKind::Ntfy => ntfy::request(&self.http, url, to.token, message),
            ChannelKind::Webhook => webhook::request(&self.http, url, to.secret, message, now)?,
        };
        let mut answer = request.send().await.map_err(words)?;
        let status = answer.status();
        let mut size = 0;
        loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => size += chunk.len(),
                // The receiver has said what counts with its status.
                Ok(None) | Err(_) => break,
            }
            if size > ANSWER_MAX {
                break;
            }
        }
        if status.is_success() {
            return Ok(());
        }
        let hint = match status.as_u16() {
            300..=399 => "; it redirects, which is not followed: write the final address",
            401 | 403 => "; check the access token",
            404 => "; check the address",
            _ => "",
        };
        Err(format!("The receiver answered {}{hint}.", status.as_u16()))
    }
}

#[async_trait]
impl ChannelSender for Senders {
    async fn send(&self, channel: &Channel, message: &ChannelMessage) -> Result<(), String> {
        let (about, ack_url) = match &message.about {
            About::Notice(notice) => (Subject::Notice(notice.clone()), None),
            About::Page { page, service_name } => {
                let links = self.links.wait().await;
                let token = AckToken { message: message.id, expires: message.sent_at + LINK_FOR };
                let page = PageSummary {
                    page: page.id,
                    number: page.number,
                    title: page.title.clone(),
                    service: service_name.clone(),
                    severity: page.severity,
                    source: page.source.clone(),
                    runbook: page.runbook.clone(),
                    started_at: page.started_at,
                    firing: page.tally.firing,
                };
                let link = format!("{}/ack/{}", links.public_url, token.seal(&links.secret));
                (Subject::Page(page), Some(link))
            }
        };
        let (id, person) = (message.id.to_string(), message.person.clone());
        let message = Message { id, about, person, ack_url };
        self.deliver(destination(channel), &message, SystemClock.now()).await
    }

    async fn test(&self, channel: &Channel) -> Result<(), String> {
        let id = format!("test-{}", uuid::Uuid::new_v4());
        let message = Message { id, about: Subject::Test, person: channel.person.clone(), ack_url: None };
        self.deliver(destination(channel), &message, SystemClock.now()).await
    }
}

fn destination(channel: &Channel) -> Destination<'_> {
    Destination {
        kind: channel.kind,
        url: &channel.url,
        secret: channel.secret.as_deref(),
        token: channel.token.as_deref(),
    }
}

/// A failed try in words; addresses can hold secrets and are left out.
fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    if error.is_timeout() {
        return "The receiver did not answer within 10 s.".into();
    }
    let mut cause: &dyn std::error::Error = &error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let cause = cause.to_string();
    let cause = cause.trim_end_matches('.');
    if error.is_connect() {
        return format!("The receiver cannot be reached: {cause}.");
    }
    format!("The message could not be sent: {cause}.")
}
