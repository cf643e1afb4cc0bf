//! An incident that is history, as an imported postmortem brings it: it rings nobody, and nobody is told.

use super::world::*;
use crate::engine::outbox;
use crate::library;
use crate::storage::{Channel, databases};
use firebell_domain::incident::{Declaration, IncidentCommand, IncidentEvent, RecordedIncident, Status};
use firebell_domain::liveness::ChannelKind;
use firebell_domain::{ChannelId, Severity, Span};
use firebell_log::{Change, Written};
use firebell_protocol::sync::OpOutcome;
use uuid::Uuid;

#[test]
fn it_rings_nobody_and_nobody_is_told_then_or_later() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut w = World::at(&url);
        let channel = Channel {
            id: ChannelId(Uuid::from_u128(1)),
            person: "chi".into(),
            kind: ChannelKind::Ntfy,
            url: "https://ntfy.example.com/topic".into(),
            delay: Span::ZERO,
            secret: None,
            token: None,
            last_used: None,
            last_error: None,
        };
        w.run(|tx| tx.add_channel(&channel));
        let (declared, ended) = (w.now - chrono::TimeDelta::days(90), w.now - chrono::TimeDelta::days(89));
        let declaration = Declaration {
            title: "Checkout was down".into(),
            severity: Severity::Sev1,
            services: vec!["payments-api".into()],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let (id, by) = (incident(1), || "dev".into());
        let (from, to) = (Status::Investigating, Status::Resolved);
        let began =
            IncidentEvent::Declared { incident: id, number: 0, by: by(), claimed_at: None, declaration };
        let of = |at, event| RecordedIncident { at, event };
        let events = vec![
            of(declared, began),
            of(ended, IncidentEvent::StatusChanged { by: by(), from, to, skipped: vec![] }),
            of(ended, IncidentEvent::Closed { by: by() }),
        ];
        // What this computer says next, with the history in the place of a command.
        let (device, mut words) = w.words("dev", id, IncidentCommand::SetStatus { to: Status::Closed });
        let (op, change) = (&words.op, Change::Settled { incident: id, events });
        words.op = Written::new(op.id, op.scope, op.author.clone(), op.stamp, &change);
        let answer = w.run(|tx| library::submit(tx, &device, vec![words])).remove(0);
        assert!(matches!(answer.outcome, OpOutcome::Accepted { .. }), "{answer:?}");
        let held = w.incident(id);
        assert_eq!((held.status, held.moments.declared_at), (Status::Closed, Some(declared)));
        w.wait_minutes(24 * 60);
        assert_eq!(w.run(|tx| Ok(tx.open_pages()?.len())), 0);
        assert!(w.incident(id).pages.is_empty());
        assert!(w.run(outbox::claim).is_empty());
    }
}
