//! The log stays whole: beside pages, after a restore, on two nodes.

use super::*;

#[tokio::test]
async fn the_log_has_no_holes_while_pages_come_in_and_many_people_write() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let storage = with_team(&url).await;
        let mut desktops = vec![];
        for person in ["ana", "ben", "ana", "ben"] {
            desktops.push(Desktop::of(&storage, person).await);
        }
        place(&desktops[0].say(&storage, &declare(incident_id(1), "Everything")).await);
        let writing = desktops.into_iter().map(|mut desktop| {
            let storage = storage.clone();
            async move {
                for n in 0..20 {
                    let mut batch = vec![desktop.write(&note(incident_id(1), &format!("note {n}")))];
                    batch.push(desktop.write(&note(incident_id(77), "refused")));
                    batch.push(desktop.write(&field(runbook(n), "title", "words", None)));
                    let answers = desktop.submit(&storage, batch).await;
                    assert_eq!(answers.len(), 3);
                    refusal(&answers[1].outcome);
                }
                place(&desktop.say(&storage, &note(incident_id(1), "done")).await)
            }
        });
        let paging = async {
            for n in 0..40 {
                storage.write(move |tx| testing::fire(tx, &format!("alert {n}")).map(drop)).await.unwrap();
            }
        };
        let (places, ()) = tokio::join!(futures_util::future::join_all(writing), paging);
        let operations = log(&storage).await;
        for seq in places {
            let there = &operations[seq as usize - 1];
            assert!(matches!(&there.body, OperationBody::Written(_)) && there.seq == seq);
        }
        assert_whole(&storage).await;
        let pulled = storage.read(|db| chunk(db, &"ana".into(), 0, None, 5_000)).await.unwrap();
        assert!(
            pulled
                .operations
                .iter()
                .all(|o| matches!(o.body, OperationBody::Written(_) | OperationBody::Incident { .. }))
        );
        assert_eq!((pulled.operations.len(), pulled.upto), (1 + 4 * 41, pulled.newest));
        // In small parts it is the same.
        let (mut parts, mut at) = (vec![], 0);
        while at < pulled.newest {
            let part = storage.read(move |db| chunk(db, &"ana".into(), at, None, 7)).await.unwrap();
            assert!(part.upto > at && part.after == at);
            at = part.upto;
            parts.extend(part.operations);
        }
        assert_eq!(parts, pulled.operations);
    }
}

#[tokio::test]
async fn after_a_restore_a_desktop_offers_again_what_the_backup_does_not_know() {
    let folder = tempfile::tempdir().unwrap();
    for (n, url) in databases(folder.path()).into_iter().enumerate() {
        let storage = with_team(&url).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let document = body_of(runbook(1));
        let mut text = ana.text(&document);
        let mut all = vec![ana.write(&declare(incident_id(1), "Disk full"))];
        all.push(ana.write(&note(incident_id(2), "refused")));
        let typed = ana.types(&mut text, &document, "Look at the disk.");
        all.push(ana.write(&typed));
        let before = ana.submit(&storage, all.clone()).await;
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
        all.push(ana.write(&note(incident_id(1), "it was the log")));
        let typed = ana.types(&mut text, &document, " Then free it.");
        all.push(ana.write(&typed));
        ana.submit(&storage, all[3..].to_vec()).await.iter().for_each(accepted);

        let restored = DatabaseUrl::Sqlite(folder.path().join(format!("restored-{n}.db")));
        crate::backup::restore(&restored, &file).unwrap();
        let again = open(&restored);
        assert!(again.write(|tx| tx.was_restored()).await.unwrap());
        assert!(!storage.write(|tx| tx.was_restored()).await.unwrap());
        assert_eq!(heard(&again, &ana).await, 3, "that of the backup");
        assert_eq!(ana.submit(&again, all[..3].to_vec()).await, before, "answered as before");
        // Others wrote first after the restore: the places are others, the names the same.
        let mut ben = Desktop::of(&again, "ben").await;
        place(&ben.say(&again, &note(incident_id(1), "restored")).await);
        let answers = ana.submit(&again, all[3..].to_vec()).await;
        let names: Vec<OpId> = all[3..].iter().map(|s| s.op.id).collect();
        for (answer, name) in answers.iter().zip(names) {
            let seq = place(&answer.outcome);
            let there = again.operations_after(seq - 1, 1).await.unwrap().remove(0);
            assert!(matches!(&there.body, OperationBody::Written(w) if w.id == name));
        }
        assert_whole(&again).await;
        let state = again.write(|tx| tx.text_state(&body_of(runbook(1)))).await.unwrap();
        assert_eq!(TextDocument::from_state(0, &state).unwrap().text(), "Look at the disk. Then free it.");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_answer_the_same_desktop_alike() {
    let Ok(url) = std::env::var("FIREBELL_TEST_POSTGRES") else {
        eprintln!("FIREBELL_TEST_POSTGRES is not set: two nodes were not tested");
        return;
    };
    let url = DatabaseUrl::Postgres(testing::private_schema(&url));
    let (first, second) = (with_team(&url).await, open(&url));
    let mut ana = Desktop::of(&first, "ana").await;
    place(&ana.say(&first, &declare(incident_id(1), "Disk full")).await);
    let mut batch = vec![];
    for n in 0..100 {
        batch.push(ana.write(&note(incident_id(if n % 10 == 9 { 2 } else { 1 }), &format!("note {n}"))));
    }
    // Her connection moved from one node to the other in the middle: both are at it.
    let (one, other) = tokio::join!(ana.submit(&first, batch.clone()), ana.submit(&second, batch.clone()));
    assert_eq!(one, other);
    assert_eq!(one.len(), 100);
    let mut ben = Desktop::of(&second, "ben").await;
    let (mut left, mut right) = (vec![], vec![]);
    for n in 0..50 {
        left.push(ana.write(&note(incident_id(1), &format!("ana {n}"))));
        right.push(ben.write(&note(incident_id(1), &format!("ben {n}"))));
    }
    tokio::join!(ana.submit(&first, left), ben.submit(&second, right));
    assert_whole(&first).await;
}
