//! The playbook in an operator's file.

use super::*;
use firebell_domain::playbook::{Phase, Playbook};
use firebell_domain::update::VARIABLES;
use firebell_domain::{Severity, Span};

const ACME: &str = r#"team: { name: Acme }
playbook:
  severities:
    SEV1:
      updates: { every: 20m }
      watch_for: 30m
    SEV3: { postmortem: always }
  strategies:
    hotfix: null
    purge_cache:
      name: Purge the cache
      when: Stale data is served
  updates:
    templates:
      public:
        investigating: |
          {{ title }}
          Next update: {{ next_update }}
"#;

fn mistakes(text: &str) -> Vec<String> {
    read(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn a_team_writes_what_it_does_otherwise_and_gets_back_no_more() {
    let team = read(ACME).unwrap();
    let playbook = team.playbook();
    assert_eq!(playbook.severity(Severity::Sev1).updates.every, Span::minutes(20));
    assert!(!playbook.strategies.contains_key("hotfix"));
    assert_eq!(playbook.strategies["purge_cache"].when, "Stale data is served");
    let text = write(&team).unwrap();
    assert!(!text.contains("watch_for"), "30m is the default:\n{text}");
    assert!(text.contains("every: 20m") && text.contains("hotfix: null"), "{text}");
    assert_eq!(read(&text).unwrap(), team, "{text}");
}

#[test]
fn a_playbook_that_repeats_the_defaults_leaves_nothing_in_the_file() {
    let team =
        read("team: { name: Acme }\nplaybook: { severities: { SEV1: { watch_for: 1800s } } }\n").unwrap();
    assert_eq!(team.playbook, None);
    assert!(!write(&team).unwrap().contains("playbook"));
    assert_eq!(team.playbook(), Playbook::default());
}

#[test]
fn the_plan_shows_what_held_and_what_will() {
    let before = read("team: { name: Acme }\n").unwrap();
    let after = read(ACME).unwrap();
    let plan = diff(&before, &after).to_string();
    for line in [
        "~ playbook",
        "    severities.SEV1.updates.every: 15m → 20m",
        "    severities.SEV3.postmortem: optional → always",
        "0 added, 1 changed, 0 removed.",
    ] {
        assert!(plan.lines().any(|l| l == line), "{line} is missing in:\n{plan}");
    }
    for part in
        ["strategies.hotfix: {", "strategies.purge_cache: (none) →", "templates.public.investigating:"]
    {
        assert!(plan.contains(part), "{part} is missing in:\n{plan}");
    }
    assert!(!plan.contains("watch_for"), "{plan}");
    assert!(diff(&after, &after).is_empty());
    // Back to what is usual: the section is left out.
    let back = diff(&after, &before).to_string();
    assert!(back.contains("severities.SEV1.updates.every: 20m → 15m"), "{back}");
}

#[test]
fn a_mistake_in_the_playbook_is_named_with_its_line_and_field() {
    for (from, to, expected) in [
        (
            "every: 20m",
            "every: soon",
            "line 5: playbook.severities.SEV1.updates.every: `soon` is not a length of time",
        ),
        ("every: 20m", "every: 10s", "line 5: playbook.severities.SEV1.updates.every: `10s` is not 1m to 7d"),
        (
            "every: 20m",
            "evry: 20m",
            "line 5: playbook.severities.SEV1.updates.evry: there is no `evry` here; did you mean `every`?",
        ),
        ("SEV3", "SEV9", "line 7: playbook.severities.SEV9: unknown variant `SEV9`"),
        ("always", "perhaps", "line 7: playbook.severities.SEV3.postmortem: unknown variant `perhaps`"),
        (
            "      when: Stale data is served\n",
            "",
            "line 10: playbook.strategies.purge_cache: missing field `when`; add it",
        ),
        (
            "name: Purge the cache",
            "name: 7",
            "line 10: playbook.strategies.purge_cache: invalid type: integer `7`, expected a string",
        ),
        (
            "{{ title }}",
            "{{ titl }}",
            "line 16: playbook.updates.templates.public.investigating: line 1 of the template: there is no variable `titl`; did you mean `title`?",
        ),
    ] {
        let found = mistakes(&ACME.replace(from, to));
        assert!(found.iter().any(|f| f.starts_with(expected)), "{to}\n{expected}\n{found:?}");
    }
    assert!(
        !mistakes("team: { name: Acme }\nplaybook: { closing: {}, closing: {} }\n").is_empty(),
        "said twice"
    );
    assert!(!mistakes("team: { name: Acme }\nplaybook: often\n").is_empty());
}

#[test]
fn the_example_of_the_documentation_applies_as_it_stands() {
    let page = include_str!("../../../../docs/operating.md");
    let (_, rest) = page.split_once("```yaml\nplaybook:").expect("operating.md shows a playbook");
    let (example, _) = rest.split_once("```").unwrap();
    let team = read(&format!("team: {{ name: Acme }}\nplaybook:{example}")).unwrap();
    let (ours, usual) = (team.playbook(), Playbook::default());
    assert_eq!(ours.severity(Severity::Sev1).updates.every, Span::minutes(20));
    assert_eq!(ours.checklists[&Phase::Mobilise].len(), 2);
    assert_eq!(ours.strategies.len(), usual.strategies.len());
    assert_eq!(ours.public_text.jargon.len(), usual.public_text.jargon.len());
    assert_eq!(ours.updates.missed_after, Span::minutes(1));
    // The page says what is usual, too.
    assert_eq!(usual.severity(Severity::Sev1).updates.every, Span::minutes(15));
    assert_eq!((usual.updates.remind_before, usual.updates.missed_after), (Span::minutes(5), Span::ZERO));
    for (variable, _) in VARIABLES {
        assert!(page.contains(&format!("`{variable}`")), "{variable} is not in operating.md");
    }
}
