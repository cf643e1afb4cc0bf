//! Checkout fails at 02:13; what is offered to whoever has to stop the harm.

use super::*;
use firebell_domain::change_event::NewChange;
use firebell_domain::incident::{Declaration, declare};
use firebell_domain::runbook::read;
use firebell_domain::{ChangeId, IncidentId, Severity};
use serde_json::json;
use uuid::Uuid;

const BODY: &str = "## Mitigation\n\n### Restart, rolling\n\n```sh\nkubectl rollout restart deployment/pay\n```\n\n\
    ## Rollback\n\n```sh\n# what can be gone back to\nkubectl rollout history deployment/pay\n\
    shipit back <service> --to <revision> --env <environment>\nshipit log <pod> | tail\n```\n";

fn t(text: &str) -> Instant {
    format!("2026-11-21T{text}:00Z").parse().unwrap()
}

fn team() -> Team {
    serde_json::from_value(json!({
        "team": { "name": "Acme" },
        "policies": [],
        "services": [
            { "id": "pay", "name": "Payments API", "policy": "p", "neighbours": ["search"] },
            { "id": "search", "name": "Search", "policy": "p" },
            { "id": "web", "name": "Web", "policy": "p" },
        ],
    }))
    .unwrap()
}

fn incident(services: &[&str]) -> Incident {
    let declaration = Declaration {
        title: "Checkout is down".into(),
        severity: Severity::Sev1,
        services: services.iter().map(|s| (*s).into()).collect(),
        detection: None,
        detected_at: Some(t("02:13")),
        page: None,
        commands: true,
    };
    let event =
        declare(IncidentId(Uuid::from_u128(7)), 12, declaration, "ana".into(), None, t("02:20")).unwrap();
    Incident::from_declared(t("02:20"), &event).unwrap()
}

fn book(service: &str, not_run: Option<&str>) -> Book {
    Book {
        runbook: RunbookId(Uuid::from_u128(1)),
        title: "Payments fail".into(),
        service: service.into(),
        reviewed: not_run.is_none(),
        not_run: not_run.map(Into::into),
        steps: read(BODY).steps,
    }
}

fn deployed(service: &str, revision: &str, previous: Option<&str>, at: &str) -> ChangeEvent {
    let new = NewChange {
        revision: Some(revision.into()),
        previous: previous.map(Into::into),
        environment: Some("production".into()),
        ..NewChange::default()
    };
    let id = ChangeId(Uuid::from_u128(u128::from(t(at).timestamp().unsigned_abs())));
    ChangeEvent::begin(id, service.into(), None, new, t(at))
}

fn at_half_past(services: &[&str], books: &[Book], changes: Part<Vec<ChangeEvent>>) -> Mitigations {
    let (incident, team) = (incident(services), team());
    mitigations(Known {
        incident: &incident,
        team: Some(&team),
        playbook: &Playbook::default(),
        books,
        changes,
        now: t("02:30"),
    })
}

fn ids(told: &Mitigations) -> Vec<&str> {
    told.strategies.iter().map(|m| m.strategy.as_str()).collect()
}

fn strategy<'a>(told: &'a Mitigations, id: &str) -> &'a Mitigation {
    told.strategies.iter().find(|m| m.strategy == id).unwrap()
}

fn rollback(changes: Vec<ChangeEvent>) -> ServiceMitigation {
    let told = at_half_past(&["pay"], &[book("pay", None)], Part::Ok { found: changes });
    strategy(&told, "rollback").services[0].clone()
}

