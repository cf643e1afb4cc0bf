//! What the owner of a postmortem and the owners of actions are reminded of, and when (domain §8): the draft a day after the
//! resolution and when it is due, the review in time, and each morning the actions that want something.

use super::{Action, Stage};
use crate::incident::{Incident, Status};
use crate::playbook::{ClosingRules, WorkingDays};
use crate::{ActionId, Instant, PersonId, Span};
use chrono::{NaiveDate, TimeDelta, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// The review is reminded of so long before its last moment, while nobody has said when it is.
const REVIEW_BEFORE: TimeDelta = TimeDelta::hours(24);
/// What is older when a computer hears of it is read, not told.
const TOLD_WITHIN: Span = Span::hours(7 * 24);
/// The hour where the team is from which actions are told of.
const MORNING: u32 = 9;

/// When what of a postmortem has to be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    pub reminder: Instant,
    pub draft_due: Instant,
    pub review_by: Instant,
}

impl Deadlines {
    /// `None`: the incident is not over.
    pub fn of(incident: &Incident, rules: &ClosingRules, work: &WorkingDays) -> Option<Self> {
        let is_over = matches!(incident.status, Status::Resolved | Status::Closed);
        let resolved_at = incident.moments.resolved_at.filter(|_| is_over)?;
        Some(Self {
            reminder: rules.remind_at(resolved_at),
            draft_due: rules.postmortem_due(resolved_at),
            review_by: rules.review_by(resolved_at, work),
        })
    }
}

/// One thing to remind its owner of, once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Reminder {
    DraftSoon {
        due_at: Instant,
    },
    DraftOverdue {
        due_at: Instant,
    },
    /// No meeting is planned.
    ReviewSoon {
        by: Instant,
    },
    ReviewOverdue {
        by: Instant,
    },
}

impl Reminder {
    /// What it is remembered by; a deadline that has moved is another one.
    pub fn name(&self) -> String {
        let (word, at) = match self {
            Self::DraftSoon { due_at } => ("draft_soon", due_at),
            Self::DraftOverdue { due_at } => ("draft_overdue", due_at),
            Self::ReviewSoon { by } => ("review_soon", by),
            Self::ReviewOverdue { by } => ("review_overdue", by),
        };
        format!("{word}@{}", at.timestamp_millis())
    }
}

/// What its owner is to hear of a postmortem now, if anything. Only the latest: whoever was away does not hear first what is
/// overtaken.
pub fn of_postmortem(
    deadlines: &Deadlines,
    stage: Stage,
    meeting: Option<Instant>,
    now: Instant,
) -> Option<Reminder> {
    let Deadlines { reminder, draft_due, review_by } = *deadlines;
    if stage >= Stage::Published {
        return None;
    }
    let is_draft = stage == Stage::Draft;
    let review_soon = review_by - REVIEW_BEFORE;
    let (since, what) = if now >= review_by {
        (review_by, Reminder::ReviewOverdue { by: review_by })
    } else if now >= review_soon && meeting.is_none() {
        (review_soon, Reminder::ReviewSoon { by: review_by })
    } else if is_draft && now >= draft_due {
        (draft_due, Reminder::DraftOverdue { due_at: draft_due })
    } else if is_draft && now >= reminder {
        (reminder, Reminder::DraftSoon { due_at: draft_due })
    } else {
        return None;
    };
    (now - since < TOLD_WITHIN.delta()).then_some(what)
}

/// A person's actions that want something today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionsDue {
    pub overdue: u32,
    pub today: u32,
    pub tomorrow: u32,
    /// The one that is due longest.
    pub first: ActionId,
}

/// The day whose morning it is or was, where the team is; `None`: it has not begun.
pub fn morning(now: Instant, zone: Tz) -> Option<NaiveDate> {
    let there = now.with_timezone(&zone);
    (there.hour() >= MORNING).then(|| there.date_naive())
}

