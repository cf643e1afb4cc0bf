//! Tickets from the wish to the end of the work, against each tracker, on both databases.

mod again;
mod following;
mod gone;
mod limits;

use super::fakes::{Fake, Fault, Kind, TOKEN};
use super::making::{Prepared, prepare};
use super::*;
use crate::library;
use crate::library::testing::*;
use crate::storage::{DatabaseUrl, databases};
use firebell_domain::postmortem::{
    Action, ActionChange, ActionStatus, Fields, PostmortemChange, Priority, Tracker, actions, label_of,
};
use firebell_domain::refusal::RefusalCode;
use firebell_domain::{ActionId, IncidentId};
use firebell_log::{Change, Era, OperationBody, RecordId};
use firebell_protocol::sync::OpOutcome;
use serde_json::Value;
use uuid::Uuid;

struct World {
    storage: Storage,
    ana: Desktop,
    incident: IncidentId,
    fake: Fake,
    tickets: Tickets,
}

const ACTION: ActionId = ActionId(Uuid::from_u128(0xa1));
const OTHER: ActionId = ActionId(Uuid::from_u128(0xa2));

impl World {
    async fn new(url: &DatabaseUrl, kind: Kind) -> Self {
        let storage = with_team(url).await;
        let mut ana = Desktop::of(&storage, "ana").await;
        let incident = incident_id(1);
        place(&ana.say(&storage, &declare(incident, "Checkout is down")).await);
        storage.write(|tx| tx.set_meta("public_url", "https://firebell.example.com")).await.unwrap();
        let tickets = Tickets::new(storage.clone(), true);
        Self { storage, ana, incident, fake: Fake::start(kind).await, tickets }
    }

    fn tracker(&self) -> Tracker {
        self.fake.setup().tracker()
    }

    /// The admin sets it up.
    async fn set_up(&self) {
        self.set_up_with(self.fake.setup(), TOKEN).await;
    }

    async fn set_up_with(&self, setup: TrackerSetup, token: &str) {
        let token = token.to_owned();
        self.storage.write(move |tx| tx.save_tracker(&setup, &token)).await.unwrap();
    }

    /// Ana changes an action.
    async fn says(&mut self, action: ActionId, change: ActionChange) -> Vec<OpOutcome> {
        let change = PostmortemChange::Action { id: action, change };
        let mut outcomes = vec![];
        for (field, value) in change.writes(&"ana".into(), chrono::Utc::now()) {
            outcomes.push(self.writes(&field, value).await);
        }
        outcomes
    }

    async fn writes(&mut self, field: &str, value: Value) -> OpOutcome {
        let record = RecordId::postmortem(self.incident);
        let known = field.to_owned();
        let before = self.storage.write({
            let record = record.clone();
            move |tx| Ok(library::fields(tx, &record)?.get(&known).map(|f| f.write.id))
        });
        let replaces = before.await.unwrap();
        self.ana.say(&self.storage, &Change::Record { record, field: field.into(), value, replaces }).await
    }

    async fn asks(&mut self, action: ActionId, title: &str) {
        let (tracker, title) = (self.tracker(), title.to_owned());
        for change in [
            ActionChange::Create { title },
            ActionChange::Owner { owner: Some("ana".into()) },
            ActionChange::Priority { priority: Some(Priority::P1) },
            ActionChange::Due { due: "2026-12-24".parse().ok() },
            ActionChange::Ask { tracker },
        ] {
            for outcome in self.says(action, change).await {
                place(&outcome);
            }
        }
    }

    /// Everything that is due, or waits, is done.
    async fn works(&self) {
        self.time_passes().await;
        self.goes_on().await;
    }

    async fn time_passes(&self) {
        self.fake.catches_up();
        self.storage.write(|tx| tx.hurry_tickets()).await.unwrap();
    }

    /// What is due now is done.
    async fn goes_on(&self) {
        while self.tickets.step().await.unwrap() {}
    }

