//! What the person asks: durably queued first, then sent until it is answered.

use super::{AskError, Moment, Outgoing, Output, Responder};
use firebell_domain::page::{Actor, Command, decide};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::team::Roster;
use firebell_domain::{PageId, Refusal};
use firebell_protocol::sync::{ClientMessage, CommandEnvelope, Outcome, PageRequest};
use firebell_protocol::window::Change;
use firebell_store::{Changeset, CommandState, OutboxRow, StoreError};
use std::collections::BTreeMap;

/// An acknowledgement says "I have it now"; ten minutes later that may no longer be so.
const ACKNOWLEDGE_GOOD_FOR_MS: u64 = 10 * 60_000;
const OTHERS_GOOD_FOR_MS: u64 = 60 * 60_000;

impl Responder {
    /// Takes down what the person asked and sends it as soon as there is a connection. The counter names it. Asking
    /// the same again while it waits changes nothing.
    pub fn ask(
        &mut self,
        page: PageId,
        request: PageRequest,
        at: Moment,
    ) -> Result<(u64, Vec<Output>), AskError> {
        if let Some(waiting) = self.waiting(page).find(|o| is_same(&o.row.request, &request)) {
            return Ok((waiting.row.counter, vec![]));
        }
        let Some(me) = self.me().cloned() else {
            return Err(Refusal::new(
                RefusalCode::NotAllowed,
                "Join a team first: this computer is signed out.",
            )
            .into());
        };
        let Some(held) = self.pages.get(&page) else {
            let words = "This page is no longer kept on this computer; connect to the team and look again.";
            return Err(Refusal::new(RefusalCode::NotFound, words).into());
        };
        // The server's own rules, on what is known here: what they refuse is not worth queueing.
        if let Some(team) = &self.team {
            let roster = Roster { team: &team.team, reach: &BTreeMap::new() };
            decide(held, command(me.clone(), request.clone()), &roster, self.server_time(at))?;
        }
        let counter = self.last_counter + 1;
        let row = OutboxRow {
            counter,
            page,
            page_title: held.title.clone(),
            decided_on: held.version,
            given_at: at.now,
            good_for_ms: match request {
                PageRequest::Acknowledge { .. } => ACKNOWLEDGE_GOOD_FOR_MS,
                _ => OTHERS_GOOD_FOR_MS,
            },
            raise: held.ringing_for(&me).map(|r| r.raise.clone()),
            request,
            state: CommandState::Queued,
        };
        let mut change = Changeset { outbox: vec![row], ..Changeset::default() };
        // Whoever answers a page has seen it.
        self.note_seen(page, at, &mut change);
        self.commit(change)?;
        if let Some(o) = self.outbox.get_mut(&counter) {
            o.given_awake_ms = Some(at.awake_ms);
        }
        let outputs = vec![Output::Changed(Change::State), Output::Changed(Change::Page { page })];
        Ok((counter, self.finish(at, outputs)))
    }

    /// Gives a command that came back again, on what is known now.
    pub fn question_repeat(&mut self, counter: u64, at: Moment) -> Result<(u64, Vec<Output>), AskError> {
        let question = self.outbox.get(&counter).map(|o| &o.row).filter(|r| r.state != CommandState::Queued);
        let Some((page, request)) = question.map(|r| (r.page, r.request.clone())) else {
            return Err(Refusal::new(RefusalCode::NotFound, "This question was answered already.").into());
        };
        let (again, mut outputs) = self.ask(page, request, at)?;
        outputs.extend(self.question_dismiss(counter, at)?);
        Ok((again, outputs))
    }

    pub fn question_dismiss(&mut self, counter: u64, at: Moment) -> Result<Vec<Output>, StoreError> {
        if !matches!(self.outbox.get(&counter), Some(o) if matches!(o.row.state, CommandState::Question { .. }))
        {
            return Ok(vec![]);
        }
        self.commit(Changeset { outbox_done: vec![counter], ..Changeset::default() })?;
        Ok(self.finish(at, vec![Output::Changed(Change::State)]))
    }

