//! Following the team's log: what comes by the connection, and what is fetched to fill the gap before it.

use super::{Fetch, Library, Output, takes_away};
use crate::pager::Moment;
use firebell_domain::team::Team;
use firebell_log::Operation;
use firebell_protocol::sync::{LogChunk, Welcome};
use firebell_protocol::window::Change as Topic;
use firebell_store::StoreError;
use firebell_store::library::{HistoryPart, LibraryChange, NewEra, Place};

/// A failed fetch is tried again after this long at first, and at most, in milliseconds of awake time.
const RETRY_MIN_MS: u64 = 500;
const RETRY_MAX_MS: u64 = 30_000;

impl Library {
    pub(super) fn on_welcome(&mut self, welcome: &Welcome, at: Moment) -> Result<Vec<Output>, StoreError> {
        self.hear_time(welcome.server_time, at);
        self.me = Some(welcome.you.person.clone());
        let mut outputs = vec![];
        let place = self.store.place();
        match place.era {
            Some(era) if era == welcome.era => {}
            Some(_) => {
                tracing::warn!("the team's log begins anew; what was written here is offered again");
                let change =
                    LibraryChange { new_era: Some(NewEra { era: welcome.era }), ..LibraryChange::default() };
                outputs.extend(self.commit(&change, at)?);
            }
            None => {
                let place = Place { era: Some(welcome.era), upto: 0, live: None };
                outputs.extend(
                    self.commit(&LibraryChange { place: Some(place), ..LibraryChange::default() }, at)?,
                );
            }
        }
        if let Some(alone) = self.store.alone().cloned() {
            outputs.extend(self.join_with_history(&alone, at)?);
        }
        outputs.extend(self.on_team(&welcome.team.team, at)?);
        self.link.welcomed = true;
        self.link.since = Some(at.now);
        self.link.era = Some(welcome.era);
        self.link.newest = self.link.newest.max(welcome.newest);
        self.begin_offering(welcome.heard);
        if self.store.place().upto == 0 && welcome.newest > 0 {
            self.link.fetching = Some(Fetch::Open);
            outputs.push(Output::Fetch(Fetch::Open));
        }
        outputs.extend(self.leave_a_used_name(at)?);
        outputs.extend(self.offer(at)?);
        outputs.extend(self.fetch_next(at)?);
        outputs.push(Output::Changed(Topic::Sync));
        Ok(outputs)
    }

    /// People and services, for the search.
    pub(super) fn on_team(&mut self, team: &Team, at: Moment) -> Result<Vec<Output>, StoreError> {
        self.telling.forget_team();
        let change = LibraryChange { team: Some(team.clone()), ..LibraryChange::default() };
        self.commit(&change, at)
    }

    /// What is new. It is taken in at once, also when something before it is still missing.
    pub(super) fn on_operations(
        &mut self,
        operations: &[Operation],
        at: Moment,
    ) -> Result<Vec<Output>, StoreError> {
        let (Some(first), Some(last)) = (operations.first(), operations.last()) else { return Ok(vec![]) };
        let (first, last) = (first.seq, last.seq);
        if !self.link.welcomed || self.link.era.is_none() || self.store.place().era != self.link.era {
            // Not to be believed before the welcome; what it tells of the log's end is not forgotten.
            self.link.newest = self.link.newest.max(last);
            return Ok(vec![]);
        }
        self.link.newest = self.link.newest.max(last);
        let place = advanced(self.store.place(), first, last);
        let change = LibraryChange {
            settled: operations.to_vec(),
            reader: self.me.clone(),
            place: Some(place),
            ..LibraryChange::default()
        };
        let news = self.news(operations, at);
        let mut outputs = self.commit(&change, at)?;
        outputs.extend(self.tell_of(news, at)?);
        outputs.extend(self.after_hearing(at)?);
        outputs.extend(self.fetch_next(at)?);
        Ok(outputs)
    }

    /// What the log says may change under which name is written here, and what can be offered.
    fn after_hearing(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        let mut outputs = self.leave_a_used_name(at)?;
        outputs.extend(self.repeat_what_returns(at)?);
        outputs.extend(self.offer(at)?);
        Ok(outputs)
    }

    /// A part of the log has come, and [`Self::on_chunk`] is about to take it in: what is to be fetched meanwhile, so that
    /// the network is not idle while the disk is busy. One part and no more: the server is asked no faster than this
    /// disk writes.
    pub fn fetch_ahead(&mut self, asked: Fetch, chunk: &LogChunk) -> Option<Fetch> {
        let held = self.store.place();
        if self.link.fetching != Some(asked) || Some(chunk.era) != held.era {
            return None;
        }
        let place = taken(held, asked, chunk)?;
        let newest = chunk.newest.max(held.live.map_or(0, |(_, last)| last));
        let next = match asked {
            Fetch::Open => Some(Fetch::OpenEntries),
            Fetch::OpenEntries => missing(place, newest),
            Fetch::History(_) => None,
            Fetch::Part { .. } if place.upto == held.upto => None,
            Fetch::Part { .. } => missing(place, newest),
        }?;
        self.link.taking = Some(asked);
        self.link.fetching = Some(next);
        Some(next)
    }

