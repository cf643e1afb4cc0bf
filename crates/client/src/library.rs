//! The library without I/O: what this computer and the team have written, and how the two come to know the same.
//!
//! [`Library`] holds the store and is stepped by its caller (the real session or the simulator) with the time as an
//! argument. What was written here is on the disk before anybody hears of it; what the team wrote is taken in whole
//! transactions together with the place in the log that it brings this computer to.
//!
//! **Invariant.** Nothing that the team does not know looks as if it did: a view says `pending` until the server's
//! answer is on this disk.

mod comments;
mod documents;
mod following;
pub(crate) mod history;
mod importing;
mod names;
mod offering;
mod postmortems;
mod relating;
mod reminding;
mod returning;
mod runbooks;
mod settling;
mod telling;
#[cfg(test)]
pub(crate) mod tests;
mod triaged;
mod writing;

use crate::documents::OpenDocument;
use crate::notice::Notice;
use crate::pager::Moment;
use firebell_domain::{Instant, PersonId, Refusal};
use firebell_log::{DocumentId, Era, HybridClock, OpId, Operation, OperationBody, WriterId};
use firebell_protocol::library::SyncState;
use firebell_protocol::sync::{ClientMessage, ServerMessage};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{LibraryChange, LibraryStore, NewWriter, Touched, Waiting, Wanted};
use std::collections::{BTreeMap, VecDeque};
use uuid::Uuid;

/// What follows from a step, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    Send(ClientMessage),
    /// Ask the server for a part of the log; the answer comes to [`Library::fetch_ahead`] and [`Library::on_chunk`], or to
    /// [`Library::on_no_chunk`].
    Fetch(Fetch),
    Changed(Topic),
    /// Tell the person, once.
    Notice(Box<Notice>),
    /// These ring here now, and nothing else of the kind: updates that were missed, where no server can ring for them.
    Overdue(Vec<Notice>),
}

/// What is asked of the log by HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// What a list of the incidents that are open now shows, so that it is there before everything is.
    Open,
    /// Their entries.
    OpenEntries,
    /// What comes after `after`, up to and including `until`.
    Part { after: u64, until: u64 },
    /// The whole history of an incident that has come into sight, from where it was broken off.
    History(Wanted),
}

/// Why something was not taken down.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// After a full disk or the like, this much awake time passes before the log is asked for again, in milliseconds.
const TROUBLE_MS: u64 = 5_000;

/// When more incidents than these have changed at once, windows are told that any may have.
const NAMED_MAX: usize = 100;

/// After so long without anything written, what can wait is done, in milliseconds.
const QUIET_MS: u64 = 3_000;

/// The library is made smaller this long after the start, and once a day, when nobody types.
const FIRST_COMPACTION_MS: u64 = 10 * 60_000;
const COMPACTION_MS: u64 = 24 * 60 * 60_000;
/// Texts that are younger keep who wrote what of them: as long as the server keeps it.
const COMPACTED_AFTER: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// How the connection stands.
#[derive(Clone, Debug, Default)]
struct Link {
    welcomed: bool,
    /// The era the server speaks of.
    era: Option<Era>,
    /// The newest place of its log, as last heard.
    newest: u64,
    /// The last of our counters that was sent on this connection, or known to be answered when it began.
    sent: u64,
    /// The last of our counters that was answered when the connection began.
    heard: u64,
    /// Sent on this connection and not answered: counters, and about how many bytes.
    flight: VecDeque<(u64, usize)>,
    /// What had no answer when the connection began was sent, too.
    offered: bool,
    /// The last that is on its way of what was written under a name that this computer had before.
    former: Option<OpId>,
    /// All of that is answered.
    former_done: bool,
    since: Option<Instant>,
    /// A part of the log is on its way.
    fetching: Option<Fetch>,
    /// This one has come and is being taken in, while the next one is on its way.
    taking: Option<Fetch>,
    /// After a failure, not before this much awake time.
    fetch_at_ms: u64,
    failures: u32,
}

pub(crate) use runbooks::version_of;
pub use triaged::{REPORT, Rings, TriageEnd};
pub(crate) use writing::GONE;
pub use writing::NewEntry;

/// Where new ids come from: random in earnest, from a seed in the simulator.
pub type Ids = Box<dyn FnMut() -> Uuid + Send>;

