//! Updates in time, late and missed, as a communications lead sees it.

use super::*;
use crate::team::Team;
use chrono::TimeDelta;
use proptest::prelude::*;

fn t(text: &str) -> Instant {
    text.parse().unwrap()
}

fn declared(severity: Severity) -> Course {
    Course {
        declared_at: t("2026-11-25T10:00:00Z"),
        severity,
        changes: vec![],
        status: Status::Investigating,
        last: None,
        reopened_at: None,
        handed_over: false,
    }
}

fn sent(course: &mut Course, at: &str) {
    course.last = Some(LastUpdate { at: t(at), next: None });
}

fn due(course: &Course) -> Instant {
    next(course, &Playbook::default()).unwrap().due_at
}

fn at(course: &Course, now: &str) -> State {
    state(course, &Playbook::default(), t(now))
}

#[test]
fn each_severity_has_its_cadence() {
    for (severity, expected) in [
        (Severity::Sev1, "2026-11-25T10:15:00Z"),
        (Severity::Sev2, "2026-11-25T10:30:00Z"),
        (Severity::Sev3, "2026-11-25T12:00:00Z"),
        (Severity::Sev4, "2026-11-26T10:00:00Z"),
    ] {
        assert_eq!(due(&declared(severity)), t(expected), "{severity}");
    }
}

#[test]
fn nobody_is_given_more_time_than_the_cadence() {
    let mut course = declared(Severity::Sev2);
    let left = |course: &Course| {
        let next = next(course, &Playbook::default()).unwrap();
        (next.since, next.due_at - next.since)
    };
    assert_eq!(left(&course), (t("2026-11-25T10:00:00Z"), TimeDelta::minutes(30)));
    sent(&mut course, "2026-11-25T10:20:00Z");
    assert_eq!(left(&course), (t("2026-11-25T10:20:00Z"), TimeDelta::minutes(30)));
    course.changes.push((t("2026-11-25T10:25:00Z"), Severity::Sev1));
    assert_eq!(left(&course), (t("2026-11-25T10:25:00Z"), TimeDelta::minutes(15)), "a turn of the new one");
}

#[test]
fn the_lead_is_reminded_and_the_commander_rung() {
    let mut sev1 = declared(Severity::Sev1);
    let holders = Holders { commander: Some("ana".into()), communications_lead: Some("ben".into()) };
    let told = |course: &Course, now| at(course, now).tells(&holders);
    assert_eq!(told(&sev1, "2026-11-25T10:09:59Z"), []);
    assert_eq!(told(&sev1, "2026-11-25T10:10:00Z"), ["ben".into()], "five minutes before");
    assert_eq!(told(&sev1, "2026-11-25T10:14:59Z"), ["ben".into()]);
    assert_eq!(told(&sev1, "2026-11-25T10:15:00Z"), ["ana".into()], "missed");
    sent(&mut sev1, "2026-11-25T10:16:00Z");
    assert_eq!(told(&sev1, "2026-11-25T10:16:01Z"), [], "an update, late as it is, ends it");
    assert_eq!(due(&sev1), t("2026-11-25T10:31:00Z"));
    // Nobody holds the role: the other one hears of it.
    let alone = Holders { commander: Some("ana".into()), communications_lead: None };
    assert_eq!(at(&sev1, "2026-11-25T10:27:00Z").tells(&alone), ["ana".into()]);
    let no_commander = Holders { commander: None, communications_lead: Some("ben".into()) };
    assert_eq!(at(&sev1, "2026-11-25T10:31:00Z").tells(&no_commander), ["ben".into()]);
    assert_eq!(at(&sev1, "2026-11-25T10:31:00Z").tells(&Holders::default()), []);
}

#[test]
fn the_commander_is_told_again_for_every_update_that_is_missed() {
    let sev1 = declared(Severity::Sev1);
    let times = |now| match at(&sev1, now) {
        State::Missed { times, .. } => times,
        other => panic!("{other:?}"),
    };
    assert_eq!(times("2026-11-25T10:15:00Z"), 1);
    assert_eq!(times("2026-11-25T10:29:59Z"), 1);
    assert_eq!(times("2026-11-25T10:30:00Z"), 2);
    assert_eq!(times("2026-11-25T11:00:00Z"), 4);
}

