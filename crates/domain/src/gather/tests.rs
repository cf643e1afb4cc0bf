//! A page at 02:13, and what is found about it.

use super::*;
use crate::change_event::{ChangeKind, NewChange};
use crate::health::HealthFrom;
use crate::playbook::Sign;
use crate::triage::{Outcome, Report};
use crate::{AlertId, ChangeId};
use proptest::prelude::*;
use uuid::Uuid;

fn t(text: &str) -> Instant {
    text.parse().unwrap()
}

fn team() -> Team {
    serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "policies": [],
        "services": [
            { "id": "pay", "name": "Payments API", "policy": "p", "health": "https://pay.example.com/", "neighbours": ["search", "pay", "web", "moon"] },
            { "id": "search", "name": "Search", "policy": "p", "health": "https://search.example.com/" },
            { "id": "web", "name": "Web", "policy": "p" },
        ],
    }))
    .unwrap()
}

fn gathered() -> Gathered {
    let team = team();
    Gathered::begin(&team, &team.services[0], t("2026-11-21T02:13:00Z"), None, t("2026-11-21T02:20:00Z"))
}

fn change(n: u128, service: &str, at: &str) -> ChangeEvent {
    let new = NewChange {
        revision: Some(format!("v{n}")),
        previous: Some(format!("v{}", n - 1)),
        at: Some(at.into()),
        ..NewChange::default()
    };
    ChangeEvent::begin(ChangeId(Uuid::from_u128(n)), service.into(), None, new, t("2026-11-21T02:20:00Z"))
}

fn alert(n: u128, service: &str, region: Option<&str>, firing: bool, at: &str) -> AlertGlance {
    AlertGlance {
        id: AlertId(Uuid::from_u128(n)),
        service: service.into(),
        severity: Severity::Sev2,
        page: PageId(Uuid::nil()),
        firing,
        summary: "Error rate".into(),
        source: None,
        region: region.map(Into::into),
        count: 1,
        started_at: t(at),
        last_seen: t(at),
        resolved_at: None,
    }
}

fn looked(service: &str, outcome: HealthOutcome) -> Part<HealthCheck> {
    let at = t("2026-11-21T02:20:00Z");
    Part::Ok { found: HealthCheck { service: service.into(), from: HealthFrom::Server, at, outcome } }
}

fn thought(mut gathered: Gathered, playbook: &Playbook) -> Vec<(Sign, String)> {
    gathered.think(&team(), playbook, &[]);
    gathered.first.into_iter().map(|s| (s.sign, s.reason)).collect()
}

#[test]
fn it_begins_with_what_there_is_to_ask_and_ends_when_all_has_come() {
    let mut found = gathered();
    let asked: Vec<_> = found.health.iter().map(|h| (h.service.as_str(), h.check.is_waiting())).collect();
    assert_eq!(asked, [("pay", true), ("search", true)], "a neighbour without an address is not asked");
    found.take_health(&"pay".into(), looked("pay", HealthOutcome::Ok { status: 200, ms: 12 }));
    found.take_health(&"search".into(), Part::Offline { words: "no network".into() });
    found.take_changes(vec![]);
    found.take_alerts(vec![]);
    assert!(!found.is_complete());
    found.take_incidents([]);
    assert!(found.is_complete());
    let (team, web) = (team(), 2);
    let none = Gathered::begin(&team, &team.services[web], found.around, None, found.begun_at);
    assert!(matches!(none.health[0].check, Part::Absent { .. }));
}

#[test]
fn a_deployment_shortly_before_suggests_a_rollback_with_its_command() {
    let mut found = gathered();
    found.take_changes(vec![
        change(1, "pay", "2026-11-20T04:00:00Z"),
        change(342, "pay", "2026-11-21T02:02:00Z"),
        change(7, "search", "2026-11-21T02:12:00Z"),
        change(343, "pay", "2026-11-21T02:15:00Z"),
    ]);
    let minutes: Vec<_> = found.changes.found().unwrap().iter().map(|c| c.before_ms / 60_000).collect();
    assert_eq!(minutes, [-2, 1, 11, 22 * 60 + 13], "the newest first, each with how long before");
    found.think(&team(), &Playbook::default(), &[]);
    let [step] = found.first.as_slice() else { panic!("{:?}", found.first) };
    assert_eq!(
        step.reason,
        "A deployment of Payments API took effect 11 min before the first signal: v342. Before it: v341."
    );
    assert_eq!(step.strategy.as_deref(), Some("rollback"));
    assert!(step.command.as_ref().unwrap().starts_with("kubectl rollout undo"), "{step:?}");
    assert_eq!(step.change, Some(ChangeId(Uuid::from_u128(342))));
}

