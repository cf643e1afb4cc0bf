//! Incidents that were like this one: whoever writes a postmortem, or stands in the same trouble again, reads theirs first.
//!
//! Three things make two alike: their services, the kinds of factors that contributed, and rare words of what was written. A
//! word that is in many of them says little, so each counts by how rare it is among those that are compared; all of it is
//! said as the reason. Whoever asks sees both, so a private one is named to those who may read it alone.

use super::FactorKind;
use crate::attachment::is_hash;
use crate::incident::{Incident, Status};
use crate::runbook::without_pictures;
use crate::{IncidentId, ServiceId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use ts_rs::TS;

/// Rows that are named, and words of each.
const ROWS_MAX: usize = 10;
const WORDS_MAX: usize = 6;
/// What a service, a kind of factor and a word that one of them alone has count.
const SERVICE: f64 = 3.0;
const FACTOR: f64 = 2.0;
const WORD: f64 = 1.0;
/// A service alone, or two factors, or some rare words.
const LEAST: f64 = 3.0;
/// Together words count no more than this: a long text shares many with any other.
const WORDS_TOGETHER: f64 = 6.0;
/// Letters of a word, at least.
const LETTERS: usize = 4;

/// Words that say nothing about what broke.
const EMPTY: [&str; 40] = [
    "about", "after", "again", "also", "because", "been", "before", "being", "between", "could", "does",
    "down", "from", "have", "into", "more", "most", "only", "other", "over", "should", "some", "than",
    "that", "their", "them", "then", "there", "these", "they", "this", "until", "were", "what", "when",
    "where", "which", "while", "with", "would",
];

/// What is known of an incident and of its postmortem.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    pub incident: &'a Incident,
    pub factors: BTreeSet<FactorKind>,
    pub words: BTreeSet<String>,
}

impl<'a> Known<'a> {
    /// `texts`: its title and whatever is written in its postmortem.
    pub fn new<'t>(
        incident: &'a Incident,
        factors: impl IntoIterator<Item = FactorKind>,
        texts: impl IntoIterator<Item = &'t str>,
    ) -> Self {
        let words = texts.into_iter().flat_map(words).collect();
        // "Other" is no kind that two could have in common.
        let factors = factors.into_iter().filter(|kind| *kind != FactorKind::Other).collect();
        Self { incident, factors, words }
    }
}

fn words(text: &str) -> Vec<String> {
    let text = without_pictures(text);
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let says = |word: &String| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        letters >= LETTERS && !EMPTY.contains(&word.as_str()) && !is_hash(word)
    };
    words.map(str::to_lowercase).filter(says).collect()
}

