//! What is going to happen to a page, and when.

use crate::liveness::ChannelKind;
use crate::{ChannelId, Instant, RaiseId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimerKey {
    /// The next step of the chain.
    Step,
    /// The next round, or the alarm of the admins.
    Round,
    /// Acknowledged and forgotten.
    Forgotten,
    SnoozeEnd,
    Channel {
        raise: RaiseId,
        channel: ChannelId,
        channel_kind: ChannelKindKey,
    },
}

/// [`ChannelKind`] with an order, for keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKindKey {
    Ntfy,
    Webhook,
}

impl From<ChannelKind> for ChannelKindKey {
    fn from(kind: ChannelKind) -> Self {
        match kind {
            ChannelKind::Ntfy => Self::Ntfy,
            ChannelKind::Webhook => Self::Webhook,
        }
    }
}
impl From<ChannelKindKey> for ChannelKind {
    fn from(kind: ChannelKindKey) -> Self {
        match kind {
            ChannelKindKey::Ntfy => Self::Ntfy,
            ChannelKindKey::Webhook => Self::Webhook,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Timer {
    pub key: TimerKey,
    pub due: Instant,
}
