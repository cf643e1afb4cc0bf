//! What an update may announce, against what an incident makes of it.

use super::*;
use crate::incident::{Declaration, Incident, IncidentCommand, IncidentEvent, decide};
use crate::{IncidentId, Severity};
use uuid::Uuid;

const ALL: [Status; 7] = [
    Status::Investigating,
    Status::Identified,
    Status::Monitoring,
    Status::Resolved,
    Status::Closed,
    Status::Merged,
    Status::FalseAlarm,
];

fn now() -> Instant {
    "2026-11-25T14:05:00Z".parse().unwrap()
}

fn incident(status: Status) -> Incident {
    let declaration = Declaration {
        title: "Checkout fails".into(),
        severity: Severity::Sev1,
        services: vec![],
        detection: None,
        detected_at: None,
        page: None,
        commands: false,
    };
    let incident = IncidentId(Uuid::from_u128(1));
    let event =
        IncidentEvent::Declared { incident, number: 42, by: "ana".into(), claimed_at: None, declaration };
    Incident { status, ..Incident::from_declared(now(), &event).unwrap() }
}

#[test]
fn what_can_be_announced_is_what_is_taken_and_nothing_else() {
    for from in ALL {
        let named = announceable(from);
        assert_eq!(named.contains(&from), from.is_open() || from == Status::Resolved, "{from:?} itself");
        for to in ALL.into_iter().filter(|to| *to != from) {
            let told = Told { status: Some(to), ..Told::default() };
            let texts = [(Audience::Internal, "Told".to_owned())].into();
            let update = StatusUpdate { id: UpdateId(Uuid::from_u128(2)), told, texts, corrects: None };
            let asked = IncidentCommand::SendUpdate { update: Box::new(update) };
            let taken = decide(&incident(from), asked, "ana".into(), now()).is_ok();
            // That it is closed is decided when the follow-up is done, and no update says so.
            assert_eq!(taken && to != Status::Closed, named.contains(&to), "{from:?} → {to:?}");
        }
    }
}
