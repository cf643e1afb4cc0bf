//! How a section came to say what it says: what was typed, put together to the sittings of its authors.

use crate::{Instant, PersonId, Span};
use std::ops::Range;

/// Whoever types nothing for longer than this has stood up.
const PAUSE: Span = Span::minutes(10);

/// Within so much, two write at the same time. Later, whoever writes again has read what the other wrote.
const TOGETHER: Span = Span::minutes(2);

/// Words of one author, or of several who wrote at the same time: what each of them typed then builds on the others' letters
/// and cannot be told apart from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting {
    /// In the order in which they began.
    pub authors: Vec<PersonId>,
    /// Which of the writes.
    pub writes: Range<usize>,
}

/// `writes`: who wrote and when, oldest first. Every write is in one sitting. `anew`: the writes with which a version was
/// written back; no sitting goes on over one, so that what stood before can be gone back to at once.
pub fn sittings(writes: &[(PersonId, Instant)], anew: &[usize]) -> Vec<Sitting> {
    let mut all: Vec<Sitting> = vec![];
    for (place, (author, at)) in writes.iter().enumerate() {
        // The author's last words: their sitting goes on, and so does everybody's who wrote in between.
        let floor = anew.iter().copied().filter(|begin| *begin <= place).max().unwrap_or(0);
        let last = writes[floor..place].iter().rposition(|(other, _)| other == author).map(|n| floor + n);
        let most = |last: usize| if last + 1 == place { PAUSE } else { TOGETHER };
        let goes_on = last.filter(|last| *at - writes[*last].1 <= most(*last).delta());
        let joined = match goes_on {
            Some(last) => all.iter().position(|sitting| sitting.writes.contains(&last)).unwrap_or(all.len()),
            None => all.len(),
        };
        let mut sitting = Sitting { authors: vec![], writes: place..place + 1 };
        for earlier in all.drain(joined..) {
            sitting.writes.start = sitting.writes.start.min(earlier.writes.start);
            let new =
                earlier.authors.into_iter().filter(|a| !sitting.authors.contains(a)).collect::<Vec<_>>();
            sitting.authors.extend(new);
        }
        if !sitting.authors.contains(author) {
            sitting.authors.push(author.clone());
        }
        all.push(sitting);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use proptest::prelude::*;

    fn written(all: &[(&str, i64)]) -> Vec<(PersonId, Instant)> {
        let start: Instant = "2026-11-26T09:00:00Z".parse().unwrap();
        all.iter().map(|(author, minute)| ((*author).into(), start + TimeDelta::minutes(*minute))).collect()
    }

    fn told(all: &[(&str, i64)]) -> Vec<(String, Range<usize>)> {
        let name = |sitting: Sitting| {
            let authors: Vec<&str> = sitting.authors.iter().map(PersonId::as_str).collect();
            (authors.join("+"), sitting.writes)
        };
        sittings(&written(all), &[]).into_iter().map(name).collect()
    }

    #[test]
    fn who_writes_apart_is_told_apart_and_a_pause_ends_a_sitting() {
        let all = [("ana", 0), ("ana", 9), ("ana", 19), ("ben", 20), ("ana", 30)];
        assert_eq!(
            told(&all),
            [("ana".into(), 0..3), ("ben".into(), 3..4), ("ana".into(), 4..5)],
            "eleven minutes are a pause, ten are none"
        );
    }

    #[test]
    fn who_writes_at_the_same_time_has_one_sitting() {
        let all = [("chi", 0), ("ana", 1), ("ben", 2), ("ana", 3), ("ben", 4), ("ben", 40)];
        assert_eq!(told(&all), [("chi".into(), 0..1), ("ana+ben".into(), 1..5), ("ben".into(), 5..6)]);
        let handed = [("ana", 0), ("ben", 1), ("chi", 2), ("ben", 9), ("ana", 11)];
        let apart: Vec<(String, Range<usize>)> =
            handed.iter().enumerate().map(|(n, (who, _))| ((*who).to_owned(), n..n + 1)).collect();
        assert_eq!(told(&handed), apart, "each can go back to what the one before left");
    }

    proptest! {
        #[test]
        fn every_write_is_in_one_sitting_of_its_author(steps in prop::collection::vec((0usize..3, 0i64..15), 0..40), anew in prop::collection::vec(0usize..40, 0..3)) {
            let mut minute = 0;
            let all: Vec<_> = steps.iter().map(|(who, step)| {
                minute += step;
                (["ana", "ben", "chi"][*who], minute)
            }).collect();
            let (writes, found) = (written(&all), sittings(&written(&all), &anew));
            for begin in anew.iter().filter(|begin| **begin < writes.len()) {
                prop_assert!(found.iter().any(|sitting| sitting.writes.start == *begin), "nothing goes on over {}", begin);
            }
            let mut next = 0;
            for sitting in &found {
                prop_assert_eq!(sitting.writes.start, next);
                next = sitting.writes.end;
                for (author, _) in &writes[sitting.writes.clone()] {
                    prop_assert!(sitting.authors.contains(author));
                }
                for author in &sitting.authors {
                    prop_assert!(writes[sitting.writes.clone()].iter().any(|(who, _)| who == author));
                }
            }
            prop_assert_eq!(next, writes.len());
        }
    }
}
