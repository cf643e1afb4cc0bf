//! However people come and go, nobody is told a word of what they may not see at that moment, by any route.

use super::follow;
use super::frames;
use super::sight::Sight;
use crate::library::testing::*;
use crate::library::{chunk, history, incident, open, submit};
use crate::storage::{DatabaseUrl, Db, Device, NewDevice, OfOpen, open_db, read, transact};
use firebell_domain::{DeviceId, IncidentId, Instant, PersonId};
use firebell_log::{Change, Era, RecordId, WriterId};
use firebell_protocol::sync::OpOutcome;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const PEOPLE: [&str; 3] = ["ana", "ben", "chi"];
const INCIDENTS: u128 = 3;

#[derive(Clone, Debug)]
enum Step {
    /// Declared among these of the people, or among everybody.
    Declare(u128, usize, Option<[bool; 3]>),
    Note(u128, usize),
    Impact(u128, usize),
    Private(u128, usize, [bool; 3]),
    Public(u128, usize),
    People(u128, usize, [bool; 3], [bool; 3]),
}

fn any_step() -> impl Strategy<Value = Step> {
    let who = || 0..PEOPLE.len();
    let of = || 1..=INCIDENTS;
    prop_oneof![
        2 => (of(), who(), prop::option::of(any::<[bool; 3]>())).prop_map(|(i, w, p)| Step::Declare(i, w, p)),
        3 => (of(), who()).prop_map(|(i, w)| Step::Note(i, w)),
        1 => (of(), who()).prop_map(|(i, w)| Step::Impact(i, w)),
        2 => (of(), who(), any::<[bool; 3]>()).prop_map(|(i, w, p)| Step::Private(i, w, p)),
        1 => (of(), who()).prop_map(|(i, w)| Step::Public(i, w)),
        3 => (of(), who(), any::<[bool; 3]>(), any::<[bool; 3]>()).prop_map(|(i, w, a, r)| Step::People(i, w, a, r)),
    ]
}

fn now() -> Instant {
    "2026-11-25T09:00:00Z".parse().unwrap()
}

fn named(which: [bool; 3]) -> Vec<&'static str> {
    PEOPLE.into_iter().zip(which).filter(|(_, chosen)| *chosen).map(|(person, _)| person).collect()
}

struct World {
    db: Db,
    sight: Sight,
    desktops: Vec<Desktop>,
    /// By the rules, from what was accepted: who sees each incident; `None`: everybody.
    seen_by: BTreeMap<IncidentId, (PersonId, Option<BTreeSet<PersonId>>)>,
    /// Words, and whose they are about.
    words: Vec<(String, IncidentId)>,
    /// Frames as they were made, some of them still on their way.
    frames: Vec<super::Frame>,
}

impl World {
    fn new() -> Self {
        let mut db = open_db(&DatabaseUrl::Memory).unwrap();
        let devices: Vec<Device> = transact(&mut db, &now, now(), |tx| {
            let mut team = crate::engine::testing::team();
            let chi = serde_json::json!({ "id": "chi", "name": "Chi Le", "email": "chi@example.com" });
            team.people.push(serde_json::from_value(chi).unwrap());
            tx.put_team(0, &team, "init")?;
            tx.set_era(Era(Uuid::from_u128(1)))?;
            let mut devices = vec![];
            for (n, person) in PEOPLE.into_iter().enumerate() {
                let (id, hash) = (DeviceId(Uuid::from_u128(n as u128 + 1)), [n as u8; 32]);
                let new = NewDevice { id, name: "laptop".into(), platform: String::new(), token_hash: hash };
                tx.create_invite(&hash, &person.into(), now() + chrono::TimeDelta::days(1))?;
                tx.enrol(&hash, &new)?.unwrap();
                devices.extend(tx.device(id)?);
            }
            Ok(devices)
        })
        .unwrap()
        .0;
        let desktop = |device: Device| Desktop { writer: WriterId(device.id.0), device, counter: 0 };
        let desktops = devices.into_iter().map(desktop).collect();
        let (sight, seen_by) = (Sight::default(), BTreeMap::new());
        Self { db, sight, desktops, seen_by, words: vec![], frames: vec![] }
    }

    fn sees(&self, incident: IncidentId, person: &PersonId) -> bool {
        self.seen_by
            .get(&incident)
            .is_some_and(|(_, people)| people.as_ref().is_none_or(|p| p.contains(person)))
    }

