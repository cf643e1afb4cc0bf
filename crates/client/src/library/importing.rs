//! Postmortems that were written elsewhere become part of the library, each with an incident that is over.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::postmortem::IMPORTED;
use firebell_domain::postmortem::import::{Imported, brought, past};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::team::Team;
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{EntryId, IncidentId, Refusal};
use firebell_log::{Change, DocumentId, RecordId, TextChange};
use serde_json::json;

impl Library {
    /// For what is named before it is there.
    pub fn new_incident(&mut self) -> IncidentId {
        IncidentId((self.ids)())
    }

    /// Takes a postmortem in that was written elsewhere. Its incident is offered to the team as history, like one of somebody who
    /// worked alone: it happened then, nobody is rung for it, and nobody is told. `name`: of the file.
    /// What was not understood comes back: a sentence each.
    pub fn postmortem_import(
        &mut self,
        incident: IncidentId,
        imported: &Imported,
        name: &str,
        team: Option<&Team>,
        at: Moment,
    ) -> Result<(Vec<String>, Vec<Output>), LibraryError> {
        let (by, now) = (self.author()?, self.team_time(at));
        let found = brought(imported, team, || (self.ids)());
        let events = past(&imported.file, incident, &by, found.services, name, now)?;
        let record = RecordId::postmortem(incident);
        let write =
            |field: String, value| Change::Record { record: record.clone(), field, value, replaces: None };
        // First, so that whoever hears of the rest knows what it is.
        let mut changes = vec![write(IMPORTED.into(), json!(now))];
        // Its actions were begun when it was over, not today.
        let begun = events.last().map_or(now, |last| last.at);
        for change in &found.changes {
            change.check()?;
            changes.extend(change.writes(&by, begun).into_iter().map(|(field, value)| write(field, value)));
        }
        let entry = Entry {
            id: EntryId((self.ids)()),
            incident,
            kind: EntryKind::Note,
            text: format!("Imported from {}.", name.chars().take(200).collect::<String>()),
            reason: None,
            at: now,
            corrects: None,
            run: None,
            attachments: vec![],
        };
        entry.check()?;
        changes.push(Change::Entry(entry));
        let mut outputs = self.settle(incident, events, changes, at)?;
        for (section, text) in &found.texts {
            let id = DocumentId { record: record.clone(), section: section.clone() };
            let whole = [TextChange { at: 0, delete: 0, insert: text.clone() }];
            let written = self.opened(&id)?.write(&whole);
            written.map_err(|e| Refusal::new(RefusalCode::BadInput, e.to_string()))?;
            outputs.extend(self.write_texts(at)?);
        }
        Ok((found.not_understood, outputs))
    }
}