    /// A node begins with one, and goes no further.
    async fn claims(&self, lease: TimeDelta) -> TicketRow {
        let which = self.tracker();
        let rows = self.storage.write(move |tx| tx.claim_tickets(which, tx.now() + lease, 1));
        rows.await.unwrap().remove(0)
    }

    async fn takes_back(&mut self, action: ActionId) {
        let field = format!("action_{}_wanted", action.0.simple());
        place(&self.writes(&field, Value::Null).await);
    }

    async fn action(&self, action: ActionId) -> Action {
        let record = RecordId::postmortem(self.incident);
        let read = move |tx: &mut crate::storage::Tx<'_>| {
            let fields = library::fields(tx, &record)?;
            let views: Fields = fields.iter().map(|(name, field)| (name.clone(), field.view())).collect();
            Ok(actions(&views).into_iter().find(|a| a.id == action).unwrap())
        };
        self.storage.write(read).await.unwrap()
    }

    fn made(&self) -> usize {
        self.fake.with(|state| state.issues.len())
    }

    async fn places(&self) -> u64 {
        self.storage.newest_operation().await.unwrap()
    }
}

#[tokio::test]
async fn one_action_has_one_ticket_however_often_it_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world
                .fake
                .with(|state| state.faults = [Fault::Status(429), Fault::Status(500), Fault::Lost].into());
            world.asks(ACTION, "Alert before the disk is full").await;
            for _ in 0..3 {
                world.works().await;
                let action = world.action(ACTION).await;
                assert_eq!((action.ticket, action.ticket_failed), (None, None), "{kind:?}: it is tried on");
            }
            assert_eq!(world.made(), 1, "the last answer was lost");
            // It is asked for again meanwhile, and a node dies after it has found the ticket.
            let again = world.says(ACTION, ActionChange::Ask { tracker: world.tracker() }).await;
            place(&again[0]);
            world.time_passes().await;
            let row = world.claims(LEASE).await;
            let Prepared::Order(order) = world.storage.write(move |tx| prepare(tx, &row)).await.unwrap()
            else {
                panic!("nothing to make")
            };
            world.tickets.order(&order).await.unwrap();
            world.works().await;

            let action = world.action(ACTION).await;
            let ticket = action.ticket.unwrap();
            let expected = if kind == Kind::Github { "acme/shop#1" } else { "OPS-1" };
            assert_eq!(
                (ticket.key.as_str(), ticket.done, world.made()),
                (expected, false, 1),
                "{kind:?} {url:?}"
            );
            assert!(ticket.url.ends_with(if kind == Kind::Github { "/issues/1" } else { "/browse/OPS-1" }));
            let issue = world.fake.with(|state| state.issues[0].clone());
            assert_eq!(issue.labels, ["postmortem", &world.incident.to_string(), &label_of(ACTION)]);
            let said = issue.fields.to_string();
            for part in [
                "Checkout is down",
                "(incident #1)",
                "Ana Ruiz",
                "2026-12-24",
                "firebell://postmortem/",
                "firebell.example.com",
            ] {
                let part = if kind == Kind::Cloud {
                    part.to_owned()
                } else {
                    part.replace('-', "\\\\-").replace('#', "\\\\#\u{200b}")
                };
                let part = if kind == Kind::DataCenter { part.replace('\u{200b}', "") } else { part };
                assert!(said.contains(&part), "{kind:?}: {part} in {said}");
            }
            if kind != Kind::Github {
                assert_eq!(
                    (&issue.fields["priority"]["name"], &issue.fields["duedate"]),
                    (&"Highest".into(), &"2026-12-24".into())
                );
                assert!(issue.fields["assignee"].is_object(), "{said}");
            }
            // Asked once more, when there is one.
            world.says(ACTION, ActionChange::Ask { tracker: world.tracker() }).await;
            world.works().await;
            assert_eq!(world.made(), 1);
        }
    }
}