#[test]
fn a_named_time_counts_within_the_range_of_the_severity() {
    let mut sev1 = declared(Severity::Sev1);
    let named = |sev1: &mut Course, next: &str| {
        sev1.last = Some(LastUpdate { at: t("2026-11-25T10:10:00Z"), next: Some(t(next)) });
        due(sev1)
    };
    assert_eq!(named(&mut sev1, "2026-11-25T10:35:00Z"), t("2026-11-25T10:35:00Z"));
    assert_eq!(named(&mut sev1, "2026-11-25T10:15:00Z"), t("2026-11-25T10:15:00Z"), "sooner than asked for");
    assert_eq!(named(&mut sev1, "2026-11-25T16:00:00Z"), t("2026-11-25T10:40:00Z"), "thirty minutes at most");
    assert_eq!(
        named(&mut sev1, "2026-11-25T09:00:00Z"),
        t("2026-11-25T10:25:00Z"),
        "a time that is over is none"
    );
}

#[test]
fn a_worse_severity_wants_an_update_sooner_but_never_in_the_past() {
    let mut course = declared(Severity::Sev3);
    course.changes.push((t("2026-11-25T11:00:00Z"), Severity::Sev1));
    assert_eq!(due(&course), t("2026-11-25T11:15:00Z"));
    let mut course = declared(Severity::Sev3);
    course.changes.push((t("2026-11-25T11:55:00Z"), Severity::Sev1));
    assert_eq!(due(&course), t("2026-11-25T12:00:00Z"), "five minutes later it was due anyway");
}

#[test]
fn a_lower_severity_leaves_more_time_and_forgives_nothing() {
    let mut course = declared(Severity::Sev1);
    course.changes.push((t("2026-11-25T10:05:00Z"), Severity::Sev3));
    assert_eq!(due(&course), t("2026-11-25T12:00:00Z"));
    let mut missed = declared(Severity::Sev1);
    missed.changes.push((t("2026-11-25T10:20:00Z"), Severity::Sev3));
    assert_eq!(due(&missed), t("2026-11-25T10:15:00Z"));
    assert!(matches!(at(&missed, "2026-11-25T10:21:00Z"), State::Missed { times: 1, .. }));
}

#[test]
fn a_low_severity_is_reminded_of_and_rings_nobody() {
    let sev4 = declared(Severity::Sev4);
    let late = at(&sev4, "2026-11-28T10:00:00Z");
    assert!(matches!(late, State::Reminding { next } if next.missed_at.is_none()), "{late:?}");
    assert_eq!(late.changes_at(), None);
}

#[test]
fn it_is_quiet_when_it_is_over_or_somebody_elses() {
    let late = "2026-11-25T18:00:00Z";
    for status in [Status::Resolved, Status::Closed, Status::Merged, Status::FalseAlarm] {
        let over = Course { status, ..declared(Severity::Sev1) };
        assert_eq!(at(&over, late), State::Quiet, "{status:?}");
    }
    assert_eq!(at(&Course { handed_over: true, ..declared(Severity::Sev1) }, late), State::Quiet);
    assert_eq!(State::Quiet.changes_at(), None);
    assert!(matches!(
        at(&Course { status: Status::Monitoring, ..declared(Severity::Sev1) }, late),
        State::Missed { .. }
    ));
}

#[test]
fn a_reopened_incident_begins_its_cadence_anew() {
    let mut course = declared(Severity::Sev2);
    sent(&mut course, "2026-11-25T11:00:00Z");
    course.reopened_at = Some(t("2026-11-25T15:00:00Z"));
    assert_eq!(due(&course), t("2026-11-25T15:30:00Z"), "nothing was missed while it was resolved");
    sent(&mut course, "2026-11-25T15:10:00Z");
    assert_eq!(due(&course), t("2026-11-25T15:40:00Z"));
}

