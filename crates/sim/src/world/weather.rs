//! Faults happen, and are mended.

use super::World;
use crate::faults::{Fault, draw, duration};
use crate::oracle::Broken;
use crate::queue::{Event, Ms};
use firebell_client::pager::Responder;
use firebell_domain::liveness::Awake;
use firebell_protocol::sync::ClientMessage;
use rand::RngExt;
use std::collections::BTreeSet;

impl World {
    pub(super) fn fault(&mut self) -> Result<(), Broken> {
        if self.now >= self.until {
            return Ok(());
        }
        let next = self.now + self.rng.random_range(1_000..self.weather.fault_every * 2);
        self.queue.at(next, Event::Fault);
        let fault = draw(&mut self.rng);
        let mended = self.now + duration(&mut self.rng);
        self.count(fault);
        let node = self.rng.random_range(0..self.nodes.len());
        let desktop = self.rng.random_range(0..self.desktops.len());
        match fault {
            Fault::NodeCrash => self.crash_node(node, mended),
            Fault::NodePause if self.nodes[node].is_working() => {
                self.nodes[node].paused = true;
                self.nodes[node].healthy_since = None;
                self.queue.at(mended, Event::ResumeNode { node });
            }
            Fault::EverythingRestarts => (0..self.nodes.len()).for_each(|n| self.crash_node(n, mended)),
            Fault::DesktopCrash => self.crash_desktop(desktop, mended),
            Fault::DesktopCutOff => self.cut_off(desktop, mended),
            Fault::OfficeCutOff => (0..self.desktops.len()).for_each(|d| self.cut_off(d, mended)),
            Fault::ConnectionBreaks => {
                if let Some(connection) = self.desktops[desktop].connection {
                    self.break_connection(connection);
                }
            }
            Fault::SignOff => {
                if let Some(connection) = self.desktops[desktop].connection {
                    self.send_up(connection, ClientMessage::SignOff);
                    let d = &mut self.desktops[desktop];
                    (d.signed_off, d.known_as_gone) = (true, true);
                    self.desktops[desktop].healthy_since = None;
                    self.queue.at(mended, Event::Rejoin { desktop });
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn crash_node(&mut self, node: usize, back: Ms) {
        if !self.nodes[node].up {
            return;
        }
        let n = &mut self.nodes[node];
        (n.up, n.paused, n.healthy_since, n.engine_at) = (false, false, None, None);
        n.life += 1;
        n.told.clear();
        let mine: Vec<u64> =
            self.connections.iter().filter(|(_, c)| c.node == node).map(|(id, _)| *id).collect();
        mine.into_iter().for_each(|c| self.break_connection(c));
        self.queue.at(back, Event::StartNode { node });
    }

    pub(super) fn start_node(&mut self, node: usize) {
        if self.nodes[node].up {
            return;
        }
        let (now, started) = (self.now, self.instant());
        let n = &mut self.nodes[node];
        (n.up, n.paused, n.healthy_since, n.engine_at) = (true, false, Some(now), None);
        n.awake = Awake::new(started);
        n.life += 1;
        let life = n.life;
        self.wake(node, now + 5);
        self.queue.at(now + 15_000, Event::Ping { node, life });
    }

    pub(super) fn resume_node(&mut self, node: usize) {
        let now = self.now;
        let n = &mut self.nodes[node];
        if n.up && n.paused {
            (n.paused, n.healthy_since, n.engine_at) = (false, Some(now), None);
            self.wake(node, now + 1);
        }
    }

    fn crash_desktop(&mut self, desktop: usize, back: Ms) {
        let d = &mut self.desktops[desktop];
        let Some(core) = d.core.take() else { return };
        d.disk = Some(core.into_store());
        d.life += 1;
        d.connecting = false;
        (d.healthy_since, d.connected_since) = (None, None);
        d.shown = BTreeSet::new();
        d.thinking.clear();
        if let Some(connection) = d.connection.take() {
            self.break_connection(connection);
        }
        self.queue.at(back, Event::StartDesktop { desktop });
    }

    pub(super) fn start_desktop(&mut self, desktop: usize) -> Result<(), Broken> {
        let moment = self.desktops[desktop].moment(self.origin, self.now);
        let now = self.now;
        let d = &mut self.desktops[desktop];
        let Some(disk) = d.disk.take() else { return Ok(()) };
        d.core = Some(Responder::open(disk, moment).map_err(|e| format!("a desktop did not start: {e}"))?);
        d.life += 1;
        d.healthy_since = (!d.cut_off && !d.known_as_gone).then_some(now);
        let life = d.life;
        self.queue.at(now + 5_000, Event::Tick { desktop, life });
        self.schedule_connect(desktop, 100);
        self.carry_out(desktop, vec![])
    }

    fn cut_off(&mut self, desktop: usize, back: Ms) {
        let d = &mut self.desktops[desktop];
        if d.cut_off {
            return;
        }
        d.cut_off = true;
        d.healthy_since = None;
        if let Some(connection) = d.connection {
            self.break_connection(connection);
        }
        self.queue.at(back, Event::Rejoin { desktop });
    }

    pub(super) fn rejoin(&mut self, desktop: usize) {
        let now = self.now;
        let d = &mut self.desktops[desktop];
        (d.cut_off, d.signed_off) = (false, false);
        d.healthy_since = (d.core.is_some() && !d.known_as_gone).then_some(now);
        self.schedule_connect(desktop, 50);
    }

    /// The weather is over: everything works again.
    pub(super) fn heal(&mut self) -> Result<(), Broken> {
        self.weather.lost_wake = 0.0;
        self.weather.lost_answer = 0.0;
        self.weather.swapped = 0.0;
        self.weather.channel_fails = 0.0;
        self.weather.late = 0.0;
        for node in 0..self.nodes.len() {
            self.start_node(node);
            self.resume_node(node);
        }
        for desktop in 0..self.desktops.len() {
            self.start_desktop(desktop)?;
            self.rejoin(desktop);
        }
        Ok(())
    }
}
