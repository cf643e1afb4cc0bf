//! What fails, how often; and how it is mended.

use super::replica::Replica;
use super::{Event, World};
use crate::faults::{Fault, duration};
use crate::oracle::Broken;
use crate::plant::Plant;
use crate::queue::Ms;
use firebell_log::{Era, OpId, Scope, Stamp, WriterId, Written};
use firebell_protocol::sync::Submission;
use firebell_server::library;
use firebell_server::storage::read;
use rand::RngExt;
use rand::rngs::StdRng;
use uuid::Uuid;

/// Copies of disks in one world.
const CLONES: usize = 2;

/// How bad this world is; drawn once.
pub struct Weather {
    /// Between two large faults, on average.
    pub fault_every: Ms,
    pub late: f64,
    pub repeated: f64,
    pub swapped: f64,
    pub lost_answer: f64,
    pub lost_fetch: f64,
    /// At a commit.
    pub crash: f64,
    /// The server is restored from backups.
    pub restores: bool,
    /// Disks are copied.
    pub copies: bool,
}

impl Weather {
    pub fn draw(rng: &mut StdRng) -> Self {
        let bad = |rng: &mut StdRng, most: f64| {
            if rng.random_bool(0.5) { 0.0 } else { rng.random_range(0.0..most) }
        };
        Self {
            fault_every: rng.random_range(20_000..300_000),
            late: bad(rng, 0.2),
            repeated: bad(rng, 0.1),
            swapped: bad(rng, 0.05),
            lost_answer: bad(rng, 0.2),
            lost_fetch: bad(rng, 0.4),
            crash: bad(rng, 0.05),
            restores: rng.random_bool(0.6),
            copies: rng.random_bool(0.6),
        }
    }
}

fn draw(rng: &mut StdRng) -> Fault {
    use Fault::*;
    let kinds = [
        ServerCrash,
        ServerCrash,
        DesktopCrash,
        DesktopCrash,
        DesktopCutOff,
        DesktopCutOff,
        DesktopCutOff,
        OfficeCutOff,
        ConnectionBreaks,
        ConnectionBreaks,
        Compaction,
        Compaction,
        RestoredBackup,
        RestoredBackup,
        RestoredBackup,
        ClonedDisk,
        ClonedDisk,
        ClockSet,
        UnknownChange,
    ];
    kinds[rng.random_range(0..kinds.len())]
}

impl World {
    pub(super) fn fault(&mut self) -> Result<(), Broken> {
        if self.now >= self.until {
            return Ok(());
        }
        let next = self.now + self.rng.random_range(1_000..self.weather.fault_every * 2);
        self.queue.at(next, Event::Fault);
        let fault = draw(&mut self.rng);
        let mended = self.now + duration(&mut self.rng);
        let replica = self.rng.random_range(0..self.replicas.len());
        let happened = match fault {
            Fault::ServerCrash => {
                self.crash_server(mended);
                true
            }
            Fault::DesktopCrash => self.crash_replica(replica, mended),
            Fault::DesktopCutOff => self.cut_off(replica, mended),
            Fault::OfficeCutOff => {
                (0..self.replicas.len()).for_each(|r| {
                    self.cut_off(r, mended);
                });
                true
            }
            Fault::ConnectionBreaks => {
                let connection = self.replicas[replica].connection;
                connection.into_iter().for_each(|c| self.break_connection(c));
                connection.is_some()
            }
            Fault::Compaction => self.compact()?,
            Fault::RestoredBackup if self.weather.restores => self.back_up_or_restore(mended)?,
            Fault::ClonedDisk if self.weather.copies => self.clone_disk(replica)?,
            Fault::ClockSet => {
                self.replicas[replica].skew_ms = self.rng.random_range(-28_800_000..28_800_000);
                true
            }
            Fault::UnknownChange => self.somebody_newer_writes()?,
            _ => false,
        };
        if happened {
            self.count(fault);
        }
        Ok(())
    }

    pub(super) fn crash_server(&mut self, back: Ms) {
        if !self.office.up {
            return;
        }
        self.office.crash();
        let all: Vec<u64> = self.connections.keys().copied().collect();
        all.into_iter().for_each(|c| self.break_connection(c));
        self.queue.at(back, Event::StartServer);
    }

    pub(super) fn start_server(&mut self) {
        if !self.office.up {
            self.office.up = true;
            self.office.life += 1;
            let life = self.office.life;
            self.queue.at(self.now + 15_000, Event::Ping { life });
        }
    }

    fn crash_replica(&mut self, replica: usize, back: Ms) -> bool {
        let crashed = self.stop_replica(replica);
        if crashed {
            self.queue.at(back, Event::StartReplica { replica });
        }
        crashed
    }

    pub(super) fn stop_replica(&mut self, replica: usize) -> bool {
        let r = &mut self.replicas[replica];
        let Some(core) = r.core.take() else { return false };
        let disk = core.into_store();
        r.disk = Some(r.synced.take().unwrap_or(disk));
        r.life += 1;
        r.connecting = false;
        r.typed.clear();
        if let Some(connection) = r.connection.take() {
            self.break_connection(connection);
        }
        true
    }

