//! Stories of the library, told to both databases.

mod open;
mod owners;
mod sight;
mod whole;

use super::testing::*;
use super::{chunk, incident};
use crate::engine::testing;
use crate::storage::{DatabaseUrl, Storage, databases, read};
use firebell_domain::incident::{IncidentCommand, IncidentEvent, Status};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::timeline::Entry;
use firebell_domain::{EntryId, Severity};
use firebell_log::text::{TextDocument, client_id};
use firebell_log::{Bytes, Change, OpId, Operation, OperationBody, RecordId, SCHEMA};
use firebell_protocol::sync::{OpAnswer, OpOutcome, Submission};
use uuid::Uuid;

#[track_caller]
fn accepted(answer: &OpAnswer) {
    place(&answer.outcome);
}

async fn log(storage: &Storage) -> Vec<Operation> {
    storage.operations_after(0, 100_000).await.unwrap()
}

async fn assert_whole(storage: &Storage) {
    let places: Vec<u64> = log(storage).await.iter().map(|o| o.seq).collect();
    assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>());
}

async fn heard(storage: &Storage, desktop: &Desktop) -> u64 {
    let writer = desktop.writer;
    storage.read(move |db| read::heard(db, writer)).await.unwrap()
}

#[tokio::test]
async fn what_was_written_on_a_train_is_taken_in_once_and_answered_alike_however_often_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let id = incident_id(1);
        let mut batch = vec![ana.write(&declare(id, "Checkout is down"))];
        batch.push(ana.write(&note(id, "looking at the queue")));
        batch.push(ana.write(&field(RecordId::incident(id), "impact", "nobody can pay", None)));
        let replaced = batch[2].op.id;
        batch.push(ana.write(&field(RecordId::incident(id), "impact", "half cannot pay", Some(replaced))));
        let resolve = IncidentCommand::SetStatus { to: Status::Resolved };
        batch.push(ana.write(&command(id, resolve, 1)));
        // From the far future, by a broken clock.
        batch[1].op.stamp.ms = i64::MAX;

        let answers = ana.submit(&storage, batch.clone()).await;
        assert_eq!(answers.iter().map(|a| a.counter).collect::<Vec<_>>(), [1, 2, 3, 4, 5], "{url:?}");
        let places: Vec<u64> = answers.iter().map(|a| place(&a.outcome)).collect();
        let operations = log(&storage).await;
        for (answer, seq) in answers.iter().zip(&places) {
            let there = operations.iter().find(|o| o.seq == *seq).unwrap();
            let name = match &there.body {
                OperationBody::Written(written) => written.id,
                OperationBody::Incident { asked, .. } => asked.unwrap(),
                other => panic!("{other:?}"),
            };
            assert_eq!(name, OpId { writer: ana.writer, counter: answer.counter });
        }
        let OpOutcome::Accepted { stamp, .. } = answers[1].outcome else { panic!() };
        let soon = chrono::Utc::now().timestamp_millis() + 61_000;
        assert!(stamp.ms < soon, "a clock from the future counts as a minute ahead");
        assert_eq!(heard(&storage, &ana).await, 5);

        // The same again, in parts, and with more behind.
        assert_eq!(ana.submit(&storage, batch.clone()).await, answers);
        assert_eq!(ana.submit(&storage, batch[2..].to_vec()).await, answers[2..]);
        let more = ana.write(&note(id, "it was the certificate"));
        let mut with_more = batch[3..].to_vec();
        with_more.push(more);
        let again = ana.submit(&storage, with_more).await;
        assert_eq!(again[..2], answers[3..]);
        place(&again[2].outcome);
        assert_whole(&storage).await;

        // Out of order: the one in between is missing.
        let (early, late) = (ana.write(&note(id, "one")), ana.write(&note(id, "two")));
        let answers = ana.submit(&storage, vec![late.clone(), early.clone()]).await;
        assert_eq!(answers.len(), 1, "the batch stops there");
        assert_eq!(answers[0].outcome, OpOutcome::Missing { heard: 6 });
        place(&ana.submit(&storage, vec![early, late]).await[1].outcome);

        // A copy of her disk counts on from the same place.
        let mut copy = Desktop { device: ana.device.clone(), writer: ana.writer, counter: 6 };
        let (other, behind) = (copy.write(&note(id, "from the copy")), copy.write(&note(id, "and on")));
        let answers = copy.submit(&storage, vec![other, behind]).await;
        assert_eq!((answers.len(), &answers[0].outcome), (1, &OpOutcome::Forked));
        // And so does another computer that took her name.
        let mut thief =
            Desktop { writer: ana.writer, counter: ana.counter, ..Desktop::of(&storage, "ben").await };
        assert_eq!(thief.say(&storage, &note(id, "hello")).await, OpOutcome::Forked);
        let mut odd = Desktop { device: ana.device.clone(), writer: ana.writer, counter: u64::MAX - 1 };
        assert_eq!(odd.say(&storage, &note(id, "x")).await, OpOutcome::Forked);
        let mut zero = ana.write(&note(id, "x"));
        (zero.op.id.counter, zero.after) = (0, 0);
        assert_eq!(ana.submit(&storage, vec![zero]).await[0].outcome, OpOutcome::Forked);
        assert_whole(&storage).await;
    }
}

