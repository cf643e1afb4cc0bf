//! Stories of two people who edit the playbook, and what they are told.

use super::*;
use crate::Severity;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

fn changes(value: Value) -> PlaybookChanges {
    serde_json::from_value(value).unwrap()
}

/// The playbook as an editor holds it, with one value set.
fn draft(of: &PlaybookChanges, pointer: &str, value: Value) -> Map<String, Value> {
    let mut whole = serde_json::to_value(of.playbook()).unwrap();
    *whole.pointer_mut(pointer).expect("the field is there") = value;
    whole.as_object().unwrap().clone()
}

fn words(differences: &[Difference]) -> Vec<&str> {
    differences.iter().map(|d| d.words.as_str()).collect()
}

#[test]
fn an_editor_that_changed_nothing_saves_nothing() {
    let ours = changes(json!({ "severities": { "SEV1": { "updates": { "every": "20m" } } } }));
    let whole = serde_json::to_value(ours.playbook()).unwrap();
    let edit = Edit::of(&ours, whole.as_object().unwrap(), &ours);
    assert_eq!(edit.changes, ours);
    assert_eq!((edit.unsaved, edit.theirs, edit.contested, edit.problems), Default::default());
    assert_eq!(words(&edit.unusual), ["SEV1: updates, every: 15m → 20m"]);
    assert_eq!(edit.unusual[0].path, "severities.SEV1.updates.every");
    assert_eq!(edit.unusual[0].from.as_deref(), Some("15m"));
}

#[test]
fn one_value_is_one_change_and_going_back_to_what_is_usual_leaves_none() {
    let none = PlaybookChanges::default();
    let edit = Edit::of(&none, &draft(&none, "/closing/review_within_days", json!(3)), &none);
    assert_eq!(edit.changes, changes(json!({ "closing": { "review_within_days": 3 } })));
    assert_eq!(words(&edit.unsaved), ["Closing: review within days: 5 → 3"]);
    let ours = edit.changes;
    let edit = Edit::of(&ours, &draft(&ours, "/closing/review_within_days", json!(5)), &ours);
    assert!(edit.changes.is_empty());
    assert_eq!(words(&edit.unusual), [""; 0]);
}

#[test]
fn a_number_that_is_only_spelled_otherwise_is_no_change() {
    // A browser has one kind of number.
    let none = PlaybookChanges::default();
    let edit = Edit::of(&none, &draft(&none, "/triage/wide_percent", json!(50)), &none);
    assert!(edit.changes.is_empty() && edit.unsaved.is_empty());
    let edit = Edit::of(&none, &draft(&none, "/triage/wide_percent", json!(60)), &none);
    assert_eq!(edit.changes.playbook().triage.wide_percent, 60.0);
    assert_eq!(edit.problems, []);
}

#[test]
fn what_cannot_be_read_is_named_and_stays_as_it_was_typed() {
    let none = PlaybookChanges::default();
    let edit = Edit::of(&none, &draft(&none, "/severities/SEV2/watch_for", json!("half an hour")), &none);
    assert_eq!(edit.problems.len(), 1, "{:?}", edit.problems);
    assert_eq!(edit.problems[0].path, "severities.SEV2.watch_for");
    assert_eq!(edit.problems[0].name, "SEV2: watch for");
    assert!(edit.problems[0].words.contains("30s, 5m, 2h or 1d"));
    assert_eq!(edit.whole["severities"]["SEV2"]["watch_for"], "half an hour");
}

#[test]
fn two_people_who_change_different_things_both_get_them() {
    let base = PlaybookChanges::default();
    let ben = changes(json!({ "severities": { "SEV1": { "updates": { "every": "20m" } } } }));
    let edit = Edit::of(&base, &draft(&base, "/hand_over/suggest_after", json!("3h")), &ben);
    assert_eq!(words(&edit.theirs), ["SEV1: updates, every: 15m → 20m"]);
    assert_eq!(words(&edit.unsaved), ["Hand-over: suggest after: 4h → 3h"]);
    assert_eq!(edit.contested, [""; 0]);
    let both = edit.changes.playbook();
    assert_eq!(both.severity(Severity::Sev1).updates.every.to_string(), "20m");
    assert_eq!(both.hand_over.suggest_after.to_string(), "3h");
}