/// Why two are alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
#[ts(rename = "SimilarWhy")]
pub enum Alike {
    Service {
        service: ServiceId,
    },
    Factor {
        kind: FactorKind,
    },
    /// The rarest first.
    Words {
        words: Vec<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Similar {
    pub incident: IncidentId,
    pub why: Vec<Alike>,
}

/// Those that are most alike, the likest first, of two that are as much so the newer one. What was no incident, or became
/// part of another one, is left out.
pub fn similar(of: &Known, others: &[Known]) -> Vec<Similar> {
    let others = others.iter().filter(|other| {
        let is_one = !matches!(other.incident.status, Status::Merged | Status::FalseAlarm);
        is_one && other.incident.id != of.incident.id
    });
    let others: Vec<&Known> = others.collect();
    let mut held: BTreeMap<&str, u32> = BTreeMap::new();
    for word in others.iter().flat_map(|other| other.words.intersection(&of.words)) {
        *held.entry(word).or_default() += 1;
    }
    // All of them hold it: 0. One alone: 1.
    let count = others.len().max(1) as f64;
    let rarity = |word: &str| {
        let n = f64::from(held.get(word).copied().unwrap_or(1));
        ((count + 1.0) / (n + 1.0)).ln() / ((count + 1.0) / 2.0).ln().max(0.4)
    };
    let mut found: Vec<(f64, &Known, Vec<Alike>)> = vec![];
    for other in others {
        let mut why = vec![];
        let mut score = 0.0;
        let shared = |service: &&ServiceId| of.incident.services.contains(service);
        for service in other.incident.services.iter().filter(shared) {
            score += SERVICE;
            why.push(Alike::Service { service: service.clone() });
        }
        for kind in other.factors.intersection(&of.factors) {
            score += FACTOR;
            why.push(Alike::Factor { kind: *kind });
        }
        let mut words: Vec<(f64, &String)> = other
            .words
            .intersection(&of.words)
            .map(|word| (rarity(word), word))
            .filter(|(r, _)| *r > 0.0)
            .collect();
        words.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        score += words.iter().map(|(rarity, _)| rarity * WORD).sum::<f64>().min(WORDS_TOGETHER);
        if !words.is_empty() {
            let words = words.into_iter().take(WORDS_MAX).map(|(_, word)| word.clone()).collect();
            why.push(Alike::Words { words });
        }
        if score >= LEAST {
            found.push((score, other, why));
        }
    }
    found.sort_by(|a, b| {
        b.0.total_cmp(&a.0)
            .then_with(|| b.1.incident.moments.declared_at.cmp(&a.1.incident.moments.declared_at))
            .then_with(|| a.1.incident.id.cmp(&b.1.incident.id))
    });
    found
        .into_iter()
        .take(ROWS_MAX)
        .map(|(_, other, why)| Similar { incident: other.incident.id, why })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;
    use crate::incident::{Declaration, IncidentEvent};
    use uuid::Uuid;

    fn incident(n: u128, services: &[&str]) -> Incident {
        let declaration = Declaration {
            title: format!("Incident {n}"),
            severity: Severity::Sev2,
            services: services.iter().map(|s| (*s).into()).collect(),
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let event = IncidentEvent::Declared {
            incident: IncidentId(Uuid::from_u128(n)),
            number: 1,
            by: "ana".into(),
            claimed_at: None,
            declaration,
        };
        let at = chrono::DateTime::from_timestamp(1_700_000_000 + i64::try_from(n).unwrap(), 0).unwrap();
        Incident::from_declared(at, &event).unwrap()
    }

    fn ids(found: &[Similar]) -> Vec<u128> {
        found.iter().map(|s| s.incident.0.as_u128()).collect()
    }

    #[test]
    fn services_factors_and_rare_words_make_two_alike_and_are_the_reason() {
        let all: Vec<Incident> =
            (1..=8).map(|n| incident(n, if n == 2 || n == 3 { &["pay"] } else { &["mail"] })).collect();
        let of_this = incident(9, &["pay"]);
        let tests = || [FactorKind::Tests, FactorKind::Other];
        let of = Known::new(&of_this, tests(), ["Checkout errors: the certificate of Vault expired"]);
        let others = [
            Known::new(&all[0], [], ["Checkout errors again"]),
            Known::new(&all[1], tests(), ["Checkout errors: slow disk"]),
            Known::new(&all[2], [], ["Checkout errors"]),
            Known::new(&all[3], [], ["Checkout errors, certificate of Vault expired"]),
            Known::new(&all[4], [FactorKind::Other], ["Checkout errors"]),
            Known::new(&all[5], [FactorKind::Tests], ["Checkout errors"]),
        ];
        let found = similar(&of, &others);
        // A factor alone is too little, and so are words that all of them have.
        assert_eq!(ids(&found), [2, 4, 3]);
        assert_eq!(
            found[0].why,
            [Alike::Service { service: "pay".into() }, Alike::Factor { kind: FactorKind::Tests }]
        );
        let words = ["certificate", "expired", "vault"].map(str::to_owned).to_vec();
        assert_eq!(found[1].why, [Alike::Words { words }]);
    }

    #[test]
    fn a_picture_that_both_show_is_no_word_of_either_and_the_words_around_it_are() {
        let hash = "a1b2c3d4".repeat(8);
        let of = |text: String| Known::new(&incident(1, &[]), [], [text.as_str()]).words;
        for picture in [
            format!("![checkout errors region hourly](attachment:{hash})"),
            format!("![*Grafana* panel, disk ![inner](attachment:{hash})](<attachment:{hash}> \"Tooltip\")"),
            format!("![Grafana][graph]\n\n[graph]: attachment:{hash}"),
        ] {
            let known = of(format!("It was {picture}\n\nvault"));
            assert!(
                known.iter().all(|word| ["vault", "graph", "attachment"].contains(&word.as_str())),
                "{known:?}"
            );
            assert!(known.contains("vault"), "{known:?}");
        }
        let elsewhere = of("![vault](https://example.com/graph.png) attachment: certificate".into());
        assert!(elsewhere.contains("vault") && elsewhere.contains("certificate"), "{elsewhere:?}");

        let all: Vec<Incident> = (1..=8).map(|n| incident(n, &["mail"])).collect();
        let this = incident(9, &["pay"]);
        let shows = format!("![checkout-errors-region-hourly.png](attachment:{hash})");
        let others: Vec<Known> = all
            .iter()
            .enumerate()
            .map(|(n, other)| Known::new(other, [], (n == 0).then_some(shows.as_str())))
            .collect();
        assert_eq!(similar(&Known::new(&this, [], [shows.as_str()]), &others), []);
    }

    #[test]
    fn neither_itself_nor_what_was_no_incident_is_named() {
        let (this, mut merged, mut false_alarm) =
            (incident(1, &["pay"]), incident(2, &["pay"]), incident(3, &["pay"]));
        merged.status = Status::Merged;
        false_alarm.status = Status::FalseAlarm;
        let of = Known::new(&this, [], ["x"]);
        let others = [of.clone(), Known::new(&merged, [], []), Known::new(&false_alarm, [], [])];
        assert_eq!(similar(&of, &others), []);
    }

    #[test]
    fn the_newer_of_two_that_are_as_much_alike_comes_first_and_ten_are_named() {
        let all: Vec<Incident> = (1..=30).map(|n| incident(n, &["pay"])).collect();
        let others: Vec<Known> = all.iter().map(|i| Known::new(i, [], [])).collect();
        let this = incident(99, &["pay"]);
        let found = similar(&Known::new(&this, [], []), &others);
        assert_eq!(ids(&found), [30, 29, 28, 27, 26, 25, 24, 23, 22, 21]);
    }
}
