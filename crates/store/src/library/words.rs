//! Changes in words, for lists of what waits and of what came back.

use firebell_domain::incident::IncidentCommand;
use firebell_domain::timeline::EntryKind;
use firebell_domain::update::StatusUpdate;
use firebell_log::Change;
use serde_json::Value;

/// What a change is: "title", "a note", "status: resolved".
pub(super) fn what(change: Option<&Change>) -> String {
    match change {
        None => "a change that this version does not know".into(),
        Some(Change::Record { field, .. }) => field.replace('_', " "),
        Some(Change::Entry(entry)) => match entry.kind {
            EntryKind::Checking => "a check",
            EntryKind::Theory => "a theory",
            EntryKind::Found => "a finding",
            EntryKind::Need => "a need",
            EntryKind::Decision => "a decision",
            EntryKind::Action => "an action",
            EntryKind::Note => "a note",
        }
        .into(),
        Some(Change::Text { document, .. }) => format!("text of the {}", document.section.replace('_', " ")),
        Some(Change::Command(asked)) => match &asked.command {
            IncidentCommand::Declare(_) | IncidentCommand::DeclarePrivately { .. } => {
                "the declaration".into()
            }
            IncidentCommand::MakePrivate { .. } => "private".into(),
            IncidentCommand::MakePublic { .. } => "open to the whole team".into(),
            IncidentCommand::ChangePeople { .. } => "who can see it".into(),
            IncidentCommand::SetSeverity { to, .. } => format!("severity: {to}"),
            IncidentCommand::SetStatus { to } => format!("status: {}", to.word()),
            IncidentCommand::Merge { .. } => "a merge into another incident".into(),
            IncidentCommand::FalseAlarm { .. } => "a false alarm".into(),
            IncidentCommand::CorrectMoment { moment, .. } => format!("time of the {}", moment.word()),
            IncidentCommand::AssignRole { role, .. } => format!("{}: who has it", role.word()),
            IncidentCommand::LeaveRole { role, .. } => format!("{}: free", role.word()),
            IncidentCommand::OfferRole { role, .. }
            | IncidentCommand::ConfirmRole { role, .. }
            | IncidentCommand::ReleaseRole { role }
            | IncidentCommand::WithdrawOffer { role, .. } => format!("{}: hand-over", role.word()),
            IncidentCommand::SendUpdate { update } => match update.told.status {
                Some(to) => format!("an update, and status: {}", to.word()),
                None => "an update".into(),
            },
            IncidentCommand::PagePeople { .. } => "people to page".into(),
            IncidentCommand::LinkPage { .. } => "a page that belongs to it".into(),
        },
        Some(Change::Settled { .. }) => "the history of the incident".into(),
    }
}

/// The person's own words in it; empty where there are none. A text's stand in its document.
pub(super) fn text(change: Option<&Change>, raw: &Value) -> String {
    match change {
        None => raw.to_string(),
        Some(Change::Record { value: Value::String(text), .. }) => text.clone(),
        Some(Change::Record { value: Value::Null, .. }) => String::new(),
        Some(Change::Record { value, .. }) => value.to_string(),
        Some(Change::Entry(entry)) => {
            let said = [Some(entry.text.as_str()), entry.reason.as_deref()].into_iter().flatten();
            let named = entry.attachments.iter().map(|attachment| attachment.name.as_str());
            said.chain(named).filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
        }
        Some(Change::Text { .. }) => String::new(),
        Some(Change::Command(asked)) => match &asked.command {
            IncidentCommand::Declare(declaration) | IncidentCommand::DeclarePrivately { declaration, .. } => {
                declaration.title.clone()
            }
            IncidentCommand::SetSeverity { reason, .. }
            | IncidentCommand::FalseAlarm { reason }
            | IncidentCommand::CorrectMoment { reason, .. }
            | IncidentCommand::MakePrivate { reason, .. }
            | IncidentCommand::MakePublic { reason }
            | IncidentCommand::ChangePeople { reason, .. }
            | IncidentCommand::AssignRole { reason, .. }
            | IncidentCommand::LeaveRole { reason, .. }
            | IncidentCommand::OfferRole { reason, .. }
            | IncidentCommand::ConfirmRole { status: reason, .. }
            | IncidentCommand::WithdrawOffer { reason, .. }
            | IncidentCommand::PagePeople { message: reason, .. } => reason.clone(),
            IncidentCommand::SendUpdate { update } => update_words(update),
            IncidentCommand::SetStatus { .. }
            | IncidentCommand::Merge { .. }
            | IncidentCommand::ReleaseRole { .. }
            | IncidentCommand::LinkPage { .. } => String::new(),
        },
        Some(Change::Settled { events, .. }) => events
            .iter()
            .filter_map(|recorded| serde_json::to_string(&recorded.event).ok())
            .collect::<Vec<_>>()
            .join("\n"),
    }
}

/// The text for each audience, under its name.
fn update_words(update: &StatusUpdate) -> String {
    let texts = update.texts.iter().map(|(audience, text)| format!("{}:\n{text}", audience.id()));
    texts.collect::<Vec<_>>().join("\n\n")
}
