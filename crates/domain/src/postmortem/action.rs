//! Action items: what is done so that it does not happen again, or hurts less (domain §8).

use super::after::{self, Before};
use super::{Fields, Ticket, Tracker, change, named, read, ticket};
use crate::refusal::RefusalCode;
use crate::{ActionId, Instant, PersonId, Refusal, is_slug};
use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Characters of a title and of a description; of why one was dropped.
const TITLE_MAX: usize = 200;
const DESCRIPTION_MAX: usize = 4_000;
/// Follow-through looks back so far (domain §9).
const LOOKS_BACK_DAYS: u64 = 90;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    Prevent,
    Detect,
    Mitigate,
    Document,
}

impl ActionKind {
    /// In words, and as labels.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prevent => "prevent",
            Self::Detect => "detect",
            Self::Mitigate => "mitigate",
            Self::Document => "document",
        }
    }
}

/// P1: required for safety. P2: high impact, low effort. P3: reduces toil. P4: nice to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(rename = "ActionPriority")]
pub enum Priority {
    P1,
    P2,
    P3,
    P4,
}

impl Priority {
    pub fn word(self) -> &'static str {
        match self {
            Self::P1 => "P1",
            Self::P2 => "P2",
            Self::P3 => "P3",
            Self::P4 => "P4",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ActionStatus {
    #[default]
    Open,
    InProgress,
    Done,
    /// With a reason.
    Dropped,
}

impl ActionStatus {
    /// Nobody has to do anything any more.
    pub fn is_over(self) -> bool {
        matches!(self, Self::Done | Self::Dropped)
    }

    /// In words.
    pub fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::InProgress => "in progress",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Action {
    pub id: ActionId,
    pub title: String,
    pub description: String,
    pub kind: Option<ActionKind>,
    pub owner: Option<PersonId>,
    pub priority: Option<Priority>,
    #[ts(type = "string | null")]
    pub due: Option<NaiveDate>,
    pub status: ActionStatus,
    /// Why it was dropped.
    pub reason: Option<String>,
    /// Since when it has its status.
    pub status_at: Option<Instant>,
    /// It can begin only when this one is done.
    pub after: Option<ActionId>,
    /// That one as it is now; `None` when it is not there any more, too.
    pub before: Option<Before>,
    pub created_at: Option<Instant>,
    pub created_by: Option<PersonId>,
    /// Where somebody asked for a ticket.
    pub wanted: Option<Tracker>,
    /// As the server last saw it.
    pub ticket: Option<Ticket>,
    /// Why there is no ticket yet; the words say what helps.
    pub ticket_failed: Option<String>,
    /// Something of it is not yet known to the team.
    pub pending: bool,
}

impl Action {
    /// Days since it was due, of one that is not over; `None`: it is not overdue. `today`: where the team is.
    pub fn days_overdue(&self, today: NaiveDate) -> Option<u32> {
        let days = (today - self.due.filter(|_| !self.status.is_over())?).num_days();
        u32::try_from(days).ok().filter(|days| *days > 0)
    }

    /// Where it stands among the actions of a postmortem: by priority, then by when it is due.
    fn place(&self) -> (u8, NaiveDate, ActionId) {
        (self.priority.map_or(9, |p| p as u8), self.due.unwrap_or(NaiveDate::MAX), self.id)
    }

    /// Where it stands among those of the whole team: what is late comes first, the longest; then as within a postmortem.
    pub fn urgency(&self, today: NaiveDate) -> impl Ord + use<> {
        (std::cmp::Reverse(self.days_overdue(today)), self.place())
    }
}

/// One thing that is written about an action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "field", rename_all = "snake_case")]
pub enum ActionChange {
    /// A new one.
    Create {
        title: String,
    },
    Title {
        title: String,
    },
    Description {
        description: String,
    },
    Kind {
        kind: Option<ActionKind>,
    },
    Owner {
        owner: Option<PersonId>,
    },
    Priority {
        priority: Option<Priority>,
    },
    Due {
        #[ts(type = "string | null")]
        due: Option<NaiveDate>,
    },
    Status {
        to: ActionStatus,
        reason: Option<String>,
    },
    After {
        action: Option<ActionId>,
    },
    /// A ticket for it, which the server makes as soon as it hears of this.
    Ask {
        tracker: Tracker,
    },
    /// It was a mistake: it goes without a trace in the postmortem; the history keeps it.
    Remove,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct WrittenStatus {
    is: ActionStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

impl ActionChange {
    /// What is wrong with it, if anything; the words name the field.
    pub(super) fn check(&self, id: ActionId) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        match self {
            Self::Create { title } | Self::Title { title } => match title.trim().chars().count() {
                0 => bad("Say in a few words what is to be done: the title of the action is empty.".into()),
                n if n > TITLE_MAX => bad(format!(
                    "The title of the action has {n} characters; {TITLE_MAX} fit. Put the rest into its description."
                )),
                _ => Ok(()),
            },
            Self::Description { description } if description.chars().count() > DESCRIPTION_MAX => {
                bad(format!(
                    "The description of the action is longer than {DESCRIPTION_MAX} characters. Shorten it, or link to more."
                ))
            }
            Self::Owner { owner: Some(owner) } if !is_slug(owner.as_str()) => {
                bad(format!("`{owner}` is nobody; choose somebody of the team as the owner."))
            }
            Self::Status { to: ActionStatus::Dropped, reason } => {
                match reason.as_deref().map_or(0, |r| r.trim().chars().count()) {
                    0 => bad("Say why the action is dropped: others will ask.".into()),
                    n if n > TITLE_MAX * 5 => {
                        bad(format!("The reason has {n} characters; shorten it to {}.", TITLE_MAX * 5))
                    }
                    _ => Ok(()),
                }
            }
            Self::After { action: Some(other) } if *other == id => {
                bad("An action cannot wait for itself.".into())
            }
            _ => Ok(()),
        }
    }

    /// The fields it is written to, and what; `null` clears one.
    pub(super) fn writes(&self, id: ActionId, now: Instant) -> Vec<(String, Value)> {
        let name = |what: &str| format!("{}{}_{what}", change::ACTION, id.0.simple());
        match self {
            Self::Create { title } => {
                vec![(name("created"), json!(now)), (name("title"), json!(title.trim()))]
            }
            Self::Title { title } => vec![(name("title"), json!(title.trim()))],
            Self::Description { description } => vec![(name("description"), json!(description.trim_end()))],
            Self::Kind { kind } => vec![(name("kind"), json!(kind))],
            Self::Owner { owner } => vec![(name("owner"), json!(owner))],
            Self::Priority { priority } => vec![(name("priority"), json!(priority))],
            Self::Due { due } => vec![(name("due"), json!(due))],
            Self::Status { to, reason } => {
                let reason = reason.as_ref().map(|r| r.trim().to_owned()).filter(|r| !r.is_empty());
                vec![(name("status"), json!(WrittenStatus { is: *to, reason }))]
            }
            Self::After { action } => vec![(name("after"), json!(action))],
            Self::Ask { tracker } => vec![(name(ticket::WANTED), json!(tracker))],
            Self::Remove => vec![(name("title"), Value::Null)],
        }
    }
}

/// By priority (none last), then by when they are due (undated last), then in the order in which they were begun.
pub fn actions(fields: &Fields) -> Vec<Action> {
    let mut found: BTreeMap<ActionId, BTreeMap<&str, &crate::room::Field>> = BTreeMap::new();
    for (rest, field) in named(fields, change::ACTION) {
        let Some((id, what)) = rest.split_once('_') else { continue };
        if let Ok(id) = id.parse() {
            found.entry(id).or_default().insert(what, field);
        }
    }
    let mut all: Vec<Action> = found.iter().filter_map(|(id, fields)| action(*id, fields)).collect();
    all.sort_by_key(Action::place);
    after::find(&mut all);
    all
}

fn action(id: ActionId, fields: &BTreeMap<&str, &crate::room::Field>) -> Option<Action> {
    let text = |what: &str| fields.get(what).and_then(|f| f.value.as_str()).unwrap_or_default();
    let title = text("title").trim();
    if title.is_empty() {
        return None;
    }
    let status: Option<WrittenStatus> = fields.get("status").and_then(|f| read(f));
    Some(Action {
        id,
        title: title.to_owned(),
        description: text("description").to_owned(),
        kind: fields.get("kind").and_then(|f| read(f)),
        owner: fields.get("owner").and_then(|f| read(f)),
        priority: fields.get("priority").and_then(|f| read(f)),
        due: fields.get("due").and_then(|f| read(f)),
        status: status.as_ref().map(|s| s.is).unwrap_or_default(),
        reason: status.and_then(|s| s.reason),
        status_at: fields.get("status").map(|f| f.at),
        after: fields.get("after").and_then(|f| read(f)),
        before: None,
        created_at: fields.get("created").and_then(|f| read(f)),
        created_by: fields.get("created").map(|f| f.author.clone()),
        wanted: fields.get(ticket::WANTED).and_then(|f| read(f)),
        ticket: fields.get(ticket::TICKET).and_then(|f| read(f)),
        ticket_failed: Some(text(ticket::FAILED)).filter(|words| !words.is_empty()).map(str::to_owned),
        pending: fields.values().any(|f| f.pending),
    })
}

/// Done ÷ created in the last 90 days (domain §8), 0 to 1. `None`: nothing was created, which is no 0.
pub fn follow_through<'a>(actions: impl IntoIterator<Item = &'a Action>, now: Instant) -> Option<f64> {
    let since = now.checked_sub_days(Days::new(LOOKS_BACK_DAYS))?;
    let (mut done, mut created) = (0_u32, 0_u32);
    for action in actions {
        if action.created_at.is_some_and(|at| at >= since && at <= now) {
            created += 1;
            done += u32::from(action.status == ActionStatus::Done);
        }
    }
    (created > 0).then(|| f64::from(done) / f64::from(created))
}
