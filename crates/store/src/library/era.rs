//! What is rare and thorough: a restored server, a copied computer, a person who leaves.

use super::commit::{Commit, rebuild};
use super::ops::{Arrival, State, Stored, Whose};
use super::{NewEra, NewWriter, Place, ops};
use crate::StoreError;
use firebell_log::{OpId, Written};
use rusqlite::params;
use std::collections::HashMap;

/// Forgets everything but who writes here and how far the writer has counted.
pub(super) fn purge(commit: &mut Commit) -> Result<(), StoreError> {
    commit.fold.db.execute_batch(
        "DELETE FROM op; DELETE FROM incident_event; DELETE FROM text_state; DELETE FROM held; DELETE FROM draft;
         DELETE FROM team; DELETE FROM sight",
    )?;
    commit.meta.place = Place::default();
    commit.meta.unread_from = None;
    commit.meta.alone = None;
    commit.meta.former.clear();
    commit.meta.before_era = 0;
    commit.meta.returning.clear();
    commit.meta.shorten = true;
    commit.fold.touched.drafts = true;
    commit.fold.touched.sync = true;
    rebuild(commit)
}

/// The server was restored: what others wrote is fetched again, and what was written here is offered again, all of it, under
/// the names that it has, also former ones. What the server remembers it answers as it did; and what a copy of this library
/// was refused meanwhile under the same name, it refuses again.
pub(super) fn begin(commit: &mut Commit, new: NewEra) -> Result<(), StoreError> {
    let db = commit.fold.db;
    db.execute_batch(
        "UPDATE op SET state = 0 WHERE own IN (1, 2) AND state = 1;
         DELETE FROM op WHERE own = 0 AND state IN (0, 1); UPDATE op SET seq = NULL WHERE seq IS NOT NULL;
         DELETE FROM incident_event WHERE local = 0; DELETE FROM text_state; DELETE FROM held; DELETE FROM sight",
    )?;
    commit.meta.shorten = true;
    commit.meta.place = Place { era: Some(new.era), upto: 0, live: None };
    commit.meta.unread_from = None;
    commit.meta.before_era = commit.meta.last_counter;
    commit.fold.touched.sync = true;
    rebuild(commit)
}

/// A copy of this library writes under the same name: what was not answered gets new names. `taken`: so far the new
/// writer has counted already.
pub(super) fn rename(commit: &mut Commit, new: &NewWriter, taken: u64) -> Result<(), StoreError> {
    let before_era = commit.meta.before_era;
    let old = commit.meta.become_writer(new.writer);
    let given: HashMap<u64, &Written> = new.reminted.iter().map(|(counter, op)| (*counter, op)).collect();
    let waiting = ops::select(commit.fold.db, "WHERE own = 1 AND state = 0 ORDER BY counter", ())?;
    commit.fold.db.execute("UPDATE op SET own = 2 WHERE own = 1", [])?;
    let mut last = given.values().map(|op| op.id.counter).max().unwrap_or(0).max(taken);
    let mut after = 0;
    for (id, op) in &new.returned {
        let Some(stored) = ops::find(commit.fold.db, *id)?.filter(|stored| stored.state == State::Waiting)
        else {
            continue;
        };
        after = take_instead(commit, &stored, op, after)?;
        commit.meta.before_era = after;
    }
    for stored in waiting {
        let counter = stored.op.id.counter;
        // One that nobody thought of is not left behind.
        let op = given.get(&counter).map(|op| (*op).clone()).unwrap_or_else(|| {
            last += 1;
            Written { id: OpId { writer: new.writer, counter: last }, ..stored.op.clone() }
        });
        after = take_instead(commit, &stored, &op, after)?;
        if counter <= before_era {
            commit.meta.before_era = after;
        }
    }
    commit.fold.touched.sync = true;
    commit.release(None)?;
    // Commands of the old name may still be shown as pending.
    let mut query = commit.fold.db.prepare(
        "SELECT DISTINCT subject FROM op WHERE kind = 'command' AND writer = ?1 AND subject IS NOT NULL",
    )?;
    let subjects: Vec<[u8; 16]> =
        query.query_map(params![old.0.as_bytes()], |r| r.get(0))?.collect::<Result<_, _>>()?;
    drop(query);
    for subject in subjects {
        commit.fold.stale(firebell_domain::IncidentId(uuid::Uuid::from_bytes(subject))).state = true;
    }
    Ok(())
}

/// One that waits gets another name. Its counter.
fn take_instead(commit: &mut Commit, stored: &Stored, op: &Written, after: u64) -> Result<u64, StoreError> {
    if let Some(change) = stored.op.change() {
        commit.fold.remove(stored, &change)?;
    }
    ops::delete(commit.fold.db, stored.row)?;
    let given_at = stored.given_at;
    let arrival = Arrival { whose: Whose::Own, state: State::Waiting, seq: None, given_at, after };
    commit.take(op, &arrival)?;
    Ok(op.id.counter)
}
