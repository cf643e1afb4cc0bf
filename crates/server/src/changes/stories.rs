//! One story of changes, told to both databases.

use super::*;
use crate::clock::SystemClock;
use crate::engine::testing;
use crate::storage::{ChangeFilter, databases, read};
use chrono::TimeDelta;

fn deployed(revision: &str) -> NewChange {
    NewChange { revision: Some(revision.into()), details: serde_json::json!({}), ..NewChange::default() }
}

async fn post(storage: &Storage, new: NewChange) -> ChangeEvent {
    storage.write(|tx| posted(tx, &"prod".into(), new)).await.unwrap().unwrap()
}

async fn names(storage: &Storage, filter: ChangeFilter) -> Vec<String> {
    let found = storage.read(move |db| read::changes(db, &filter)).await.unwrap();
    found.iter().map(|c| c.name().to_owned()).collect()
}

#[tokio::test]
async fn changes_are_kept_told_apart_listed_and_forgotten_on_every_database() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let now = SystemClock.now();
        let storage = Storage::open(&url, Arc::new(SystemClock), now, None, |_| {}).unwrap();
        storage.write(|tx| tx.put_team(0, &testing::team(), "init")).await.unwrap();

        // The integration's service, unless the change names one of ours; what nobody knows is kept as a detail.
        let first = post(&storage, deployed("v1")).await;
        assert_eq!((first.service.as_str(), first.count), ("payments-api", 1), "{url:?}");
        let named = post(&storage, NewChange { service: Some("search".into()), ..deployed("v7") }).await;
        assert_eq!(named.service.as_str(), "search");
        let odd = post(&storage, NewChange { service: Some("shop".into()), ..deployed("v9") }).await;
        assert_eq!((odd.service.as_str(), &odd.details["service"]), ("payments-api", &"shop".into()));

        // Said again it is the same; two at once are one.
        let again = tokio::join!(post(&storage, deployed("v1")), post(&storage, deployed("v1")));
        assert_eq!((again.0.id, again.1.id), (first.id, first.id));
        assert_eq!(again.0.count.max(again.1.count), 3);

        // A planned one stands at its start, before what was made.
        let start = (now + TimeDelta::days(2)).to_rfc3339();
        post(&storage, NewChange { starts_at: Some(start), ..deployed("next") }).await;
        assert_eq!(names(&storage, ChangeFilter { limit: 500, ..ChangeFilter::default() }).await[0], "next");
        let until = Some(now + TimeDelta::hours(1));
        let of_search = ChangeFilter { services: vec!["search".into()], until, limit: 500, from: None };
        assert_eq!(names(&storage, of_search.clone()).await, ["v7"]);
        let made = ChangeFilter { services: vec![], ..of_search };
        assert_eq!(names(&storage, made.clone()).await.len(), 3);
        assert_eq!(names(&storage, ChangeFilter { limit: 1, ..made.clone() }).await, ["v9"]);
        let later = ChangeFilter { from: until, until: None, ..made };
        assert_eq!(names(&storage, later).await, ["next"]);

        // Nothing of the last 90 days goes; what is older does, in steps.
        let stop = CancellationToken::new();
        assert_eq!(forget(&storage, now - KEPT_FOR, &stop).await.unwrap(), 0);
        assert_eq!(forget(&storage, now + TimeDelta::days(1), &stop).await.unwrap(), 3);
        assert_eq!(names(&storage, ChangeFilter { limit: 500, ..ChangeFilter::default() }).await, ["next"]);

        // The integration is gone, and with it the right to say anything.
        let mut team = testing::team();
        team.integrations.clear();
        storage.write(move |tx| tx.put_team(1, &team, "apply")).await.unwrap();
        assert_eq!(storage.write(|tx| posted(tx, &"prod".into(), deployed("v2"))).await.unwrap(), None);
    }
}
