//! A postmortem that two people write without hearing of each other.

use super::*;
use crate::postmortem::{Known, document_of, fields, leave, leave_public, public_document_of, view};
use firebell_domain::ActionId;
use firebell_domain::incident::{IncidentCommand, Status};
use firebell_domain::postmortem::{
    ActionChange, ActionStatus, Frozen, PUBLIC, Postmortem, PostmortemChange, Stage,
};
use firebell_domain::runbook::LineKind;
use firebell_log::OpId;
use firebell_protocol::postmortem::{PostmortemFormat, PublishedRead};
use uuid::Uuid;

fn resolved(ana: &mut Computer, office: &mut Office, now: Moment) -> IncidentId {
    let incident = ana.declare(office, "Checkout is down", now);
    let command = IncidentCommand::SetStatus { to: Status::Resolved };
    let ((), outputs) = ana.library.incident_ask(incident, command, now).unwrap();
    ana.follow(office, outputs, now);
    incident
}

fn set(
    on: &mut Computer,
    office: &mut Office,
    incident: IncidentId,
    change: PostmortemChange,
    now: Moment,
) -> Result<(), String> {
    let ((), outputs) =
        on.library.postmortem_set(incident, &change, None, now).map_err(|refused| refused.to_string())?;
    on.follow(office, outputs, now);
    Ok(())
}

fn read(on: &Computer, incident: IncidentId) -> Postmortem {
    let views = on.library.store().postmortem_fields(incident).unwrap();
    Postmortem::of(&fields(&views), None)
}

fn action(change: ActionChange) -> PostmortemChange {
    PostmortemChange::Action { id: ActionId(Uuid::from_u128(5)), change }
}

#[test]
fn two_authors_four_hours_apart_in_the_same_paragraph_lose_no_word_and_it_can_be_read() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = resolved(&mut ana, &mut office, at(1));
    set(&mut ana, &mut office, incident, PostmortemChange::Start, at(2)).unwrap();
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    let began = "Checkout answered with errors. A query held every connection.";
    ana.types(&mut office, &summary, 0, began, at(3));
    ben.hear(&mut office, at(4));
    assert_eq!(ben.library.postmortem_texts(incident).unwrap()["summary"], began);

    // Ana is on a train, Ben's office has no network either: four hours of writing in one paragraph.
    ana.disconnect(at(5));
    ben.disconnect(at(5));
    let hour = 3_600;
    let after_errors = "Checkout answered with errors".len();
    for (n, words) in [" for 65 minutes", " in every region", ", beginning at 02:05"].iter().enumerate() {
        let text = ana.library.postmortem_texts(incident).unwrap()["summary"].clone();
        let place = after_errors + text.len() - began.len();
        ana.types(&mut office, &summary, place, words, at(10 + n as i64 * hour));
    }
    for (n, words) in
        [" It had no index.", " It was new in v3.4.2.", " Rolling back ended it."].iter().enumerate()
    {
        let end = ben.library.postmortem_texts(incident).unwrap()["summary"].len();
        ben.types(&mut office, &summary, end, words, at(40 + n as i64 * hour));
    }
    set(
        &mut ana,
        &mut office,
        incident,
        action(ActionChange::Create { title: "Add the index".into() }),
        at(50),
    )
    .unwrap();
    let why = PostmortemChange::Why {
        id: Uuid::from_u128(8).simple().to_string(),
        under: None,
        text: Some("The migration was reviewed without its plan.".into()),
    };
    set(&mut ben, &mut office, incident, why, at(51)).unwrap();
    let pending = ana.library.store().postmortem_is_pending(incident).unwrap();
    assert!(pending, "her words are not yet known to the team");

    let later = 5 * hour;
    ana.connect(&mut office, at(later));
    ben.connect(&mut office, at(later + 1));
    ana.hear(&mut office, at(later + 2));
    let texts =
        [&mut ana, &mut ben].map(|c| c.library.postmortem_texts(incident).unwrap()["summary"].clone());
    assert_eq!(
        texts[0],
        "Checkout answered with errors for 65 minutes in every region, beginning at 02:05. A query held every \
         connection. It had no index. It was new in v3.4.2. Rolling back ended it."
    );
    assert_eq!(texts[0], texts[1]);
    for author in [&ana, &ben] {
        let written = read(author, incident);
        assert_eq!(written.actions[0].title, "Add the index");
        assert_eq!(written.whys[0].text, "The migration was reviewed without its plan.");
        assert!(!author.library.store().postmortem_is_pending(incident).unwrap());
    }
    assert_eq!(ana.digest(), ben.digest());
}