#[tokio::test]
async fn what_cannot_be_taken_comes_back_with_words_and_nothing_else_stops() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut eve) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "eve").await);
        let (known, unknown) = (incident_id(1), incident_id(2));
        place(&ana.say(&storage, &declare(known, "Disk full")).await);
        let record = RecordId::incident(known);
        let Change::Entry(entry) = note(known, "x") else { panic!() };
        let entry = |text: &str| {
            Change::Entry(Entry { id: EntryId(Uuid::now_v7()), text: text.into(), ..entry.clone() })
        };
        let odd_kind = RecordId { kind: "Incident!\0".into(), id: Uuid::nil() };
        let text =
            |update: &[u8]| Change::Text { document: body_of(runbook(1)), update: Bytes(update.to_vec()) };
        let set = |to| IncidentCommand::SetStatus { to };
        let cases = [
            (declare(unknown, " "), RefusalCode::BadInput, "title"),
            (declare(known, "Again"), RefusalCode::NothingToDo, "already"),
            (note(unknown, "hello"), RefusalCode::NotFound, "Declare it first"),
            (
                field(RecordId::incident(unknown), "impact", "x", None),
                RefusalCode::NotFound,
                "Declare it first",
            ),
            (command(unknown, set(Status::Resolved), 1), RefusalCode::NotFound, "Declare it first"),
            (
                command(known, IncidentCommand::Merge { into: unknown }, 1),
                RefusalCode::NotFound,
                "become part of",
            ),
            (command(known, IncidentCommand::Merge { into: known }, 1), RefusalCode::BadInput, "itself"),
            (command(known, set(Status::Closed), 1), RefusalCode::NotAllowed, "Resolve"),
            (entry(" "), RefusalCode::BadInput, "empty"),
            (entry(&"é".repeat(10_001)), RefusalCode::BadInput, "10001"),
            (field(record.clone(), "Im-pact", "x", None), RefusalCode::BadInput, "field"),
            (field(record.clone(), "impact", &"x".repeat(70_000), None), RefusalCode::BadInput, "64 KiB"),
            (field(odd_kind, "impact", "x", None), RefusalCode::BadInput, "kind"),
            (text(b"no update"), RefusalCode::BadInput, "damaged"),
            (text(&[]), RefusalCode::BadInput, "damaged"),
        ];
        for (change, code, part) in cases {
            let outcome = ana.say(&storage, &change).await;
            let refusal = refusal(&outcome);
            assert_eq!(refusal.code, code, "{refusal}");
            assert!(refusal.words.contains(part) && refusal.words.ends_with('.'), "{refusal}");
        }
        // In somebody else's name, or by somebody who only reads.
        let mut forged = ana.write(&note(known, "I did it"));
        forged.op.author = "ben".into();
        assert_eq!(
            refusal(&ana.submit(&storage, vec![forged]).await[0].outcome).code,
            RefusalCode::NotAllowed
        );
        assert_eq!(refusal(&eve.say(&storage, &note(known, "hi")).await).code, RefusalCode::NotAllowed);
        // What is of a newer version is kept, unless the server would have to decide it, or it is damaged.
        let newer = |kind: &str, schema| {
            let change = serde_json::json!({ "kind": kind, "record": record, "of": "ana" });
            move |submission: &mut Submission| (submission.op.change, submission.op.schema) = (change, schema)
        };
        let mut kept = vec![];
        for (kind, schema, taken) in
            [("hologram", SCHEMA + 1, true), ("command", SCHEMA + 1, false), ("hologram", SCHEMA, false)]
        {
            let mut submission = ana.write(&note(known, "x"));
            newer(kind, schema)(&mut submission);
            let outcome = ana.submit(&storage, vec![submission.clone()]).await.remove(0).outcome;
            assert_eq!(matches!(outcome, OpOutcome::Accepted { .. }), taken, "{kind} {schema}: {outcome:?}");
            kept.extend(taken.then_some(submission.op));
        }
        let there = log(&storage).await;
        for op in kept {
            assert!(
                there.iter().any(|o| matches!(&o.body, OperationBody::Written(w) if w.change == op.change))
            );
        }
        // Whatever was refused, the next one is taken.
        place(&ana.say(&storage, &note(known, "all is well")).await);
        assert_whole(&storage).await;
    }
}

