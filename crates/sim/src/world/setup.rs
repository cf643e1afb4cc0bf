//! The team, its computers and its monitoring.

use super::World;
use crate::desktop::Desktop;
use crate::faults::Weather;
use crate::monitor::{Monitor, SERVICES};
use crate::plant::Plant;
use crate::queue::{Event, Ms, Queue};
use crate::server::Node;
use firebell_client::pager::{Moment, Responder};
use firebell_domain::liveness::ChannelKind;
use firebell_domain::team::Team;
use firebell_domain::{ChannelId, DeviceId, Instant, Span};
use firebell_log::Era;
use firebell_protocol::sync::You;
use firebell_server::storage::{Channel, DatabaseUrl, Device, NewDevice, StorageError, open_db, transact};
use firebell_store::{Identity, Store};
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A Monday.
pub const EPOCH: &str = "2026-11-16T00:00:00Z";

/// (person, how many computers)
const COMPUTERS: [(&str, u32); 4] = [("ana", 1), ("ben", 2), ("chi", 1), ("dev", 1)];

fn team() -> Team {
    let schedule = |id: &str, people: [&str; 3]| {
        serde_json::json!({ "id": id, "name": id, "time_zone": "Europe/Berlin", "layers": [{
            "people": people, "turn": { "every": 1, "unit": "day", "hand_off": "10:00", "start": "2026-01-05" } }] })
    };
    let document = serde_json::json!({
        "team": { "name": "World", "time_zone": "Europe/Berlin" },
        "people": [
            { "id": "ana", "name": "Ana", "email": "ana@example.com", "role": "admin" },
            { "id": "ben", "name": "Ben", "email": "ben@example.com" },
            { "id": "chi", "name": "Chi", "email": "chi@example.com" },
            { "id": "dev", "name": "Dev", "email": "dev@example.com" },
        ],
        "groups": [{ "id": "all", "members": ["ana", "ben", "chi", "dev"], "lead": "dev", "manager": "ana" }],
        "schedules": [schedule("primary", ["ben", "chi", "dev"]), schedule("secondary", ["chi", "dev", "ben"])],
        "policies": [{ "id": "default", "rounds": 2, "gap": "4m", "steps": [
            { "after": "0s", "notify": [{ "schedule": "primary" }] },
            { "after": "2m", "notify": [{ "schedule": "secondary" }] },
            { "after": "5m", "notify": [{ "lead_of": "all" }, { "person": "ana" }] },
        ] }],
        "services": SERVICES.map(|s| serde_json::json!({ "id": s, "name": s, "policy": "default" })),
        "integrations": [{ "id": "monitoring", "kind": "generic", "service": "web" }],
    });
    match serde_json::from_value::<Team>(document) {
        Ok(team) => team,
        Err(error) => unreachable!("the world's team is written above: {error}"),
    }
}

