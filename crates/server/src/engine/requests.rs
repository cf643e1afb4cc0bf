//! What people ask, by desktop, by link or by the API: answered once, stale ones with a question.

use super::decide::{Decided, command};
use crate::storage::{Device, StorageError, Tx};
use firebell_domain::escalation::STEPS_MAX;
use firebell_domain::page::{Actor, Command, Page, Via};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::refusal::{Refusal, RefusalCode};
use firebell_domain::{PageId, PersonId, RaiseId};
use firebell_log::CommandId;
use firebell_protocol::sync::{CommandEnvelope, Outcome, PageRequest, ReceiptReport};
use uuid::Uuid;

/// A person's request as a command.
pub fn as_command(
    person: &PersonId,
    request: PageRequest,
    claimed_at: Option<firebell_domain::Instant>,
) -> Command {
    let by = person.clone();
    match request {
        PageRequest::Acknowledge { via } => {
            Command::Acknowledge { by: Actor::Person { person: by }, via, claimed_at }
        }
        PageRequest::Escalate => Command::Escalate { by },
        PageRequest::Reassign { to } => Command::Reassign { by, to },
        PageRequest::Snooze { until } => Command::Snooze { by, until },
        PageRequest::Resolve => Command::Resolve { by: Actor::Person { person: by } },
        PageRequest::Note { text } => Command::Note { by, text },
    }
}

/// Does what a person asks, now. While paging is held, nobody can be rung.
pub fn ask(tx: &mut Tx, page: PageId, asked: Command) -> Result<Decided, StorageError> {
    if matches!(asked, Command::Escalate { .. } | Command::Reassign { .. }) && tx.held()? {
        return Ok(Decided::Refused(Refusal::new(
            RefusalCode::NotAllowed,
            "Paging is held after a restore, so nobody would be rung. An admin runs `firebell-server paging resume`.",
        )));
    }
    command(tx, page, asked)
}

/// Why this person may change nothing, if that is so. Their role may have changed since their desktop connected.
pub(crate) fn may_not_act(tx: &mut Tx, person: &PersonId) -> Result<Option<Refusal>, StorageError> {
    Ok(match tx.team()?.team.person(person).map(|p| p.role) {
        Some(role) => role.may_act().err(),
        None => Some(Refusal::new(RefusalCode::NotAllowed, "You are not a member of the team any more.")),
    })
}

/// Answers a desktop's command: the same answer however often it is sent.
pub fn answer(tx: &mut Tx, device: &Device, envelope: CommandEnvelope) -> Result<Outcome, StorageError> {
    let id = CommandId { device: device.id, counter: envelope.counter };
    if let Some((_, outcome)) = tx.answer_to(id)? {
        return Ok(outcome);
    }
    let page = envelope.page;
    let outcome = if let Some(refusal) = may_not_act(tx, &device.person)? {
        Outcome::Refused { refusal }
    } else if envelope.waited_ms > envelope.good_for_ms {
        let minutes = envelope.waited_ms / 60_000;
        Outcome::Refused {
            refusal: Refusal::new(
                RefusalCode::Stale,
                format!(
                    "You asked for this {minutes} minutes before the team could be told. Do it now all the same?"
                ),
            ),
        }
    } else {
        let asked = as_command(&device.person, envelope.request, Some(envelope.given_at));
        match ask(tx, page, asked)? {
            Decided::Done { .. } => Outcome::Accepted,
            Decided::Refused(refusal) => Outcome::Refused { refusal },
            Decided::NoSuchPage => Outcome::Refused {
                refusal: Refusal::new(RefusalCode::NotFound, "The team does not know this page (any more)."),
            },
        }
    };
    tx.answer(id, page, &outcome)?;
    Ok(outcome)
}

/// Writes a device's receipts on the record, each once. One that makes no sense (another person's raise, a page
/// that is not there) is dropped.
pub fn receipts(tx: &mut Tx, device: &Device, reports: &[ReceiptReport]) -> Result<(), StorageError> {
    for report in reports {
        receipt(tx, device, &report.raise, report.state, Some(report.at))?;
    }
    Ok(())
}

/// The server's own word: these raises were written to the device's connection.
pub fn sent(tx: &mut Tx, device: &Device, raises: &[RaiseId]) -> Result<(), StorageError> {
    for raise in raises {
        receipt(tx, device, raise, ReceiptState::Sent, None)?;
    }
    Ok(())
}

fn receipt(
    tx: &mut Tx,
    device: &Device,
    raise: &RaiseId,
    state: ReceiptState,
    claimed_at: Option<firebell_domain::Instant>,
) -> Result<(), StorageError> {
    if raise.person != device.person {
        return Ok(());
    }
    let Some(page) = tx.page(raise.page)? else { return Ok(()) };
    if !can_have_been_raised(&page, raise) || !tx.add_receipt(raise, device.id, state)? {
        return Ok(());
    }
    let (raise, device_name) = (raise.clone(), device.name.clone());
    command(tx, page.id, Command::Receipt { device: device.id, device_name, raise, state, claimed_at })?;
    Ok(())
}

/// False for raises that were never made: a device's inventions do not belong on the record.
fn can_have_been_raised(page: &Page, raise: &RaiseId) -> bool {
    let steps = match raise.round {
        0 => 0,
        round if round == page.chain.round => page.chain.next_step,
        // The plan of an earlier round may have been another one.
        round if round < page.chain.round => STEPS_MAX as u32,
        _ => 0,
    };
    raise.step < steps && page.paged.contains(&raise.person)
}

