//! One change of the library, from the first row to the sync.

use super::fold::Fold;
use super::incidents::Version;
use super::meta::Meta;
use super::open::remove_put_aside;
use super::ops::{Arrival, State, Stored, Whose};
use super::{LibraryChange, LibraryStore, LocalIncident, NewOwn, Touched, alone, era, ops, unsent, views};
use crate::StoreError;
use crate::following::{read, write};
use firebell_domain::PersonId;
use firebell_domain::incident::{IncidentEvent, RecordedIncident};
use firebell_log::text::{interim_client, is_typed_by};
use firebell_log::{Change, OpId, Operation, OperationBody, Stamp, Written};
use firebell_protocol::sync::OpOutcome;
use rusqlite::{TransactionBehavior, params};

/// A change on its way into the file.
pub(super) struct Commit<'a, 'm> {
    pub fold: Fold<'a>,
    pub meta: &'m mut Meta,
    /// Own counters that need not be kept beside the file any more.
    pub answered: Vec<u64>,
}

impl LibraryStore {
    /// Writes everything in one transaction. When this returns, what was written here is on the disk in the file of unsent
    /// changes, and so is the whole transaction unless what a crash could take of it comes back by itself. After an error
    /// nothing has changed.
    pub fn commit(&mut self, change: &LibraryChange) -> Result<Touched, StoreError> {
        if change.is_empty() {
            return Ok(Touched::default());
        }
        let sure = self.be_sure();
        self.mended(sure)?;
        let is_synced = !change.comes_back(self.unsent.is_some());
        let result = self.sync_commits(is_synced).and_then(|()| self.try_commit(change, is_synced));
        let touched = self.mended(result)?;
        self.write_back_if_long();
        Ok(touched)
    }

    fn try_commit(&mut self, change: &LibraryChange, is_synced: bool) -> Result<Touched, StoreError> {
        let mut meta = self.meta.clone();
        let tx = self.queries.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut commit = Commit { fold: Fold::new(&tx), meta: &mut meta, answered: vec![] };
        commit.all(change)?;
        let Commit { fold, answered, .. } = commit;
        let is_gone = !fold.gone.is_empty();
        let touched = fold.finish()?;
        meta.save(&tx)?;
        // What gets new names is in the file under its old ones until they are no longer in the library.
        let renamed = self.meta.writer != meta.writer;
        let records = if renamed { unsent::waiting(&tx)? } else { unsent::records(&tx, change)? };
        if change.purge || is_gone {
            // What was unsent is the person's own.
            remove_put_aside(self.path.as_deref(), change.purge)?;
        }
        let mut new = vec![];
        if let Some(unsent) = &mut self.unsent {
            if change.purge {
                // First: what comes back out of this file must not outlive the rest.
                unsent.start_over()?;
            }
            if !renamed {
                new = unsent.append(&tx, &records)?;
            }
        }
        if let Err(error) = tx.commit() {
            if let Some(unsent) = &mut self.unsent {
                unsent.forget(&new);
            }
            return Err(error.into());
        }
        self.meta = meta;
        if let Some(unsent) = &mut self.unsent {
            if renamed {
                unsent.write_anew(&records);
            }
            unsent.answered(&answered, is_synced);
        }
        if change.purge || change.new_era.is_some() || is_gone {
            self.give_back();
        }
        Ok(touched)
    }
}

impl Commit<'_, '_> {
    fn all(&mut self, change: &LibraryChange) -> Result<(), StoreError> {
        if change.purge {
            era::purge(self)?;
        }
        if let Some(new) = &change.new_era {
            era::begin(self, *new)?;
        }
        if let Some(new) = &change.new_writer {
            era::rename(self, new, 0)?;
        }
        if let Some(joined) = &change.joined {
            alone::join(self, joined)?;
        }
        if let Some(alone) = &change.alone {
            self.meta.alone = Some(alone.clone());
            self.fold.touched.sync = true;
        }
        for own in &change.own {
            self.own(own, change.given_at)?;
        }
        for operation in &change.settled {
            self.settled(operation, change.reader.as_ref())?;
        }
        if let Some(part) = &change.history {
            self.history_came(part)?;
        }
        let present = change.answers.iter().map(|(counter, outcome)| {
            (OpId { writer: self.meta.writer, counter: *counter }, outcome.clone())
        });
        let answers: Vec<(OpId, OpOutcome)> = present.chain(change.answers_of_former.clone()).collect();
        self.answers(answers)?;
        for local in &change.local_incidents {
            self.decided_here(local)?;
        }
        for draft in &change.drafts_done {
            self.drop_draft(*draft)?;
        }
        if let Some(team) = &change.team {
            let body = write("team", team)?;
            self.fold.db.execute("INSERT OR REPLACE INTO team (one, body) VALUES (1, ?1)", [body])?;
            self.fold.index_team()?;
        }
        self.meta.tell(&change.told);
        if let Some(place) = change.place {
            self.fold.touched.sync |= self.meta.place != place;
            self.meta.place = place;
        }
        Ok(())
    }

