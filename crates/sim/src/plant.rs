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
    /// The team's server answers before its disk has what it answers for, and a crash takes it.
    ServerSyncDropped,
    /// A desktop says "saved" before its disk has it.
    DesktopSyncDropped,
    /// A part of the log lacks an operation, and nobody notices.
    HoleSkipped,
    /// A server that was restored from a backup goes on in the same era.
    EraIgnored,
    /// Of two writes of a field, the one that came last counts, wherever it came last.
    LastArrivalWins,
    /// Two different operations of one name are both answered with yes.
    ForkAccepted,
}

impl Plant {
    pub const ALL: [Plant; 11] = [
        Self::NoDedup,
        Self::EpochIgnored,
        Self::OutboxAfterSend,
        Self::UnknownTakenForDead,
        Self::NoBackstop,
        Self::ServerSyncDropped,
        Self::DesktopSyncDropped,
        Self::HoleSkipped,
        Self::EraIgnored,
        Self::LastArrivalWins,
        Self::ForkAccepted,
    ];

    /// Planted in the worlds of the library; the others in those of paging.
    pub fn is_of_library(self) -> bool {
        matches!(
            self,
            Self::ServerSyncDropped
                | Self::DesktopSyncDropped
                | Self::HoleSkipped
                | Self::EraIgnored
                | Self::LastArrivalWins
                | Self::ForkAccepted
        )
    }
}
