//! What people are told without being paged, and what rings where no server can.

mod asks;
mod mentions;
mod reminding;

use super::*;
use crate::notice::{Heard, Notice};
use firebell_domain::playbook::{Audience, IncidentRole};
use firebell_domain::update::{StatusUpdate, Told};
use firebell_domain::{PersonId, UpdateId};

/// A team in which Ben is an executive, and everybody's computer knows everybody.
fn welcome(office: &Office, computer: &Computer, now: Moment) -> ServerMessage {
    let ServerMessage::Welcome(mut welcome) = office.welcome(computer.person, &computer.library, now) else {
        unreachable!("that is what it makes")
    };
    let person =
        |id: &str, name: &str| json!({ "id": id, "name": name, "email": format!("{id}@example.com") });
    let team = json!({ "team": { "name": "Acme", "executives": ["ben"] },
        "people": [person("ana", "Ana Ruiz"), person("ben", "Ben Okafor")] });
    welcome.team.team = serde_json::from_value(team).unwrap();
    ServerMessage::Welcome(welcome)
}

struct Desk {
    computer: Computer,
    notices: Vec<Notice>,
    overdue: Vec<Notice>,
}

impl Desk {
    fn new(person: &'static str, seed: u128) -> Self {
        Self { computer: Computer::new(person, seed), notices: vec![], overdue: vec![] }
    }

    fn take(&mut self, office: &mut Office, outputs: Vec<Output>, now: Moment) {
        for output in &outputs {
            match output {
                Output::Notice(notice) => self.notices.push((**notice).clone()),
                Output::Overdue(overdue) => self.overdue.clone_from(overdue),
                _ => {}
            }
        }
        self.computer.act(office, outputs, now);
    }

    fn connect(&mut self, office: &mut Office, now: Moment) {
        self.computer.online = true;
        self.computer.heard = office.log.len() as u64;
        let message = welcome(office, &self.computer, now);
        let outputs = self.computer.library.on_message(&message, now).unwrap();
        let mut parts = outputs;
        // The history, part by part, with what each says.
        while let Some(at) = parts.iter().position(|o| matches!(o, Output::Fetch(_))) {
            let Output::Fetch(fetch) = parts.remove(at) else { unreachable!("just looked") };
            let chunk = office.chunk(self.computer.person, fetch);
            parts.extend(self.computer.library.on_chunk(fetch, chunk, now).unwrap());
        }
        self.take(office, parts, now);
    }

    fn hear(&mut self, office: &mut Office, now: Moment) {
        let operations = office.log[self.computer.heard as usize..].to_vec();
        self.computer.heard = office.log.len() as u64;
        let outputs =
            self.computer.library.on_message(&ServerMessage::Operations { operations }, now).unwrap();
        self.take(office, outputs, now);
    }

    fn tick(&mut self, office: &mut Office, now: Moment) {
        let outputs = self.computer.library.tick(now).unwrap();
        self.take(office, outputs, now);
    }

    fn ask(&mut self, office: &mut Office, incident: IncidentId, command: IncidentCommand, now: Moment) {
        let ((), outputs) = self.computer.library.incident_ask(incident, command, now).unwrap();
        self.take(office, outputs, now);
    }

    fn declare(&mut self, office: &mut Office, severity: Severity, now: Moment) -> IncidentId {
        let declaration = Declaration {
            title: "Checkout is down".into(),
            severity,
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: true,
        };
        let (id, outputs) = self.computer.library.declare(declaration, now).unwrap();
        self.take(office, outputs, now);
        id
    }

    fn heard(&self) -> Vec<&Heard> {
        self.notices.iter().map(|n| &n.heard).collect()
    }
}

fn update(text: &str) -> IncidentCommand {
    let update = StatusUpdate {
        id: UpdateId(Uuid::from_u128(text.len() as u128)),
        told: Told::default(),
        texts: BTreeMap::from([(Audience::Internal, text.to_owned())]),
        corrects: None,
    };
    IncidentCommand::SendUpdate { update: Box::new(update) }
}

fn ana() -> PersonId {
    "ana".into()
}

#[test]
fn whoever_must_know_hears_of_it_once_live_or_after_being_away_and_after_a_crash() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    b.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev1, at(1));
    b.hear(&mut office, at(1));
    let first = &b.notices[0];
    assert_eq!(
        (&first.heard, first.by.as_str(), first.number),
        (&Heard::Declared { by: ana() }, "Ana Ruiz", 7)
    );
    assert_eq!(
        (first.title.as_str(), first.severity, first.incident),
        ("Checkout is down", Severity::Sev1, incident)
    );
    a.hear(&mut office, at(1));
    assert_eq!(a.heard(), Vec::<&Heard>::new(), "whoever did it is not told");

    // Away for a while: told when Ben is back.
    b.computer.disconnect(at(2));
    a.ask(&mut office, incident, update("We look at the queue."), at(3));
    b.connect(&mut office, at(600));
    assert_eq!(b.heard()[1..], [&Heard::UpdateSent { by: ana(), text: "We look at the queue.".into() }]);
    // The same history again, after a crash and from a server that was restored: told before.
    b.computer.crash(12);
    b.computer.heard = 0;
    let length = office.log.len();
    let mut office = office.restored(length);
    b.connect(&mut office, at(700));
    assert_eq!(b.notices.len(), 2);

    // Away for more than an hour: it stands in the incident, and is no news.
    let mut late = Desk::new("ben", 3);
    late.connect(&mut office, at(2 * 3_600));
    assert_eq!(late.heard(), Vec::<&Heard>::new());
    assert_eq!(late.computer.title(incident), "Checkout is down");
}

