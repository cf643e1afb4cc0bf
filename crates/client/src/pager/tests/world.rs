//! Ana's laptop and the team it belongs to. The team decides by the real rules; time and network are the story's.

use crate::desk::Desk;
use crate::pager::{ConnectionWords, Moment, Output, Responder};
use chrono::TimeDelta;
use firebell_domain::escalation::{Plan, PolicyStep, Target};
use firebell_domain::liveness::{Liveness, Reach};
use firebell_domain::page::{Actor, Command, OpenPage, Page, Recorded, Via, decide, open};
use firebell_domain::receipt::ReceiptState;
use firebell_domain::refusal::RefusalCode;
use firebell_domain::team::{Role, Roster, Team};
use firebell_domain::{DeviceId, Instant, PageId, PersonId, RaiseId, Refusal, Severity, Span, Urgency};
use firebell_log::{Cursor, Era, Operation, OperationBody, Scope};
use firebell_protocol::sync::{
    ByeCode, ClientMessage, CommandEnvelope, Outcome, PageRequest, PageSnapshot, ReceiptReport,
    ScheduleShifts, ServerMessage, TeamView, Welcome, You,
};
use firebell_protocol::window::WindowState;
use firebell_store::{Identity, Store};
use std::collections::BTreeMap;
use uuid::Uuid;

pub const ACK: PageRequest = PageRequest::Acknowledge { via: Via::Notification };

pub fn device() -> DeviceId {
    DeviceId(Uuid::from_u128(7))
}

/// The team, as its server.
pub struct TheTeam {
    pub team: Team,
    reach: BTreeMap<PersonId, Reach>,
    pub era: Era,
    pub log: Vec<Operation>,
    pub pages: BTreeMap<PageId, Page>,
    pub history: BTreeMap<PageId, Vec<Recorded>>,
    answers: BTreeMap<u64, Outcome>,
    pub finds_us_too_old: bool,
    /// Loses the receipts it is sent.
    pub deaf: bool,
    /// Receipts by Ana's laptop, as they came in.
    pub receipts: Vec<(RaiseId, ReceiptState)>,
}

/// Ana's laptop, its clock and its network.
pub struct World {
    pub team: TheTeam,
    laptop: Option<Responder>,
    pub at: Moment,
    pub connected: bool,
    pub asked_to_reconnect: bool,
    /// Every time something began to ring on the desk.
    pub rang: Vec<RaiseId>,
    rings: Vec<RaiseId>,
}

impl World {
    /// Ana is on call and connected.
    pub fn ana_is_on_call() -> Self {
        let at = Moment { now: "2026-11-21T02:13:00Z".parse().unwrap(), awake_ms: 1_000 };
        let team = TheTeam::of_ana();
        let mut store = Store::in_memory().unwrap();
        store
            .enrol(&Identity {
                you: You {
                    person: "ana".into(),
                    name: "Ana Ruiz".into(),
                    role: Role::Responder,
                    device: device(),
                },
                server: "https://firebell.example.com".into(),
                team: "Acme".into(),
            })
            .unwrap();
        let laptop = Some(Responder::open(store, at).unwrap());
        let mut world = Self {
            team,
            laptop,
            at,
            connected: false,
            asked_to_reconnect: false,
            rang: vec![],
            rings: vec![],
        };
        world.connect();
        world
    }

    pub fn laptop(&mut self) -> &mut Responder {
        self.laptop.as_mut().unwrap()
    }

    pub fn page_here(&self, page: PageId) -> Option<&Page> {
        self.laptop.as_ref().unwrap().page(page)
    }

    pub fn desk(&self) -> &Desk {
        self.laptop.as_ref().unwrap().desk()
    }

    pub fn window(&self) -> WindowState {
        self.laptop.as_ref().unwrap().window("test", &ConnectionWords::default(), self.at)
    }

    /// The raises on Ana's desk.
    pub fn ringing(&self) -> Vec<RaiseId> {
        self.desk().ringing.iter().map(|r| r.raise.clone()).collect()
    }

    pub fn wait(&mut self, span: Span) {
        self.at.awake_ms += span.as_millis() as u64;
        self.asleep(span);
    }

    /// Time passes, and the laptop's lid is closed.
    pub fn asleep(&mut self, span: Span) {
        self.at.now += span.delta();
        let outputs = self.laptop.as_mut().unwrap().tick(self.at).unwrap();
        self.carry(outputs);
    }

    pub fn connect(&mut self) {
        self.connected = true;
        let at = self.at;
        let hello = self.laptop().on_connected(None, at);
        self.carry(hello);
    }

    pub fn disconnect(&mut self) {
        self.connected = false;
        let at = self.at;
        let outputs = self.laptop().on_disconnected(at);
        self.carry(outputs);
    }

