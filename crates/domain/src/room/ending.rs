//! What is still open when somebody resolves or closes an incident. It never keeps them from it: they are told before.

use super::{NeedState, Room, Source};
use crate::Instant;
use crate::incident::Status;
use crate::playbook::{Phase, Playbook};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StillOpen {
    /// Nobody has said that it is only watched, and this severity is watched for so many minutes.
    NotWatched { minutes: u32 },
    /// The playbook's time of watching is not over.
    Watched { until: Instant },
    /// Lines of the list of verification that are not ticked.
    Verify { lines: u32 },
    /// Needs that nobody has taken. `first`: what the one says that has waited longest.
    Needs { count: u32, first: String },
    /// Nobody was told that it is over.
    FinalUpdate,
    /// This severity has a postmortem, and nobody is to write it.
    Author,
}

/// Of the next end: resolving while it is open, closing once it is resolved. Nothing for an incident that is over.
pub(super) fn still_open(room: &Room, source: &Source, playbook: &Playbook, now: Instant) -> Vec<StillOpen> {
    let status = source.incident.status;
    let mut open = vec![];
    if status.is_open() {
        let watched_for = playbook.severity(source.incident.severity).watch_until(now) - now;
        match room.watch {
            Some(watch) if now < watch.until => open.push(StillOpen::Watched { until: watch.until }),
            Some(_) => {}
            None => {
                let minutes = u32::try_from(watched_for.num_minutes()).unwrap_or(0);
                open.extend((minutes > 0).then_some(StillOpen::NotWatched { minutes }));
            }
        }
        let list = room.checklists.iter().find(|c| c.phase == Phase::Verify);
        let lines = list.map_or(0, |c| c.items.iter().filter(|t| !t.done).count());
        open.extend((lines > 0).then(|| StillOpen::Verify { lines: count(lines) }));
    } else if status != Status::Resolved {
        return open;
    }
    let needs: Vec<_> = room.needs.iter().filter(|n| n.state == NeedState::Open).collect();
    let first = needs.iter().min_by_key(|need| need.at).map(|need| need.text.clone());
    open.extend(first.map(|first| StillOpen::Needs { count: count(needs.len()), first }));
    if let Some(closing) = room.closing.as_ref().filter(|_| status == Status::Resolved) {
        open.extend(closing.lacks_final_update(&room.audiences).then_some(StillOpen::FinalUpdate));
        open.extend(closing.lacks_author().then_some(StillOpen::Author));
    }
    open
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
