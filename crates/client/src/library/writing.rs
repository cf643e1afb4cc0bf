//! Writing: what a person changes is on this disk when these return.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use crate::postmortem::fields;
use firebell_domain::attachment::Attachment;
use firebell_domain::incident::{Declaration, Incident, IncidentCommand, RecordedIncident, begin, decide};
use firebell_domain::postmortem;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::room::{RoomChange, check_incident_field};
use firebell_domain::runbook::check_field;
use firebell_domain::timeline::{Entry, EntryKind};
use firebell_domain::{EntryId, IncidentId, Instant, PersonId, Refusal, RunbookId};
use firebell_log::record::is_field_name;
use firebell_log::{Asked, Change, OpId, RecordId, Scope, Written};
use firebell_store::library::{LibraryChange, LocalIncident, NewOwn};
use serde_json::Value;

/// After this long, a command may no longer mean what was meant, in milliseconds: it comes back as a question.
const COMMAND_GOOD_FOR_MS: u64 = 60 * 60_000;
/// Declaring is right however late the team hears of it.
const DECLARE_GOOD_FOR_MS: u64 = 14 * 24 * 60 * 60_000;
/// Of an incident that was taken out of the person's sight.
pub(crate) const GONE: &str = "You can no longer see this incident.";

/// An entry as the window writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEntry {
    pub incident: IncidentId,
    pub kind: EntryKind,
    pub text: String,
    pub reason: Option<String>,
    /// `None`: now.
    pub at: Option<Instant>,
    pub corrects: Option<EntryId>,
    /// Their bytes are on this computer already, or stand with the entry that this one corrects.
    pub attachments: Vec<Attachment>,
}

impl Library {
    /// A field of a record gets a value. `replaces`: the write that the person saw.
    pub fn record_set(
        &mut self,
        record: RecordId,
        field: &str,
        value: Value,
        replaces: Option<OpId>,
        at: Moment,
    ) -> Result<(OpId, Vec<Output>), LibraryError> {
        if !is_field_name(field) {
            return Err(bad(format!("There is no field `{field}`.")));
        }
        let (size, fit) = (value.to_string().len(), record.value_max(field));
        if size > fit {
            return Err(bad(format!(
                "The {field} is too long: {size} bytes, and {fit} fit. Shorten it, or put it into a runbook."
            )));
        }
        match record.kind.as_str() {
            RecordId::RUNBOOK => check_field(field, &value)?,
            RecordId::INCIDENT => check_incident_field(field, &value)?,
            RecordId::POSTMORTEM => postmortem::check_field(field, &value)?,
            _ => {}
        }
        if let Some(incident) = record.about() {
            self.known(incident)?;
            if record.kind == RecordId::POSTMORTEM {
                let views = self.store.postmortem_fields(incident)?;
                postmortem::may_write_into(&fields(&views), field, &self.author()?, self.role()?)?;
            }
        }
        let (ids, outputs) =
            self.write(vec![Change::Record { record, field: field.to_owned(), value, replaces }], at)?;
        Ok((ids[0], outputs))
    }

    /// Something in an incident's room: over what stands there now, so that the newer one wins on this computer.
    pub fn room_set(
        &mut self,
        incident: IncidentId,
        change: &RoomChange,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        change.check()?;
        let (record, field) = (RecordId::incident(incident), change.field());
        let replaces = self.store.field_write(&record, &field)?;
        let (_, outputs) = self.record_set(record, &field, change.value(), replaces, at)?;
        Ok(((), outputs))
    }