#[test]
fn it_is_begun_when_the_incident_is_over_and_published_when_it_was_reviewed() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let open = ana.declare(&mut office, "Slow search", at(1));
    let refused = set(&mut ana, &mut office, open, PostmortemChange::Start, at(2)).unwrap_err();
    assert!(refused.contains("Resolve it first"), "{refused}");

    let incident = resolved(&mut ana, &mut office, at(3));
    set(&mut ana, &mut office, incident, PostmortemChange::Start, at(4)).unwrap();
    let to = |to| PostmortemChange::Stage { to };
    let refused = set(&mut ana, &mut office, incident, to(Stage::Published), at(5)).unwrap_err();
    assert!(refused.contains("review first"), "{refused}");
    set(&mut ana, &mut office, incident, action(ActionChange::Create { title: "Add it".into() }), at(6))
        .unwrap();
    for stage in [Stage::InReview, Stage::Published] {
        set(&mut ana, &mut office, incident, to(stage), at(7)).unwrap();
    }
    let refused = set(&mut ana, &mut office, incident, to(Stage::Closed), at(8)).unwrap_err();
    assert!(refused.contains("not done"), "{refused}");
    let done = action(ActionChange::Status { to: ActionStatus::Done, reason: None });
    set(&mut ana, &mut office, incident, done, at(9)).unwrap();
    set(&mut ana, &mut office, incident, to(Stage::Closed), at(10)).unwrap();
    assert_eq!(read(&ana, incident).stage, Stage::Closed);
    let missing = PostmortemChange::Title { title: None };
    let unknown = IncidentId(Uuid::from_u128(404));
    set(&mut ana, &mut office, unknown, missing, at(11)).unwrap_err();
}

fn published(on: &mut Computer, incident: IncidentId, version: Option<OpId>) -> PublishedRead {
    let texts = on.library.postmortem_texts(incident).unwrap();
    let store = on.library.store();
    let known = Known {
        detail: store.incident(incident).unwrap().unwrap(),
        fields: store.postmortem_fields(incident).unwrap(),
        texts,
        comments: vec![],
        pending: false,
    };
    let history = store.field_history(&RecordId::postmortem(incident), Frozen::FIELD).unwrap();
    crate::postmortem::published(&known, history, version, None, None).unwrap()
}

/// Lines that came and went since.
fn since(on: &mut Computer, incident: IncidentId) -> Vec<String> {
    let read = published(on, incident, None);
    let lines = read.difference.parts.into_iter().flatten();
    let sign = |kind| match kind {
        LineKind::Same => None,
        LineKind::Added => Some('+'),
        LineKind::Removed => Some('-'),
    };
    lines.filter_map(|line| Some(format!("{}{}", sign(line.kind)?, line.text))).collect()
}

/// Sent to review by Ana, with a summary.
fn in_review(office: &mut Office) -> (Computer, Computer, IncidentId, String) {
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(office, at(0));
    ben.connect(office, at(0));
    let incident = resolved(&mut ana, office, at(1));
    set(&mut ana, office, incident, PostmortemChange::Start, at(2)).unwrap();
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    ana.types(office, &summary, 0, "Checkout answered with errors.", at(3));
    let review = PostmortemChange::Stage { to: Stage::InReview };
    set(&mut ana, office, incident, review, at(4)).unwrap();
    ben.hear(office, at(5));
    (ana, ben, incident, summary)
}

