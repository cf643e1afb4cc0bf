//! Whether somebody has looked at a runbook, as it stands now.

use crate::{Instant, PersonId, Span};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use ts_rs::TS;

/// Somebody has read the whole body and found it true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "RunbookReviewed")]
pub struct Reviewed {
    pub by: PersonId,
    pub at: Instant,
    /// [`digest`] of the body that was read. Another body is not reviewed.
    pub digest: String,
}

/// SHA-256 of a body, in hex.
pub fn digest(body: &str) -> String {
    Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// How far a review carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "RunbookStanding")]
pub enum Standing {
    /// Nobody has said so.
    Never,
    /// Its text was changed afterwards.
    Changed,
    /// Longer ago than the team wants; its commands can still be run.
    Due,
    Good,
}

/// `every`: the playbook's time between two reviews.
pub fn standing(reviewed: Option<&Reviewed>, digest: &str, now: Instant, every: Span) -> Standing {
    match reviewed {
        None => Standing::Never,
        Some(reviewed) if reviewed.digest != digest => Standing::Changed,
        Some(reviewed) if now - reviewed.at > every.delta() => Standing::Due,
        Some(_) => Standing::Good,
    }
}
