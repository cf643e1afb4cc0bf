//! The pager without I/O: what one responder's computer makes of what it hears and of what its person does.
//!
//! [`Responder`] holds the store and is stepped by its caller (the real session or the simulator) with the time
//! as an argument. Each step writes what must last before it says anything to anybody.
//!
//! **Invariant.** A raise rings here only if it is in the durable ledger and not handled; a command is sent only
//! after it is in the durable outbox.

mod asking;
mod desk;
mod following;
mod look;
mod next;
mod receipts;
#[cfg(test)]
pub(crate) mod tests;
mod view;

use crate::desk::{Desk, TrayState};
use firebell_domain::page::Page;
use firebell_domain::{Instant, PageId, PersonId, RaiseId, Refusal};
use firebell_log::{Cursor, Era, WriterId};
use firebell_protocol::sync::{
    ByeCode, CAPABILITIES, ClientMessage, PROTOCOL, ReceiptReport, ServerMessage, TeamView,
};
use firebell_protocol::window::{Change, Settings};
use firebell_store::{Changeset, CursorMove, Identity, LedgerRow, OutboxRow, Store, StoreError, Typed};
use std::collections::{BTreeMap, BTreeSet};

pub use view::ConnectionWords;

/// On call and disconnected for longer than this, in milliseconds of awake time, is an alarm.
pub const UNREACHABLE_AFTER_MS: u64 = 60_000;
/// An accepted command stands in for the change that follows from it for at most this long.
const ANSWERED_FOR_MS: u64 = 30_000;
/// A computer that forgot the time believes in 1970. What is further away is no time: adding to it would overflow.
const CLOCK_OFF_MAX: chrono::TimeDelta = chrono::TimeDelta::days(200 * 365);

/// When a step happens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// This computer's wall clock.
    pub now: Instant,
    /// Milliseconds by a clock that never goes back and stands still while the computer sleeps.
    pub awake_ms: u64,
}

/// What follows from a step, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Send(ClientMessage),
    /// [`Responder::desk`] is different.
    DeskChanged,
    Changed(Change),
    /// Close the connection and come back.
    Reconnect,
    /// The device was removed from the team: forget the token, then call [`Responder::sign_out`].
    Revoked {
        words: String,
    },
}

/// Why something asked was not taken down.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A command on its way.
#[derive(Clone, Debug)]
struct Outgoing {
    row: OutboxRow,
    /// `None` after a restart: only the wall clock knows how long it has waited.
    given_awake_ms: Option<u64>,
    /// Sent on this connection.
    sent: bool,
    answered_awake_ms: Option<u64>,
}

#[derive(Clone, Debug)]
struct Receipt {
    report: ReceiptReport,
    /// The number of the connection it was last sent on.
    sent_on: Option<u64>,
}

/// How the connection stands.
#[derive(Clone, Debug)]
struct Link {
    /// The server has welcomed us.
    welcomed: bool,
    /// Counts connections.
    number: u64,
    /// Since when it stands like this.
    since: Moment,
    era: Option<Era>,
    alarm_quiet: bool,
}

/// One responder's computer.
#[derive(Debug)]
pub struct Responder {
    store: Store,
    identity: Option<Identity>,
    cursor: Option<Cursor>,
    team: Option<TeamView>,
    paging_held: bool,
    pages: BTreeMap<PageId, Page>,
    ledger: BTreeMap<RaiseId, LedgerRow>,
    outbox: BTreeMap<u64, Outgoing>,
    last_counter: u64,
    receipts: Vec<Receipt>,
    settings: Settings,
    link: Link,
    /// Server time minus this computer's, as last heard.
    clock_offset_ms: i64,
    desk: Desk,
}

impl Responder {
    /// Takes up where the store left off.
    pub fn open(store: Store, at: Moment) -> Result<Self, StoreError> {
        let mut responder = Self {
            identity: None,
            cursor: None,
            team: None,
            paging_held: false,
            pages: BTreeMap::new(),
            ledger: BTreeMap::new(),
            outbox: BTreeMap::new(),
            last_counter: 0,
            receipts: vec![],
            settings: Settings::default(),
            link: Link { welcomed: false, number: 0, since: at, era: None, alarm_quiet: false },
            clock_offset_ms: 0,
            desk: Desk::closed(TrayState::SignedOut, ""),
            store,
        };
        responder.store.prune_ledger(at.now - chrono::TimeDelta::days(90))?;
        responder.load()?;
        responder.desk = responder.derive_desk(at);
        Ok(responder)
    }

