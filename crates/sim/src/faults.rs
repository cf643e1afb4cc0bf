//! What fails, how often, and for how long.

use crate::queue::Ms;
use rand::RngExt;
use rand::rngs::StdRng;
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    NodeCrash,
    NodePause,
    EverythingRestarts,
    DesktopCrash,
    DesktopCutOff,
    OfficeCutOff,
    ConnectionBreaks,
    LateMessage,
    RepeatedMessage,
    SwappedMessages,
    LostAnswer,
    LostWake,
    ChannelFails,
    SignOff,
    // Of the worlds of the library.
    ServerCrash,
    CrashBeforeCommit,
    CrashAfterCommit,
    RepeatedSubmission,
    LostFetch,
    LateFetch,
    Compaction,
    RestoredBackup,
    ClonedDisk,
    ClockSet,
    UnknownChange,
    JoinedLate,
    Updated,
    RefusedWrite,
    Forked,
}

/// How bad this world is; drawn once.
#[derive(Clone, Debug)]
pub struct Weather {
    /// Between two large faults, on average.
    pub fault_every: Ms,
    pub late: f64,
    pub repeated: f64,
    pub swapped: f64,
    pub lost_answer: f64,
    pub lost_wake: f64,
    pub channel_fails: f64,
}

impl Weather {
    pub fn draw(rng: &mut StdRng) -> Self {
        let bad = |rng: &mut StdRng, most: f64| {
            if rng.random_bool(0.5) { 0.0 } else { rng.random_range(0.0..most) }
        };
        Self {
            fault_every: rng.random_range(60_000..1_200_000),
            late: bad(rng, 0.2),
            repeated: bad(rng, 0.05),
            swapped: bad(rng, 0.02),
            lost_answer: bad(rng, 0.2),
            lost_wake: bad(rng, 0.3),
            channel_fails: bad(rng, 0.5),
        }
    }
}

pub type Counts = BTreeMap<Fault, u64>;

pub fn draw(rng: &mut StdRng) -> Fault {
    use Fault::*;
    let kinds = [
        NodeCrash,
        NodeCrash,
        NodePause,
        EverythingRestarts,
        DesktopCrash,
        DesktopCrash,
        DesktopCutOff,
        DesktopCutOff,
        OfficeCutOff,
        ConnectionBreaks,
        ConnectionBreaks,
        SignOff,
    ];
    kinds[rng.random_range(0..kinds.len())]
}

/// Mostly short, sometimes long enough to matter.
pub fn duration(rng: &mut StdRng) -> Ms {
    match rng.random_range(0..10) {
        0..=4 => rng.random_range(200..20_000),
        5..=7 => rng.random_range(20_000..180_000),
        _ => rng.random_range(180_000..1_500_000),
    }
}
