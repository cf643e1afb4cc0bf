//! What a new computer is told first.

use super::*;
use crate::library::log::open;
use crate::storage::OfOpen;
use firebell_domain::PersonId;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_new_computer_first_hears_of_every_open_incident_and_then_what_was_noted_of_them() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let many = 300;
        let mut batch = vec![];
        for n in 1..=many {
            let id = incident_id(n);
            batch.push(ana.write(&declare(id, &format!("incident {n}"))));
            batch.push(ana.write(&field(RecordId::incident(id), "title", r#"called "kind":"entry""#, None)));
            batch.push(ana.write(&note(id, r#"a note of "kind":"written""#)));
        }
        let mut text = ana.text(&body_of(RecordId::incident(incident_id(1))));
        let typed = ana.types(&mut text, &body_of(RecordId::incident(incident_id(1))), "of a text");
        batch.push(ana.write(&typed));
        batch.push(ana.write(&command(
            incident_id(2),
            IncidentCommand::SetStatus { to: Status::Resolved },
            1,
        )));
        for part in batch.chunks(64) {
            ana.submit(&storage, part.to_vec()).await;
        }

        let ben = PersonId::new("ben");
        let both =
            storage.read(move |db| Ok((open(db, &ben, OfOpen::State)?, open(db, &ben, OfOpen::Entries)?)));
        let (state, entries) = both.await.unwrap();
        let mut shown = BTreeSet::new();
        let mut titles = 0;
        for operation in &state.operations {
            match &operation.body {
                OperationBody::Incident { incident, .. } => drop(shown.insert(*incident)),
                OperationBody::Written(op) => {
                    assert!(matches!(op.change(), Some(Change::Record { .. })), "{op:?}");
                    titles += 1;
                }
                other => panic!("{other:?}"),
            }
        }
        let open: BTreeSet<_> = (1..=many).filter(|n| *n != 2).map(incident_id).collect();
        assert_eq!((shown, titles), (open, many - 1), "{url:?}");
        // The newest incident first.
        let of = |operation: &Operation| match &operation.body {
            OperationBody::Written(op) => match op.change() {
                Some(Change::Entry(entry)) => entry.incident,
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        let told: Vec<_> = entries.operations.iter().map(of).collect();
        assert_eq!(told, (1..=many).rev().filter(|n| *n != 2).map(incident_id).collect::<Vec<_>>());
        assert_eq!((state.upto, entries.upto), (0, 0), "nobody's place moves");
    }
}