    /// Gives the store back: what a crash leaves.
    pub fn into_store(self) -> Store {
        self.store
    }

    fn load(&mut self) -> Result<(), StoreError> {
        self.identity = self.store.identity()?;
        self.cursor = self.store.cursor()?;
        self.team = self.store.team()?;
        self.paging_held = self.store.paging_held()?;
        self.pages = self.store.pages()?.into_iter().map(|p| (p.id, p)).collect();
        self.ledger = self.store.ledger()?.into_iter().map(|r| (r.raise.clone(), r)).collect();
        let outgoing = |row| Outgoing { row, given_awake_ms: None, sent: false, answered_awake_ms: None };
        self.outbox = self.store.outbox()?.into_iter().map(|row| (row.counter, outgoing(row))).collect();
        self.last_counter = self.store.last_counter()?;
        self.receipts =
            self.store.receipts()?.into_iter().map(|report| Receipt { report, sent_on: Some(0) }).collect();
        self.settings = self.store.settings()?;
        Ok(())
    }

    /// Begins as another device: after enrolment.
    pub fn enrol(&mut self, identity: Identity, at: Moment) -> Result<Vec<Output>, StoreError> {
        self.store.enrol(&identity)?;
        self.start_anew(at)
    }

    /// Nobody's computer any more. Ledger and settings stay.
    pub fn sign_out(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        self.store.sign_out()?;
        self.start_anew(at)
    }

    fn start_anew(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        self.load()?;
        self.link =
            Link { welcomed: false, number: self.link.number, since: at, era: None, alarm_quiet: false };
        Ok(self.finish(at, vec![Output::Changed(Change::State), Output::Changed(Change::Playbook)]))
    }

    /// The connection stands: says hello. `writer`: who writes in the library of this computer.
    pub fn on_connected(&mut self, writer: Option<WriterId>, _at: Moment) -> Vec<Output> {
        self.link.number += 1;
        vec![Output::Send(ClientMessage::Hello {
            protocol: PROTOCOL,
            app: concat!("firebell ", env!("CARGO_PKG_VERSION")).into(),
            capabilities: CAPABILITIES.iter().map(|c| (*c).to_owned()).collect(),
            cursor: self.cursor,
            writer,
        })]
    }

    /// The connection is gone.
    pub fn on_disconnected(&mut self, at: Moment) -> Vec<Output> {
        for outgoing in self.outbox.values_mut() {
            outgoing.sent = false;
        }
        if !self.link.welcomed {
            return self.finish(at, vec![]);
        }
        self.link.welcomed = false;
        self.link.since = at;
        self.finish(at, vec![Output::Changed(Change::State)])
    }

    /// A message of the server. On an error nothing was taken in: close the connection, and it comes again.
    pub fn on_message(&mut self, message: ServerMessage, at: Moment) -> Result<Vec<Output>, StoreError> {
        let outputs = match message {
            ServerMessage::Welcome(welcome) => self.on_welcome(*welcome, at)?,
            ServerMessage::Snapshot { cursor, pages } => self.on_snapshot(cursor, pages, at)?,
            ServerMessage::Operations { operations } => self.on_operations(operations, at)?,
            ServerMessage::Team { team } => {
                self.commit(Changeset { team: Some(*team), ..Changeset::default() })?;
                vec![Output::Changed(Change::State), Output::Changed(Change::Playbook)]
            }
            ServerMessage::Answer { counter, page, outcome } => self.on_answer(counter, page, outcome, at)?,
            ServerMessage::Ping { n, server_time } => {
                self.hear_time(server_time, at);
                let mut outputs = vec![Output::Send(ClientMessage::Pong { n })];
                outputs.extend(self.repeat_receipts());
                outputs
            }
            ServerMessage::PagingHeld { held } => {
                self.commit(Changeset { paging_held: Some(held), ..Changeset::default() })?;
                vec![Output::Changed(Change::State)]
            }
            ServerMessage::Bye { code: ByeCode::Revoked, words } if self.identity.is_some() => {
                vec![Output::Revoked { words }]
            }
            ServerMessage::Bye { .. } => vec![Output::Reconnect],
            // The library hears these.
            ServerMessage::Answers { .. } | ServerMessage::Presence { .. } | ServerMessage::Unknown => vec![],
        };
        Ok(self.finish(at, outputs))
    }

