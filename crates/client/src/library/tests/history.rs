//! How a section came about, and the way back.

use super::*;
use crate::library::history::{text_at, versions};
use firebell_protocol::postmortem::SectionVersion;

const MINUTE: i64 = 60;

fn told(on: &Computer, incident: IncidentId) -> Vec<(String, u32, u32, bool)> {
    let name = |v: SectionVersion| {
        let authors: Vec<String> = v.authors.iter().map(ToString::to_string).collect();
        (authors.join("+"), v.added, v.removed, v.pending)
    };
    versions(on.library.store(), incident, "summary").unwrap().into_iter().map(name).collect()
}

#[test]
fn it_is_told_by_sittings_and_restored_as_a_new_edit() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Checkout is down", at(1));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    ana.types(&mut office, &summary, 0, "The queue filled up.\n", at(2));
    ana.types(&mut office, &summary, 21, "Nobody saw it.\n", at(5 * MINUTE));
    ben.hear(&mut office, at(5 * MINUTE));
    ben.types(&mut office, &summary, 36, "It took an hour.\n", at(20 * MINUTE));
    ana.hear(&mut office, at(20 * MINUTE));
    // Both at once, each on what the other has just typed.
    ben.types(&mut office, &summary, 0, "At 14:02:\n", at(60 * MINUTE));
    ana.hear(&mut office, at(60 * MINUTE));
    ana.types(&mut office, &summary, 3, "about ", at(61 * MINUTE));
    ben.hear(&mut office, at(61 * MINUTE));
    ben.types(&mut office, &summary, 9, "14:00, or ", at(62 * MINUTE));
    ana.hear(&mut office, at(62 * MINUTE));
    let all = [
        ("ben+ana".to_owned(), 1, 0, false),
        ("ben".to_owned(), 1, 0, false),
        ("ana".to_owned(), 2, 0, false),
    ];
    assert_eq!(told(&ana, incident), all);
    assert_eq!(told(&ben, incident), all);

    let first = versions(ana.library.store(), incident, "summary").unwrap().pop().unwrap().write;
    let text = |on: &mut Computer| on.library.postmortem_texts(incident).unwrap().remove("summary").unwrap();
    let newest = text(&mut ana);
    let (version, _) = ana.library.text_open(&summary, at(89 * MINUTE)).unwrap();
    // Ben writes on at the same time, without a network, into a line that both have.
    ben.disconnect(at(90 * MINUTE));
    let place = newest.find("filled").unwrap();
    ben.types(&mut office, &summary, place, "of orders ", at(90 * MINUTE));
    let ((), outputs) = ana.library.section_restore(incident, "summary", first, at(90 * MINUTE)).unwrap();
    ana.follow(&mut office, outputs, at(90 * MINUTE));
    assert_eq!(text(&mut ana), "The queue filled up.\nNobody saw it.\n");
    let (updates, _) = ana.library.text_updates(&summary, version.version, at(90 * MINUTE)).unwrap();
    assert!(!updates.updates.is_empty() && !updates.reopen, "her editor follows");
    ben.connect(&mut office, at(91 * MINUTE));
    ana.hear(&mut office, at(91 * MINUTE));
    for computer in [&mut ana, &mut ben] {
        assert_eq!(text(computer), "The queue of orders filled up.\nNobody saw it.\n");
        let history = told(computer, incident);
        assert_eq!(history.len(), 5, "{history:?}");
        assert_eq!(history[2..], all, "nothing of it is lost");
        let before = versions(computer.library.store(), incident, "summary").unwrap()[2].write;
        let before = text_at(computer.library.store(), incident, "summary", Some(before)).unwrap();
        assert_eq!(before.as_deref(), Some(newest.as_str()));
    }
    assert_eq!(ana.digest(), ben.digest());
    // At once she thinks better of it: what she wrote back can be gone back to as well.
    let before = versions(ana.library.store(), incident, "summary").unwrap()[2].write;
    let ((), outputs) = ana.library.section_restore(incident, "summary", before, at(91 * MINUTE)).unwrap();
    ana.follow(&mut office, outputs, at(91 * MINUTE));
    assert_eq!(text(&mut ana), newest);
    assert_eq!(told(&ana, incident).len(), 6);
}

#[test]
fn what_is_not_known_cannot_be_gone_back_to() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Checkout is down", at(1));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    ana.disconnect(at(2));
    ana.types(&mut office, &summary, 0, "The queue filled up.", at(2));
    assert_eq!(told(&ana, incident), [("ana".to_owned(), 1, 0, true)], "not yet known to the team");
    let other = firebell_log::OpId { writer: WriterId(Uuid::from_u128(77)), counter: 1 };
    let refused = ana.library.section_restore(incident, "summary", other, at(3)).unwrap_err().to_string();
    assert!(refused.contains("Look at the history again"), "{refused}");
    assert_eq!(text_at(ana.library.store(), incident, "summary", None).unwrap().as_deref(), Some(""));
}

#[test]
fn what_was_written_this_month_keeps_its_authors_when_the_library_is_made_smaller() {
    let mut office = Office::new();
    let (mut ana, mut ben) = (Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let incident = ana.declare(&mut office, "Checkout is down", at(1));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    ana.types(&mut office, &summary, 0, "The queue filled up.\n", at(2));
    ben.hear(&mut office, at(2));
    ben.types(&mut office, &summary, 21, "Nobody saw it.\n", at(4 * MINUTE));
    ana.hear(&mut office, at(4 * MINUTE));
    ana.types(&mut office, &summary, 36, "It took an hour.\n", at(8 * MINUTE));
    ben.hear(&mut office, at(8 * MINUTE));
    let all =
        [("ana".to_owned(), 1, 0, false), ("ben".to_owned(), 1, 0, false), ("ana".to_owned(), 1, 0, false)];
    assert_eq!(told(&ben, incident), all);
    // Ten minutes after the start, and once a day, when nobody types.
    ben.library.tick(at(30 * MINUTE)).unwrap();
    ben.library.tick(at(31 * MINUTE)).unwrap();
    assert_eq!(told(&ben, incident), all);
    // After a month its steps are gone, and not one of its letters.
    ben.library.tick(at(40 * 24 * 60 * MINUTE)).unwrap();
    assert_eq!(told(&ben, incident), []);
    let text = ben.library.postmortem_texts(incident).unwrap().remove("summary").unwrap();
    assert_eq!(text, "The queue filled up.\nNobody saw it.\nIt took an hour.\n");
}