#[tokio::test]
async fn a_wish_waits_for_the_tracker_and_for_its_token() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        // Everything that was written on a train comes at once, and nobody has set up a tracker.
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        let words = world.action(ACTION).await.ticket_failed.unwrap();
        assert!(words.contains("set up no Jira"), "{words}");
        let before = world.places().await;
        world.works().await;
        assert_eq!(world.places().await, before, "said once");
        world.set_up_with(world.fake.setup(), "wrong-token").await;
        world.works().await;
        let words = world.action(ACTION).await.ticket_failed.unwrap();
        assert!(words.contains("refused the token") && !words.contains("wrong-token"), "{words}");
        world.set_up().await;
        world.works().await;
        let action = world.action(ACTION).await;
        assert_eq!((action.ticket.unwrap().key.as_str(), action.ticket_failed), ("OPS-1", None));
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_project_is_said_with_what_helps() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in [Kind::Cloud, Kind::DataCenter].into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            let TrackerSetup::Jira { address, kind, account, .. } = world.fake.setup() else { panic!() };
            let setup = |project: &str, issue_type: &str| TrackerSetup::Jira {
                address: address.clone(),
                kind,
                project: project.into(),
                issue_type: issue_type.into(),
                account: account.clone(),
            };
            world.asks(ACTION, "Add the index").await;
            for (setup, part) in
                [(setup("NOPE", "Task"), "no project `NOPE`"), (setup("OPS", "Epic"), "no type `Epic`")]
            {
                world.set_up_with(setup, TOKEN).await;
                world.works().await;
                let words = world.action(ACTION).await.ticket_failed.unwrap();
                assert!(words.contains(part), "{words}");
            }
            world.fake.with(|state| state.required = Some("customfield_10001"));
            world.set_up().await;
            world.works().await;
            let words = world.action(ACTION).await.ticket_failed.unwrap();
            assert!(words.contains("`customfield_10001`: Team is required. Change that"), "{words}");
            // What the project does not show is left out, and stands in the description.
            world.fake.with(|state| (state.required, state.refused) = (None, vec!["priority"]));
            let again = world.says(ACTION, ActionChange::Ask { tracker: Tracker::Jira }).await;
            place(&again[0]);
            world.works().await;
            assert_eq!(world.action(ACTION).await.ticket.unwrap().key, "OPS-1");
            let fields = world.fake.with(|state| state.issues[0].fields.clone());
            assert!(fields.get("priority").is_none() && fields["duedate"] == "2026-12-24", "{fields}");
        }
    }
}

#[tokio::test]
async fn github_says_what_the_token_lacks() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Github).await;
        let repository = "acme/other".to_owned();
        let setup = TrackerSetup::Github { address: world.fake.address.clone(), repository };
        world.set_up_with(setup, TOKEN).await;
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        let words = world.action(ACTION).await.ticket_failed.unwrap();
        assert!(words.contains("no repository acme/other"), "{words}");
        assert_eq!(world.made(), 0);
    }
}

#[tokio::test]
async fn a_ticket_that_is_done_ends_its_action_and_what_stays_as_it_is_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    for (n, kind) in Kind::ALL.into_iter().enumerate() {
        for url in databases(&folder.path().join(n.to_string())) {
            let mut world = World::new(&url, kind).await;
            world.set_up().await;
            world.asks(ACTION, "Add the index").await;
            world.asks(OTHER, "Alert on it").await;
            let third = ActionId(Uuid::from_u128(0xa3));
            world.asks(third, "Write it down").await;
            world.works().await;
            assert_eq!(world.made(), 3, "{kind:?}");
            world.works().await;
            let before = world.places().await;
            for _ in 0..3 {
                world.works().await;
            }
            assert_eq!(world.places().await, before, "{kind:?}: nothing has changed");
            let asked = world.fake.with(|state| (state.asked.len(), state.unchanged));
            assert!(kind != Kind::Github || asked.1 > 0, "the same answer is not sent again");

            let fake = world.fake.clone();
            let of = |action| {
                fake.with(|state| {
                    state.issues.iter().position(|i| i.labels.contains(&label_of(action))).unwrap()
                })
            };
            // The last one is on another page of the answer.
            let last = [ACTION, OTHER, third].into_iter().max_by_key(|action| of(*action)).unwrap();
            world.fake.set(of(last), "Released", true);
            world.works().await;
            let action = world.action(last).await;
            assert_eq!((action.status, action.ticket.unwrap().done), (ActionStatus::Done, true), "{kind:?}");
            let record = RecordId::postmortem(world.incident);
            let field = format!("action_{}_status", last.0.simple());
            let read = move |tx: &mut crate::storage::Tx<'_>| {
                Ok(library::fields(tx, &record)?.remove(&field).unwrap())
            };
            assert_eq!(world.storage.write(read).await.unwrap().write.author.as_str(), "Firebell");
            let others = [ACTION, OTHER, third].into_iter().filter(|a| *a != last);
            for other in others {
                assert_eq!(world.action(other).await.status, ActionStatus::Open);
            }
            // Ana says that it is not done after all; the tracker, which changes its word, does not contradict her.
            let to = ActionStatus::InProgress;
            place(&world.says(last, ActionChange::Status { to, reason: None }).await[0]);
            world.fake.set(of(last), "Closed", true);
            world.works().await;
            assert_eq!(world.action(last).await.status, ActionStatus::InProgress);
        }
    }
}