#[test]
fn whoever_handed_the_role_over_is_left_in_peace() {
    let sev1 = declared(Severity::Sev1);
    let now = at(&sev1, "2026-11-25T10:11:00Z");
    let before = Holders { commander: Some("ana".into()), communications_lead: Some("ben".into()) };
    let after = Holders { communications_lead: Some("chi".into()), ..before.clone() };
    assert_eq!((now.tells(&before), now.tells(&after)), (vec!["ben".into()], vec!["chi".into()]));
}

#[test]
fn a_team_has_its_own_times() {
    let team: Team = serde_json::from_value(serde_json::json!({
        "team": { "name": "Acme" },
        "playbook": {
            "severities": { "SEV1": { "updates": { "every": "20m" } } },
            "updates": { "remind_before": "2m", "missed_after": "3m" },
        },
    }))
    .unwrap();
    let next = next(&declared(Severity::Sev1), &team.playbook()).unwrap();
    assert_eq!(
        [next.remind_at, next.due_at, next.missed_at.unwrap()],
        ["2026-11-25T10:18:00Z", "2026-11-25T10:20:00Z", "2026-11-25T10:23:00Z"].map(t)
    );
}

#[test]
fn the_record_of_an_incident_says_all_there_is_to_know() {
    use crate::incident::Declaration;
    let declaration = Declaration {
        title: "Checkout fails".into(),
        severity: Severity::Sev3,
        services: vec![],
        detection: None,
        detected_at: None,
        page: None,
        commands: false,
    };
    let by = || "ana".into();
    let incident = crate::IncidentId(uuid::Uuid::from_u128(1));
    // Declared at ten on a train, heard of at five past.
    let claimed_at = Some(t("2026-11-25T10:00:00Z"));
    let record = [
        (
            "2026-11-25T10:05:00Z",
            IncidentEvent::Declared { incident, number: 1, by: by(), claimed_at, declaration },
        ),
        (
            "2026-11-25T10:10:00Z",
            IncidentEvent::SeverityChanged {
                by: by(),
                from: Severity::Sev3,
                to: Severity::Sev1,
                reason: String::new(),
            },
        ),
        (
            "2026-11-25T10:20:00Z",
            IncidentEvent::StatusChanged {
                by: by(),
                from: Status::Investigating,
                to: Status::Resolved,
                skipped: vec![],
            },
        ),
        ("2026-11-25T12:00:00Z", IncidentEvent::Reopened { by: by() }),
    ]
    .map(|(at, event)| RecordedIncident { at: t(at), event });
    let course = |n: usize| Course::of(&record[..n]);
    assert_eq!(course(0), None);
    assert_eq!(due(&course(1).unwrap()), t("2026-11-25T12:00:00Z"));
    assert_eq!(due(&course(2).unwrap()), t("2026-11-25T10:25:00Z"));
    assert_eq!(at(&course(3).unwrap(), "2026-11-25T18:00:00Z"), State::Quiet);
    assert_eq!(due(&course(4).unwrap()), t("2026-11-25T12:15:00Z"));
}

/// Within a week around the night in which Berlin's clocks go back, and the one in which they go forward.
fn any_instant() -> impl Strategy<Value = Instant> {
    let base = prop_oneof![Just("2026-10-24T00:00:00Z"), Just("2026-03-28T00:00:00Z")];
    (base, 0_i64..3 * 86_400).prop_map(|(base, seconds)| t(base) + TimeDelta::seconds(seconds))
}

fn any_severity() -> impl Strategy<Value = Severity> {
    (1_u8..=4).prop_map(|n| Severity::from_number(n).unwrap())
}

fn any_course() -> impl Strategy<Value = Course> {
    let changes = prop::collection::vec((0_i64..20_000, any_severity()), 0..5);
    let last = prop::option::of((0_i64..20_000, prop::option::of(-1_000_i64..20_000)));
    (any_instant(), any_severity(), changes, last, prop::option::of(0_i64..20_000)).prop_map(
        |(declared_at, severity, changes, last, reopened)| {
            let after = |seconds| declared_at + TimeDelta::seconds(seconds);
            let mut changes: Vec<_> = changes.into_iter().map(|(s, severity)| (after(s), severity)).collect();
            changes.sort_by_key(|(at, _)| *at);
            let last = last.map(|(s, next)| LastUpdate { at: after(s), next: next.map(|n| after(s + n)) });
            let (status, handed_over) = (Status::Identified, false);
            Course {
                declared_at,
                severity,
                changes,
                status,
                last,
                reopened_at: reopened.map(after),
                handed_over,
            }
        },
    )
}

