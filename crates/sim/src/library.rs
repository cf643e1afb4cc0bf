//! Worlds of the log: computers that write the same things, offline and on, while clocks are wrong, disks are copied,
//! and the server crashes, shortens its log and is restored from old backups.
//!
//! The desktop's core and the server's half are the real ones. What they must come to is worked out beside them, from
//! nothing but the operations that were accepted ([`model`]), and from the words that people wrote ([`oracle`]).

mod ending;
pub mod model;
mod network;
mod office;
pub mod oracle;
mod people;
mod replica;
mod serving;
mod setup;
mod versions;
mod weather;

use crate::faults::{Counts, Fault};
use crate::oracle::Broken;
use crate::plant::Plant;
use crate::queue::{Ms, Queue};
use crate::world::Report;
use firebell_client::library::{Fetch, Library, Output};
use firebell_client::pager::Moment;
use firebell_domain::Instant;
use firebell_protocol::sync::{ClientMessage, LogChunk, ServerMessage};
use network::Connection;
use office::Office;
use oracle::Oracle;
use rand::SeedableRng;
use rand::rngs::StdRng;
use replica::Replica;
use std::collections::BTreeMap;
use weather::Weather;

/// How long after the last fault and the last word the world is looked at.
const CALM: Ms = 180_000;

/// Of so many ticks, one looks for something that was written before.
const LOOK_EVERY: usize = 4;

/// What is going to happen.
enum Event {
    /// Somebody writes something.
    Write {
        replica: usize,
    },
    Tick {
        replica: usize,
        life: u32,
    },
    Connect {
        replica: usize,
        life: u32,
    },
    ToServer {
        connection: u64,
        message: ClientMessage,
    },
    ToReplica {
        connection: u64,
        message: Box<ServerMessage>,
    },
    /// One end of a connection notices that it is gone.
    Broken {
        connection: u64,
    },
    /// A request for a part of the log reaches the server.
    Asked {
        replica: usize,
        life: u32,
        asked: Fetch,
    },
    /// Its answer comes, or the news that there is none.
    Fetched {
        replica: usize,
        life: u32,
        asked: Fetch,
        chunk: Option<Box<LogChunk>>,
    },
    Ping {
        life: u32,
    },
    Fault,
    // What a fault broke is mended.
    StartServer,
    StartReplica {
        replica: usize,
    },
    Rejoin {
        replica: usize,
    },
    /// Somebody who worked alone joins the team.
    Join {
        replica: usize,
    },
    /// A computer gets the newest version of the program.
    Update {
        replica: usize,
    },
}

/// Runs the library's world of a seed.
pub fn run(seed: u64, plant: Option<Plant>) -> Report {
    let mut world = World::new(seed, plant);
    let broken = world.run().err().map(|why| format!("at {} s: {why}", world.now / 1_000));
    Report {
        seed,
        simulated_ms: world.now,
        events: world.events,
        faults: world.faults,
        operations: world.oracle.accepted.len() as u64,
        words: world.oracle.written.len() as u64,
        broken,
        ..Report::default()
    }
}

/// The first seed whose world has postmortems.
const POSTMORTEMS_FROM: u64 = 30_000_000;

struct World {
    rng: StdRng,
    plant: Option<Plant>,
    origin: Instant,
    now: Ms,
    /// Faults and people stop here.
    until: Ms,
    queue: Queue<Event>,
    weather: Weather,
    faults: Counts,
    office: Office,
    replicas: Vec<Replica>,
    connections: BTreeMap<u64, Connection>,
    last_connection: u64,
    /// Words that were given out, so that each is found again.
    said: u32,
    /// Incidents have postmortems here. Worlds of older seeds do not know of them: they are kept for what they once broke.
    postmortems: bool,
    oracle: Oracle,
    events: u64,
}

impl World {
    fn new(seed: u64, plant: Option<Plant>) -> Self {
        let rng = StdRng::seed_from_u64(seed ^ 0x6c69_6272_6172_7900);
        World { postmortems: seed >= POSTMORTEMS_FROM, ..setup::world(rng, plant) }
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
            Event::Write { replica } => self.write(replica),
            Event::Tick { replica, life } => self.tick(replica, life),
            Event::Connect { replica, life } => self.connect(replica, life),
            Event::ToServer { connection, message } => self.server_hears(connection, message),
            Event::ToReplica { connection, message } => self.replica_hears(connection, *message),
            Event::Broken { connection } => self.broken(connection),
            Event::Asked { replica, life, asked } => self.asked(replica, life, asked),
            Event::Fetched { replica, life, asked, chunk } => self.fetched(replica, life, asked, chunk),
            Event::Ping { life } => {
                self.ping(life);
                Ok(())
            }
            Event::Fault => self.fault(),
            Event::StartServer => {
                self.start_server();
                Ok(())
            }
            Event::StartReplica { replica } => self.start_replica(replica),
            Event::Rejoin { replica } => {
                self.rejoin(replica);
                Ok(())
            }
            Event::Join { replica } => {
                self.join(replica);
                Ok(())
            }
            Event::Update { replica } => self.update(replica),
        }
    }

    fn instant(&self) -> Instant {
        self.origin + chrono::TimeDelta::milliseconds(self.now)
    }

    fn count(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    /// Lets a computer do something, if it runs, and carries out what follows.
    fn step<T>(
        &mut self,
        replica: usize,
        work: impl FnOnce(&mut Library, Moment) -> Result<(T, Vec<Output>), Broken>,
    ) -> Result<Option<T>, Broken> {
        let moment = self.replicas[replica].moment(self.origin, self.now);
        let Some(core) = &mut self.replicas[replica].core else { return Ok(None) };
        let (value, outputs) = work(core, moment)?;
        self.carry_out(replica, outputs);
        Ok(Some(value))
    }

    fn carry_out(&mut self, replica: usize, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    if let Some(connection) = self.replicas[replica].connection {
                        self.send_up(connection, message);
                    }
                }
                Output::Fetch(asked) => {
                    let (life, at) = (self.replicas[replica].life, self.now + self.delay());
                    self.queue.at(at, Event::Asked { replica, life, asked });
                }
                Output::Changed(_) | Output::Notice(_) | Output::Overdue(_) => {}
            }
        }
    }

    /// Once a second: texts are written down; and what was written before is still there.
    fn tick(&mut self, replica: usize, life: u32) -> Result<(), Broken> {
        if self.replicas[replica].life != life {
            return Ok(());
        }
        self.queue.at(self.now + 1_000, Event::Tick { replica, life });
        self.give_up_a_silent_connection(replica);
        self.step(replica, |core, at| core.tick(at).map(|outputs| ((), outputs)).map_err(|e| e.to_string()))?;
        self.texts_are_written(replica);
        // Now and then: looking takes longer than everything else in such a world.
        let turn = usize::try_from(self.now / 1_000).unwrap_or(0) + replica;
        if turn.is_multiple_of(LOOK_EVERY) {
            self.replicas[replica].keeps_its_words(replica, &self.oracle, turn / LOOK_EVERY)?;
        }
        Ok(())
    }
}
