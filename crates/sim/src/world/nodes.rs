//! What nodes do: take alerts in, keep time, send by channels, ping.

use super::World;
use crate::faults::Fault;
use crate::monitor::Request;
use crate::oracle::Broken;
use crate::plant::Plant;
use crate::queue::{Event, Ms};
use firebell_domain::alert::SignalKind;
use firebell_domain::page::{Actor, Command, PageEvent, Via};
use firebell_domain::{IntegrationId, PageId};
use firebell_log::{Operation, OperationBody, Scope};
use firebell_protocol::sync::ServerMessage;
use firebell_server::engine::outbox::{Sent, claim, settle, wanted};
use firebell_server::engine::{decide, intake, timers};
use firebell_server::storage::{OutboxRow, read};
use rand::RngExt;

const BACKSTOP: Ms = 15_000;

impl World {
    pub(super) fn monitor_looks(&mut self, service: usize) {
        let (signals, again) = self.monitors[service].look(service, &mut self.rng);
        if self.now + again < self.until {
            self.queue.at(self.now + again, Event::Monitor { service });
        }
        if !signals.is_empty() {
            self.requests.push(Request { signals, accepted: false });
            let request = self.requests.len() - 1;
            self.queue.at(self.now + 5, Event::Post { request, tries: 0 });
        }
    }

    /// A monitoring system sends until it has its 202; a lost answer makes it send what was accepted again.
    pub(super) fn post(&mut self, request: usize, tries: u32) -> Result<(), Broken> {
        let again = self.now + self.rng.random_range(1_000..15_000);
        let Some(node) = self.working_node() else {
            self.queue.at(again, Event::Post { request, tries: tries + 1 });
            return Ok(());
        };
        let mut signals = self.requests[request].signals.clone();
        if self.plant == Some(Plant::NoDedup) && tries > 0 {
            signals.iter_mut().for_each(|s| s.dedup_key = format!("{}#{tries}", s.dedup_key));
        }
        let batch = [(IntegrationId::new("monitoring"), signals)];
        self.commit(node, |tx, new_id| intake::ingest(tx, &batch, new_id))?;
        self.requests[request].accepted = true;
        let now = self.now;
        for signal in &self.requests[request].signals {
            match signal.kind {
                SignalKind::Trigger => {
                    self.accepted.insert(signal.dedup_key.clone(), now);
                }
                SignalKind::Resolve => {
                    self.accepted.remove(&signal.dedup_key);
                }
                SignalKind::Acknowledge => {}
            }
        }
        if self.rng.random_bool(self.weather.lost_answer) {
            self.count(Fault::LostAnswer);
            self.queue.at(again, Event::Post { request, tries: tries + 1 });
        }
        Ok(())
    }

    pub(super) fn working_node(&mut self) -> Option<usize> {
        let working: Vec<usize> = (0..self.nodes.len()).filter(|n| self.nodes[*n].is_working()).collect();
        if working.is_empty() { None } else { Some(working[self.rng.random_range(0..working.len())]) }
    }

    /// The node's engine will look at `time`, if it would not look earlier anyway.
    pub(super) fn wake(&mut self, node: usize, time: Ms) {
        let n = &mut self.nodes[node];
        if n.engine_at.is_none_or(|at| time < at) {
            n.engine_at = Some(time);
            self.queue.at(time, Event::Engine { node, life: n.life });
        }
    }

