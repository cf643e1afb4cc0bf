//! Connections: in order while they hold, with everything lost that was on the way when they break; and, beyond what
//! TCP allows, messages that come twice or swapped. Parts of the log are fetched beside them, late or in vain.

use super::{Event, World};
use crate::faults::Fault;
use crate::oracle::Broken;
use crate::queue::Ms;
use firebell_client::library::{Fetch, Output};
use firebell_log::Cursor;
use firebell_protocol::sync::{CAPABILITIES, ClientMessage, LogChunk, PROTOCOL, ServerMessage};
use rand::RngExt;

/// The session gives a connection up that says nothing for so long.
const SILENT_MAX: Ms = 40_000;

/// A connection of a computer with the server. Both ends notice its end for themselves.
pub struct Connection {
    pub replica: usize,
    pub replica_life: u32,
    pub office_life: u32,
    pub is_open: bool,
    pub greeted: bool,
    /// When the last message in each direction arrives: one connection keeps its order.
    pub last_up: Ms,
    pub last_down: Ms,
}

impl World {
    pub(super) fn schedule_connect(&mut self, replica: usize, wait: Ms) {
        let r = &mut self.replicas[replica];
        if !r.connecting && r.core.is_some() {
            r.connecting = true;
            self.queue.at(self.now + wait, Event::Connect { replica, life: r.life });
        }
    }

