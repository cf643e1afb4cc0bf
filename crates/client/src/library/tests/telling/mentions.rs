//! Whoever is spoken to in a postmortem hears of it, by their own computer.

use super::*;
use firebell_domain::postmortem::PostmortemChange;

fn mentions(desk: &Desk) -> Vec<(String, String)> {
    let said = |n: &Notice| match &n.heard {
        Heard::Mentioned { words, .. } => Some((n.by.clone(), words.clone())),
        _ => None,
    };
    desk.notices.iter().filter_map(said).collect()
}

fn reply(id: u8, text: &str) -> PostmortemChange {
    let id = format!("{id:032x}");
    PostmortemChange::Reply { comment: format!("{:032x}", 1), id, text: Some(text.into()) }
}

#[test]
fn whoever_is_named_in_a_text_or_a_comment_is_told_once_and_nobody_of_their_own_words() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    b.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev4, at(0));
    b.hear(&mut office, at(0));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    b.computer.types(&mut office, &summary, 0, "The queue filled up. ", at(1));
    a.hear(&mut office, at(2));
    assert_eq!(mentions(&a), []);
    b.computer.types(&mut office, &summary, 4, "@Ana Ruiz ", at(3));
    a.hear(&mut office, at(4));
    assert_eq!(mentions(&a), [("Ben Okafor".to_owned(), "@Ana Ruiz ".to_owned())]);

    let comment = json!({ "what": "comment", "id": format!("{:032x}", 1), "comment":
        { "section": "summary", "anchor": "1.1-1.2", "quote": "queue", "text": "@Ben Okafor and @Ana Ruiz: which?" } });
    let change: PostmortemChange = serde_json::from_value(comment).unwrap();
    let ((), outputs) = a.computer.library.postmortem_set(incident, &change, None, at(5)).unwrap();
    a.take(&mut office, outputs, at(5));
    b.hear(&mut office, at(6));
    let ((), outputs) =
        b.computer.library.postmortem_set(incident, &reply(2, "@Ana Ruiz, orders."), None, at(7)).unwrap();
    b.take(&mut office, outputs, at(7));
    // Corrected: she knows.
    let ((), outputs) =
        b.computer.library.postmortem_set(incident, &reply(2, "@Ana Ruiz, all."), None, at(8)).unwrap();
    b.take(&mut office, outputs, at(8));
    a.hear(&mut office, at(9));
    assert_eq!(mentions(&b).len(), 1, "{:?}", mentions(&b));
    assert_eq!(mentions(&a).len(), 2, "{:?}", mentions(&a));
    a.hear(&mut office, at(10));
    assert_eq!(mentions(&a).len(), 2);
}

#[test]
fn what_was_said_days_ago_is_read_and_not_told() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    b.connect(&mut office, at(0));
    let incident = b.declare(&mut office, Severity::Sev4, at(0));
    let summary = format!("{}#summary", RecordId::postmortem(incident));
    b.computer.types(&mut office, &summary, 0, "@Ana Ruiz ", at(1));
    a.connect(&mut office, at(3 * 24 * 3_600));
    assert!(a.computer.library.postmortem_texts(incident).unwrap()["summary"].contains("Ana"));
    assert_eq!(mentions(&a), []);
}
