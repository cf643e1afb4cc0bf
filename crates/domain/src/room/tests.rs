//! What the commander sees beside the timeline.

mod ending;
mod known;
use super::*;
use crate::incident::{Declaration, IncidentCommand, decide, declare};
use crate::playbook::IncidentRole;
use crate::team::BusinessHours;
use crate::timeline::EntryKind;
use crate::update::{StatusUpdate, Told};
use crate::{IncidentId, Severity, UpdateId};
use serde_json::json;
use uuid::Uuid;

mod record;

fn at(minute: i64) -> Instant {
    let start: Instant = "2026-11-25T02:13:00Z".parse().unwrap();
    start + chrono::TimeDelta::minutes(minute)
}

/// An incident with what was written about it.
struct Case {
    incident: Incident,
    history: Vec<RecordedIncident>,
    entries: Vec<(Entry, PersonId)>,
    fields: BTreeMap<String, (Value, PersonId, Instant)>,
    writes: Vec<(String, Value, PersonId, Instant)>,
    team: Option<Team>,
}

impl Case {
    fn new(severity: Severity) -> Self {
        let id = IncidentId(Uuid::from_u128(7));
        let declaration = Declaration {
            title: "Checkout is down".into(),
            severity,
            services: vec![],
            detection: None,
            detected_at: None,
            page: None,
            commands: false,
        };
        let event = declare(id, 12, declaration, "ana".into(), None, at(0)).unwrap();
        let incident = Incident::from_declared(at(0), &event).unwrap();
        let history = vec![RecordedIncident { at: at(0), event }];
        Self { incident, history, entries: vec![], fields: BTreeMap::new(), writes: vec![], team: None }
    }

    fn ask(&mut self, who: &str, minute: i64, command: IncidentCommand) {
        for event in decide(&self.incident, command, who.into(), at(minute)).unwrap() {
            self.incident.apply(at(minute), &event);
            self.history.push(RecordedIncident { at: at(minute), event });
        }
    }

    fn say(&mut self, n: u128, kind: EntryKind, text: &str, corrects: Option<u128>) -> EntryId {
        let id = EntryId(Uuid::from_u128(n));
        let minute = i64::try_from(n).unwrap();
        let entry = Entry {
            id,
            incident: self.incident.id,
            kind,
            text: text.into(),
            reason: None,
            at: at(minute),
            corrects: corrects.map(|n| EntryId(Uuid::from_u128(n))),
            run: None,
            attachments: vec![],
        };
        self.entries.push((entry, "ben".into()));
        id
    }

    fn change(&mut self, who: &str, minute: i64, change: RoomChange) {
        change.check().unwrap();
        self.writes.push((change.field(), change.value(), who.into(), at(minute)));
        self.fields.insert(change.field(), (change.value(), who.into(), at(minute)));
    }

    fn room(&self, me: &str, minute: i64) -> Room {
        let corrected: Vec<EntryId> = self.entries.iter().filter_map(|(e, _)| e.corrects).collect();
        let timeline: Vec<Spoken> = self
            .entries
            .iter()
            .map(|(entry, author)| Spoken {
                entry,
                author,
                pending: false,
                corrected: corrected.contains(&entry.id),
            })
            .collect();
        let fields = self
            .fields
            .iter()
            .map(|(name, (value, author, at))| {
                (name.clone(), Field { value, author, at: *at, pending: false })
            })
            .collect();
        let writes: Vec<Write> = self
            .writes
            .iter()
            .map(|(field, value, author, at)| Write { field, value, author, at: *at, pending: false })
            .collect();
        let work = WorkingDays { hours: &BusinessHours::default(), zone: chrono_tz::UTC, holidays: &[] };
        let source = Source {
            incident: &self.incident,
            history: &self.history,
            timeline: &timeline,
            fields: &fields,
            work,
            team: self.team.as_ref(),
            writes: &writes,
        };
        Room::of(&source, &Playbook::default(), Some(&me.into()), at(minute))
    }
}

fn assign(role: IncidentRole, to: &str) -> IncidentCommand {
    IncidentCommand::AssignRole { role, to: to.into(), instead_of: None, reason: String::new() }
}

