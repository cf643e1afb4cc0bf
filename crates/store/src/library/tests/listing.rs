//! The list of incidents, as somebody narrows it down.

use super::super::listing::{count_sql, part_sql};
use super::super::{IncidentFilter, LibraryStore};
use super::*;
use firebell_domain::PersonId;
use firebell_domain::incident::Status;
use firebell_domain::playbook::IncidentRole;
use firebell_domain::room::{Part, RoomChange};
use firebell_protocol::incidents::PersonFilter;
use std::collections::BTreeMap;

/// Four incidents of a team: #1 is over, #2 to #4 are not. Ben declared all of them.
fn team() -> LibraryStore {
    let mut store = library();
    let declare = |seq: u64, title: &str, severity, services: &[&str]| {
        let services = services.iter().map(|s| (*s).into()).collect();
        let declaration = Declaration { severity, services, ..declaration(title) };
        let (incident, by) = (incident(u128::from(seq)), "ben".into());
        let event = IncidentEvent::Declared { incident, number: seq, by, claimed_at: None, declaration };
        decided(seq, incident, 1, vec![event], None)
    };
    settle(
        &mut store,
        vec![
            declare(1, "Checkout is down", Severity::Sev1, &["payments", "web"]),
            declare(2, "Search is slow", Severity::Sev3, &["search"]),
            declare(3, "Checkout is slow in São Paulo", Severity::Sev2, &["payments"]),
            declare(4, "Mails are late", Severity::Sev4, &[]),
        ],
    );
    let (from, by) = (Status::Investigating, PersonId::new("ben"));
    let resolved =
        IncidentEvent::StatusChanged { from, to: Status::Resolved, skipped: vec![], by: by.clone() };
    let identified = IncidentEvent::StatusChanged { from, to: Status::Identified, skipped: vec![], by };
    settle(
        &mut store,
        vec![
            decided(5, incident(1), 2, vec![resolved], None),
            decided(6, incident(3), 2, vec![identified], None),
        ],
    );
    store
}

fn found(store: &LibraryStore, filter: &IncidentFilter) -> Vec<u64> {
    let rows = store.incidents(filter, 100, 0).unwrap();
    assert_eq!(rows.len(), store.incident_count(filter).unwrap() as usize, "as many as counted");
    rows.into_iter().map(|row| row.incident.number).collect()
}

fn any() -> IncidentFilter {
    IncidentFilter::default()
}

#[test]
fn open_ones_come_first_and_then_the_latest() {
    let store = team();
    assert_eq!(found(&store, &any()), [4, 3, 2, 1]);
    assert_eq!(found(&store, &IncidentFilter { open: Some(false), ..any() }), [1]);
    let second: Vec<u64> =
        store.incidents(&any(), 2, 1).unwrap().into_iter().map(|r| r.incident.number).collect();
    assert_eq!(second, [3, 2], "a part from the middle");
    assert_eq!(store.incidents(&any(), 2, 9).unwrap(), [], "behind the end");
}

#[test]
fn it_is_narrowed_down_by_status_severity_service_and_time_together() {
    let store = team();
    let severities = vec![Severity::Sev1, Severity::Sev2];
    assert_eq!(found(&store, &IncidentFilter { severities: severities.clone(), ..any() }), [3, 1]);
    let statuses = vec![Status::Identified, Status::Resolved];
    assert_eq!(found(&store, &IncidentFilter { statuses: statuses.clone(), ..any() }), [3, 1]);
    let services = vec!["payments".into(), "web".into()];
    assert_eq!(found(&store, &IncidentFilter { services: services.clone(), ..any() }), [3, 1]);
    let both = IncidentFilter { severities, statuses, services, open: Some(true), ..any() };
    assert_eq!(found(&store, &both), [3]);
    let between = IncidentFilter { declared_from: Some(at(2)), declared_until: Some(at(4)), ..any() };
    assert_eq!(found(&store, &between), [3, 2], "from its first moment, until before its last");
}

#[test]
fn words_are_looked_for_in_title_and_impact_and_a_number_is_a_number() {
    let mut store = team();
    let by = |store: &LibraryStore, text: &str| found(store, &IncidentFilter { text: text.into(), ..any() });
    assert_eq!(by(&store, "checkout"), [3, 1]);
    assert_eq!(by(&store, "CHECKOUT slo"), [3], "the last word may be unfinished");
    assert_eq!(by(&store, "sao"), [3], "without accents");
    assert_eq!(by(&store, "#2"), [2]);
    assert_eq!(by(&store, "kafka"), [] as [u64; 0]);
    assert_eq!(by(&store, "\"' OR 1=1 --"), [] as [u64; 0], "what is typed is words and nothing else");
    assert_eq!(by(&store, "…"), [] as [u64; 0]);
    assert_eq!(by(&store, "  "), [4, 3, 2, 1]);
    let impact = Change::Record {
        record: RecordId::incident(incident(4)),
        field: "impact".into(),
        value: "Nobody gets a receipt.".into(),
        replaces: None,
    };
    write(&mut store, &impact);
    assert_eq!(by(&store, "receipt"), [4]);
}

