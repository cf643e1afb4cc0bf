//! A playbook that was changed, and what was written before.

use super::*;

fn without(kinds: &[SectionKind]) -> PostmortemRules {
    let mut rules = PostmortemRules::default();
    rules.sections.retain(|s| !kinds.contains(&s.kind));
    rules
}

fn ids(rules: &PostmortemRules, written: &Written, texts: &[(&str, &str)]) -> Vec<(String, SectionKind)> {
    let texts = texts.iter().map(|(id, text)| ((*id).to_owned(), (*text).to_owned())).collect();
    let all = rules.sections_of(&written.read(), &lines(written), &texts);
    all.into_iter().skip(rules.sections.len()).map(|s| (s.id, s.kind)).collect()
}

#[test]
fn what_was_chosen_or_counted_keeps_a_section_when_the_playbook_loses_it() {
    use SectionKind::{Actions, Causes, Factors, Impact, Text, Timeline};
    let all = [Actions, Causes, Factors, Impact, Timeline];
    let rules = without(&all);
    assert_eq!(ids(&rules, &Written::default(), &[]), [], "nothing was written");
    let why = PostmortemChange::Why { id: id(1), under: None, text: Some("A query was slow.".into()) };
    let factor =
        PostmortemChange::Factor { id: id(2), kind: FactorKind::Tests, text: Some("No load test.".into()) };
    let edit = LineEdit { text: Some("The pool ran full".into()), ..plain(true) };
    let written = Written::default()
        .by("ana", action(1, ActionChange::Create { title: "Add the index".into() }))
        .by("ana", why)
        .by("ana", factor)
        .by("ana", PostmortemChange::Figure { figure: Figure::UsersAffected, value: Some("12".into()) })
        .by("ana", PostmortemChange::Line { key: "moment_declared".into(), edit: Some(edit) });
    let found: Vec<_> = ids(&rules, &written, &[]).into_iter().map(|(_, kind)| kind).collect();
    assert_eq!(found, [Impact, Timeline, Causes, Factors, Actions]);
    assert_eq!(ids(&PostmortemRules::default(), &written, &[]), [], "each has its section");
    // A text that stood there stands there still, and is not said twice.
    let texts = [("root_causes", "In short: the pool."), ("old_notes", "Keep."), ("empty", "# \n")];
    let found = ids(&without(&[Causes]), &written, &texts);
    assert_eq!(found, [("old_notes".to_owned(), Text), ("root_causes".to_owned(), Causes)]);
}

#[test]
fn a_section_of_another_kind_that_took_the_name_leaves_room_beside_it() {
    let mut rules = without(&[SectionKind::Actions]);
    rules.sections.push(Section {
        id: "actions".into(),
        title: "What we did".into(),
        kind: SectionKind::Text,
        prompts: vec![],
        needed: false,
    });
    let written =
        Written::default().by("ana", action(1, ActionChange::Create { title: "Add the index".into() }));
    assert_eq!(ids(&rules, &written, &[]), [("actions_former".to_owned(), SectionKind::Actions)]);
}