fn update(status: Option<Status>) -> IncidentCommand {
    let update = StatusUpdate {
        id: UpdateId(Uuid::from_u128(1)),
        told: Told { status, ..Told::default() },
        texts: [(Audience::Internal, "Cards are refused".to_owned())].into(),
        corrects: None,
    };
    IncidentCommand::SendUpdate { update: Box::new(update) }
}

#[test]
fn a_need_is_open_until_somebody_has_it_and_a_correction_keeps_its_place() {
    let mut case = Case::new(Severity::Sev2);
    let expert = case.say(1, EntryKind::Need, "DB exprt", None);
    case.say(2, EntryKind::Need, "DB expert", Some(1));
    let rights = case.say(3, EntryKind::Need, "Rights on the cluster", None);
    case.change("ana", 4, RoomChange::Need { entry: expert, state: NeedState::Taken });
    let room = case.room("ana", 5);
    let [open, taken] = &room.needs[..] else { panic!("{:?}", room.needs) };
    assert_eq!((open.entry, open.state, &open.taken_by), (rights, NeedState::Open, &None));
    assert_eq!((taken.entry, taken.text.as_str()), (expert, "DB expert"));
    assert_eq!((taken.taken_by.as_ref(), taken.taken_at), (Some(&"ana".into()), Some(at(4))));
    assert!(room.next.contains(&NextStep::MeetNeed { entry: rights }), "{:?}", room.next);
}

#[test]
fn the_likeliest_theory_is_first_and_a_ruled_out_one_last() {
    let mut case = Case::new(Severity::Sev2);
    let cache = case.say(1, EntryKind::Theory, "The cache is cold", None);
    let query = case.say(2, EntryKind::Found, "A slow query in v3.4.2", None);
    let network = case.say(3, EntryKind::Theory, "The network", None);
    let out = RoomChange::Hypothesis { entry: cache, weight: 3, standing: Standing::RuledOut };
    case.change("ben", 4, out);
    let order = |case: &Case| case.room("ana", 5).hypotheses.iter().map(|h| h.entry).collect::<Vec<_>>();
    assert_eq!(order(&case), [query, network, cache]);
    let up = RoomChange::Hypothesis { entry: network, weight: 3, standing: Standing::Open };
    case.change("ben", 5, up);
    assert_eq!(order(&case), [network, query, cache]);
    let heavy = RoomChange::Hypothesis { entry: network, weight: 4, standing: Standing::Open };
    assert!(heavy.check().unwrap_err().words.contains("0 to 3"));
}

#[test]
fn fields_of_a_newer_version_or_of_nobody_change_nothing() {
    let mut case = Case::new(Severity::Sev2);
    let need = case.say(1, EntryKind::Need, "DB expert", None);
    let theory = case.say(2, EntryKind::Theory, "The cache", None);
    for (field, value) in [
        (change::need_field(need), json!({ "state": "outsourced" })),
        (change::hypothesis_field(theory), json!({ "weight": 250, "standing": [] })),
        ("responder_chi".into(), json!("just words")),
        ("responder_dev".into(), json!({ "on": "logs", "mood": "good" })),
        ("check_mobilise_roles".into(), json!("yes")),
        ("pin_nonsense".into(), json!(true)),
    ] {
        case.fields.insert(field, (value, "ben".into(), at(3)));
    }
    let room = case.room("ana", 4);
    assert_eq!(room.needs[0].state, NeedState::Open);
    assert_eq!((room.hypotheses[0].weight, room.hypotheses[0].standing), (3, Standing::Open));
    let active = room.responders.iter().filter(|r| r.active);
    assert_eq!(active.map(|r| r.person.as_str()).collect::<Vec<_>>(), ["dev"]);
    assert!(room.pins.is_empty());
    assert!(!room.checklists.iter().any(Checklist::is_done));
    // Corrections that correct each other: a hostile author's.
    case.say(10, EntryKind::Need, "a", Some(11));
    case.say(11, EntryKind::Need, "b", Some(10));
    case.room("ana", 5);
}

#[test]
fn whoever_helps_is_listed_with_what_they_are_on() {
    let mut case = Case::new(Severity::Sev2);
    case.ask("ana", 1, assign(IncidentRole::Commander, "ana"));
    case.change("chi", 2, RoomChange::Responder { person: "chi".into(), on: Some(" logs ".into()) });
    case.change("chi", 3, RoomChange::Responder { person: "dev".into(), on: None });
    let listed: Vec<_> =
        case.room("ana", 4).responders.into_iter().map(|r| (r.person.to_string(), r.on)).collect();
    assert_eq!(listed, [("ana".into(), String::new()), ("chi".into(), "logs".into())]);
}

