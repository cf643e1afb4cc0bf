//! What a team is, and what is wrong with one.

use super::*;

#[test]
fn a_target_stands_for_members_only_whoever_says_who_is_on_call() {
    let team: Team = serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme", "time_zone": "UTC" },
        "people": [
            { "id": "ana", "name": "Ana", "email": "ana@example.com", "role": "admin" },
            { "id": "ben", "name": "Ben", "email": "ben@example.com" },
        ],
        "groups": [{ "id": "pay", "members": ["ben", "eve"], "lead": "eve", "manager": "ana" }],
    }))
    .unwrap();
    for (target, people) in [
        (serde_json::json!({ "schedule": "primary" }), vec!["ben"]),
        (serde_json::json!({ "person": "ana" }), vec!["ana"]),
        (serde_json::json!({ "person": "eve" }), vec![]),
        (serde_json::json!({ "lead_of": "pay" }), vec![]),
        (serde_json::json!({ "manager_of": "pay" }), vec!["ana"]),
        (serde_json::json!({ "group": "pay" }), vec!["ben"]),
        (serde_json::json!({ "admins": true }), vec!["ana"]),
    ] {
        let target: Target = serde_json::from_value(target).unwrap();
        let named = team.people_of(&target, |_| vec!["ben".into(), "eve".into()]);
        assert_eq!(named, people.into_iter().map(PersonId::new).collect::<Vec<_>>(), "{target:?}");
    }
}

#[test]
fn a_name_that_no_notification_could_show_is_refused() {
    let named = |name: &str| {
        let team = serde_json::json!({
            "team": { "name": "Acme", "time_zone": "UTC" },
            "people": [{ "id": "ana", "name": name, "email": "ana@example.com" }],
        });
        let team: Team = serde_json::from_value(team).unwrap();
        team.problems().into_iter().map(|p| p.path).collect::<Vec<_>>()
    };
    assert!(named(&"é".repeat(200)).is_empty());
    for bad in ["", " ", "Ana\0", "Ana\nRuiz", &"x".repeat(201)] {
        assert_eq!(named(bad), ["people[0].name"], "{bad:?}");
    }
}

#[test]
fn a_team_that_was_written_before_there_were_playbooks_still_reads() {
    let old = r#"{"team":{"name":"Acme","time_zone":"UTC","business_hours":{"days":["mon"],"from":"09:00","to":"18:00"},"holidays":[]},"people":[],"groups":[],"schedules":[],"policies":[],"services":[],"integrations":[]}"#;
    let team: Team = serde_json::from_str(old).unwrap();
    assert_eq!(team.playbook, None);
    assert_eq!(team.playbook(), Playbook::default());
    assert_eq!(team.problems(), []);
    assert_eq!(serde_json::to_string(&team).unwrap(), old, "and an older program reads it again");
}

#[test]
fn a_mistake_in_the_playbook_is_one_of_the_team_and_stops_no_page() {
    let team: Team = serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "playbook": { "severities": { "SEV1": { "watch_for": "soon" } }, "weather": "fine" },
    }))
    .unwrap();
    let found: Vec<_> = team.problems().into_iter().map(|p| p.path).collect();
    assert_eq!(found, ["playbook.severities.SEV1.watch_for", "playbook.weather"]);
    assert_eq!(team.playbook(), Playbook::default());
}
