//! Whoever is asked to write, to review or to act hears of it, by their own computer.

use super::*;
use crate::postmortem::fields;
use firebell_domain::ActionId;
use firebell_domain::postmortem::import::import;
use firebell_domain::postmortem::{ActionChange, Asked, Postmortem, PostmortemChange};
use uuid::Uuid;

fn asks(desk: &Desk) -> Vec<(Asked, Option<String>)> {
    let said = |n: &Notice| match &n.heard {
        Heard::Asked { asked, title, .. } => Some((*asked, title.clone())),
        _ => None,
    };
    desk.notices.iter().filter_map(said).collect()
}

fn writes(desk: &mut Desk, office: &mut Office, of: IncidentId, changes: &[PostmortemChange], now: Moment) {
    for change in changes {
        let ((), outputs) = desk.computer.library.postmortem_set(of, change, None, now).unwrap();
        desk.take(office, outputs, now);
    }
}

#[test]
fn whoever_is_asked_hears_once_what_is_wanted_and_nobody_of_what_they_took_themselves() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    b.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev4, at(0));
    b.hear(&mut office, at(0));
    let action = ActionId(Uuid::from_u128(7));
    let act = |change| PostmortemChange::Action { id: action, change };
    let mine = [
        PostmortemChange::Author { person: "ana".into(), is: true },
        PostmortemChange::Reviewer { person: "ben".into(), is: true },
        act(ActionChange::Create { title: "Add the index".into() }),
        act(ActionChange::Owner { owner: Some("ben".into()) }),
    ];
    writes(&mut a, &mut office, incident, &mine, at(1));
    b.hear(&mut office, at(2));
    let expected = [(Asked::Review, None), (Asked::Act { action }, Some("Add the index".into()))];
    assert_eq!(asks(&b), expected);
    assert_eq!(b.notices.last().unwrap().by, "Ana Ruiz");
    assert_eq!(asks(&a), []);
    b.hear(&mut office, at(3));
    assert_eq!(asks(&b).len(), 2);
}

#[test]
fn what_was_taken_back_before_anybody_heard_of_it_is_not_told() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev4, at(0));
    let asked = |is| PostmortemChange::Reviewer { person: "ben".into(), is };
    writes(&mut a, &mut office, incident, &[asked(true), asked(false)], at(1));
    b.connect(&mut office, at(2));
    assert_eq!(asks(&b), []);
}

#[test]
fn what_comes_from_elsewhere_asks_nobody_and_speaks_to_nobody_until_somebody_does() {
    const OLD: &str = "# [SEV-1] Payments lost - 2025-03-04\n\nAuthors: Ben Okafor\n\n@Ben Okafor saw it first.\n\n## Action items\n\n- [ ] Add a key @ben\n";
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    b.connect(&mut office, at(0));
    let read = import(OLD, "old.md").unwrap();
    let team = a.computer.library.store().team().unwrap();
    let incident = a.computer.library.new_incident();
    let (_, outputs) =
        a.computer.library.postmortem_import(incident, &read, "old.md", team.as_ref(), at(1)).unwrap();
    a.take(&mut office, outputs, at(1));
    b.hear(&mut office, at(2));
    let listed = b.computer.library.store().postmortem_listed(incident).unwrap().unwrap();
    let postmortem = Postmortem::of(&fields(&listed.fields), None);
    let [action] = &postmortem.actions[..] else { panic!("{postmortem:?}") };
    assert_eq!(
        (action.owner.as_ref().map(PersonId::as_str), &postmortem.authors[..]),
        (Some("ben"), &["ben".into()][..])
    );
    assert!(b.computer.library.postmortem_texts(incident).unwrap()["summary"].contains("@Ben Okafor"));
    assert_eq!(b.notices, []);
    assert_eq!(action.created_at.map(|at| at.to_rfc3339()).as_deref(), Some("2025-03-04T12:00:00+00:00"));
    // A year later it becomes his in earnest.
    let give = |owner: &str| PostmortemChange::Action {
        id: action.id,
        change: ActionChange::Owner { owner: Some(owner.into()) },
    };
    writes(&mut a, &mut office, incident, &[give("ana"), give("ben")], at(3_600));
    b.hear(&mut office, at(3_601));
    assert_eq!(asks(&b), [(Asked::Act { action: action.id }, Some("Add a key @ben".into()))]);
}
