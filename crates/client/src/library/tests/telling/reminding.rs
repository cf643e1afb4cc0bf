//! What the owners of postmortems and actions are reminded of, by their own computer.

use super::*;
use firebell_domain::ActionId;
use firebell_domain::postmortem::{ActionChange, ActionStatus, PostmortemChange, Reminder, Stage};

const HOUR: i64 = 3_600;

impl Desk {
    fn postmortem(
        &mut self,
        office: &mut Office,
        incident: IncidentId,
        change: PostmortemChange,
        now: Moment,
    ) {
        let ((), outputs) = self.computer.library.postmortem_set(incident, &change, None, now).unwrap();
        self.take(office, outputs, now);
    }

    fn action(&mut self, office: &mut Office, incident: IncidentId, change: ActionChange, now: Moment) {
        let id = ActionId(Uuid::from_u128(5));
        self.postmortem(office, incident, PostmortemChange::Action { id, change }, now);
    }

    /// Every hour from one to another.
    fn ticks(&mut self, office: &mut Office, from: i64, until: i64) {
        for hour in from..until {
            self.tick(office, at(hour * HOUR));
        }
    }

    fn reminders(&self) -> Vec<Reminder> {
        let reminder = |n: &Notice| match &n.heard {
            Heard::PostmortemDue { reminder } => Some(*reminder),
            _ => None,
        };
        self.notices.iter().filter_map(reminder).collect()
    }

    fn digests(&self) -> Vec<(u32, u32, u32)> {
        let digest = |n: &Notice| match &n.heard {
            Heard::ActionsDue { overdue, today, tomorrow, .. } => Some((*overdue, *today, *tomorrow)),
            _ => None,
        };
        self.notices.iter().filter_map(digest).collect()
    }
}

/// Resolved at the beginning, its postmortem Ana's.
fn resolved(office: &mut Office) -> (Desk, Desk, IncidentId) {
    let (mut a, mut b) = (Desk::new("ana", 1), Desk::new("ben", 2));
    a.connect(office, at(0));
    b.connect(office, at(0));
    let incident = a.declare(office, Severity::Sev1, at(0));
    a.hear(office, at(0));
    a.ask(office, incident, IncidentCommand::SetStatus { to: Status::Resolved }, at(0));
    a.hear(office, at(0));
    a.postmortem(office, incident, PostmortemChange::Start, at(0));
    a.postmortem(office, incident, PostmortemChange::Author { person: "ana".into(), is: true }, at(0));
    b.hear(office, at(1));
    (a, b, incident)
}

#[test]
fn the_owner_of_a_postmortem_is_reminded_once_each_offline_and_after_a_crash_and_nobody_else() {
    let mut office = Office::new();
    let (mut a, mut b, incident) = resolved(&mut office);
    a.computer.disconnect(at(10));
    a.ticks(&mut office, 1, 24);
    assert_eq!(a.reminders(), []);
    a.ticks(&mut office, 24, 36);
    let due_at = at(48 * HOUR).now;
    assert_eq!(a.reminders(), [Reminder::DraftSoon { due_at }]);
    a.computer.crash(11);
    a.ticks(&mut office, 36, 60);
    assert_eq!(a.reminders(), [Reminder::DraftSoon { due_at }, Reminder::DraftOverdue { due_at }]);
    b.ticks(&mut office, 1, 60);
    assert_eq!(b.reminders(), []);
    // Sent to review: the draft is there, and only the review is left.
    a.postmortem(&mut office, incident, PostmortemChange::Stage { to: Stage::InReview }, at(60 * HOUR));
    a.ticks(&mut office, 61, 240);
    let words: Vec<String> =
        a.reminders()[2..].iter().map(|r| r.name().split('@').next().unwrap().into()).collect();
    assert_eq!(words, ["review_soon", "review_overdue"]);
}

#[test]
fn a_postmortem_that_is_published_reminds_nobody() {
    let mut office = Office::new();
    let (mut a, _, incident) = resolved(&mut office);
    for to in [Stage::InReview, Stage::Published] {
        a.postmortem(&mut office, incident, PostmortemChange::Stage { to }, at(20));
    }
    a.ticks(&mut office, 1, 240);
    assert_eq!(a.reminders(), []);
}

#[test]
fn each_morning_says_once_which_actions_want_something_until_they_are_over() {
    let mut office = Office::new();
    let (mut a, mut b, incident) = resolved(&mut office);
    let due = "2026-11-26".parse().ok();
    for change in [
        ActionChange::Create { title: "Add the index".into() },
        ActionChange::Owner { owner: Some("ana".into()) },
        ActionChange::Due { due },
    ] {
        a.action(&mut office, incident, change, at(20));
    }
    b.hear(&mut office, at(21));
    a.computer.disconnect(at(30));
    // 25 November, 02:13 to 08:13: no morning yet. Then three days.
    a.ticks(&mut office, 0, 7);
    assert_eq!(a.digests(), []);
    a.ticks(&mut office, 7, 12);
    assert_eq!(a.digests(), [(0, 0, 1)]);
    a.computer.crash(11);
    a.ticks(&mut office, 12, 60);
    assert_eq!(a.digests(), [(0, 0, 1), (0, 1, 0), (1, 0, 0)]);
    let first = a.notices.iter().find(|n| matches!(n.heard, Heard::ActionsDue { .. })).unwrap();
    assert_eq!(first.incident, incident);
    b.ticks(&mut office, 0, 60);
    assert_eq!(b.digests(), [], "they are not Ben's");
    a.action(
        &mut office,
        incident,
        ActionChange::Status { to: ActionStatus::Done, reason: None },
        at(60 * HOUR),
    );
    a.ticks(&mut office, 61, 100);
    assert_eq!(a.digests().len(), 3);
}