    fn step(&mut self, n: usize, step: &Step) {
        let words = format!("secret{n}.");
        let (id, who, change) = match step {
            Step::Declare(i, who, None) => (*i, *who, declare(incident_id(*i), &words)),
            Step::Declare(i, who, Some(people)) => {
                (*i, *who, declare_privately(incident_id(*i), &words, &named(*people)))
            }
            Step::Note(i, who) => (*i, *who, note(incident_id(*i), &words)),
            Step::Impact(i, who) => {
                (*i, *who, field(RecordId::incident(incident_id(*i)), "impact", &words, None))
            }
            Step::Private(i, who, people) => (*i, *who, make_private(incident_id(*i), &named(*people))),
            Step::Public(i, who) => (*i, *who, make_public(incident_id(*i), u64::MAX)),
            Step::People(i, who, add, remove) => {
                (*i, *who, change_people(incident_id(*i), &named(*add), &named(*remove)))
            }
        };
        let incident = incident_id(id);
        let by = self.desktops[who].device.person.clone();
        let known = self.seen_by.contains_key(&incident);
        let saw = self.sees(incident, &by);
        let submission = self.desktops[who].write(&change);
        let device = self.desktops[who].device.clone();
        let (answers, committed) =
            transact(&mut self.db, &now, now(), |tx| submit(tx, &device, vec![submission])).unwrap();
        // As the listener of a commit does, and then the tail.
        self.sight.hear(&committed);
        self.frames.extend(frames::of(committed.operations, &self.sight));
        if !matches!(answers[0].outcome, OpOutcome::Accepted { .. }) {
            return;
        }
        assert!(
            saw || !known && matches!(step, Step::Declare(..)),
            "{by} wrote into what they do not see: {step:?}"
        );
        if matches!(change, Change::Command(_)) {
            self.follow(step, incident, by);
        }
        if matches!(step, Step::Declare(..) | Step::Note(..) | Step::Impact(..)) {
            self.words.push((words, incident));
        }
    }

    fn follow(&mut self, step: &Step, incident: IncidentId, by: PersonId) {
        let set = |which: [bool; 3]| named(which).into_iter().map(PersonId::from).collect::<BTreeSet<_>>();
        let author = self.seen_by.get(&incident).map_or(by.clone(), |(author, _)| author.clone());
        let before = self.seen_by.get(&incident).and_then(|(_, people)| people.clone());
        let people = match step {
            Step::Declare(_, _, people) => people.map(set),
            Step::Private(_, _, people) => Some(set(*people)),
            Step::Public(..) => None,
            Step::People(_, _, add, remove) => before.map(|mut people| {
                people.extend(set(*add));
                people.retain(|p| !set(*remove).contains(p));
                people
            }),
            Step::Note(..) | Step::Impact(..) => before,
        };
        let people = people.map(|mut people| {
            people.insert(author.clone());
            if matches!(step, Step::Private(..)) {
                people.insert(by);
            }
            people
        });
        self.seen_by.insert(incident, (author, people));
    }

    /// Everything that a person can be told now: by each route, its words.
    fn told(&mut self, device: &Device) -> BTreeMap<&'static str, String> {
        let (db, person) = (&mut self.db, &device.person);
        let mut told = BTreeMap::new();
        told.insert("log", text(&chunk(db, person, 0, None, 5_000).unwrap()));
        let [state, entries] =
            [OfOpen::State, OfOpen::Entries].map(|what| text(&open(db, person, what).unwrap()));
        told.insert("log/open", state + &entries);
        told.insert("incidents", text(&read::incidents(db, person, false, 100).unwrap()));
        let (mut one, mut histories) = (String::new(), String::new());
        for n in 1..=INCIDENTS {
            one += &text(&incident(db, person, incident_id(n)).unwrap());
            histories += &text(&history(db, person, incident_id(n), 0, 5_000).unwrap());
        }
        told.insert("incidents/{id}", one);
        told.insert("log/incident/{id}", histories);
        let pushed = follow::read_on(db, device, 0).unwrap();
        told.insert("caught up", pushed.map_or(String::new(), |told| text(&told.message)));
        let late = self.frames.iter().filter_map(|frame| frame.told_to(person, &self.sight));
        told.insert("pushed", late.map(|text| text.to_string()).collect());
        told
    }
}

fn text<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn nobody_is_told_what_they_may_not_see_and_everybody_what_they_may(
        steps in prop::collection::vec(any_step(), 1..40)
    ) {
        let mut world = World::new();
        for (n, step) in steps.iter().enumerate() {
            world.step(n, step);
            for device in world.desktops.iter().map(|d| d.device.clone()).collect::<Vec<_>>() {
                let told = world.told(&device);
                for (words, incident) in &world.words {
                    let sees = world.sees(*incident, &device.person);
                    for (route, text) in &told {
                        prop_assert!(sees || !text.contains(words.as_str()), "{}: {route} says {words}", device.person);
                    }
                    for route in ["log", "log/incident/{id}", "caught up"] {
                        prop_assert!(!sees || told[route].contains(words.as_str()), "{}: {route} lacks {words}", device.person);
                    }
                }
            }
        }
        // Whatever was heard of commits is what the database says.
        let other = Sight::default();
        other.learn(read::sights(&mut world.db).unwrap());
        for n in 1..=INCIDENTS {
            for person in PEOPLE {
                let (id, person) = (incident_id(n), PersonId::from(person));
                prop_assert_eq!(other.is_hidden(id, &person), world.sight.is_hidden(id, &person));
                let known = world.seen_by.contains_key(&id);
                prop_assert_eq!(known && !world.sees(id, &person), other.is_hidden(id, &person));
            }
        }
    }
}