#[tokio::test]
async fn what_builds_on_something_refused_is_refused_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let id = incident_id(1);
        let record = RecordId::incident(id);
        let mut batch = vec![ana.write(&declare(id, &"x".repeat(500)))];
        batch.push(ana.write(&note(id, "it is the disk")));
        let answers = ana.submit(&storage, batch).await;
        assert!(refusal(&answers[1].outcome).words.contains("not accepted"), "its declaration was refused");

        place(&ana.say(&storage, &declare(id, "Disk full")).await);
        let long = ana.write(&field(record.clone(), "impact", &"x".repeat(70_000), None));
        let on_it = ana.write(&field(record.clone(), "impact", "short", Some(long.op.id)));
        let answers = ana.submit(&storage, vec![long, on_it]).await;
        assert!(refusal(&answers[1].outcome).words.contains("builds on"), "{answers:?}");
        // Nobody overrules what somebody else will write. What the team lost in a restore may be replaced.
        let mut ben = Desktop::of(&storage, "ben").await;
        let next = OpId { writer: ben.writer, counter: 2 };
        let on_next = field(record.clone(), "impact", "none", Some(next));
        place(&ana.say(&storage, &on_next).await);
        place(&ben.say(&storage, &field(record.clone(), "impact", "some", None)).await);
        assert!(refusal(&ana.say(&storage, &on_next).await).words.contains("does not know"));
        let ahead = OpId { writer: ana.writer, counter: ana.counter + 9 };
        place(&ana.say(&storage, &field(record.clone(), "impact", "none", Some(ahead))).await);
        storage.write(|tx| tx.set_meta("restored", "1")).await.unwrap();
        place(&ana.say(&storage, &on_next).await);
        place(&ben.say(&storage, &field(record, "impact", "much", None)).await);

        let Change::Entry(bad) = note(id, "") else { panic!() };
        let correction = Entry {
            id: EntryId(Uuid::now_v7()),
            text: "fixed".into(),
            corrects: Some(bad.id),
            ..bad.clone()
        };
        let batch = vec![ana.write(&Change::Entry(bad)), ana.write(&Change::Entry(correction))];
        let answers = ana.submit(&storage, batch).await;
        assert!(refusal(&answers[1].outcome).words.contains("corrects"), "{answers:?}");

        // An entry never changes; the same one from a copy of the library does no harm.
        let first = note(id, "as it was");
        place(&ana.say(&storage, &first).await);
        let mut second = Desktop {
            writer: Desktop::of(&storage, "ana").await.writer,
            counter: 0,
            device: ana.device.clone(),
        };
        place(&second.say(&storage, &first).await);
        let Change::Entry(entry) = first else { panic!() };
        let changed = Change::Entry(Entry { text: "as I wish it were".into(), ..entry });
        assert!(refusal(&second.say(&storage, &changed).await).words.contains("does not change"));
    }
}

