//! Incidents that have to do with each other (domain §1): said on either, read on both.
//!
//! It is a field in the record of each of the two, with an entry of the timeline that says why: both are written together, and
//! offline like anything else. What may be named where is the rule here: each is named where the other is read.

use crate::incident::{Incident, Status};
use crate::refusal::RefusalCode;
use crate::room::Field;
use crate::team::Team;
use crate::{IncidentId, Instant, PersonId, Refusal, ServiceId, Span};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ts_rs::TS;
use uuid::Uuid;

const FIELD: &str = "related_";
/// Characters of why.
const REASON_MAX: usize = 1_000;
/// Incidents of the same service are suggested that are no older.
const WITHIN: Span = Span::hours(30 * 24);
/// Of suggestions.
const SUGGESTED_MAX: usize = 20;

/// Another incident, and why it has to do with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Related {
    pub incident: IncidentId,
    pub reason: String,
    pub by: PersonId,
    pub at: Instant,
    pub pending: bool,
}

/// The field of a record that says that `other` is related.
pub fn field(other: IncidentId) -> String {
    format!("{FIELD}{}", other.0.simple())
}

/// Its value; `null`: it is not, or not any more.
pub fn value(reason: Option<&str>) -> Value {
    reason.map_or(Value::Null, |reason| json!({ "reason": reason.trim() }))
}

/// What the fields say, the oldest first.
pub fn related(fields: &BTreeMap<String, Field>) -> Vec<Related> {
    let of = |(name, field): (&String, &Field)| {
        let incident = IncidentId(Uuid::try_parse(name.strip_prefix(FIELD)?).ok()?);
        let reason = field.value.get("reason")?.as_str()?.to_owned();
        Some(Related { incident, reason, by: field.author.clone(), at: field.at, pending: field.pending })
    };
    let mut all: Vec<Related> = fields.iter().filter_map(of).collect();
    all.sort_by_key(|r| (r.at, r.incident));
    all
}

/// Private incidents that everybody will read of once this one is public: notes of its timeline name them, also those that say that
/// they have nothing to do with it after all. Only those that `me` sees: others are not named to them either. `known`: incidents
/// of this computer.
pub fn named_once_public<'a>(
    of: &Incident,
    fields: impl IntoIterator<Item = &'a String>,
    known: impl IntoIterator<Item = &'a Incident>,
    me: &PersonId,
) -> Vec<IncidentId> {
    if !of.is_private() {
        return vec![];
    }
    let mut named: Vec<IncidentId> = fields
        .into_iter()
        .filter_map(|name| Some(IncidentId(Uuid::try_parse(name.strip_prefix(FIELD)?).ok()?)))
        .chain(of.merged_into)
        .collect();
    named.sort_unstable();
    named.dedup();
    let seen: Vec<IncidentId> =
        known.into_iter().filter(|i| i.is_private() && i.is_seen_by(me)).map(|i| i.id).collect();
    named.retain(|id| seen.contains(id));
    named
}

/// Whether these two can be related, or not be any more, for this reason.
pub fn check(one: &Incident, other: &Incident, reason: &str) -> Result<(), Refusal> {
    let refused = |code, words: String| Err(Refusal::new(code, words));
    if one.id == other.id {
        return refused(RefusalCode::BadInput, "It is this incident; choose another one.".into());
    }
    if one.people != other.people {
        let words = "Not everybody who sees one of the two sees the other, and each is named in both. Let the same people see both first.";
        return refused(RefusalCode::NotAllowed, words.into());
    }
    let length = reason.trim().chars().count();
    if length == 0 || length > REASON_MAX {
        return refused(
            RefusalCode::BadInput,
            format!("reason: say in 1 to {REASON_MAX} characters what they have to do with each other."),
        );
    }
    Ok(())
}

/// What the timeline of the one says of the other.
pub fn in_words(other: &Incident, title: &str, reason: &str, is_related: bool) -> String {
    let what = if is_related { "Related to" } else { "Not related to" };
    let number = if other.number > 0 { format!("#{} ", other.number) } else { String::new() };
    format!("{what} {number}“{title}”: {}", reason.trim())
}

/// An incident that may have to do with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Suggested {
    pub incident: IncidentId,
    pub why: SuggestedWhy,
    pub service: ServiceId,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "RelatedWhy")]
pub enum SuggestedWhy {
    SameService,
    /// Of a service that is a neighbour of one of these, and open.
    Neighbour,
}

/// Incidents among which those are found that may have to do with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// About one of these.
    pub services: Vec<ServiceId>,
    /// Declared then or later.
    pub declared_from: Option<Instant>,
    pub is_open: Option<bool>,
    pub why: SuggestedWhy,
}