#[test]
fn two_people_who_change_the_same_thing_are_told_so() {
    let base = PlaybookChanges::default();
    let ben = changes(json!({ "hand_over": { "suggest_after": "2h" } }));
    let edit = Edit::of(&base, &draft(&base, "/hand_over/suggest_after", json!("3h")), &ben);
    assert_eq!(edit.contested, ["hand_over.suggest_after"]);
    assert_eq!(words(&edit.unsaved), ["Hand-over: suggest after: 2h → 3h"], "what saving would replace");
    let same = Edit::of(&base, &draft(&base, "/hand_over/suggest_after", json!("2h")), &ben);
    assert_eq!((same.contested, same.unsaved), Default::default(), "they agree");
}

#[test]
fn what_a_newer_version_wrote_survives_an_edit_by_this_one() {
    let newer = changes(json!({ "weather": "fine", "closing": { "review_within_days": 4 } }));
    let edit = Edit::of(&newer, &draft(&newer, "/closing/asks_for_runbook", json!(false)), &newer);
    assert_eq!(edit.changes.0["weather"], "fine");
    assert_eq!(edit.changes.0["closing"], json!({ "review_within_days": 4, "asks_for_runbook": false }));
}

#[test]
fn a_strategy_is_added_and_taken_away_by_name() {
    let none = PlaybookChanges::default();
    let mut whole = serde_json::to_value(none.playbook()).unwrap();
    let strategies = whole["strategies"].as_object_mut().unwrap();
    strategies.remove("hotfix");
    strategies.insert(
        "purge_cache".into(),
        json!({ "order": 80, "name": "Purge the cache", "when": "Stale data is served", "command": null, "before": [], "after": [] }),
    );
    let edit = Edit::of(&none, whole.as_object().unwrap(), &none);
    assert_eq!(edit.problems, []);
    assert_eq!(
        words(&edit.unsaved),
        ["Strategy hotfix: no longer Targeted hotfix", "Strategy purge cache: now Purge the cache"]
    );
    let playbook = edit.changes.playbook();
    assert!(!playbook.strategies.contains_key("hotfix"));
    assert_eq!(playbook.strategies["purge_cache"].command, None);
}

#[test]
fn a_list_says_what_came_what_went_and_what_moved() {
    let item = |id: &str, text: &str| json!({ "id": id, "text": text });
    let told = |list: Value| {
        let none = PlaybookChanges::default();
        let edit = Edit::of(&none, &draft(&none, "/checklists/first_response", list), &none);
        edit.unsaved.into_iter().map(|d| d.words).collect::<Vec<_>>().join("\n")
    };
    let usual = serde_json::to_value(&Playbook::default().checklists[&Phase::FirstResponse]).unwrap();
    let usual = usual.as_array().unwrap().clone();
    assert_eq!(told(json!(usual)), "");

    let mut list = usual.clone();
    list.push(item("coffee", "Fetch a coffee"));
    list.remove(0);
    assert_eq!(
        told(json!(list)),
        "Checklist first response: added “Fetch a coffee”, removed “Acknowledge the page”"
    );

    let mut list = usual.clone();
    list.swap(0, 1);
    assert_eq!(told(json!(list)), "Checklist first response: another order");

    let mut list = usual.clone();
    list[4] = item("channel", "Open the room");
    list[3]["role"] = json!("commander");
    assert_eq!(
        told(json!(list)),
        "Checklist first response: “Page others who are needed” is for commander, “Open the channel” is now “Open the room”"
    );
    assert_eq!(told(json!([])).matches("removed").count(), 5, "an empty list is a decision like any other");
}

