//! Connections: in order while they hold, with everything lost that was on the way when they break; and, beyond
//! what TCP allows, messages that come twice or swapped.

use super::World;
use crate::faults::Fault;
use crate::oracle::Broken;
use crate::queue::{Event, Ms};
use crate::server::Connection;
use firebell_protocol::sync::{ByeCode, ClientMessage, PageRequest, ServerMessage};
use firebell_server::engine::requests;
use firebell_server::push::follow;
use rand::RngExt;

impl World {
    pub(super) fn schedule_connect(&mut self, desktop: usize, wait: Ms) {
        let d = &mut self.desktops[desktop];
        if !d.connecting && d.core.is_some() {
            d.connecting = true;
            self.queue.at(self.now + wait, Event::Connect { desktop, life: d.life });
        }
    }

    pub(super) fn connect(&mut self, desktop: usize, life: u32) -> Result<(), Broken> {
        if self.desktops[desktop].life != life {
            return Ok(());
        }
        self.desktops[desktop].connecting = false;
        if self.desktops[desktop].connection.is_some() || self.desktops[desktop].signed_off {
            return Ok(());
        }
        let node = if self.desktops[desktop].is_working() { self.working_node() } else { None };
        let Some(node) = node else {
            let d = &mut self.desktops[desktop];
            d.back_off = (d.back_off * 2).min(15_000);
            let wait = self.rng.random_range(0..self.desktops[desktop].back_off) + 50;
            self.schedule_connect(desktop, wait);
            return Ok(());
        };
        self.last_connection += 1;
        let id = self.last_connection;
        let connection = Connection {
            desktop,
            desktop_life: life,
            node,
            node_life: self.nodes[node].life,
            is_open: true,
            last_up: self.now,
            last_down: self.now,
            greeted: false,
        };
        self.connections.insert(id, connection);
        let moment = self.desktops[desktop].moment(self.origin, self.now);
        let d = &mut self.desktops[desktop];
        d.connection = Some(id);
        d.heard = self.now;
        d.back_off = 200;
        let outputs = d.core.as_mut().map(|c| c.on_connected(None, moment)).unwrap_or_default();
        self.carry_out(desktop, outputs)
    }

    fn delay(&mut self) -> Ms {
        if self.rng.random_bool(self.weather.late) {
            self.count(Fault::LateMessage);
            self.rng.random_range(200..8_000)
        } else {
            self.rng.random_range(1..80)
        }
    }

