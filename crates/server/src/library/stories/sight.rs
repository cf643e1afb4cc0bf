//! Private incidents: whoever is not among their people meets nothing of them.

use super::*;
use crate::library::{history, open as open_ones};
use crate::push::follow;
use crate::storage::OfOpen;
use firebell_domain::IncidentId;
use firebell_domain::refusal::Refusal;
use firebell_protocol::sync::ServerMessage;

/// Everything that the server says to a person about incidents, by every route, as text.
async fn all_told(storage: &Storage, desktop: &Desktop, incidents: &[IncidentId]) -> String {
    let (device, incidents) = (desktop.device.clone(), incidents.to_vec());
    let told = storage.read(move |db| {
        let person = &device.person;
        let mut told = vec![
            serde_json::to_string(&chunk(db, person, 0, None, 5_000)?),
            serde_json::to_string(&open_ones(db, person, OfOpen::State)?),
            serde_json::to_string(&open_ones(db, person, OfOpen::Entries)?),
            serde_json::to_string(&read::incidents(db, person, false, 100)?),
        ];
        for id in &incidents {
            told.push(serde_json::to_string(&incident(db, person, *id)?));
            told.push(serde_json::to_string(&history(db, person, *id, 0, 5_000)?));
        }
        let mut at = 0;
        while let Some(pushed) = follow::read_on(db, &device, at)? {
            let ServerMessage::Operations { operations } = &pushed.message else { panic!() };
            let places: Vec<u64> = operations.iter().map(|o| o.seq).collect();
            assert_eq!(places, (at + 1..=pushed.at).collect::<Vec<_>>(), "a push leaves no place out");
            at = pushed.at;
            told.push(serde_json::to_string(&pushed.message));
        }
        Ok(told.into_iter().collect::<Result<Vec<_>, _>>().unwrap().join("\n"))
    });
    told.await.unwrap()
}

/// What a person's desktop takes in of the log, without places that say nothing.
async fn bodies(storage: &Storage, person: &str, after: u64) -> Vec<OperationBody> {
    let person = person.into();
    let part = storage.read(move |db| chunk(db, &person, after, None, 5_000)).await.unwrap();
    part.operations.into_iter().map(|o| o.body).collect()
}

async fn newest(storage: &Storage) -> u64 {
    storage.newest_operation().await.unwrap()
}

#[tokio::test]
async fn whoever_is_not_among_its_people_meets_nothing_of_a_private_incident() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        let eve = Desktop::of(&storage, "eve").await;
        let (private, public, nowhere) = (incident_id(1), incident_id(2), incident_id(3));
        place(&ana.say(&storage, &declare_privately(private, "PAYROLL leaked", &["eve"])).await);
        place(&ana.say(&storage, &note(private, "PAYROLL of 40 people")).await);
        let record = RecordId::incident(private);
        place(&ana.say(&storage, &field(record.clone(), "impact", "PAYROLL is out", None)).await);
        place(&ben.say(&storage, &declare(public, "Search is slow")).await);

        for _ in 0..2 {
            let his = all_told(&storage, &ben, &[private, public]).await;
            assert!(!his.contains("PAYROLL") && !his.contains(&private.to_string()), "{url:?}: {his}");
            assert!(his.contains("Search is slow"));
            for desktop in [&ana, &eve] {
                let theirs = all_told(&storage, desktop, &[private, public]).await;
                for words in ["PAYROLL leaked", "PAYROLL of 40 people", "PAYROLL is out", "Search is slow"] {
                    assert!(theirs.contains(words), "{words}");
                }
            }
            // What he writes about it is answered as for one that nobody ever declared.
            let set = IncidentCommand::SetStatus { to: Status::Resolved };
            let body = |incident| body_of(RecordId::incident(incident));
            let unheard = |id: IncidentId| {
                [
                    note(id, "hello"),
                    field(RecordId::incident(id), "impact", "none", None),
                    command(id, set.clone(), 1),
                    change_people(id, &["ben"], &[]),
                    command(public, IncidentCommand::Merge { into: id }, 1),
                    Change::Text { document: body(id), update: Bytes(vec![0, 0]) },
                ]
            };
            for (there, not) in unheard(private).iter().zip(unheard(nowhere)) {
                let (there, not) = (ben.say(&storage, there).await, ben.say(&storage, &not).await);
                assert_eq!(refusal(&there), refusal(&not), "{there:?}");
                assert_eq!(refusal(&there).code, RefusalCode::NotFound, "{there:?}");
            }
            let words = "The team does not know this incident. Declare it first; if you did, look why that was not accepted.";
            let taken = Change::Settled { incident: private, events: vec![] };
            for change in [declare(private, "Mine"), declare_privately(private, "Mine", &[]), taken] {
                let outcome = ben.say(&storage, &change).await;
                assert_eq!(*refusal(&outcome), Refusal::new(RefusalCode::NotFound, words));
            }
            // And once it is over, the same.
            let end = IncidentCommand::FalseAlarm { reason: "PAYROLL is well".into() };
            ana.say(&storage, &command(private, end, 1)).await;
        }
        // A reader of it only reads.
        let mut eve = eve;
        assert_eq!(refusal(&eve.say(&storage, &note(private, "hi")).await).code, RefusalCode::NotAllowed);
        assert_whole(&storage).await;
    }
}