#[test]
fn a_role_that_is_offered_is_heard_with_its_name() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    b.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev4, at(1));
    a.hear(&mut office, at(1));
    let role = IncidentRole::Commander;
    let offer = IncidentCommand::OfferRole { role, to: "ben".into(), reason: "my shift ends".into() };
    a.ask(&mut office, incident, offer, at(2));
    b.hear(&mut office, at(2));
    let offered = &b.notices[0];
    assert_eq!(offered.heard, Heard::RoleOffered { by: ana(), role, reason: "my shift ends".into() });
    assert_eq!(
        (offered.by.as_str(), offered.role.to_lowercase()),
        ("Ana Ruiz", "incident commander".to_owned())
    );
}

#[test]
fn an_update_that_is_due_soon_is_said_once_to_whoever_sends_them() {
    let mut office = Office::new();
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(&mut office, at(0));
    b.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev1, at(0));
    a.hear(&mut office, at(0));
    b.hear(&mut office, at(0));
    // Fifteen minutes; five before that is soon.
    a.tick(&mut office, at(599));
    assert_eq!(a.heard(), Vec::<&Heard>::new());
    for second in [600, 605, 800, 899, 960] {
        a.tick(&mut office, at(second));
        b.tick(&mut office, at(second));
    }
    assert_eq!(a.heard(), [&Heard::UpdateDue { due_at: at(900).now }]);
    assert_eq!(b.notices.len(), 1, "only the declaration: the update is not Ben's");
    assert_eq!(a.overdue, [], "the server rings for what was missed while it can");
    a.ask(&mut office, incident, update("Still looking."), at(961));
    a.hear(&mut office, at(961));
    a.tick(&mut office, at(1_000));
    assert_eq!(a.notices.len(), 1);
    a.tick(&mut office, at(961 + 600));
    assert_eq!(a.notices.len(), 2);
}

#[test]
fn offline_a_missed_update_rings_here_until_it_is_heard_made_up_for_or_the_servers_matter_again() {
    let mut office = Office::new();
    let mut a = Desk::new("ana", 1);
    a.connect(&mut office, at(0));
    let incident = a.declare(&mut office, Severity::Sev1, at(0));
    a.hear(&mut office, at(0));
    a.computer.disconnect(at(895));
    a.tick(&mut office, at(896));
    a.tick(&mut office, at(905));
    assert_eq!(a.overdue, [], "a connection that is gone for ten seconds may come back");
    a.tick(&mut office, at(960));
    assert_eq!(a.overdue[0].heard, Heard::UpdateMissed { due_at: at(900).now, times: 1 });
    assert!(a.overdue[0].rings());
    // It rings on after a crash, until Ana has heard it; the next turn rings again.
    a.computer.crash(11);
    a.overdue.clear();
    a.tick(&mut office, at(1_000));
    a.tick(&mut office, at(1_100));
    assert_eq!(a.overdue.len(), 1);
    let ((), outputs) = a.computer.library.overdue_heard(incident, at(1_101)).unwrap();
    a.take(&mut office, outputs, at(1_101));
    assert_eq!(a.overdue, []);
    a.tick(&mut office, at(1_110));
    assert_eq!(a.overdue, [], "heard is heard");
    a.tick(&mut office, at(1_800));
    assert_eq!(a.overdue[0].heard, Heard::UpdateMissed { due_at: at(900).now, times: 2 });
    // Written, and not yet known to the team: Ana has done what she could.
    a.ask(&mut office, incident, update("Still looking."), at(1_801));
    a.tick(&mut office, at(1_802));
    assert_eq!(a.overdue, []);
    a.tick(&mut office, at(1_801 + 900));
    assert_eq!(a.overdue.len(), 1);
    a.connect(&mut office, at(2_800));
    a.tick(&mut office, at(2_801));
    assert_eq!(a.overdue, [], "the server rings now");
}

#[test]
fn alone_there_is_no_server_and_the_own_clock_rings_until_it_is_over() {
    let store = LibraryStore::in_memory(WriterId(Uuid::from_u128(5))).unwrap();
    let library = Library::open(store, None, ids(5)).unwrap();
    let mut office = Office::new();
    let computer =
        Computer { person: "ana", library, online: false, heard: 0, slow: false, on_its_way: vec![] };
    let mut a = Desk { computer, notices: vec![], overdue: vec![] };
    a.computer.library.start_alone("Ana", at(0)).unwrap();
    let incident = a.declare(&mut office, Severity::Sev1, at(0));
    a.tick(&mut office, at(600));
    assert_eq!(a.heard(), [&Heard::UpdateDue { due_at: at(900).now }]);
    a.tick(&mut office, at(900));
    assert_eq!(a.overdue.len(), 1);
    a.ask(&mut office, incident, IncidentCommand::SetStatus { to: Status::Resolved }, at(901));
    a.tick(&mut office, at(902));
    assert_eq!(a.overdue, []);
    a.declare(&mut office, Severity::Sev1, at(903));
    a.tick(&mut office, at(2_000));
    assert_eq!(a.overdue.len(), 1);
    let outputs = a.computer.library.purge().unwrap();
    a.take(&mut office, outputs, at(2_001));
    a.tick(&mut office, at(2_010));
    assert_eq!(a.overdue, [], "signed out: nobody's");
}