#[test]
fn what_a_postmortem_is_made_of_is_told_by_titles_and_reasons() {
    let none = PlaybookChanges::default();
    let told = |at: &str, list: Value| {
        let edit = Edit::of(&none, &draft(&none, at, list), &none);
        edit.unsaved.into_iter().map(|d| d.words).collect::<Vec<_>>().join("\n")
    };
    let mut sections = serde_json::to_value(Playbook::default().postmortem.sections).unwrap();
    sections[0]["needed"] = json!(false);
    sections[1]["title"] = json!("Harm");
    assert_eq!(
        told("/postmortem/sections", sections),
        "Postmortem: sections: “Summary” is another one, “Impact” is now “Harm”"
    );
    let rule = json!({ "id": "asleep", "kind": "blame", "why": "It makes fun of somebody.", "suggestion": "Say what the alarm did.",
        "patterns": ["asleep at the wheel"] });
    assert_eq!(
        told("/postmortem/language/rules", json!([rule])),
        "Postmortem: language, rules: added “It makes fun of somebody.”"
    );
}

#[test]
fn a_mistake_in_a_list_names_the_line() {
    let none = PlaybookChanges::default();
    let list = json!([{ "id": "a", "text": "A" }, { "id": "b", "text": "" }]);
    let edit = Edit::of(&none, &draft(&none, "/checklists/first_response", list), &none);
    assert_eq!(edit.problems[0].path, "checklists.first_response[1].text");
    assert_eq!(edit.problems[0].name, "Checklist first response, line 2: text");
}

#[test]
fn choices_and_long_texts_are_said_in_words() {
    let none = PlaybookChanges::default();
    let paged = draft(&none, "/severities/SEV3/paged", json!("primary_then_secondary"));
    assert_eq!(
        words(&Edit::of(&none, &paged, &none).unsaved),
        ["SEV3: paged: on call in business hours → primary then secondary"]
    );
    let text = draft(&none, "/updates/templates/public/resolved", json!("It is over.\nThank you."));
    assert_eq!(
        words(&Edit::of(&none, &text, &none).unsaved),
        ["Updates: templates, public, resolved: another text"]
    );
    let wrong = draft(&none, "/updates/templates/public/resolved", json!("It is\n{{ titel }}"));
    let problems = Edit::of(&none, &wrong, &none).problems;
    assert_eq!(problems[0].path, "updates.templates.public.resolved");
    assert!(problems[0].words.starts_with("line 2 of the template"), "{problems:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever somebody else saved, an edit changes what it says it changes, and nothing else.
    #[test]
    fn an_edit_is_what_it_says(days in 1_u32..30, theirs in 1_u32..30, minutes in 1_i64..30) {
        let base = PlaybookChanges::default();
        let holds = changes(json!({
            "closing": { "review_within_days": theirs },
            "severities": { "SEV1": { "examples": ["One"] } },
        }));
        let mut mine = draft(&base, "/closing/review_within_days", json!(days));
        mine["updates"]["remind_before"] = json!(format!("{minutes}m"));
        let edit = Edit::of(&base, &mine, &holds);
        let told = holds.playbook().differences(&edit.changes.playbook());
        prop_assert_eq!(told, edit.unsaved);
        let playbook = edit.changes.playbook();
        let days = if days == Playbook::default().closing.review_within_days { theirs } else { days };
        prop_assert_eq!(playbook.closing.review_within_days, days);
        prop_assert_eq!(&playbook.severity(Severity::Sev1).examples, &["One"]);
    }

    /// A window may send anything: it is named, and nothing of it is lost to the person who typed it.
    #[test]
    fn what_makes_no_sense_is_named_and_kept(at in 0_usize..4, text in "[a-z ]{1,20}") {
        let base = PlaybookChanges::default();
        let section = ["severities", "checklists", "updates", "weather"][at];
        for value in [json!(text), json!(7), json!([text])] {
            let mut mine = draft(&base, "/closing/review_within_days", json!(3));
            mine.insert(section.to_owned(), value.clone());
            let edit = Edit::of(&base, &mine, &base);
            prop_assert_eq!(&edit.whole[section], &value);
            prop_assert!(edit.problems.iter().any(|p| p.path.starts_with(section)), "{:?}", edit.problems);
        }
    }
}