#[test]
fn whoever_handed_a_role_over_acknowledged_or_wrote_took_part() {
    let mut case = Case::new(Severity::Sev2);
    let role = IncidentRole::Commander;
    case.ask("ana", 1, assign(role, "ana"));
    case.say(2, EntryKind::Note, "Looking", None);
    case.ask("ana", 3, IncidentCommand::OfferRole { role, to: "chi".into(), reason: "My shift ends".into() });
    case.ask("chi", 4, IncidentCommand::ConfirmRole { role, status: "We roll back".into() });
    case.ask("ana", 5, IncidentCommand::ReleaseRole { role });
    let page = crate::PageId(Uuid::from_u128(3));
    let event = IncidentEvent::Acknowledged { by: "dev".into(), page, at: at(-1) };
    case.history.push(RecordedIncident { at: at(0), event });
    let took = |case: &Case| -> Vec<(String, bool)> {
        case.room("ana", 6).responders.into_iter().map(|r| (r.person.to_string(), r.active)).collect()
    };
    let all = [("chi", true), ("dev", false), ("ana", false), ("ben", false)];
    assert_eq!(took(&case), all.map(|(who, active)| (who.to_owned(), active)));
    case.incident.people = Some(vec!["ana".into(), "chi".into()]);
    assert_eq!(took(&case).len(), 2, "whoever may not see it is not named");
}

#[test]
fn the_lists_follow_the_incident_and_the_next_line_is_mine() {
    let mut case = Case::new(Severity::Sev3);
    assert_eq!(case.room("ana", 1).phase, Phase::FirstResponse);
    for item in ["acknowledge", "assess", "declare", "page", "channel"] {
        let done = RoomChange::Tick { phase: Phase::FirstResponse, item: item.into(), done: true };
        case.change("ana", 1, done);
    }
    case.ask("ana", 2, assign(IncidentRole::Commander, "ana"));
    case.ask("ana", 2, assign(IncidentRole::Scribe, "ben"));
    let room = case.room("ana", 3);
    assert_eq!(room.phase, Phase::Mobilise);
    let ticked = &room.checklists[0].items[0];
    assert_eq!((ticked.done, ticked.by.as_ref(), ticked.at), (true, Some(&"ana".into()), Some(at(1))));
    let tick = |item: &str| NextStep::Tick { phase: Phase::Mobilise, item: item.into() };
    assert!(room.next.contains(&tick("roles")), "{:?}", room.next);
    // Of Ben, the scribe, the timeline is asked, not the commander's lines.
    assert!(case.room("ben", 3).next.contains(&tick("timeline")));
    let monitoring = IncidentCommand::SetStatus { to: Status::Monitoring };
    case.ask("ana", 10, monitoring);
    let room = case.room("ana", 11);
    assert_eq!(room.phase, Phase::Resolve);
    assert_eq!(room.watch, Some(Watch { since: at(10), until: at(25) }), "15 minutes for a SEV3");
    assert_eq!(room.changes_at(at(11)), Some(at(25)));
    assert!(case.room("ana", 25).next.contains(&NextStep::Resolve));
}

#[test]
fn the_first_thing_is_a_commander_then_a_word_to_those_who_wait() {
    let mut case = Case::new(Severity::Sev1);
    let due = at(15);
    let send = |missed, first| NextStep::SendUpdate { due_at: due, missed, first };
    assert_eq!(
        case.room("ana", 1).next,
        [NextStep::TakeCommand, NextStep::FillRole { role: IncidentRole::TechnicalLead }, send(false, true)]
    );
    case.ask("ana", 1, assign(IncidentRole::Commander, "ana"));
    assert_eq!(case.room("ana", 15).next[0], send(true, true), "missed: before everything else");
    case.ask("ana", 16, update(None));
    let room = case.room("ana", 17);
    assert!(!room.next.iter().any(|s| matches!(s, NextStep::SendUpdate { .. })), "{:?}", room.next);
    assert_eq!(room.updates.changes_at(), Some(at(26)), "five minutes before the next one is due");
}

