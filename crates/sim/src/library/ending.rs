//! When all is calm again, everybody knows the same, and nothing that was written is lost.

use super::World;
use super::model::Model;
use super::oracle::Place;
use crate::oracle::Broken;

impl World {
    /// The weather is over: everything works again.
    pub(super) fn heal(&mut self) -> Result<(), Broken> {
        let w = &mut self.weather;
        (w.late, w.repeated, w.swapped) = (0.0, 0.0, 0.0);
        (w.lost_answer, w.lost_fetch, w.crash) = (0.0, 0.0, 0.0);
        self.start_server();
        for replica in 0..self.replicas.len() {
            self.start_replica(replica)?;
            self.update(replica)?;
            self.join(replica);
            self.rejoin(replica);
        }
        Ok(())
    }

    pub(super) fn look_at_the_end(&mut self) -> Result<(), Broken> {
        let newest = self.office.newest().map_err(|e| e.to_string())?;
        let model = Model::of(&self.oracle.accepted)?;
        self.log_is_what_was_accepted()?;
        for replica in 0..self.replicas.len() {
            self.knows_everything(replica, newest, &model)?;
        }
        self.no_words_are_lost(&model)?;
        self.drafts_have_a_reason(&model)?;
        let digest = model.digest();
        for replica in &mut self.replicas {
            let (name, core) = (&replica.name, replica.core.take());
            let Some(core) = core else { return Err(format!("{name} is off although all is calm")) };
            let mut store = core.into_store();
            // What is kept up to date step by step is what would be made from the log.
            store.rebuild().map_err(|e| e.to_string())?;
            let rebuilt = store.digest().map_err(|e| e.to_string())?;
            if rebuilt != digest {
                let why = model.differences(&store);
                return Err(format!("{name} rebuilt says {rebuilt} and not {digest}: {why}"));
            }
        }
        Ok(())
    }

    fn knows_everything(&self, replica: usize, newest: u64, model: &Model) -> Result<(), Broken> {
        let replica = &self.replicas[replica];
        let name = &replica.name;
        let Some(core) = &replica.core else { return Err(format!("{name} is off although all is calm")) };
        let sync = core.sync_state().map_err(|e| e.to_string())?;
        if !sync.connected {
            return Err(format!("{name} is not connected although all is calm"));
        }
        if sync.waiting > 0 {
            return Err(format!("{name} waits for answers to {:?}", sync.waiting_first));
        }
        let place = core.store().place();
        if place.upto != newest || place.live.is_some() {
            return Err(format!("{name} is at {place:?}, the log at {newest}"));
        }
        let (mine, all) = (core.store().digest().map_err(|e| e.to_string())?, model.digest());
        if mine != all {
            let why = model.differences(core.store());
            return Err(format!("{name} says {mine} where everybody's writes make {all}: {why}"));
        }
        Ok(())
    }

    /// Every accepted operation stands in the server's log, or is contained in a later one of its text.
    fn log_is_what_was_accepted(&mut self) -> Result<(), Broken> {
        let kept = self.office.after(0).map_err(|e| e.to_string())?;
        let kept_model = Model::of(&kept)?;
        let model = Model::of(&self.oracle.accepted)?;
        if kept_model.digest() != model.digest() {
            return Err("the server's log says other things than what was accepted".into());
        }
        Ok(())
    }

    /// What was written is in the log, or lies in a draft of whoever wrote it.
    fn no_words_are_lost(&self, model: &Model) -> Result<(), Broken> {
        let log: Vec<String> =
            self.oracle.accepted.iter().map(|o| serde_json::to_string(&o.body).unwrap_or_default()).collect();
        for wrote in &self.oracle.written {
            if self.oracle.given_up.contains(&wrote.words) {
                continue;
            }
            let replica = &self.replicas[wrote.replica];
            let Some(core) = &replica.core else { return Err(format!("{} is off", replica.name)) };
            let is_known = match &wrote.place {
                Place::Text(document) => model.text(&document.to_string()).contains(&wrote.words),
                _ => log.iter().any(|l| l.contains(&wrote.words)),
            };
            if !is_known && !wrote.is_in_a_draft(core.store()).map_err(|e| e.to_string())? {
                let drafts = core.store().drafts().map_err(|e| e.to_string())?;
                return Err(format!(
                    "{}: {wrote:?} is neither in the log nor in a draft of {drafts:#?}",
                    replica.name
                ));
            }
            replica.has(core, wrote, &self.oracle)?;
        }
        Ok(())
    }

    /// Nothing lies in a draft because of an incident that the team knows: a server that was restored knows it late.
    fn drafts_have_a_reason(&self, model: &Model) -> Result<(), Broken> {
        for replica in &self.replicas {
            let Some(core) = &replica.core else { continue };
            for draft in core.store().drafts().map_err(|e| e.to_string())? {
                // Letters are not offered again: their author puts the words in.
                let of_letters = draft.changes.iter().all(|change| change.what.starts_with("text of"));
                let known =
                    !of_letters && draft.record.about().is_some_and(|id| model.incidents.contains_key(&id));
                if known && draft.words.contains("does not know this incident") {
                    return Err(format!(
                        "{} keeps a draft of an incident that is known: {draft:?}",
                        replica.name
                    ));
                }
            }
        }
        Ok(())
    }
}
