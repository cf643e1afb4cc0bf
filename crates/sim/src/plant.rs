//! Mistakes to plant: a simulator that does not notice them proves nothing.

use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// A signal that is sent again is taken for a new alert.
    NoDedup,
    /// A node that was paused in the middle of a decision stores it over what others decided meanwhile.
    EpochIgnored,
    /// Desktops are told before the commit, which then may not happen.
    OutboxAfterSend,
    /// A node that has just started takes silence for death.
    UnknownTakenForDead,
    /// A node forgets to look at the timers of others when no signal comes.
    NoBackstop,
}

impl Plant {
    pub const ALL: [Plant; 5] = [
        Self::NoDedup,
        Self::EpochIgnored,
        Self::OutboxAfterSend,
        Self::UnknownTakenForDead,
        Self::NoBackstop,
    ];
}
