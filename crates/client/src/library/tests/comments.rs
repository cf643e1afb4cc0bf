//! Comments and suggestions on words that others write at meanwhile.

use super::*;
use firebell_domain::incident::IncidentCommand;
use firebell_domain::postmortem::PostmortemChange;
use firebell_protocol::postmortem::{NewComment, PlacedComment};
use serde_json::Value;

const TEXT: &str = "The queue 🐇 filled up. Nobody saw it.";

/// Ana and Ben have the same summary before them.
fn summary(office: &mut Office, ana: &mut Computer, ben: &mut Computer) -> (IncidentId, String) {
    ana.connect(office, at(0));
    ben.connect(office, at(0));
    let incident = ana.declare(office, "Checkout is down", at(1));
    let command = IncidentCommand::SetStatus { to: Status::Resolved };
    let ((), outputs) = ana.library.incident_ask(incident, command, at(1)).unwrap();
    ana.follow(office, outputs, at(1));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    ana.types(office, &summary, 0, TEXT, at(2));
    ben.hear(office, at(3));
    (incident, summary)
}

/// On the words between two places, said in an editor that has seen everything.
fn new(
    on: &mut Computer,
    document: &str,
    place: (u32, u32),
    text: &str,
    instead: Option<&str>,
) -> NewComment {
    NewComment {
        section: "summary".into(),
        version: on.library.text_open(document, at(3)).unwrap().0.version,
        place,
        text: text.into(),
        suggestion: instead.map(Into::into),
    }
}

fn only(on: &mut Computer, incident: IncidentId) -> PlacedComment {
    let mut all = on.library.postmortem_comments(incident).unwrap();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn stands(on: &mut Computer, incident: IncidentId) -> Option<String> {
    let (from, to) = only(on, incident).place?;
    let text = on.library.postmortem_texts(incident).unwrap().remove("summary").unwrap();
    let units: Vec<u16> = text.encode_utf16().collect();
    Some(String::from_utf16(&units[from as usize..to as usize]).unwrap())
}

#[test]
fn a_comment_stays_on_its_words_while_the_other_writes_in_the_same_paragraph_on_a_train() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let (incident, summary) = summary(&mut office, &mut ana, &mut ben);
    ana.disconnect(at(4));
    // Ana has typed words that nobody has heard of, and comments on them at once.
    let (opened, _) = ana.library.text_open(&summary, at(5)).unwrap();
    let typed = TextUpdate { client: "w".into(), changes: json!([4, [0, "big "], 34]) };
    assert!(ana.library.text_push(&summary, opened.version, &[typed], at(5)).unwrap().0);
    let old = NewComment { version: opened.version, ..new(&mut ana, &summary, (4, 16), "x", None) };
    assert_eq!(ana.library.postmortem_comment(incident, &old, at(5)).unwrap().0, None, "she follows first");
    let comment = new(&mut ana, &summary, (4, 16), " Which one? ", None);
    let (id, _) = ana.library.postmortem_comment(incident, &comment, at(5)).unwrap();
    let id = id.unwrap();
    let found = only(&mut ana, incident);
    assert!(found.mine && found.comment.pending && found.comment.written.text == "Which one?");
    assert_eq!(found.comment.written.quote, "big queue 🐇");
    ben.types(&mut office, &summary, 0, "At 14:02: ", at(6));
    ben.types(&mut office, &summary, 48, " For 40 minutes.", at(7));

    ana.connect(&mut office, at(8));
    ana.hear(&mut office, at(9));
    ben.hear(&mut office, at(9));
    for computer in [&mut ana, &mut ben] {
        let texts = computer.library.postmortem_texts(incident).unwrap();
        assert_eq!(texts["summary"], "At 14:02: The big queue 🐇 filled up. Nobody saw it. For 40 minutes.");
        assert_eq!(stands(computer, incident).as_deref(), Some("big queue 🐇"));
    }
    assert!(!only(&mut ben, incident).mine && !only(&mut ana, incident).comment.pending);

    let resolve = PostmortemChange::Resolve { comment: id.clone(), resolved: true };
    let ((), outputs) = ben.library.postmortem_set(incident, &resolve, None, at(10)).unwrap();
    ben.follow(&mut office, outputs, at(10));
    ana.hear(&mut office, at(11));
    assert_eq!(only(&mut ana, incident).comment.resolved.unwrap().by.as_str(), "ben", "it is kept");
    let gone = PostmortemChange::Comment { id, comment: None };
    let refused = ben.library.postmortem_set(incident, &gone, None, at(12)).unwrap_err().to_string();
    assert!(refused.contains("Only whoever wrote"), "{refused}");
    assert_eq!(ana.digest(), ben.digest());
}

