//! Runbooks: reviews, versions, and the record of what was run.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::run::RunRecord;
use firebell_domain::runbook::{Reviewed, Version, digest};
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{EntryId, IncidentId, Refusal, RunId, RunbookId};
use firebell_log::{Change, DocumentId, OpId, RecordId};
use serde_json::{Value, json};

/// Of a version whose text no longer fits, in words.
const TOO_LONG: &str = "The runbook is too long for a version of it to be kept (240 KiB fit). Split it.";

impl Library {
    /// The text as it stands here, with the keys that are not written down yet.
    pub fn runbook_text(&mut self, runbook: RunbookId) -> Result<String, LibraryError> {
        if self.store.runbook(runbook)?.is_none() {
            let words = "This runbook is not known on this computer (any more). Look at the list again.";
            return Err(Refusal::new(RefusalCode::NotFound, words).into());
        }
        Ok(self.opened(&body(runbook))?.open().1)
    }

    /// The text of a version that was kept.
    pub fn runbook_version(&self, runbook: RunbookId, version: OpId) -> Result<String, LibraryError> {
        let versions = self.store.field_history(&RecordId::runbook(runbook), "version")?;
        let found = versions.into_iter().find(|v| v.write == version).and_then(|v| version_of(v.value));
        let words = "This version is not known on this computer (any more). Look at the history again.";
        Ok(found.ok_or_else(|| Refusal::new(RefusalCode::NotFound, words))?.text)
    }

    /// The person has read this text and found it true. `read`: the digest of what they had before them.
    pub fn runbook_reviewed(
        &mut self,
        runbook: RunbookId,
        read: &str,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        let by = self.author()?;
        let mut outputs = self.write_texts(at)?;
        let text = self.runbook_text(runbook)?;
        if digest(&text) != read {
            let words = "The text has changed since you read it. Read what is new, then review it again.";
            return Err(Refusal::new(RefusalCode::Stale, words).into());
        }
        let now = self.team_time(at);
        let reviewed = Reviewed { by, at: now, digest: read.to_owned() };
        let day = now.date_naive().to_string();
        let mut changes = vec![
            self.field(runbook, "reviewed", json!(reviewed))?,
            // For desktops that know the day alone.
            self.field(runbook, "last_reviewed", Value::String(day))?,
        ];
        changes.extend(self.version(runbook, text, "")?);
        let (_, more) = self.write(changes, at)?;
        outputs.extend(more);
        Ok(((), outputs))
    }

    /// Keeps the text as a version, if it is another one than the newest. False: there was nothing to keep.
    pub fn runbook_keep(
        &mut self,
        runbook: RunbookId,
        note: &str,
        at: Moment,
    ) -> Result<(bool, Vec<Output>), LibraryError> {
        let mut outputs = self.write_texts(at)?;
        let text = self.runbook_text(runbook)?;
        let Some(change) = self.version(runbook, text, note)? else { return Ok((false, outputs)) };
        let (_, more) = self.write(vec![change], at)?;
        outputs.extend(more);
        Ok((true, outputs))
    }

    /// Writes the text of a version back, as an edit: nothing of the history is lost.
    pub fn runbook_restore(
        &mut self,
        runbook: RunbookId,
        version: OpId,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        self.author()?;
        let wanted = self.runbook_version(runbook, version)?;
        // What stands now stays a version, too.
        let (_, mut outputs) = self.runbook_keep(runbook, "", at)?;
        outputs.extend(self.write_back(&body(runbook), &wanted, at)?);
        Ok(((), outputs))
    }

    /// A new name for a run.
    pub fn new_run(&mut self) -> RunId {
        RunId((self.ids)())
    }

    /// Writes a run into the timeline: `began` is the entry of its beginning, whose place the new one takes.
    pub fn run_record(
        &mut self,
        incident: IncidentId,
        run: RunRecord,
        began: Option<EntryId>,
        at: Moment,
    ) -> Result<(EntryId, Vec<Output>), LibraryError> {
        self.known(incident)?;
        let id = EntryId((self.ids)());
        let entry = Entry {
            id,
            incident,
            kind: EntryKind::Action,
            text: run.sentence(),
            reason: Some(run.reason.clone()),
            at: run.started_at,
            corrects: began,
            run: Some(Box::new(run)),
            attachments: vec![],
        };
        entry.check()?;
        let (_, outputs) = self.write(vec![Change::Entry(entry)], at)?;
        Ok((id, outputs))
    }

    /// A write of a field over the one that stands.
    fn field(&self, runbook: RunbookId, field: &str, value: Value) -> Result<Change, LibraryError> {
        let record = RecordId::runbook(runbook);
        let fields = self.store.runbook(runbook)?.map(|detail| detail.fields).unwrap_or_default();
        let replaces = fields.get(field).map(|view| view.write);
        Ok(Change::Record { record, field: field.to_owned(), value, replaces })
    }

    fn version(&self, runbook: RunbookId, text: String, note: &str) -> Result<Option<Change>, LibraryError> {
        let record = RecordId::runbook(runbook);
        let newest = self.store.field_history(&record, "version")?.into_iter().next();
        let before = newest.and_then(|v| version_of(v.value)).map_or(String::new(), |v| v.text);
        if before == text {
            return Ok(None);
        }
        let note: String = note.trim().chars().take(500).collect();
        let value = json!(Version { text, note });
        if value.to_string().len() > record.value_max("version") {
            return Err(Refusal::new(RefusalCode::BadInput, TOO_LONG).into());
        }
        Ok(Some(self.field(runbook, "version", value)?))
    }
}

fn body(runbook: RunbookId) -> DocumentId {
    DocumentId { record: RecordId::runbook(runbook), section: "body".into() }
}

/// A version as it was written; `None`: by a program that means something else by it.
pub(crate) fn version_of(value: Value) -> Option<Version> {
    serde_json::from_value(value).ok()
}
