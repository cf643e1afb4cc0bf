//! What a device reports of a raise, in the order in which it happens.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `Sent` is the server's own word; the others are the device's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ReceiptState {
    /// The server wrote it to the device's connection.
    Sent,
    /// The desktop has it in its durable ledger.
    Delivered,
    /// The notification server took it, or the pager window is on the screen.
    Shown,
    /// The person moved to it: focus on the pager window, or a click.
    Seen,
}
