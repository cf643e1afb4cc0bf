//! Updates as they are written, filled in, and looked at again before they go out.

use super::*;
use crate::incident::{Declaration, Incident, IncidentEvent, Status};
use crate::playbook::{Audience, Playbook};
use crate::{IncidentId, Instant, Severity};
use proptest::prelude::*;
use uuid::Uuid;

fn t(text: &str) -> Instant {
    text.parse().unwrap()
}

fn filled(source: &str) -> Result<String, String> {
    render(source, &Facts::sample()).map_err(|e| e.to_string())
}

fn incident() -> Incident {
    let declaration = Declaration {
        title: "Checkout fails".into(),
        severity: Severity::Sev1,
        services: vec!["checkout".into()],
        detection: None,
        detected_at: Some(t("2026-11-25T13:40:00Z")),
        page: None,
        commands: false,
    };
    let incident = IncidentId(Uuid::from_u128(1));
    let event =
        IncidentEvent::Declared { incident, number: 42, by: "ana".into(), claimed_at: None, declaration };
    Incident::from_declared(t("2026-11-25T13:45:00Z"), &event).unwrap()
}

#[test]
fn a_public_update_is_filled_from_the_incident() {
    let playbook = Playbook::default();
    let told = Told {
        impact: "Paying by card fails for most customers".into(),
        next_update: Some(t("2026-11-25T14:20:00Z")),
        ..Told::default()
    };
    let facts = Facts::of(&incident(), &told, &playbook, chrono_tz::UTC, t("2026-11-25T14:05:00Z"));
    let template = playbook.updates.template(Audience::Public, Status::Investigating).unwrap();
    assert_eq!(
        render(template, &facts).unwrap(),
        "Checkout fails: investigating\n2026-11-25 14:05 UTC\n\nWe are looking into this and will tell you what we find.\n\
         What you may notice: Paying by card fails for most customers\nNext update: 2026-11-25 14:20 UTC"
    );
}

#[test]
fn every_default_template_carries_the_fields_of_an_update() {
    let playbook = Playbook::default();
    let told = Told {
        impact: "IMPACT".into(),
        known: "KNOWN".into(),
        doing: "DOING".into(),
        what_happened: "HAPPENED".into(),
        fix: "FIX".into(),
        what_next: "COMES".into(),
        ..Told::default()
    };
    for audience in Audience::ALL {
        for status in [Status::Investigating, Status::Identified, Status::Monitoring, Status::Resolved] {
            let told = Told { status: Some(status), ..told.clone() };
            let facts = Facts::of(&incident(), &told, &playbook, chrono_tz::UTC, t("2026-11-25T14:05:00Z"));
            let text = render(playbook.updates.template(audience, status).unwrap(), &facts).unwrap();
            let mut fields =
                vec!["Checkout fails", "2026-11-25 14:05 UTC", status.word(), "IMPACT", "KNOWN", "DOING"];
            if status == Status::Resolved {
                fields.extend(["HAPPENED", "FIX", "COMES"]);
                assert!(!text.contains("Next update"), "nothing follows what is over:\n{text}");
            } else {
                fields.push("Next update: as soon as we learn more");
            }
            for field in fields {
                assert!(text.contains(field), "{audience:?} {status:?}: no {field} in\n{text}");
            }
            assert!(!text.contains("\n\n\n") && !text.ends_with('\n'), "{text:?}");
        }
    }
}

#[test]
fn a_field_that_nobody_filled_in_leaves_no_line_behind() {
    let playbook = Playbook::default();
    let facts =
        Facts::of(&incident(), &Told::default(), &playbook, chrono_tz::UTC, t("2026-11-25T14:05:00Z"));
    for audience in Audience::ALL {
        let template = playbook.updates.template(audience, Status::Identified).unwrap();
        let text = render(template, &facts).unwrap();
        assert!(text.lines().all(|line| !line.trim_end().ends_with(':')), "{audience:?}:\n{text}");
    }
    let text = render(&playbook.updates.no_news, &facts).unwrap();
    assert!(text.contains("nothing new") && text.contains("Next update:"), "{text}");
}

#[test]
fn nobody_is_sent_to_a_channel_that_there_is_not() {
    let playbook = Playbook::default();
    let of = |channel: &str| {
        let told = Told { channel: channel.into(), ..Told::default() };
        let facts = Facts::of(&incident(), &told, &playbook, chrono_tz::UTC, t("2026-11-25T14:05:00Z"));
        let template = playbook.updates.template(Audience::SupportAndSales, Status::Identified).unwrap();
        render(template, &facts).unwrap()
    };
    assert!(!of("").contains("channel"), "{}", of(""));
    assert!(of("https://chat.example.com/inc-42").contains("the incident's channel"));
    for text in [of(""), of("https://chat.example.com/inc-42")] {
        assert!(text.contains("promise no time"), "{text}");
    }
}

