//! What must hold in every world, checked from the log and from outside, without the rules' own code.

use crate::queue::Ms;
use firebell_domain::page::{PageEvent, RoundReason};
use firebell_domain::{PageId, PersonId};
use firebell_log::{Operation, OperationBody};
use std::collections::{BTreeMap, BTreeSet};

/// What the log has said of one page so far.
#[derive(Default)]
struct Told {
    version: u64,
    round: u32,
    next_step: u32,
    acknowledged: bool,
    resolved: bool,
}

#[derive(Default)]
pub struct Oracle {
    seq: u64,
    pages: BTreeMap<PageId, Told>,
    raised: BTreeSet<(PageId, u32, u32, PersonId)>,
    /// Texts of notes in the log.
    pub notes: BTreeMap<String, u32>,
    pub steps: u64,
    pub acknowledged: u64,
    pub exhausted: u64,
}

/// Broken, in words.
pub type Broken = String;

impl Oracle {
    /// Takes in committed operations. `dead_for`: how long a person has truly been unreachable, `None` when they
    /// can be reached.
    pub fn hear(
        &mut self,
        operations: &[Operation],
        healthy_for: &dyn Fn(&PersonId) -> Option<Ms>,
    ) -> Result<(), Broken> {
        for operation in operations {
            if operation.seq != self.seq + 1 {
                return Err(format!("the sequence has a hole: {} after {}", operation.seq, self.seq));
            }
            self.seq = operation.seq;
            let OperationBody::Page { page, version, events } = &operation.body else { continue };
            let told = self.pages.entry(*page).or_default();
            if *version != told.version + 1 {
                return Err(format!("page {page} went from version {} to {version}", told.version));
            }
            told.version = *version;
            for event in events {
                self.event(*page, event, healthy_for)?;
            }
        }
        Ok(())
    }

    fn event(
        &mut self,
        page: PageId,
        event: &PageEvent,
        healthy_for: &dyn Fn(&PersonId) -> Option<Ms>,
    ) -> Result<(), Broken> {
        let told = self.pages.entry(page).or_default();
        match event {
            PageEvent::RoundStarted { round, why, .. } => {
                if *round != told.round + 1 {
                    return Err(format!("round {round} of page {page} follows round {}", told.round));
                }
                if told.acknowledged && matches!(why, RoundReason::Repeat | RoundReason::Exhausted) {
                    return Err(format!("page {page} goes on to round {round} although it was acknowledged"));
                }
                self.exhausted += u64::from(*why == RoundReason::Exhausted);
                (told.round, told.next_step, told.acknowledged, told.resolved) = (*round, 0, false, false);
            }
            PageEvent::Stepped { round, step, raised, .. } => {
                self.steps += 1;
                if (told.round, told.next_step) != (*round, *step) {
                    return Err(format!(
                        "page {page}: step {step} of round {round} where step {} of round {} was next",
                        told.next_step, told.round
                    ));
                }
                if told.acknowledged || told.resolved {
                    return Err(format!(
                        "page {page} escalated after it was answered: round {round}, step {step}"
                    ));
                }
                told.next_step += 1;
                for r in raised {
                    if !self.raised.insert((page, *round, *step, r.person.clone())) {
                        return Err(format!(
                            "{} was raised twice by round {round}, step {step} of {page}",
                            r.person
                        ));
                    }
                    // A computer that ran, with a network, for five minutes is not dead: not after a restart of
                    // the server, not after a pause.
                    if r.liveness == firebell_domain::liveness::Liveness::Dead
                        && let Some(ms) = healthy_for(&r.person).filter(|ms| *ms > 300_000)
                    {
                        return Err(format!(
                            "{} was taken for dead by page {page}, but their computer has been well for {} s",
                            r.person,
                            ms / 1_000
                        ));
                    }
                }
            }
            PageEvent::Acknowledged { .. } => {
                self.acknowledged += 1;
                told.acknowledged = true;
            }
            PageEvent::Snoozed { .. } => told.acknowledged = true,
            PageEvent::Resolved { .. } => told.resolved = true,
            PageEvent::Noted { text, .. } => {
                let count = self.notes.entry(text.clone()).or_default();
                *count += 1;
                if *count > 1 {
                    return Err(format!("the note `{text}` was written down twice"));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
