//! What a desktop is told when it comes, and after: decided over the database, without a socket. The simulator
//! runs this too.

use super::frames::{BYTES_MAX, OPERATIONS_MAX};
use super::{of_person, raises_in, team_view};
use crate::library::as_told;
use crate::storage::{Cut, Db, Device, PageFilter, StorageError, read};
use firebell_domain::{Instant, RaiseId};
use firebell_log::{Cursor, Operation, WriterId};
use firebell_protocol::sync::{
    ByeCode, CAPABILITIES, PROTOCOL, PROTOCOL_MIN, PageSnapshot, ServerMessage, Welcome, You,
};

/// Further behind than this, a snapshot is shorter.
const CATCH_UP_MAX: u64 = 2_000;
/// Ended pages of a snapshot.
const SNAPSHOT_BACK: chrono::TimeDelta = chrono::TimeDelta::days(1);

/// Something to send, whom of this device's person it rings, and the place in the log it brings the desktop to.
pub struct Told {
    pub message: ServerMessage,
    pub raises: Vec<RaiseId>,
    pub at: u64,
}

/// What a desktop hears whose token was revoked: it forgets the token.
pub const REMOVED: &str = "This device was removed from the team.";

/// Why a desktop is not served.
pub struct TurnedAway(pub ByeCode, pub &'static str);

/// The answer to `Hello`: the welcome, then a snapshot unless the cursor can be followed from. `writer`: who writes on
/// that computer. To be asked when the connection can be cut already: the device is looked up again, and a revoke is
/// either seen here or cuts it.
pub fn greet(
    db: &mut Db,
    device: &Device,
    protocol: u32,
    cursor: Option<Cursor>,
    writer: Option<WriterId>,
    now: Instant,
) -> Result<Result<Vec<Told>, TurnedAway>, StorageError> {
    if protocol < PROTOCOL_MIN {
        let words = "This version of Firebell is too old for the server; update it.";
        return Ok(Err(TurnedAway(ByeCode::TooOld, words)));
    }
    if read::device(db, device.id)?.is_some_and(|d| d.revoked) {
        return Ok(Err(TurnedAway(ByeCode::Revoked, REMOVED)));
    }
    let record = read::team(db)?.ok_or(StorageError::NoTeam)?;
    let era = read::era(db)?.ok_or(StorageError::NoTeam)?;
    let Some(person) = record.team.person(&device.person) else {
        return Ok(Err(TurnedAway(ByeCode::Revoked, "You are not a member of the team any more.")));
    };
    let you =
        You { person: person.id.clone(), name: person.name.clone(), role: person.role, device: device.id };
    // The place is read before the pages: what commits in between is told again, which does no harm.
    let newest = read::newest_operation(db)?;
    let welcome = Welcome {
        protocol: PROTOCOL,
        capabilities: CAPABILITIES.iter().map(|c| (*c).to_owned()).collect(),
        era,
        server_time: now,
        you,
        team: team_view(&record, now),
        paging_held: read::held(db)?,
        newest,
        heard: writer.map_or(Ok(0), |w| read::heard(db, w))?,
    };
    let mut known = cursor.filter(|c| c.era == era && c.seq <= newest && newest - c.seq <= CATCH_UP_MAX);
    // Compaction left holes, and a desktop that follows counts.
    if let Some(cursor) = known
        && !read::log_is_whole(db, cursor.seq, newest)?
    {
        known = None;
    }
    let at = known.map_or(newest, |c| c.seq);
    let mut told = vec![Told { message: ServerMessage::Welcome(Box::new(welcome)), raises: vec![], at }];
    if known.is_none() {
        let open = PageFilter { open: Some(true), resolved_after: None, limit: 1_000 };
        let ended = PageFilter { open: Some(false), resolved_after: Some(now - SNAPSHOT_BACK), limit: 100 };
        let (mut pages, mut raises) = (Vec::new(), Vec::new());
        for filter in [open, ended] {
            for page in read::pages(db, filter)? {
                raises.extend(page.ringing_for(&device.person).map(|r| r.raise.clone()));
                let history = read::history(db, page.id)?;
                pages.push(PageSnapshot { page, history });
            }
        }
        let message = ServerMessage::Snapshot { cursor: Cursor { era, seq: newest }, pages };
        told.push(Told { message, raises, at: newest });
    }
    Ok(Ok(told))
}

/// The next operations after `at`, as the device's person may see them now; `None` when there are none.
pub fn read_on(db: &mut Db, device: &Device, at: u64) -> Result<Option<Told>, StorageError> {
    let cut = Cut { operations: OPERATIONS_MAX, bytes: BYTES_MAX as u64 };
    let operations: Vec<Operation> = read::operations_within(db, at, cut)?;
    let Some(at) = operations.last().map(|o| o.seq) else { return Ok(None) };
    let raises = of_person(&raises_in(&operations), &device.person);
    let operations = as_told(db, &device.person, operations)?;
    Ok(Some(Told { message: ServerMessage::Operations { operations }, raises, at }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::testing;
    use crate::storage::{DatabaseUrl, NewDevice, Tx, open_db, transact};
    use firebell_domain::DeviceId;
    use firebell_log::Era;
    use uuid::Uuid;

    fn now() -> Instant {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn change<T>(db: &mut Db, work: impl FnOnce(&mut Tx) -> Result<T, StorageError>) -> T {
        transact(db, &now, now(), work).unwrap().0
    }

    #[test]
    fn a_device_revoked_between_its_look_up_and_its_hello_is_told_so() {
        let mut db = open_db(&DatabaseUrl::Memory).unwrap();
        let id = DeviceId(Uuid::now_v7());
        let device = change(&mut db, |tx| {
            tx.put_team(0, &testing::team(), "init")?;
            tx.set_era(Era(Uuid::now_v7()))?;
            tx.create_invite(&[2; 32], &"ben".into(), now() + chrono::TimeDelta::days(1))?;
            let laptop =
                NewDevice { id, name: "laptop".into(), platform: String::new(), token_hash: [1; 32] };
            tx.enrol(&[2; 32], &laptop)?.unwrap();
            tx.device(id)
        })
        .unwrap();
        assert!(greet(&mut db, &device, PROTOCOL, None, None, now()).unwrap().is_ok());

        assert!(change(&mut db, |tx| tx.revoke_device(id)));
        let told = greet(&mut db, &device, PROTOCOL, None, None, now()).unwrap();
        assert!(matches!(told, Err(TurnedAway(ByeCode::Revoked, REMOVED))));
    }
}
