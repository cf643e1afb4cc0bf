//! What journeys in the room of an incident have in common.

use firebell_journeys::api::{Api, client};
use firebell_journeys::deadline::within;
use firebell_journeys::window::Window;
use firebell_journeys::{Cast, Core, Journey};
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// Says how many actions something took, and holds it to that.
pub fn took(what: &str, actions: usize, at_most: usize) {
    eprintln!("  {what}: {actions} actions");
    assert!(actions <= at_most, "{what} took {actions} actions; {at_most} were enough");
}

/// A program that is run by a runbook: its path.
pub fn roll_back_tool(journey: &Journey) -> String {
    let path = journey.folder("tools").join("roll-back");
    let text = "#!/bin/sh\necho \"$1: checking $2\"\necho \"$1 now runs $2\"\n";
    std::fs::write(&path, text).expect("target/ can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("our own file");
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Olga wrote it some day before, at a computer of her own, and reviewed it.
pub async fn reviewed_runbook(journey: &Journey, cast: &Cast, tool: &str) {
    let olga = Core::start(journey, "olga", Some(&cast.server.invite("ops@example.com"))).await;
    olga.in_agreement().await;
    let runbook = olga.call("runbook_create", json!({ "title": "Payments: error rate" })).await;
    let body = format!(
        "## Rollback\n\nA deployment younger than 30 minutes is the likely cause.\n\n```sh\n# back to the revision before\n{tool} payments-api <revision>\n```\n"
    );
    let held = olga.call("runbook", json!({ "runbook": runbook })).await;
    let opened = olga.call("text_open", json!({ "document": held["body"] })).await;
    let lines: Vec<_> = [json!(0)].into_iter().chain(body.split('\n').map(|line| json!(line))).collect();
    let typed = json!({ "client": "olga", "changes": [lines] });
    let push = json!({ "document": held["body"], "version": opened["version"], "updates": [typed] });
    assert_eq!(olga.call("text_push", push).await, true);
    let record = json!({ "kind": "runbook", "id": runbook });
    let service = json!({ "record": record, "field": "service", "value": "payments-api", "replaces": null });
    olga.call("record_set", service).await;
    let read = olga.call("runbook_steps", json!({ "runbook": runbook })).await;
    assert_eq!(read["steps"][0]["strategy"], "rollback", "{read}");
    olga.call("runbook_reviewed", json!({ "runbook": runbook, "digest": read["digest"] })).await;
    firebell_journeys::until("what was typed is on its way", || async {
        let state = olga.sync_state().await;
        (state["waiting"] == 0 && state["typing"] != true).then_some(())
    })
    .await;
    olga.in_agreement().await;
}

/// A pipeline said so, some minutes ago.
pub async fn deployed(cast: &Cast, revision: &str, previous: &str, minutes: i64) {
    let url = cast.source.url.replace("/generic", "/deployment");
    let change = json!({ "service": "payments-api", "revision": revision, "previous": previous, "by": "ci",
        "environment": "production", "at": minutes_ago(minutes) });
    let answer = client().post(&url).json(&change).send().await.expect("the server answers");
    assert_eq!(answer.status().as_u16(), 202);
}

fn minutes_ago(minutes: i64) -> String {
    let date = std::process::Command::new("date")
        .args(["--utc", "--date", &format!("{minutes} minutes ago"), "+%FT%TZ"])
        .output()
        .expect("date runs");
    String::from_utf8_lossy(&date.stdout).trim().to_owned()
}

/// One line into the timeline, its kind before the words. Whoever writes goes on writing: only the first line needs `w`.
pub async fn say(window: &Window<'_>, words: &str, stands: &str) {
    if !window.is_in("New entry").await {
        window.press(&["w"]);
        window.stands_in("New entry").await;
    }
    window.write(words);
    window.press(&["Return"]);
    window.reads(".entry", &[stands]).await;
}

/// Waits until this is the first thing that the window leads to.
pub async fn next_is(window: &Window<'_>, words: &str, limit: Duration) {
    within(limit, &format!("{words:?} as what comes next"), || async {
        window.text().await;
        window.all(".next button").await.first()?.contains(words).then_some(())
    })
    .await;
}

/// Ticks lines of the checklist: each is what comes next, and one key.
pub async fn tick(window: &Window<'_>, lines: &[&str]) {
    for line in lines {
        next_is(window, &format!("Tick off: {line}"), Duration::from_secs(20)).await;
        window.press(&["x"]);
    }
}

/// The events of one kind in a record, oldest first.
pub fn events<'a>(record: &'a Value, kind: &str) -> Vec<&'a Value> {
    let history = record["history"].as_array().expect("a history");
    history.iter().map(|r| &r["event"]).filter(|e| e["type"] == kind).collect()
}