    fn own(&mut self, own: &NewOwn, given_at: Option<i64>) -> Result<(), StoreError> {
        let id = own.op.id;
        if id.writer != self.meta.writer || id.counter <= self.meta.last_counter {
            return Err(StoreError::OutOfTurn(id));
        }
        let arrival = Arrival {
            whose: Whose::Own,
            state: alone::state_of_own(self),
            seq: None,
            given_at: given_at.unwrap_or(own.op.stamp.ms),
            after: own.after,
        };
        self.take(&own.op, &arrival)?;
        self.fold.touched.sync = true;
        Ok(())
    }

    /// Into the log and the views.
    pub fn take(&mut self, op: &Written, arrival: &Arrival) -> Result<(), StoreError> {
        if self.take_new(op, arrival)? { Ok(()) } else { Err(StoreError::OutOfTurn(op.id)) }
    }

    /// The same; `false`, and nothing happens, when another one has its name.
    fn take_new(&mut self, op: &Written, arrival: &Arrival) -> Result<bool, StoreError> {
        let change = op.change();
        let Some(taken) = ops::insert(self.fold.db, op, change.as_ref(), arrival)? else { return Ok(false) };
        if arrival.whose == Whose::Own {
            self.meta.last_counter = self.meta.last_counter.max(op.id.counter);
            if let Some(Change::Text { document, update }) = &change
                && is_typed_by(&update.0, interim_client(op.id.writer, document))
            {
                self.meta.spend_after(op.id.counter - 1);
            }
        }
        self.meta.see(op.stamp);
        if let Some(change) = &change {
            self.fold.add(&taken, change)?;
        }
        Ok(true)
    }

    fn settled(&mut self, operation: &Operation, reader: Option<&PersonId>) -> Result<(), StoreError> {
        if self.is_taken_away(operation)? {
            return Ok(());
        }
        match &operation.body {
            OperationBody::Written(op) => self.settle(op, operation.seq),
            OperationBody::Incident { incident, version, events, happened_at, asked } => {
                if events.contains(&IncidentEvent::Unknown) {
                    self.unread(operation.seq);
                }
                self.came_into_sight(*incident, *version, events, operation.seq, reader)?;
                let at = |n: usize| happened_at.get(n).copied().unwrap_or(operation.at);
                let recorded = events.iter().enumerate();
                self.fold.add_version(&Version {
                    incident: *incident,
                    local: false,
                    version: *version,
                    seq: Some(operation.seq),
                    events: recorded
                        .map(|(n, event)| RecordedIncident { at: at(n), event: event.clone() })
                        .collect(),
                    asked: *asked,
                })?;
                self.told_by_the_team(*incident)?;
                // The command it answers waits for its answer all the same: a copy of this library may have asked
                // something else under the same name.
                Ok(())
            }
            OperationBody::Unknown => {
                self.unread(operation.seq);
                Ok(())
            }
            OperationBody::Gone { incident, asked } => self.gone(*incident, *asked, operation.seq),
            OperationBody::Page { .. } | OperationBody::Team { .. } | OperationBody::Elsewhere => Ok(()),
        }
    }

    fn unread(&mut self, seq: u64) {
        let from = self.meta.unread_from.map_or(seq, |known| known.min(seq));
        self.meta.unread_from = Some(from);
    }

    pub fn settle(&mut self, op: &Written, seq: u64) -> Result<(), StoreError> {
        if op.id.writer == self.meta.writer && ops::find(self.fold.db, op.id)?.is_none() {
            // By a copy of this library, which goes on under the same name.
            return self.hold(op, seq);
        }
        let arrival = Arrival {
            // Under a name that was this library's once, it is a copy's all the same.
            whose: Whose::Others,
            state: State::Settled,
            seq: Some(seq),
            given_at: op.stamp.ms,
            after: u64::MAX,
        };
        // Most are new.
        if self.take_new(op, &arrival)? {
            return Ok(());
        }
        let Some(stored) = ops::find(self.fold.db, op.id)? else { return Ok(()) };
        let same =
            stored.op.change == op.change && stored.op.author == op.author && stored.op.schema == op.schema;
        match (same, stored.state) {
            (_, State::DecidedHere) => Ok(()),
            (true, _) => self.accept(stored, seq, op.stamp),
            (false, State::Waiting) => self.hold(op, seq),
            (false, State::Refused) => {
                // By a copy, to a server that was restored and does not know of its no.
                ops::free_name(self.fold.db, &stored)?;
                self.settle(op, seq)
            }
            (false, _) => self.merged_elsewhere(&stored, op),
        }
    }