    pub(super) fn connect(&mut self, replica: usize, life: u32) -> Result<(), Broken> {
        let r = &mut self.replicas[replica];
        if r.life != life {
            return Ok(());
        }
        r.connecting = false;
        if r.connection.is_some() {
            return Ok(());
        }
        let Some(writer) = r.core.as_ref().map(|c| c.writer()) else { return Ok(()) };
        if r.cut_off || r.alone || !self.office.up {
            r.back_off = (r.back_off * 2).min(15_000);
            let wait = self.rng.random_range(0..self.replicas[replica].back_off) + 50;
            self.schedule_connect(replica, wait);
            return Ok(());
        }
        self.last_connection += 1;
        let id = self.last_connection;
        let connection = Connection {
            replica,
            replica_life: life,
            office_life: self.office.life,
            is_open: true,
            greeted: false,
            last_up: self.now,
            last_down: self.now,
        };
        self.connections.insert(id, connection);
        r.connection = Some(id);
        r.heard = self.now;
        r.back_off = 200;
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL,
            app: "world".into(),
            capabilities: CAPABILITIES.iter().map(|c| (*c).to_owned()).collect(),
            cursor: r.cursor,
            writer: Some(writer),
        };
        self.send_up(id, hello);
        Ok(())
    }

    pub(super) fn delay(&mut self) -> Ms {
        if self.rng.random_bool(self.weather.late) {
            self.count(Fault::LateMessage);
            self.rng.random_range(200..8_000)
        } else {
            self.rng.random_range(1..80)
        }
    }

    pub(super) fn send_up(&mut self, id: u64, message: ClientMessage) {
        let delay = self.delay();
        let is_submission = matches!(message, ClientMessage::Submit { .. });
        let repeated = is_submission && self.rng.random_bool(self.weather.repeated);
        let swapped = is_submission && self.rng.random_bool(self.weather.swapped);
        let now = self.now;
        let Some(c) = self.connections.get_mut(&id).filter(|c| c.is_open) else { return };
        let at = if swapped { now + delay + 100 } else { (now + delay).max(c.last_up) };
        c.last_up = c.last_up.max(now + delay);
        if swapped {
            self.count(Fault::SwappedMessages);
        }
        if repeated {
            self.count(Fault::RepeatedSubmission);
            self.queue.at(at + delay * 3, Event::ToServer { connection: id, message: message.clone() });
        }
        self.queue.at(at, Event::ToServer { connection: id, message });
    }

    pub(super) fn send_down(&mut self, id: u64, message: ServerMessage) {
        let delay = self.delay();
        let (swapped, repeated) =
            (self.rng.random_bool(self.weather.swapped), self.rng.random_bool(self.weather.repeated));
        let now = self.now;
        let Some(c) = self.connections.get_mut(&id).filter(|c| c.is_open) else { return };
        let at = if swapped && c.greeted { now + delay + 100 } else { (now + delay).max(c.last_down) };
        c.last_down = c.last_down.max(at);
        if swapped {
            self.count(Fault::SwappedMessages);
        }
        if repeated {
            self.count(Fault::RepeatedMessage);
            let message = Box::new(message.clone());
            self.queue.at(at + delay, Event::ToReplica { connection: id, message });
        }
        self.queue.at(at, Event::ToReplica { connection: id, message: Box::new(message) });
    }

    pub(super) fn replica_hears(&mut self, id: u64, message: ServerMessage) -> Result<(), Broken> {
        let Some(c) = self.connections.get(&id).filter(|c| c.is_open) else { return Ok(()) };
        let (replica, life) = (c.replica, c.replica_life);
        let r = &mut self.replicas[replica];
        if r.life != life || r.connection != Some(id) {
            return Ok(());
        }
        r.heard = self.now;
        match &message {
            ServerMessage::Snapshot { cursor, .. } => r.cursor = Some(*cursor),
            ServerMessage::Operations { operations } => {
                for operation in operations {
                    match &mut r.cursor {
                        Some(Cursor { seq, .. }) if operation.seq == *seq + 1 => *seq += 1,
                        Some(Cursor { seq, .. }) if operation.seq <= *seq => {}
                        // The pager starts over.
                        _ => r.cursor = None,
                    }
                }
            }
            _ => {}
        }
        self.step(replica, |core, at| {
            core.on_message(&message, at).map(|outputs| ((), outputs)).map_err(|e| e.to_string())
        })?;
        Ok(())
    }

    /// Nothing goes through any more; the ends notice later.
    pub(super) fn break_connection(&mut self, id: u64) {
        let wait = if self.rng.random_bool(0.5) { 10 } else { self.rng.random_range(10..25_000) };
        if let Some(c) = self.connections.get_mut(&id).filter(|c| c.is_open) {
            c.is_open = false;
            self.queue.at(self.now + wait, Event::Broken { connection: id });
        }
    }

    pub(super) fn broken(&mut self, id: u64) -> Result<(), Broken> {
        let Some(c) = self.connections.remove(&id) else { return Ok(()) };
        self.office.told.remove(&id);
        let r = &mut self.replicas[c.replica];
        if r.life != c.replica_life || r.connection != Some(id) {
            return Ok(());
        }
        r.connection = None;
        self.step(c.replica, |core, at| Ok(((), core.on_disconnected(at))))?;
        let wait = self.rng.random_range(0..400);
        self.schedule_connect(c.replica, wait);
        Ok(())
    }

    pub(super) fn give_up_a_silent_connection(&mut self, replica: usize) {
        let r = &self.replicas[replica];
        if let Some(connection) = r.connection
            && self.now - r.heard > SILENT_MAX
        {
            if let Some(c) = self.connections.get_mut(&connection) {
                c.is_open = false;
            }
            self.queue.at(self.now + 1, Event::Broken { connection });
        }
    }

    /// The answer of the server to a request for a part of the log, which may be lost in either direction.
    pub(super) fn asked(&mut self, replica: usize, life: u32, asked: Fetch) -> Result<(), Broken> {
        let lost = self.rng.random_bool(self.weather.lost_fetch);
        let mut at = self.now + self.delay();
        let chunk = if lost || self.replicas[replica].cut_off || !self.office.up {
            None
        } else {
            Some(Box::new(self.part_of_the_log(replica, asked)?))
        };
        if lost {
            self.count(Fault::LostFetch);
        } else if self.rng.random_bool(self.weather.late) {
            // Perhaps later than the end of the connection it was asked for by.
            self.count(Fault::LateFetch);
            at += self.rng.random_range(1_000..30_000);
        }
        self.queue.at(at, Event::Fetched { replica, life, asked, chunk });
        Ok(())
    }

    pub(super) fn fetched(
        &mut self,
        replica: usize,
        life: u32,
        asked: Fetch,
        chunk: Option<Box<LogChunk>>,
    ) -> Result<(), Broken> {
        if self.replicas[replica].life != life {
            return Ok(());
        }
        self.step(replica, |core, at| match chunk {
            Some(chunk) => {
                let ahead = core.fetch_ahead(asked, &chunk).map(Output::Fetch);
                let taken = core.on_chunk(asked, *chunk, at).map_err(|e| e.to_string())?;
                Ok(((), ahead.into_iter().chain(taken).collect()))
            }
            None => Ok(((), core.on_no_chunk(asked, at))),
        })?;
        Ok(())
    }
}