#[tokio::test]
async fn whoever_is_taken_away_hears_only_that_and_whoever_is_added_gets_the_whole_history() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        let id = incident_id(1);
        place(&ana.say(&storage, &declare(id, "Checkout is down")).await);
        place(&ben.say(&storage, &note(id, "SECRET one")).await);
        let before = newest(&storage).await;
        let taken_away = place(&ana.say(&storage, &make_private(id, &[])).await);
        place(&ana.say(&storage, &note(id, "SECRET two")).await);
        // He was away all the time: the parts that he gets say no more than that it is gone.
        let gone = OperationBody::Gone { incident: id, asked: None };
        assert_eq!(bodies(&storage, "ben", 0).await, std::slice::from_ref(&gone));
        assert_eq!(bodies(&storage, "ben", before).await, [gone]);
        assert_eq!(bodies(&storage, "ben", taken_away).await, []);
        assert_eq!(bodies(&storage, "ana", 0).await.len(), 4);
        assert!(!all_told(&storage, &ben, &[id]).await.contains("SECRET"));
        assert_eq!(refusal(&ben.say(&storage, &note(id, "x")).await).code, RefusalCode::NotFound);

        let postmortem = Change::Record {
            record: RecordId::postmortem(id),
            field: "title".into(),
            value: "SECRET postmortem".into(),
            replaces: None,
        };
        place(&ana.say(&storage, &postmortem).await);
        assert!(!all_told(&storage, &ben, &[id]).await.contains("SECRET"));
        place(&ana.say(&storage, &change_people(id, &["ben"], &[])).await);
        let whole = storage.read(move |db| history(db, &"ben".into(), id, 0, 2)).await.unwrap();
        assert_eq!((whole.operations.len(), whole.upto < whole.newest), (2, true), "in parts");
        let (upto, newest_then) = (whole.upto, whole.newest);
        let rest = storage.read(move |db| history(db, &"ben".into(), id, upto, 100)).await.unwrap();
        assert_eq!((rest.operations.len(), rest.upto), (4, newest_then));
        assert!(serde_json::to_string(&rest).unwrap().contains("SECRET postmortem"));
        assert_eq!(bodies(&storage, "ben", 0).await.len(), 6, "nothing is gone any more");
        place(&ben.say(&storage, &note(id, "SECRET three")).await);

        // He takes himself out, and what he writes behind that in the same breath is not taken.
        let batch = vec![
            ben.write(&note(id, "SECRET four")),
            ben.write(&change_people(id, &[], &["ben"])),
            ben.write(&note(id, "SECRET five")),
        ];
        let own = batch[1].op.id;
        let answers = ben.submit(&storage, batch).await;
        assert_eq!(refusal(&answers[2].outcome).code, RefusalCode::NotFound);
        let at = place(&answers[1].outcome);
        assert_eq!(
            bodies(&storage, "ben", at - 1).await,
            [OperationBody::Gone { incident: id, asked: Some(own) }]
        );
        // The team sees it again, with everything.
        let version = storage.read(move |db| incident(db, &"ana".into(), id)).await.unwrap().unwrap();
        place(&ana.say(&storage, &make_public(id, version.incident.version)).await);
        assert!(all_told(&storage, &ben, &[id]).await.contains("SECRET four"));
        let found = storage.read(move |db| incident(db, &"ben".into(), id)).await.unwrap().unwrap();
        assert!(!found.incident.is_private());
        let reasons = serde_json::to_string(&found.history).unwrap();
        for reason in ["about a person", "they are needed", "it is over"] {
            assert!(reasons.contains(reason), "each change stands in the history with its reason");
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_about_who_sees_it_comes_back_with_words() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let (mut ana, mut ben) = (Desktop::of(&storage, "ana").await, Desktop::of(&storage, "ben").await);
        let (id, other) = (incident_id(1), incident_id(2));
        let stranger = ana.say(&storage, &declare_privately(id, "Leak", &["zoe"])).await;
        assert!(refusal(&stranger).words.contains("`zoe` is nobody of the team"), "{stranger:?}");
        place(&ana.say(&storage, &declare_privately(id, "Leak", &["ben"])).await);
        place(&ben.say(&storage, &declare(other, "Search is slow")).await);
        for (change, part) in [
            (change_people(id, &["zoe"], &[]), "nobody of the team"),
            (change_people(id, &[], &["ana"]), "always sees it"),
            (change_people(id, &["ben"], &[]), "already"),
            (make_private(id, &[]), "already"),
            (command(id, IncidentCommand::MakePublic { reason: " ".into() }, 1), "Say why"),
            (command(other, IncidentCommand::Merge { into: id }, 1), "Make this one private first"),
        ] {
            let outcome = ben.say(&storage, &change).await;
            assert!(refusal(&outcome).words.contains(part), "{outcome:?}");
        }
        // Ben saw it before Eve was named; it is for him to say whether everybody may still see it.
        place(&ana.say(&storage, &change_people(id, &["eve"], &[])).await);
        let asked = ben.say(&storage, &make_public(id, 1)).await;
        assert_eq!(
            refusal(&asked).words,
            "This incident was given to other people just now by Ana Ruiz; let the whole team see it all the same?"
        );
        place(&ben.say(&storage, &make_public(id, 2)).await);
        assert!(refusal(&ana.say(&storage, &change_people(id, &["eve"], &[])).await).words.contains("first"));
        // What came of one computer alone was never private.
        let found = storage.read(move |db| incident(db, &"ana".into(), id)).await.unwrap().unwrap();
        let mut events: Vec<_> = found.history.into_iter().take(2).collect();
        if let IncidentEvent::Declared { incident, .. } = &mut events[0].event {
            *incident = incident_id(9);
        }
        let taken = Change::Settled { incident: incident_id(9), events };
        assert!(refusal(&ana.say(&storage, &taken).await).words.contains("cannot be private yet"));
    }
}

