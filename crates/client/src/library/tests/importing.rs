//! Postmortems that were written elsewhere come into the library, and leave it again.

use super::*;
use crate::postmortem::{Known, document_of, fields, leave, likest};
use firebell_domain::Instant;
use firebell_domain::postmortem::import::import;
use firebell_domain::postmortem::{Postmortem, PostmortemFile, Stage};
use firebell_protocol::postmortem::PostmortemFormat;

const OLD: &str = "# [SEV-1] Payments lost - 2025-03-04

Date: 2025-03-04
Duration: 80 minutes
Services: payments

Cards were charged twice.

## Timeline

- 11:50 first alert
- 12:10 rolled back

## Follow-ups

- [ ] Add an idempotency key

## Odd things

It rained.
";

fn bring(on: &mut Computer, text: &str, name: &str, now: Moment) -> (IncidentId, Vec<Output>) {
    let read = import(text, name).unwrap();
    let incident = on.library.new_incident();
    let (_, outputs) = on.library.postmortem_import(incident, &read, name, None, now).unwrap();
    (incident, outputs)
}

fn known(on: &mut Computer, incident: IncidentId) -> Known {
    let texts = on.library.postmortem_texts(incident).unwrap();
    let store = on.library.store();
    let detail = store.incident(incident).unwrap().unwrap();
    Known {
        detail,
        fields: store.postmortem_fields(incident).unwrap(),
        texts,
        comments: vec![],
        pending: false,
    }
}

fn leaves(on: &mut Computer, incident: IncidentId, format: PostmortemFormat, now: Instant) -> String {
    let known = known(on, incident);
    let made = leave(&known, &document_of(&known, None, None, now), format, None, None, now)
        .unwrap_or_else(|e| panic!("{e:?}"));
    assert!(made.name.starts_with("postmortem-"), "{}", made.name);
    String::from_utf8_lossy(&made.bytes).into_owned()
}

#[test]
fn a_postmortem_of_before_is_history_for_the_whole_team_and_tells_nobody() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let (incident, outputs) = bring(&mut ana, OLD, "2025-03-04.md", at(1));
    assert!(!outputs.iter().any(|output| matches!(output, Output::Notice(_))));
    ana.follow(&mut office, outputs, at(1));
    ben.hear(&mut office, at(2));
    let settled = office.log.iter().find_map(|o| match &o.body {
        OperationBody::Incident { happened_at, .. } => Some(happened_at.clone()),
        _ => None,
    });
    assert!(settled.is_some_and(|at| !at.is_empty()), "with the times at which it happened: nobody is told");
    for computer in [&mut ana, &mut ben] {
        let known = known(computer, incident);
        let held = &known.detail.row.incident;
        assert_eq!(
            (held.status, held.severity, held.title.as_str()),
            (Status::Closed, Severity::Sev1, "Payments lost")
        );
        assert_eq!(held.moments.resolved_at.unwrap().to_rfc3339(), "2025-03-04T13:10:00+00:00");
        let postmortem = Postmortem::of(&fields(&known.fields), None);
        assert_eq!((postmortem.stage, postmortem.actions.len()), (Stage::Published, 1));
        assert_eq!(known.texts["summary"].trim(), "Cards were charged twice.");
        assert_eq!(known.texts["odd_things"].trim(), "It rained.");
        assert!(known.texts["imported"].contains("payments"), "the team has no such service");
        let entries: Vec<&str> = known.detail.timeline.iter().map(|e| e.entry.text.as_str()).collect();
        assert_eq!(entries, ["Imported from 2025-03-04.md."]);
    }
}

#[test]
fn offline_it_is_there_at_once_and_waits_for_the_team() {
    let mut office = Office::new();
    let mut ana = Computer::new("ana", 1);
    ana.connect(&mut office, at(0));
    ana.disconnect(at(1));
    let (incident, outputs) = bring(&mut ana, OLD, "old.md", at(2));
    ana.follow(&mut office, outputs, at(2));
    let row = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert!(row.pending && row.incident.status == Status::Closed);
    ana.connect(&mut office, at(3));
    let row = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert!(!row.pending);
}