    pub(super) fn start_replica(&mut self, replica: usize) -> Result<(), Broken> {
        let r = &mut self.replicas[replica];
        let Some(disk) = r.disk.take() else { return Ok(()) };
        let time = (self.origin, self.now);
        r.start(disk, &mut self.rng, time).map_err(|e| format!("{} did not start: {e}", r.name))?;
        let life = r.life;
        self.queue.at(self.now + 1_000, Event::Tick { replica, life });
        self.schedule_connect(replica, 100);
        Ok(())
    }

    fn cut_off(&mut self, replica: usize, back: Ms) -> bool {
        let r = &mut self.replicas[replica];
        if r.cut_off {
            return false;
        }
        r.cut_off = true;
        if let Some(connection) = r.connection {
            self.break_connection(connection);
        }
        self.queue.at(back, Event::Rejoin { replica });
        true
    }

    pub(super) fn rejoin(&mut self, replica: usize) {
        self.replicas[replica].cut_off = false;
        self.schedule_connect(replica, 50);
    }

    /// What was written until a moment ago is merged.
    fn compact(&mut self) -> Result<bool, Broken> {
        if !self.office.up {
            return Ok(false);
        }
        let before = self.instant() - chrono::TimeDelta::seconds(self.rng.random_range(0..300));
        let failed = |e: firebell_server::storage::StorageError| format!("compaction failed: {e}");
        let mut gone = 0;
        for (document, subject) in read::texts_to_merge(&mut self.office.db, 2, 100).map_err(failed)? {
            let now = self.instant();
            let merged = self.office.commit(now, |tx| library::merge(tx, &document, &subject, before, 2));
            gone += merged.map_err(failed)?.0.gone;
        }
        Ok(gone > 0)
    }

    /// The first time, and now and then, a backup is made; else one is restored.
    fn back_up_or_restore(&mut self, back: Ms) -> Result<bool, Broken> {
        let failed = |e: firebell_server::storage::StorageError| format!("a backup failed: {e}");
        if !self.office.has_backup() || self.rng.random_bool(0.6) {
            self.office.back_up().map_err(failed)?;
            return Ok(false);
        }
        self.crash_server(back);
        let (which, era) = (self.rng.random_range(0..100), Era(Uuid::from_u128(self.rng.random())));
        let now = self.instant();
        self.office.restore(which, era, now, self.plant).map_err(failed)?;
        let newest = self.office.newest().map_err(failed)?;
        self.oracle.restored(newest);
        Ok(true)
    }

    /// A computer is set up from the copy of another one's disk; both are used.
    fn clone_disk(&mut self, replica: usize) -> Result<bool, Broken> {
        let r = &self.replicas[replica];
        let copies = self.replicas.iter().filter(|r| r.name.contains("copy")).count();
        let Some(store) = r.core.as_ref().map(|c| c.store()).or(r.disk.as_ref()) else { return Ok(false) };
        if copies >= CLONES || store.alone().is_some() || r.older.is_some() {
            return Ok(false);
        }
        let disk = store.copied().map_err(|e| format!("a disk was not copied: {e}"))?;
        let copy = Replica {
            name: format!("{}, copy {}", r.name, copies + 1),
            device: r.device.clone(),
            person: r.person.clone(),
            core: None,
            disk: Some(disk),
            synced: None,
            life: 1,
            connection: None,
            connecting: false,
            cut_off: false,
            alone: false,
            older: None,
            skew_ms: r.skew_ms,
            drift_ppm: 0,
            back_off: 200,
            heard: self.now,
            cursor: r.cursor,
            typed: vec![],
        };
        self.replicas.push(copy);
        let new = self.replicas.len() - 1;
        self.start_replica(new)?;
        self.queue.at(self.now + 1_000, Event::Write { replica: new });
        Ok(true)
    }

    /// A desktop of a version to come writes what nobody here understands: it is kept, and harms nobody.
    fn somebody_newer_writes(&mut self) -> Result<bool, Broken> {
        if !self.office.up {
            return Ok(false);
        }
        let device = self.replicas[0].device.clone();
        let (id, text) =
            (OpId { writer: WriterId(Uuid::from_u128(self.rng.random())), counter: 1 }, self.word());
        let stamp = Stamp { ms: self.instant().timestamp_millis(), tick: 0 };
        let change = serde_json::json!({ "kind": "hologram", "of": text });
        let op = Written { id, scope: Scope::Team, author: device.person.clone(), stamp, schema: 99, change };
        let submission = Submission { after: 0, op, waited_ms: 0 };
        let answers = self.commit(|tx| library::submit(tx, &device, vec![submission]))?;
        self.oracle.answered(id.writer, &answers)?;
        self.tell_everybody()?;
        Ok(true)
    }

    /// A commit of the server: the oracle hears of it; whoever calls this tells everybody.
    pub(super) fn commit<T>(
        &mut self,
        work: impl FnOnce(&mut firebell_server::storage::Tx) -> Result<T, firebell_server::storage::StorageError>,
    ) -> Result<T, Broken> {
        let now = self.instant();
        let failed =
            |e: firebell_server::storage::StorageError| format!("the database refused a change: {e}");
        if self.plant == Some(Plant::ServerSyncDropped) && self.rng.random_bool(0.2) {
            self.office.sync().map_err(failed)?;
        }
        let (value, committed) = self.office.commit(now, work).map_err(failed)?;
        self.oracle.hear(&committed.operations)?;
        Ok(value)
    }
}
