//! The history of a section of a postmortem: by its authors' sittings, each with the way back.

use super::documents::of_text;
use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::postmortem::sittings;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::runbook::{edits, tally};
use firebell_domain::{IncidentId, Refusal};
use firebell_log::{Change, DocumentId, OpId, RecordId, TextChange, TextDocument};
use firebell_protocol::library::FieldVersion;
use firebell_protocol::postmortem::SectionVersion;
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{Queries, TextWrite};
use serde_json::json;

fn section(incident: IncidentId, section: &str) -> DocumentId {
    DocumentId { record: RecordId::postmortem(incident), section: section.to_owned() }
}

fn take_in(text: &mut TextDocument, update: &[u8]) {
    if let Err(error) = text.take_in(update) {
        tracing::error!(%error, "an update of a text was left out of its history");
    }
}

/// What it began with: the merged part of a long history, of which nobody knows who wrote what.
fn beginning(updates: &[Vec<u8>]) -> TextDocument {
    // Never edited, so any name will do.
    let mut text = TextDocument::new(0);
    updates.iter().for_each(|update| take_in(&mut text, update));
    text
}

/// The versions of a section, the newest first.
pub(crate) fn versions(
    q: &Queries,
    incident: IncidentId,
    of: &str,
) -> Result<Vec<SectionVersion>, StoreError> {
    let (began, writes) = q.document_history(&section(incident, of))?;
    let mut text = beginning(&began);
    let mut before = text.text();
    let said: Vec<_> = writes.iter().map(|write| (write.author.clone(), write.at)).collect();
    let anew = anew(&q.field_history(&RecordId::postmortem(incident), &marker(of))?, &writes);
    let mut found = vec![];
    for sitting in sittings(&said, &anew) {
        let of_it: &[TextWrite] = writes.get(sitting.writes).unwrap_or_default();
        of_it.iter().for_each(|write| take_in(&mut text, &write.update));
        let now = text.text();
        // Typed and taken back at once: there is nothing to see, and nothing to go back to.
        let Some(last) = of_it.last().filter(|_| now != before) else { continue };
        let lines = tally(&before, &now);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        found.push(SectionVersion {
            write: last.id,
            authors: sitting.authors,
            at: last.at,
            added: count(lines.added),
            removed: count(lines.removed),
            pending: of_it.iter().any(|write| write.pending),
        });
        before = now;
    }
    found.reverse();
    Ok(found)
}

/// The field that says when a section was written back.
fn marker(section: &str) -> String {
    format!("restored_{section}")
}

/// The first writes after each time that something was written back.
fn anew(marks: &[FieldVersion], writes: &[TextWrite]) -> Vec<usize> {
    let follows = |write: &TextWrite, mark: &FieldVersion| {
        let at_once = write.id.writer == mark.write.writer && write.id.counter > mark.write.counter;
        write.at > mark.at || write.at == mark.at && at_once
    };
    marks.iter().filter_map(|mark| writes.iter().position(|write| follows(write, mark))).collect()
}

/// What it said after this write; `None`: before the first one that is known.
pub(crate) fn text_at(
    q: &Queries,
    incident: IncidentId,
    of: &str,
    version: Option<OpId>,
) -> Result<Option<String>, StoreError> {
    let (began, writes) = q.document_history(&section(incident, of))?;
    let mut text = beginning(&began);
    let Some(version) = version else { return Ok(Some(text.text())) };
    for write in writes {
        take_in(&mut text, &write.update);
        if write.id == version {
            return Ok(Some(text.text()));
        }
    }
    Ok(None)
}

pub(crate) fn no_version() -> Refusal {
    let words = "This version is not known on this computer (any more). Look at the history again.";
    Refusal::new(RefusalCode::NotFound, words)
}

impl Library {
    /// Writes a section back as it was, as an edit: nothing of the history is lost.
    pub fn section_restore(
        &mut self,
        incident: IncidentId,
        of: &str,
        version: OpId,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        self.may_act()?;
        let mut outputs = self.write_texts(at)?;
        let wanted = text_at(&self.store, incident, of, Some(version))?.ok_or_else(no_version)?;
        // What was written before is told apart from what is written now, however soon that is.
        let record = RecordId::postmortem(incident);
        let (field, value) = (marker(of), json!(version));
        let replaces = self.store.field_write(&record, &field)?;
        let (_, more) = self.write(vec![Change::Record { record, field, value, replaces }], at)?;
        outputs.extend(more);
        outputs.extend(self.write_back(&section(incident, of), &wanted, at)?);
        Ok(((), outputs))
    }

    /// Makes a text say this, line by line: what others type into lines that stay is not touched.
    pub(super) fn write_back(
        &mut self,
        id: &DocumentId,
        wanted: &str,
        at: Moment,
    ) -> Result<Vec<Output>, LibraryError> {
        let open = self.opened(id)?;
        let changes: Vec<_> = edits(&open.open().1, wanted)
            .into_iter()
            .map(|edit| TextChange { at: edit.at, delete: edit.delete, insert: edit.insert })
            .collect();
        open.write(&changes).map_err(of_text)?;
        let mut outputs = self.write_texts(at)?;
        outputs.push(Output::Changed(Topic::Document { document: id.to_string() }));
        Ok(outputs)
    }
}
