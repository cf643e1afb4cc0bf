//! What of the log a person is told, when they may not see everything.

use crate::{Operation, OperationBody, RecordId, Written};
use firebell_domain::{IncidentId, PersonId};
use serde_json::Value;
use uuid::Uuid;

impl OperationBody {
    /// The incidents that it says something about. Of a change that this version does not understand: every one that
    /// could be meant, so that what is private stays so on a server that is older than a desktop.
    pub fn incidents(&self) -> Vec<IncidentId> {
        match self {
            Self::Incident { incident, .. } | Self::Gone { incident, .. } => vec![*incident],
            Self::Written(written) => incidents_of(written),
            Self::Page { .. } | Self::Team { .. } | Self::Elsewhere | Self::Unknown => vec![],
        }
    }

    /// Who sees the incident from here on, when this says so.
    pub fn changes_sight(&self) -> bool {
        matches!(self, Self::Incident { events, .. } if events.iter().any(|event| event.sight().is_some()))
    }
}

impl Operation {
    /// The same place in the log as a person is told it from whom these incidents are hidden *now*, whenever it was
    /// written. The operation that took an incident out of their sight becomes [`OperationBody::Gone`]; whoever never had
    /// it there hears nothing of it.
    pub fn told_to(self, person: &PersonId, is_hidden: impl Fn(IncidentId) -> bool) -> Self {
        if !self.body.incidents().into_iter().any(is_hidden) {
            return self;
        }
        let body = match self.body {
            // Nobody has seen what is only being declared.
            OperationBody::Incident { incident, version, events, asked, .. } if version > 1 => {
                match events.iter().find(|event| event.takes_from(person)) {
                    Some(event) => OperationBody::Gone {
                        incident,
                        asked: asked.filter(|_| event.author() == Some(person)),
                    },
                    None => OperationBody::Elsewhere,
                }
            }
            _ => OperationBody::Elsewhere,
        };
        Self { body, ..self }
    }
}

/// Reads no more than it has to: this is asked of every operation that anybody is told.
fn incidents_of(written: &Written) -> Vec<IncidentId> {
    let change = &written.change;
    let id = |at: &str| change.pointer(at).and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
    let of_record = |at: &str| {
        let kind = change.pointer(&format!("{at}/kind")).and_then(Value::as_str)?;
        let record = RecordId { kind: kind.to_owned(), id: id(&format!("{at}/id"))? };
        match kind {
            RecordId::RUNBOOK | RecordId::TRIAGE => Some(vec![]),
            // Of a kind that this version does not know, every id could be that of an incident.
            _ => record.about().map(|incident| vec![incident]),
        }
    };
    let subject = match change.get("kind").and_then(Value::as_str) {
        Some("record") => of_record("/record"),
        Some("text") => of_record("/document/record"),
        Some("entry") => id("/entry/incident").map(|id| vec![IncidentId(id)]),
        _ => None,
    };
    subject.unwrap_or_else(|| {
        let mut found = vec![];
        every_id(change, &mut found);
        found
    })
}

