//! How a service is, as its health address answers (domain §5).

use crate::{Instant, ServiceId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Whose network reaches the health address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum HealthFrom {
    /// The team server's.
    #[default]
    Server,
    /// The engineer's: a VPN, an office.
    Desktop,
}

impl HealthFrom {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// One look at a health address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct HealthCheck {
    pub service: ServiceId,
    pub from: HealthFrom,
    /// When it was looked at, by the clock of whoever looked.
    pub at: Instant,
    pub outcome: HealthOutcome,
}

/// What was found. `ms`: from the question to the answer's first line, or to giving up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum HealthOutcome {
    /// It answers, with a status of 200 to 299.
    Ok { status: u16, ms: u64 },
    /// It answers otherwise. `status` is absent when what came was no HTTP.
    Failed { status: Option<u16>, ms: u64, words: String },
    /// It does not answer.
    Unreachable { ms: u64, words: String },
    /// It was not asked, because of its address; says nothing about the service.
    NotAllowed { words: String },
}

impl HealthOutcome {
    /// One line: "ok: 200 in 48 ms".
    pub fn line(&self) -> String {
        match self {
            Self::Ok { status, ms } => format!("ok: {status} in {ms} ms"),
            Self::Failed { status: Some(status), ms, words } => {
                format!("failed: {status} in {ms} ms. {words}")
            }
            Self::Failed { status: None, words, .. } => format!("failed: {words}"),
            Self::Unreachable { ms, words } => format!("unreachable after {ms} ms: {words}"),
            Self::NotAllowed { words } => format!("not looked at: {words}"),
        }
    }
}
