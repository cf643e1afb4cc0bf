//! One world: set up, run through its weather, healed, and looked at.

mod desktops;
mod ending;
mod network;
mod nodes;
mod setup;
mod weather;

pub use setup::EPOCH;

use crate::desktop::Desktop;
use crate::faults::{Counts, Weather};
use crate::monitor::{Monitor, Request};
use crate::oracle::{Broken, Oracle};
use crate::plant::Plant;
use crate::queue::{Event, Ms, Queue};
use crate::server::{Connection, Node};
use firebell_domain::{Instant, PersonId};
use firebell_server::storage::{Committed, Db, StorageError, Tx, read, transact};
use rand::RngExt;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

/// How long after the last fault and the last alert the world is looked at.
const CALM: Ms = 240_000;
/// A due step may be this late while a node works: the backstop, and a little.
const LATE_MAX: Ms = 17_000;

/// What a world was like.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub seed: u64,
    pub simulated_ms: Ms,
    pub events: u64,
    pub faults: Counts,
    pub steps: u64,
    pub acknowledged: u64,
    pub exhausted: u64,
    /// Of the library: operations in the log at the end, and things that people wrote.
    pub operations: u64,
    pub words: u64,
    /// The promise that was broken, and when.
    pub broken: Option<String>,
}

/// Runs the world of a seed.
pub fn run(seed: u64, plant: Option<Plant>) -> Report {
    let mut world = World::new(seed, plant);
    let broken = world.run().err().map(|why| format!("at {} s: {why}", world.now / 1_000));
    Report {
        seed,
        simulated_ms: world.now,
        events: world.events,
        faults: world.faults,
        steps: world.oracle.steps,
        acknowledged: world.oracle.acknowledged,
        exhausted: world.oracle.exhausted,
        broken,
        ..Report::default()
    }
}

pub struct World {
    rng: StdRng,
    plant: Option<Plant>,
    origin: Instant,
    now: Ms,
    /// Faults and alerts stop here.
    until: Ms,
    queue: Queue<Event>,
    weather: Weather,
    faults: Counts,
    db: Db,
    nodes: Vec<Node>,
    desktops: Vec<Desktop>,
    connections: BTreeMap<u64, Connection>,
    last_connection: u64,
    monitors: Vec<Monitor>,
    requests: Vec<Request>,
    /// Key → when it was last accepted as firing.
    accepted: BTreeMap<String, Ms>,
    notes_accepted: Vec<String>,
    notes_given: u32,
    ids: u128,
    /// Planted: decisions of paused nodes.
    stale: Vec<(firebell_domain::PageId, Option<firebell_domain::page::Page>)>,
    oracle: Oracle,
    events: u64,
}

impl World {
    fn new(seed: u64, plant: Option<Plant>) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let weather = Weather::draw(&mut rng);
        let until = rng.random_range(1_800_000..10_800_000);
        // Fridays and Mondays, nights and mornings: business hours begin in some worlds.
        let hour = rng.random_range(0..168);
        let origin = EPOCH.parse::<Instant>().unwrap_or_default() + chrono::TimeDelta::hours(hour);
        let nodes = if rng.random_bool(0.4) { 2 } else { 1 };
        setup::world(rng, plant, origin, until, weather, nodes)
    }

    fn run(&mut self) -> Result<(), Broken> {
        self.begin();
        let end = self.until + CALM;
        let mut healed = false;
        while let Some((time, event)) = self.queue.pop() {
            if time > end {
                break;
            }
            self.now = time.max(self.now);
            if !healed && self.now >= self.until {
                healed = true;
                self.heal()?;
            }
            self.events += 1;
            self.happen(event)?;
        }
        self.look_at_the_end()
    }

    fn happen(&mut self, event: Event) -> Result<(), Broken> {
        match event {
            Event::Monitor { service } => self.monitor_looks(service),
            Event::Post { request, tries } => self.post(request, tries)?,
            Event::Engine { node, life } => self.engine(node, life)?,
            Event::ChannelSent { node, life, row, ok } => self.channel_sent(node, life, &row, ok)?,
            Event::Ping { node, life } => self.ping(node, life),
            Event::Connect { desktop, life } => self.connect(desktop, life)?,
            Event::ToServer { connection, message } => self.server_hears(connection, message)?,
            Event::ToDesktop { connection, message } => self.desktop_hears(connection, *message)?,
            Event::Broken { connection } => self.broken(connection)?,
            Event::Tick { desktop, life } => self.tick(desktop, life)?,
            Event::Act { desktop, page } => self.act(desktop, page)?,
            Event::Fault => self.fault()?,
            Event::StartNode { node } => self.start_node(node),
            Event::ResumeNode { node } => self.resume_node(node),
            Event::StartDesktop { desktop } => self.start_desktop(desktop)?,
            Event::Rejoin { desktop } => self.rejoin(desktop),
            Event::StaleCommit { node, page } => self.stale_commit(node, page)?,
        }
        Ok(())
    }

    fn instant(&self) -> Instant {
        self.origin + chrono::TimeDelta::milliseconds(self.now)
    }

    fn ms(&self, t: Instant) -> Ms {
        (t - self.origin).num_milliseconds()
    }

    /// Commits a change by a node, and does what follows: engines are woken, connections told.
    fn commit<T>(
        &mut self,
        node: usize,
        work: impl FnOnce(&mut Tx, &mut dyn FnMut() -> uuid::Uuid) -> Result<T, StorageError>,
    ) -> Result<T, Broken> {
        let now = self.instant();
        let started = match self.plant {
            Some(Plant::UnknownTakenForDead) => now - chrono::TimeDelta::days(1),
            _ => self.nodes[node].awake.turn(now),
        };
        let ids = &mut self.ids;
        let mut new_id = || {
            *ids += 1;
            uuid::Uuid::from_u128(*ids)
        };
        let outcome = transact(&mut self.db, &|| now, started, |tx| work(tx, &mut new_id));
        let (value, committed) =
            outcome.map_err(|e| format!("the database refused a change: {e} ({e:?})"))?;
        self.committed(&committed)?;
        Ok(value)
    }

    fn committed(&mut self, committed: &Committed) -> Result<(), Broken> {
        let (desktops, now) = (&self.desktops, self.now);
        let healthy_for = |person: &PersonId| {
            desktops
                .iter()
                .filter(|d| &d.person == person && !d.signed_off)
                .filter_map(|d| d.healthy_since.filter(|_| d.is_working()).map(|since| now - since))
                .max()
        };
        if let Err(why) = self.oracle.hear(&committed.operations, &healthy_for) {
            let devices = read::devices(&mut self.db).map_err(|e| e.to_string())?;
            let answers: Vec<_> = devices
                .iter()
                .map(|d| (d.name.clone(), d.last_answer.map(|t| self.ms(t)), d.signed_off))
                .collect();
            return Err(format!("{why}; now {} ms, last answers {answers:?}", self.now));
        }
        if committed.due.is_some() || committed.outbox {
            for node in 0..self.nodes.len() {
                if self.rng.random_bool(self.weather.lost_wake) {
                    self.count(crate::faults::Fault::LostWake);
                } else {
                    let soon = self.now + self.rng.random_range(1..20);
                    self.wake(node, soon);
                }
            }
        }
        if !committed.operations.is_empty() {
            self.tell_everybody()?;
        }
        Ok(())
    }

    fn count(&mut self, fault: crate::faults::Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }
}
