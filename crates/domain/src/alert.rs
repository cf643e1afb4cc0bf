//! One alert of a monitoring system, from the first signal to its end, and how signals of the same thing fold.

use crate::{AlertId, Instant, IntegrationId, PageId, ServiceId, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Characters kept of a summary; longer ones are cut and marked (contract).
pub const SUMMARY_MAX: usize = 1_024;
/// Characters of a dedup key; longer ones are hashed by the adapter (contract).
pub const DEDUP_KEY_MAX: usize = 255;
/// Characters kept of a description.
pub const DESCRIPTION_MAX: usize = 16_384;
/// A timestamp further away than this is not believed (contract: "in the far past or future").
pub const BELIEVED_PAST: chrono::TimeDelta = chrono::TimeDelta::days(30);
pub const BELIEVED_FUTURE: chrono::TimeDelta = chrono::TimeDelta::hours(24);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum SignalKind {
    Trigger,
    Acknowledge,
    Resolve,
}

/// What an adapter makes of one alert in a request body: a monitoring system's words, checked and cut.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    pub kind: SignalKind,
    pub dedup_key: String,
    pub summary: String,
    pub description: Option<String>,
    pub source: Option<String>,
    /// The monitoring system's own severity word, when it gave one.
    pub severity_label: Option<String>,
    /// The payload's own `service`, honoured when it names one of ours.
    pub service: Option<String>,
    pub labels: BTreeMap<String, String>,
    /// Everything else the payload said, kept and shown under "details".
    pub details: serde_json::Value,
    pub runbook: Option<String>,
    pub links: Vec<Link>,
    /// When it started, by the monitoring system's clock; checked by [`believed_start`].
    pub claimed_at: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Link {
    pub href: String,
    pub text: String,
}

/// Where a signal goes: decided by [`route`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub integration: IntegrationId,
    pub service: ServiceId,
    pub severity: Severity,
}

/// The service and severity of a signal: the payload's own `service` when it names one of ours, else the first
/// matching rule's, else the integration's (contract). Severity: the rule's, else the label as the integration,
/// the service and then the field read it, else the service's default.
pub fn route(
    team: &crate::team::Team,
    integration: &crate::team::Integration,
    signal: &Signal,
) -> Option<Route> {
    let rule = rule_for(integration, &signal.labels);
    let service = service_for(team, integration, signal.service.as_deref(), &signal.labels)?;
    let label = signal.severity_label.as_deref();
    let severity = rule
        .and_then(|r| r.severity)
        .or_else(|| label.and_then(|l| look_up(&integration.severities, l)))
        .or_else(|| label.and_then(|l| look_up(&service.severities, l)))
        .or_else(|| label.and_then(Severity::from_label))
        .unwrap_or(service.default_severity);
    Some(Route { integration: integration.id.clone(), service: service.id.clone(), severity })
}

fn rule_for<'a>(
    integration: &'a crate::team::Integration,
    labels: &BTreeMap<String, String>,
) -> Option<&'a crate::team::RoutingRule> {
    integration.rules.iter().find(|r| r.matches.iter().all(|(label, value)| labels.get(label) == Some(value)))
}

/// The service that something posted is about: the one it names when that is one of ours, else the first matching rule's,
/// else the integration's (contract). `None` when the integration's own is gone.
pub fn service_for<'a>(
    team: &'a crate::team::Team,
    integration: &crate::team::Integration,
    named: Option<&str>,
    labels: &BTreeMap<String, String>,
) -> Option<&'a crate::team::Service> {
    let named = named.and_then(|s| team.service(&ServiceId::new(s.trim())));
    let by_rule = || rule_for(integration, labels)?.service.as_ref().and_then(|s| team.service(s));
    named.or_else(by_rule).or_else(|| team.service(&integration.service))
}

fn look_up(map: &BTreeMap<String, Severity>, label: &str) -> Option<Severity> {
    map.iter().find(|(word, _)| word.eq_ignore_ascii_case(label.trim())).map(|(_, s)| *s)
}

/// The claimed start when it can be read and lies within 30 days before and a day after `now`; else `now`.
pub fn believed_start(claimed: Option<&str>, now: Instant) -> Instant {
    claimed
        .and_then(parse_timestamp)
        .filter(|t| *t >= now - BELIEVED_PAST && *t <= now + BELIEVED_FUTURE)
        .map_or(now, |t| t.min(now))
}

