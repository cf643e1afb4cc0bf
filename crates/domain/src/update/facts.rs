//! What a template can say: the variables, and their values for an incident.

use crate::incident::{Incident, Status};
use crate::playbook::{Audience, Playbook, UpdateRules};
use crate::{Instant, Span};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use ts_rs::TS;

/// Every variable of a template, with what it is, for the editor's help. All of them are always there; what nobody filled in is
/// empty, and an `{% if … %}` around it leaves it out.
pub const VARIABLES: [(&str, &str); 21] = [
    ("time", "when this update is written: 2026-11-25 14:05 UTC"),
    ("number", "the incident's number"),
    ("title", "the incident's title; for readers outside the headline, where there is one"),
    ("severity", "SEV1 to SEV4"),
    ("severity_name", "the severity in a word, from the playbook"),
    ("status", "investigating, identified, monitoring or resolved"),
    ("impact", "what users experience"),
    ("known", "what we know"),
    ("doing", "what we are doing"),
    ("workaround", "what users can do meanwhile"),
    ("next_update", "when the next update comes, or \"as soon as we learn more\""),
    ("started_at", "when users began to suffer, else the first signal"),
    ("duration", "since then, or until it was resolved: 1 h 20 min"),
    ("services", "the names of the services, a list"),
    ("commander", "who commands"),
    ("link", "to the incident"),
    ("channel", "the link of the incident's channel, when it has one"),
    ("what_happened", "after resolution: what happened"),
    ("fix", "after resolution: how it was fixed"),
    ("what_next", "after resolution: what comes next"),
    ("no_news", "true when nothing is new"),
];

/// What a person fills in, and what the incident alone cannot know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(rename = "UpdateTold")]
pub struct Told {
    /// Where it says better than the declaration.
    pub title: Option<String>,
    /// What readers outside are told instead of the title; empty: they read the title.
    pub headline: String,
    /// The status that this update announces, where it differs from the incident's.
    pub status: Option<Status>,
    pub impact: String,
    pub known: String,
    pub doing: String,
    pub workaround: String,
    /// `None`: as soon as there is something to say.
    pub next_update: Option<Instant>,
    /// Names, not ids.
    pub services: Vec<String>,
    pub commander: String,
    pub link: String,
    /// Of the incident's channel; empty: it has none.
    pub channel: String,
    pub what_happened: String,
    pub fix: String,
    pub what_next: String,
    pub no_news: bool,
}

/// The values of [`VARIABLES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "UpdateFacts")]
pub struct Facts {
    pub time: String,
    pub number: u64,
    pub title: String,
    pub severity: String,
    pub severity_name: String,
    pub status: String,
    pub impact: String,
    pub known: String,
    pub doing: String,
    pub workaround: String,
    pub next_update: String,
    pub started_at: String,
    pub duration: String,
    pub services: Vec<String>,
    pub commander: String,
    pub link: String,
    pub channel: String,
    pub what_happened: String,
    pub fix: String,
    pub what_next: String,
    pub no_news: bool,
}

impl Facts {
    /// `zone`: in which people outside read times; `now`: when the update is written.
    pub fn of(incident: &Incident, told: &Told, playbook: &Playbook, zone: Tz, now: Instant) -> Self {
        let status = told.status.unwrap_or(incident.status);
        let moments = &incident.moments;
        let started =
            moments.impact_started_at.or(moments.detected_at).or(moments.declared_at).unwrap_or(now);
        let ended = moments.resolved_at.filter(|_| !status.is_open()).unwrap_or(now);
        Self {
            time: time(now, zone),
            number: incident.number,
            title: told.title.clone().unwrap_or_else(|| incident.title.clone()),
            severity: incident.severity.to_string(),
            severity_name: playbook.severity(incident.severity).name,
            status: status.word().into(),
            impact: told.impact.clone(),
            known: told.known.clone(),
            doing: told.doing.clone(),
            workaround: told.workaround.clone(),
            next_update: next_update(told.next_update, status, &playbook.updates, zone),
            started_at: time(started, zone),
            duration: duration(ended.signed_duration_since(started)),
            services: told.services.clone(),
            commander: told.commander.clone(),
            link: told.link.clone(),
            channel: told.channel.clone(),
            what_happened: told.what_happened.clone(),
            fix: told.fix.clone(),
            what_next: told.what_next.clone(),
            no_news: told.no_news,
        }
    }

    /// As an audience reads them: outside, a headline stands where the title would.
    pub fn read_by(&self, audience: Audience, told: &Told) -> Cow<'_, Self> {
        match told.headline.trim() {
            headline if audience.is_outside() && !headline.is_empty() => {
                Cow::Owned(Self { title: headline.to_owned(), ..self.clone() })
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// The sample as a status announces it: what is only known afterwards is empty before, and nothing follows what is over.
    pub fn sample_at(status: Status) -> Self {
        let sample = Self { status: status.word().into(), ..Self::sample() };
        if status.is_open() {
            let unknown = String::new;
            Self { what_happened: unknown(), fix: unknown(), what_next: unknown(), ..sample }
        } else {
            Self { next_update: String::new(), ..sample }
        }
    }

    /// An incident that never was, to show an admin what a template makes of one.
    pub fn sample() -> Self {
        Self {
            time: "2026-11-25 14:05 UTC".into(),
            number: 42,
            title: "Checkout fails".into(),
            severity: "SEV1".into(),
            severity_name: "critical".into(),
            status: "investigating".into(),
            impact: "Paying by card fails for most customers".into(),
            known: "It began at 13:40".into(),
            doing: "Going back to the earlier version".into(),
            workaround: "Pay by invoice".into(),
            next_update: "2026-11-25 14:20 UTC".into(),
            started_at: "2026-11-25 13:40 UTC".into(),
            duration: "25 min".into(),
            services: vec!["Checkout".into(), "Payments".into()],
            commander: "Ana Ruiz".into(),
            link: "https://firebell.example.com/incidents/42".into(),
            channel: "https://chat.example.com/inc-42".into(),
            what_happened: "A release refused valid cards".into(),
            fix: "The earlier version is back".into(),
            what_next: "The release is tested with every kind of card".into(),
            no_news: false,
        }
    }
}

/// Nothing follows what is over; a time that nobody can name is said in the team's words.
fn next_update(named: Option<Instant>, status: Status, rules: &UpdateRules, zone: Tz) -> String {
    match named {
        _ if !status.is_open() => String::new(),
        Some(at) => time(at, zone),
        None => rules.next_when_known.clone(),
    }
}

/// `2026-11-25 15:05 CET`: with the zone, because readers are elsewhere.
fn time(at: Instant, zone: Tz) -> String {
    at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string()
}

/// `25 min`, `1 h 20 min`, `2 d 3 h`.
fn duration(delta: chrono::TimeDelta) -> String {
    let minutes = delta.num_milliseconds().max(0) / Span::minutes(1).as_millis();
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => "less than a minute".into(),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}
