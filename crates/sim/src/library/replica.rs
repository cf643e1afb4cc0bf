//! A computer with its library: the real core over a store in memory, and a clock of its own.

use super::oracle::{Oracle, Wrote};
use crate::oracle::Broken;
use crate::queue::Ms;
use firebell_client::library::Library;
use firebell_client::pager::Moment;
use firebell_domain::{Instant, PersonId};
use firebell_log::Cursor;
use firebell_server::storage::Device;
use firebell_store::StoreError;
use firebell_store::library::LibraryStore;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use uuid::Uuid;

pub struct Replica {
    pub name: String,
    /// Copies of a disk come as the same device.
    pub device: Device,
    pub person: PersonId,
    /// `None` while it is switched off.
    pub core: Option<Library>,
    /// What a crash leaves.
    pub disk: Option<LibraryStore>,
    /// Planted: what is on the disk, when not everything is that should be.
    pub synced: Option<LibraryStore>,
    pub life: u32,
    pub connection: Option<u64>,
    pub connecting: bool,
    /// Its network is cut.
    pub cut_off: bool,
    /// Works without a team, and joins it later.
    pub alone: bool,
    /// The kind of changes that its version of the program does not know yet.
    pub older: Option<&'static str>,
    pub skew_ms: Ms,
    /// Parts per million by which its clock is fast.
    pub drift_ppm: i64,
    pub back_off: Ms,
    /// When the last message came in.
    pub heard: Ms,
    /// Where the pager follows from, which has a store of its own.
    pub cursor: Option<Cursor>,
    /// Typed in a text that is open, and not written down: a crash takes it.
    pub typed: Vec<Wrote>,
}

impl Replica {
    /// Its own idea of the time.
    pub fn moment(&self, origin: Instant, now: Ms) -> Moment {
        let own = now + self.skew_ms + now * self.drift_ppm / 1_000_000;
        let awake_ms = u64::try_from(now + now * self.drift_ppm / 1_000_000).unwrap_or(0);
        Moment { now: origin + chrono::TimeDelta::milliseconds(own), awake_ms }
    }

    /// Starts the app over this disk.
    pub fn start(
        &mut self,
        disk: LibraryStore,
        rng: &mut StdRng,
        (origin, now): (Instant, Ms),
    ) -> Result<(), StoreError> {
        let mut ids = StdRng::seed_from_u64(rng.random());
        let new_id = Box::new(move || Uuid::from_u128(ids.random()));
        let begins_alone = self.alone && disk.alone().is_none();
        let person = (!self.alone && disk.alone().is_none()).then(|| self.person.clone());
        let mut core = Library::open(disk, person, new_id)?;
        if begins_alone {
            let begun = core.start_alone(&self.name, self.moment(origin, now));
            debug_assert!(begun.is_ok());
        }
        self.core = Some(core);
        self.life += 1;
        Ok(())
    }

    /// One after another, what was written here is looked for: it is shown, or waits, or lies in a draft.
    pub fn keeps_its_words(&self, me: usize, oracle: &Oracle, turn: usize) -> Result<(), Broken> {
        let Some(core) = &self.core else { return Ok(()) };
        let mine: Vec<&Wrote> = oracle.written.iter().filter(|w| w.replica == me).collect();
        if mine.is_empty() {
            return Ok(());
        }
        let wrote = mine[turn % mine.len()];
        if oracle.was_restored && wrote.waits_for_others(core.store()).map_err(|e| e.to_string())? {
            return Ok(());
        }
        self.has(core, wrote, oracle)
    }

    pub fn has(&self, core: &Library, wrote: &Wrote, oracle: &Oracle) -> Result<(), Broken> {
        let failed = |e: StoreError| format!("{}: the store failed: {e}", self.name);
        if oracle.given_up.contains(&wrote.words)
            || wrote.is_shown(core.store()).map_err(failed)?
            || wrote.is_in_a_draft(core.store()).map_err(failed)?
        {
            return Ok(());
        }
        // What belongs to an incident that the team does not know waits unseen.
        let waiting = core.store().unanswered().map_err(failed)?;
        if waiting.iter().any(|own| wrote.is_in(&own.op.change)) {
            return Ok(());
        }
        let drafts = core.store().drafts().map_err(failed)?;
        Err(format!("{} wrote {wrote:?} and has it no more; drafts {drafts:?}", self.name))
    }
}
