//! What others wrote, read.

mod pictures;

use super::*;
use crate::incident::{Incident, Status};
use crate::postmortem::export::yaml;
use crate::postmortem::file::*;
use crate::postmortem::{ActionKind, ActionStatus, FactorKind, PostmortemChange, Priority, Stage};
use crate::refusal::RefusalCode;
use crate::{IncidentId, Instant, Severity};
use proptest::prelude::*;
use uuid::Uuid;

fn t(text: &str) -> Instant {
    text.parse().unwrap()
}

fn read(text: &str, name: &str) -> Imported {
    import(text, name).unwrap_or_else(|refused| panic!("{refused:?}"))
}

fn text_of<'a>(imported: &'a Imported, id: &str) -> &'a str {
    imported.file.sections.iter().find(|s| s.id == id).map_or("", |s| s.text.as_str())
}

const OTHERS: &str = "# [SEV-1] Payments lost - 2025-03-04

**Date**: 2025-03-04
**Severity**: SEV1
- Authors: Ana Ruiz, Kim
**Duration**: 1h 20m
**Weather**: rain

Cards were charged twice.

## Root cause

A retry *without* a key.

### Detail

More.

## Timeline (UTC)

- 23:50 - first alert
- 00:10: Ana looked at the [logs](https://example.com)
- later: it was over
* 2025-03-05T01:10:00+01:00 | rolled back

## Follow-ups

- [ ] Add an idempotency key @ana P1 (due 2025-04-01)
- [x] Tell the bank

Talk about it in May.

## Contributing factors
- no test of retries

## Größe & Umfang
Every third card.
";

#[test]
fn what_was_a_public_section_elsewhere_is_no_public_version_here() {
    let text = "# It broke\n\n## Public\n\nBen restarted db1.internal.\n";
    let all = brought(&read(text, "x.md"), None, || Uuid::from_u128(7));
    assert!(!all.texts.contains_key(crate::postmortem::PUBLIC), "{:?}", all.texts.keys());
    assert!(all.texts.values().any(|text| text.contains("db1.internal")));
}

#[test]
fn what_others_wrote_in_markdown_is_read_and_nothing_of_it_is_lost() {
    let found = read(OTHERS, "2025-03-04-payments.md");
    let file = &found.file;
    assert_eq!(file.title, "[SEV-1] Payments lost - 2025-03-04");
    assert_eq!(file.incident.severity, Some(Severity::Sev1));
    assert_eq!(file.incident.declared_at, Some(t("2025-03-04T23:50:00Z")), "it begins with its first line");
    assert_eq!(file.incident.duration_seconds, Some(4_800));
    assert_eq!(file.authors.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["Ana Ruiz", "Kim"]);
    assert_eq!(text_of(&found, "summary").trim(), "Cards were charged twice.");
    assert_eq!(text_of(&found, "root_causes").trim(), "A retry *without* a key.\n\n# Detail\n\nMore.");
    let lines: Vec<_> = file.timeline.iter().map(|l| (l.at, l.text.as_str())).collect();
    assert_eq!(
        lines,
        [
            (t("2025-03-04T23:50:00Z"), "first alert"),
            (t("2025-03-05T00:10:00Z"), "Ana looked at the [logs](https://example.com)"),
            (t("2025-03-05T00:10:00Z"), "rolled back"),
        ]
    );
    assert_eq!(text_of(&found, "timeline"), "- later: it was over");
    let first = &file.actions[0];
    assert_eq!(first.title, "Add an idempotency key @ana P1 (due 2025-04-01)");
    assert_eq!((first.priority, first.due), (Some(Priority::P1), "2025-04-01".parse().ok()));
    assert_eq!(first.owner.as_ref().unwrap().name, "ana");
    assert_eq!(file.actions[1].status, ActionStatus::Done);
    assert_eq!(text_of(&found, "actions"), "Talk about it in May.");
    assert_eq!(file.factors, [FactorPart { kind: FactorKind::Other, text: "no test of retries".into() }]);
    assert_eq!(text_of(&found, "gr_e_umfang").trim(), "### Größe & Umfang\nEvery third card.");
    assert_eq!(text_of(&found, REST), "- **Weather**: rain");
    assert_eq!(found.not_understood.len(), 2, "{:?}", found.not_understood);
}

#[test]
fn yaml_of_others_is_read_by_the_words_that_they_use() {
    let text = "title: Search was slow\ndate: 2025-01-02\nseverity: high\nsummary: It was slow.\ntimeline:\n  - { time: '10:05', event: alert }\n  - '10:20 rolled back'\n  - { time: noon, event: lunch }\naction_items:\n  - Add a cache\n  - { task: Alert on p99, owner: ben, due_date: 2025-02-01, priority: P2, ticket: OPS-7 }\nteam_mood: { good: true }\n";
    let found = read(text, "old.yml");
    let file = &found.file;
    assert_eq!((file.title.as_str(), file.incident.severity), ("Search was slow", Some(Severity::Sev2)));
    let lines: Vec<_> = file.timeline.iter().map(|l| (l.at, l.text.as_str())).collect();
    assert_eq!(lines, [(t("2025-01-02T10:05:00Z"), "alert"), (t("2025-01-02T10:20:00Z"), "rolled back")]);
    assert!(text_of(&found, "timeline").contains("lunch"));
    assert_eq!(file.actions[0].title, "Add a cache");
    let second = &file.actions[1];
    assert_eq!((second.title.as_str(), second.description.as_str()), ("Alert on p99", "ticket: OPS-7"));
    assert_eq!((second.priority, second.due), (Some(Priority::P2), "2025-02-01".parse().ok()));
    assert!(text_of(&found, REST).contains("team_mood") && text_of(&found, REST).contains("good"));
    assert_eq!(found.not_understood.len(), 2);
}

#[test]
fn our_own_markdown_comes_back_with_its_lines_and_actions() {
    let golden = include_str!("../export/golden/whole.md");
    let found = read(golden, "x.md");
    let whole: PostmortemFile = serde_json::from_str(include_str!("../export/golden/whole.json")).unwrap();
    let file = &found.file;
    assert_eq!(file.title, whole.title);
    assert_eq!(file.incident.moments(), whole.incident.moments());
    assert_eq!(file.incident.severity, whole.incident.severity);
    assert_eq!(file.impact, whole.impact);
    let lines = |file: &PostmortemFile| -> Vec<_> {
        file.timeline.iter().map(|l| (l.at, l.text.clone(), l.moment)).collect()
    };
    assert_eq!(lines(file), lines(&whole));
    let actions = |file: &PostmortemFile| -> Vec<_> {
        let of =
            |a: &ActionPart| (a.title.clone(), a.description.clone(), a.kind, a.priority, a.due, a.status);
        file.actions.iter().map(of).collect()
    };
    assert_eq!(actions(file), actions(&whole));
    assert_eq!(file.factors, whole.factors);
    assert_eq!(text_of(&found, "went_well").trim(), "The rollback took *two* minutes.");
    // Who had which role is known of an incident alone.
    assert_eq!(found.not_understood, ["“Roles” is kept as text in the section “Imported”."]);
}

#[test]
fn what_cannot_be_read_is_refused_with_the_line_and_a_remedy() {
    let words = |text: &str, name: &str| {
        let refused = import(text, name).unwrap_err();
        assert_eq!(refused.code, RefusalCode::BadInput);
        refused.words
    };
    assert!(words("title: a\nsections: [\n", "x.yaml").starts_with("Line "));
    assert!(words("version: 1\ntitle: a\nstage: eaten\n", "x.yaml").contains("Line 3"));
    assert!(words("version: 2\ntitle: a\nincident: {}\n", "x.yaml").contains("Update Firebell"));
    assert!(words("- a\n- b\n", "x.yaml").contains("title:"));
    assert!(words(" \n", "x.md").contains("empty"));
    assert!(words("a\0b", "x.md").contains("not text"));
    assert!(words(&"a".repeat(FILE_MAX + 1), "x.md").contains("1024 KiB are read"));
    assert!(words("words", "").contains("no title"));
}

fn events(text: &str) -> Result<Vec<crate::incident::RecordedIncident>, crate::Refusal> {
    let file = read(text, "old.md").file;
    past(
        &file,
        IncidentId(Uuid::from_u128(1)),
        &"ana".into(),
        vec!["pay".into()],
        "old.md",
        t("2026-11-26T09:00:00Z"),
    )
}

#[test]
fn the_incident_is_over_with_the_moments_that_the_file_has_and_no_others() {
    let events = events(OTHERS).unwrap();
    let mut incident = Incident::from_declared(events[0].at, &events[0].event).unwrap();
    events[1..].iter().for_each(|e| incident.apply(e.at, &e.event));
    assert_eq!((incident.title.as_str(), incident.severity), ("Payments lost", Severity::Sev1));
    assert_eq!(incident.status, Status::Closed);
    let m = incident.moments;
    assert_eq!(m.declared_at, Some(t("2025-03-04T23:50:00Z")));
    assert_eq!(m.resolved_at, Some(t("2025-03-05T01:10:00Z")));
    assert_eq!((m.detected_at, m.mitigated_at, m.acknowledged_at), (None, None, None));
    assert!(events.windows(2).all(|two| two[0].at <= two[1].at));
    assert!(events.iter().all(|e| e.event.author() == Some(&"ana".into())));
}

#[test]
fn a_day_without_an_hour_is_noon_and_of_today_it_is_over_by_now() {
    let times = |text: &str| {
        let events = events(text).unwrap();
        let at = |n: usize| events[n].at.format("%d %H:%M").to_string();
        (at(0), at(1))
    };
    let all = |day: &str, rest: &str| times(&format!("# T\n\nDate: {day}\n{rest}"));
    assert_eq!(all("2026-11-20", "Duration: 30 minutes\n"), ("20 12:00".into(), "20 12:30".into()));
    // It is 09:00.
    assert_eq!(all("2026-11-26", "Duration: 30 minutes\n"), ("26 09:00".into(), "26 09:00".into()));
    let lines = "\n## Timeline\n\n- 02:10 alert\n- 03:00 over\n";
    assert_eq!(all("2026-11-20", lines), ("20 02:10".into(), "20 03:00".into()));
    assert_eq!(times("# T - 2026-11-26\n"), ("26 09:00".into(), "26 09:00".into()));
}

#[test]
fn a_private_one_is_not_shown_to_the_team_by_an_import() {
    let text = "# T - 2026-01-01\n\n*Private. Only these people may read it: Ana Ruiz, Ben.*\n";
    assert!(events(text).unwrap_err().words.contains("private (Ana Ruiz, Ben)"));
}

#[test]
fn more_than_fits_is_kept_as_text() {
    let lines: String = (0..700).map(|n| format!("- 10:{:02} line {n}\n", n / 12)).collect();
    let actions: String = (0..300).map(|n| format!("- action {n}\n")).collect();
    let text = format!("# T - 2026-01-01\n\n## Timeline\n\n{lines}\n## Actions\n\n{actions}");
    let all = brought(&read(&text, "x.md"), None, || Uuid::from_u128(7));
    assert!(all.changes.len() < 1_000);
    assert!(all.texts["timeline"].contains("line 699") && all.texts["actions"].contains("action 299"));
    assert_eq!(all.not_understood.len(), 2);
}

#[test]
fn without_a_time_or_in_the_future_it_is_refused() {
    assert!(events("# Something\n\nWords.\n").unwrap_err().words.contains("Date: 2026-11-25"));
    assert!(events("# Something - 2027-01-01\n").unwrap_err().words.contains("still to come"));
}

fn person() -> impl Strategy<Value = PersonPart> {
    ("[a-z]{1,8}", ".{1,20}").prop_map(|(id, name)| PersonPart { id: Some(id), name })
}

fn action() -> impl Strategy<Value = ActionPart> {
    let kind = prop::option::of(prop::sample::select(vec![ActionKind::Prevent, ActionKind::Document]));
    let priority = prop::option::of(prop::sample::select(vec![Priority::P1, Priority::P4]));
    (".{1,60}", "(.|\n){0,80}", kind, priority, prop::option::of(person())).prop_map(
        |(title, description, kind, priority, owner)| ActionPart {
            title,
            description,
            kind,
            priority,
            owner,
            due: "2026-12-10".parse().ok(),
            ..ActionPart::default()
        },
    )
}

prop_compose! {
    fn file()(
        title in "[a-zA-Z].{0,60}",
        texts in prop::collection::vec(("[a-z_]{1,12}", ".{1,20}", "(.|\n){1,200}"), 0..5),
        lines in prop::collection::vec((0_i64..4_000_000_000, "(.|\n){1,60}"), 0..6),
        actions in prop::collection::vec(action(), 0..4),
        authors in prop::collection::vec(person(), 0..3),
        why in ".{1,40}",
        number in prop::option::of(1_u64..900),
    ) -> PostmortemFile {
        let line = |(at, text)| LinePart { at: chrono::DateTime::from_timestamp(at, 0).unwrap(), text, by: None, moment: None };
        let below = WhyPart { text: why.clone(), because: vec![] };
        PostmortemFile {
            version: VERSION,
            title,
            incident: IncidentPart { number, severity: Some(Severity::Sev2), ..IncidentPart::default() },
            stage: Stage::InReview,
            authors,
            sections: texts.into_iter().map(|(id, title, text)| SectionPart { id, title, text }).collect(),
            timeline: lines.into_iter().map(line).collect(),
            whys: vec![WhyPart { text: why, because: vec![below] }],
            actions,
            ..PostmortemFile::default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn our_own_yaml_comes_back_as_it_was(file in file()) {
        // A moment of the incident is worked out from the first line where nothing says it.
        let mut file = file;
        file.incident.detected_at = Some(t("2026-11-25T02:05:00Z"));
        // A carriage return is a line feed in every text file.
        let as_text = yaml(&file).unwrap();
        prop_assume!(!as_text.contains('\r') && !as_text.contains('\0'));
        let found = read(&as_text, "x.yaml");
        prop_assert_eq!(found.file, file);
        prop_assert!(found.not_understood.is_empty());
    }

    #[test]
    fn every_word_of_a_markdown_file_is_somewhere(
        lines in prop::collection::vec(prop::sample::select(vec![
            "## Timeline", "## Action items", "## Impact", "## Odd one", "# Again", "- 10:05 w1 w2", "- w3", "| a | b |", "|---|---|",
            "| 10:06 | w4 |", "| w5 | w6 |", "**Owner**: w7", "w8: w9", "```", "---", "", "  - w10", "1. w11", "10:07 w12", "### Root cause",
            "- [x] w13 @w14 P2", "Users affected: w15", "> w16", "**2026-01-02**", "Severity: w17", "\\# w18",
        ]), 0..30)
    ) {
        let text = format!("# Title - 2026-01-01\n{}", lines.join("\n"));
        let found = read(&text, "x.md");
        let kept = serde_json::to_string(&found.file).unwrap();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.starts_with('w') && w.len() > 1) {
            prop_assert!(kept.contains(word), "{} of {} is not in {}", word, text, kept);
        }
        let all = brought(&found, None, || Uuid::from_u128(7));
        let kept = serde_json::to_string(&(&all.changes, &all.texts)).unwrap();
        for word in text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.starts_with('w') && w.len() > 1) {
            prop_assert!(kept.contains(word), "{} of {} is not written: {}", word, text, kept);
        }
        for change in &all.changes {
            prop_assert!(change.check().is_ok(), "{change:?}");
        }
    }

    #[test]
    fn no_text_makes_it_fall(text in "(.|\n){0,300}", ending in prop::sample::select(vec!["md", "yaml", "json", ""])) {
        let _ = import(&text, &format!("x.{ending}"));
    }
}

#[test]
fn what_is_too_long_for_its_place_stands_in_the_section() {
    let long = "w".repeat(3_000);
    let text = format!("# T - 2026-01-01\n\n## Timeline\n\n- 10:00 {long}\n\n## Actions\n\n- {long}\n");
    let all = brought(&read(&text, "x.md"), None, || Uuid::from_u128(7));
    assert!(all.changes.iter().all(|change| change.check().is_ok()));
    assert!(all.texts["timeline"].contains(&long));
    let is_whole = |change: &PostmortemChange| serde_json::to_string(change).unwrap().contains(&long);
    assert!(all.changes.iter().any(is_whole), "the description of the action has all of it");
}

#[test]
fn a_person_of_the_team_is_found_by_name_and_nobody_approves_by_a_file() {
    let team: crate::team::Team = serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "people": [{ "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com" }],
    }))
    .unwrap();
    let text = "# T - 2026-01-01\n\nAuthors: ana ruiz, Kim\nServices: x\n";
    let all = brought(&read(text, "x.md"), Some(&team), || Uuid::from_u128(7));
    let author = PostmortemChange::Author { person: "ana".into(), is: true };
    assert!(all.changes.contains(&author));
    assert_eq!(all.texts[REST], "- **Services**: x\n\n- **Authors**: Kim");
    assert!(!all.changes.iter().any(|c| matches!(c, PostmortemChange::Approve { .. })));
    assert!(!matches!(all.changes.last(), Some(PostmortemChange::Stage { to: Stage::Draft })));
}