#[tokio::test]
async fn what_is_private_stays_so_in_a_backup_and_after_old_texts_were_merged() {
    let folder = tempfile::tempdir().unwrap();
    for (n, url) in databases(folder.path()).into_iter().enumerate() {
        let storage = with_team(&url).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let id = incident_id(1);
        place(&ana.say(&storage, &declare_privately(id, "SECRET", &[])).await);
        let document = body_of(RecordId::incident(id));
        let mut text = ana.text(&document);
        for _ in 0..4 {
            let typed = ana.types(&mut text, &document, "SECRET ");
            place(&ana.say(&storage, &typed).await);
        }
        let (name, subject) = (document.to_string(), document.record.to_string());
        let tomorrow = chrono::Utc::now() + chrono::TimeDelta::days(1);
        let merged =
            storage.write(move |tx| crate::library::merge(tx, &name, &subject, tomorrow, 2)).await.unwrap();
        assert_eq!(merged.gone, 3);
        let told = storage.read(|db| chunk(db, &"ben".into(), 0, Some(3), 5_000)).await.unwrap();
        assert!(told.operations.is_empty(), "what covers earlier places is hidden, too");
        let file = folder.path().join(format!("backup-{n}.db"));
        let (from, to) = (url.clone(), file.clone());
        let backup = move || {
            std::thread::scope(|s| {
                s.spawn(|| crate::backup::backup(&mut crate::storage::open_db(&from).unwrap(), &to))
                    .join()
                    .unwrap()
            })
        };
        tokio::task::spawn_blocking(backup).await.unwrap().unwrap();
        let restored = DatabaseUrl::Sqlite(folder.path().join(format!("restored-{n}.db")));
        crate::backup::restore(&restored, &file).unwrap();
        let again = open(&restored);
        for of in [&storage, &again] {
            let part = of.read(|db| chunk(db, &"ben".into(), 0, None, 5_000)).await.unwrap();
            assert!(part.operations.is_empty(), "{part:?}");
            let hers = of.read(move |db| history(db, &"ana".into(), id, 0, 100)).await.unwrap();
            assert_eq!(hers.operations.len(), 2);
        }
    }
}
