//! What was changed about a service, as somebody's pipeline said it: a deployment, another configuration, work on the
//! infrastructure (domain §5). What changed last is the likeliest cause, so triage shows it first.

use crate::alert::{BELIEVED_FUTURE, BELIEVED_PAST, Link, parse_timestamp};
use crate::{ChangeId, Instant, IntegrationId, ServiceId};
use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Characters kept of a revision, an environment or a name; longer ones are cut and marked.
pub const WORD_MAX: usize = 255;
/// A change without a time of its own that is said again within this is the same one: pipelines repeat what was not
/// answered. Later it is another one, because rolling out the same revision anew can break things too.
pub const SAID_AGAIN_WITHIN: TimeDelta = TimeDelta::minutes(10);
/// A planned start further ahead is not believed.
pub const PLANNED_WITHIN: TimeDelta = TimeDelta::days(366);
/// Changes older than this are removed.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(90);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ChangeKind {
    #[default]
    Deployment,
    Config,
    Infrastructure,
}

impl ChangeKind {
    pub const ALL: [ChangeKind; 3] = [Self::Deployment, Self::Config, Self::Infrastructure];

    /// As it is posted.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deployment => "deployment",
            Self::Config => "config",
            Self::Infrastructure => "infrastructure",
        }
    }

    /// In a sentence: "a change of the configuration".
    pub fn words(self) -> &'static str {
        match self {
            Self::Deployment => "a deployment",
            Self::Config => "a change of the configuration",
            Self::Infrastructure => "a change of the infrastructure",
        }
    }

    pub fn from_name(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.name().eq_ignore_ascii_case(word.trim()))
    }
}

/// What one posted change says, checked and cut by whoever read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NewChange {
    pub kind: ChangeKind,
    /// Its own `service`, honoured when it names one of ours.
    pub service: Option<String>,
    pub summary: Option<String>,
    pub revision: Option<String>,
    pub previous: Option<String>,
    pub by: Option<String>,
    pub environment: Option<String>,
    pub links: Vec<Link>,
    /// When it was made, by the sender's clock.
    pub at: Option<String>,
    /// When it is planned for, by the sender's clock.
    pub starts_at: Option<String>,
    /// Everything else that was said.
    pub details: serde_json::Value,
}

impl NewChange {
    /// What makes two changes of one service the same: everything but who said it and how.
    pub fn content(&self) -> [&str; 7] {
        [
            self.kind.name(),
            self.revision.as_deref().unwrap_or_default(),
            self.previous.as_deref().unwrap_or_default(),
            self.environment.as_deref().unwrap_or_default(),
            self.summary.as_deref().unwrap_or_default(),
            self.at.as_deref().unwrap_or_default(),
            self.starts_at.as_deref().unwrap_or_default(),
        ]
    }

    /// What the team's routing rules can match: kind, environment, and every simple value that came with it.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::from([("kind".to_owned(), self.kind.name().to_owned())]);
        labels.extend(self.environment.iter().map(|e| ("environment".to_owned(), e.clone())));
        let custom = self.details.get("custom_details").and_then(serde_json::Value::as_object);
        for (name, value) in self.details.as_object().into_iter().chain(custom).flatten() {
            let text = match value {
                serde_json::Value::String(text) => text.clone(),
                serde_json::Value::Number(number) => number.to_string(),
                serde_json::Value::Bool(is) => is.to_string(),
                _ => continue,
            };
            labels.entry(name.clone()).or_insert(text);
        }
        labels
    }

    /// When it takes effect, and whether that was planned. A time that cannot be true is not believed (contract).
    pub fn takes_effect(&self, now: Instant) -> (Instant, bool) {
        let believed = |text: &Option<String>, ahead: TimeDelta| {
            let time = text.as_deref().and_then(parse_timestamp)?;
            (time >= now - BELIEVED_PAST && time <= now + ahead).then_some(time)
        };
        if let Some(start) = believed(&self.starts_at, PLANNED_WITHIN) {
            return (start, true);
        }
        // A clock that is a little ahead does not make a change of the future out of one that was made.
        let made = believed(&self.at, BELIEVED_FUTURE).map_or(now, |at| at.min(now));
        (made, false)
    }

    /// A change that says when it was made is the same one whenever it is said again.
    pub fn has_time(&self) -> bool {
        self.at.is_some() || self.starts_at.is_some()
    }
}

/// One change, as stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ChangeEvent {
    pub id: ChangeId,
    pub kind: ChangeKind,
    pub service: ServiceId,
    /// One line; made from the revision when nobody wrote one.
    pub summary: String,
    pub revision: Option<String>,
    pub previous: Option<String>,
    /// Who made it: a name as the sender writes it, not an id of ours.
    pub by: Option<String>,
    pub environment: Option<String>,
    pub links: Vec<Link>,
    /// When it takes effect: the planned start, else the sender's time when that can be believed, else when it was first heard of.
    pub at: Instant,
    /// It was announced with a start of its own.
    pub planned: bool,
    /// The sender's own words for the time, kept as sent.
    pub claimed_at: Option<String>,
    #[ts(type = "unknown")]
    pub details: serde_json::Value,
    /// Which integration said it; `None`: the command line.
    pub integration: Option<IntegrationId>,
    /// How often it was said, 1 or more.
    pub count: u64,
    pub first_seen: Instant,
    pub last_seen: Instant,
}