#[tokio::test]
async fn a_command_that_comes_late_comes_back_as_a_question() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        let id = incident_id(1);
        place(&ana.say(&storage, &declare(id, "Checkout is down")).await);
        let set = |to| IncidentCommand::SetStatus { to };
        let severity = |to| IncidentCommand::SetSeverity { to, reason: String::new() };

        // One's own commands follow each other, whatever version was seen.
        let batch = vec![
            ana.write(&command(id, set(Status::Identified), 1)),
            ana.write(&command(id, set(Status::Monitoring), 1)),
        ];
        ana.submit(&storage, batch).await.iter().for_each(accepted);
        // Ben was on the train, and saw the first version.
        let words = refusal(&ben.say(&storage, &command(id, set(Status::Resolved), 1)).await).clone();
        assert_eq!(words.code, RefusalCode::Stale);
        assert_eq!(
            words.words,
            "This incident was set to monitoring just now by Ana Ruiz; resolve it all the same?"
        );
        // What nobody changed meanwhile is done.
        place(&ben.say(&storage, &command(id, severity(Severity::Sev1), 1)).await);
        let words = refusal(&ana.say(&storage, &command(id, severity(Severity::Sev4), 3)).await).clone();
        assert_eq!(
            words.words,
            "This incident was made SEV1 just now by Ben Okafor; make it SEV4 all the same?"
        );
        // Asked again with what is known now, it is done; what is so already needs no question.
        place(&ben.say(&storage, &command(id, set(Status::Resolved), 4)).await);
        let words = refusal(&ana.say(&storage, &command(id, set(Status::Resolved), 3)).await).clone();
        assert_eq!(words.code, RefusalCode::NothingToDo);
        let words = refusal(&ana.say(&storage, &command(id, set(Status::Identified), 3)).await).clone();
        assert_eq!(words.code, RefusalCode::AlreadyResolved);
        assert!(words.words.starts_with("This incident was resolved just now by Ben Okafor. "), "{words}");
        // Longer on the way than it was meant for.
        let mut late = ana.write(&command(id, set(Status::Investigating), 5));
        late.waited_ms = 3_600_001;
        let answer = ana.submit(&storage, vec![late]).await.remove(0).outcome;
        assert!(refusal(&answer).words.contains("60 minutes before"), "{answer:?}");
        let found = storage.read(move |db| incident(db, &"ana".into(), id)).await.unwrap().unwrap();
        assert_eq!((found.incident.version, found.incident.status), (5, Status::Resolved));
        assert_eq!(found.history.len(), 5);

        // Declared where the team could not hear it: it happened then.
        let other = incident_id(2);
        let mut declared = ben.write(&declare(other, "Search is slow"));
        declared.waited_ms = 1_800_000;
        place(&ben.submit(&storage, vec![declared]).await[0].outcome);
        let found = storage.read(move |db| incident(db, &"ana".into(), other)).await.unwrap().unwrap();
        assert_eq!(found.incident.number, 2, "a refused declaration takes no number");
        let ago = chrono::Utc::now() - found.incident.moments.declared_at.unwrap();
        assert!((29..=31).contains(&ago.num_minutes()), "{ago}");
    }
}