#[test]
fn a_headline_is_read_outside_and_the_title_inside() {
    let playbook = Playbook::default();
    let told = Told { headline: "Checkout: errors".into(), ..Told::default() };
    let facts = Facts::of(&incident(), &told, &playbook, chrono_tz::UTC, t("2026-11-25T14:05:00Z"));
    for audience in Audience::ALL {
        let template = playbook.updates.template(audience, Status::Identified).unwrap();
        let text = render(template, &facts.read_by(audience, &told)).unwrap();
        assert_eq!(text.contains("Checkout: errors"), audience.is_outside(), "{text}");
        assert_eq!(text.contains("Checkout fails"), !audience.is_outside(), "{text}");
        let without = render(template, &facts.read_by(audience, &Told::default())).unwrap();
        assert!(without.contains("Checkout fails"), "{without}");
    }
}

#[test]
fn what_our_own_templates_say_to_people_outside_has_no_jargon() {
    let playbook = Playbook::default();
    for audience in Audience::ALL.into_iter().filter(|a| a.is_outside()) {
        for source in playbook.updates.templates[&audience].values().chain([&playbook.updates.no_news]) {
            let text = render(source, &Facts::sample()).unwrap();
            assert_eq!(check_public(&text, &playbook.public_text, &Insiders::default()), [], "{text}");
        }
    }
}

#[test]
fn times_are_said_in_the_readers_zone_and_lengths_in_words() {
    let facts = |from: &str, resolved: Option<&str>| {
        let mut incident = incident();
        incident.moments.impact_started_at = Some(t(from));
        incident.moments.resolved_at = resolved.map(t);
        let told = Told { status: resolved.map(|_| Status::Resolved), ..Told::default() };
        let zone = chrono_tz::Europe::Berlin;
        Facts::of(&incident, &told, &Playbook::default(), zone, t("2026-11-25T14:05:00Z"))
    };
    let now = facts("2026-11-25T12:45:00Z", None);
    assert_eq!(
        (now.time.as_str(), now.started_at.as_str()),
        ("2026-11-25 15:05 CET", "2026-11-25 13:45 CET")
    );
    assert_eq!(now.duration, "1 h 20 min");
    assert_eq!(now.severity_name, "critical");
    assert_eq!(facts("2026-11-25T13:40:00Z", None).duration, "25 min");
    assert_eq!(facts("2026-11-23T11:00:00Z", None).duration, "2 d 3 h");
    assert_eq!(facts("2026-11-26T11:00:00Z", None).duration, "less than a minute");
    assert_eq!(facts("2026-11-25T12:00:00Z", Some("2026-11-25T13:00:00Z")).duration, "1 h", "it ended then");
    // The hour that the clocks repeat is told apart.
    let mut incident = incident();
    incident.moments.impact_started_at = Some(t("2026-10-25T00:30:00Z"));
    let at = |now: &str| {
        Facts::of(&incident, &Told::default(), &Playbook::default(), chrono_tz::Europe::Berlin, t(now))
    };
    assert_eq!(at("2026-10-25T01:30:00Z").time, "2026-10-25 02:30 CET");
    assert_eq!(at("2026-10-25T01:30:00Z").started_at, "2026-10-25 02:30 CEST");
    assert_eq!(at("2026-10-25T01:30:00Z").duration, "1 h");
}

#[test]
fn every_variable_of_the_list_is_there() {
    let facts = serde_json::to_value(Facts::sample()).unwrap();
    let mut names: Vec<_> = facts.as_object().unwrap().keys().map(String::as_str).collect();
    let mut listed = VARIABLES.map(|(name, _)| name);
    names.sort_unstable();
    listed.sort_unstable();
    assert_eq!(names, listed);
    for name in listed {
        filled(&format!("{{{{ {name} }}}}")).unwrap();
    }
}