    /// Power is lost and comes back: only what was written is left. The network has to be connected again.
    pub fn crash_and_restart(&mut self) {
        let store = self.laptop.take().unwrap().into_store();
        self.connected = false;
        self.at.awake_ms = 0;
        self.laptop = Some(Responder::open(store, self.at).unwrap());
    }

    pub fn ask(&mut self, page: PageId, request: PageRequest) -> u64 {
        let at = self.at;
        let (counter, outputs) = self.laptop().ask(page, request, at).unwrap();
        self.carry(outputs);
        counter
    }

    /// An alert fires for Ana, and everybody connected hears of it.
    pub fn fire(&mut self, n: u128) -> PageId {
        let id = PageId(Uuid::from_u128(100 + n));
        let operation = self.team.fire(id, n as u64, self.at.now);
        self.tell(ServerMessage::Operations { operations: vec![operation] });
        id
    }

    /// Somebody (or the clock) does something on the server.
    pub fn server_does(&mut self, page: PageId, command: Command) {
        let Some(operation) = self.team.does(page, command, self.at.now).unwrap() else { return };
        self.tell(ServerMessage::Operations { operations: vec![operation] });
    }

    pub fn tell(&mut self, message: ServerMessage) {
        if self.connected {
            let at = self.at;
            let outputs = self.laptop().on_message(message, at).unwrap();
            self.carry(outputs);
        }
    }

    /// Carries what the laptop says to the team, and the answers back.
    pub fn carry(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(message) if self.connected => {
                    for answer in self.team.hear(message, self.at.now) {
                        self.tell(answer);
                    }
                }
                Output::Send(message) => panic!("{message:?} was sent without a connection"),
                Output::Reconnect => {
                    self.asked_to_reconnect = true;
                    self.disconnect();
                    self.connect();
                }
                Output::DeskChanged => {
                    let now = self.ringing();
                    self.rang.extend(now.iter().filter(|r| !self.rings.contains(r)).cloned());
                    self.rings = now;
                }
                Output::Changed(_) | Output::Revoked { .. } => {}
            }
        }
    }
}

impl TheTeam {
    /// Ana is on call, Ben comes after her.
    pub fn of_ana() -> Self {
        let team: Team = serde_json::from_value(serde_json::json!({
            "team": { "name": "Acme" },
            "people": [
                { "id": "ana", "name": "Ana Ruiz", "email": "ana@example.com", "role": "admin" },
                { "id": "ben", "name": "Ben Okafor", "email": "ben@example.com" },
            ],
            "policies": [{ "id": "default", "steps": [{ "after": "0s", "notify": [{ "person": "ana" }] }] }],
            "services": [{ "id": "pay", "name": "Payments", "policy": "default" }],
        }))
        .unwrap();
        let reach = |p: &firebell_domain::team::Person| {
            (p.id.clone(), Reach { liveness: Liveness::Unknown, channels: vec![] })
        };
        let reach = team.people.iter().map(reach).collect();
        Self {
            team,
            reach,
            era: Era(Uuid::from_u128(1)),
            log: vec![],
            pages: BTreeMap::new(),
            history: BTreeMap::new(),
            answers: BTreeMap::new(),
            finds_us_too_old: false,
            deaf: false,
            receipts: vec![],
        }
    }

