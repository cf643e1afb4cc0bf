//! Stories of an operator and their file.

use super::*;
use firebell_domain::Span;
use firebell_domain::escalation::{Policy, PolicyChain, PolicyStep, Target};
use firebell_domain::schedule::{Layer, Schedule, Turn, TurnHolder, TurnUnit};
use firebell_domain::team::*;
use firebell_domain::{GroupId, PersonId, ServiceId, Severity};
use proptest::prelude::*;

const ACME: &str = r#"team: { name: Acme, time_zone: Europe/Berlin, business_hours: { days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00" }, holidays: ["2026-12-25"] }
people:
  - { id: ana, name: Ana Ruiz, email: ana@example.com, time_zone: Europe/Madrid, role: admin }
  - { id: ben, name: Ben Okafor, email: ben@example.com }
groups:
  - { id: payments, members: [ana, ben], lead: ben, manager: ana }
schedules:
  - id: primary
    name: Primary
    time_zone: Europe/Berlin
    layers:
      - people: [ana, [ana, ben]]
        turn: { every: 1, unit: week, hand_off: "Mon 10:00", start: "2026-01-05" }
policies:
  - id: default
    steps:
      - { after: 0s, notify: [{ schedule: primary }] }
      - { after: 10m, notify: [{ lead_of: payments }, { person: ana }] }
    rounds: 3
    gap: 10m
    severity:
      SEV1: { gap: 5m, steps: [{ after: 0s, notify: [{ schedule: primary }] }, { after: 5m, notify: [{ lead_of: payments }] }] }
services:
  - { id: payments-api, name: Payments API, group: payments, policy: default, default_severity: SEV2, runbook: "https://runbooks.example.com/p" }
integrations:
  - { id: prod-alertmanager, kind: alertmanager, service: payments-api, rules: [{ match: { team: search }, severity: SEV1 }] }
"#;

fn mistakes(text: &str) -> Vec<String> {
    read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn the_file_of_the_documentation_is_read_and_written_back() {
    let team = read(ACME).unwrap();
    assert_eq!(team.people.len(), 2);
    assert_eq!(team.policies[0].severity[&Severity::Sev1].gap, Some(Span::minutes(5)));
    assert_eq!(team.schedules[0].layers[0].people[1], TurnHolder::Together(vec!["ana".into(), "ben".into()]));
    assert_eq!(read(&write(&team).unwrap()).unwrap(), team);
}

#[test]
fn every_mistake_is_named_with_its_line() {
    let wrong = ACME.replace("policy: default,", "policy: night,").replace("[ana, [ana, ben]]", "[ana, dan]");
    let found = mistakes(&wrong);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("line 12: schedules[0].layers[0].people[1]: there is no person `dan`"),
        "{found:?}"
    );
    assert!(found[1].starts_with("line 24: services[0].policy: there is no policy `night`"), "{found:?}");
}

#[test]
fn a_wrong_type_word_or_key_is_named_with_its_line() {
    for (from, to, line, part) in [
        ("rounds: 3", "rounds: many", 19, "whole number"),
        ("after: 10m", "after: ten", 18, "5m"),
        ("    gap: 10m", "    gapp: 10m", 20, "gapp"),
        ("unit: week", "unit: fortnight", 13, "fortnight"),
        ("{ person: ana }", "{ persona: ana }", 18, "lead_of"),
        ("role: admin", "role: boss", 3, "boss"),
        ("default_severity: SEV2", "default_severity: SEV9", 24, "SEV9"),
        ("start: \"2026-01-05\"", "start: \"2026-13-05\"", 13, ""),
    ] {
        let found = mistakes(&ACME.replace(from, to));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with(&format!("line {line}: ")) && found[0].contains(part),
            "{to}: {found:?}"
        );
    }
    assert!(!mistakes("").is_empty());
    assert!(!mistakes("a: [").is_empty());
    assert!(!mistakes("team: { name: A }\nteam: { name: B }\n").is_empty(), "said twice");
}

#[test]
fn the_plan_says_what_is_added_changed_and_removed() {
    let from = read(ACME).unwrap();
    let mut to = from.clone();
    to.people.push(Person {
        id: "chi".into(),
        name: "Chi".into(),
        email: "chi@example.com".into(),
        time_zone: None,
        role: Role::Responder,
    });
    to.policies[0].steps[1].after = Span::minutes(7);
    to.integrations.clear();
    to.services[0].runbook = None;
    to.team.name = "Acme 2".into();
    let plan = diff(&from, &to).to_string();
    for line in [
        "~ team",
        "    name: Acme → Acme 2",
        "+ person chi",
        "~ policy default",
        "    steps[1].after: 10m → 7m",
        "    runbook: https://runbooks.example.com/p → (none)",
        "- integration prod-alertmanager",
        "1 added, 3 changed, 1 removed.",
    ] {
        assert!(plan.lines().any(|l| l == line), "{line} is missing in:\n{plan}");
    }
    assert_eq!(diff(&from, &from).to_string(), "Nothing changes.");
}

fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("yes".to_owned()),
        Just("null".to_owned()),
        Just("~".to_owned()),
        Just("1e3".to_owned()),
        Just("0x1F".to_owned()),
        Just("2026-01-01".to_owned()),
        Just("12:30:45".to_owned()),
        Just("- a: b # c".to_owned()),
        Just("{x".to_owned()),
        Just("'quoted\"".to_owned()),
        Just("on".to_owned()),
        Just("tab\tand\nline".to_owned()),
        Just("trailing ".to_owned()),
        Just(" x\n".to_owned()),
        Just(".inf".to_owned()),
        Just("<<".to_owned()),
        "[a-zA-Z0-9 ~!@#$%^&*()_+`{}|:\"<>?,./;'\\[\\]=-]{1,40}".prop_map(|s| format!("x{s}")),
        "\\PC{1,30}".prop_map(|s| format!("é{s}")),
    ]
}