/// What scripts of somebody who was not there read: when it was, who had which role, what was decided and run, and why, and what
/// was said to whom.
pub async fn on_record(cast: &Cast, person: &str, incident: &str, page: &Value) {
    let link = cast.server.invite(&format!("{person}@example.com"));
    let api = Api::enrol(&cast.server.url(), &link, "a script").await;
    let record = api.get(&format!("/api/v1/incidents/{incident}")).await;
    let facts = &record["incident"];
    assert_eq!((&facts["status"], &facts["severity"]), (&json!("closed"), &json!("SEV1")));

    let moments = ["detected", "acknowledged", "declared", "mitigated", "resolved"].map(|m| {
        facts["moments"][format!("{m}_at")].as_str().unwrap_or_else(|| panic!("no {m}: {facts}")).to_owned()
    });
    assert!(moments.is_sorted(), "{moments:?}");
    assert_eq!(page["started_at"], moments[0].as_str(), "noticed when the page says, to the second");

    let holders = ["commander", "technical_lead", "communications_lead", "scribe"]
        .map(|r| &facts["roles"][r]["person"]);
    assert_eq!(holders, ["ana", "ben", "ben", "ana"]);
    let offered = events(&record, "role_offered");
    assert_eq!((&offered[0]["to"], &offered[0]["reason"]), (&json!("ben"), &json!("Shift ends")));
    let stand = events(&record, "role_confirmed")[0]["status"].as_str().unwrap_or_default();
    assert!(stand.starts_with("SEV1, investigating, since "), "{stand}");
    assert_eq!(events(&record, "role_handed_over").len(), 1);

    let entries: Vec<_> =
        record["timeline"].as_array().expect("a timeline").iter().map(|e| &e["entry"]).collect();
    let decision = entries.iter().find(|e| e["kind"] == "decision").expect("a decision");
    assert_eq!(decision["reason"], "it is the fastest way and can be undone");
    let runs: Vec<_> = entries.iter().map(|e| &e["run"]).filter(|r| r["outcome"] == "succeeded").collect();
    let [run] = runs[..] else { panic!("one run, once: {runs:#?}") };
    assert_eq!(
        (&run["exit_code"], &run["by"], &run["reason"]),
        (&json!(0), &json!("ana"), &json!("Errors began with v3.4.2"))
    );
    assert_eq!(
        (&run["from"], &run["to"], &run["environment"]),
        (&json!("v3.4.2"), &json!("v3.4.1"), &json!("production"))
    );
    assert_eq!(
        run["output"]["first"],
        json!(["payments-api: checking v3.4.1", "payments-api now runs v3.4.1"])
    );

    let updates: Vec<_> = events(&record, "update_sent").into_iter().map(|e| &e["update"]).collect();
    let announced =
        updates.iter().map(|u| u["told"]["status"].as_str().unwrap_or("as it is")).collect::<Vec<_>>();
    assert_eq!(announced, ["as it is", "identified", "monitoring", "as it is"]);
    let text =
        |n: usize, audience: &str| updates[n]["texts"][audience].as_str().unwrap_or_default().to_owned();
    for (n, status) in ["investigating", "identified", "monitoring", "resolved"].into_iter().enumerate() {
        for audience in ["public", "internal"] {
            assert!(text(n, audience).contains(status), "update {n} for {audience}: {}", text(n, audience));
        }
    }
    assert!(text(1, "public").contains("A slow query of the last release."), "{}", text(1, "public"));
    assert!(text(3, "public").contains("A release made a query slow."), "{}", text(3, "public"));
    assert_eq!(record["fields"]["postmortem_owner"], "ben");
}

/// And what they read in their own window.
pub async fn read_afterwards(window: &Window<'_>, title: &str) {
    window.sees("On call now").await;
    window.press(&["g", "i"]);
    window.sees("Save to a file").await;
    // The open ones are listed first; it is among all of them.
    window.press(&["2"]);
    window.sees(title).await;
    window.press(&["j", "Return"]);
    window.reads(".line", &["SEV1", "closed", "commander Ana Ruiz", "lasted"]).await;
    for event in [
        "Ana Ruiz declared it as SEV1",
        "handed communications lead over to Ben Okafor",
        "changed the status: investigating → identified",
        "changed the status: identified → monitoring",
        "changed the status: monitoring → resolved",
        "Ana Ruiz closed it",
    ] {
        window.reads(".event", &[event]).await;
    }
    window
        .reads(".entry", &["decision", "roll back to v3.4.1", "because it is the fastest way", "Ana Ruiz"])
        .await;
    window
        .reads(
            ".entry",
            &["payments-api v3.4.1", "because Errors began with v3.4.2", "Done after", "v3.4.2 → v3.4.1"],
        )
        .await;
    let updates = window.all(".lines .update").await;
    assert_eq!(updates.len(), 4, "{updates:#?}");
    let missing: Vec<_> =
        window.all("aside dd").await.into_iter().filter(|t| t.contains("not known")).collect();
    assert_eq!(
        missing.len(),
        1,
        "nobody said when the impact began, and nothing else is missing: {missing:?}"
    );
}
