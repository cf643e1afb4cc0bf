//! Which characters a document has, by name: enough to judge an update without trying it.

use super::TextError;
use super::update::{Id, Run, Update};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// By client, the clock after its last unit.
    next: BTreeMap<u64, u32>,
    /// Second halves of surrogate pairs. `yrs` would split a pair into two replacement characters when told to.
    halves: BTreeSet<Id>,
}

impl Known {
    pub fn next(&self, client: u64) -> u32 {
        self.next.get(&client).copied().unwrap_or(0)
    }

    pub fn has(&self, id: Id) -> bool {
        id.clock < self.next(id.client)
    }

    /// It is the second half of a surrogate pair.
    pub fn is_half(&self, id: Id) -> bool {
        self.halves.contains(&id)
    }

    /// Everything that the update builds on is here, or comes with it in an order that works; and it goes through
    /// the middle of no character. O(update).
    ///
    /// # Errors
    /// [`TextError::Missing`]: not now; [`TextError::Malformed`]: never.
    pub fn check(&self, update: &Update) -> Result<(), TextError> {
        let reached = self.reach(update)?;
        for (client, ranges) in &update.deletes {
            if ranges.iter().any(|range| range.end > reached.next(*client)) {
                return Err(TextError::Missing);
            }
        }
        let new = update.halves();
        let half = |client: u64, clock: u32| {
            let id = Id { client, clock };
            self.halves.contains(&id) || new.contains(&id)
        };
        for (client, run) in update.runs.iter().flat_map(|(c, runs)| runs.iter().map(move |r| (*c, r))) {
            let known = self.next(client);
            let cut = run.clock < known && known < run.end() && half(client, known);
            let left = run.left.is_some_and(|id| half(id.client, id.clock + 1));
            let right = run.right.is_some_and(|id| half(id.client, id.clock));
            if cut || left || right {
                return Err(TextError::Malformed);
            }
        }
        let mut ranges = update.deletes.iter().flat_map(|(c, ranges)| ranges.iter().map(move |r| (*c, r)));
        if ranges.any(|(client, range)| half(client, range.start) || half(client, range.end)) {
            return Err(TextError::Malformed);
        }
        Ok(())
    }

    /// Takes the runs in, each when what it stands beside is there.
    fn reach(&self, update: &Update) -> Result<Known, TextError> {
        let mut reached = Known { next: self.next.clone(), halves: BTreeSet::new() };
        let mut left: BTreeMap<u64, &[Run]> =
            update.runs.iter().map(|(c, runs)| (*c, runs.as_slice())).collect();
        while !left.is_empty() {
            let mut moved = false;
            for (client, runs) in &mut left {
                while let Some((run, rest)) = runs.split_first() {
                    let next = reached.next(*client);
                    if run.end() > next {
                        let beside = [run.left, run.right].into_iter().flatten();
                        if run.clock > next || !beside.into_iter().all(|id| reached.has(id)) {
                            break;
                        }
                        reached.next.insert(*client, run.end());
                    }
                    *runs = rest;
                    moved = true;
                }
            }
            left.retain(|_, runs| !runs.is_empty());
            if !moved {
                return Err(TextError::Missing);
            }
        }
        Ok(reached)
    }

    /// The document has the update now.
    pub fn add(&mut self, update: &Update) {
        for (client, runs) in &update.runs {
            let next = self.next(*client);
            for run in runs {
                let client = *client;
                let halves = run.halves().filter(|clock| *clock >= next).map(|clock| Id { client, clock });
                self.halves.extend(halves);
            }
            if let Some(last) = runs.last() {
                self.next.insert(*client, next.max(last.end()));
            }
        }
    }
}
