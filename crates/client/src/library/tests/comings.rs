//! However people come and go, and however late it is heard: in the end a computer knows what a new one of the same
//! person would know, and nothing else.

use super::sight::{people, private};
use super::*;
use proptest::prelude::*;

const PEOPLE: [&str; 3] = ["ana", "ben", "chi"];
const INCIDENTS: usize = 2;

#[derive(Clone, Debug)]
enum Step {
    Declare(usize, Option<[bool; 3]>),
    Note(usize, usize),
    Private(usize, usize, [bool; 3]),
    Public(usize, usize),
    People(usize, usize, [bool; 3], [bool; 3]),
    Online(usize, bool),
    /// The next so many places of the log, as they are told now.
    Hear(usize, usize),
    Slow(usize, bool),
    /// The oldest answer that is on its way.
    Arrive(usize),
    Crash(usize),
}

fn any_step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE.len();
    let of = || 0..INCIDENTS;
    let some = any::<[bool; 3]>;
    prop_oneof![
        3 => (who(), prop::option::of(some())).prop_map(|(w, p)| Step::Declare(w, p)),
        4 => (of(), who()).prop_map(|(i, w)| Step::Note(i, w)),
        2 => (of(), who(), some()).prop_map(|(i, w, p)| Step::Private(i, w, p)),
        1 => (of(), who()).prop_map(|(i, w)| Step::Public(i, w)),
        4 => (of(), who(), some(), some()).prop_map(|(i, w, a, r)| Step::People(i, w, a, r)),
        2 => (who(), prop::bool::weighted(0.7)).prop_map(|(w, on)| Step::Online(w, on)),
        6 => (who(), 1usize..5).prop_map(|(w, n)| Step::Hear(w, n)),
        1 => (who(), any::<bool>()).prop_map(|(w, slow)| Step::Slow(w, slow)),
        4 => who().prop_map(Step::Arrive),
        1 => who().prop_map(Step::Crash),
    ]
}

fn named(which: [bool; 3]) -> Vec<&'static str> {
    PEOPLE.into_iter().zip(which).filter(|(_, chosen)| *chosen).map(|(person, _)| person).collect()
}

impl Computer {
    fn hear_some(&mut self, office: &mut Office, count: usize, now: Moment) {
        let next: Vec<Operation> = office.log.iter().skip(self.heard as usize).take(count).cloned().collect();
        let Some(last) = next.last().map(|o| o.seq).filter(|_| self.online) else { return };
        self.heard = last;
        let operations = office.told(self.person, next.into_iter());
        let outputs = self.library.on_message(&ServerMessage::Operations { operations }, now).unwrap();
        self.act(office, outputs, now);
    }

    fn arrive(&mut self, office: &mut Office, now: Moment) {
        if self.on_its_way.is_empty() {
            return;
        }
        let (fetch, chunk) = self.on_its_way.remove(0);
        let outputs = self.library.on_chunk(fetch, chunk, now).unwrap();
        self.act(office, outputs, now);
    }

    fn try_to<T>(
        &mut self,
        office: &mut Office,
        now: Moment,
        f: impl FnOnce(&mut Library) -> Result<(T, Vec<Output>), super::super::LibraryError>,
    ) -> Option<T> {
        // What the rules refuse on what is known here is not written.
        let (value, outputs) = f(&mut self.library).ok()?;
        self.act(office, outputs, now);
        Some(value)
    }
}

