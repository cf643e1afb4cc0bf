//! What people write: the same incidents and runbooks, over each other, and each with words of their own.

use super::World;
use super::oracle::{Place, Wrote};
use crate::oracle::Broken;
use crate::plant::Plant;
use firebell_client::library::{LibraryError, NewEntry, Output};
use firebell_domain::incident::{Declaration, IncidentCommand, Moment as When, Status};
use firebell_domain::timeline::EntryKind;
use firebell_domain::{IncidentId, Severity};
use firebell_log::{DocumentId, OpId, RecordId};
use firebell_protocol::library::{FieldView, IncidentRow, TextUpdate};
use firebell_store::library::IncidentFilter;
use rand::RngExt;
use std::collections::BTreeMap;

const INCIDENTS: usize = 8;
const RUNBOOKS: usize = 3;
/// Characters that people type, each only once: what is still there can be told.
const FIRST_CHARACTER: u32 = 0x4e00;
const FIRST_WIDE_CHARACTER: u32 = 0x2_0000;

impl World {
    /// A word that nobody else says.
    pub(super) fn word(&mut self) -> String {
        self.said += 1;
        format!("w{}w", self.said)
    }

    /// Somebody writes something, and goes on after a while.
    pub(super) fn write(&mut self, replica: usize) -> Result<(), Broken> {
        if self.now >= self.until {
            return Ok(());
        }
        let pause = match self.rng.random_range(0..4) {
            0 | 1 => self.rng.random_range(100..3_000),
            2 => self.rng.random_range(3_000..30_000),
            _ => self.rng.random_range(30_000..180_000),
        };
        self.queue.at(self.now + pause, super::Event::Write { replica });
        let Some(core) = &self.replicas[replica].core else { return Ok(()) };
        if self.plant == Some(Plant::DesktopSyncDropped) && self.rng.random_bool(0.2) {
            self.replicas[replica].synced = Some(core.store().copied().map_err(|e| e.to_string())?);
            return Ok(());
        }
        let incidents =
            core.store().incidents(&IncidentFilter::default(), 50, 0).map_err(|e| e.to_string())?;
        let runbooks: Vec<_> =
            core.store().runbooks().map_err(|e| e.to_string())?.into_iter().map(|r| r.id).collect();
        let incident = match incidents.len() {
            0 => None,
            count => Some(incidents[self.rng.random_range(0..count)].clone()),
        };
        let runbook = match runbooks.len() {
            0 => None,
            count => Some(runbooks[self.rng.random_range(0..count)]),
        };
        // An older version neither reads nor writes what it does not know.
        let knows = |kind: &str| self.replicas[replica].older != Some(kind);
        let (records, entries, texts) = (knows("record"), knows("entry"), knows("text"));
        match (self.rng.random_range(0..22), incident, runbook) {
            (0..=2, ..) if incidents.len() < INCIDENTS => self.declare(replica),
            (3, ..) if records && runbooks.len() < RUNBOOKS => self.create_runbook(replica),
            (4..=8, Some(incident), _) if records => {
                let field = ["impact", "summary", "title", "links"][self.rng.random_range(0..4)];
                let record = match field {
                    "summary" if self.postmortems => RecordId::postmortem(incident.incident.id),
                    _ => RecordId::incident(incident.incident.id),
                };
                self.set_field(replica, record, field)
            }
            (9, _, Some(runbook)) if records => self.set_field(replica, RecordId::runbook(runbook), "owner"),
            (10..=13, Some(incident), _) if entries => self.add_entry(replica, incident.incident.id),
            (14 | 15, Some(incident), _) => self.ask(replica, &incident, &incidents),
            (19 | 20, Some(incident), _) if texts && self.postmortems => self.type_into(
                replica,
                DocumentId { record: RecordId::postmortem(incident.incident.id), section: "summary".into() },
            ),
            (16..=20, _, Some(runbook)) if texts => self.type_into(
                replica,
                DocumentId { record: RecordId::runbook(runbook), section: "body".into() },
            ),
            (21, ..) => self.deal_with_a_draft(replica),
            _ => Ok(()),
        }
    }