#[test]
fn what_a_template_can_do() {
    for (source, text) in [
        (
            "{{ severity | lower }} {{ status | capitalize }} {{ title | upper }}",
            "sev1 Investigating CHECKOUT FAILS",
        ),
        (
            "{% for s in services %}{{ loop.index }} {{ s }}{% if not loop.last %}, {% endif %}{% endfor %}",
            "1 Checkout, 2 Payments",
        ),
        ("{{ services | join(' and ') }} ({{ services | length }})", "Checkout and Payments (2)"),
        (
            "{% if severity == \"SEV1\" and number >= 42 %}big{% elif severity in ['SEV2'] %}less{% else %}small{% endif %}",
            "big",
        ),
        ("{{ '' | default(title) }}{{ title | default('x') }}", "Checkout failsCheckout fails"),
        ("{# nobody sees {{ this }} #}{{- number -}} !", "42!"),
        ("{% for s in [] %}x{% else %}none{% endfor %}{% if impact is defined %}.{% endif %}", "none."),
        ("100 % {of} }} these { { %} are only words", "100 % {of} }} these { { %} are only words"),
    ] {
        assert_eq!(filled(source).as_deref(), Ok(text), "{source}");
        assert_eq!(check_template(source), [], "{source}");
    }
}

#[test]
fn a_mistake_is_named_with_its_line_and_what_was_meant() {
    for (source, line, part) in [
        ("a\n{{ tilte }}\n", 2, "there is no variable `tilte`; there are time, number, title"),
        (
            "{{ title }}\n\n{{ next_updat }}",
            3,
            "there is no variable `next_updat`; did you mean `next_update`?",
        ),
        ("{% if impct %}x{% endif %}", 1, "did you mean `impact`?"),
        ("{{ title.upper }}", 1, "`title` has no `.upper`"),
        ("{{ title | uper }}", 1, "there is no filter `uper`; did you mean `upper`?"),
        ("{{ title | safe }}", 1, "there is no filter `safe`; there are"),
        ("{% iff title %}", 1, "did you mean `if`?"),
        ("{% set x = title %}", 1, "there is no `set` in templates"),
        ("{% include 'x' %}", 1, "there is no `include` in templates"),
        ("{% raw %}", 1, "there is no `raw`"),
        ("\n{% if title %}", 2, "has no end; close it with `{% endif %}`"),
        ("{% endfor %}", 1, "`endfor` closes nothing here"),
        ("{% if title %}{% endfor %}{% endif %}", 1, "`endfor` closes nothing"),
        ("{% else %}", 1, "`else` stands outside"),
        ("{% for services in services %}{% endfor %}", 1, "`services` is taken"),
        ("{% for a, b in services %}{% endfor %}", 1, "write a loop as"),
        ("{% for s in services %}{% endfor %}{{ s }}", 1, "there is no variable `s`"),
        ("{{ loop.index }}", 1, "inside of a `for` only"),
        ("{% for s in services %}{{ loop.cycle(1) }}{% endfor %}", 1, "`loop` has no `cycle`"),
        ("{% for s in services recursive %}{% endfor %}", 1, "there is no variable `recursive`"),
        ("{{ title ~ title }}", 1, "`~` is not understood"),
        ("{{ title * 9 }}", 1, "`*` is not understood"),
        ("{{ title + 'x' }}", 1, "`+` is not understood"),
        ("{{ {'a': 1} }}", 1, "`{` is not understood"),
        ("{{ 'a\\n' }}", 1, "without `\\`"),
        ("{{ 'abc }}", 1, "the text has no end"),
        ("{{ title", 1, "close it with `}}`"),
        ("{# title", 1, "the comment has no end"),
        ("{{ }}", 1, ""),
        ("{{ title title }}", 1, ""),
        ("a\n{{ (title }}", 2, ""),
        ("{{ [title, title] }}", 1, "a list holds texts and numbers only"),
        ("{{ [['a']] }}", 1, "a list holds texts and numbers only"),
        ("{{ (title, title) }}", 1, "`,` stands outside of a list"),
    ] {
        let found = check_template(source);
        let first = found.first().unwrap_or_else(|| panic!("{source} is fine?"));
        assert!(first.line == line && first.words.contains(part), "{source}: {first:?}");
        assert_eq!(render(source, &Facts::sample()), Err(first.clone()), "{source}");
    }
    // All of them at once, whether or not a rendering would come past them.
    let lines: Vec<_> =
        check_template("{{ a }}\n{% if false %}{{ b }}{% endif %}\n{{ c }}").iter().map(|e| e.line).collect();
    assert_eq!(lines, [1, 2, 3]);
}

#[test]
fn what_only_shows_when_it_is_filled_in_names_its_line_too() {
    for (source, line) in [
        ("a\n{{ services | upper }}", 2),
        ("{{ number | join }}", 1),
        ("x\n\n{% for s in number %}{% endfor %}", 3),
    ] {
        let error = render(source, &Facts::sample()).unwrap_err();
        assert_eq!(error.line, line, "{source}: {error}");
    }
}

