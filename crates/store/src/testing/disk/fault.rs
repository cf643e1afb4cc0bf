//! What can go wrong with a disk.

/// What happens at an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This one fails; a failed write may have written a part. Of what a failed sync should have kept, some is lost for
    /// good though it can still be read until the power goes, as on Linux.
    Io,
    /// From here on nothing more fits, until [`Disk::make_room`].
    Full,
    /// The power goes: from here on everything fails, until [`Disk::crash`].
    PowerCut,
}

/// What a power cut leaves of the changes that were not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Nothing.
    Lost,
    /// The first ones, the last of them in part.
    Torn,
    /// Any of them, each in part or in whole.
    Reordered,
    /// Everything: only the process died. What was not synced is still not safe from the next crash.
    Killed,
}