    pub fn entry_add(&mut self, new: NewEntry, at: Moment) -> Result<(EntryId, Vec<Output>), LibraryError> {
        self.known(new.incident)?;
        let id = EntryId((self.ids)());
        let entry = Entry {
            id,
            incident: new.incident,
            kind: new.kind,
            text: new.text.trim().to_owned(),
            reason: new.reason.map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()),
            at: new.at.unwrap_or_else(|| self.team_time(at)),
            corrects: new.corrects,
            run: None,
            attachments: new.attachments,
        };
        entry.check()?;
        let (_, outputs) = self.write(vec![Change::Entry(entry)], at)?;
        Ok((id, outputs))
    }

    /// Declares an incident. It can be written to at once, whether or not the team has heard of it.
    pub fn declare(
        &mut self,
        declaration: Declaration,
        at: Moment,
    ) -> Result<(IncidentId, Vec<Output>), LibraryError> {
        self.declare_as(IncidentCommand::Declare(declaration), at)
    }

    /// Declares an incident that only these people see.
    pub fn declare_privately(
        &mut self,
        declaration: Declaration,
        people: Vec<PersonId>,
        at: Moment,
    ) -> Result<(IncidentId, Vec<Output>), LibraryError> {
        self.declare_as(IncidentCommand::DeclarePrivately { declaration, people }, at)
    }

    fn declare_as(
        &mut self,
        command: IncidentCommand,
        at: Moment,
    ) -> Result<(IncidentId, Vec<Output>), LibraryError> {
        let me = self.author()?;
        let id = IncidentId((self.ids)());
        let now = self.team_time(at);
        begin(id, 1, &command, &me, None, now)?;
        let (_, outputs) = self.command(id, command, 0, DECLARE_GOOD_FOR_MS, at)?;
        Ok((id, outputs))
    }

    /// Asks something of an incident. What the rules refuse on what is known here is not worth sending.
    pub fn incident_ask(
        &mut self,
        incident: IncidentId,
        command: IncidentCommand,
        at: Moment,
    ) -> Result<((), Vec<Output>), LibraryError> {
        let me = self.author()?;
        let known = self.known(incident)?;
        decide(&known, command.clone(), me, self.team_time(at))?;
        if let IncidentCommand::Merge { into } = &command {
            self.known(*into)?;
        }
        let (_, outputs) = self.command(incident, command, known.version, COMMAND_GOOD_FOR_MS, at)?;
        Ok(((), outputs))
    }

    /// A runbook with a title; its body is a text, opened as such.
    pub fn runbook_create(
        &mut self,
        title: &str,
        at: Moment,
    ) -> Result<(RunbookId, Vec<Output>), LibraryError> {
        let title = title.trim();
        if title.is_empty() || title.chars().count() > 200 {
            return Err(bad("The title of a runbook has 1 to 200 characters.".into()));
        }
        let id = RunbookId((self.ids)());
        let record = RecordId::runbook(id);
        let (_, outputs) = self.record_set(record, "title", Value::String(title.to_owned()), None, at)?;
        Ok((id, outputs))
    }

    /// Writes again what was not accepted, as it was; the draft is done.
    pub fn draft_repeat(&mut self, draft: u64, at: Moment) -> Result<((), Vec<Output>), LibraryError> {
        let ops = self.store.draft_ops(draft)?;
        if ops.is_empty() {
            return Err(Refusal::new(RefusalCode::NotFound, "This draft was dealt with already.").into());
        }
        let mut changes = vec![];
        for op in ops {
            match op.change() {
                // What was asked is asked now.
                Some(Change::Command(asked)) => {
                    let decided_on =
                        self.store.incident_row(asked.incident)?.map_or(0, |row| row.incident.version);
                    changes.push(Change::Command(Asked {
                        decided_on,
                        given_at: self.team_time(at),
                        ..asked
                    }));
                }
                // The units of a text carry the name of an update that was refused; its words are written anew by hand.
                Some(Change::Text { .. }) | None => {
                    let words = "This text cannot be sent again as it is. Copy the words, open the text, and paste them.";
                    return Err(Refusal::new(RefusalCode::NotAllowed, words).into());
                }
                Some(change) => changes.push(change),
            }
        }
        let (_, mut outputs) = self.write(changes, at)?;
        let ((), done) = self.draft_discard(draft, at)?;
        outputs.extend(done);
        Ok(((), outputs))
    }

    pub fn draft_discard(&mut self, draft: u64, at: Moment) -> Result<((), Vec<Output>), LibraryError> {
        let change = LibraryChange { drafts_done: vec![draft], ..LibraryChange::default() };
        Ok(((), self.commit(&change, at)?))
    }

    fn command(
        &mut self,
        incident: IncidentId,
        command: IncidentCommand,
        decided_on: u64,
        good_for_ms: u64,
        at: Moment,
    ) -> Result<(Vec<OpId>, Vec<Output>), LibraryError> {
        let given_at = self.team_time(at);
        self.write(vec![Change::Command(Asked { incident, command, decided_on, given_at, good_for_ms })], at)
    }

    /// Takes changes down, all or none, and offers them to the team. Alone, commands are decided at once.
    pub(super) fn write(
        &mut self,
        changes: Vec<Change>,
        at: Moment,
    ) -> Result<(Vec<OpId>, Vec<Output>), LibraryError> {
        self.write_settled(changes, None, at)
    }

    /// `settled`: what the first command came to, where that is known.
    pub(super) fn write_settled(
        &mut self,
        changes: Vec<Change>,
        mut settled: Option<(IncidentId, Vec<RecordedIncident>)>,
        at: Moment,
    ) -> Result<(Vec<OpId>, Vec<Output>), LibraryError> {
        let author = self.author()?;
        let now = self.team_time(at);
        let mut counter = self.store.last_counter();
        let mut change =
            LibraryChange { given_at: Some(at.now.timestamp_millis()), ..LibraryChange::default() };
        let mut ids = vec![];
        for written in changes {
            counter += 1;
            let id = OpId { writer: self.store.writer(), counter };
            let stamp = self.clock.next(now);
            let op = Written::new(id, Scope::Team, author.clone(), stamp, &written);
            if self.is_alone()
                && let Change::Command(asked) = &written
            {
                change.local_incidents.push(match settled.take() {
                    Some((incident, events)) => LocalIncident { incident, version: 1, events, asked: id },
                    None => self.decide_alone(asked, id, now)?,
                });
            }
            change.own.push(NewOwn { op, after: counter - 1 });
            ids.push(id);
        }
        let mut outputs = self.commit(&change, at)?;
        outputs.extend(self.offer(at)?);
        Ok((ids, outputs))
    }

    pub(super) fn author(&self) -> Result<PersonId, Refusal> {
        self.me.clone().ok_or_else(|| {
            Refusal::new(
                RefusalCode::NotAllowed,
                "Join a team with an invite link, or begin alone: nobody is signed in on this computer.",
            )
        })
    }

    /// The incident as it will be when the team has heard everything.
    pub(super) fn known(&self, incident: IncidentId) -> Result<Incident, LibraryError> {
        let found = self.store.incident_row(incident)?;
        if found.is_none() && self.store.is_gone(incident)? {
            return Err(Refusal::new(RefusalCode::NotFound, GONE).into());
        }
        found.map(|row| row.incident).ok_or_else(|| {
            Refusal::new(
                RefusalCode::NotFound,
                "This incident is not known on this computer (any more). Look at the list again.",
            )
            .into()
        })
    }
}

fn bad(words: String) -> LibraryError {
    Refusal::new(RefusalCode::BadInput, words).into()
}