    fn declare(&mut self, replica: usize) -> Result<(), Broken> {
        let words = self.word();
        let declaration = Declaration {
            title: words.clone(),
            severity: [Severity::Sev1, Severity::Sev2][self.rng.random_range(0..2)],
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let done = self.try_to(replica, |core, at| core.declare(declaration, at))?;
        self.wrote(replica, done.map(|incident| (Place::Declaration(incident), words)))
    }

    fn create_runbook(&mut self, replica: usize) -> Result<(), Broken> {
        let words = self.word();
        let title = words.clone();
        let done = self.try_to(replica, |core, at| core.runbook_create(&title, at))?;
        self.wrote(replica, done.map(|id| (Place::Field(RecordId::runbook(id), "title".into()), words)))
    }

    /// Mostly over the value that is seen; at times over an older one, or over none.
    fn set_field(&mut self, replica: usize, record: RecordId, field: &str) -> Result<(), Broken> {
        let words = self.word();
        let Some(core) = &self.replicas[replica].core else { return Ok(()) };
        let history = core.store().field_history(&record, field).map_err(|e| e.to_string())?;
        let replaces: Option<OpId> = match self.rng.random_range(0..10) {
            0 => None,
            1 if !history.is_empty() => Some(history[self.rng.random_range(0..history.len())].write),
            _ => self.seen(replica, &record)?.get(field).map(|f| f.write),
        };
        let (value, to) = (words.clone().into(), record.clone());
        let done = self.try_to(replica, |core, at| core.record_set(to, field, value, replaces, at))?;
        self.wrote(replica, done.map(|_| (Place::Field(record, field.to_owned()), words)))
    }

    fn seen(&self, replica: usize, record: &RecordId) -> Result<BTreeMap<String, FieldView>, Broken> {
        let Some(core) = &self.replicas[replica].core else { return Ok(BTreeMap::new()) };
        let fields = match record.as_incident() {
            None if record.kind == RecordId::POSTMORTEM => {
                core.store().postmortem_fields(IncidentId(record.id)).map(Some)
            }
            Some(incident) => core.store().incident(incident).map(|i| i.map(|i| i.fields)),
            None => core.store().runbook(firebell_domain::RunbookId(record.id)).map(|r| r.map(|r| r.fields)),
        };
        Ok(fields.map_err(|e| e.to_string())?.unwrap_or_default())
    }

    fn add_entry(&mut self, replica: usize, incident: IncidentId) -> Result<(), Broken> {
        let words = self.word();
        let Some(core) = &self.replicas[replica].core else { return Ok(()) };
        let known = core.store().incident(incident).map_err(|e| e.to_string())?;
        let entries: Vec<_> = known.iter().flat_map(|i| &i.timeline).map(|e| e.entry.id).collect();
        let corrects = (!entries.is_empty() && self.rng.random_bool(0.2))
            .then(|| entries[self.rng.random_range(0..entries.len())]);
        let new = NewEntry {
            incident,
            kind: [EntryKind::Note, EntryKind::Found, EntryKind::Theory][self.rng.random_range(0..3)],
            text: words.clone(),
            reason: None,
            at: None,
            corrects,
            attachments: vec![],
        };
        let done = self.try_to(replica, |core, at| core.entry_add(new, at))?;
        self.wrote(replica, done.map(|_| (Place::Entry(incident), words)))
    }

    fn ask(&mut self, replica: usize, incident: &IncidentRow, all: &[IncidentRow]) -> Result<(), Broken> {
        let reason = "so it is".to_owned();
        let other = all[self.rng.random_range(0..all.len())].incident.id;
        let command = match self.rng.random_range(0..20) {
            0..=7 => IncidentCommand::SetSeverity {
                to: [Severity::Sev1, Severity::Sev2, Severity::Sev3][self.rng.random_range(0..3)],
                reason,
            },
            8..=16 => IncidentCommand::SetStatus {
                to: [
                    Status::Investigating,
                    Status::Identified,
                    Status::Monitoring,
                    Status::Resolved,
                    Status::Closed,
                ][self.rng.random_range(0..5)],
            },
            17 => IncidentCommand::Merge { into: other },
            _ if self.replicas[replica].older.is_some() => return Ok(()),
            18 => IncidentCommand::FalseAlarm { reason },
            _ => IncidentCommand::CorrectMoment { moment: When::Detected, at: None, reason },
        };
        let id = incident.incident.id;
        self.try_to(replica, |core, at| core.incident_ask(id, command, at))?;
        Ok(())
    }

    /// Puts a character somewhere into the text, or takes one out of it.
    fn type_into(&mut self, replica: usize, document: DocumentId) -> Result<(), Broken> {
        let name = document.to_string();
        let Some(opened) = self.try_to(replica, |core, at| core.text_open(&name, at))? else { return Ok(()) };
        let characters: Vec<char> = opened.text.chars().collect();
        let units = |some: &[char]| some.iter().map(|c| c.len_utf16()).sum::<usize>();
        let at = self.rng.random_range(0..=characters.len());
        let (before, after) = (units(&characters[..at]), units(&characters[at..]));
        let deleted = (at < characters.len() && self.rng.random_bool(0.2)).then(|| characters[at]);
        let typed = match deleted {
            Some(_) => None,
            None => Some(self.character()),
        };
        let middle = match (deleted, typed) {
            (Some(gone), _) => serde_json::json!([gone.len_utf16()]),
            (None, Some(new)) => serde_json::json!([0, new.to_string()]),
            (None, None) => return Ok(()),
        };
        let after = after - deleted.map_or(0, char::len_utf16);
        let keep = |n: usize| (n > 0).then(|| serde_json::json!(n));
        let changes = keep(before).into_iter().chain([middle]).chain(keep(after)).collect();
        let updates = [TextUpdate { client: format!("editor {replica}"), changes }];
        let pushed = self.try_to(replica, |core, at| core.text_push(&name, opened.version, &updates, at))?;
        if pushed != Some(true) {
            return Err(format!("an editor was turned away that had just opened {name}: {pushed:?}"));
        }
        self.oracle.given_up.extend(deleted.map(|c| c.to_string()));
        let wrote = typed.map(|c| Wrote { replica, place: Place::Text(document), words: c.to_string() });
        self.replicas[replica].typed.extend(wrote);
        Ok(())
    }

    /// Every third one takes two UTF-16 units.
    fn character(&mut self) -> char {
        self.said += 1;
        let first = if self.said.is_multiple_of(3) { FIRST_WIDE_CHARACTER } else { FIRST_CHARACTER };
        char::from_u32(first + self.said % 20_000).unwrap_or('?')
    }

    /// What was typed is in the log of this computer from now on.
    pub(super) fn texts_are_written(&mut self, replica: usize) {
        let r = &mut self.replicas[replica];
        if r.core.as_ref().is_some_and(|core| !core.is_typing()) {
            self.oracle.written.append(&mut r.typed);
        }
    }

    fn deal_with_a_draft(&mut self, replica: usize) -> Result<(), Broken> {
        let Some(core) = &self.replicas[replica].core else { return Ok(()) };
        let drafts = core.store().drafts().map_err(|e| e.to_string())?;
        let Some(draft) = drafts.first() else { return Ok(()) };
        let id = draft.id;
        if self.rng.random_bool(0.5) {
            self.try_to(replica, |core, at| core.draft_repeat(id, at))?;
            return Ok(());
        }
        let given_up: Vec<String> = self
            .oracle
            .written
            .iter()
            .filter(|w| {
                draft.title.contains(&w.words) || draft.changes.iter().any(|c| c.text.contains(&w.words))
            })
            .map(|w| w.words.clone())
            .collect();
        self.oracle.given_up.extend(given_up);
        self.try_to(replica, |core, at| core.draft_discard(id, at))?;
        Ok(())
    }

    /// `None`: refused, with words for the person, or the computer is off.
    fn try_to<T>(
        &mut self,
        replica: usize,
        work: impl FnOnce(
            &mut firebell_client::library::Library,
            firebell_client::pager::Moment,
        ) -> Result<(T, Vec<Output>), LibraryError>,
    ) -> Result<Option<T>, Broken> {
        let done = self.step(replica, |core, at| match work(core, at) {
            Ok((value, outputs)) => Ok((Some(value), outputs)),
            Err(LibraryError::Refused(_)) => Ok((None, vec![])),
            Err(LibraryError::Store(e)) => Err(format!("a store failed: {e}")),
        })?;
        Ok(done.flatten())
    }

    /// Whoever wrote it sees it at once.
    fn wrote(&mut self, replica: usize, what: Option<(Place, String)>) -> Result<(), Broken> {
        let Some((place, words)) = what else { return Ok(()) };
        let wrote = Wrote { replica, place, words };
        if let Some(core) = &self.replicas[replica].core
            && !wrote.is_shown(core.store()).map_err(|e| e.to_string())?
        {
            return Err(format!(
                "{} does not see what was just written: {wrote:?}",
                self.replicas[replica].name
            ));
        }
        self.oracle.written.push(wrote);
        Ok(())
    }
}