#[test]
fn where_nobody_is_rung_people_are_paged_first() {
    let mut case = Case::new(Severity::Sev2);
    assert_ne!(case.room("ana", 1).next[0], NextStep::PagePeople, "alone there is nobody to page");
    let mut team = with_executives();
    case.team = Some(team.clone());
    assert_ne!(case.room("ana", 1).next[0], NextStep::PagePeople, "the policy called default rings");
    team.policies[0].id = "payments".into();
    team.services[0].policy = "payments".into();
    case.team = Some(team);
    assert_eq!(case.room("ana", 1).next[0], NextStep::PagePeople);
    let page = IncidentCommand::PagePeople { people: vec!["ben".into()], message: "Look, please".into() };
    case.ask("ana", 2, page);
    assert_ne!(case.room("ana", 3).next[0], NextStep::PagePeople);
    let mut minor = Case::new(Severity::Sev4);
    minor.team = case.team;
    assert_ne!(minor.room("ana", 1).next[0], NextStep::PagePeople, "it is tracked, and rings nobody");
}

#[test]
fn whoever_is_offered_a_role_or_waits_for_the_last_word_hears_it_first() {
    let mut case = Case::new(Severity::Sev1);
    let role = IncidentRole::Commander;
    case.ask("ana", 1, assign(role, "ana"));
    case.ask("ana", 2, IncidentCommand::OfferRole { role, to: "ben".into(), reason: "Fatigue".into() });
    assert_eq!(case.room("ben", 3).next[0], NextStep::ConfirmRole { role, from: "ana".into() });
    assert!(!case.room("chi", 3).next.iter().any(|s| matches!(s, NextStep::ConfirmRole { .. })));
    case.ask("ben", 4, IncidentCommand::ConfirmRole { role, status: "We roll back".into() });
    assert_eq!(case.room("ana", 5).next[0], NextStep::ReleaseRole { role, to: "ben".into() });
}

#[test]
fn what_is_over_is_told_and_has_an_author_before_it_is_closed() {
    let mut case = Case::new(Severity::Sev1);
    case.ask("ana", 1, assign(IncidentRole::Commander, "ana"));
    case.ask("ana", 60, IncidentCommand::SetStatus { to: Status::Resolved });
    let room = case.room("ana", 61);
    assert_eq!(room.next[..2], [NextStep::FinalUpdate, NextStep::NameAuthor]);
    let closing = room.closing.clone().unwrap();
    assert_eq!((closing.draft_due, closing.reminder), (at(60 + 48 * 60), at(60 + 24 * 60)));
    assert_eq!(closing.review_by, "2026-12-02T18:00:00Z".parse::<Instant>().unwrap(), "five business days");
    case.ask("ana", 62, update(None));
    case.change("ana", 62, RoomChange::PostmortemOwner { person: Some("ben".into()) });
    let room = case.room("ana", 63);
    assert_eq!(room.closing.unwrap().owner, Some("ben".into()));
    for tick in &room.checklists.iter().find(|c| c.phase == Phase::Close).unwrap().items {
        let item = tick.item.id.clone();
        case.change("ana", 63, RoomChange::Tick { phase: Phase::Close, item, done: true });
    }
    assert_eq!(case.room("ana", 64).next, [NextStep::Close]);
    case.ask("ana", 65, IncidentCommand::SetStatus { to: Status::Closed });
    let room = case.room("ana", 66);
    assert_eq!(room.next, []);
    assert_eq!(room.closing.unwrap().owner, Some("ben".into()), "the record says who writes it");
}

#[test]
fn a_pinned_entry_stays_pinned_when_it_is_corrected() {
    let mut case = Case::new(Severity::Sev2);
    let first = case.say(1, EntryKind::Decision, "roll bak", None);
    case.change("ana", 2, RoomChange::Pin { entry: first, pinned: true });
    case.say(3, EntryKind::Decision, "roll back", Some(1));
    assert_eq!(case.room("ana", 4).pins, [first]);
}

