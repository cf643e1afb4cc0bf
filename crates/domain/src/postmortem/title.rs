//! `[SEV-2] Checkout answers with errors - 2026-11-26` (domain §8).

use crate::incident::Moments;
use crate::{Instant, Severity};
use chrono::NaiveDate;

/// The title that a postmortem has unless somebody writes another one. The day is that of the impact's beginning, in UTC.
pub fn usual_title(severity: Severity, incident: &str, moments: &Moments) -> String {
    let what = incident.trim();
    let title = format!("[SEV-{}] {what}", severity.number());
    match began(moments) {
        Some(at) => format!("{title} - {}", day(at)),
        None => title,
    }
}

/// When users began to suffer, as far as anybody knows.
pub(super) fn began(moments: &Moments) -> Option<Instant> {
    moments.impact_started_at.or(moments.detected_at).or(moments.declared_at)
}

fn day(at: Instant) -> NaiveDate {
    at.date_naive()
}