    pub(super) fn engine(&mut self, node: usize, life: u32) -> Result<(), Broken> {
        let n = &mut self.nodes[node];
        if n.life != life || !n.is_working() || n.engine_at != Some(self.now) {
            return Ok(());
        }
        n.engine_at = None;
        // Hints of other nodes' commits can be lost too: the log is looked at as often as the timers.
        let mine: Vec<u64> = self.greeted_of(node);
        for connection in mine {
            self.tell(connection)?;
        }
        let now = self.instant();
        let due = read::due_pages(&mut self.db, now, 256).map_err(|e| e.to_string())?;
        for page in due {
            if self.plant == Some(Plant::OutboxAfterSend)
                && self.now < self.until
                && self.rng.random_bool(0.3)
            {
                return self.tell_and_fail(node, page);
            }
            if self.plant == Some(Plant::EpochIgnored) && self.rng.random_bool(0.1) {
                let later = self.now + self.rng.random_range(1_000..400_000);
                self.stale.push((page, read::page(&mut self.db, page).map_err(|e| e.to_string())?));
                self.queue.at(later, Event::StaleCommit { node, page });
            }
            self.commit(node, |tx, _| timers::fire(tx, page))?;
        }
        let rows = self.commit(node, |tx, _| claim(tx))?;
        for row in rows {
            let (ok, took) =
                (!self.rng.random_bool(self.weather.channel_fails), self.rng.random_range(50..9_000));
            if !ok {
                self.count(Fault::ChannelFails);
            }
            self.queue.at(self.now + took, Event::ChannelSent { node, life, row, ok });
        }
        let next = [read::next_page_due(&mut self.db), read::next_outbox_due(&mut self.db)]
            .into_iter()
            .filter_map(|due| due.ok().flatten())
            .map(|due| self.ms(due).max(self.now + 1))
            .min();
        let backstop = if self.plant == Some(Plant::NoBackstop) { 3_600_000 } else { BACKSTOP };
        // A node learns of what others planned by a signal, or by looking.
        let own = if self.plant == Some(Plant::NoBackstop) { None } else { next };
        self.wake(node, own.unwrap_or(Ms::MAX).min(self.now + backstop));
        Ok(())
    }

    pub(super) fn channel_sent(
        &mut self,
        node: usize,
        life: u32,
        row: &OutboxRow,
        ok: bool,
    ) -> Result<(), Broken> {
        if self.nodes[node].life != life || !self.nodes[node].up {
            return Ok(());
        }
        if self.nodes[node].paused {
            self.queue.at(self.now + 1_000, Event::ChannelSent { node, life, row: row.clone(), ok });
            return Ok(());
        }
        self.commit(node, |tx, _| {
            let outcome = match wanted(tx, row)? {
                None => Sent::NotWanted,
                Some(_) if ok => Sent::Yes,
                Some(_) => Sent::Failed("unreachable".into()),
            };
            settle(tx, row, outcome)
        })
    }

    pub(super) fn ping(&mut self, node: usize, life: u32) {
        if self.nodes[node].life != life || !self.nodes[node].up {
            return;
        }
        self.queue.at(self.now + 15_000, Event::Ping { node, life });
        if self.nodes[node].paused {
            return;
        }
        let server_time = self.instant();
        for connection in self.greeted_of(node) {
            self.send_down(connection, ServerMessage::Ping { n: 1, server_time });
        }
    }

    fn greeted_of(&self, node: usize) -> Vec<u64> {
        let mine = self.connections.iter().filter(|(_, c)| c.node == node && c.is_open && c.greeted);
        mine.map(|(id, _)| *id).collect()
    }

    /// Planted: desktops hear of a decision whose commit never happens.
    fn tell_and_fail(&mut self, node: usize, page: PageId) -> Result<(), Broken> {
        let Some(held) = read::page(&mut self.db, page).map_err(|e| e.to_string())? else { return Ok(()) };
        let newest = read::newest_operation(&mut self.db).map_err(|e| e.to_string())?;
        let (at, version) = (self.instant(), held.version + 1);
        let by = Actor::Person { person: "ben".into() };
        let events = vec![PageEvent::Acknowledged { by, via: Via::Api, claimed_at: None, until: None }];
        let body = OperationBody::Page { page, version, events };
        let operations = vec![Operation { scope: Scope::Team, seq: newest + 1, at, body }];
        for connection in self.greeted_of(node) {
            self.send_down(connection, ServerMessage::Operations { operations: operations.clone() });
        }
        let soon = self.now + 500;
        self.wake(node, soon);
        Ok(())
    }

    /// Planted: a decision made on an old state is stored over the present one.
    pub(super) fn stale_commit(&mut self, node: usize, page: PageId) -> Result<(), Broken> {
        let Some(position) = self.stale.iter().position(|(p, _)| *p == page) else { return Ok(()) };
        let (_, stale) = self.stale.swap_remove(position);
        let Some(mut stale) = stale else { return Ok(()) };
        self.commit(node, |tx, _| {
            let Some(present) = tx.page(page)? else { return Ok(()) };
            let Ok(events) = decide::decide_on(tx, &stale, Command::Tick)? else { return Ok(()) };
            if events.is_empty() {
                return Ok(());
            }
            decide::apply(tx, &mut stale, &events);
            stale.version = present.version;
            decide::save(tx, &mut stale, events)
        })
    }
}