/// What became of the button behind an acknowledge link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkUse {
    Acknowledged,
    Refused(Refusal),
    /// Used before, or of a page that is gone.
    Spent,
}

/// Acknowledges by the link of an outbox row, once.
pub fn use_link(tx: &mut Tx, id: Uuid) -> Result<LinkUse, StorageError> {
    let Some(row) = tx.outbox_row(id)? else { return Ok(LinkUse::Spent) };
    if !tx.use_link(id)? {
        return Ok(LinkUse::Spent);
    }
    if tx.team()?.team.person(&row.raise.person).is_none() {
        let words = "You are not a member of the team any more; nothing was acknowledged.";
        return Ok(LinkUse::Refused(Refusal::new(RefusalCode::NotAllowed, words)));
    }
    let by = Actor::Person { person: row.raise.person.clone() };
    let asked = Command::Acknowledge { by, via: Via::Link, claimed_at: None };
    Ok(match command(tx, row.page, asked)? {
        Decided::Done { .. } => LinkUse::Acknowledged,
        Decided::Refused(refusal) => LinkUse::Refused(refusal),
        Decided::NoSuchPage => LinkUse::Spent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::engine::testing;
    use crate::storage::{DatabaseUrl, Storage};
    use firebell_domain::DeviceId;
    use firebell_domain::page::{PageEvent, Status};
    use firebell_domain::team::Role;
    use std::sync::Arc;

    async fn team_with(role: Role) -> (Storage, Device) {
        let clock = Arc::new(SystemClock);
        let now = crate::clock::Clock::now(&SystemClock);
        let storage = Storage::open(&DatabaseUrl::Memory, clock, now, None, |_| {}).unwrap();
        let mut team = testing::team();
        team.people[1].role = role;
        storage.write(move |tx| tx.put_team(0, &team, "test")).await.unwrap();
        let device = Device {
            id: DeviceId(Uuid::from_u128(7)),
            person: "ben".into(),
            name: "laptop".into(),
            enrolled_at: now,
            last_answer: None,
            signed_off: false,
            revoked: false,
        };
        (storage, device)
    }

    #[tokio::test]
    async fn a_stakeholder_changes_nothing_from_their_desktop_either() {
        let (storage, device) = team_with(Role::Stakeholder).await;
        let page = storage.write(|tx| testing::fire(tx, "disk")).await.unwrap();
        let asked = [
            PageRequest::Acknowledge { via: Via::Window },
            PageRequest::Escalate,
            PageRequest::Reassign { to: "ana".into() },
            PageRequest::Snooze { until: device.enrolled_at + chrono::TimeDelta::hours(1) },
            PageRequest::Resolve,
            PageRequest::Note { text: "hello".into() },
        ];
        let before = storage.page(page).await.unwrap();
        for (counter, request) in (1..).zip(asked) {
            let (given_at, device) = (device.enrolled_at, device.clone());
            let envelope = CommandEnvelope {
                counter,
                page,
                request,
                decided_on: 1,
                given_at,
                good_for_ms: 1_000,
                waited_ms: 0,
            };
            let outcome = storage.write(move |tx| answer(tx, &device, envelope)).await.unwrap();
            assert!(
                matches!(&outcome, Outcome::Refused { refusal } if refusal.code == RefusalCode::NotAllowed),
                "{outcome:?}"
            );
        }
        assert_eq!(storage.page(page).await.unwrap(), before);
    }

    #[tokio::test]
    async fn a_device_cannot_write_steps_on_the_record_that_never_were() {
        let (storage, device) = team_with(Role::Responder).await;
        let page = storage.write(|tx| testing::fire(tx, "disk")).await.unwrap();
        let report = |round, step| ReceiptReport {
            raise: RaiseId { page, round, step, person: "ben".into() },
            state: ReceiptState::Seen,
            at: device.enrolled_at,
        };
        let mut reports: Vec<_> = (2..500).map(|step| report(1, step)).collect();
        reports.extend([report(0, 0), report(2, 0), report(1, u32::MAX), report(u32::MAX, 0), report(1, 0)]);
        storage.write(move |tx| receipts(tx, &device, &reports)).await.unwrap();
        let history = storage.history(page).await.unwrap();
        let on_record: Vec<_> = history
            .iter()
            .filter_map(|r| match &r.event {
                PageEvent::Receipt { raise, .. } => Some((raise.round, raise.step)),
                _ => None,
            })
            .collect();
        assert_eq!(on_record, [(1, 0)], "only what rang");
    }

    #[tokio::test]
    async fn the_link_of_somebody_who_left_the_team_acknowledges_nothing() {
        let (storage, _) = team_with(Role::Responder).await;
        let page = storage.write(|tx| testing::fire(tx, "disk")).await.unwrap();
        let link = Uuid::from_u128(9);
        let outcome = storage
            .write(move |tx| {
                let raise = RaiseId { page, round: 1, step: 0, person: "ben".into() };
                tx.add_to_outbox(link, &raise, firebell_domain::ChannelId(Uuid::from_u128(1)))?;
                let record = tx.team()?;
                let mut team = record.team.clone();
                team.people.retain(|p| p.id.as_str() != "ben");
                team.policies[0].steps.remove(0);
                tx.put_team(record.version, &team, "test")?;
                use_link(tx, link)
            })
            .await
            .unwrap();
        assert!(matches!(&outcome, LinkUse::Refused(r) if r.code == RefusalCode::NotAllowed), "{outcome:?}");
        assert_eq!(storage.page(page).await.unwrap().unwrap().status, Status::Triggered);
    }
}
