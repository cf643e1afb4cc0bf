//! What people ask, by desktop, by link or by the API: answered once, stale ones with a question.

use super::decide::{Decided, command};
use crate::storage::{Device, StorageError, Tx};
use firebell_domain::page::{Actor, Command, Via};
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

/// Answers a desktop's command: the same answer however often it is sent.
pub fn answer(tx: &mut Tx, device: &Device, envelope: CommandEnvelope) -> Result<Outcome, StorageError> {
    let id = CommandId { device: device.id, counter: envelope.counter };
    if let Some((_, outcome)) = tx.answer_to(id)? {
        return Ok(outcome);
    }
    let page = envelope.page;
    let outcome = if envelope.waited_ms > envelope.good_for_ms {
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
    let was_raised = page.paged.contains(&raise.person) && raise.round <= page.chain.round;
    if !was_raised || !tx.add_receipt(raise, device.id, state)? {
        return Ok(());
    }
    let (raise, device_name) = (raise.clone(), device.name.clone());
    command(tx, page.id, Command::Receipt { device: device.id, device_name, raise, state, claimed_at })?;
    Ok(())
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
    let by = Actor::Person { person: row.raise.person.clone() };
    let asked = Command::Acknowledge { by, via: Via::Link, claimed_at: None };
    Ok(match command(tx, row.page, asked)? {
        Decided::Done { .. } => LinkUse::Acknowledged,
        Decided::Refused(refusal) => LinkUse::Refused(refusal),
        Decided::NoSuchPage => LinkUse::Spent,
    })
}