    pub(super) fn on_answer(
        &mut self,
        counter: u64,
        page: PageId,
        outcome: Outcome,
        at: Moment,
    ) -> Result<Vec<Output>, StoreError> {
        let Some(outgoing) = self.outbox.get(&counter).filter(|o| o.row.state == CommandState::Queued) else {
            return Ok(vec![]);
        };
        let row = outgoing.row.clone();
        let mut change = Changeset::default();
        match outcome {
            Outcome::Accepted => {
                // The change that follows may come after this answer: until then the answer keeps the page quiet.
                let still_rings = row.raise.is_some()
                    && self.me().is_some_and(|me| {
                        let now = self.pages.get(&row.page).and_then(|p| p.ringing_for(me));
                        now.map(|r| &r.raise) == row.raise.as_ref()
                    });
                if still_rings && quiets(&row.request, self.me()) {
                    change.outbox.push(OutboxRow { state: CommandState::Answered, ..row });
                } else {
                    change.outbox_done.push(counter);
                }
            }
            Outcome::Refused { refusal } => {
                let can_repeat = refusal.code == RefusalCode::Stale;
                let state = CommandState::Question { words: refusal.words, can_repeat };
                change.outbox.push(OutboxRow { state, ..row });
            }
        }
        self.commit(change)?;
        if let Some(o) = self.outbox.get_mut(&counter).filter(|o| o.row.state == CommandState::Answered) {
            o.answered_awake_ms = Some(at.awake_ms);
        }
        Ok(vec![Output::Changed(Change::State), Output::Changed(Change::Page { page })])
    }

    /// In the order in which they were given; each once a connection.
    pub(super) fn send_commands(&mut self, at: Moment) -> Vec<Output> {
        let unsent = |o: &&mut Outgoing| o.row.state == CommandState::Queued && !o.sent;
        let send = |o: &mut Outgoing| {
            o.sent = true;
            let waited_ms = waited_ms(o, at);
            let row = &o.row;
            Output::Send(ClientMessage::Command(CommandEnvelope {
                counter: row.counter,
                page: row.page,
                request: row.request.clone(),
                decided_on: row.decided_on,
                given_at: row.given_at,
                good_for_ms: row.good_for_ms,
                waited_ms,
            }))
        };
        self.outbox.values_mut().filter(unsent).map(send).collect()
    }

    /// Commands about this page the team does not know yet.
    pub(super) fn waiting(&self, page: PageId) -> impl Iterator<Item = &Outgoing> {
        self.outbox.values().filter(move |o| o.row.page == page && o.row.state == CommandState::Queued)
    }

    /// True when the person has dealt with the page as far as this computer is concerned.
    pub(super) fn is_quieted(&self, page: PageId) -> bool {
        self.outbox.values().any(|o| {
            o.row.page == page
                && !matches!(o.row.state, CommandState::Question { .. })
                && quiets(&o.row.request, self.me())
        })
    }
}

/// How long a command has been waiting. The wall clock counts sleep but can be set; the other one cannot be set but
/// stands still in sleep: the longer of the two never takes an old command for a fresh one.
fn waited_ms(o: &Outgoing, at: Moment) -> u64 {
    let wall = u64::try_from((at.now - o.row.given_at).num_milliseconds()).unwrap_or(0);
    let awake = o.given_awake_ms.map_or(0, |t| at.awake_ms.saturating_sub(t));
    wall.max(awake)
}

/// Requests after which it no longer rings for the person who asked.
fn quiets(request: &PageRequest, me: Option<&firebell_domain::PersonId>) -> bool {
    match request {
        PageRequest::Acknowledge { .. } | PageRequest::Snooze { .. } | PageRequest::Resolve => true,
        PageRequest::Reassign { to } => Some(to) != me,
        PageRequest::Escalate | PageRequest::Note { .. } => false,
    }
}

/// From where somebody acknowledged makes no difference.
fn is_same(a: &PageRequest, b: &PageRequest) -> bool {
    matches!((a, b), (PageRequest::Acknowledge { .. }, PageRequest::Acknowledge { .. })) || a == b
}

fn command(by: firebell_domain::PersonId, request: PageRequest) -> Command {
    match request {
        PageRequest::Acknowledge { via } => {
            Command::Acknowledge { by: Actor::Person { person: by }, via, claimed_at: None }
        }
        PageRequest::Escalate => Command::Escalate { by },
        PageRequest::Reassign { to } => Command::Reassign { by, to },
        PageRequest::Snooze { until } => Command::Snooze { by, until },
        PageRequest::Resolve => Command::Resolve { by: Actor::Person { person: by } },
        PageRequest::Note { text } => Command::Note { by, text },
    }
}
