//! The team and its computers.

use super::office::Office;
use super::oracle::Oracle;
use super::replica::Replica;
use super::versions::draw_unknown;
use super::weather::Weather;
use super::{Event, World};
use crate::plant::Plant;
use crate::queue::Queue;
use firebell_domain::team::Team;
use firebell_domain::{DeviceId, Instant};
use firebell_log::{Era, WriterId};
use firebell_server::storage::{DatabaseUrl, Device, NewDevice, StorageError, open_db};
use firebell_store::library::LibraryStore;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Whose computers they are, in this order; Eve reads, and is refused what she writes.
const PEOPLE: [&str; 7] = ["ana", "ben", "eve", "chi", "ben", "dev", "ana"];

fn team() -> Team {
    let document = serde_json::json!({
        "team": { "name": "World", "time_zone": "Europe/Berlin" },
        "people": [
            { "id": "ana", "name": "Ana", "email": "ana@example.com", "role": "admin" },
            { "id": "ben", "name": "Ben", "email": "ben@example.com" },
            { "id": "chi", "name": "Chi", "email": "chi@example.com" },
            { "id": "dev", "name": "Dev", "email": "dev@example.com" },
            { "id": "eve", "name": "Eve", "email": "eve@example.com", "role": "stakeholder" },
        ],
    });
    match serde_json::from_value::<Team>(document) {
        Ok(team) => team,
        Err(error) => unreachable!("the world's team is written above: {error}"),
    }
}

pub fn world(mut rng: StdRng, plant: Option<Plant>) -> World {
    let origin = crate::world::EPOCH.parse::<Instant>().unwrap_or_default();
    let weather = Weather::draw(&mut rng);
    let until = rng.random_range(300_000..3_600_000);
    let computers = rng.random_range(2..=PEOPLE.len());
    let begin = |rng: &mut StdRng| -> Result<_, StorageError> {
        let mut office = Office::new(open_db(&DatabaseUrl::Memory)?);
        let (_, first) = office.commit(origin, |tx| {
            tx.set_era(Era(Uuid::from_u128(1)))?;
            tx.put_team(0, &team(), "world")
        })?;
        let mut replicas = vec![];
        for (index, person) in PEOPLE.iter().take(computers).enumerate() {
            replicas.push(replica(rng, &mut office, origin, person, index)?);
        }
        Ok((office, first, replicas))
    };
    let (office, first, replicas) = match begin(&mut rng) {
        Ok(begun) => begun,
        Err(error) => unreachable!("an empty database in memory takes a team: {error}"),
    };
    let mut oracle = Oracle::default();
    let heard = oracle.hear(&first.operations);
    debug_assert!(heard.is_ok());
    World {
        rng,
        plant,
        origin,
        now: 0,
        until,
        queue: Queue::default(),
        weather,
        faults: BTreeMap::new(),
        office,
        replicas,
        connections: BTreeMap::new(),
        last_connection: 0,
        said: 0,
        postmortems: false,
        oracle,
        events: 0,
    }
}

fn replica(
    rng: &mut StdRng,
    office: &mut Office,
    origin: Instant,
    person: &str,
    index: usize,
) -> Result<Replica, StorageError> {
    let id = DeviceId(Uuid::from_u128(1_000 + index as u128));
    let mut hash = [0u8; 32];
    hash[0] = u8::try_from(index).unwrap_or(255);
    let name = format!("{person}'s computer {index}");
    let new = NewDevice { id, name: name.clone(), platform: String::new(), token_hash: hash };
    let (enrolled, _) = office.commit(origin, |tx| {
        tx.create_invite(&hash, &person.into(), origin + chrono::TimeDelta::days(1))?;
        tx.enrol(&hash, &new)
    })?;
    debug_assert!(enrolled.is_ok());
    let device = Device {
        id,
        person: person.into(),
        name: name.clone(),
        enrolled_at: origin,
        last_answer: None,
        signed_off: false,
        revoked: false,
    };
    let disk = match LibraryStore::in_memory(WriterId(Uuid::from_u128(rng.random()))) {
        Ok(disk) => disk,
        Err(error) => unreachable!("a store in memory can be made: {error}"),
    };
    Ok(Replica {
        name,
        device,
        person: person.into(),
        core: None,
        disk: Some(disk),
        synced: None,
        life: 1,
        connection: None,
        connecting: false,
        cut_off: false,
        alone: index > 0 && rng.random_bool(0.1),
        older: draw_unknown(rng),
        skew_ms: rng.random_range(-28_800_000..28_800_000),
        drift_ppm: rng.random_range(-200..200),
        back_off: 200,
        heard: 0,
        cursor: None,
        typed: vec![],
    })
}

impl World {
    pub(super) fn begin(&mut self) {
        self.queue.at(15_000, Event::Ping { life: 1 });
        for replica in 0..self.replicas.len() {
            // Some come late, to a log that is long already.
            let first =
                if self.rng.random_bool(0.7) { 10 } else { self.rng.random_range(10..self.until / 2) };
            self.queue.at(first, Event::StartReplica { replica });
            let first = first + self.rng.random_range(1_000..30_000);
            self.queue.at(first, Event::Write { replica });
            let later = self.rng.random_range(first..self.until);
            if self.replicas[replica].alone {
                self.queue.at(later, Event::Join { replica });
            }
            let later = self.rng.random_range(first..self.until);
            if self.replicas[replica].older.is_some() {
                self.queue.at(later, Event::Update { replica });
            }
        }
        let first = self.rng.random_range(10_000..120_000);
        self.queue.at(first, Event::Fault);
    }
}
