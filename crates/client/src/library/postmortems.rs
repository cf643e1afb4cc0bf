//! Postmortems: what people change in them.

use super::writing::GONE;
use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use crate::postmortem::{Known, fields, frozen, owner};
use firebell_domain::postmortem::{Frozen, Postmortem, PostmortemChange};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, Refusal};
use firebell_log::{Change, RecordId};
use firebell_protocol::library::FieldView;
use firebell_store::StoreError;
use serde_json::Value;
use std::collections::BTreeMap;

impl Library {
    /// One thing in a postmortem: over what stands there now, so that the newer one wins on this computer.
    pub fn postmortem_set(
        &mut self,
        incident: IncidentId,
        change: &PostmortemChange,
        team: Option<&Team>,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        change.check()?;
        let (by, record) = (self.author()?, RecordId::postmortem(incident));
        let status = self.known(incident)?.status;
        // The whole incident is read for it.
        let owner = match change {
            PostmortemChange::Author { .. } => self.store.incident(incident)?.as_ref().and_then(owner),
            _ => None,
        };
        let views = self.store.postmortem_fields(incident)?;
        if matches!(change, PostmortemChange::Start) && status.is_open() {
            let words =
                "The incident is still open. Resolve it first; its timeline keeps what you want to remember.";
            return Err(Refusal::new(RefusalCode::NotAllowed, words).into());
        }
        change.may(&by, self.role()?, &fields(&views))?;
        let postmortem = Postmortem::of(&fields(&views), None);
        postmortem.allows(change)?;
        let mut writes = change.writes(&by, self.team_time(at));
        let mut outputs = vec![];
        if postmortem.freezes(change) {
            writes.push((Frozen::FIELD.into(), self.frozen(incident, &views, team, at)?));
            // The keys that it holds come before it.
            outputs = self.write_texts(at)?;
        }
        let changes = writes.into_iter().map(|(field, value)| Change::Record {
            replaces: views.get(&field).map(|view| view.write),
            record: record.clone(),
            field,
            value,
        });
        let mut changes: Vec<Change> = changes.collect();
        if let Some(told) = change.in_room(owner.as_ref(), &postmortem.authors) {
            let (record, field) = (RecordId::incident(incident), told.field());
            let replaces = self.store.field_write(&record, &field)?;
            changes.push(Change::Record { record, field, value: told.value(), replaces });
        }
        let (_, more) = self.write(changes, at)?;
        outputs.extend(more);
        Ok(((), outputs))
    }

    /// What is published now, as a value.
    fn frozen(
        &mut self,
        incident: IncidentId,
        views: &BTreeMap<String, FieldView>,
        team: Option<&Team>,
        at: Moment,
    ) -> Result<Value, LibraryError> {
        let Some(detail) = self.store.incident(incident)? else {
            return Err(Refusal::new(RefusalCode::NotFound, GONE).into());
        };
        let texts = self.postmortem_texts(incident)?;
        // What is said about it is no part of it.
        let known = Known { detail, fields: views.clone(), texts, comments: vec![], pending: true };
        let text = frozen(&known, team, self.me.as_ref(), self.team_time(at));
        Ok(Frozen { text }.value(RecordId::postmortem(incident).value_max(Frozen::FIELD))?)
    }

    /// Every section of which something was written, with the keys that are not written down yet.
    pub fn postmortem_texts(&mut self, incident: IncidentId) -> Result<BTreeMap<String, String>, StoreError> {
        let record = RecordId::postmortem(incident);
        let open = self.documents.iter().filter(|(id, _)| id.record == record);
        let open: BTreeMap<String, String> =
            open.map(|(id, open)| (id.section.clone(), open.open().1)).collect();
        // What is open is not put together once more from all its updates.
        let mut texts = self.store.postmortem_texts_but(incident, |section| open.contains_key(section))?;
        texts.extend(open);
        Ok(texts)
    }

    /// Something of it is not yet known to the team, the keys that are not written down yet included. Alone there is no team.
    pub fn postmortem_is_pending(&self, incident: IncidentId) -> Result<bool, StoreError> {
        if self.is_alone() {
            return Ok(false);
        }
        let record = RecordId::postmortem(incident);
        let typed = self.documents.iter().any(|(id, open)| id.record == record && open.has_pending());
        let kept = self.unwritten.iter().any(|(id, _)| id.record == record);
        Ok(typed || kept || self.store.postmortem_is_pending(incident)?)
    }
}
