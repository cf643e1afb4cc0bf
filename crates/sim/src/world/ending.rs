//! When all is calm again, everybody agrees and nothing was forgotten.

use super::World;
use crate::oracle::Broken;
use crate::queue::Ms;
use firebell_server::storage::{PageFilter, read};
use firebell_store::{CommandState, OutboxRow};
use std::collections::BTreeMap;

/// People go on to the last moment: what they asked just before the end may be on its way, for three of the
/// longest delays of a calm network.
const ANSWERED_WITHIN: Ms = 250;

impl World {
    pub(super) fn look_at_the_end(&mut self) -> Result<(), Broken> {
        self.desktops_agree()?;
        self.no_alert_is_forgotten()?;
        for note in &self.notes_accepted {
            if self.oracle.notes.get(note) != Some(&1) {
                return Err(format!("`{note}` was accepted and is not on the record once"));
            }
        }
        if let Some(request) = self.requests.iter().position(|r| !r.accepted) {
            return Err(format!("request {request} was never accepted"));
        }
        Ok(())
    }

    fn desktops_agree(&mut self) -> Result<(), Broken> {
        let newest = read::newest_operation(&mut self.db).map_err(|e| e.to_string())?;
        let open = PageFilter { open: Some(true), resolved_after: None, limit: 1_000 };
        let pages = read::pages(&mut self.db, open).map_err(|e| e.to_string())?;
        for d in &self.desktops {
            let name = &d.device.name;
            let Some(core) = d.core.as_ref().filter(|c| c.is_connected()) else {
                return Err(format!("{name} is not connected although all is calm"));
            };
            let at = core.cursor().map(|c| c.seq);
            // What was said in the last moments may be on its way.
            if at.is_none_or(|at| at + 20 < newest || at > newest) {
                return Err(format!("{name} is at {at:?}, the log at {newest}"));
            }
            for page in &pages {
                match core.page(page.id) {
                    None => return Err(format!("{name} does not know page {}", page.number)),
                    Some(held) if held.version == page.version && held != page => {
                        return Err(format!(
                            "{name} sees page {} differently:\n{held:#?}\n{page:#?}",
                            page.number
                        ));
                    }
                    Some(held) if held.version > page.version => {
                        return Err(format!("{name} is ahead of the server on page {}", page.number));
                    }
                    Some(_) => {}
                }
            }
            let waited = |o: &OutboxRow| {
                // By the computer's own clock, which may be hours off but does not jump.
                (d.moment(self.origin, self.now).now - o.given_at).num_milliseconds()
            };
            let unanswered =
                core.outbox().find(|o| o.state == CommandState::Queued && waited(o) > ANSWERED_WITHIN);
            if let Some(row) = unanswered {
                return Err(format!(
                    "{name}: command {} was never answered in {} ms: {row:?}",
                    row.counter,
                    waited(row)
                ));
            }
        }
        Ok(())
    }

    fn no_alert_is_forgotten(&mut self) -> Result<(), Broken> {
        let all = read::pages(&mut self.db, PageFilter { open: None, resolved_after: None, limit: 1_000 })
            .map_err(|e| e.to_string())?;
        let mut known = BTreeMap::new();
        for page in &all {
            if page.is_open() && !page.is_listed_only() && page.next_timer().is_none() {
                return Err(format!("page {} is open and nothing will ever happen to it", page.number));
            }
            for alert in read::alerts(&mut self.db, page.id, 1_000).map_err(|e| e.to_string())? {
                if alert.firing && !page.is_open() {
                    return Err(format!(
                        "`{}` fires, but its page {} is resolved",
                        alert.dedup_key, page.number
                    ));
                }
                let last = known.entry(alert.dedup_key.clone()).or_insert(alert.last_seen);
                *last = (*last).max(alert.last_seen);
            }
        }
        for (key, accepted) in &self.accepted {
            match known.get(key) {
                None => return Err(format!("`{key}` was accepted and is nowhere")),
                Some(seen) if self.ms(*seen) < *accepted => {
                    return Err(format!("`{key}` was accepted at {accepted} ms and last seen before"));
                }
                Some(_) => {}
            }
        }
        let fired: std::collections::BTreeSet<&String> =
            self.monitors.iter().flat_map(|m| m.keys.keys()).collect();
        if let Some(made_up) = known.keys().find(|k| !fired.contains(k)) {
            return Err(format!("there is an alert `{made_up}` that no monitoring system fired"));
        }
        Ok(())
    }
}
