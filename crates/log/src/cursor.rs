//! Where a follower stands.

use firebell_domain::DeviceId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// One life of the team's log. Minted anew when the log is restored from a backup: numbers of another era mean
/// nothing, and a desktop that holds one starts over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
#[ts(type = "string")]
pub struct Era(pub Uuid);

/// What is followed together: all of it. What a person may not see of it, they are not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    Team,
}

/// "I have everything up to and including `seq` of this era." Sequences begin at 1 and have no holes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
pub struct Cursor {
    pub era: Era,
    pub seq: u64,
}

/// What a device asked: every counter is answered exactly once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
pub struct CommandId {
    pub device: DeviceId,
    /// 1, 2, 3, … for the life of the device.
    pub counter: u64,
}
