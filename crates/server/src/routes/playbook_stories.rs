//! Two admins, a responder and an operator with a file, all at one playbook; on both databases.

use super::tests::{Member, serve_on};
use crate::cli::Request as Asked;
use crate::storage::databases;
use serde_json::{Value, json};

async fn save(who: &Member, changes: Value, expected: u64) -> (u16, Value) {
    who.send("PUT", "/api/v1/playbook", Some(json!({ "changes": changes, "expected": expected }))).await
}

async fn get(who: &Member, path: &str) -> Value {
    let (status, body) = who.send("GET", path, None).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

fn every(body: &Value) -> &str {
    body["playbook"]["severities"]["SEV1"]["updates"]["every"].as_str().unwrap()
}

#[tokio::test]
async fn two_admins_edit_one_playbook_and_neither_loses_a_word() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let ana = Member::join(&url, &desk, "ops@example.com", None).await;
        let ben = Member::join(&url, &desk, "ben@example.com", Some("admin")).await;
        let begun = get(&ana, "/api/v1/playbook").await;
        assert_eq!((begun["changes"].clone(), every(&begun)), (json!({}), "15m"));
        let base = begun["version"].as_u64().unwrap();

        // Ana saves; what she wrote that is usual anyway is not kept as a decision.
        let mine = json!({ "severities": { "SEV1": { "updates": { "every": "20m" }, "watch_for": "30m" } } });
        let (status, saved) = save(&ana, mine, base).await;
        assert_eq!((status, every(&saved)), (200, "20m"));
        assert_eq!(saved["changes"], json!({ "severities": { "SEV1": { "updates": { "every": "20m" } } } }));
        let second = saved["version"].as_u64().unwrap();
        assert_eq!(second, base + 1);

        // Ben began before that. He is told by whom, and nothing of his is saved over hers.
        let his = json!({ "hand_over": { "suggest_after": "3h" } });
        let (status, stale) = save(&ben, his.clone(), base).await;
        assert_eq!((status, stale["code"].as_str()), (409, Some("stale")), "{stale}");
        let detail = stale["detail"].as_str().unwrap();
        assert!(
            detail.contains("by Ops on 20") && detail.contains(&format!("`expected` {second}")),
            "{detail}"
        );
        assert_eq!(get(&ben, "/api/v1/playbook").await, saved);

        // On top of it, it goes; and somebody who is invited in between is no reason to refuse it.
        Member::join(&url, &desk, "chi@example.com", Some("responder")).await;
        let both = json!({ "severities": { "SEV1": { "updates": { "every": "20m" } } }, "hand_over": { "suggest_after": "3h" } });
        let (status, third) = save(&ben, both.clone(), second).await;
        assert_eq!((status, &third["changes"]), (200, &both), "{third}");
        // The same again is the same, and no version.
        let version = third["version"].as_u64().unwrap();
        assert_eq!(save(&ana, both, version).await, (200, third));

        // Newest first, with what changed in words; inviting somebody is no version of the playbook.
        let versions = get(&ana, "/api/v1/playbook/versions").await;
        let told: Vec<_> = versions["versions"].as_array().unwrap().iter().map(told).collect();
        assert_eq!(
            told,
            [
                "Ben (ben): Hand-over: suggest after: 4h → 3h",
                "Ops (ops): SEV1: updates, every: 15m → 20m",
                "the beginning of the team (-): ",
            ]
        );
        assert_eq!(versions["before"], Value::Null);
        let older = get(&ana, &format!("/api/v1/playbook/versions?before={version}")).await;
        assert_eq!(older["versions"].as_array().unwrap().len(), 2);

        // An older one is looked at, and restored by saving it again.
        let first = get(&ben, &format!("/api/v1/playbook/versions/{second}")).await;
        assert_eq!((first["person"].as_str(), every(&first)), (Some("ops"), "20m"));
        let (status, restored) = save(&ben, first["changes"].clone(), version).await;
        assert_eq!((status, &restored["changes"]), (200, &first["changes"]));
        assert_eq!(ana.send("GET", "/api/v1/playbook/versions/999", None).await.0, 404);
        assert_eq!(ana.send("GET", "/api/v1/playbook/versions/x", None).await.0, 404);
        assert_eq!(ana.send("GET", "/api/v1/playbook/versions?before=x", None).await.0, 400);
    }
}

/// `by (person): what changed`
fn told(version: &Value) -> String {
    let words: Vec<_> =
        version["differences"].as_array().unwrap().iter().map(|d| d["words"].as_str().unwrap()).collect();
    let person = version["person"].as_str().unwrap_or("-");
    format!("{} ({person}): {}", version["by"].as_str().unwrap(), words.join("; "))
}

