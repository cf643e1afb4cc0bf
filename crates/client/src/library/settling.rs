//! Alone, and joining a team later: this computer decides for itself, and brings its history along as settled facts.

use super::{Library, LibraryError, Output};
use crate::pager::Moment;
use firebell_domain::incident::{IncidentCommand, IncidentEvent, RecordedIncident, begin, decide};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::{IncidentId, Instant, PersonId, Refusal};
use firebell_log::{Asked, Change, OpId, Scope, Stamp, WriterId, Written};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{Alone, Joined, LibraryChange, LocalIncident};

impl Library {
    /// Begins without a team, under this name.
    pub fn start_alone(&mut self, name: &str, at: Moment) -> Result<((), Vec<Output>), LibraryError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 100 {
            let words = "Your name: write 1 to 100 characters, as your team will know you.";
            return Err(Refusal::new(RefusalCode::BadInput, words).into());
        }
        if self.me.is_some() {
            let words = "This computer has somebody already. Sign out in Settings first.";
            return Err(Refusal::new(RefusalCode::NotAllowed, words).into());
        }
        let alone = Alone::called(name);
        let change = LibraryChange { alone: Some(alone.clone()), ..LibraryChange::default() };
        let mut outputs = self.commit(&change, at)?;
        self.me = Some(alone.person);
        outputs.push(Output::Changed(Topic::Library));
        outputs.push(Output::Changed(Topic::Sync));
        Ok(((), outputs))
    }

    pub(super) fn is_alone(&self) -> bool {
        self.store.alone().is_some()
    }

    /// The authority's part, by the rules that a server uses.
    pub(super) fn decide_alone(
        &mut self,
        asked: &Asked,
        id: OpId,
        now: Instant,
    ) -> Result<LocalIncident, LibraryError> {
        let me = self.author()?;
        let (version, events) = if asked.command.declaration().is_some() {
            let number = self.store.last_number()? + 1;
            (1, begin(asked.incident, number, &asked.command, &me, None, now)?)
        } else {
            let Some(held) = self.store.incident_row(asked.incident)?.map(|row| row.incident) else {
                return Err(Refusal::new(RefusalCode::NotFound, "There is no such incident.").into());
            };
            let events = decide(&held, asked.command.clone(), me, now)?;
            (held.version + 1, events)
        };
        if events.iter().any(|event| event.sight().is_some()) {
            let words = "You work alone: nobody else sees what you write. Declare it without that.";
            return Err(Refusal::new(RefusalCode::NotAllowed, words).into());
        }
        let events = events.into_iter().map(|event| RecordedIncident { at: now, event }).collect();
        Ok(LocalIncident { incident: asked.incident, version, events, asked: id })
    }

    /// Takes over an incident that is history, with what is written about it. Alone, it is one of this computer; a team hears of
    /// it as of one that was decided elsewhere.
    pub(super) fn settle(
        &mut self,
        incident: IncidentId,
        mut events: Vec<RecordedIncident>,
        more: Vec<Change>,
        at: Moment,
    ) -> Result<Vec<Output>, LibraryError> {
        if !self.is_alone() {
            let settled = Change::Settled { incident, events };
            return Ok(self.write([settled].into_iter().chain(more).collect(), at)?.1);
        }
        let Some(RecordedIncident { event: IncidentEvent::Declared { number, declaration, .. }, .. }) =
            events.first_mut()
        else {
            return Err(Refusal::new(RefusalCode::BadInput, "This history does not begin.").into());
        };
        *number = self.store.last_number()? + 1;
        let command = IncidentCommand::Declare(declaration.clone());
        let now = self.team_time(at);
        let asked = Asked { incident, command, decided_on: 0, given_at: now, good_for_ms: 0 };
        let settled = Change::Command(asked);
        Ok(self.write_settled([settled].into_iter().chain(more).collect(), Some((incident, events)), at)?.1)
    }

    /// The first welcome of a team: everything written alone is offered to it, under the member's name and with its
    /// ids. Incidents come first, as they were decided; nothing is decided again.
    pub(super) fn join_with_history(&mut self, alone: &Alone, at: Moment) -> Result<Vec<Output>, StoreError> {
        let Some(member) = self.me.clone() else { return Ok(vec![]) };
        let writer = WriterId((self.ids)());
        tracing::info!("a history that was written alone is offered to the team");
        let mut ops = vec![];
        // Their own names do not matter: all are renamed below, in this order.
        for (counter, (incident, mut events)) in (1..).zip(self.store.local_history()?) {
            for recorded in &mut events {
                as_member(&mut recorded.event, &alone.person, &member);
            }
            let id = OpId { writer, counter };
            let stamp = Stamp { ms: at.now.timestamp_millis(), tick: 0 };
            let change = Change::Settled { incident, events };
            ops.push(Written::new(id, Scope::Team, member.clone(), stamp, &change));
        }
        let alone_ops = self.store.written_alone()?;
        ops.extend(alone_ops.into_iter().map(|op| Written { author: member.clone(), ..op }));
        let ops = self.renamed(writer, ops)?.into_iter().map(|(_, op)| op).collect();
        let change = LibraryChange { joined: Some(Joined { writer, ops }), ..LibraryChange::default() };
        let mut outputs = self.commit(&change, at)?;
        outputs.push(Output::Changed(Topic::Library));
        Ok(outputs)
    }
}

/// The local person is the member: in every event. Alone, nobody else can be named in one.
fn as_member(event: &mut firebell_domain::incident::IncidentEvent, local: &PersonId, member: &PersonId) {
    use firebell_domain::incident::IncidentEvent as E;
    let named: Vec<&mut PersonId> = match event {
        E::RoleAssigned { by, from, to, .. } => vec![by, to].into_iter().chain(from).collect(),
        E::RoleLeft { by, from, .. } => vec![by, from],
        E::RoleOffered { by, to, .. } => vec![by, to],
        E::RoleHandedOver { from, to, .. } => vec![from, to],
        E::PeoplePaged { by, people, .. } => people.iter_mut().chain([by]).collect(),
        E::PageLinked { by, .. } => by.iter_mut().collect(),
        E::RoleConfirmed { by, .. }
        | E::OfferWithdrawn { by, .. }
        | E::UpdateSent { by, .. }
        | E::Acknowledged { by, .. }
        | E::Declared { by, .. }
        | E::SeverityChanged { by, .. }
        | E::StatusChanged { by, .. }
        | E::Reopened { by }
        | E::Merged { by, .. }
        | E::FalseAlarm { by, .. }
        | E::Closed { by }
        | E::MomentCorrected { by, .. }
        | E::MadePrivate { by, .. }
        | E::MadePublic { by, .. }
        | E::PeopleChanged { by, .. } => vec![by],
        E::Rung { people, .. } => people.iter_mut().collect(),
        E::Alerted { .. } | E::Unknown => vec![],
    };
    for person in named.into_iter().filter(|person| *person == local) {
        *person = member.clone();
    }
}