#[tokio::test]
async fn incidents_of_a_computer_that_was_alone_are_taken_over_with_their_times() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let (storage, alone) = (with_team(&url).await, with_team(&DatabaseUrl::Memory).await);
        let mut ana = Desktop::of(&alone, "ana").await;
        let (first, id) = (incident_id(9), incident_id(1));
        place(&ana.say(&alone, &declare(first, "before")).await);
        place(&ana.say(&alone, &declare(id, "Disk full")).await);
        place(&ana.say(&alone, &command(id, IncidentCommand::SetStatus { to: Status::Resolved }, 1)).await);
        let mut record = alone.read(move |db| incident(db, &"ana".into(), id)).await.unwrap().unwrap();
        let days = chrono::TimeDelta::days(3);
        record.history.iter_mut().for_each(|r| r.at -= days);

        let mut ana = Desktop::of(&storage, "ana").await;
        let settled = Change::Settled { incident: id, events: record.history.clone() };
        place(&ana.say(&storage, &settled).await);
        assert!(refusal(&ana.say(&storage, &settled).await).words.contains("already"));
        let found = storage.read(move |db| incident(db, &"ana".into(), id)).await.unwrap().unwrap();
        assert_eq!((found.incident.number, found.incident.version), (1, 1), "counted by the team");
        assert_eq!(found.incident.status, Status::Resolved);
        assert_eq!(found.incident.moments.resolved_at, Some(record.history[1].at));
        assert_eq!(
            found.history.iter().map(|r| r.at).collect::<Vec<_>>(),
            record.history.iter().map(|r| r.at).collect::<Vec<_>>()
        );
        place(&ana.say(&storage, &note(id, "from then")).await);
        place(
            &ana.say(&storage, &command(id, IncidentCommand::SetStatus { to: Status::Investigating }, 1))
                .await,
        );

        let mut ben = Desktop::of(&storage, "ben").await;
        let odd = incident_id(5);
        for events in [vec![], record.history.clone(), record.history[1..].to_vec()] {
            refusal(&ben.say(&storage, &Change::Settled { incident: odd, events }).await);
        }
        let mut unknown = record.history.clone();
        unknown[1].event = IncidentEvent::Unknown;
        let outcome = ana.say(&storage, &Change::Settled { incident: odd, events: unknown }).await;
        assert!(refusal(&outcome).words.contains("older"), "{outcome:?}");
        assert_eq!(storage.read(move |db| incident(db, &"ana".into(), odd)).await.unwrap(), None);
    }
}

#[tokio::test]
async fn two_people_write_in_one_text_and_nobody_writes_in_anothers_name() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        let document = body_of(runbook(1));
        let (mut hers, mut his) = (ana.text(&document), ben.text(&document));
        let first = ana.types(&mut hers, &document, "Restart the queue. ");
        let second = ana.types(&mut hers, &document, "Then look.");
        let other = ben.types(&mut his, &document, "Call Ana.");
        // The second one alone builds on the first.
        let mut stray = Desktop { device: ana.device.clone(), ..Desktop::of(&storage, "ana").await };
        let words = refusal(&stray.say(&storage, &second).await).clone();
        assert!(
            words.words.contains("not written on the computer") || words.words.contains("not here"),
            "{words}"
        );
        let batch = vec![ana.write(&first), ana.write(&second)];
        ana.submit(&storage, batch).await.iter().for_each(accepted);
        place(&ben.say(&storage, &other).await);
        // Ben sends what Ana's computer typed.
        assert!(refusal(&ben.say(&storage, &second).await).words.contains("not written on the computer"));
        let on_server = storage.write(move |tx| tx.text_state(&body_of(runbook(1)))).await.unwrap();
        for update in [&first, &second, &other] {
            let Change::Text { update, .. } = update else { panic!() };
            hers.apply(&update.0).unwrap();
        }
        let server = TextDocument::from_state(client_id(ana.writer, &document), &on_server).unwrap();
        assert_eq!(server.text(), hers.text());
        assert!(
            server.text().contains("Call Ana.") && server.text().contains("Restart the queue. Then look.")
        );
    }
}