/// Changes of a playbook, as far as they can be applied.
fn playbook(words: &str, every: i64) -> Option<PlaybookChanges> {
    let changes = serde_json::json!({
        "severities": { "SEV1": { "name": words, "updates": { "every": format!("{every}m") } } },
        "strategies": { "hotfix": null, "purge": { "name": words, "when": words } },
        "updates": { "no_news": format!("{{# {words} #}}\n{words}\n") },
        "public_text": { "allowed": [words] },
        "triage": { "wide_percent": every },
    });
    let changes: PlaybookChanges = serde_json::from_value(changes).unwrap();
    changes.check().is_empty().then(|| changes.tidied())
}

fn a_team() -> impl Strategy<Value = Team> {
    let span = (0_i64..40).prop_map(|n| Span::seconds(n * 15));
    let step = (prop::sample::select(vec![0, 1, 2, 3, 4, 5]), 0_i64..20);
    (
        words(),
        prop::collection::vec((words(), any::<bool>()), 1..5),
        prop::collection::vec(step, 1..4),
        span,
        prop::collection::btree_map(words(), words(), 1..3),
        prop::option::of(1_u32..1_000),
        1_u32..20,
        any::<bool>(),
        (words(), 10_i64..40),
    )
        .prop_map(|(name, people, steps, gap, labels, rate, rounds, own_chain, (own_words, every))| {
            let person = |i: usize| PersonId::new(format!("p{i}"));
            let notify = |what: i32| match what {
                0 => Target::Schedule { schedule: "primary".into() },
                1 => Target::Person { person: person(0) },
                2 => Target::LeadOf { lead_of: GroupId::from("g") },
                3 => Target::ManagerOf { manager_of: GroupId::from("g") },
                4 => Target::Group { group: GroupId::from("g") },
                _ => Target::Admins { admins: true },
            };
            let mut sum = 0;
            let steps: Vec<_> = steps
                .into_iter()
                .map(|(what, after)| {
                    sum += after;
                    PolicyStep { after: Span::minutes(sum), notify: vec![notify(what)] }
                })
                .collect();
            let chain = PolicyChain { steps: steps.clone(), rounds: None, gap: Some(Span::minutes(1)) };
            Team {
                team: TeamSettings {
                    name: name.clone(),
                    time_zone: "Europe/Berlin".into(),
                    business_hours: BusinessHours::default(),
                    holidays: vec!["2026-12-25".parse().unwrap()],
                    health_allow: vec!["10.0.0.0/8".into()],
                    commands: Default::default(),
                    executives: vec![person(0)],
                },
                people: people
                    .iter()
                    .enumerate()
                    .map(|(i, (name, admin))| Person {
                        id: person(i),
                        name: name.clone(),
                        email: format!("p{i}@example.com"),
                        time_zone: admin.then(|| "Asia/Kolkata".to_owned()),
                        role: if *admin { Role::Admin } else { Role::Stakeholder },
                    })
                    .collect(),
                groups: vec![Group {
                    id: "g".into(),
                    name: Some(name.clone()),
                    members: vec![person(0)],
                    lead: Some(person(0)),
                    manager: None,
                }],
                schedules: vec![Schedule {
                    id: "primary".into(),
                    name,
                    time_zone: "UTC".into(),
                    layers: vec![Layer {
                        name: None,
                        people: vec![TurnHolder::One(person(0)), TurnHolder::Together(vec![person(0)])],
                        turn: Turn {
                            every: rounds,
                            unit: TurnUnit::Week,
                            hand_off: "Mon 10:00".into(),
                            start: "2026-01-05".parse().unwrap(),
                        },
                        advance: None,
                        windows: vec![],
                    }],
                    overrides: vec![],
                    temporary: vec![],
                }],
                policies: vec![Policy {
                    id: "default".into(),
                    steps,
                    rounds,
                    gap: gap.max(Span::seconds(1)),
                    severity: own_chain.then_some((Severity::Sev1, chain)).into_iter().collect(),
                }],
                services: vec![Service {
                    id: "s".into(),
                    name: labels.values().next().cloned().unwrap_or_default(),
                    group: Some("g".into()),
                    policy: "default".into(),
                    default_severity: Severity::Sev3,
                    runbook: None,
                    health: Some("https://example.com/h#a:b".into()),
                    health_from: firebell_domain::health::HealthFrom::Desktop,
                    dashboard: None,
                    neighbours: vec![ServiceId::from("s")],
                    severities: [("page me".to_owned(), Severity::Sev1)].into(),
                }],
                integrations: vec![Integration {
                    id: "i".into(),
                    kind: IntegrationKind::Generic,
                    service: "s".into(),
                    rules: vec![RoutingRule {
                        matches: labels,
                        service: None,
                        severity: Some(Severity::Sev4),
                    }],
                    severities: [].into(),
                    rate,
                }],
                playbook: playbook(&own_words, every),
            }
        })
        .prop_filter("only what can be applied", |team| team.problems().is_empty())
}

proptest! {
    #[test]
    fn what_is_exported_applies_to_itself_unchanged(team in a_team()) {
        let text = write(&team).unwrap();
        let again = read(&text).map_err(|e| TestCaseError::fail(format!("{e:?}\n{text}")))?;
        prop_assert_eq!(&again, &team, "{}", text);
        prop_assert!(diff(&team, &again).is_empty());
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,200}") {
        let _refused_or_not = read(&text);
    }
}