#[test]
fn what_is_published_is_frozen_and_two_who_publish_at_once_lose_nothing() {
    let mut office = Office::new();
    let (mut ana, mut ben, incident, summary) = in_review(&mut office);
    let publish = PostmortemChange::Stage { to: Stage::Published };
    ben.disconnect(at(6));
    ben.types(&mut office, &summary, 0, "On a train: ", at(7));
    set(&mut ben, &mut office, incident, publish.clone(), at(8)).unwrap();
    set(&mut ana, &mut office, incident, publish, at(9)).unwrap();
    assert_eq!(since(&mut ana, incident), Vec::<String>::new(), "nothing has changed yet");
    assert_eq!(since(&mut ben, incident), Vec::<String>::new());

    ben.connect(&mut office, at(10));
    ana.hear(&mut office, at(11));
    let difference =
        ["-Checkout answered with errors.", "+On a train: Checkout answered with errors."].map(String::from);
    for author in [&mut ana, &mut ben] {
        assert_eq!(read(author, incident).published.unwrap().by, "ana".into(), "hers was the later one");
        assert_eq!(since(author, incident), difference);
        let versions = published(author, incident, None).versions;
        let by: Vec<_> = versions.iter().map(|v| v.published.by.as_str()).collect();
        assert_eq!(by, ["ana", "ben"]);
        let bens = published(author, incident, Some(versions[1].write));
        assert_eq!(bens.difference.parts, Vec::<Vec<_>>::new(), "his is what stands");
    }
    assert_eq!(ana.digest(), ben.digest());

    set(&mut ben, &mut office, incident, PostmortemChange::PublishCorrections, at(12)).unwrap();
    ana.hear(&mut office, at(13));
    assert_eq!(since(&mut ana, incident), Vec::<String>::new());
    assert_eq!(published(&mut ana, incident, None).versions.len(), 3);
    set(&mut ana, &mut office, incident, PostmortemChange::Stage { to: Stage::Closed }, at(14)).unwrap();
    let command = IncidentCommand::SetStatus { to: Status::Closed };
    let ((), outputs) = ana.library.incident_ask(incident, command, at(15)).unwrap();
    ana.follow(&mut office, outputs, at(15));
    assert_eq!(since(&mut ana, incident), Vec::<String>::new(), "closing corrects nothing");
    // A search finds what stands in the sections, and not what was published once more.
    let store = ana.library.store();
    assert!(!store.search("answered with errors", 10).unwrap().is_empty());
    assert!(store.search("how it stood", 10).unwrap().is_empty());
}

#[test]
fn a_late_approval_and_a_done_action_correct_nothing_and_another_owner_does() {
    let mut office = Office::new();
    let (mut ana, mut ben, incident, _) = in_review(&mut office);
    let id = ActionId(Uuid::from_u128(7));
    let action = |change| PostmortemChange::Action { id, change };
    for change in [
        action(ActionChange::Create { title: "Alert on the queue".into() }),
        PostmortemChange::Reviewer { person: "ben".into(), is: true },
        PostmortemChange::Stage { to: Stage::Published },
    ] {
        set(&mut ana, &mut office, incident, change, at(6)).unwrap();
    }
    ben.hear(&mut office, at(7));
    set(&mut ben, &mut office, incident, PostmortemChange::Approve { is: true }, at(8)).unwrap();
    ana.hear(&mut office, at(9));
    let done = ActionChange::Status { to: ActionStatus::Done, reason: None };
    for change in [action(done), PostmortemChange::Meeting { at: Some(at(9).now) }] {
        set(&mut ana, &mut office, incident, change, at(9)).unwrap();
    }
    assert_eq!(read(&ana, incident).review.approved, ["ben".into()]);
    assert_eq!(since(&mut ana, incident), Vec::<String>::new());
    let owner = ActionChange::Owner { owner: Some("ben".into()) };
    set(&mut ana, &mut office, incident, action(owner), at(10)).unwrap();
    let rows = since(&mut ana, incident);
    assert!(rows.len() == 2 && rows.iter().all(|row| row.contains("Alert on the queue")), "{rows:?}");
}

#[test]
fn what_is_too_long_to_be_kept_is_not_published_by_half() {
    let mut office = Office::new();
    let (mut ana, _ben, incident, _) = in_review(&mut office);
    for section in ["impact", "timeline", "lucky", "lessons", "went_well"] {
        let document = format!("{}#{section}", RecordId::postmortem(incident));
        ana.types(&mut office, &document, 0, &"A word that says something. ".repeat(2_000), at(6));
    }
    let publish = PostmortemChange::Stage { to: Stage::Published };
    let refused = set(&mut ana, &mut office, incident, publish, at(7)).unwrap_err();
    assert!(refused.contains("240 KiB fit. Nothing was published. Shorten"), "{refused}");
    assert_eq!((read(&ana, incident).stage, read(&ana, incident).published), (Stage::InReview, None));
}