#[test]
fn a_suggestion_is_written_by_whoever_accepts_it_unless_the_words_have_changed() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let (incident, summary) = summary(&mut office, &mut ana, &mut ben);
    let suggestion =
        new(&mut ben, &summary, (24, 38), "Say what the system did.", Some("No alert watches it."));
    let (id, outputs) = ben.library.postmortem_comment(incident, &suggestion, at(4)).unwrap();
    ben.follow(&mut office, outputs, at(4));
    let id = id.unwrap();
    ana.hear(&mut office, at(5));

    // Changed in the meantime, and changed back: the words count, not who typed them.
    ana.types(&mut office, &summary, 26, "!", at(6));
    assert!(only(&mut ana, incident).changed);
    let refused = ana.library.postmortem_accept(incident, &id, at(6)).unwrap_err().to_string();
    assert!(refused.contains("has changed since"), "{refused}");
    let version = ana.library.text_open(&summary, at(7)).unwrap().0.version;
    let back = TextUpdate { client: "w".into(), changes: json!([26, [1], 12]) };
    assert!(ana.library.text_push(&summary, version, &[back], at(7)).unwrap().0);
    assert!(!only(&mut ana, incident).changed);

    // Somebody writes around it at the same time.
    ben.types(&mut office, &summary, 0, "At 14:02: ", at(8));
    let ((), outputs) = ana.library.postmortem_accept(incident, &id, at(8)).unwrap();
    ana.follow(&mut office, outputs, at(8));
    for computer in [&mut ana, &mut ben] {
        computer.hear(&mut office, at(9));
        let texts = computer.library.postmortem_texts(incident).unwrap();
        assert_eq!(texts["summary"], "At 14:02: The queue 🐇 filled up. No alert watches it.");
        let found = only(computer, incident);
        assert_eq!(found.comment.resolved.unwrap().by.as_str(), "ana");
        assert_eq!(found.place, None, "the words it was about are gone");
    }
    let refused = ben.library.postmortem_accept(incident, &id, at(10)).unwrap_err().to_string();
    assert!(refused.contains("resolved already"), "{refused}");
    assert_eq!(ana.digest(), ben.digest());
}

#[test]
fn words_that_stand_once_are_found_when_their_letters_have_other_names() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let (incident, summary) = summary(&mut office, &mut ana, &mut ben);
    let comment = |quote: &str| {
        let written = json!({ "what": "comment", "id": "0".repeat(32), "comment":
            { "section": "summary", "anchor": "5.0-5.4", "quote": quote, "text": "Which?" } });
        serde_json::from_value::<PostmortemChange>(written).unwrap()
    };
    ana.library.postmortem_set(incident, &comment("🐇 filled"), None, at(4)).unwrap();
    assert_eq!(stands(&mut ana, incident).as_deref(), Some("🐇 filled"));
    ana.types(&mut office, &summary, 0, "A 🐇 filled it. ", at(5));
    assert_eq!(only(&mut ana, incident).place, None, "nobody knows which of the two");
}

#[test]
fn whoever_reads_along_comments_on_nothing() {
    let mut office = Office::new();
    let (mut ana, mut eve) = (Computer::new("ana", 1), Computer::new("eve", 2));
    let (incident, summary) = summary(&mut office, &mut ana, &mut eve);
    let mut welcome = office.welcome("eve", &eve.library, at(4));
    if let ServerMessage::Welcome(welcome) = &mut welcome {
        welcome.team.version = 2;
        welcome.team.team.people[0].role = Role::Stakeholder;
    }
    eve.library.on_message(&welcome, at(4)).unwrap();
    let comment = new(&mut eve, &summary, (4, 9), "Which one?", None);
    let refused = eve.library.postmortem_comment(incident, &comment, at(5)).unwrap_err().to_string();
    assert!(refused.contains("A stakeholder reads"), "{refused}");
    assert_eq!(eve.library.postmortem_comments(incident).unwrap(), []);
    let title = PostmortemChange::Title { title: Some("Mine".into()) };
    let refused = eve.library.postmortem_set(incident, &title, None, at(5)).unwrap_err().to_string();
    assert!(refused.contains("A stakeholder reads"), "{refused}");
    let record = RecordId::postmortem(incident);
    let refused = eve.library.record_set(record, "title", json!("Mine"), None, at(5)).unwrap_err();
    assert!(refused.to_string().contains("A stakeholder reads"), "{refused}");
}

#[test]
fn a_field_of_somebody_elses_words_is_not_written_by_its_name_either() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    let (incident, summary) = summary(&mut office, &mut ana, &mut ben);
    let comment = new(&mut ana, &summary, (4, 9), "Which one?", None);
    let (id, outputs) = ana.library.postmortem_comment(incident, &comment, at(4)).unwrap();
    ana.follow(&mut office, outputs, at(4));
    ben.hear(&mut office, at(5));
    let (record, field) = (RecordId::postmortem(incident), format!("comment_{}", id.unwrap()));
    let written = json!(only(&mut ben, incident).comment.written);
    for (field, words) in [(field.as_str(), "Only whoever wrote a comment"), ("approved_ana", "own name")] {
        let refused =
            ben.library.record_set(record.clone(), field, Value::Null, None, at(6)).unwrap_err().to_string();
        assert!(refused.contains(words), "{refused}");
    }
    ana.library.record_set(record.clone(), &field, Value::Null, None, at(6)).unwrap();
    ana.library.record_set(record, &field, written, None, at(7)).unwrap();
    assert_eq!(only(&mut ana, incident).comment.written.text, "Which one?", "her own is restored");
}
