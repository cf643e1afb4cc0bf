//! Entries of timelines. An entry may come under two names (a copied computer offers what it had not sent once more):
//! it is shown once.

use super::Queries;
use super::fold::Fold;
use super::ops;
use super::ops::{InLog, Stored};
use crate::StoreError;
use firebell_domain::attachment::Attachment;
use firebell_domain::timeline::Entry;
use firebell_domain::{EntryId, IncidentId};
use firebell_log::{Change, OpId, Stamp};
use firebell_protocol::library::EntryView;
use rusqlite::{Connection, params};
use std::collections::HashMap;

/// Of operations with the same entry, the first one of the team's log is shown; without any, the earliest.
const FIRST: &str = "ORDER BY op.seq IS NULL, op.seq, op.ms, op.tick, op.writer, op.counter";

impl Fold<'_> {
    pub(super) fn add_entry(&mut self, op: &InLog, entry: &Entry) -> Result<(), StoreError> {
        let known: bool = self
            .db
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM view_entry WHERE id = ?1)")?
            .query_row([entry.id.0.as_bytes()], |r| r.get(0))?;
        self.db
            .prepare_cached("INSERT INTO view_entry (op, id, incident, shown) VALUES (?1, ?2, ?3, 0)")?
            .execute(params![op.row, entry.id.0.as_bytes(), entry.incident.0.as_bytes()])?;
        if known { self.choose_entry(entry.id) } else { self.show_entry(op.row, entry) }
    }

    pub(super) fn remove_entry(&mut self, stored: &Stored, entry: &Entry) -> Result<(), StoreError> {
        self.hide_entry(stored.row, entry)?;
        self.db.prepare_cached("DELETE FROM view_entry WHERE op = ?1")?.execute([stored.row])?;
        self.choose_entry(entry.id)
    }

    /// Which of the operations with this entry is shown.
    pub(super) fn choose_entry(&mut self, entry: EntryId) -> Result<(), StoreError> {
        let mut query = self.db.prepare_cached(&format!(
            "SELECT {}, view_entry.shown FROM op JOIN view_entry ON view_entry.op = op.id
             WHERE view_entry.id = ?1 {FIRST}",
            ops::COLUMNS
        ))?;
        let mut rows = query.query([entry.0.as_bytes()])?;
        let mut all = vec![];
        while let Some(row) = rows.next()? {
            all.push((Stored::of(row)?, row.get::<_, bool>(13)?));
        }
        for (place, (stored, shown)) in all.iter().enumerate() {
            let Some(Change::Entry(entry)) = stored.op.change() else { continue };
            match (place == 0, shown) {
                (true, false) => self.show_entry(stored.row, &entry)?,
                (false, true) => self.hide_entry(stored.row, &entry)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn show_entry(&mut self, row: i64, entry: &Entry) -> Result<(), StoreError> {
        self.db.prepare_cached("UPDATE view_entry SET shown = 1 WHERE op = ?1")?.execute([row])?;
        self.index_entry(row, entry)?;
        self.stale(entry.incident).entries += 1;
        Ok(())
    }

    fn hide_entry(&mut self, row: i64, entry: &Entry) -> Result<(), StoreError> {
        let shown = self
            .db
            .prepare_cached("UPDATE view_entry SET shown = 0 WHERE op = ?1 AND shown = 1")?
            .execute([row])?;
        if shown == 1 {
            self.forget_entry(row, entry)?;
            self.stale(entry.incident).entries -= 1;
        }
        Ok(())
    }
}

/// The timeline of an incident, oldest first by when it happened.
pub(super) fn timeline(db: &Connection, incident: IncidentId) -> Result<Vec<EntryView>, StoreError> {
    let tail =
        "JOIN view_entry ON view_entry.op = op.id WHERE view_entry.incident = ?1 AND view_entry.shown = 1";
    let mut entries: Vec<(Entry, (Stamp, OpId), Stored)> = ops::select(db, tail, [incident.0.as_bytes()])?
        .into_iter()
        .filter_map(|stored| match stored.op.change() {
            Some(Change::Entry(entry)) => Some((entry, (stored.op.stamp, stored.op.id), stored)),
            _ => None,
        })
        .collect();
    entries.sort_by_key(|(entry, order, _)| (entry.at, *order));
    // The newest is the one that was written last, whenever what it tells happened.
    let mut newest: HashMap<EntryId, ((Stamp, OpId), EntryId)> = HashMap::new();
    for (entry, order, _) in &entries {
        if let Some(corrected) = entry.corrects {
            let known = newest.entry(corrected).or_insert((*order, entry.id));
            *known = (*known).max((*order, entry.id));
        }
    }
    Ok(entries
        .into_iter()
        .map(|(entry, _, stored)| EntryView {
            corrected_by: newest.get(&entry.id).map(|(_, by)| *by),
            pending: stored.is_pending(),
            author: stored.op.author,
            entry,
        })
        .collect())
}

impl Queries {
    /// An entry of the incident that is shown, or its postmortem, names this attachment: whether the team knows it. `None`:
    /// neither does.
    pub fn names_attachment(&self, incident: IncidentId, hash: &str) -> Result<Option<bool>, StoreError> {
        let tail = "JOIN view_entry ON view_entry.op = op.id
             WHERE view_entry.incident = ?1 AND view_entry.shown = 1 AND instr(op.change, ?2) > 0";
        let named =
            ops::select(&self.db, tail, params![incident.0.as_bytes(), hash])?.into_iter().filter(|stored| {
                match stored.op.change() {
                    // The words of an entry may happen to name it, too.
                    Some(Change::Entry(entry)) => entry.attachments.iter().any(|a| a.hash == hash),
                    _ => false,
                }
            });
        let entries = named.map(|stored| !stored.is_pending()).max();
        Ok(entries.max(self.postmortem_shows(incident, hash)?))
    }

    /// What an entry names; nothing when it is not known here.
    pub fn attachments_of(
        &self,
        incident: IncidentId,
        entry: EntryId,
    ) -> Result<Vec<Attachment>, StoreError> {
        let found = timeline(&self.db, incident)?.into_iter().find(|view| view.entry.id == entry);
        Ok(found.map(|view| view.entry.attachments).unwrap_or_default())
    }
}

/// Every entry that is shown, with its author.
pub(super) fn shown(db: &Connection, mut each: impl FnMut(Entry, &Stored)) -> Result<(), StoreError> {
    let mut query = db.prepare(&format!(
        "SELECT {} FROM op JOIN view_entry ON view_entry.op = op.id WHERE view_entry.shown = 1",
        ops::COLUMNS
    ))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let stored = Stored::of(row)?;
        if let Some(Change::Entry(entry)) = stored.op.change() {
            each(entry, &stored);
        }
    }
    Ok(())
}
