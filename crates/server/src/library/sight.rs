//! Who sees what: people are checked before they are named, and what is told is held against who may see it now.

use super::accept::{Not, refused};
use crate::storage::{Db, StorageError, Tx, read};
use firebell_domain::incident::IncidentCommand;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::team::Role;
use firebell_domain::{IncidentId, PersonId};
use firebell_log::Operation;
use std::collections::HashSet;

/// Only members of the team can be named.
pub(super) fn check_people(tx: &mut Tx, command: &IncidentCommand) -> Result<(), Not> {
    let named: &[PersonId] = match command {
        IncidentCommand::AssignRole { to, .. } | IncidentCommand::OfferRole { to, .. } => {
            std::slice::from_ref(to)
        }
        IncidentCommand::PagePeople { people, .. } => people,
        IncidentCommand::DeclarePrivately { people, .. } | IncidentCommand::MakePrivate { people, .. } => {
            people
        }
        IncidentCommand::ChangePeople { add, .. } => add,
        _ => return Ok(()),
    };
    if named.is_empty() {
        return Ok(());
    }
    let record = tx.team()?;
    if let Some(stranger) = named.iter().find(|person| record.team.person(person).is_none()) {
        return refused(
            RefusalCode::BadInput,
            format!("`{stranger}` is nobody of the team. Choose somebody else."),
        );
    }
    let reads_along = |id: &&PersonId| record.team.person(id).is_some_and(|p| p.role == Role::Stakeholder);
    let acts = matches!(
        command,
        IncidentCommand::AssignRole { .. }
            | IncidentCommand::OfferRole { .. }
            | IncidentCommand::PagePeople { .. }
    );
    match named.iter().find(reads_along).filter(|_| acts) {
        Some(reader) => refused(
            RefusalCode::NotAllowed,
            record.team.with_names(&format!(
                "`{reader}` is a stakeholder, who reads and is never paged. Choose somebody else."
            )),
        ),
        None => Ok(()),
    }
}

/// These operations as a person is told them: the places of what they may not see stay, and say nothing.
pub fn as_told(
    db: &mut Db,
    person: &PersonId,
    operations: Vec<Operation>,
) -> Result<Vec<Operation>, StorageError> {
    // After the operations were read, never before.
    let hidden = read::hidden_from(db, person)?;
    Ok(told(person, &hidden, operations))
}

fn told(person: &PersonId, hidden: &HashSet<IncidentId>, operations: Vec<Operation>) -> Vec<Operation> {
    if hidden.is_empty() {
        return operations;
    }
    operations.into_iter().map(|o| o.told_to(person, |id| hidden.contains(&id))).collect()
}

/// The same for those who do not count places: what says nothing is left out.
pub(super) fn as_seen(
    db: &mut Db,
    person: &PersonId,
    operations: Vec<Operation>,
) -> Result<Vec<Operation>, StorageError> {
    let mut seen = as_told(db, person, operations)?;
    seen.retain(|operation| operation.body != firebell_log::OperationBody::Elsewhere);
    Ok(seen)
}