    pub fn roster(&self) -> Roster<'_> {
        Roster { team: &self.team, reach: &self.reach }
    }

    pub fn fire(&mut self, id: PageId, number: u64, now: Instant) -> Operation {
        let target = |p: &str| vec![Target::Person { person: p.into() }];
        let plan = Plan {
            policy: "default".into(),
            steps: vec![
                PolicyStep { after: Span::ZERO, notify: target("ana") },
                PolicyStep { after: Span::minutes(5), notify: target("ben") },
            ],
            rounds: 2,
            gap: Span::minutes(10),
        };
        let new = OpenPage {
            id,
            number,
            service: "pay".into(),
            urgency: Urgency::High,
            severity: Severity::Sev2,
            title: "Error rate 12.4 % on checkout".into(),
            source: None,
            runbook: None,
            started_at: now,
            alerts: 1,
            repeats: 0,
            plan,
            origin: None,
            author: None,
            ring_from: now,
            waiting: None,
        };
        let (page, events) = open(new, &self.roster(), now);
        self.record(page, events, now)
    }

    pub fn does(
        &mut self,
        page: PageId,
        command: Command,
        now: Instant,
    ) -> Result<Option<Operation>, Refusal> {
        let held = self.pages[&page].clone();
        let events = decide(&held, command, &self.roster(), now)?;
        if events.is_empty() {
            return Ok(None);
        }
        let mut page = held;
        page.version += 1;
        for event in &events {
            page.apply(now, event);
        }
        Ok(Some(self.record(page, events, now)))
    }

    fn record(
        &mut self,
        page: Page,
        events: Vec<firebell_domain::page::PageEvent>,
        at: Instant,
    ) -> Operation {
        let recorded = events.iter().cloned().map(|event| Recorded { at, event });
        self.history.entry(page.id).or_default().extend(recorded);
        let body = OperationBody::Page { page: page.id, version: page.version, events };
        let operation = Operation { scope: Scope::Team, seq: self.log.len() as u64 + 1, at, body };
        self.pages.insert(page.id, page);
        self.log.push(operation.clone());
        operation
    }

    pub fn snapshot(&self) -> ServerMessage {
        ServerMessage::Snapshot {
            cursor: Cursor { era: self.era, seq: self.log.len() as u64 },
            pages: self
                .pages
                .values()
                .map(|p| PageSnapshot { page: p.clone(), history: self.history[&p.id].clone() })
                .collect(),
        }
    }

    /// Hears what a desktop said, and its answers get lost.
    pub fn hear_all(&mut self, said: Vec<Output>, now: Instant) {
        for output in said {
            if let Output::Send(message) = output {
                self.hear(message, now);
            }
        }
    }

    pub fn hear(&mut self, message: ClientMessage, now: Instant) -> Vec<ServerMessage> {
        match message {
            ClientMessage::Hello { .. } if self.finds_us_too_old => {
                let words = "This version of Firebell is too old for the server; update it.";
                vec![ServerMessage::Bye { code: ByeCode::TooOld, words: words.into() }]
            }
            ClientMessage::Hello { cursor, .. } => {
                let mut answers = vec![self.welcome(now)];
                match cursor.filter(|c| c.era == self.era) {
                    Some(cursor) => answers.push(ServerMessage::Operations {
                        operations: self.log.iter().filter(|o| o.seq > cursor.seq).cloned().collect(),
                    }),
                    None => answers.push(self.snapshot()),
                }
                answers
            }
            ClientMessage::Receipts { .. } if self.deaf => vec![],
            ClientMessage::Receipts { receipts } => {
                receipts.into_iter().filter_map(|r| self.receipt(r, now)).collect()
            }
            ClientMessage::Command(envelope) => self.answer(envelope, now),
            _ => vec![],
        }
    }

    fn receipt(&mut self, r: ReceiptReport, now: Instant) -> Option<ServerMessage> {
        self.receipts.push((r.raise.clone(), r.state));
        let command = Command::Receipt {
            device: device(),
            device_name: "Ana's laptop".into(),
            raise: r.raise.clone(),
            state: r.state,
            claimed_at: Some(r.at),
        };
        let operation = self.does(r.raise.page, command, now).unwrap()?;
        Some(ServerMessage::Operations { operations: vec![operation] })
    }

    /// The answer comes before the change, which is the harder order for the desk.
    fn answer(&mut self, envelope: CommandEnvelope, now: Instant) -> Vec<ServerMessage> {
        let (counter, page) = (envelope.counter, envelope.page);
        if let Some(outcome) = self.answers.get(&counter) {
            return vec![ServerMessage::Answer { counter, page, outcome: outcome.clone() }];
        }
        let by = Actor::Person { person: "ana".into() };
        let command = match envelope.request {
            PageRequest::Acknowledge { via } => {
                Command::Acknowledge { by, via, claimed_at: Some(envelope.given_at) }
            }
            PageRequest::Resolve => Command::Resolve { by },
            PageRequest::Note { text } => Command::Note { by: "ana".into(), text },
            other => panic!("{other:?} is in no story"),
        };
        let stale = envelope.waited_ms > envelope.good_for_ms;
        let decided = match stale {
            true => Err(Refusal::new(RefusalCode::Stale, "You asked long ago. Do it now all the same?")),
            false => self.does(page, command, now),
        };
        let (outcome, operation) = match decided {
            Ok(operation) => (Outcome::Accepted, operation),
            Err(refusal) => (Outcome::Refused { refusal }, None),
        };
        self.answers.insert(counter, outcome.clone());
        let mut said = vec![ServerMessage::Answer { counter, page, outcome }];
        said.extend(operation.map(|o| ServerMessage::Operations { operations: vec![o] }));
        said
    }

    pub fn welcome(&self, now: Instant) -> ServerMessage {
        let week = TimeDelta::days(7);
        let shift = firebell_domain::schedule::Shift {
            start: now - week,
            end: now + week,
            people: vec!["ana".into()],
        };
        ServerMessage::Welcome(Box::new(Welcome {
            protocol: 1,
            capabilities: vec![],
            era: self.era,
            server_time: now,
            you: You { person: "ana".into(), name: "Ana Ruiz".into(), role: Role::Admin, device: device() },
            team: TeamView {
                version: 1,
                team: self.team.clone(),
                shifts: vec![ScheduleShifts {
                    schedule: "primary".into(),
                    name: "Primary".into(),
                    shifts: vec![shift],
                }],
            },
            paging_held: false,
            newest: 0,
            heard: 0,
        }))
    }
}
