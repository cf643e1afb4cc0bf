//! However submissions come — twice, in another order, in parts, from several people — the log ends up sound.

use super::testing::*;
use super::{chunk, merge};
use crate::storage::{DatabaseUrl, read};
use firebell_log::text::TextDocument;
use firebell_log::{Change, OpId, OperationBody};
use firebell_protocol::sync::{OpOutcome, Submission};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// What a writer has to say: 0 declares, 1 notes, 2 sets a field, 3 is refused, 4 types.
fn any_changes() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(0u8..5, 1..10), 1..4)
}

/// (writer, first, how many, backwards)
fn any_deliveries() -> impl Strategy<Value = Vec<(usize, usize, usize, bool)>> {
    prop::collection::vec((0usize..4, 0usize..10, 1usize..6, any::<bool>()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_counter_gets_one_answer_and_the_log_has_no_holes(
        changes in any_changes(),
        deliveries in any_deliveries(),
    ) {
        run(async move {
            let storage = with_team(&DatabaseUrl::Memory).await;
            let mut desktops = vec![];
            for (n, kinds) in changes.iter().enumerate() {
                let mut desktop = Desktop::of(&storage, if n % 2 == 0 { "ana" } else { "ben" }).await;
                let document = body_of(runbook(1));
                let mut text = desktop.text(&document);
                let mut all: Vec<Submission> = vec![];
                for kind in kinds {
                    let id = incident_id(1 + n as u128 % 2);
                    let change = match kind {
                        0 => declare(id, "down"),
                        1 => note(id, "a note"),
                        2 => field(runbook(1), "title", "words", all.last().map(|s| s.op.id)),
                        3 => note(incident_id(99), "nowhere"),
                        _ => desktop.types(&mut text, &document, "words "),
                    };
                    all.push(desktop.write(&change));
                }
                desktops.push((desktop, all));
            }
            let mut answers: BTreeMap<OpId, OpOutcome> = BTreeMap::new();
            // The end of it all: everybody sends everything in order.
            let last = (0..desktops.len()).map(|d| (d, 0, usize::MAX, false));
            for (who, first, count, backwards) in deliveries.into_iter().chain(last) {
                let (desktop, all) = &desktops[who % desktops.len()];
                let mut some: Vec<_> = all.iter().skip(first).take(count).cloned().collect();
                if backwards {
                    some.reverse();
                }
                for answer in desktop.submit(&storage, some).await {
                    let id = OpId { writer: desktop.writer, counter: answer.counter };
                    match answer.outcome {
                        OpOutcome::Forked => panic!("nobody copied anything"),
                        OpOutcome::Missing { .. } => {}
                        outcome => {
                            let before = answers.entry(id).or_insert_with(|| outcome.clone());
                            assert_eq!(*before, outcome, "the same answer for {id}");
                        }
                    }
                }
            }
            for (_, all) in &desktops {
                assert!(all.iter().all(|s| answers.contains_key(&s.op.id)), "each is answered");
            }
            let operations = storage.operations_after(0, 10_000).await.unwrap();
            let places: Vec<u64> = operations.iter().map(|o| o.seq).collect();
            assert_eq!(places, (1..=places.len() as u64).collect::<Vec<_>>());
            let mut accepted: Vec<(u64, OpId)> = answers
                .iter()
                .filter_map(|(id, o)| match o { OpOutcome::Accepted { seq, .. } => Some((*seq, *id)), _ => None })
                .collect();
            accepted.sort_unstable();
            let there: Vec<(u64, OpId)> = operations
                .iter()
                .filter_map(|o| match &o.body {
                    OperationBody::Written(w) => Some((o.seq, w.id)),
                    OperationBody::Incident { asked, .. } => asked.map(|id| (o.seq, id)),
                    _ => None,
                })
                .collect();
            assert_eq!(there, accepted, "what was accepted is there, once, at its place");
        });
    }

    #[test]
    fn a_follower_that_begins_and_one_that_was_in_the_middle_see_the_same_text_after_compaction(
        typing in prop::collection::vec((0usize..3, "[a-z ]{1,5}", 0u8..6), 4..40),
        stopped_at in 0u64..50,
        live_from in 0u64..50,
        cut_at in prop::collection::vec(1u64..50, 1..3),
    ) {
        run(async move {
            let storage = with_team(&DatabaseUrl::Memory).await;
            let document = body_of(runbook(1));
            let mut desks = vec![];
            for person in ["ana", "ben", "ana"] {
                let desktop = Desktop::of(&storage, person).await;
                let text = desktop.text(&document);
                desks.push((desktop, text));
            }
            for (who, words, aside) in typing {
                let (desktop, text) = &mut desks[who];
                // Between the updates of the text other things are written, and sometimes one hears of the others.
                if aside == 0 {
                    let title = field(runbook(1), "title", &words, None);
                    place(&desktop.say(&storage, &title).await);
                }
                if aside == 1 {
                    take(text, &chunk_of(&storage, 0, None).await);
                }
                let typed = desktop.types(text, &document, &words);
                place(&desktop.say(&storage, &typed).await);
            }
            let whole = chunk_of(&storage, 0, None).await;
            let newest = storage.newest_operation().await.unwrap();
            let mut expected = TextDocument::new(7);
            take(&mut expected, &whole);

            let (stopped_at, live_from) = (stopped_at.min(newest), live_from.clamp(1, newest + 1));
            let middle: Vec<_> = whole.iter().filter(|o| o.seq <= stopped_at).cloned().collect();
            let live: Vec<_> = whole.iter().filter(|o| o.seq >= live_from).cloned().collect();
            for at in cut_at {
                // Everything up to a place is old.
                let (name, subject) = (document.to_string(), document.record.to_string());
                let rows = whole.iter().filter(|o| o.seq < at).map(|o| o.at).next_back();
                if let Some(last) = rows {
                    let before = last + chrono::TimeDelta::microseconds(1);
                    let step = storage.write(move |tx| merge(tx, &name, &subject, before, 2));
                    step.await.unwrap();
                }
            }
            let after = chunk_of(&storage, 0, None).await;
            let fields = |ops: &[_]| ops.iter().filter(|o| is_field(o)).cloned().collect::<Vec<_>>();
            assert_eq!(fields(&after), fields(&whole), "the history of fields is kept");
            assert!(after.len() <= whole.len());

            let mut fresh = TextDocument::new(8);
            take(&mut fresh, &after);
            assert_eq!(fresh.text(), expected.text(), "from the beginning");
            let mut resumed = TextDocument::new(9);
            take(&mut resumed, &middle);
            take(&mut resumed, &chunk_of(&storage, stopped_at, None).await);
            assert_eq!(resumed.text(), expected.text(), "from the middle");
            // It heard the newest live, went away, and fills the gap before that only now.
            let mut gap = TextDocument::new(10);
            take(&mut gap, &live);
            take(&mut gap, &middle);
            if stopped_at + 1 < live_from {
                take(&mut gap, &chunk_of(&storage, stopped_at, Some(live_from - 1)).await);
            }
            assert_eq!(gap.text(), expected.text(), "with a gap");
            let whole = storage.read(move |db| read::log_is_whole(db, 0, newest)).await.unwrap();
            assert_eq!(whole, after.len() as u64 + team_ops(&storage).await == newest);
        });
    }
}

async fn team_ops(storage: &crate::storage::Storage) -> u64 {
    let all = storage.operations_after(0, 10_000).await.unwrap();
    all.iter().filter(|o| matches!(o.body, OperationBody::Team { .. })).count() as u64
}

async fn chunk_of(
    storage: &crate::storage::Storage,
    after: u64,
    until: Option<u64>,
) -> Vec<firebell_log::Operation> {
    storage.read(move |db| chunk(db, &"ana".into(), after, until, 5_000)).await.unwrap().operations
}

fn is_field(operation: &firebell_log::Operation) -> bool {
    matches!(&operation.body, OperationBody::Written(w) if matches!(w.change(), Some(Change::Record { .. })))
}

fn take(text: &mut TextDocument, operations: &[firebell_log::Operation]) {
    for operation in operations {
        if let OperationBody::Written(written) = &operation.body
            && let Some(Change::Text { update, .. }) = written.change()
        {
            text.apply(&update.0).unwrap();
        }
    }
}