    pub(super) fn send_up(&mut self, id: u64, message: ClientMessage) {
        let delay = self.delay();
        let now = self.now;
        let Some(c) = self.connections.get_mut(&id).filter(|c| c.is_open) else { return };
        c.last_up = (now + delay).max(c.last_up);
        let at = c.last_up;
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
            self.queue
                .at(at + delay, Event::ToDesktop { connection: id, message: Box::new(message.clone()) });
        }
        self.queue.at(at, Event::ToDesktop { connection: id, message: Box::new(message) });
    }

    /// Every node tells its connections what is new in the log.
    pub(super) fn tell_everybody(&mut self) -> Result<(), Broken> {
        let open: Vec<u64> = self
            .connections
            .iter()
            .filter(|(_, c)| c.is_open && c.greeted && self.nodes[c.node].is_working())
            .map(|(id, _)| *id)
            .collect();
        for id in open {
            self.tell(id)?;
        }
        Ok(())
    }

    pub(super) fn tell(&mut self, id: u64) -> Result<(), Broken> {
        loop {
            let Some(c) = self.connections.get(&id) else { return Ok(()) };
            let (node, device) = (c.node, self.desktops[c.desktop].device.clone());
            let at = self.nodes[node].told.get(&id).copied().unwrap_or(0);
            let Some(told) = follow::read_on(&mut self.db, &device, at).map_err(|e| e.to_string())? else {
                return Ok(());
            };
            self.nodes[node].told.insert(id, told.at);
            self.send_down(id, told.message);
            if !told.raises.is_empty() {
                self.commit(node, |tx, _| requests::sent(tx, &device, &told.raises))?;
            }
        }
    }

    pub(super) fn server_hears(&mut self, id: u64, message: ClientMessage) -> Result<(), Broken> {
        let Some(c) = self.connections.get(&id).filter(|c| c.is_open) else { return Ok(()) };
        let (node, desktop) = (c.node, c.desktop);
        if self.nodes[node].life != c.node_life || !self.nodes[node].up {
            return Ok(());
        }
        if self.nodes[node].paused {
            let again = self.now + 700;
            self.queue.at(again, Event::ToServer { connection: id, message });
            return Ok(());
        }
        let device = self.desktops[desktop].device.clone();
        match message {
            ClientMessage::Hello { protocol, cursor, writer, .. } => {
                let now = self.instant();
                let told = follow::greet(&mut self.db, &device, protocol, cursor, writer, now)
                    .map_err(|e| e.to_string())?;
                let Ok(told) = told else { return Err("a member of the team was turned away".into()) };
                self.commit(node, |tx, _| tx.device_answered(device.id, tx.now()))?;
                for told in told {
                    self.nodes[node].told.insert(id, told.at);
                    self.send_down(id, told.message);
                    if !told.raises.is_empty() {
                        self.commit(node, |tx, _| requests::sent(tx, &device, &told.raises))?;
                    }
                }
                if let Some(c) = self.connections.get_mut(&id) {
                    c.greeted = true;
                }
                self.tell(id)
            }
            ClientMessage::Pong { .. } => self.commit(node, |tx, _| tx.device_answered(device.id, tx.now())),
            ClientMessage::Receipts { receipts } => {
                self.commit(node, |tx, _| requests::receipts(tx, &device, &receipts))
            }
            ClientMessage::Command(envelope) => {
                let (counter, page) = (envelope.counter, envelope.page);
                let note = match &envelope.request {
                    PageRequest::Note { text } => Some(text.clone()),
                    _ => None,
                };
                let outcome = self.commit(node, |tx, _| requests::answer(tx, &device, envelope))?;
                if outcome == firebell_protocol::sync::Outcome::Accepted {
                    self.notes_accepted.extend(note);
                }
                if self.rng.random_bool(self.weather.lost_answer * 0.3) {
                    self.count(Fault::LostAnswer);
                    self.break_connection(id);
                } else {
                    self.send_down(id, ServerMessage::Answer { counter, page, outcome });
                }
                Ok(())
            }
            ClientMessage::SignOff => {
                self.commit(node, |tx, _| tx.device_signed_off(device.id))?;
                self.break_connection(id);
                Ok(())
            }
            // The worlds of the log are others.
            ClientMessage::Submit { .. } | ClientMessage::Presence(_) | ClientMessage::Unknown => Ok(()),
        }
    }

    pub(super) fn desktop_hears(&mut self, id: u64, message: ServerMessage) -> Result<(), Broken> {
        let Some(c) = self.connections.get(&id).filter(|c| c.is_open) else { return Ok(()) };
        let desktop = c.desktop;
        if self.desktops[desktop].life != c.desktop_life || self.desktops[desktop].connection != Some(id) {
            return Ok(());
        }
        if matches!(&message, ServerMessage::Bye { code: ByeCode::Revoked, .. }) {
            return Err("a device was revoked that nobody revoked".into());
        }
        self.desktops[desktop].heard = self.now;
        let moment = self.desktops[desktop].moment(self.origin, self.now);
        let Some(core) = &mut self.desktops[desktop].core else { return Ok(()) };
        let outputs =
            core.on_message(message, moment).map_err(|e| format!("a desktop's store failed: {e}"))?;
        if core.is_connected() && self.desktops[desktop].connected_since.is_none() {
            self.desktops[desktop].connected_since = Some(self.now);
            let now = self.now;
            self.desktops[desktop].known_as_gone = false;
            self.desktops[desktop].healthy_since.get_or_insert(now);
        }
        self.carry_out(desktop, outputs)
    }

    /// Nothing goes through any more; the ends notice later. A desktop gives up 40 s after the last message, which
    /// with pings every 15 s is at most 25 s after the break, if it was the worst moment.
    pub(super) fn break_connection(&mut self, id: u64) {
        let wait = if self.rng.random_bool(0.5) { 10 } else { self.rng.random_range(10..25_000) };
        if let Some(c) = self.connections.get_mut(&id).filter(|c| c.is_open) {
            c.is_open = false;
            self.queue.at(self.now + wait, Event::Broken { connection: id });
        }
    }

    pub(super) fn broken(&mut self, id: u64) -> Result<(), Broken> {
        let Some(c) = self.connections.remove(&id) else { return Ok(()) };
        self.nodes[c.node].told.remove(&id);
        let desktop = c.desktop;
        if self.desktops[desktop].life != c.desktop_life || self.desktops[desktop].connection != Some(id) {
            return Ok(());
        }
        let moment = self.desktops[desktop].moment(self.origin, self.now);
        let d = &mut self.desktops[desktop];
        d.connection = None;
        d.connected_since = None;
        let outputs = d.core.as_mut().map(|core| core.on_disconnected(moment)).unwrap_or_default();
        self.carry_out(desktop, outputs)?;
        let wait = self.rng.random_range(0..400);
        self.schedule_connect(desktop, wait);
        Ok(())
    }
}