#[test]
fn the_services_own_command_comes_before_the_generic_one() {
    let mut found = gathered();
    found.take_changes(vec![change(342, "pay", "2026-11-21T02:02:00Z")]);
    let command = |service: &str, strategy: &str| RunbookCommand {
        service: service.into(),
        strategy: strategy.into(),
        runbook: crate::RunbookId(Uuid::from_u128(5)),
        line: format!("shipit back {service}"),
    };
    let mut first = |commands: &[RunbookCommand]| {
        found.think(&team(), &Playbook::default(), commands);
        (found.first[0].command.clone().unwrap(), found.first[0].runbook.is_some())
    };
    assert_eq!(first(&[command("pay", "rollback")]), ("shipit back pay".into(), true));
    for others in [command("search", "rollback"), command("pay", "restart")] {
        let (line, is_own) = first(&[others]);
        assert!(line.starts_with("kubectl rollout undo") && !is_own, "{line}");
    }
}

#[test]
fn the_pages_own_alert_is_no_neighbour() {
    let (team, at) = (team(), "2026-11-21T02:14:00Z");
    let page = PageId(Uuid::from_u128(9));
    let mut found = Gathered { page: Some(page), ..gathered() };
    let own = AlertGlance { page, ..alert(1, "pay", Some("eu-1"), true, at) };
    let near = AlertGlance { summary: "Disk full".into(), ..alert(2, "search", Some("eu-1"), true, at) };
    found.take_alerts(vec![own, near]);
    assert_eq!(found.alerts.found().unwrap().iter().map(|a| a.own).collect::<Vec<_>>(), [true, false]);
    let line = found.checks().into_iter().find(|c| c.line.contains("alert")).unwrap().line;
    assert_eq!(line, "1 alert: Disk full (search)");
    found.think(&team, &Playbook::default(), &[]);
    assert!(found.first[0].reason.contains("2 services"), "it counts for the region: {:?}", found.first);
}

#[test]
fn a_neighbours_change_counts_when_the_service_itself_had_none() {
    let mut found = gathered();
    let config = ChangeEvent { kind: ChangeKind::Config, ..change(7, "search", "2026-11-21T01:20:00Z") };
    found.take_changes(vec![change(1, "pay", "2026-11-21T01:12:00Z"), config]);
    let [(_, reason)] = thought(found, &Playbook::default()).try_into().unwrap();
    assert!(
        reason.starts_with("A change of the configuration of Search, a neighbour, took effect 53 min before"),
        "{reason}"
    );
}

#[test]
fn who_does_not_answer_is_looked_at_and_who_was_not_asked_is_not_blamed() {
    let silent = || HealthOutcome::Unreachable { ms: 5_000, words: "no answer".into() };
    let mut found = gathered();
    found.take_health(&"pay".into(), looked("pay", HealthOutcome::NotAllowed { words: "private".into() }));
    assert_eq!(thought(found.clone(), &Playbook::default()), []);
    found.take_health(&"pay".into(), looked("pay", silent()));
    let [(sign, reason)] = thought(found.clone(), &Playbook::default()).try_into().unwrap();
    assert_eq!(
        (sign, reason.as_str()),
        (Sign::Unreachable, "The health address of Payments API does not answer.")
    );
    found.take_health(&"search".into(), looked("search", silent()));
    assert!(thought(found, &Playbook::default())[0].1.contains("Payments API, Search do not answer"));
}

#[test]
fn several_services_in_one_region_suggest_to_shift_traffic() {
    let at = "2026-11-21T02:14:00Z";
    let steps = |alerts: Vec<AlertGlance>| {
        let mut found = gathered();
        found.take_alerts(alerts);
        thought(found, &Playbook::default())
    };
    let (a, b) = (alert(1, "pay", Some("eu-1"), true, at), alert(2, "search", Some("eu-1"), true, at));
    let [(sign, reason)] = steps(vec![a.clone(), b.clone()]).try_into().unwrap();
    assert_eq!(sign, Sign::OneRegion);
    assert_eq!(reason, "Alerts of 2 services (Payments API, Search) fire in eu-1.");
    assert_eq!(steps(vec![a.clone()]), [], "one service is no region");
    assert_eq!(steps(vec![a.clone(), AlertGlance { firing: false, ..b.clone() }]), [], "that one is over");
    let elsewhere = ["pay", "search"].map(|s| alert(3, s, Some("us-1"), true, at));
    assert_eq!(steps([vec![a, b], elsewhere.to_vec()].concat()), [], "it is everywhere");
}

#[test]
fn the_playbook_has_the_last_word() {
    let mut found = gathered();
    found.take_changes(vec![change(342, "pay", "2026-11-21T02:02:00Z")]);
    found.take_health(
        &"pay".into(),
        looked("pay", HealthOutcome::Unreachable { ms: 1, words: "refused".into() }),
    );
    let mut playbook = Playbook::default();
    playbook.triage.first_actions.swap(0, 1);
    playbook.triage.first_actions[1].action = "Ask the release manager".into();
    playbook.strategies.remove("rollback");
    found.think(&team(), &playbook, &[]);
    assert_eq!(
        found.first.iter().map(|s| s.sign).collect::<Vec<_>>(),
        [Sign::Unreachable, Sign::ChangeBefore]
    );
    let last = &found.first[1];
    assert_eq!(
        (last.action.as_str(), &last.strategy, &last.command),
        ("Ask the release manager", &None, &None)
    );
    playbook.triage.first_actions.retain(|a| a.when != Some(Sign::ChangeBefore));
    assert_eq!(thought(found.clone(), &playbook).len(), 1);
    // Written before signs had names.
    for action in &mut playbook.triage.first_actions {
        action.when = None;
    }
    assert_eq!(thought(found, &playbook)[0].0, Sign::Unreachable);
}