#[tokio::test]
async fn of_two_who_save_in_the_same_moment_one_is_told_of_the_other() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let ana = Member::join(&url, &desk, "ops@example.com", None).await;
        let ben = Member::join(&url, &desk, "ben@example.com", Some("admin")).await;
        let base = get(&ana, "/api/v1/playbook").await["version"].as_u64().unwrap();
        let (hers, his) = tokio::join!(
            save(&ana, json!({ "closing": { "review_within_days": 3 } }), base),
            save(&ben, json!({ "closing": { "review_within_days": 7 } }), base),
        );
        let mut statuses = [hers.0, his.0];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409]);
        let holds = get(&ana, "/api/v1/playbook").await;
        let winner = if hers.0 == 200 { hers } else { his };
        assert_eq!(holds, winner.1);
    }
}

#[tokio::test]
async fn who_may_not_edit_and_what_makes_no_sense_are_refused_with_the_field() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let ana = Member::join(&url, &desk, "ops@example.com", None).await;
        for role in ["responder", "stakeholder"] {
            let other = Member::join(&url, &desk, &format!("{role}@example.com"), Some(role)).await;
            let version = get(&other, "/api/v1/playbook").await["version"].as_u64().unwrap();
            let (status, body) = save(&other, json!({}), version).await;
            assert_eq!((status, body["code"].as_str()), (403, Some("not_allowed")));
            assert!(get(&other, "/api/v1/playbook/versions").await["versions"].is_array());
        }
        let before = get(&ana, "/api/v1/playbook").await;
        let version = before["version"].as_u64().unwrap();
        for (changes, field, words) in [
            (
                json!({ "severities": { "SEV1": { "updates": { "every": "soon" } } } }),
                "severities.SEV1.updates.every",
                "30s, 5m, 2h or 1d",
            ),
            (json!({ "closing": { "review_within_days": 99 } }), "closing.review_within_days", "1 to 30"),
            (
                json!({ "updates": { "no_news": "fine\n{{ titl }}" } }),
                "updates.no_news",
                "line 2 of the template: there is no variable `titl`; did you mean `title`?",
            ),
            (json!({ "wether": 1 }), "wether", "there is no `wether` here"),
            (json!({ "runbooks": { "sections": ["x".repeat(300_000)] } }), "changes", "shorten it"),
        ] {
            let (status, body) = save(&ana, changes, version).await;
            assert_eq!((status, body["code"].as_str()), (400, Some("bad_input")), "{body}");
            assert_eq!(body["errors"][0]["field"], field);
            assert!(body["errors"][0]["words"].as_str().unwrap().contains(words), "{body}");
        }
        let (status, body) = ana.send("PUT", "/api/v1/playbook", Some(json!({ "changes": [] }))).await;
        assert_eq!((status, body["code"].as_str()), (400, Some("bad_input")), "{body}");
        let huge = json!({ "changes": { "x": "y".repeat(600_000) }, "expected": version });
        assert_eq!(ana.send("PUT", "/api/v1/playbook", Some(huge)).await.0, 413);
        assert_eq!(get(&ana, "/api/v1/playbook").await, before, "nothing of all this was kept");
    }
}

#[tokio::test]
async fn a_file_says_the_whole_playbook_and_what_it_replaces_stays_in_the_history() {
    let folder = tempfile::tempdir().unwrap();
    for database in databases(folder.path()) {
        let (url, desk) = serve_on(database).await;
        let ana = Member::join(&url, &desk, "ops@example.com", None).await;
        let without = desk.execute(Asked::Export).await.unwrap().text;
        assert!(!without.contains("playbook"));
        let version = get(&ana, "/api/v1/playbook").await["version"].as_u64().unwrap();
        let mine = json!({ "closing": { "review_within_days": 3 } });
        let (_, saved) = save(&ana, mine.clone(), version).await;

        // What was exported now holds what was edited in the app, and applying it changes nothing.
        let with = desk.execute(Asked::Export).await.unwrap().text;
        assert!(with.contains("review_within_days: 3"), "{with}");
        desk.execute(Asked::Apply { text: with, plan: false }).await.unwrap();
        assert_eq!(get(&ana, "/api/v1/playbook").await, saved);

        // A file from before says that everything is as usual. The plan says so first.
        let plan = desk.execute(Asked::Apply { text: without.clone(), plan: true }).await.unwrap().text;
        assert!(plan.contains("playbook") && plan.contains("review_within_days"), "{plan}");
        desk.execute(Asked::Apply { text: without, plan: false }).await.unwrap();
        let now = get(&ana, "/api/v1/playbook").await;
        assert_eq!(now["changes"], json!({}));
        let versions = get(&ana, "/api/v1/playbook/versions").await;
        assert_eq!(
            told(&versions["versions"][0]),
            "firebell-server apply (-): Closing: review within days: 3 → 5"
        );
        let (status, back) = save(&ana, mine.clone(), now["version"].as_u64().unwrap()).await;
        assert_eq!((status, &back["changes"]), (200, &mine));
    }
}