proptest! {
    #[test]
    fn a_change_of_the_clocks_moves_no_update(at in any_instant(), severity in any_severity()) {
        let mut course = Course { declared_at: at, ..declared(severity) };
        let playbook = Playbook::default();
        let every = playbook.severity(severity).updates.every;
        prop_assert_eq!(next(&course, &playbook).unwrap().due_at - at, every.delta());
        // The same incident at another time of the year has the same times, counted from its beginning.
        let elsewhere = Course { declared_at: t("2026-07-01T12:00:00Z"), ..course.clone() };
        prop_assert_eq!(due(&elsewhere) - elsewhere.declared_at, due(&course) - course.declared_at);
        course.last = Some(LastUpdate { at: at + TimeDelta::seconds(90), next: None });
        prop_assert_eq!(due(&course) - at, every.delta() + TimeDelta::seconds(90));
    }

    #[test]
    fn the_times_stand_in_their_order(course in any_course()) {
        let next = next(&course, &Playbook::default()).unwrap();
        prop_assert!(next.remind_at <= next.due_at);
        prop_assert!(next.missed_at.is_none_or(|missed| missed >= next.due_at));
        prop_assert!(next.due_at > course.declared_at);
    }

    #[test]
    fn time_only_ever_makes_it_more_urgent_until_an_update_is_sent(course in any_course(), a in 0_i64..200_000, b in 0_i64..200_000) {
        let rank = |seconds: i64| match state(&course, &Playbook::default(), course.declared_at + TimeDelta::seconds(seconds)) {
            State::Quiet => panic!("it is open"),
            State::Waiting { .. } => 0,
            State::Reminding { .. } => 1,
            State::Missed { times, .. } => 1 + times,
        };
        prop_assert!(rank(a.min(b)) <= rank(a.max(b)));
    }

    #[test]
    fn a_timer_wakes_exactly_when_the_state_changes(course in any_course(), seconds in 0_i64..50_000) {
        let playbook = Playbook::default();
        let now = course.declared_at + TimeDelta::seconds(seconds);
        let state_now = state(&course, &playbook, now);
        if let Some(then) = state_now.changes_at() {
            prop_assert!(then > now, "{then} is not after {now}");
            prop_assert_eq!(&state(&course, &playbook, then - TimeDelta::milliseconds(1)), &state_now);
            prop_assert_ne!(state(&course, &playbook, then), state_now);
        }
    }

    #[test]
    fn a_worse_severity_never_puts_an_update_off(course in any_course(), after in 0_i64..4_000) {
        let last = course.changes.last().map_or(course.declared_at, |(at, _)| *at);
        let now = course.changes.last().map_or(course.severity, |(_, s)| *s);
        let mut worse = course.clone();
        worse.changes.push((last + TimeDelta::seconds(after), Severity::Sev1));
        prop_assume!(Severity::Sev1.is_worse_than(now));
        // After the last update only: before it, it is the severity under which the update was sent.
        prop_assume!(course.last.is_none_or(|l| l.next.is_none()));
        prop_assert!(due(&worse) <= due(&course));
    }

    #[test]
    fn an_update_is_always_an_answer(course in any_course(), after in 0_i64..100_000) {
        let mut answered = course.clone();
        let now = due(&course) + TimeDelta::seconds(after);
        answered.last = Some(LastUpdate { at: now, next: None });
        let begun = answered.reopened_at.unwrap_or(answered.declared_at);
        prop_assume!(now >= begun);
        let state = state(&answered, &Playbook::default(), now);
        prop_assert!(matches!(state, State::Waiting { .. }), "{state:?}");
    }
}