#[test]
fn regions_are_found_under_their_usual_names() {
    let labels = |pairs: &[(&str, &str)]| pairs.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    assert_eq!(region_of(&labels(&[("dc", "fra"), ("region", " eu-1 ")])).as_deref(), Some("eu-1"));
    assert_eq!(region_of(&labels(&[("aws_region", "us-east-1")])).as_deref(), Some("us-east-1"));
    assert_eq!(region_of(&labels(&[("region", " "), ("zone", "a")])), None);
}

#[test]
fn lengths_of_time_are_said_as_people_say_them() {
    let words = [0, 1, 11, 60, 125, 1_440, 1_561, 4_320].map(|m| in_words(TimeDelta::minutes(m)));
    assert_eq!(words, ["less than a minute", "1 min", "11 min", "1 h", "2 h 5 min", "1 d", "1 d 2 h", "3 d"]);
}

proptest! {
    #[test]
    fn whatever_comes_in_whatever_order_the_thought_is_the_same(
        minutes in prop::collection::vec(-90i64..1_500, 0..6), first_alerts in any::<bool>(),
    ) {
        let changes: Vec<_> = minutes.iter().enumerate().map(|(n, m)| {
            let at = (t("2026-11-21T02:13:00Z") - TimeDelta::minutes(*m)).to_rfc3339();
            change(n as u128 + 1, "pay", &at)
        }).collect();
        let alerts = vec![alert(1, "pay", Some("eu-1"), true, "2026-11-21T02:14:00Z")];
        let mut one = gathered();
        if first_alerts { one.take_alerts(alerts.clone()); one.take_changes(changes.clone()); }
        else { one.take_changes(changes.clone()); one.take_alerts(alerts); }
        let steps = thought(one, &Playbook::default());
        // Suggested exactly when one lies within the hour before. (What was made later than now is of now.)
        let expected = minutes.iter().any(|m| (0..=60).contains(m));
        prop_assert_eq!(steps.iter().any(|(s, _)| *s == Sign::ChangeBefore), expected);
    }
}

#[test]
fn a_report_says_in_a_line_what_each_check_found_and_no_private_word() {
    let mut found = gathered();
    found.take_health(
        &"pay".into(),
        looked("pay", HealthOutcome::Failed { status: Some(503), ms: 812, words: "Busy.".into() }),
    );
    found.take_health(&"search".into(), Part::Offline { words: "The team server cannot be reached.".into() });
    found.take_changes(vec![change(342, "pay", "2026-11-21T02:02:00Z")]);
    found.take_alerts((1..6).map(|n| alert(n, "search", None, true, "2026-11-21T02:14:00Z")).collect());
    let open = |n: u128, title: &str, private: bool| {
        let incident = serde_json::json!({
            "id": Uuid::from_u128(n), "number": n, "version": 1, "title": title, "severity": "SEV2", "status": "investigating",
            "services": ["pay"], "declared_by": "ana", "detection": null, "page": null,
            "moments": { "impact_started_at": null, "detected_at": null, "acknowledged_at": null,
                         "declared_at": "2026-11-21T02:00:00Z", "mitigated_at": null, "resolved_at": null },
            "reopened": 0, "merged_into": null, "updated_at": "2026-11-21T02:00:00Z",
            "people": if private { serde_json::json!(["ana"]) } else { serde_json::Value::Null },
        });
        (serde_json::from_value::<Incident>(incident).unwrap(), title.to_owned())
    };
    found.take_incidents([open(12, "Checkout is slow", false), open(13, "Somebody is ill", true)]);
    assert_eq!(found.incidents.found().unwrap().len(), 2, "who may see it does");
    found.think(&team(), &Playbook::default(), &[]);
    let outcome = Outcome::Declared { incident: IncidentId(Uuid::from_u128(14)) };
    let report = Report::of(&found, "ana".into(), t("2026-11-21T02:25:00Z"), outcome);
    assert_eq!((report.check(), report.first_steps.len()), (Ok(()), 1));
    assert_eq!(report.first_signal, Some(found.around));
    let lines: Vec<_> = report.checks.into_iter().map(|c| c.line).collect();
    assert_eq!(
        lines,
        [
            "failed: 503 in 812 ms. Busy.",
            "The team server cannot be reached.",
            "1 change: v342 of pay 11 min before the first signal",
            "5 alerts: Error rate (search); Error rate (search); Error rate (search); and 2 more",
            "1 open incident: #12 Checkout is slow",
        ]
    );
}