/// Those of the same service of the last 30 days, and open ones of neighbours.
pub fn near(of: &Incident, team: Option<&Team>, now: Instant) -> Vec<Near> {
    let same = Near {
        services: of.services.clone(),
        declared_from: now.checked_sub_signed(WITHIN.delta()),
        is_open: None,
        why: SuggestedWhy::SameService,
    };
    let why = SuggestedWhy::Neighbour;
    let open = Near { services: neighbours(of, team), declared_from: None, is_open: Some(true), why };
    // Of no service would be of any.
    [same, open].into_iter().filter(|near| !near.services.is_empty()).collect()
}

fn neighbours(of: &Incident, team: Option<&Team>) -> Vec<ServiceId> {
    let Some(team) = team else { return vec![] };
    let is_of = |id: &ServiceId| of.services.contains(id);
    let names_ours = team.services.iter().filter(|s| s.neighbours.iter().any(is_of)).map(|s| &s.id);
    let ours = of.services.iter().filter_map(|id| team.service(id)).flat_map(|s| &s.neighbours);
    let mut found: Vec<ServiceId> = vec![];
    for id in ours.chain(names_ours) {
        if !is_of(id) && !found.contains(id) {
            found.push(id.clone());
        }
    }
    found
}

/// Of incidents that were found near it, each with what it was found by: open ones first, then the newest; what is related
/// already, or may not be named here, is left out.
pub fn suggest<'a>(
    of: &Incident,
    related: &[Related],
    found: impl IntoIterator<Item = (&'a Near, &'a Incident)>,
) -> Vec<Suggested> {
    let mut all: Vec<(&Incident, Suggested)> = vec![];
    for (near, other) in found {
        let is_known = other.id == of.id
            || related.iter().any(|r| r.incident == other.id)
            || all.iter().any(|(i, _)| i.id == other.id);
        let ended = matches!(other.status, Status::Merged | Status::FalseAlarm);
        if is_known || ended || other.people != of.people {
            continue;
        }
        let Some(service) = other.services.iter().find(|s| near.services.contains(s)) else { continue };
        let suggested = Suggested { incident: other.id, why: near.why, service: service.clone() };
        all.push((other, suggested));
    }
    all.sort_by_key(|(i, s)| {
        (!i.status.is_open(), s.why, std::cmp::Reverse(i.moments.declared_at), std::cmp::Reverse(i.number))
    });
    all.into_iter().map(|(_, suggested)| suggested).take(SUGGESTED_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Severity;
    use crate::incident::{Declaration, IncidentEvent};

    fn now() -> Instant {
        "2026-11-25T02:13:00Z".parse().unwrap()
    }

    fn incident(n: u128, services: &[&str], days_ago: i64) -> Incident {
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
            number: u64::try_from(n).unwrap(),
            by: "ana".into(),
            claimed_at: None,
            declaration,
        };
        Incident::from_declared(now() - chrono::TimeDelta::days(days_ago), &event).unwrap()
    }

    fn team() -> Team {
        serde_json::from_value(json!({
            "team": { "name": "Acme" },
            "people": [{ "id": "ana", "name": "Ana", "email": "ana@example.com" }],
            "policies": [{ "id": "default", "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }] }],
            "services": [
                { "id": "pay", "name": "Pay", "policy": "default", "neighbours": ["search"] },
                { "id": "search", "name": "Search", "policy": "default" },
                { "id": "shop", "name": "Shop", "policy": "default", "neighbours": ["pay"] },
                { "id": "mail", "name": "Mail", "policy": "default" },
            ],
        }))
        .unwrap()
    }

    #[test]
    fn what_is_written_in_the_fields_is_read_back_and_the_rest_is_not() {
        let other = IncidentId(Uuid::from_u128(7));
        let (said, gone) = (value(Some(" the same query ")), value(None));
        let ana = PersonId::new("ana");
        let of = |value| Field { value, author: &ana, at: now(), pending: true };
        let odd = json!("a word");
        let fields = [
            (field(other), of(&said)),
            (field(IncidentId(Uuid::from_u128(8))), of(&gone)),
            (field(IncidentId(Uuid::from_u128(9))), of(&odd)),
            ("related_nothing".to_owned(), of(&said)),
        ]
        .into();
        let reason = "the same query".to_owned();
        let expected = Related { incident: other, reason, by: ana.clone(), at: now(), pending: true };
        assert_eq!(related(&fields), [expected]);
    }

    #[test]
    fn each_is_named_only_where_the_same_people_read() {
        let (mut one, mut other) = (incident(1, &[], 0), incident(2, &[], 0));
        assert_eq!(check(&one, &other, "the same query"), Ok(()));
        let code =
            |one: &Incident, other: &Incident, reason: &str| check(one, other, reason).unwrap_err().code;
        assert_eq!(code(&one, &one, "x"), RefusalCode::BadInput);
        assert_eq!(code(&one, &other, " "), RefusalCode::BadInput);
        assert_eq!(code(&one, &other, &"x".repeat(REASON_MAX + 1)), RefusalCode::BadInput);
        other.people = Some(vec!["ana".into()]);
        assert_eq!(code(&one, &other, "x"), RefusalCode::NotAllowed);
        assert_eq!(code(&other, &one, "x"), RefusalCode::NotAllowed);
        one.people = other.people.clone();
        assert_eq!(check(&one, &other, "x"), Ok(()));
    }

    #[test]
    fn what_becomes_public_names_private_ones_only_to_whoever_sees_them() {
        let private = |n, people: &[&str]| {
            let people = Some(people.iter().map(|p| PersonId::new(*p)).collect());
            Incident { people, ..incident(n, &[], 0) }
        };
        let of = private(1, &["ana", "ben"]);
        let known =
            [private(2, &["ana", "ben"]), private(3, &["ana"]), incident(4, &[], 0), private(5, &["ana"])];
        // Notes stay when a relation is taken back: its field stands with `null`.
        let fields: Vec<String> =
            known[..3].iter().map(|other| field(other.id)).chain(["impact".into()]).collect();
        let named = |of: &Incident, me: &str| named_once_public(of, &fields, &known, &PersonId::new(me));
        assert_eq!(
            named(&of, "ana"),
            [known[0].id, known[1].id],
            "neither a public one nor one that no note names"
        );
        assert_eq!(named(&of, "ben"), [known[0].id], "he does not hear of the other");
        assert_eq!(named(&Incident { people: None, ..of.clone() }, "ana"), [], "it is public already");
        let merged = Incident { merged_into: Some(known[3].id), ..of };
        assert_eq!(named(&merged, "ana"), [known[0].id, known[1].id, known[3].id]);
    }

    #[test]
    fn the_timeline_says_which_and_why() {
        let mut other = incident(12, &[], 0);
        assert_eq!(
            in_words(&other, "Search is slow", " one query ", true),
            "Related to #12 “Search is slow”: one query"
        );
        other.number = 0;
        assert_eq!(in_words(&other, "Search", "no", false), "Not related to “Search”: no");
    }

    #[test]
    fn the_same_service_of_late_and_open_ones_of_neighbours_are_looked_for() {
        let of = incident(1, &["pay"], 0);
        let thirty = now() - chrono::TimeDelta::days(30);
        let same = Near {
            services: vec!["pay".into()],
            declared_from: Some(thirty),
            is_open: None,
            why: SuggestedWhy::SameService,
        };
        // A neighbour is one whoever says so.
        let open = Near {
            services: vec!["search".into(), "shop".into()],
            declared_from: None,
            is_open: Some(true),
            why: SuggestedWhy::Neighbour,
        };
        assert_eq!(near(&of, Some(&team()), now()), [same.clone(), open]);
        assert_eq!(near(&of, None, now()), [same], "without a team nobody knows the neighbours");
        assert_eq!(near(&incident(2, &[], 0), Some(&team()), now()), []);
    }

    #[test]
    fn open_ones_come_first_then_the_newest_and_each_once() {
        let of = incident(1, &["pay"], 0);
        let closed = |n, services: &[&str], days| {
            let mut one = incident(n, services, days);
            one.status = Status::Closed;
            one
        };
        let mut private = incident(9, &["pay"], 1);
        private.people = Some(vec!["ana".into()]);
        let mut merged = incident(10, &["pay"], 1);
        merged.status = Status::Merged;
        let same = [
            of.clone(),
            closed(2, &["pay"], 3),
            closed(3, &["pay", "mail"], 30),
            private,
            merged,
            incident(11, &["search", "pay"], 2),
        ];
        let open =
            [incident(5, &["search"], 40), incident(6, &["shop"], 1), incident(11, &["search", "pay"], 2)];
        let looked = near(&of, Some(&team()), now());
        let found = |related: &[Related]| -> Vec<u128> {
            let all = same.iter().map(|i| (&looked[0], i)).chain(open.iter().map(|i| (&looked[1], i)));
            suggest(&of, related, all).into_iter().map(|s| s.incident.0.as_u128()).collect()
        };
        assert_eq!(found(&[]), [11, 6, 5, 2, 3]);
        let known = Related {
            incident: IncidentId(Uuid::from_u128(6)),
            reason: "x".into(),
            by: "ana".into(),
            at: now(),
            pending: false,
        };
        assert_eq!(found(&[known]), [11, 5, 2, 3]);
    }
}