    /// Time has passed. At least once a second.
    pub fn tick(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let over = |o: &&Outgoing| {
            o.answered_awake_ms.is_some_and(|t| at.awake_ms.saturating_sub(t) > ANSWERED_FOR_MS)
        };
        let done: Vec<u64> = self.outbox.values().filter(over).map(|o| o.row.counter).collect();
        self.commit(Changeset { outbox_done: done, ..Changeset::default() })?;
        Ok(self.finish(at, vec![]))
    }

    /// The person has heard that nobody can page them here; until the next connection.
    pub fn alarm_quiet(&mut self, at: Moment) -> Vec<Output> {
        self.link.alarm_quiet = true;
        self.finish(at, vec![Output::Changed(Change::State)])
    }

    pub fn settings_set(&mut self, settings: Settings, at: Moment) -> Result<Vec<Output>, StoreError> {
        self.commit(Changeset { settings: Some(settings), ..Changeset::default() })?;
        Ok(self.finish(at, vec![Output::Changed(Change::State)]))
    }

    /// What was typed into a form of the window and not sent; empty words when it was.
    pub fn typed_keep(&mut self, form: String, words: String, at: Moment) -> Result<Vec<Output>, StoreError> {
        let typed = vec![Typed { form, words, at: at.now }];
        self.commit(Changeset { typed, ..Changeset::default() })?;
        Ok(vec![])
    }

    /// By form.
    pub fn typed(&self) -> Result<BTreeMap<String, String>, StoreError> {
        Ok(self.store.typed()?.into_iter().collect())
    }

    fn me(&self) -> Option<&PersonId> {
        self.identity.as_ref().map(|i| &i.you.person)
    }

    fn hear_time(&mut self, server_time: Instant, at: Moment) {
        let most = CLOCK_OFF_MAX.num_milliseconds();
        self.clock_offset_ms = (server_time - at.now).num_milliseconds().clamp(-most, most);
    }

    /// The server's time, as well as it is known here.
    pub(crate) fn server_time(&self, at: Moment) -> Instant {
        at.now + chrono::TimeDelta::milliseconds(self.clock_offset_ms)
    }

    /// Writes a changeset and takes it into what is held in memory; on an error neither.
    fn commit(&mut self, change: Changeset) -> Result<(), StoreError> {
        if change.is_empty() {
            return Ok(());
        }
        self.store.commit(&change)?;
        if change.start_over {
            self.pages.clear();
        }
        match change.cursor {
            CursorMove::Stay => {}
            CursorMove::To(cursor) => self.cursor = Some(cursor),
            CursorMove::Forget => self.cursor = None,
        }
        self.pages.extend(change.pages.into_iter().map(|p| (p.id, p)));
        self.ledger.extend(change.ledger.into_iter().map(|r| (r.raise.clone(), r)));
        for row in change.outbox {
            self.last_counter = self.last_counter.max(row.counter);
            self.outbox.entry(row.counter).and_modify(|o| o.row = row.clone()).or_insert_with(|| Outgoing {
                row,
                given_awake_ms: None,
                sent: false,
                answered_awake_ms: None,
            });
        }
        for counter in change.outbox_done {
            self.outbox.remove(&counter);
        }
        self.receipts.extend(change.receipts.into_iter().map(|report| Receipt { report, sent_on: None }));
        let done: BTreeSet<_> = change.receipts_done.into_iter().collect();
        self.receipts.retain(|r| !done.contains(&(r.report.raise.clone(), r.report.state)));
        self.identity = change.identity.or(self.identity.take());
        self.team = change.team.or(self.team.take());
        self.paging_held = change.paging_held.unwrap_or(self.paging_held);
        if let Some(settings) = change.settings {
            self.settings = settings;
        }
        Ok(())
    }

    /// The end of every step: what can be sent is, and the desk is looked at anew.
    fn finish(&mut self, at: Moment, mut outputs: Vec<Output>) -> Vec<Output> {
        if self.link.welcomed {
            outputs.extend(self.send_receipts());
            outputs.extend(self.send_commands(at));
        }
        let desk = self.derive_desk(at);
        if desk != self.desk {
            if desk.unreachable_alarm != self.desk.unreachable_alarm {
                outputs.push(Output::Changed(Change::State));
            }
            self.desk = desk;
            outputs.push(Output::DeskChanged);
        }
        outputs
    }
}