fn take(
    step: &Step,
    n: i64,
    office: &mut Office,
    computers: &mut [Computer],
    incidents: &mut Vec<IncidentId>,
) {
    let now = at(n);
    let of = |i: &usize| incidents.get(*i).copied().unwrap_or(IncidentId(Uuid::nil()));
    let ask = |computer: &mut Computer, office: &mut Office, incident, command| {
        computer.try_to(office, now, |l| l.incident_ask(incident, command, now));
    };
    match step {
        Step::Declare(who, among) if incidents.len() < INCIDENTS => {
            let declaration = Declaration {
                title: format!("secret {n}"),
                severity: Severity::Sev2,
                services: vec![],
                detection: None,
                detected_at: None,
                page: None,
                commands: false,
            };
            let made = computers[*who].try_to(office, now, |l| match among {
                None => l.declare(declaration, now),
                Some(among) => {
                    l.declare_privately(declaration, named(*among).into_iter().map(Into::into).collect(), now)
                }
            });
            incidents.extend(made);
        }
        Step::Declare(..) => {}
        Step::Note(i, who) => {
            let new = NewEntry {
                incident: of(i),
                kind: EntryKind::Note,
                text: format!("secret {n}"),
                reason: None,
                at: None,
                corrects: None,
                attachments: vec![],
            };
            computers[*who].try_to(office, now, |l| l.entry_add(new, now));
        }
        Step::Private(i, who, among) => ask(&mut computers[*who], office, of(i), private(&named(*among))),
        Step::Public(i, who) => {
            let reason = "it is over".into();
            ask(&mut computers[*who], office, of(i), IncidentCommand::MakePublic { reason });
        }
        Step::People(i, who, add, remove) => {
            ask(&mut computers[*who], office, of(i), people(&named(*add), &named(*remove)));
        }
        Step::Online(who, true) if !computers[*who].online => {
            let computer = &mut computers[*who];
            computer.online = true;
            computer.heard = office.log.len() as u64;
            let welcome = office.welcome(computer.person, &computer.library, now);
            let outputs = computer.library.on_message(&welcome, now).unwrap();
            computer.act(office, outputs, now);
        }
        Step::Online(who, false) if computers[*who].online => computers[*who].disconnect(now),
        Step::Online(..) => {}
        Step::Hear(who, count) => computers[*who].hear_some(office, *count, now),
        Step::Slow(who, slow) => computers[*who].slow = *slow,
        Step::Arrive(who) => computers[*who].arrive(office, now),
        Step::Crash(who) => computers[*who].crash(1_000 + n as u128),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_computer_that_lived_through_it_all_knows_what_a_new_one_would(
        steps in prop::collection::vec(any_step(), 10..80)
    ) {
        let mut office = Office::new();
        let mut computers: Vec<Computer> =
            PEOPLE.into_iter().zip(1..).map(|(person, n)| Computer::new(person, n)).collect();
        let mut incidents = vec![];
        for who in 0..PEOPLE.len() {
            take(&Step::Online(who, true), 0, &mut office, &mut computers, &mut incidents);
        }
        for (n, step) in (1..).zip(&steps) {
            take(step, n, &mut office, &mut computers, &mut incidents);
        }
        // Twice, for what one has to say is heard by the others only then.
        for n in [1_000, 2_000] {
            for computer in &mut computers {
                computer.slow = false;
                computer.on_its_way.clear();
                computer.disconnect(at(n));
                computer.connect(&mut office, at(n + 1));
            }
        }
        for lived in &computers {
            let mut new = Computer::new(lived.person, 77);
            new.connect(&mut office, at(3_000));
            let store = lived.library.store();
            prop_assert_eq!(store.wanted().unwrap(), None);
            prop_assert_eq!(lived.library.sync_state().unwrap().waiting, 0);
            prop_assert_eq!(store.check().unwrap(), Vec::<String>::new());
            prop_assert_eq!(lived.digest(), new.digest(), "{}", lived.person);
            let mut remade = store.copied().unwrap();
            remade.rebuild().unwrap();
            prop_assert_eq!(remade.digest().unwrap().to_string(), new.digest().to_string(), "{}", lived.person);
            for incident in &incidents {
                let is_there = store.incident(*incident).unwrap().is_some();
                let sees = office.sees(lived.person, *incident);
                prop_assert_eq!(is_there, sees, "{} {}", lived.person, incident);
                let notes = office.notes(*incident);
                let here = lived.timeline(*incident).len();
                prop_assert_eq!(here, if sees { notes } else { 0 }, "{}", lived.person);
            }
        }
    }
}