#[test]
fn the_public_version_is_in_no_other_document_and_they_are_not_in_it() {
    let mut office = Office::new();
    let (mut ana, _ben, incident, _) = in_review(&mut office);
    let public = format!("{}#{PUBLIC}", RecordId::postmortem(incident));
    ana.types(&mut office, &public, 0, "Some payments failed for an hour.", at(6));
    let texts = ana.library.postmortem_texts(incident).unwrap();
    let store = ana.library.store();
    let known = Known {
        detail: store.incident(incident).unwrap().unwrap(),
        fields: store.postmortem_fields(incident).unwrap(),
        texts,
        comments: vec![],
        pending: false,
    };
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    use PostmortemFormat::{Html, Json, Markdown, Pdf, Yaml};
    for format in [Markdown, Html, Yaml, Json] {
        let whole = text(
            leave(&known, &document_of(&known, None, None, at(7).now), format, None, None, at(7).now)
                .map(|made| made.bytes)
                .unwrap(),
        );
        assert!(whole.contains("Checkout answered") && !whole.contains("Some payments failed"), "{format:?}");
    }
    for format in [Markdown, Html] {
        let outside = text(
            leave_public(&public_document_of(&known).unwrap(), format, at(7).now)
                .map(|made| made.bytes)
                .unwrap(),
        );
        assert!(outside.contains("Some payments failed") && !outside.contains("Checkout"), "{format:?}");
    }
    leave_public(&public_document_of(&known).unwrap(), Pdf, at(7).now).map(|made| made.name).unwrap_err();
    let shown = view(known, None, None, None, at(7).now);
    assert!(shown.public.says && shown.sections.iter().all(|s| s.section.id != PUBLIC));
}

/// Whoever the room names to write it.
fn named(on: &Computer, incident: IncidentId) -> Option<String> {
    let detail = on.library.store().incident(incident).unwrap().unwrap();
    crate::postmortem::owner(&detail).map(|person| person.to_string())
}

#[test]
fn whoever_writes_it_is_named_in_the_room_when_nobody_is_and_leaves_it_to_the_next_author() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = resolved(&mut ana, &mut office, at(1));
    let author = |person: &str, is| PostmortemChange::Author { person: person.into(), is };
    set(&mut ana, &mut office, incident, PostmortemChange::Start, at(2)).unwrap();
    assert_eq!(named(&ana, incident), None);

    let before = office.log.len();
    set(&mut ana, &mut office, incident, author("ben", true), at(3)).unwrap();
    ben.hear(&mut office, at(4));
    assert_eq!(named(&ben, incident).as_deref(), Some("ben"));
    assert_eq!(office.log.len(), before + 2, "an author and a name in the room, and nothing else");

    set(&mut ana, &mut office, incident, author("ana", true), at(5)).unwrap();
    assert_eq!(named(&ana, incident).as_deref(), Some("ben"), "who was named stays so");
    ben.hear(&mut office, at(6));
    for (who, next) in [("ben", Some("ana")), ("ana", None)] {
        set(&mut ben, &mut office, incident, author(who, false), at(7)).unwrap();
        ana.hear(&mut office, at(8));
        assert_eq!(named(&ana, incident).as_deref(), next);
    }
    assert_eq!(read(&ana, incident).authors, []);
}

#[test]
fn words_of_a_section_wait_for_the_team_from_the_first_key_until_it_knows_them() {
    let mut office = Office::new();
    let mut ana = Computer::new("ana", 1);
    ana.connect(&mut office, at(0));
    let incident = resolved(&mut ana, &mut office, at(1));
    set(&mut ana, &mut office, incident, PostmortemChange::Start, at(2)).unwrap();
    let pending = |on: &Computer| on.library.postmortem_is_pending(incident).unwrap();
    assert!(!pending(&ana));

    ana.disconnect(at(3));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    let (opened, _) = ana.library.text_open(&summary, at(4)).unwrap();
    let key = TextUpdate { client: "window".into(), changes: serde_json::json!([[0, "A"]]) };
    ana.library.text_push(&summary, opened.version, &[key], at(4)).unwrap();
    assert!(pending(&ana), "typed, and not written down");
    ana.library.flush(at(5)).unwrap();
    assert!(pending(&ana), "written down, and not told");
    let other = IncidentId(Uuid::from_u128(404));
    assert!(!ana.library.postmortem_is_pending(other).unwrap());

    ana.connect(&mut office, at(6));
    assert!(!pending(&ana));
}
