//! How operations become views: each is taken in or taken back, and what was touched is worked out once at the end.
//!
//! **Invariant.** After [`Fold::finish`] the views are what a rebuild from the log would make them.

use super::ops::{InLog, State, Stored};
use super::{Touched, postmortems, views};
use crate::StoreError;
use firebell_domain::{EntryId, IncidentId, RunbookId};
use firebell_log::{Change, RecordId};
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// What has to be worked out anew about an incident.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stale {
    /// Its state, and so everything.
    pub state: bool,
    /// Its title and what is found by search.
    pub words: bool,
    /// Who has a part in it.
    pub people: bool,
    /// Entries more than before.
    pub entries: i64,
}

pub(super) struct Fold<'a> {
    pub db: &'a Connection,
    pub touched: Touched,
    pub incidents: BTreeMap<Uuid, Stale>,
    /// Taken out of sight in this change.
    pub gone: BTreeSet<Uuid>,
    pub fields: BTreeSet<i64>,
    pub runbooks: BTreeSet<Uuid>,
    /// By their incidents.
    pub postmortems: BTreeSet<Uuid>,
    /// Rows of the fields that were touched.
    pub field_rows: HashMap<(RecordId, String), i64>,
}

impl<'a> Fold<'a> {
    pub fn new(db: &'a Connection) -> Self {
        Self {
            db,
            touched: Touched::default(),
            incidents: BTreeMap::new(),
            gone: BTreeSet::new(),
            fields: BTreeSet::new(),
            runbooks: BTreeSet::new(),
            postmortems: BTreeSet::new(),
            field_rows: HashMap::new(),
        }
    }

    /// Takes an operation in.
    pub fn add(&mut self, op: &InLog, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Record { record, field, replaces, .. } => {
                self.add_write(op, record, field, *replaces)?;
                self.touch(record);
            }
            Change::Entry(entry) => {
                self.add_entry(op, entry)?;
                self.stale(entry.incident);
            }
            Change::Text { document, update } => {
                self.touch(&document.record);
                if !(op.own && op.state == State::Waiting) {
                    self.touched.documents.push((document.clone(), update.0.clone()));
                }
            }
            Change::Command(asked) => self.stale(asked.incident).state = true,
            Change::Settled { incident, .. } => self.stale(*incident).state = true,
        }
        Ok(())
    }

    /// Takes one back that was taken in; its row in the log is still as it was then.
    pub fn remove(&mut self, stored: &Stored, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Record { record, field, replaces, .. } => {
                self.remove_write(stored, record, field, *replaces)?;
                self.touch(record);
            }
            Change::Entry(entry) => {
                self.remove_entry(stored, entry)?;
                self.stale(entry.incident);
            }
            Change::Text { document, .. } => {
                self.touch(&document.record);
                self.touched.reopened.insert(document.clone());
            }
            Change::Command(asked) => self.stale(asked.incident).state = true,
            Change::Settled { incident, .. } => self.stale(*incident).state = true,
        }
        Ok(())
    }

    /// State, place or stamp of one that was taken in have changed; the row in the log has the new ones.
    pub fn restamp(&mut self, stored: &Stored, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::Record { record, field, .. } => {
                self.restamp_write(stored, record, field)?;
                self.touch(record);
            }
            Change::Entry(entry) => {
                self.choose_entry(EntryId(entry.id.0))?;
                self.stale(entry.incident);
            }
            Change::Text { document, .. } => self.touch(&document.record),
            Change::Command(asked) => self.stale(asked.incident).state = true,
            Change::Settled { incident, .. } => self.stale(*incident).state = true,
        }
        Ok(())
    }

    /// Something about an incident has changed.
    pub fn stale(&mut self, incident: IncidentId) -> &mut Stale {
        self.incidents.entry(incident.0).or_default()
    }

    /// Something about a record has changed.
    pub(super) fn touch(&mut self, record: &RecordId) {
        match record.kind.as_str() {
            RecordId::INCIDENT => {
                self.stale(IncidentId(record.id));
            }
            RecordId::RUNBOOK => {
                self.runbooks.insert(record.id);
            }
            RecordId::POSTMORTEM => {
                self.postmortems.insert(record.id);
                self.stale(IncidentId(record.id));
            }
            _ => {}
        }
    }

    /// Works out what was touched, and tells it.
    pub fn finish(mut self) -> Result<Touched, StoreError> {
        for field in std::mem::take(&mut self.fields) {
            self.choose_write(field)?;
        }
        for (incident, stale) in std::mem::take(&mut self.incidents) {
            self.refresh_incident(IncidentId(incident), stale)?;
            if self.gone.contains(&incident) {
                self.forget_incident(IncidentId(incident))?;
            }
            if (stale.state || stale.words) && postmortems::is_written(self.db, IncidentId(incident))? {
                // It is found by the incident's title, and only while that is shown.
                self.postmortems.insert(incident);
            }
            self.touched.incidents.insert(IncidentId(incident));
        }
        for runbook in std::mem::take(&mut self.runbooks) {
            self.index_runbook(RunbookId(runbook))?;
            self.touched.runbooks.insert(RunbookId(runbook));
        }
        for incident in std::mem::take(&mut self.postmortems) {
            self.index_postmortem(IncidentId(incident))?;
            self.touched.postmortems.insert(IncidentId(incident));
        }
        if !self.gone.is_empty() {
            self.leave_no_deleted_words()?;
        }
        Ok(self.touched)
    }

    /// Forgets every view and begins with empty ones.
    pub fn start_over(&mut self) -> Result<(), StoreError> {
        views::make(self.db)?;
        self.incidents.clear();
        self.fields.clear();
        self.runbooks.clear();
        self.postmortems.clear();
        self.field_rows.clear();
        self.touched.everything = true;
        Ok(())
    }
}
