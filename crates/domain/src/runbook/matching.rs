//! Which runbook belongs to an alert: by its link, else by its labels, else by its service (domain §7).

use crate::RunbookId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What is known of an alert or a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Firing<'a> {
    pub service: Option<&'a str>,
    /// The link that the monitoring system gave, or the service's.
    pub url: Option<&'a str>,
    /// One set for each alert.
    pub labels: Vec<&'a BTreeMap<String, String>>,
}

/// What a runbook says that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    pub id: RunbookId,
    pub service: Option<&'a str>,
    pub urls: &'a [String],
    /// All of them have to match; without any, it is not found by labels.
    pub labels: &'a BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "RunbookMatchedBy")]
pub enum MatchedBy {
    Url,
    Label,
    Service,
}

/// The runbook that fits best, and why. Of several by label the one with more labels, then the one of the same service;
/// of several by service the one without labels of its own, which is not about one alert alone. What remains equal is
/// decided by the order of the candidates.
pub fn runbook_for(firing: &Firing, candidates: &[Candidate]) -> Option<(RunbookId, MatchedBy)> {
    let is_mine = |c: &&Candidate| c.service.is_some() && c.service == firing.service;
    if let Some(url) = firing.url.map(bare).filter(|url| !url.is_empty()) {
        let named = |c: &&Candidate| c.urls.iter().any(|u| bare(u) == url);
        if let Some(found) = candidates.iter().find(named) {
            return Some((found.id, MatchedBy::Url));
        }
    }
    let fits = |c: &&Candidate| {
        let all_in =
            |labels: &&BTreeMap<String, String>| c.labels.iter().all(|(k, v)| labels.get(k) == Some(v));
        !c.labels.is_empty() && firing.labels.iter().any(all_in)
    };
    // The first of the best: `min_by_key` keeps the order of the candidates.
    let best = candidates.iter().filter(fits).min_by_key(|c| (usize::MAX - c.labels.len(), !is_mine(c)));
    if let Some(found) = best {
        return Some((found.id, MatchedBy::Label));
    }
    let of_service = candidates.iter().filter(is_mine).min_by_key(|c| !c.labels.is_empty());
    of_service.map(|found| (found.id, MatchedBy::Service))
}

/// Without what does not change where a link leads.
fn bare(url: &str) -> &str {
    let url = url.trim();
    url.split_once('#').map_or(url, |(before, _)| before).trim_end_matches('/')
}