impl ChangeEvent {
    /// A change that was not known before.
    pub fn begin(
        id: ChangeId,
        service: ServiceId,
        integration: Option<IntegrationId>,
        new: NewChange,
        now: Instant,
    ) -> Self {
        let summary = new.summary.clone().unwrap_or_else(|| summary_of(&new));
        let (at, planned) = new.takes_effect(now);
        Self {
            id,
            kind: new.kind,
            service,
            summary,
            revision: new.revision,
            previous: new.previous,
            by: new.by,
            environment: new.environment,
            links: new.links,
            at,
            planned,
            claimed_at: new.starts_at.or(new.at),
            details: new.details,
            integration,
            count: 1,
            first_seen: now,
            last_seen: now,
        }
    }

    /// True when `new`, which has the same content, is this one said again.
    pub fn is_said_again(&self, new: &NewChange, now: Instant) -> bool {
        new.has_time() || now - self.last_seen <= SAID_AGAIN_WITHIN
    }

    /// The same said again: counted; what the first one left open is filled in.
    pub fn fold(&mut self, new: NewChange, now: Instant) {
        self.count += 1;
        self.last_seen = self.last_seen.max(now);
        self.by = self.by.take().or(new.by);
        if self.links.is_empty() {
            self.links = new.links;
        }
    }

    /// What it is called in a sentence: its revision, or its summary.
    pub fn name(&self) -> &str {
        self.revision.as_deref().unwrap_or(&self.summary)
    }
}

fn summary_of(new: &NewChange) -> String {
    let what = match new.kind {
        ChangeKind::Deployment => "Deployed",
        ChangeKind::Config => "Configuration changed to",
        ChangeKind::Infrastructure => "Infrastructure changed to",
    };
    let mut words = format!("{what} {}", new.revision.as_deref().unwrap_or("an unnamed revision"));
    if let Some(environment) = &new.environment {
        words.push_str(&format!(" in {environment}"));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn deployed(revision: &str) -> NewChange {
        NewChange { revision: Some(revision.into()), ..NewChange::default() }
    }

    fn begun(new: NewChange, now: Instant) -> ChangeEvent {
        ChangeEvent::begin(ChangeId(uuid::Uuid::nil()), "shop".into(), None, new, now)
    }

    #[test]
    fn a_time_that_cannot_be_true_is_replaced_by_ours_and_kept_in_its_words() {
        let now = t("2026-11-21T02:13:00Z");
        for claimed in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday", ""] {
            let change = begun(NewChange { at: Some(claimed.into()), ..deployed("v2") }, now);
            assert_eq!((change.at, change.claimed_at.as_deref()), (now, Some(claimed)));
            let planned = begun(NewChange { starts_at: Some(claimed.into()), ..deployed("v2") }, now);
            assert_eq!((planned.at, planned.planned), (now, false), "{claimed}");
            assert_eq!(planned.claimed_at.as_deref(), Some(claimed));
        }
        let made = begun(NewChange { at: Some("2026-11-21T02:02:00Z".into()), ..deployed("v2") }, now);
        assert_eq!(made.at, t("2026-11-21T02:02:00Z"));
        let ahead = begun(NewChange { at: Some("2026-11-21T02:20:00Z".into()), ..deployed("v2") }, now);
        assert_eq!(ahead.at, now, "the sender's clock is ahead");
    }

    #[test]
    fn a_planned_change_takes_effect_at_its_start() {
        let now = t("2026-11-21T02:13:00Z");
        let new = NewChange { starts_at: Some("2026-11-24T20:00:00+01:00".into()), ..deployed("v2") };
        let change = begun(new, now);
        assert_eq!((change.at, change.planned), (t("2026-11-24T19:00:00Z"), true));
    }

    #[test]
    fn a_repetition_is_counted_and_a_second_roll_out_is_not_one() {
        let now = t("2026-11-21T02:13:00Z");
        let mut change = begun(deployed("v2"), now);
        let soon = now + TimeDelta::minutes(9);
        assert!(change.is_said_again(&deployed("v2"), soon));
        change.fold(NewChange { by: Some("ci".into()), ..deployed("v2") }, soon);
        assert_eq!((change.count, change.last_seen, change.by.as_deref()), (2, soon, Some("ci")));
        assert!(!change.is_said_again(&deployed("v2"), soon + TimeDelta::minutes(11)));
        let timed = NewChange { at: Some("2026-11-21T02:00:00Z".into()), ..deployed("v2") };
        assert!(begun(timed.clone(), now).is_said_again(&timed, now + TimeDelta::days(3)));
    }

    #[test]
    fn who_wrote_no_summary_is_given_one() {
        let now = t("2026-11-21T02:13:00Z");
        let change = begun(NewChange { environment: Some("production".into()), ..deployed("v3.4.2") }, now);
        assert_eq!(change.summary, "Deployed v3.4.2 in production");
        let own = NewChange { summary: Some("Checkout on the new tax table".into()), ..deployed("v2") };
        assert_eq!(begun(own, now).summary, "Checkout on the new tax table");
    }
}