pub fn world(
    mut rng: StdRng,
    plant: Option<Plant>,
    origin: Instant,
    until: Ms,
    weather: Weather,
    nodes: usize,
) -> World {
    let start = || -> Result<_, StorageError> {
        let mut db = open_db(&DatabaseUrl::Memory)?;
        let (_, committed) = transact(&mut db, &|| origin, origin, |tx| {
            tx.set_era(Era(Uuid::from_u128(1)))?;
            tx.put_team(0, &team(), "world")
        })?;
        Ok((db, committed))
    };
    let (mut db, first) = match start() {
        Ok(begun) => begun,
        Err(error) => unreachable!("an empty database in memory takes a team: {error}"),
    };
    let mut desktops = vec![];
    for (person, count) in COMPUTERS {
        for n in 0..count {
            desktops.push(desktop(&mut rng, &mut db, origin, person, desktops.len(), n));
        }
    }
    if rng.random_bool(0.6) {
        let channel = Channel {
            id: ChannelId(Uuid::from_u128(77)),
            person: "chi".into(),
            kind: ChannelKind::Ntfy,
            url: "https://ntfy.example/chi".into(),
            delay: Span::seconds(rng.random_range(0..180)),
            secret: None,
            token: None,
            last_used: None,
            last_error: None,
        };
        let added = transact(&mut db, &|| origin, origin, |tx| tx.add_channel(&channel));
        debug_assert!(added.is_ok());
    }
    let mut world = World {
        rng,
        plant,
        origin,
        now: 0,
        until,
        queue: Queue::default(),
        weather,
        faults: BTreeMap::new(),
        db,
        nodes: (0..nodes).map(|_| Node::new(origin)).collect(),
        desktops,
        connections: BTreeMap::new(),
        last_connection: 0,
        monitors: SERVICES.map(|_| Monitor::default()).into(),
        requests: vec![],
        accepted: BTreeMap::new(),
        notes_accepted: vec![],
        notes_given: 0,
        ids: 1 << 64,
        stale: vec![],
        oracle: crate::oracle::Oracle::default(),
        events: 0,
    };
    let heard = world.oracle.hear(&first.operations, &|_| None);
    debug_assert!(heard.is_ok());
    world
}

fn desktop(
    rng: &mut StdRng,
    db: &mut firebell_server::storage::Db,
    origin: Instant,
    person: &str,
    index: usize,
    n: u32,
) -> Desktop {
    let id = DeviceId(Uuid::from_u128(1_000 + index as u128));
    let mut hash = [0u8; 32];
    hash[0] = u8::try_from(index).unwrap_or(255);
    let new =
        NewDevice { id, name: format!("{person}'s computer {n}"), platform: String::new(), token_hash: hash };
    let name = new.name.clone();
    let enrolled = transact(db, &|| origin, origin, |tx| {
        tx.create_invite(&hash, &person.into(), origin + chrono::TimeDelta::days(1))?;
        tx.enrol(&hash, &new)
    });
    debug_assert!(matches!(enrolled, Ok((Ok(_), _))));
    let device = Device {
        id,
        person: person.into(),
        name,
        enrolled_at: origin,
        last_answer: None,
        signed_off: false,
        revoked: false,
    };
    let identity = Identity {
        you: You {
            person: person.into(),
            name: person.to_owned(),
            role: firebell_domain::team::Role::Responder,
            device: id,
        },
        server: "https://firebell.example".into(),
        team: "World".into(),
    };
    let core = Store::in_memory().and_then(|mut store| {
        store.enrol(&identity)?;
        Responder::open(store, Moment { now: origin, awake_ms: 0 })
    });
    let core = match core {
        Ok(core) => core,
        Err(error) => unreachable!("an empty store in memory takes an identity: {error}"),
    };
    Desktop {
        device,
        person: person.into(),
        core: Some(core),
        disk: None,
        life: 1,
        connection: None,
        connecting: false,
        cut_off: false,
        skew_ms: rng.random_range(-3_600_000..3_600_000),
        drift_ppm: rng.random_range(-200..200),
        back_off: 200,
        healthy_since: Some(0),
        connected_since: None,
        heard: 0,
        shown: BTreeSet::new(),
        thinking: BTreeSet::new(),
        rang: BTreeMap::new(),
        signed_off: false,
        known_as_gone: false,
    }
}

impl World {
    pub(super) fn begin(&mut self) {
        for node in 0..self.nodes.len() {
            self.wake(node, 0);
            self.queue.at(15_000, Event::Ping { node, life: 1 });
        }
        for desktop in 0..self.desktops.len() {
            self.schedule_connect(desktop, 50);
            let first = self.rng.random_range(0..5_000);
            self.queue.at(first, Event::Tick { desktop, life: 1 });
        }
        for service in 0..self.monitors.len() {
            let first = self.rng.random_range(10_000..300_000);
            self.queue.at(first, Event::Monitor { service });
        }
        let first = self.rng.random_range(30_000..300_000);
        self.queue.at(first, Event::Fault);
    }
}
