//! Two incidents that have to do with each other: said in both at once.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::incident::Incident;
use firebell_domain::related;
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{EntryId, IncidentId};
use firebell_log::{Change, RecordId};

impl Library {
    /// Relates two incidents, or ends that; why stands in the timelines of both.
    pub fn relate(
        &mut self,
        incident: IncidentId,
        other: IncidentId,
        reason: &str,
        is_related: bool,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        let (one, two) = (self.known(incident)?, self.known(other)?);
        related::check(&one, &two, reason)?;
        let mut changes = self.related_in(&one, &two, reason, is_related, at)?;
        changes.extend(self.related_in(&two, &one, reason, is_related, at)?);
        let (_, outputs) = self.write(changes, at)?;
        Ok(((), outputs))
    }

    fn related_in(
        &mut self,
        incident: &Incident,
        other: &Incident,
        reason: &str,
        is_related: bool,
        at: Moment,
    ) -> Result<Vec<Change>, LibraryError> {
        let (record, field) = (RecordId::incident(incident.id), related::field(other.id));
        let replaces = self.store.field_write(&record, &field)?;
        let title = self.store.incident_row(other.id)?.map_or_else(|| other.title.clone(), |row| row.title);
        let entry = Entry {
            id: EntryId((self.ids)()),
            incident: incident.id,
            kind: EntryKind::Note,
            text: related::in_words(other, &title, reason, is_related),
            reason: None,
            at: self.team_time(at),
            corrects: None,
            run: None,
            attachments: vec![],
        };
        entry.check()?;
        let value = related::value(is_related.then_some(reason));
        Ok(vec![Change::Record { record, field, value, replaces }, Change::Entry(entry)])
    }
}