    /// The server merges updates of a text under the name of the last of them. It may contain what never came here.
    fn merged_elsewhere(&mut self, stored: &Stored, op: &Written) -> Result<(), StoreError> {
        let (Some(Change::Text { document, .. }), Some(Change::Text { document: here, update })) =
            (stored.op.change(), op.change())
        else {
            tracing::warn!(op = %op.id, "two operations have one name; the first one stands");
            return Ok(());
        };
        if document == here { self.fold.add_text_state(&here, &update.0) } else { Ok(()) }
    }

    /// Something else has a name that is this library's to give: a copy of it writes, too, or the server merged texts. The
    /// answer to what waits will tell; and whoever holds this takes another name as soon as nothing waits.
    fn hold(&mut self, op: &Written, seq: u64) -> Result<(), StoreError> {
        self.fold
            .db
            .prepare_cached(
                "INSERT OR REPLACE INTO held (writer, counter, seq, body) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                op.id.writer.0.as_bytes(),
                ops::int(op.id.counter),
                ops::int(seq),
                write("held", op)?
            ])?;
        Ok(())
    }

    /// What was held back under this name, or under any when `None`, is taken in.
    pub fn release(&mut self, id: Option<OpId>) -> Result<(), StoreError> {
        let which = "WHERE ?1 IS NULL OR writer = ?1 AND counter = ?2";
        let name = params![id.as_ref().map(|id| id.writer.0.as_bytes()), id.map(|id| ops::int(id.counter))];
        let mut query = self.fold.db.prepare_cached(&format!("SELECT seq, body FROM held {which}"))?;
        let held: Vec<(i64, String)> =
            query.query_map(name, |r| Ok((r.get(0)?, r.get(1)?)))?.collect::<Result<_, _>>()?;
        if held.is_empty() {
            return Ok(());
        }
        self.fold.db.prepare_cached(&format!("DELETE FROM held {which}"))?.execute(name)?;
        for (seq, body) in held {
            self.settle(&read("held", &body)?, ops::number(seq))?;
        }
        Ok(())
    }

    /// It is part of the team's log, at this place and with this stamp.
    fn accept(&mut self, mut stored: Stored, seq: u64, stamp: Stamp) -> Result<(), StoreError> {
        if stored.state == State::Settled && stored.seq == Some(seq) && stored.op.stamp == stamp {
            return Ok(());
        }
        let was = std::mem::replace(&mut stored.state, State::Settled);
        stored.seq = Some(seq);
        stored.op.stamp = stamp;
        self.meta.see(stamp);
        ops::update(self.fold.db, &stored)?;
        if was == State::Waiting {
            if stored.own {
                self.answered.push(stored.op.id.counter);
            }
            self.fold.touched.sync = true;
        }
        match stored.op.change() {
            // The words are in a draft as well; better twice than not at all.
            Some(change) if was == State::Refused => self.fold.add(&stored.in_log(), &change),
            Some(change) => self.fold.restamp(&stored, &change),
            None => Ok(()),
        }
    }

    fn answers(&mut self, answers: Vec<(OpId, OpOutcome)>) -> Result<(), StoreError> {
        let mut refused = vec![];
        for (id, outcome) in answers {
            let Some(stored) = ops::find(self.fold.db, id)? else { continue };
            match outcome {
                OpOutcome::Accepted { seq, stamp }
                    if matches!(stored.state, State::Waiting | State::Settled) =>
                {
                    self.accept(stored, seq, stamp)?;
                    self.release(Some(id))?;
                }
                OpOutcome::Refused { refusal } if stored.state == State::Waiting => {
                    refused.push((stored, refusal));
                }
                _ => {}
            }
        }
        self.refuse(refused)
    }

    pub(super) fn decided_here(&mut self, local: &LocalIncident) -> Result<(), StoreError> {
        self.fold.add_version(&Version {
            incident: local.incident,
            local: true,
            version: local.version,
            seq: None,
            events: local.events.clone(),
            asked: Some(local.asked),
        })?;
        if let Some(mut stored) = ops::find(self.fold.db, local.asked)?
            && stored.state == State::Waiting
        {
            stored.state = State::DecidedHere;
            ops::update(self.fold.db, &stored)?;
            self.fold.touched.sync = true;
        }
        Ok(())
    }

    /// The team's log says what happened to it: what was decided here is not needed beside the file any more.
    fn told_by_the_team(&mut self, incident: firebell_domain::IncidentId) -> Result<(), StoreError> {
        let mut query = self.fold.db.prepare_cached(
            "SELECT asked_counter FROM incident_event WHERE incident = ?1 AND local = 1 AND asked_writer = ?2",
        )?;
        let rows =
            query.query_map(params![incident.0.as_bytes(), self.meta.writer.0.as_bytes()], |r| r.get(0))?;
        for counter in rows {
            self.answered.push(ops::number(counter?));
        }
        Ok(())
    }
}

/// Everything that is made from the log, made again within a change.
pub(super) fn rebuild(commit: &mut Commit) -> Result<(), StoreError> {
    views::rebuild(&mut commit.fold, commit.meta)
}