#[tokio::test]
async fn a_tracker_that_was_removed_is_asked_no_more() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::DataCenter).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.works().await;
        world.fake.with(|state| state.faults = [Fault::Status(503)].into());
        world.asks(OTHER, "Alert on it").await;
        world.works().await;
        assert!(world.storage.write(|tx| tx.remove_tracker(Tracker::Jira)).await.unwrap());
        let asked = world.fake.with(|state| state.asked.len());
        world.works().await;
        world.works().await;
        assert_eq!(world.fake.with(|state| state.asked.len()), asked);
        assert!(world.action(OTHER).await.ticket_failed.unwrap().contains("set up no Jira"));
        let kept = world.action(ACTION).await;
        assert_eq!((kept.ticket.unwrap().key.as_str(), kept.ticket_failed), ("OPS-1", None));
    }
}

#[tokio::test]
async fn an_action_that_is_gone_gets_no_ticket() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        world.says(ACTION, ActionChange::Remove).await;
        world.works().await;
        assert_eq!((world.made(), world.fake.with(|state| state.asked.len())), (0, 0));
    }
}

#[tokio::test]
async fn nobody_says_that_there_is_a_ticket_but_the_server_and_nobody_writes_in_its_name() {
    let folder = tempfile::tempdir().unwrap();
    for url in databases(folder.path()) {
        let mut world = World::new(&url, Kind::Cloud).await;
        world.set_up().await;
        world.asks(ACTION, "Add the index").await;
        for what in ["ticket", "ticket_failed"] {
            let field = format!("action_{}_{what}", ACTION.0.simple());
            let outcome = world.writes(&field, "OPS-1".into()).await;
            assert_eq!(refusal(&outcome).code, RefusalCode::NotAllowed);
            assert!(refusal(&outcome).words.contains("Ask for a ticket"), "{outcome:?}");
        }
        world.works().await;
        let own =
            world.storage.operations_after(0, 1_000).await.unwrap().into_iter().find_map(|o| match o.body {
                OperationBody::Written(w) if w.author.as_str() == library::AUTHOR => Some(w),
                _ => None,
            });
        let own = own.unwrap();
        // A desktop that counts under the server's name is sent away, and it may build on what the server wrote.
        let mut thief =
            Desktop { device: world.ana.device.clone(), writer: own.id.writer, counter: own.id.counter };
        assert_eq!(thief.say(&world.storage, &note(world.incident, "hello")).await, OpOutcome::Forked);
        place(&world.says(ACTION, ActionChange::Status { to: ActionStatus::Done, reason: None }).await[0]);
        // After a restore nobody knows how far it had counted.
        world.storage.write(|tx| tx.set_era(Era(Uuid::now_v7()))).await.unwrap();
        let next =
            world.storage.write(|tx| tx.own_writer(|| firebell_log::WriterId(Uuid::new_v4()))).await.unwrap();
        assert_ne!(next, own.id.writer);
    }
}
