//! Bodies of `/api/v1`.

use firebell_domain::liveness::{ChannelKind, Liveness};
use firebell_domain::postmortem::TrackerSetup;
use firebell_domain::{ChannelId, DeviceId, Instant, PersonId, ServiceId, SilenceId, Span};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `application/problem+json` (RFC 9457) with a stable `code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    /// Stable, for programs: `unauthorized`, `not_found`, `bad_input`, …
    pub code: String,
    /// For people: what is wrong and what to do.
    pub detail: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FieldError {
    /// `channels[0].url`, `payload.summary`, …
    pub field: String,
    pub words: String,
}

/// `POST /api/v1/devices`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrolRequest {
    /// The one-time token of the invite link.
    pub token: String,
    /// What the person calls this computer; 1–100 characters.
    pub device_name: String,
    /// `linux-x86_64`, …
    #[serde(default)]
    pub platform: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnrolResponse {
    pub device: DeviceId,
    /// 256 random bits. The server keeps only its hash; the desktop keeps it in the keychain.
    pub device_token: String,
    pub person: PersonId,
    pub name: String,
    pub team: String,
}

/// `GET /api/v1/devices`: one's own; all of them for admins.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct DeviceView {
    pub device: DeviceId,
    pub person: PersonId,
    pub name: String,
    pub enrolled_at: Instant,
    pub last_answer: Option<Instant>,
    pub liveness: Liveness,
}

/// `POST /api/v1/me/channels`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NewChannel {
    pub kind: ChannelKind,
    /// ntfy: the topic's whole address, `https://ntfy.sh/my-topic`. Webhook: where to POST.
    pub url: String,
    /// How long no desktop has answered before it is used: 0s to 1h.
    pub delay: Span,
    /// ntfy access token, when the topic wants one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// `GET /api/v1/me/channels`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ChannelView {
    pub id: ChannelId,
    pub kind: ChannelKind,
    pub url: String,
    pub delay: Span,
    /// The webhook's signing secret; only in the answer to its creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    pub last_used: Option<Instant>,
    /// Why the last use failed, in words.
    pub last_error: Option<String>,
}

/// `POST /api/v1/silences`: alerts are kept but do not ring.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct NewSilence {
    /// All services when absent.
    #[serde(default)]
    pub service: Option<ServiceId>,
    /// Now when absent.
    #[serde(default)]
    pub starts_at: Option<Instant>,
    /// At most 30 days after the start.
    pub ends_at: Instant,
    /// 1–500 characters.
    pub reason: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct SilenceView {
    pub id: SilenceId,
    pub service: Option<ServiceId>,
    pub starts_at: Instant,
    pub ends_at: Instant,
    pub reason: String,
    pub by: Option<PersonId>,
}

/// Where the team's tickets are made; never with the token that opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct TrackerView {
    pub setup: TrackerSetup,
    /// When it last told how its tickets go.
    pub last_heard: Option<Instant>,
    /// Why it did not, the last time it was asked.
    pub last_error: Option<String>,
}

/// `PUT /api/v1/tracker`.
#[derive(Clone, Serialize, Deserialize, TS)]
pub struct SaveTracker {
    pub setup: TrackerSetup,
    /// `None`: the one that is there stays, which goes only with the same address and account.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub token: Option<String>,
}
