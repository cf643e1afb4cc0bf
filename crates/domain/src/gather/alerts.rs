//! Alerts as a list shows them.

use crate::alert::{Alert, cut};
use crate::{AlertId, Instant, PageId, ServiceId, Severity};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Labels that name a region, the plainest first.
const REGION_LABELS: [&str; 7] = [
    "region",
    "aws_region",
    "cloud_region",
    "gcp_region",
    "topology_kubernetes_io_region",
    "datacenter",
    "dc",
];

/// One alert without its details: hundreds of them fit into one answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct AlertGlance {
    pub id: AlertId,
    pub service: ServiceId,
    pub severity: Severity,
    pub page: PageId,
    pub firing: bool,
    pub summary: String,
    pub source: Option<String>,
    /// Where it fires, when a label says so.
    pub region: Option<String>,
    pub count: u64,
    pub started_at: Instant,
    pub last_seen: Instant,
    pub resolved_at: Option<Instant>,
}

impl AlertGlance {
    pub fn of(alert: Alert) -> Self {
        Self {
            id: alert.id,
            service: alert.service,
            severity: alert.severity,
            page: alert.page,
            firing: alert.firing,
            summary: alert.summary,
            source: alert.source,
            region: region_of(&alert.labels),
            count: alert.count,
            started_at: alert.started_at,
            last_seen: alert.last_seen,
            resolved_at: alert.resolved_at,
        }
    }
}

/// The region that labels name, at most 100 characters.
pub fn region_of(labels: &BTreeMap<String, String>) -> Option<String> {
    let named = REGION_LABELS.iter().find_map(|name| labels.get(*name))?;
    Some(named.trim()).filter(|r| !r.is_empty()).map(|r| cut(r, 100))
}
