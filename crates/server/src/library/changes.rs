//! What a change says, and whether it makes sense by itself: sizes, names, shapes.

use super::accept::{Not, refused};
use firebell_domain::attachment::Attachment;
use firebell_domain::incident::RecordedIncident;
use firebell_domain::postmortem::{WantedTicket, is_of_server, picture_of, titled_by, wanted_by};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::timeline::Entry;
use firebell_domain::{ActionId, IncidentId};
use firebell_log::record::is_field_name;
use firebell_log::{Asked, Change, DocumentId, OpId, RecordId, SCHEMA, Written};
use serde_json::Value;
use std::io::Write;

/// Bytes of a command, and of a change that this version does not know, as JSON.
const VALUE_MAX: usize = 64 * 1_024;
/// Bytes of any other change but a text's update: an entry of 10,000 characters and its reason fit.
const CHANGE_MAX: usize = 256 * 1_024;
/// Bytes of an update, as base64 in JSON.
const UPDATE_MAX: usize = (1 << 20) / 3 * 4 + 4 * 1_024;
/// What happened to one imported incident.
const EVENTS_MAX: usize = 2_000;

/// A change that makes sense by itself.
pub(super) enum What {
    Record {
        record: RecordId,
        field: String,
        replaces: Option<OpId>,
        wanted: Option<WantedTicket>,
        /// An action that is there from now on.
        titled: Option<ActionId>,
        /// Of a postmortem's section.
        picture: Option<Attachment>,
    },
    Entry(Entry),
    Text {
        document: DocumentId,
        update: Vec<u8>,
    },
    Command(Box<Asked>),
    Settled {
        incident: IncidentId,
        events: Vec<RecordedIncident>,
    },
    /// By a newer version: kept and passed on.
    Unknown {
        subject: RecordId,
    },
}

/// Looks at a change by itself. `change`: what [`Written::change`] made of it.
pub(super) fn check(op: &Written, change: Option<Change>) -> Result<What, Not> {
    let size = size_of(&op.change);
    let limit = match &change {
        None | Some(Change::Command(_)) => VALUE_MAX,
        Some(Change::Text { .. }) => UPDATE_MAX,
        Some(_) => CHANGE_MAX,
    };
    if size > limit {
        let (kib, fit) = (size / 1_024, limit / 1_024);
        return refused(
            RefusalCode::BadInput,
            format!("This change takes {kib} KiB; {fit} KiB fit. Shorten it or split it."),
        );
    }
    match change {
        None => unknown(op),
        Some(Change::Record { record, field, value, replaces }) => {
            check_record(&record)?;
            check_name("field", &field)?;
            let (size, fit) = (size_of(&value), record.value_max(&field));
            if size > fit {
                let (kib, fit) = (size / 1_024, fit / 1_024);
                return refused(
                    RefusalCode::BadInput,
                    format!("The value of `{field}` takes {kib} KiB; {fit} KiB fit. Shorten it."),
                );
            }
            let wanted = ticket(&record, &field, &value)?;
            let picture = picture_of(&field, &value).filter(|_| record.kind == RecordId::POSTMORTEM);
            let titled = titled_by(&field, &value).filter(|_| record.kind == RecordId::POSTMORTEM);
            Ok(What::Record { record, field, replaces, wanted, titled, picture })
        }
        Some(Change::Entry(entry)) => {
            entry.check()?;
            Ok(What::Entry(entry))
        }
        Some(Change::Text { document, update }) => {
            check_record(&document.record)?;
            check_name("section", &document.section)?;
            Ok(What::Text { document, update: update.0 })
        }
        Some(Change::Command(asked)) => Ok(What::Command(Box::new(asked))),
        Some(Change::Settled { incident, events }) => {
            if events.len() > EVENTS_MAX {
                return refused(
                    RefusalCode::BadInput,
                    format!("This incident has {} events; {EVENTS_MAX} can be imported.", events.len()),
                );
            }
            Ok(What::Settled { incident, events })
        }
    }
}

/// What the write says about the ticket of an action, if it is one of those. That there is one is the server's to say.
fn ticket(record: &RecordId, field: &str, value: &Value) -> Result<Option<WantedTicket>, Not> {
    if record.kind != RecordId::POSTMORTEM {
        return Ok(None);
    }
    if is_of_server(field) {
        return refused(
            RefusalCode::NotAllowed,
            "What became of a ticket is written by the server, as the tracker says it. Ask for a ticket at its action.",
        );
    }
    Ok(wanted_by(field, value))
}

/// What this version cannot read is kept for those that can, unless the server would have to decide it.
fn unknown(op: &Written) -> Result<What, Not> {
    if op.schema <= SCHEMA {
        return refused(
            RefusalCode::BadInput,
            "The server cannot read this change. Update Firebell on this computer, and write it again.",
        );
    }
    let kind = op.change.get("kind").and_then(Value::as_str).unwrap_or_default();
    if matches!(kind, "command" | "settled") {
        return refused(
            RefusalCode::NotAllowed,
            "The server is older than your Firebell and cannot decide this. Ask an admin to update the server.",
        );
    }
    let named = |at: &str| {
        let record = serde_json::from_value::<RecordId>(op.change.pointer(at)?.clone()).ok()?;
        is_kind(&record.kind).then_some(record)
    };
    let of_incident = || {
        let id = op.change.pointer("/entry/incident")?.as_str()?;
        Some(RecordId::incident(id.parse().ok()?))
    };
    let nothing = || RecordId { kind: "unknown".into(), id: op.id.writer.0 };
    let subject =
        named("/record").or_else(|| named("/document/record")).or_else(of_incident).unwrap_or_else(nothing);
    Ok(What::Unknown { subject })
}

/// 1–32 characters of `a-z` and `_`.
fn is_kind(kind: &str) -> bool {
    (1..=32).contains(&kind.len()) && kind.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

fn check_record(record: &RecordId) -> Result<(), Not> {
    if is_kind(&record.kind) {
        return Ok(());
    }
    refused(RefusalCode::BadInput, "The kind of the record is no word: 1 to 32 of a-z and _ fit.")
}

fn check_name(what: &str, name: &str) -> Result<(), Not> {
    if is_field_name(name) {
        return Ok(());
    }
    refused(
        RefusalCode::BadInput,
        format!("The name of the {what} is no word: 1 to 128 of a-z, 0-9, - and _ fit."),
    )
}

/// Bytes as JSON.
fn size_of(value: &Value) -> usize {
    struct Count(usize);
    impl Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // A value can always be written; should it not, it does not fit.
    serde_json::to_writer(&mut count, value).map_or(usize::MAX, |()| count.0)
}