#[test]
fn who_leads_who_helps_and_who_declared_is_found_as_it_is_now() {
    let mut store = team();
    let by = |store: &LibraryStore, who: &str, part: Part| {
        let person = Some(PersonFilter { person: who.into(), part });
        found(store, &IncidentFilter { person, ..any() })
    };
    let role = |role, to: &str| IncidentEvent::RoleAssigned {
        by: "ben".into(),
        role,
        to: to.into(),
        from: None,
        reason: String::new(),
    };
    settle(
        &mut store,
        vec![
            decided(7, incident(2), 2, vec![role(IncidentRole::Commander, "ana")], None),
            decided(8, incident(3), 3, vec![role(IncidentRole::Scribe, "ana")], None),
        ],
    );
    let helps = |on: Option<&str>| {
        let change = RoomChange::Responder { person: "ana".into(), on: on.map(str::to_owned) };
        let (field, value) = (change.field(), change.value());
        Change::Record { record: RecordId::incident(incident(4)), field, value, replaces: None }
    };
    let first = write(&mut store, &helps(Some("the mail queue")));
    for _ in 0..2 {
        assert_eq!(by(&store, "ana", Part::Commander), [2]);
        assert_eq!(by(&store, "ana", Part::Role), [3, 2]);
        assert_eq!(by(&store, "ana", Part::Responder), [4, 3, 2]);
        assert_eq!(by(&store, "ana", Part::DeclaredBy), [] as [u64; 0]);
        assert_eq!(by(&store, "ben", Part::Any), [4, 3, 2, 1]);
        assert_eq!(by(&store, "ben", Part::DeclaredBy), [4, 3, 2, 1]);
        assert_eq!(by(&store, "nobody", Part::Any), [] as [u64; 0]);
        assert_eq!(store.check().unwrap(), Vec::<String>::new());
        store.rebuild().unwrap();
    }
    let Change::Record { record, field, value, .. } = helps(None) else { unreachable!() };
    write(&mut store, &Change::Record { record, field, value, replaces: Some(first) });
    assert_eq!(by(&store, "ana", Part::Responder), [3, 2], "has left #4");
    let listed = |store: &LibraryStore| {
        let mut responders = BTreeMap::new();
        let taken = store.each_incident(&any(), |l| {
            responders.insert(l.row.incident.number, l.responders);
            Ok::<_, ()>(())
        });
        assert_eq!(taken.unwrap(), Ok(4));
        responders
    };
    assert_eq!(listed(&store)[&2], [PersonId::new("ana")], "whoever holds a role takes part");
    assert_eq!(listed(&store)[&4], [] as [PersonId; 0], "has left, and did nothing");
}

#[test]
fn reading_every_incident_ends_with_the_first_that_cannot_be_taken() {
    let store = team();
    let mut seen = 0;
    let taken = store.each_incident(&any(), |_| {
        seen += 1;
        if seen == 2 { Err("the disk is full") } else { Ok(()) }
    });
    assert_eq!((taken.unwrap(), seen), (Err("the disk is full"), 2));
}

/// A list of a hundred thousand answers while somebody types only if no row is read that is not shown.
#[test]
fn a_list_is_found_in_its_index_alone_whatever_it_is_asked_for() {
    let store = library();
    let plan = |sql: &str| -> Vec<String> {
        let mut plan = store.queries.db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let nothing = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps = plan.query_map(rusqlite::params_from_iter(nothing), |r| r.get::<_, String>(3)).unwrap();
        steps.map(Result::unwrap).collect()
    };
    let filters = [
        any(),
        IncidentFilter { open: Some(true), ..any() },
        IncidentFilter { severities: vec![Severity::Sev1], statuses: vec![Status::Closed], ..any() },
        IncidentFilter { services: vec!["a".into(), "b".into()], ..any() },
        IncidentFilter { declared_from: Some(at(0)), declared_until: Some(at(1)), ..any() },
        IncidentFilter { text: "check".into(), ..any() },
        IncidentFilter { text: "12".into(), ..any() },
        IncidentFilter { person: Some(PersonFilter { person: "ana".into(), part: Part::Any }), ..any() },
        IncidentFilter {
            person: Some(PersonFilter { person: "ana".into(), part: Part::Commander }),
            ..any()
        },
    ];
    for filter in filters {
        let conditions = super::super::listing::conditions(&filter);
        for sql in [part_sql(&conditions), count_sql(&conditions)] {
            let steps = plan(&sql);
            let has = |what: &str| steps.iter().any(|s| s.contains(what));
            assert!(has("COVERING INDEX view_incident_list"), "{filter:?}: {steps:#?}");
            assert!(!has("TEMP B-TREE"), "it is in order as it is found. {filter:?}: {steps:#?}");
            let reads_all = |s: &&String| s.starts_with("SCAN") && !s.contains("view_incident_list");
            let scans: Vec<_> = steps
                .iter()
                .filter(reads_all)
                .filter(|s| !s.contains("VIRTUAL TABLE") && !s.contains("(subquery"))
                .collect();
            assert!(scans.is_empty(), "{filter:?}: {scans:?}");
        }
    }
}