#[test]
fn what_was_exported_comes_back_on_another_computer_as_it_was() {
    let mut office = Office::new();
    let (mut ana, mut kim) = (Computer::new("ana", 1), Computer::new("kim", 3));
    ana.connect(&mut office, at(0));
    let (incident, outputs) = bring(&mut ana, OLD, "old.md", at(1));
    ana.follow(&mut office, outputs, at(1));
    let first = leaves(&mut ana, incident, PostmortemFormat::Yaml, at(2).now);

    let mut elsewhere = Office::new();
    kim.connect(&mut elsewhere, at(3));
    let (incident, outputs) = bring(&mut kim, &first, "x.yaml", at(4));
    kim.follow(&mut elsewhere, outputs, at(4));
    let second = leaves(&mut kim, incident, PostmortemFormat::Yaml, at(2).now);
    let read = |text: &str| -> PostmortemFile {
        let mut file = import(text, "x.yaml").unwrap().file;
        // Where it stands is another incident, told by another person.
        (file.incident.id, file.incident.number) = (None, None);
        file.timeline.iter_mut().for_each(|line| line.by = None);
        file.timeline.iter_mut().for_each(|line| line.text = line.text.replace(" (ana)", ""));
        file
    };
    assert_eq!(read(&second), read(&first));
}

#[test]
fn every_form_can_be_written_and_says_the_same() {
    let mut office = Office::new();
    let mut ana = Computer::new("ana", 1);
    ana.connect(&mut office, at(0));
    let (incident, outputs) = bring(&mut ana, OLD, "old.md", at(1));
    ana.follow(&mut office, outputs, at(1));
    for format in
        [PostmortemFormat::Markdown, PostmortemFormat::Html, PostmortemFormat::Yaml, PostmortemFormat::Json]
    {
        let text = leaves(&mut ana, incident, format, at(2).now);
        for words in ["Cards were charged twice.", "Add an idempotency key", "first alert", "It rained."] {
            assert!(text.contains(words), "{words} in {format:?}: {text}");
        }
    }
    assert!(leaves(&mut ana, incident, PostmortemFormat::Pdf, at(2).now).starts_with("%PDF-"));
}

#[test]
fn alone_it_is_one_of_this_computer() {
    let mut kim = Computer::new("kim", 4);
    kim.library.me = None;
    let ((), _) = kim.library.start_alone("Kim", at(0)).unwrap();
    let (incident, _) = bring(&mut kim, OLD, "old.md", at(1));
    let row = kim.library.store().incident_row(incident).unwrap().unwrap();
    assert_eq!((row.incident.status, row.incident.number), (Status::Closed, 1));
    assert_eq!(row.incident.moments.resolved_at.unwrap().to_rfc3339(), "2025-03-04T13:10:00+00:00");
    assert!(leaves(&mut kim, incident, PostmortemFormat::Markdown, at(2).now).contains("Cards were charged"));
}

#[test]
fn the_one_of_before_is_named_to_whoever_meets_the_same_trouble() {
    let mut office = Office::new();
    let mut ana = Computer::new("ana", 1);
    ana.connect(&mut office, at(0));
    let (before, outputs) = bring(&mut ana, OLD, "old.md", at(1));
    ana.follow(&mut office, outputs, at(1));
    let other = "# Mail waited - 2025-05-06\n\nThe queue of outgoing mail grew.\n";
    let (mail, outputs) = bring(&mut ana, other, "mail.md", at(2));
    ana.follow(&mut office, outputs, at(2));
    let now = ana.declare(&mut office, "Payments lost: cards charged twice, idempotency", at(3));
    let all = [before, mail, now].map(|id| {
        let texts = ana.library.postmortem_texts(id).unwrap();
        let store = ana.library.store();
        (store.incident_row(id).unwrap().unwrap(), (store.postmortem_fields(id).unwrap(), texts))
    });
    let found = likest(all.into());
    let named: Vec<_> = found.iter().map(|row| (row.incident.incident.id, row.has_postmortem)).collect();
    assert_eq!(named, [(before, true)]);
}
