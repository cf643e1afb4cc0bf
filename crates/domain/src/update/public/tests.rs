//! Text for people outside, as a communications lead writes it.

use super::*;
use proptest::prelude::*;

fn insiders() -> Insiders {
    let team: Team = serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "people": [
            { "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com" },
            { "id": "will", "name": "Will", "email": "will@example.com" },
            { "id": "jo", "name": "Jörg Müller-Lüdenscheidt", "email": "j@example.com" },
        ],
        "policies": [{ "id": "p", "steps": [] }],
        "services": [
            { "id": "payments-api", "name": "Payments", "policy": "p" },
            { "id": "search", "name": "Search", "policy": "p" },
        ],
    }))
    .unwrap();
    Insiders::of(&team)
}

/// (rule, the words that are pointed at)
fn pointed(text: &str) -> Vec<(Rule, &str)> {
    let found = check_public(text, &PublicRules::default(), &insiders());
    found.into_iter().map(|f| (f.rule, &text[f.start..f.end])).collect()
}

#[test]
fn a_services_own_name_is_no_jargon_and_its_words_elsewhere_are() {
    let services = [("pay".to_owned(), "Payments API".to_owned()), ("db".to_owned(), "Database".to_owned())];
    let insiders = Insiders { services: services.into(), ..Insiders::default() };
    let pointed = |text: &'static str| -> Vec<&str> {
        let found = check_public(text, &PublicRules::default(), &insiders);
        found.into_iter().map(|f| &text[f.start..f.end]).collect()
    };
    assert!(pointed("Payments API: errors").is_empty());
    assert_eq!(pointed("Payments API: the API answers slowly"), ["API"]);
    assert_eq!(pointed("The database is slow"), ["database"], "one word alone is a word");
}

#[test]
fn text_for_people_outside_is_looked_at_again() {
    for (text, expected) in [
        ("We are sorry. Everything works again since 14:05.", vec![]),
        ("The database failed over.", vec![(Rule::Jargon, "database")]),
        (
            "Two Pods restarted; load-balancers too.",
            vec![(Rule::Jargon, "Pods"), (Rule::Jargon, "load-balancers")],
        ),
        ("A podcast about replicas", vec![(Rule::Jargon, "replicas")]),
        ("latency\nof the API", vec![(Rule::Jargon, "latency"), (Rule::Jargon, "API")]),
        ("db-prod-03 is slow", vec![(Rule::InternalHost, "db-prod-03")]),
        (
            "see (10.0.0.7:5432), [fe80::1] and ::1.",
            vec![
                (Rule::InternalHost, "10.0.0.7:5432"),
                (Rule::InternalHost, "[fe80::1]"),
                (Rule::InternalHost, "::1"),
            ],
        ),
        (
            "http://wiki.acme.internal/x or localhost:8080",
            vec![(Rule::InternalHost, "wiki.acme.internal"), (Rule::InternalHost, "localhost:8080")],
        ),
        ("pay.svc.cluster.local.", vec![(Rule::InternalHost, "pay.svc.cluster.local")]),
        ("status.example.com and version 1.2.3, COVID-19, 24-7", vec![]),
        ("payments-api fails, search works", vec![(Rule::InternalName, "payments-api")]),
        ("Ana Ruiz and ana  ruiz will look", vec![(Rule::Person, "Ana Ruiz"), (Rule::Person, "ana  ruiz")]),
        ("Ana looks at the banana", vec![(Rule::Person, "Ana")]),
        ("It will work. Will said so.", vec![(Rule::Person, "Will")]),
        ("Danke, Jörg Müller-Lüdenscheidt!", vec![(Rule::Person, "Jörg Müller-Lüdenscheidt")]),
        ("Write to Ana@example.com.", vec![(Rule::Person, "Ana@example.com")]),
    ] {
        assert_eq!(pointed(text), expected, "{text}");
    }
}

#[test]
fn a_finding_says_why_and_what_to_write_instead() {
    let found = check_public("The latency rose", &PublicRules::default(), &insiders());
    assert_eq!((found[0].start, found[0].end), (4, 11));
    assert!(found[0].why.contains("latency"), "{found:?}");
    assert_eq!(found[0].suggestion, "response time");
    let found = check_public("payments-api fails", &PublicRules::default(), &insiders());
    assert_eq!(found[0].suggestion, "Payments");
}

#[test]
fn a_word_that_the_team_allows_is_left_alone() {
    let rules = PublicRules { allowed: vec!["api".into(), "Ana Ruiz".into()], ..PublicRules::default() };
    assert_eq!(check_public("The API is slow, says Will", &rules, &insiders()).len(), 1);
    assert_eq!(check_public("The api", &rules, &insiders()), []);
}

proptest! {
    #[test]
    fn findings_are_whole_characters_in_their_order(text in "(\\PC|Ana Ruiz|db-prod-1|API|\\.internal|10\\.0\\.0\\.1|[ -@é\u{1F525}\u{130}ß]){0,30}") {
        let mut end = 0;
        for finding in check_public(&text, &PublicRules::default(), &insiders()) {
            prop_assert!(finding.start >= end && finding.end > finding.start);
            prop_assert!(text.is_char_boundary(finding.start) && text.is_char_boundary(finding.end));
            prop_assert!(!finding.why.is_empty() && !finding.suggestion.is_empty());
            end = finding.end;
        }
        prop_assert!(end <= text.len());
    }
}