/// What this person hears that morning; `None`: nothing is overdue, or due until tomorrow.
pub fn of_actions<'a>(
    person: &PersonId,
    actions: impl IntoIterator<Item = &'a Action>,
    today: NaiveDate,
) -> Option<ActionsDue> {
    let mut found: Option<(NaiveDate, ActionsDue)> = None;
    for action in actions {
        let Some(due) = action.due.filter(|_| !action.status.is_over()) else { continue };
        let days = (due - today).num_days();
        if action.owner.as_ref() != Some(person) || days > 1 {
            continue;
        }
        let none = ActionsDue { overdue: 0, today: 0, tomorrow: 0, first: action.id };
        let (first, counted) = found.get_or_insert((due, none));
        if (due, action.id) < (*first, counted.first) {
            (*first, counted.first) = (due, action.id);
        }
        match days {
            1 => counted.tomorrow += 1,
            0 => counted.today += 1,
            _ => counted.overdue += 1,
        }
    }
    found.map(|(_, due)| due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postmortem::ActionStatus;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn t(text: &str) -> Instant {
        text.parse().unwrap()
    }

    /// Resolved on a Monday at 10:00.
    fn deadlines() -> Deadlines {
        Deadlines {
            reminder: t("2026-11-24T10:00:00Z"),
            draft_due: t("2026-11-25T10:00:00Z"),
            review_by: t("2026-11-30T23:00:00Z"),
        }
    }

    #[test]
    fn the_owner_is_reminded_of_the_draft_and_of_the_review_in_time() {
        let all = deadlines();
        let (due_at, by) = (all.draft_due, all.review_by);
        let heard = |now: &str| of_postmortem(&all, Stage::Draft, None, t(now));
        assert_eq!(heard("2026-11-24T09:59:59Z"), None);
        assert_eq!(heard("2026-11-24T10:00:00Z"), Some(Reminder::DraftSoon { due_at }));
        assert_eq!(heard("2026-11-25T10:00:00Z"), Some(Reminder::DraftOverdue { due_at }));
        assert_eq!(heard("2026-11-29T23:00:00Z"), Some(Reminder::ReviewSoon { by }));
        assert_eq!(heard("2026-11-30T23:00:00Z"), Some(Reminder::ReviewOverdue { by }));
        assert_eq!(heard("2026-12-07T23:00:00Z"), None, "a week later it is read, not told");
    }

    #[test]
    fn what_is_done_or_planned_is_not_reminded_of() {
        let all = deadlines();
        let heard = |stage, meeting, now: &str| of_postmortem(&all, stage, meeting, t(now));
        assert_eq!(heard(Stage::InReview, None, "2026-11-25T12:00:00Z"), None, "the draft is there");
        let meeting = Some(t("2026-11-30T09:00:00Z"));
        assert_eq!(heard(Stage::InReview, meeting, "2026-11-30T00:00:00Z"), None, "it is planned");
        assert!(heard(Stage::InReview, meeting, "2026-12-01T00:00:00Z").is_some(), "and led to nothing");
        for stage in [Stage::Published, Stage::Closed] {
            assert_eq!(heard(stage, None, "2026-12-01T00:00:00Z"), None);
        }
    }

    #[test]
    fn a_deadline_that_has_moved_is_another_reminder() {
        let (one, other) = (t("2026-11-25T10:00:00Z"), t("2026-11-26T10:00:00Z"));
        let name = |due_at| Reminder::DraftSoon { due_at }.name();
        assert_eq!(name(one), name(one));
        assert_ne!(name(one), name(other));
        assert_ne!(name(one), Reminder::DraftOverdue { due_at: one }.name());
    }

    #[test]
    fn the_morning_is_the_teams() {
        let zone: Tz = "America/New_York".parse().unwrap();
        assert_eq!(morning(t("2026-11-26T13:59:00Z"), zone), None);
        assert_eq!(morning(t("2026-11-26T14:00:00Z"), zone), "2026-11-26".parse().ok());
        assert_eq!(
            morning(t("2026-11-27T04:59:00Z"), zone),
            "2026-11-26".parse().ok(),
            "still their Thursday"
        );
        assert_eq!(morning(t("2026-11-27T05:00:00Z"), zone), None);
    }

    fn action(n: u128, owner: &str, due: Option<NaiveDate>, status: ActionStatus) -> Action {
        Action {
            id: ActionId(Uuid::from_u128(n)),
            title: "Add the index".into(),
            description: String::new(),
            kind: None,
            owner: Some(owner.into()),
            priority: None,
            due,
            status,
            reason: None,
            status_at: None,
            after: None,
            before: None,
            created_at: None,
            created_by: None,
            wanted: None,
            ticket: None,
            ticket_failed: None,
            pending: false,
        }
    }

    #[test]
    fn each_hears_of_their_own_actions_that_are_not_over() {
        let day = |n: u32| NaiveDate::from_ymd_opt(2026, 11, n);
        let all = [
            action(1, "ana", day(27), ActionStatus::Open),
            action(2, "ana", day(20), ActionStatus::InProgress),
            action(3, "ana", day(26), ActionStatus::Open),
            action(4, "ana", day(19), ActionStatus::Done),
            action(5, "ana", day(28), ActionStatus::Open),
            action(6, "ana", None, ActionStatus::Open),
            action(7, "ben", day(1), ActionStatus::Dropped),
        ];
        let first = ActionId(Uuid::from_u128(2));
        let expected = ActionsDue { overdue: 1, today: 1, tomorrow: 1, first };
        assert_eq!(of_actions(&"ana".into(), &all, day(26).unwrap()), Some(expected));
        assert_eq!(of_actions(&"ben".into(), &all, day(26).unwrap()), None);
    }

    proptest! {
        #[test]
        fn while_a_day_passes_nobody_hears_the_same_twice_and_a_draft_is_never_forgotten(hours in prop::collection::btree_set(0i64..200, 1..60)) {
            let all = deadlines();
            let start = t("2026-11-23T10:00:00Z");
            let mut told = std::collections::BTreeSet::new();
            for hour in &hours {
                told.extend(of_postmortem(&all, Stage::Draft, None, start + TimeDelta::hours(*hour)).map(|r| r.name()));
            }
            prop_assert!(told.len() <= 4);
            // Whoever looks at all after the reminder hears something.
            prop_assert_eq!(told.is_empty(), hours.iter().all(|hour| *hour < 24));
        }
    }
}