#[test]
fn each_command_of_the_runbook_stands_with_the_strategy_it_carries_out() {
    let told = at_half_past(&["pay"], &[book("pay", None), book("web", None)], Part::Waiting);
    let lines = |id: &str| {
        let services = &strategy(&told, id).services;
        assert_eq!(services.len(), 1, "the incident's services, not those of other runbooks");
        services[0].runbooks.iter().flat_map(|b| &b.commands).map(|c| c.line.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lines("restart"), ["kubectl rollout restart deployment/pay"]);
    assert_eq!(
        lines("rollback"),
        [
            "kubectl rollout history deployment/pay",
            "shipit back <service> --to <revision> --env <environment>",
            "shipit log <pod> | tail",
        ]
    );
    assert!(lines("scale_up").is_empty());
    assert_eq!(strategy(&told, "restart").generic, None);
    assert!(strategy(&told, "scale_up").generic.as_ref().unwrap().contains("<deployment>"));
    assert_eq!(strategy(&told, "rollback").wait_for_s, Some(300));
}

#[test]
fn a_service_without_a_command_is_given_the_playbooks_to_copy() {
    let told = at_half_past(&["pay", "web"], &[book("pay", None)], Part::Waiting);
    let restart = strategy(&told, "restart");
    assert!(restart.services[1].runbooks.is_empty());
    assert!(restart.generic.as_ref().unwrap().contains("rollout restart"));
    let alone = at_half_past(&[], &[], Part::Waiting);
    assert!(strategy(&alone, "restart").generic.is_some());
}

#[test]
fn a_deployment_shortly_before_the_first_signal_puts_the_rollback_first_and_says_which() {
    let mut playbook = Playbook::default();
    playbook.strategies.get_mut("rollback").unwrap().order = 900;
    let (incident, team) = (incident(&["pay"]), team());
    let with = |changes| {
        let known = Known {
            incident: &incident,
            team: Some(&team),
            playbook: &playbook,
            books: &[],
            changes,
            now: t("02:30"),
        };
        mitigations(known)
    };
    let before = with(Part::Waiting);
    assert_eq!((ids(&before)[0], ids(&before).last()), ("disable_flag", Some(&"rollback")));
    let after = with(Part::Ok { found: vec![deployed("pay", "v2", Some("v1"), "02:02")] });
    assert_eq!(ids(&after)[..2], ["rollback", "disable_flag"]);
    let why = after.strategies[0].suggested.as_ref().unwrap();
    assert!(why.contains("11 min before the first signal: v2") && why.contains("v1"), "{why}");
    let long_ago = with(Part::Ok { found: vec![deployed("pay", "v2", Some("v1"), "00:02")] });
    assert_eq!(ids(&long_ago)[0], "disable_flag");
    let since = with(Part::Ok { found: vec![deployed("pay", "v2", Some("v1"), "02:14")] });
    assert_eq!(ids(&since)[0], "disable_flag", "what came after the first signal did not cause it");
    let neighbour = with(Part::Ok { found: vec![deployed("search", "v9", None, "02:02")] });
    assert!(neighbour.strategies[0].suggested.as_ref().unwrap().contains("a neighbour"));
    let stranger = with(Part::Ok { found: vec![deployed("web", "v9", None, "02:02")] });
    assert_eq!(stranger.strategies[0].suggested, None);
}

#[test]
fn a_rollback_fills_in_the_revision_before_the_suspect() {
    let told = rollback(vec![deployed("pay", "v2", Some("v1"), "02:02")]);
    let revisions = told.revisions.unwrap();
    assert_eq!((revisions.current.as_str(), revisions.back_to.as_deref()), ("v2", Some("v1")));
    let back = &told.runbooks[0].commands[1];
    let expected = [("environment", "production"), ("revision", "v1"), ("service", "pay")];
    assert_eq!(back.filled.arguments, expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    assert_eq!((back.filled.from.as_deref(), back.filled.to.as_deref()), (Some("v2"), Some("v1")));
    assert_eq!(back.line, "shipit back pay --to v1 --env production");
    let look = &told.runbooks[0].commands[0].filled;
    assert_eq!((&look.from, &look.to), (&None, &None), "it only looks");
    // A restart goes nowhere, and claims no revision.
    let changes = Part::Ok { found: vec![deployed("pay", "v2", Some("v1"), "02:02")] };
    let told = at_half_past(&["pay"], &[book("pay", None)], changes);
    let restart = &strategy(&told, "restart").services[0];
    assert_eq!((&restart.revisions, &restart.runbooks[0].commands[0].filled), (&None, &RunFilled::default()));
}

#[test]
fn the_revision_before_is_the_older_deployments_when_nobody_said_it() {
    let found = vec![deployed("pay", "v1", None, "01:00"), deployed("pay", "v2", None, "02:02")];
    assert_eq!(rollback(found).revisions.unwrap().back_to.as_deref(), Some("v1"));
    let only = rollback(vec![deployed("pay", "v2", None, "02:02")]);
    assert_eq!(only.revisions.as_ref().unwrap().back_to, None);
    assert!(!only.runbooks[0].commands[1].filled.arguments.contains_key("revision"));
    let mut staging = deployed("pay", "v7", Some("v6"), "02:05");
    staging.environment = Some("staging".into());
    staging.at = t("02:25");
    let both = rollback(vec![deployed("pay", "v2", Some("v1"), "02:02"), staging]);
    assert_eq!(both.revisions.unwrap().current, "v2", "another environment is another thing");
}

#[test]
fn who_went_back_already_is_not_sent_to_the_broken_revision() {
    let found = vec![deployed("pay", "v2", Some("v1"), "02:02"), deployed("pay", "v1", Some("v2"), "02:25")];
    let told = at_half_past(&["pay"], &[book("pay", None)], Part::Ok { found });
    let rollback = strategy(&told, "rollback");
    let revisions = rollback.services[0].revisions.as_ref().unwrap();
    assert!(revisions.is_back);
    assert_eq!(revisions.current, "v1");
    assert_eq!(rollback.suggested, None);
    let filled = &rollback.services[0].runbooks[0].commands[1].filled;
    assert!(!filled.arguments.contains_key("revision"));
    assert_eq!(filled.to, None);
}

#[test]
fn what_may_not_run_says_why_and_can_be_copied() {
    let told =
        at_half_past(&["pay"], &[book("pay", Some("Your team does not run commands."))], Part::Waiting);
    let book = &strategy(&told, "rollback").services[0].runbooks[0];
    assert_eq!(book.not_run.as_deref(), Some("Your team does not run commands."));
    assert!(book.commands.iter().all(|c| c.view.refused.is_some() && !c.line.is_empty()));
    let allowed = at_half_past(&["pay"], &[self::book("pay", None)], Part::Waiting);
    let commands = &strategy(&allowed, "rollback").services[0].runbooks[0].commands;
    let refused: Vec<_> = commands.iter().map(|c| c.view.refused.is_some()).collect();
    assert_eq!(refused, [false, false, true], "the last one needs a shell");
}

#[test]
fn offline_the_strategies_stand_in_the_playbooks_order_and_say_so() {
    let offline = Part::Offline { words: "The team server is not reached.".into() };
    let told = at_half_past(&["pay"], &[book("pay", None)], offline);
    assert!(matches!(told.changes, Part::Offline { .. }));
    assert_eq!(ids(&told)[0], "rollback");
    assert!(told.strategies.iter().all(|m| m.suggested.is_none()));
    assert_eq!(told.strategies[0].services[0].revisions, None);
}

#[test]
fn triage_is_given_the_command_that_acts_filled_in_and_of_reviewed_runbooks_alone() {
    let change = deployed("pay", "v3.4.2", Some("v3.4.1"), "02:02");
    let near = [NearChange { before_ms: 11 * 60_000, change }];
    let playbook = Playbook::default();
    let lines = |books: &[Book]| -> Vec<(String, String)> {
        let found = reviewed_commands(books, &near, t("02:13"), t("02:20"), &playbook);
        found.into_iter().map(|c| (c.strategy, c.line)).collect()
    };
    let found = lines(&[book("pay", None)]);
    let back = &found.iter().find(|(strategy, _)| strategy == "rollback").unwrap().1;
    assert!(back.starts_with("shipit back pay --to v3.4.1"), "{back}");
    assert!(found.iter().any(|(_, line)| line == "kubectl rollout restart deployment/pay"), "{found:?}");
    assert_eq!(lines(&[book("pay", Some("Nobody has reviewed this runbook."))]), []);
}
