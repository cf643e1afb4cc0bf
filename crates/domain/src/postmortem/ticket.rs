//! The ticket of an action in another program: asked for by a person, made and followed by the team's server.
//!
//! That one is wanted is a field like every other, so it can be written on a train. What became of it is written by the
//! server alone: nobody makes a ticket by saying that there is one.

use super::{Action, change};
use crate::ActionId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

/// What of an action's fields is about its ticket.
pub(super) const WANTED: &str = "wanted";
pub(super) const TICKET: &str = "ticket";
pub(super) const FAILED: &str = "ticket_failed";

/// Where tickets are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tracker {
    Jira,
    Github,
}

impl Tracker {
    pub const ALL: [Self; 2] = [Self::Jira, Self::Github];

    /// As it is written.
    pub fn id(self) -> &'static str {
        match self {
            Self::Jira => "jira",
            Self::Github => "github",
        }
    }

    /// As people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jira => "Jira",
            Self::Github => "GitHub",
        }
    }
}

/// A ticket as the server last saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Ticket {
    pub tracker: Tracker,
    /// `OPS-12`; on GitHub `acme/shop#12`.
    pub key: String,
    pub url: String,
    /// In the tracker's own word.
    pub status: String,
    /// The work is done, as the tracker understands its own word.
    pub done: bool,
}

/// Characters of a key, and of an address.
const KEY_MAX: usize = 100;
const URL_MAX: usize = 2_048;

/// True for what may be Jira's name of a ticket. It becomes part of an address, so nothing else is taken for one.
pub fn is_ticket_key(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !text.is_empty() && text.len() <= KEY_MAX && text.chars().all(is_plain)
}

/// True for an address of a ticket that a browser may be sent to.
pub fn is_ticket_url(text: &str) -> bool {
    let is_web = text.starts_with("https://") || text.starts_with("http://");
    is_web && text.len() <= URL_MAX && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// What a field of a postmortem says about who wants a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedTicket {
    pub action: ActionId,
    /// `None`: nobody wants one any more.
    pub tracker: Option<Tracker>,
}

/// The wish that a write of this field expresses, if it is one.
pub fn wanted_by(field: &str, value: &Value) -> Option<WantedTicket> {
    let (action, what) = parts(field)?;
    if what != WANTED {
        return None;
    }
    match value {
        Value::Null => Some(WantedTicket { action, tracker: None }),
        // A tracker that only a newer version knows is no wish that this one can fulfil.
        value => Tracker::deserialize(value).ok().map(|t| WantedTicket { action, tracker: Some(t) }),
    }
}

/// The action that a write of this field gives its title, if it does: from then on the action is there.
pub fn titled_by(field: &str, value: &Value) -> Option<ActionId> {
    let (action, what) = parts(field)?;
    (what == "title" && !value.is_null()).then_some(action)
}

/// True for fields that the server alone writes.
pub fn is_of_server(field: &str) -> bool {
    parts(field).is_some_and(|(_, what)| matches!(what, TICKET | FAILED))
}

/// The label by which the ticket of an action is found again, whatever became of the answer when it was made.
pub fn label_of(action: ActionId) -> String {
    format!("firebell-{}", action.0.simple())
}

fn parts(field: &str) -> Option<(ActionId, &str)> {
    let (id, what) = field.strip_prefix(change::ACTION)?.split_once('_')?;
    Some((id.parse().ok()?, what))
}

fn name(action: ActionId, what: &str) -> String {
    format!("{}{}_{what}", change::ACTION, action.0.simple())
}

/// What the server writes of an action's ticket. Nothing when it is known already.
///
/// A ticket that is done ends its action; one that is opened again, or was done before, does not undo what people said of
/// the action since.
pub fn of_ticket(action: &Action, seen: &Result<Ticket, String>) -> Vec<(String, Value)> {
    let mut writes = vec![];
    match seen {
        Ok(ticket) => {
            if action.ticket.as_ref() != Some(ticket) {
                writes.push((name(action.id, TICKET), json!(ticket)));
            }
            if action.ticket_failed.is_some() {
                writes.push((name(action.id, FAILED), Value::Null));
            }
            let was_done = action.ticket.as_ref().is_some_and(|before| before.done);
            if ticket.done && !was_done && !action.status.is_over() {
                writes.push((name(action.id, "status"), json!({ "is": super::ActionStatus::Done })));
            }
        }
        Err(words) => {
            if action.ticket.is_none() && action.ticket_failed.as_ref() != Some(words) {
                writes.push((name(action.id, FAILED), json!(words)));
            }
        }
    }
    writes
}

/// What the server writes when the tracker knows the ticket of an action no more. Nobody wants a new one until somebody
/// says so: it may have been deleted because it was not needed.
pub fn of_gone(action: &Action, key: &str) -> Vec<(String, Value)> {
    let Some(ticket) = action.ticket.as_ref().filter(|ticket| ticket.key == key) else { return vec![] };
    let words = format!(
        "{key} is not in {} any more, or not where the team's token sees it. If a ticket is still needed, ask again.",
        ticket.tracker.name()
    );
    vec![
        (name(action.id, TICKET), Value::Null),
        (name(action.id, WANTED), Value::Null),
        (name(action.id, FAILED), json!(words)),
    ]
}