/// One computer's library.
pub struct Library {
    store: LibraryStore,
    clock: HybridClock,
    ids: Ids,
    /// Who writes here; `None` when signed out and not alone.
    me: Option<PersonId>,
    link: Link,
    documents: BTreeMap<DocumentId, OpenDocument>,
    /// When each was asked about last, in milliseconds awake.
    asked: BTreeMap<DocumentId, u64>,
    /// When the first key was typed that is not written down, in milliseconds awake.
    typed_since: Option<u64>,
    /// Typed, and not yet on the disk.
    unwritten: VecDeque<(DocumentId, Vec<u8>)>,
    /// Where the next text that is opened counts its versions from.
    next_version: u32,
    /// Server time minus this computer's, as last heard.
    clock_offset_ms: i64,
    /// What the person should know about the store.
    notice: Option<String>,
    trouble: Option<String>,
    /// Texts have changed since the search was brought up to date.
    texts_touched: bool,
    /// Nothing was written for a while by then, in milliseconds awake.
    quiet_at_ms: u64,
    /// When the library is made smaller next, in milliseconds awake.
    compact_at_ms: u64,
    telling: telling::Telling,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("me", &self.me).field("link", &self.link).finish_non_exhaustive()
    }
}

impl Library {
    /// Takes up where the store left off. `me`: the member whose computer this is; `None` leaves it to the store, which
    /// knows who works alone.
    pub fn open(store: LibraryStore, me: Option<PersonId>, ids: Ids) -> Result<Self, StoreError> {
        let clock = HybridClock::after(store.last_stamp());
        let me = match me {
            Some(me) => Some(me),
            None => store.alone().map(|alone| alone.person.clone()),
        };
        Ok(Self {
            clock,
            ids,
            me,
            link: Link::default(),
            documents: BTreeMap::new(),
            asked: BTreeMap::new(),
            typed_since: None,
            unwritten: VecDeque::new(),
            next_version: 0,
            clock_offset_ms: 0,
            notice: None,
            trouble: None,
            texts_touched: false,
            quiet_at_ms: 0,
            compact_at_ms: FIRST_COMPACTION_MS,
            telling: telling::Telling::default(),
            store,
        })
    }

    /// Gives the store back: what a crash leaves.
    pub fn into_store(self) -> LibraryStore {
        self.store
    }

    pub fn store(&self) -> &LibraryStore {
        &self.store
    }

    pub fn writer(&self) -> WriterId {
        self.store.writer()
    }

    /// Who writes here.
    pub fn me(&self) -> Option<&PersonId> {
        self.me.as_ref()
    }

    /// A sentence about the store that stays until the next start.
    pub fn set_notice(&mut self, words: String) {
        self.notice = Some(words);
    }

    /// A message of the server, after the pager has had it. On an error nothing was taken in.
    pub fn on_message(&mut self, message: &ServerMessage, at: Moment) -> Result<Vec<Output>, StoreError> {
        match message {
            // These may close texts: what was typed is written down first, under the name it was typed with.
            ServerMessage::Operations { operations } if takes_away(operations) => {
                let mut outputs = self.write_texts(at)?;
                outputs.extend(self.on_operations(operations, at)?);
                Ok(outputs)
            }
            ServerMessage::Welcome(welcome) => {
                let mut outputs = self.write_texts(at)?;
                outputs.extend(self.on_welcome(welcome, at)?);
                Ok(outputs)
            }
            ServerMessage::Operations { operations } => self.on_operations(operations, at),
            ServerMessage::Answers { writer, answers } => {
                let mut outputs = self.write_texts(at)?;
                outputs.extend(self.on_answers(*writer, answers, at)?);
                Ok(outputs)
            }
            ServerMessage::Presence { person, name, device, presence } => {
                Ok(self.on_presence(person, name, device, presence, at))
            }
            ServerMessage::Team { team } if self.link.welcomed => self.on_team(&team.team, at),
            ServerMessage::Ping { server_time, .. } => {
                self.hear_time(*server_time, at);
                Ok(vec![])
            }
            _ => Ok(vec![]),
        }
    }

    /// The connection is gone.
    pub fn on_disconnected(&mut self, at: Moment) -> Vec<Output> {
        let was = std::mem::take(&mut self.link);
        self.link.since = if was.welcomed { Some(at.now) } else { was.since.or(Some(at.now)) };
        vec![Output::Changed(Topic::Sync)]
    }

    /// Time has passed: what was typed is written down, what could not be fetched is asked for again. At least every
    /// 300 ms while a text is open, and every few seconds otherwise.
    pub fn tick(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let typing = self.is_typing();
        let mut outputs = self.write_old_texts(at)?;
        outputs.extend(self.fetch_next(at)?);
        outputs.extend(self.tell_by_the_clock(at)?);
        if !typing && self.link.fetching.is_none() {
            self.tidy(at)?;
        }
        Ok(outputs)
    }

    /// What can wait until nobody types and nothing is fetched.
    fn tidy(&mut self, at: Moment) -> Result<(), StoreError> {
        self.store.shorten();
        if std::mem::take(&mut self.texts_touched) {
            self.store.index_texts()?;
        }
        if at.awake_ms >= self.quiet_at_ms {
            self.store.merge_index()?;
            self.store.write_back();
        }
        if at.awake_ms >= self.compact_at_ms {
            self.compact_at_ms = at.awake_ms + COMPACTION_MS;
            let merged = self.store.compact(self.team_time(at) - COMPACTED_AFTER)?;
            tracing::info!(merged, "the library was made smaller");
        }
        Ok(())
    }