    /// A part of the log, as it was asked for.
    pub fn on_chunk(&mut self, asked: Fetch, chunk: LogChunk, at: Moment) -> Result<Vec<Output>, StoreError> {
        if self.link.taking == Some(asked) {
            self.link.taking = None;
        } else if self.link.fetching == Some(asked) {
            self.link.fetching = None;
        } else {
            // Of an earlier connection.
            return Ok(vec![]);
        }
        self.link.failures = 0;
        let held = self.store.place();
        if Some(chunk.era) != held.era {
            // The server was restored in between: the next welcome says so.
            return Ok(vec![]);
        }
        // The server knows its end; what was heard before the welcome may have been of another log.
        self.link.newest = chunk.newest.max(held.live.map_or(0, |(_, last)| last));
        let Some(place) = taken(held, asked, &chunk) else { return self.fetch_next(at) };
        let stuck = matches!(asked, Fetch::Part { .. }) && place.upto == held.upto;
        let mut outputs = vec![];
        if takes_away(&chunk.operations) {
            outputs.extend(self.write_texts(at)?);
        }
        let history = match asked {
            Fetch::History(wanted) => {
                Some(HistoryPart { wanted, upto: Some(chunk.upto).filter(|upto| *upto < chunk.newest) })
            }
            _ => None,
        };
        let news = self.news(&chunk.operations, at);
        let change = LibraryChange {
            settled: chunk.operations,
            reader: self.me.clone(),
            history,
            place: (place != held).then_some(place),
            ..LibraryChange::default()
        };
        outputs.extend(self.commit(&change, at)?);
        outputs.extend(self.tell_of(news, at)?);
        outputs.extend(self.after_hearing(at)?);
        if stuck {
            // Nothing came and nothing moved: ask again later, not at once.
            self.link.fetch_at_ms = at.awake_ms + RETRY_MIN_MS;
        }
        if asked == Fetch::Open && self.link.fetching.is_none() {
            self.link.fetching = Some(Fetch::OpenEntries);
            outputs.push(Output::Fetch(Fetch::OpenEntries));
        }
        outputs.extend(self.fetch_next(at)?);
        outputs.push(Output::Changed(Topic::Sync));
        Ok(outputs)
    }

    /// It could not be had.
    pub fn on_no_chunk(&mut self, asked: Fetch, at: Moment) -> Vec<Output> {
        if self.link.fetching != Some(asked) {
            return vec![];
        }
        self.link.fetching = None;
        let wait = RETRY_MIN_MS.saturating_mul(1 << self.link.failures.min(10)).min(RETRY_MAX_MS);
        self.link.failures += 1;
        self.link.fetch_at_ms = at.awake_ms + wait;
        vec![]
    }

    /// The next part that is missing, when none is on its way.
    pub(super) fn fetch_next(&mut self, at: Moment) -> Result<Vec<Output>, StoreError> {
        if !self.link.welcomed || self.link.fetching.is_some() || at.awake_ms < self.link.fetch_at_ms {
            return Ok(vec![]);
        }
        let place = self.store.place();
        if place.era != self.link.era {
            return Ok(vec![]);
        }
        let part = missing(place, self.link.newest);
        // Before the rest, for somebody was just told that they can see it; one that cannot be had keeps nothing back.
        let history = self.store.wanted()?.map(Fetch::History);
        let next = if self.link.failures.is_multiple_of(2) { history.or(part) } else { part.or(history) };
        self.link.fetching = next;
        Ok(next.map(Output::Fetch).into_iter().collect())
    }
}

/// The first part that is missing of a log that ends with `newest`.
fn missing(place: Place, newest: u64) -> Option<Fetch> {
    let until = place.live.map_or(newest, |(first, _)| first.saturating_sub(1));
    (place.upto < until).then_some(Fetch::Part { after: place.upto, until })
}

/// Where this computer is after it took in what it had asked for; `None`: it is elsewhere by now, and has it already.
fn taken(held: Place, asked: Fetch, chunk: &LogChunk) -> Option<Place> {
    let Fetch::Part { after, .. } = asked else { return Some(held) };
    if after != held.upto {
        return None;
    }
    let place = Place { upto: chunk.upto.max(after), ..held };
    Some(match place.live {
        Some((first, last)) if first <= place.upto + 1 => {
            Place { upto: place.upto.max(last), live: None, ..place }
        }
        _ => place,
    })
}

/// Where this computer is after operations `first..=last` came by the connection.
fn advanced(place: Place, first: u64, last: u64) -> Place {
    if first <= place.upto + 1 {
        let upto = place.upto.max(last);
        return match place.live {
            Some((live_first, live_last)) if live_first <= upto + 1 => {
                Place { upto: upto.max(live_last), live: None, ..place }
            }
            _ => Place { upto, ..place },
        };
    }
    let live = match place.live {
        Some((live_first, live_last)) if live_first <= first && first <= live_last + 1 => {
            (live_first, live_last.max(last))
        }
        // Another gap: what came before it is fetched again, which does no harm.
        _ => (first, last),
    };
    Place { live: Some(live), ..place }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(upto: u64, live: Option<(u64, u64)>) -> Place {
        Place { era: None, upto, live }
    }

    #[test]
    fn what_follows_without_a_gap_moves_the_place_and_what_does_not_waits_beside_it() {
        assert_eq!(advanced(place(5, None), 6, 9), place(9, None));
        assert_eq!(advanced(place(5, None), 3, 4), place(5, None), "old news");
        assert_eq!(advanced(place(5, None), 8, 9), place(5, Some((8, 9))));
        assert_eq!(advanced(place(5, Some((8, 9))), 10, 12), place(5, Some((8, 12))));
        assert_eq!(advanced(place(5, Some((8, 9))), 20, 21), place(5, Some((20, 21))), "another gap");
        assert_eq!(advanced(place(5, Some((8, 9))), 6, 7), place(9, None), "the gap is filled");
        assert_eq!(advanced(place(5, Some((8, 9))), 6, 6), place(6, Some((8, 9))));
    }
}
