//! Typed ids. Slugs are chosen by the team and stand in its file; the others are UUIDs made by a program.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;
use uuid::Uuid;

macro_rules! slug_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub String);
        impl $name {
            pub fn new(slug: impl Into<String>) -> Self { Self(slug.into()) }
            pub fn as_str(&self) -> &str { &self.0 }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(&self.0) }
        }
        impl From<&str> for $name { fn from(slug: &str) -> Self { Self(slug.to_owned()) } }
    )*};
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        #[ts(type = "string")]
        pub struct $name(pub Uuid);
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(s: &str) -> Result<Self, Self::Err> { Uuid::parse_str(s).map(Self) }
        }
    )*};
}

slug_id! {
    /// A member of the team.
    PersonId
    /// A set of people.
    GroupId
    ServiceId
    PolicyId
    ScheduleId
    IntegrationId
}

uuid_id! {
    /// Something that is to be done so that it does not happen again.
    ActionId
    AlertId
    /// A deployment or another change, as it was posted.
    ChangeId
    PageId
    DeviceId
    /// Another way to reach a person: ntfy or a signed webhook.
    ChannelId
    /// A maintenance window in which alerts are kept but do not ring.
    SilenceId
    /// Made by whoever declares it, so that much can be written about it before the team knows of it.
    IncidentId
    /// An entry of a timeline.
    EntryId
    /// A status update that was sent.
    UpdateId
    RunbookId
    /// A command of a runbook, run once.
    RunId
}

/// True for 1–64 characters of `a-z`, `0-9` and `-`, starting with a letter or digit.
pub fn is_slug(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// One ringing of one person: (page, round, step, person). A device presents each raise once, however often
/// it is sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct RaiseId {
    pub page: PageId,
    /// Counts up over the whole life of the page, never restarts.
    pub round: u32,
    pub step: u32,
    pub person: PersonId,
}

impl fmt::Display for RaiseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.page, self.round, self.step, self.person)
    }
}