    pub fn sync_state(&self) -> Result<SyncState, StoreError> {
        let alone = self.is_alone();
        // Alone, everything is known to everybody there is.
        let waiting = if alone { Waiting::default() } else { self.store.waiting()? };
        let place = self.store.place();
        let behind = self.link.welcomed && place.upto < self.link.newest;
        Ok(SyncState {
            alone,
            connected: self.link.welcomed,
            offline_since: if self.link.welcomed || alone { None } else { self.link.since },
            waiting: waiting.count + self.unwritten.len() as u32,
            waiting_first: waiting.first,
            drafts: waiting.drafts,
            catching_up: behind.then_some(firebell_protocol::library::Progress {
                done: place.upto,
                total: self.link.newest,
            }),
            notice: self.trouble.clone().or_else(|| self.notice.clone()),
        })
    }

    /// Makes the views anew from the log; what they say stays the same.
    pub fn rebuild(&mut self) -> Result<((), Vec<Output>), LibraryError> {
        self.store.rebuild()?;
        Ok(((), vec![Output::Changed(Topic::Library)]))
    }

    /// The disk is full, or the like: said until something can be written again.
    pub fn set_trouble(&mut self, words: Option<String>) -> bool {
        let changed = self.trouble != words;
        self.trouble = words;
        changed
    }

    /// Everything of the team is gone from this computer: signed out, or removed.
    pub fn purge(&mut self) -> Result<Vec<Output>, StoreError> {
        self.documents.clear();
        self.unwritten.clear();
        self.me = None;
        self.link = Link::default();
        let new_writer =
            Some(NewWriter { writer: WriterId((self.ids)()), reminted: vec![], returned: vec![] });
        self.store.commit(&LibraryChange { purge: true, new_writer, ..LibraryChange::default() })?;
        self.clock = HybridClock::after(self.store.last_stamp());
        let mut outputs = vec![Output::Changed(Topic::Library), Output::Changed(Topic::Sync)];
        outputs.extend(self.tell_nothing());
        Ok(outputs)
    }

    fn hear_time(&mut self, server_time: Instant, at: Moment) {
        // A computer that forgot the time believes in 1970; what is further away is no time.
        let most = chrono::TimeDelta::days(200 * 365).num_milliseconds();
        self.clock_offset_ms = (server_time - at.now).num_milliseconds().clamp(-most, most);
    }

    /// The team's time, as well as it is known here.
    pub fn time(&self, at: Moment) -> Instant {
        self.team_time(at)
    }

    fn team_time(&self, at: Moment) -> Instant {
        at.now + chrono::TimeDelta::milliseconds(self.clock_offset_ms)
    }

    /// Something could not be taken in: what is missing is fetched again, after a while.
    pub fn on_trouble(&mut self, at: Moment) -> Vec<Output> {
        self.link.fetching = None;
        self.link.taking = None;
        self.link.fetch_at_ms = at.awake_ms + TROUBLE_MS;
        vec![Output::Changed(Topic::Sync)]
    }

    /// Writes, and says what the windows have to ask again.
    fn commit(&mut self, change: &LibraryChange, at: Moment) -> Result<Vec<Output>, StoreError> {
        let touched = self.store.commit(change)?;
        self.quiet_at_ms = at.awake_ms + QUIET_MS;
        let now = self.team_time(at);
        self.clock.see(self.store.last_stamp(), now);
        Ok(self.say(touched))
    }

    fn say(&mut self, touched: Touched) -> Vec<Output> {
        let mut outputs = vec![];
        self.telling.touch(&touched);
        self.texts_touched |= !touched.runbooks.is_empty() || !touched.postmortems.is_empty();
        if touched.everything {
            outputs.push(Output::Changed(Topic::Library));
            outputs.extend(self.reopen_all());
        }
        if touched.incidents.len() > NAMED_MAX {
            outputs.push(Output::Changed(Topic::Library));
        } else {
            let named = touched.incidents.into_iter();
            outputs.extend(named.map(|incident| Output::Changed(Topic::Incident { incident })));
        }
        outputs
            .extend(touched.runbooks.into_iter().map(|runbook| Output::Changed(Topic::Runbook { runbook })));
        let of = touched.postmortems.into_iter();
        outputs.extend(of.map(|incident| Output::Changed(Topic::Postmortem { incident })));
        outputs.extend(self.take_in_texts(touched.documents));
        outputs.extend(self.reopen_documents(touched.reopened));
        if touched.sync || touched.drafts {
            outputs.push(Output::Changed(Topic::Sync));
        }
        outputs
    }
}

/// Something is taken out of sight.
fn takes_away(operations: &[Operation]) -> bool {
    operations.iter().any(|operation| matches!(operation.body, OperationBody::Gone { .. }))
}
