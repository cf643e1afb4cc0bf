//! A postmortem as its authors meet it.

mod actions;
mod asks;
mod comments;
mod former;
mod joining;
mod properties;
mod stages;

use super::*;
use crate::incident::{Declaration, Incident, IncidentEvent, Moment, RecordedIncident, Status};
use crate::playbook::WorkingDays;
use crate::refusal::RefusalCode;
use crate::room::{Source, Spoken};
use crate::team::{BusinessHours, Team};
use crate::timeline::{Entry, EntryKind};
use crate::{ActionId, EntryId, IncidentId, Instant, Severity};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) fn t(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(super) fn now() -> Instant {
    t("2026-11-26T09:00:00Z")
}

/// What people wrote, as the record holds it.
#[derive(Clone, Default)]
pub(super) struct Written(pub(super) BTreeMap<String, (Value, PersonId)>);

impl Written {
    pub(super) fn by(mut self, person: &str, change: PostmortemChange) -> Self {
        change.check().unwrap();
        let by = PersonId::new(person);
        for (field, value) in change.writes(&by, now()) {
            assert!(is_field(&field), "{field}");
            self.0.insert(field, (value, by.clone()));
        }
        self
    }

    pub(super) fn seen<T>(&self, see: impl FnOnce(&Fields) -> T) -> T {
        let field = |(value, author): &'_ (Value, PersonId)| (value.clone(), author.clone());
        let owned: BTreeMap<_, _> = self.0.iter().map(|(name, f)| (name.clone(), field(f))).collect();
        let fields: Fields = owned
            .iter()
            .map(|(name, (value, author))| {
                (name.clone(), crate::room::Field { value, author, at: now(), pending: false })
            })
            .collect();
        see(&fields)
    }

    pub(super) fn read(&self) -> Postmortem {
        self.seen(|fields| Postmortem::of(fields, None))
    }
}

/// What the log takes for a field's name.
fn is_field(name: &str) -> bool {
    let is_fit = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-');
    (1..=128).contains(&name.len()) && name.bytes().all(is_fit)
}

pub(super) fn id(n: u128) -> String {
    Uuid::from_u128(n).simple().to_string()
}

pub(super) fn action(n: u128, change: ActionChange) -> PostmortemChange {
    PostmortemChange::Action { id: ActionId(Uuid::from_u128(n)), change }
}

fn entry(n: u128, kind: EntryKind, at: &str, text: &str) -> Entry {
    Entry {
        id: EntryId(Uuid::from_u128(n)),
        incident: IncidentId(Uuid::from_u128(1)),
        kind,
        text: text.into(),
        reason: None,
        at: t(at),
        corrects: None,
        run: None,
        attachments: vec![],
    }
}

/// Checkout was down from 02:05 to 03:10.
fn story() -> (Incident, Vec<RecordedIncident>, Vec<Entry>) {
    let ana = || PersonId::new("ana");
    let event = |at: &str, event| RecordedIncident { at: t(at), event };
    let history = vec![
        event(
            "2026-11-25T02:15:00Z",
            IncidentEvent::Declared {
                incident: IncidentId(Uuid::from_u128(1)),
                number: 12,
                by: ana(),
                claimed_at: None,
                declaration: Declaration {
                    title: "Checkout answers with errors".into(),
                    severity: Severity::Sev2,
                    services: vec!["checkout".into()],
                    detection: None,
                    detected_at: Some(t("2026-11-25T02:10:00Z")),
                    page: None,
                    commands: true,
                },
            },
        ),
        event(
            "2026-11-25T02:20:00Z",
            IncidentEvent::SeverityChanged {
                by: ana(),
                from: Severity::Sev2,
                to: Severity::Sev1,
                reason: "nobody can pay".into(),
            },
        ),
        event(
            "2026-11-25T03:10:00Z",
            IncidentEvent::StatusChanged {
                by: ana(),
                from: Status::Investigating,
                to: Status::Resolved,
                skipped: vec![],
            },
        ),
        event(
            "2026-11-25T03:30:00Z",
            IncidentEvent::MomentCorrected {
                by: ana(),
                moment: Moment::ImpactStarted,
                from: None,
                to: Some(t("2026-11-25T02:05:00Z")),
                reason: "by the graphs".into(),
            },
        ),
    ];
    let mut incident = Incident::from_declared(history[0].at, &history[0].event).unwrap();
    for recorded in &history[1..] {
        incident.apply(recorded.at, &recorded.event);
    }
    let entries = vec![
        entry(21, EntryKind::Checking, "2026-11-25T02:21:00Z", "the logs of payments"),
        entry(22, EntryKind::Found, "2026-11-25T02:31:00Z", "slow query in v3.4.2"),
        entry(23, EntryKind::Decision, "2026-11-25T02:33:00Z", "roll back"),
    ];
    (incident, history, entries)
}

pub(super) fn told<T>(see: impl FnOnce(&Source) -> T) -> T {
    let (incident, history, entries) = story();
    let ben = PersonId::new("ben");
    let timeline: Vec<Spoken> = entries
        .iter()
        .map(|entry| Spoken { entry, author: &ben, pending: false, corrected: false })
        .collect();
    let (fields, hours) = (BTreeMap::new(), BusinessHours::default());
    let work = WorkingDays { hours: &hours, zone: chrono_tz::UTC, holidays: &[] };
    see(&Source {
        incident: &incident,
        history: &history,
        timeline: &timeline,
        fields: &fields,
        writes: &[],
        work,
        team: None,
    })
}

fn lines(written: &Written) -> Vec<Line> {
    told(|source| written.seen(|fields| timeline(source, fields, &Names::default())))
}

fn shown(written: &Written) -> Vec<String> {
    let all = lines(written);
    let shown = all.iter().filter(|line| line.shown && line.within.is_none());
    shown.map(|line| format!("{} {}", line.at.format("%H:%M"), line.text)).collect()
}

pub(super) fn pick(key: &str, edit: LineEdit) -> PostmortemChange {
    PostmortemChange::Line { key: key.into(), edit: Some(edit) }
}

fn plain(shown: bool) -> LineEdit {
    LineEdit { shown, at: None, text: None, with: vec![] }
}

fn entry_key(n: u128) -> String {
    format!("entry_{}", id(n))
}

#[test]
fn the_record_drafts_the_timeline_and_the_author_picks() {
    let untouched = Written::default();
    let drafted = [
        "02:05 The impact began.",
        "02:10 The first signal.",
        "02:15 The incident was declared.",
        "02:20 Severity changed from SEV2 to SEV1: nobody can pay",
        "02:31 slow query in v3.4.2",
        "02:33 roll back",
        "03:10 Users stopped suffering.",
        "03:10 Resolved.",
    ];
    assert_eq!(shown(&untouched), drafted);
    let written = Written::default()
        .by("ana", pick(&entry_key(21), plain(true)))
        .by("ana", pick("moment_detected", plain(false)))
        .by(
            "ana",
            pick(
                &entry_key(22),
                LineEdit {
                    text: Some("A query without an index held every connection.".into()),
                    with: vec![entry_key(23)],
                    ..plain(true)
                },
            ),
        )
        .by(
            "ana",
            pick(
                &format!("own_{}", id(7)),
                LineEdit {
                    at: Some(t("2026-11-25T02:00:00Z")),
                    text: Some("v3.4.2 reached everybody.".into()),
                    ..plain(true)
                },
            ),
        );
    let picked = [
        "02:00 v3.4.2 reached everybody.",
        "02:05 The impact began.",
        "02:15 The incident was declared.",
        "02:20 Severity changed from SEV2 to SEV1: nobody can pay",
        "02:21 the logs of payments",
        "02:31 A query without an index held every connection.",
        "03:10 Users stopped suffering.",
        "03:10 Resolved.",
    ];
    assert_eq!(shown(&written), picked);
    let all = lines(&written);
    let query = all.iter().find(|line| line.key == entry_key(22)).unwrap();
    assert_eq!(query.original.as_deref(), Some("slow query in v3.4.2"), "the evidence stays");
    assert_eq!(query.evidence, Evidence::Entry { entry: EntryId(Uuid::from_u128(22)) });
    let hidden = all.iter().find(|line| line.key == entry_key(23)).unwrap();
    assert_eq!(hidden.within.as_ref(), Some(&query.key));
}

#[test]
fn an_own_line_says_what_and_when() {
    let key = format!("own_{}", id(7));
    let words = |edit: LineEdit| pick(&key, edit).check().unwrap_err().words;
    assert!(words(plain(true)).contains("empty"));
    assert!(words(LineEdit { text: Some("x".into()), ..plain(true) }).contains("no time"));
    for key in ["own_7", "entry_", "moment_lunch", "line", "event_-1"] {
        pick(key, plain(true)).check().unwrap_err();
    }
    let gone = Written::default()
        .by("ana", pick(&key, LineEdit { at: Some(now()), text: Some("x".into()), ..plain(true) }))
        .by("ana", PostmortemChange::Line { key: key.clone(), edit: None });
    assert_eq!(lines(&gone).len(), lines(&Written::default()).len());
}

#[test]
fn two_who_hang_two_lines_under_each_other_lose_neither() {
    let (a, b) = (entry_key(22), entry_key(23));
    let with = |key: &str| LineEdit { with: vec![key.into()], ..plain(true) };
    let written = Written::default().by("ana", pick(&a, with(&b))).by("ben", pick(&b, with(&a)));
    let visible: Vec<_> =
        lines(&written).into_iter().filter(|l| l.shown && l.within.is_none()).map(|l| l.key).collect();
    assert!(visible.contains(&a) != visible.contains(&b), "one stands for both: {visible:?}");
    let dropped = Written::default().by("ana", pick(&a, LineEdit { shown: false, ..with(&b) }));
    assert!(shown(&dropped).contains(&"02:33 roll back".to_owned()), "what nobody says is said by itself");
}

#[test]
fn the_facts_are_those_of_the_record() {
    told(|source| {
        let facts = PostmortemFacts::of(source, "Checkout answers with errors", &[]);
        assert_eq!(facts.usual_title, "[SEV-1] Checkout answers with errors - 2026-11-25");
        assert_eq!(facts.duration_s, Some(65 * 60));
        assert_eq!((facts.to_detect_s, facts.to_resolve_s), (Some(300), Some(3_600)));
        assert_eq!(facts.to_acknowledge_s, None, "nobody acknowledged: none, which is no 0");
        assert_eq!((facts.severity, facts.worst), (Severity::Sev1, Severity::Sev1));
        assert_eq!(facts.roles.len(), 1);
        assert_eq!(facts.services, ["checkout".into()]);
    });
}

#[test]
fn whys_branch_and_nothing_that_was_written_disappears() {
    let why = |n, under: Option<u128>, text: &str| PostmortemChange::Why {
        id: id(n),
        under: under.map(id),
        text: Some(text.into()),
    };
    let written = Written::default()
        .by("ana", why(1, None, "the query was slow"))
        .by("ana", why(2, Some(1), "an index was missing"))
        .by("ben", why(3, Some(1), "the table had grown"))
        .by("ben", why(4, Some(2), "the migration was not reviewed"));
    let tree = |written: &Written| -> Vec<String> {
        let whys = written.read().whys;
        whys.iter().map(|w| format!("{}{}", "  ".repeat(w.depth as usize), w.text)).collect()
    };
    assert_eq!(
        tree(&written),
        [
            "the query was slow",
            "  an index was missing",
            "    the migration was not reviewed",
            "  the table had grown",
        ]
    );
    let removed = written.by("ana", PostmortemChange::Why { id: id(2), under: Some(id(1)), text: None });
    assert_eq!(
        tree(&removed),
        ["the query was slow", "  the table had grown", "the migration was not reviewed"]
    );
    let ring = Written::default().by("ana", why(1, Some(2), "a")).by("ben", why(2, Some(1), "b"));
    assert_eq!(tree(&ring), ["a", "b"]);
}

#[test]
fn what_is_missing_is_said_and_goes_when_it_is_there() {
    let rules = PostmortemRules::default();
    let missing = |written: &Written, texts: &[&str]| -> Vec<Missing> {
        told(|source| {
            let facts = PostmortemFacts::of(source, "Checkout", &[]);
            let lines = lines(written);
            Missing::of(&written.read(), &facts, &lines, &rules, |section| texts.contains(&section))
        })
    };
    let section = |id: &str| Missing::Section { section: id.into() };
    assert_eq!(
        missing(&Written::default(), &[]),
        [
            Missing::Author,
            section("summary"),
            section("impact"),
            section("root_causes"),
            section("actions"),
            Missing::Reviewer,
        ]
    );
    let written = Written::default()
        .by("ana", PostmortemChange::Author { person: "ana".into(), is: true })
        .by("ana", PostmortemChange::Reviewer { person: "ben".into(), is: true })
        .by("ana", PostmortemChange::Figure { figure: Figure::UsersAffected, value: Some("1200".into()) })
        .by("ana", action(1, ActionChange::Create { title: "Add the index".into() }));
    let lacks = Missing::Action {
        id: ActionId(Uuid::from_u128(1)),
        title: "Add the index".into(),
        owner: true,
        due: true,
        priority: true,
    };
    assert_eq!(missing(&written, &["summary", "root_causes"]), [lacks]);
}

#[test]
fn figures_and_fields_name_what_they_take() {
    let figure = |figure, value: &str| {
        PostmortemChange::Figure { figure, value: Some(value.into()) }.check().map_err(|e| e.words)
    };
    figure(Figure::UsersAffected, "1200").unwrap();
    figure(Figure::UsersPercent, "12.5").unwrap();
    assert!(figure(Figure::UsersAffected, "many").unwrap_err().contains("whole number"));
    assert!(figure(Figure::UsersPercent, "101").unwrap_err().contains("0 to 100"));
    check_field("users_percent", &json!("3")).unwrap();
    check_field("users_percent", &json!(["3"])).unwrap_err();
    check_field("version", &json!({ "text": "# It broke" })).unwrap();
    check_field("version", &json!("# It broke")).unwrap_err();
    check_field("of_a_newer_version", &json!({ "x": 1 })).unwrap();
}

#[test]
fn a_section_of_headings_says_nothing() {
    assert!(!has_words("# Summary\n\n- \n---\n"));
    assert!(has_words("# Summary\n\nIt broke."));
    assert!(has_words("![](blob:1)\n"), "a picture says something");
    PostmortemRules::default().check().unwrap();
    let mut rules = PostmortemRules::default();
    rules.sections[1].id = "summary".into();
    assert!(rules.check().unwrap_err().words.contains("summary"));
    rules.sections.clear();
    rules.check().unwrap_err();
}