fn with_executives() -> Team {
    let person = |id| json!({ "id": id, "name": id, "email": format!("{id}@example.com") });
    let people: Vec<Value> = ["ana", "ben", "vic", "eve"].map(person).into();
    serde_json::from_value(json!({
        "team": { "name": "Acme", "executives": ["vic", "eve"] },
        "people": people,
        "groups": [{ "id": "payments", "members": ["ana"], "manager": "eve" }],
        "policies": [{ "id": "default", "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }] }],
        "services": [{ "id": "pay", "name": "Pay", "group": "payments", "policy": "default", "dashboard": "https://grafana.example.com/pay" }],
    }))
    .unwrap()
}

#[test]
fn those_who_must_know_stand_there_with_what_they_were_told_last() {
    let mut case = Case::new(Severity::Sev2);
    assert_eq!(case.room("ana", 0).must_know, [], "alone there is nobody");
    case.team = Some(with_executives());
    case.incident.services = vec!["pay".into()];
    let knows = |person: &str, told: Option<(TellingOf, i64)>| Knows {
        person: person.into(),
        sees: true,
        told: told.map(|t| t.0),
        told_at: told.map(|t| at(t.1)),
    };
    let group = |who, people: Vec<Knows>| MustKnow { who, people };
    use crate::playbook::Stakeholder::{EngineeringManager, Executives, TeamLead};
    // The history of the case begins without a service: at that time nobody was named.
    assert_eq!(case.room("ana", 1).must_know, [group(EngineeringManager, vec![knows("eve", None)])]);
    let to = |to| IncidentCommand::SetSeverity { to, reason: String::new() };
    case.ask("ben", 2, to(Severity::Sev1));
    let raised = Some((TellingOf::Severity, 2));
    let executives = group(Executives, vec![knows("vic", raised), knows("eve", raised)]);
    assert_eq!(case.room("ana", 3).must_know, [executives]);
    // Vic writes it: whoever does something is not told of it.
    case.ask("vic", 4, update(None));
    let executives =
        group(Executives, vec![knows("vic", raised), knows("eve", Some((TellingOf::Update, 4)))]);
    assert_eq!(case.room("ana", 5).must_know, [executives]);
    case.ask("ben", 6, to(Severity::Sev3));
    assert_eq!(case.room("ana", 7).must_know, [group(TeamLead, vec![])], "the team's file names nobody");
    // For some people only: the others are not told, and it says so.
    case.ask("ana", 8, to(Severity::Sev1));
    let private = IncidentCommand::MakePrivate { people: vec!["vic".into()], reason: "a breach".into() };
    case.ask("ana", 9, private);
    let sees: Vec<bool> = case.room("ana", 10).must_know[0].people.iter().map(|k| k.sees).collect();
    assert_eq!(sees, [true, false]);
}

#[test]
fn who_may_not_see_it_from_the_start_was_told_nothing() {
    let mut case = Case::new(Severity::Sev1);
    case.team = Some(with_executives());
    let sight = IncidentEvent::MadePrivate {
        by: "ana".into(),
        people: vec!["ana".into(), "vic".into()],
        reason: String::new(),
    };
    case.incident.apply(at(0), &sight);
    case.history.push(RecordedIncident { at: at(0), event: sight });
    let told: Vec<_> = case.room("ana", 1).must_know[0].people.iter().map(|k| k.told).collect();
    assert_eq!(told, [Some(TellingOf::Declaration), None]);
}

#[test]
fn its_links_are_what_was_written_and_the_dashboard_of_its_service() {
    let mut case = Case::new(Severity::Sev2);
    case.team = Some(with_executives());
    assert_eq!(case.room("ana", 0).links, []);
    case.incident.services = vec!["pay".into()];
    let mut write = |field: &str, value: Value| {
        case.fields.insert(field.into(), (value, "ana".into(), at(1)));
        case.room("ana", 2).links.into_iter().map(|l| (l.kind, l.href, l.of_service)).collect::<Vec<_>>()
    };
    let (bridge, dashboard) = ("https://meet.example.com/1", "https://grafana.example.com/pay");
    let of_pay = (RoomLinkKind::Dashboard, dashboard.to_owned(), Some("pay".into()));
    let met = (RoomLinkKind::Bridge, bridge.to_owned(), None);
    assert_eq!(write("bridge", json!(bridge)), [met.clone(), of_pay.clone()]);
    assert_eq!(
        write("channel", json!("javascript:alert(1)")),
        [met.clone(), of_pay],
        "not opened, not shown"
    );
    let own = (RoomLinkKind::Dashboard, "https://own.example.com/d".to_owned(), None);
    assert_eq!(write("dashboard", json!("https://own.example.com/d")), [met, own]);
}
