//! What desktops show and people do.

use super::{LATE_MAX, World};
use crate::oracle::Broken;
use crate::queue::Event;
use firebell_client::pager::{AskError, Output};
use firebell_domain::PageId;
use firebell_domain::page::Via;
use firebell_protocol::sync::PageRequest;
use firebell_server::storage::read;
use rand::RngExt;

/// The session gives a connection up that says nothing for so long.
const SILENT_MAX: i64 = 40_000;
/// What a desktop that is connected may need to show what the server rings.
const SHOWN_WITHIN: i64 = 30_000;

impl World {
    pub(super) fn carry_out(&mut self, desktop: usize, outputs: Vec<Output>) -> Result<(), Broken> {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    if let Some(connection) = self.desktops[desktop].connection {
                        self.send_up(connection, message);
                    }
                }
                Output::Reconnect => {
                    if let Some(connection) = self.desktops[desktop].connection {
                        if let Some(c) = self.connections.get_mut(&connection) {
                            c.is_open = false;
                        }
                        self.queue.at(self.now + 1, Event::Broken { connection });
                    }
                }
                Output::Revoked { words } => return Err(format!("a device was signed out: {words}")),
                Output::DeskChanged | Output::Changed(_) => {}
            }
        }
        self.look_at_desk(desktop)
    }

    /// The shell: shows what rings, each raise once, and notices one that rings again after it was over.
    fn look_at_desk(&mut self, desktop: usize) -> Result<(), Broken> {
        let d = &mut self.desktops[desktop];
        let Some(core) = &d.core else { return Ok(()) };
        let ringing: Vec<_> = core.desk().ringing.iter().map(|r| (r.raise.clone(), r.page)).collect();
        for (raise, still) in &mut d.rang {
            let over = core
                .page(raise.page)
                .is_none_or(|p| p.ringing_for(&d.person).is_none_or(|r| r.raise != *raise));
            if over {
                *still = false;
            }
        }
        let mut fresh = vec![];
        for (raise, page) in ringing {
            if d.rang.insert(raise.clone(), true) == Some(false) {
                return Err(format!("raise {raise} rang anew on {} after it was over", d.device.name));
            }
            if d.shown.insert(raise.clone()) {
                fresh.push((raise, page));
            }
        }
        for (raise, page) in fresh {
            let moment = self.desktops[desktop].moment(self.origin, self.now);
            let Some(core) = &mut self.desktops[desktop].core else { return Ok(()) };
            let outputs = core.presented(&raise, moment).map_err(|e| e.to_string())?;
            self.carry_out(desktop, outputs)?;
            self.think(desktop, page);
        }
        Ok(())
    }

    /// Somebody hears it: perhaps they do something, after a while.
    fn think(&mut self, desktop: usize, page: PageId) {
        if !self.rng.random_bool(0.6) || !self.desktops[desktop].thinking.insert(page) {
            return;
        }
        let after = match self.rng.random_range(0..4) {
            0 => self.rng.random_range(500..5_000),
            1 | 2 => self.rng.random_range(5_000..120_000),
            _ => self.rng.random_range(120_000..1_200_000),
        };
        self.queue.at(self.now + after, Event::Act { desktop, page });
    }

    pub(super) fn act(&mut self, desktop: usize, page: PageId) -> Result<(), Broken> {
        self.desktops[desktop].thinking.remove(&page);
        let moment = self.desktops[desktop].moment(self.origin, self.now);
        let until = self.instant() + chrono::TimeDelta::minutes(self.rng.random_range(1..15));
        let request = match self.rng.random_range(0..20) {
            0..=10 => PageRequest::Acknowledge { via: Via::PagerWindow },
            11 | 12 => PageRequest::Escalate,
            13 | 14 => PageRequest::Snooze { until },
            15..=17 => {
                self.notes_given += 1;
                PageRequest::Note { text: format!("note {}", self.notes_given) }
            }
            18 => {
                PageRequest::Reassign { to: ["ana", "ben", "chi", "dev"][self.rng.random_range(0..4)].into() }
            }
            _ => PageRequest::Resolve,
        };
        let Some(core) = &mut self.desktops[desktop].core else { return Ok(()) };
        match core.ask(page, request, moment) {
            Ok((_, outputs)) => self.carry_out(desktop, outputs)?,
            Err(AskError::Refused(_)) => {}
            Err(AskError::Store(error)) => return Err(format!("a desktop's store failed: {error}")),
        }
        if self.rng.random_bool(0.3) {
            self.think(desktop, page);
        }
        Ok(())
    }

    pub(super) fn tick(&mut self, desktop: usize, life: u32) -> Result<(), Broken> {
        if self.desktops[desktop].life != life {
            return Ok(());
        }
        self.queue.at(self.now + 5_000, Event::Tick { desktop, life });
        if let Some(connection) = self.desktops[desktop].connection
            && self.now - self.desktops[desktop].heard > SILENT_MAX
        {
            if let Some(c) = self.connections.get_mut(&connection) {
                c.is_open = false;
            }
            self.queue.at(self.now + 1, Event::Broken { connection });
        }
        let moment = self.desktops[desktop].moment(self.origin, self.now);
        let Some(core) = &mut self.desktops[desktop].core else { return Ok(()) };
        let outputs = core.tick(moment).map_err(|e| e.to_string())?;
        self.carry_out(desktop, outputs)?;
        if desktop == 0 {
            self.nothing_is_late()?;
        }
        self.what_rings_is_shown(desktop)
    }

    /// A due step happens while a node works, within the backstop.
    fn nothing_is_late(&mut self) -> Result<(), Broken> {
        let Some(since) = self.nodes.iter().filter(|n| n.is_working()).filter_map(|n| n.healthy_since).min()
        else {
            return Ok(());
        };
        let due = read::next_page_due(&mut self.db).map_err(|e| e.to_string())?;
        let Some(due) = due.map(|d| self.ms(d)) else { return Ok(()) };
        let late = self.now - due.max(since);
        if late > LATE_MAX {
            return Err(format!(
                "a step is {late} ms late although a node has been working since {since} ms"
            ));
        }
        Ok(())
    }

    /// What the server rings for somebody is on every desktop of theirs that has been connected for a while.
    fn what_rings_is_shown(&mut self, desktop: usize) -> Result<(), Broken> {
        let d = &self.desktops[desktop];
        let Some(connection) = d.connection.and_then(|id| self.connections.get(&id)) else { return Ok(()) };
        let node = &self.nodes[connection.node];
        let settled = |since: Option<i64>| since.is_some_and(|t| self.now - t > SHOWN_WITHIN);
        if !connection.is_open
            || !node.is_working()
            || !settled(d.connected_since)
            || !settled(node.healthy_since)
        {
            return Ok(());
        }
        let Some(core) = &d.core else { return Ok(()) };
        let mine: Vec<_> = core.outbox().map(|o| o.page).collect();
        let filter =
            firebell_server::storage::PageFilter { open: Some(true), resolved_after: None, limit: 1_000 };
        for page in read::pages(&mut self.db, filter).map_err(|e| e.to_string())? {
            let Some(ringing) = page.ringing_for(&d.person) else { continue };
            let old = self.now - (ringing.since - self.origin).num_milliseconds() > SHOWN_WITHIN;
            let shown = core.desk().ringing.iter().any(|r| r.raise == ringing.raise);
            if old && !shown && !mine.contains(&page.id) {
                let row = core.ledger().find(|l| l.raise == ringing.raise);
                let held = core.page(page.id).map(|p| (p.version, p.status, p.ringing.clone()));
                let (at, newest) = (core.cursor().map(|c| c.seq), read::newest_operation(&mut self.db));
                return Err(format!(
                    "raise {} does not ring on {}, which is connected: version {}, held as {held:?}, ledger {row:?}, \
                     cursor {at:?} of {newest:?}",
                    ringing.raise, d.device.name, page.version
                ));
            }
        }
        Ok(())
    }
}
