//! What is written into the library together, and what that changed.

use super::{Alone, HistoryPart};
use firebell_domain::incident::RecordedIncident;
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, PersonId, RunbookId};
use firebell_log::{DocumentId, Era, OpId, Operation, OperationBody, WriterId, Written};
use firebell_protocol::library::WaitingChange;
use firebell_protocol::sync::OpOutcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// How far the team's log is known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// `None`: no team's log was ever followed.
    pub era: Option<Era>,
    /// Everything but pages is known up to and including this sequence number.
    pub upto: u64,
    /// Known as well, after a gap that still has to be filled: first and last.
    pub live: Option<(u64, u64)>,
}

/// Something written here.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOwn {
    /// By this library's writer, with a counter above [`super::LibraryStore::last_counter`].
    pub op: Written,
    /// The operation before it that still stood; 0 for the first.
    pub after: u64,
}

/// Something written here, as it stands in the library.
#[derive(Clone, Debug, PartialEq)]
pub struct OwnOp {
    pub counter: u64,
    pub op: Written,
    /// When it was written, in milliseconds since 1970 by this computer's clock.
    pub given_at: i64,
    /// The operation before it that still stands; 0 for the first. Differs from what was given when that was refused.
    pub after: u64,
    /// Answered with yes, or seen in the team's log.
    pub accepted: bool,
}

/// What this computer decided for itself, because it has no team.
#[derive(Clone, Debug, PartialEq)]
pub struct LocalIncident {
    pub incident: IncidentId,
    /// 1 for the declaration, then one more for each command.
    pub version: u64,
    pub events: Vec<RecordedIncident>,
    /// The command that it answers: never offered to a server.
    pub asked: OpId,
}

/// This library goes on as another writer, because a copy of it writes too.
#[derive(Clone, Debug, PartialEq)]
pub struct NewWriter {
    pub writer: WriterId,
    /// Everything that was not answered: its old counter, and itself under its new name.
    pub reminted: Vec<(u64, Written)>,
    /// What waited under names that this library had before, and is not taken under them any more. It counts first.
    pub returned: Vec<(OpId, Written)>,
}

/// A team was joined, and gets what was written here alone: everything under new names, in this order.
#[derive(Clone, Debug, PartialEq)]
pub struct Joined {
    pub writer: WriterId,
    pub ops: Vec<Written>,
}

/// The team's log begins anew; the server was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewEra {
    pub era: Era,
}

/// Changes that happen together or not at all, in the order of the fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LibraryChange {
    /// Everything is gone first, also the file of unsent changes and what was ever put aside: the person left the team. Writer and counter stay
    /// unless `new_writer` says otherwise.
    pub purge: bool,
    pub new_era: Option<NewEra>,
    pub new_writer: Option<NewWriter>,
    pub joined: Option<Joined>,
    /// Somebody begins to work without a team: from now on, what is written here is settled by that.
    pub alone: Option<Alone>,
    /// Written here; shown at once, as pending.
    pub own: Vec<NewOwn>,
    /// When that was, in milliseconds since 1970 by this computer's clock; `None`: as the stamps say.
    pub given_at: Option<i64>,
    /// From the team's log, in any order; those that are known already change nothing.
    pub settled: Vec<Operation>,
    /// Who reads `settled`: what they have seen all the time need not be fetched.
    pub reader: Option<PersonId>,
    /// Of what was wanted; its operations are among `settled`.
    pub history: Option<HistoryPart>,
    /// By counter. `Forked` and `Missing` are no answers and are passed over.
    pub answers: Vec<(u64, OpOutcome)>,
    /// The same for what was offered again under names that this library had before.
    pub answers_of_former: Vec<(OpId, OpOutcome)>,
    pub local_incidents: Vec<LocalIncident>,
    /// Drafts that the person dealt with.
    pub drafts_done: Vec<u64>,
    /// People and services, to be found by search.
    pub team: Option<Team>,
    pub place: Option<Place>,
    /// What the person is told now, by its name, and when in milliseconds since 1970.
    pub told: Vec<(String, i64)>,
}

impl LibraryChange {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether what a crash takes of it comes back by itself: what was written here from the file of unsent changes, what
    /// the team wrote from its server, from the place on that goes with it.
    pub(super) fn comes_back(&self, has_unsent_file: bool) -> bool {
        let Self {
            purge,
            new_era,
            new_writer,
            joined,
            alone,
            own,
            given_at: _,
            settled,
            reader: _,
            // A wanted history whose part is lost is still wanted.
            history: _,
            answers,
            answers_of_former,
            local_incidents,
            drafts_done,
            team,
            place: _,
            told,
        } = self;
        let is_rare =
            *purge || new_era.is_some() || new_writer.is_some() || joined.is_some() || alone.is_some();
        let is_ours = !own.is_empty() || !local_incidents.is_empty();
        // It comes back, too; but what is taken out of somebody's sight shall not for a moment.
        let takes_away = settled.iter().any(|o| matches!(o.body, OperationBody::Gone { .. }));
        !is_rare
            && !takes_away
            && answers.is_empty()
            && answers_of_former.is_empty()
            && drafts_done.is_empty()
            && team.is_none()
            // Said twice would be once too often.
            && told.is_empty()
            && (has_unsent_file || !is_ours)
    }
}

/// What the team does not know yet, and what it did not accept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    pub count: u32,
    /// The oldest 100.
    pub first: Vec<WaitingChange>,
    pub drafts: u32,
}

/// What a change touched: what a window that shows it asks again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    pub incidents: BTreeSet<IncidentId>,
    pub runbooks: BTreeSet<RunbookId>,
    /// Incidents whose postmortems have changed.
    pub postmortems: BTreeSet<IncidentId>,
    /// Updates of texts that were not written here, in the order in which they came.
    pub documents: Vec<(DocumentId, Vec<u8>)>,
    /// Texts of which something was taken back: they are to be built anew.
    pub reopened: BTreeSet<DocumentId>,
    pub drafts: bool,
    /// What waits for the team, or how far its log is known.
    pub sync: bool,
    /// Everything may be different.
    pub everything: bool,
}

/// A library that could not be read was put aside, and a new one made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// Where the old file is now.
    pub aside: PathBuf,
    /// Changes that were written here, that the team does not know yet, and that were found in the file of unsent
    /// changes.
    pub recovered: usize,
}