fn every_id(value: &Value, found: &mut Vec<IncidentId>) {
    match value {
        // A name of a document has one in it: `incident/<uuid>#body`.
        Value::String(text) => found.extend(
            text.split(|c: char| !c.is_ascii_hexdigit() && c != '-')
                .filter_map(|part| part.parse::<IncidentId>().ok()),
        ),
        Value::Array(items) => items.iter().for_each(|item| every_id(item, found)),
        Value::Object(map) => {
            for (key, item) in map {
                every_id(&Value::String(key.clone()), found);
                every_id(item, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bytes, Change, DocumentId, OpId, Scope, Stamp, WriterId};
    use firebell_domain::incident::{Declaration, IncidentEvent};
    use firebell_domain::timeline::{Entry, EntryKind};
    use firebell_domain::{EntryId, Instant, Severity};

    fn incident(n: u128) -> IncidentId {
        IncidentId(Uuid::from_u128(n))
    }

    fn op() -> OpId {
        OpId { writer: WriterId(Uuid::from_u128(9)), counter: 3 }
    }

    fn operation(body: OperationBody) -> Operation {
        Operation { scope: Scope::Team, seq: 7, at: Instant::default(), body }
    }

    fn written(change: Value) -> Operation {
        operation(OperationBody::Written(Written {
            id: op(),
            scope: Scope::Team,
            author: "ana".into(),
            stamp: Stamp { ms: 1, tick: 0 },
            schema: 1,
            change,
        }))
    }

    fn of_change(change: &Change) -> Operation {
        written(serde_json::to_value(change).unwrap())
    }

    fn events(version: u64, events: Vec<IncidentEvent>) -> Operation {
        let asked = Some(op());
        operation(OperationBody::Incident {
            incident: incident(1),
            version,
            events,
            happened_at: vec![],
            asked,
        })
    }

    #[test]
    fn whatever_is_about_a_hidden_incident_is_told_as_a_place_and_nothing_else() {
        let record = RecordId::incident(incident(1));
        let entry = Entry {
            id: EntryId(Uuid::from_u128(5)),
            incident: incident(1),
            kind: EntryKind::Note,
            text: "secret".into(),
            reason: None,
            at: Instant::default(),
            corrects: None,
            run: None,
            attachments: vec![],
        };
        let document = DocumentId { record: record.clone(), section: "body".into() };
        let about = [
            of_change(&Change::Entry(entry)),
            of_change(&Change::Record {
                record,
                field: "title".into(),
                value: "secret".into(),
                replaces: None,
            }),
            of_change(&Change::Text { document, update: Bytes(vec![1, 2]) }),
            of_change(&Change::Record {
                record: RecordId::postmortem(incident(1)),
                field: "title".into(),
                value: "secret".into(),
                replaces: None,
            }),
            of_change(&Change::Text {
                document: DocumentId { record: RecordId::postmortem(incident(1)), section: "summary".into() },
                update: Bytes(vec![1, 2]),
            }),
            of_change(&Change::Record {
                record: RecordId { kind: "hologram".into(), id: incident(1).0 },
                field: "title".into(),
                value: "secret".into(),
                replaces: None,
            }),
            // By newer versions.
            written(
                serde_json::json!({ "kind": "hologram", "of": [{ "incident": incident(1) }], "x": "secret" }),
            ),
            written(serde_json::json!({ "kind": "blob", "for": format!("incident/{}#body", incident(1).0) })),
            written(serde_json::json!({ "kind": "blob", format!("{}", incident(1).0): "secret" })),
            written(
                serde_json::json!({ "kind": "entry", "entry": { "about": incident(1), "text": "secret" } }),
            ),
        ];
        for operation in about {
            assert_eq!(operation.body.incidents(), [incident(1)], "{operation:?}");
            let seen = operation.clone().told_to(&"ben".into(), |id| id == incident(2));
            assert_eq!(seen, operation);
            let told = operation.told_to(&"ben".into(), |id| id == incident(1));
            assert_eq!((told.seq, &told.body), (7, &OperationBody::Elsewhere));
            assert!(!serde_json::to_string(&told).unwrap().contains(&incident(1).to_string()));
        }
        let runbook = RecordId { kind: RecordId::RUNBOOK.into(), id: incident(1).0 };
        let change =
            Change::Record { record: runbook, field: "title".into(), value: "x".into(), replaces: None };
        assert!(of_change(&change).body.incidents().is_empty(), "a runbook is everybody's");
    }

    #[test]
    fn only_whoever_loses_sight_hears_that_it_is_gone() {
        let hidden = |_| true;
        let declaration = Declaration {
            title: "secret".into(),
            severity: Severity::Sev2,
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let declared = IncidentEvent::Declared {
            incident: incident(1),
            number: 1,
            by: "ana".into(),
            claimed_at: None,
            declaration,
        };
        let private = |by: &str| IncidentEvent::MadePrivate {
            by: by.into(),
            people: vec!["ana".into(), "chi".into()],
            reason: "secret".into(),
        };
        let changed = |added: &str, removed: &str| IncidentEvent::PeopleChanged {
            by: "ana".into(),
            people: vec!["ana".into()],
            added: vec![added.into()],
            removed: vec![removed.into()],
            reason: "secret".into(),
        };
        let told = |operation: Operation| operation.told_to(&"ben".into(), hidden).body;
        let gone = |asked| OperationBody::Gone { incident: incident(1), asked };
        assert_eq!(told(events(1, vec![declared, private("ana")])), OperationBody::Elsewhere);
        assert_eq!(told(events(4, vec![private("ana")])), gone(None));
        assert_eq!(told(events(4, vec![private("ben")])), gone(Some(op())), "their own command");
        assert_eq!(told(events(5, vec![changed("chi", "ben")])), gone(None));
        assert_eq!(told(events(5, vec![changed("ben", "chi")])), OperationBody::Elsewhere);
        let reopened = vec![IncidentEvent::Reopened { by: "ben".into() }];
        assert_eq!(told(events(5, reopened)), OperationBody::Elsewhere);
        assert!(events(4, vec![private("ana")]).body.changes_sight());
    }

    #[test]
    fn an_older_program_keeps_the_place_of_what_it_does_not_know() {
        for body in [OperationBody::Elsewhere, OperationBody::Gone { incident: incident(1), asked: None }] {
            let text = serde_json::to_string(&body).unwrap();
            assert_eq!(serde_json::from_str::<OperationBody>(&text).unwrap(), body, "{text}");
        }
        assert_eq!(serde_json::to_string(&OperationBody::Elsewhere).unwrap(), r#"{"kind":"elsewhere"}"#);
    }
}