#[test]
fn a_hostile_template_ends_and_stays_small() {
    let nested = |n: usize| format!("{}x{}", "{% for a in services %}".repeat(n), "{% endfor %}".repeat(n));
    let doubling = (0..6).fold("{{ v5 }}".to_owned(), |inside, i| {
        let (from, to) = (if i == 5 { "title".to_owned() } else { format!("v{}", 4 - i) }, format!("v{}", 5 - i));
        format!("{{% for {to} in [[{from},{from},{from},{from},{from},{from},{from},{from}] | join] %}}{inside}{{% endfor %}}")
    });
    let steps = (0..6).fold("x".to_owned(), |inside, i| {
        format!("{{% for v{i} in [{}] %}}{inside}{{% endfor %}}", vec!["1"; 25].join(","))
    });
    let quiet = steps.replace('x', "{# #}");
    assert!(render(&quiet, &Facts::sample()).unwrap_err().words.contains("too many steps"));
    for source in [
        nested(7),
        nested(1_000),
        "{{ (".to_owned() + &"(".repeat(5_000),
        "{{ ".to_owned() + &"not ".repeat(50) + "title }}",
        "{{ title".to_owned() + &" | upper".repeat(1_000) + " }}",
        "{% if title %}".to_owned() + &"{% elif title %}".repeat(600) + "{% endif %}",
        "[".repeat(9_000) + "{{ " + &"[".repeat(55) + " }}",
        "{{ title }}".repeat(1_000),
        "x".repeat(SOURCE_MAX + 1),
        doubling,
        steps,
    ] {
        let error = render(&source, &Facts::sample()).map(|text| text.len()).unwrap_err();
        assert!(!error.words.is_empty(), "{error:?}");
    }
    // Long values are no trouble, until they are too long.
    let mut facts = Facts { impact: "é".repeat(10_000), ..Facts::sample() };
    assert_eq!(render("{{ impact }}", &facts).unwrap().len(), 20_000);
    facts.impact = "é".repeat(20_001);
    assert!(render("{{ impact }}", &facts).unwrap_err().words.contains("40000 bytes"));
}

/// Pieces that templates are made of, in any order.
fn any_template() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "{{ ",
            " }}",
            "{% ",
            " %}",
            "{# ",
            " #}",
            "if ",
            "for s in ",
            "endif",
            "endfor",
            "else",
            "elif ",
            "title",
            "services",
            "s",
            "loop.index",
            " | ",
            "upper",
            "join",
            "length",
            "(",
            ")",
            "[",
            "]",
            ",",
            "'",
            "\"",
            "-",
            "+",
            "~",
            "*",
            "%",
            "{",
            "}",
            "\\",
            "\n",
            "é",
            "not ",
            "is ",
            "in ",
            "==",
            "1",
            "99999999999999999999",
            ".",
            "default",
            "{% for s in services %}",
            "{% endfor %}",
            "{% if title %}",
            "{% endif %}",
            "raw",
            "set ",
            "=",
            "\u{feff}",
            "0x",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,5}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_template_panics_or_runs_away(source in any_template()) {
        let checked = check_template(&source);
        match render(&source, &Facts::sample()) {
            Ok(text) => {
                prop_assert!(checked.is_empty(), "{checked:?}");
                prop_assert!(text.len() <= 40_000);
            }
            Err(error) => {
                prop_assert!(!error.words.is_empty());
                prop_assert!((1..=source.matches('\n').count() + 1).contains(&error.line), "{error:?}");
            }
        }
    }

    #[test]
    fn words_without_tags_stay_as_they_are(words in "[^{}%#\r]{0,60}") {
        let text = render(&words, &Facts::sample()).unwrap();
        prop_assert_eq!(text.as_str(), words.trim_end());
    }

    #[test]
    fn what_people_fill_in_is_never_read_as_a_template(words in any_template()) {
        let facts = Facts { impact: words.clone(), ..Facts::sample() };
        prop_assert_eq!(render("<{{ impact }}>", &facts).unwrap(), format!("<{words}>"));
    }
}

#[test]
fn a_sample_knows_what_is_known_at_its_status() {
    let text = |status| {
        let template = "{{ status }} {{ next_update }} {{ fix }}";
        render(template, &Facts::sample_at(status)).unwrap()
    };
    assert_eq!(text(Status::Investigating), "investigating 2026-11-25 14:20 UTC");
    assert_eq!(text(Status::Resolved), "resolved  The earlier version is back");
}