/// RFC 3339, the same with `+0000`, or Unix seconds.
pub(crate) fn parse_timestamp(text: &str) -> Option<Instant> {
    let t = text.trim();
    chrono::DateTime::parse_from_rfc3339(t)
        .or_else(|_| chrono::DateTime::parse_from_str(t, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .or_else(|_| chrono::DateTime::parse_from_str(t, "%Y-%m-%d %H:%M:%S%.f%z"))
        .map(|t| t.to_utc())
        .ok()
        .or_else(|| t.parse::<i64>().ok().and_then(|s| chrono::DateTime::from_timestamp(s, 0)))
}

/// One alert, as stored and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Alert {
    pub id: AlertId,
    pub integration: IntegrationId,
    pub dedup_key: String,
    pub service: ServiceId,
    pub severity: Severity,
    pub page: PageId,
    pub firing: bool,
    pub summary: String,
    pub description: Option<String>,
    pub source: Option<String>,
    pub runbook: Option<String>,
    pub links: Vec<Link>,
    pub labels: BTreeMap<String, String>,
    #[ts(type = "unknown")]
    pub details: serde_json::Value,
    /// How often it was said, 1 or more.
    pub count: u64,
    /// By the monitoring system's clock when that can be believed.
    pub started_at: Instant,
    /// Its own words for that, kept as sent.
    pub claimed_at: Option<String>,
    pub first_seen: Instant,
    pub last_seen: Instant,
    pub resolved_at: Option<Instant>,
}

impl Alert {
    /// A new alert, firing, from its first signal.
    pub fn open(id: AlertId, page: PageId, route: &Route, signal: &Signal, now: Instant) -> Self {
        Self {
            id,
            integration: route.integration.clone(),
            dedup_key: signal.dedup_key.clone(),
            service: route.service.clone(),
            severity: route.severity,
            page,
            firing: true,
            summary: signal.summary.clone(),
            description: signal.description.clone(),
            source: signal.source.clone(),
            runbook: signal.runbook.clone(),
            links: signal.links.clone(),
            labels: signal.labels.clone(),
            details: signal.details.clone(),
            count: 1,
            started_at: believed_start(signal.claimed_at.as_deref(), now),
            claimed_at: signal.claimed_at.clone(),
            first_seen: now,
            last_seen: now,
            resolved_at: None,
        }
    }

    /// The same thing said again: counted, with the newest words; the worse severity of the two.
    pub fn fold(&mut self, route: &Route, signal: &Signal, now: Instant) {
        self.count += 1;
        self.last_seen = self.last_seen.max(now);
        self.severity = self.severity.min(route.severity);
        self.summary.clone_from(&signal.summary);
        self.details.clone_from(&signal.details);
        if signal.description.is_some() {
            self.description.clone_from(&signal.description);
        }
        if signal.runbook.is_some() {
            self.runbook.clone_from(&signal.runbook);
        }
    }

    pub fn resolve(&mut self, now: Instant) {
        self.firing = false;
        self.resolved_at = Some(now);
        self.last_seen = self.last_seen.max(now);
    }
}

/// Cut to `max` characters; the last one shows that something is missing.
pub fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => {
            let end = text.char_indices().nth(max.saturating_sub(1)).map_or(0, |(i, _)| i);
            format!("{}…", &text[..end])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }

    #[test]
    fn a_timestamp_that_cannot_be_true_is_not_believed() {
        let now = t("2026-11-21T02:13:00Z");
        for claimed in ["1970-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday", "", "0"] {
            assert_eq!(believed_start(Some(claimed), now), now, "{claimed}");
        }
        assert_eq!(believed_start(Some("2026-11-21T02:10:00.5+0000"), now), t("2026-11-21T02:10:00.5Z"));
        assert_eq!(believed_start(Some("2026-11-21T02:10:00Z"), now), t("2026-11-21T02:10:00Z"));
    }

    #[test]
    fn a_long_summary_is_cut_and_marked() {
        let long = "é".repeat(5_000);
        let kept = cut(&long, SUMMARY_MAX);
        assert_eq!(kept.chars().count(), SUMMARY_MAX);
        assert!(kept.ends_with('…'));
        assert_eq!(cut("short", SUMMARY_MAX), "short");
    }
}
