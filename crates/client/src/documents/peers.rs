//! The cursors of others in an open text.

use firebell_log::TextChange;
use firebell_protocol::library::Peer;
use std::collections::BTreeMap;

/// Without news for so long, somebody is not there any more.
const GONE_AFTER_MS: u64 = 60_000;

#[derive(Default)]
pub(super) struct Peers {
    /// By device, with the time of the last news.
    seen: BTreeMap<String, (Peer, u64)>,
}

impl Peers {
    /// `len`: of the text, in UTF-16 units. Their text may be ahead of this one.
    pub fn seen(&mut self, mut peer: Peer, len: u32, awake_ms: u64) {
        peer.selection = (peer.selection.0.min(len), peer.selection.1.min(len));
        self.seen.insert(peer.device.clone(), (peer, awake_ms));
    }

    pub fn left(&mut self, device: &str) {
        self.seen.remove(device);
    }

    pub fn now(&mut self, awake_ms: u64) -> Vec<Peer> {
        self.seen.retain(|_, (_, heard)| awake_ms.saturating_sub(*heard) < GONE_AFTER_MS);
        self.seen.values().map(|(peer, _)| peer.clone()).collect()
    }

    /// The text changed under them.
    pub fn moved(&mut self, changes: &[TextChange]) {
        for (peer, _) in self.seen.values_mut() {
            for change in changes {
                peer.selection = (through(peer.selection.0, change), through(peer.selection.1, change));
            }
        }
    }
}

/// Where an offset is after a change. What is typed right at a cursor comes behind it.
fn through(offset: u32, change: &TextChange) -> u32 {
    if offset <= change.at {
        offset
    } else if offset < change.at + change.delete {
        change.at
    } else {
        offset - change.delete + (change.end() - change.at)
    }
}
