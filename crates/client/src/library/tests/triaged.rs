//! How a triage ends: with an incident, in another one, or with why it was none.

use super::super::{REPORT, Rings, TriageEnd};
use super::*;
use firebell_domain::incident::{Declaration, IncidentEvent};
use firebell_domain::triage::{Outcome, Report};
use firebell_domain::{Instant, PageId, PersonId, Severity};
use firebell_log::RecordId;
use uuid::Uuid;

fn report(said: &str) -> impl FnOnce(Outcome) -> Report {
    let said = [("impact".to_owned(), said.to_owned())].into();
    move |outcome| Report { said, ..Report::without_checks("ana".into(), Instant::default(), outcome) }
}

fn declaration(title: &str) -> Box<Declaration> {
    Box::new(Declaration {
        title: title.into(),
        severity: Severity::Sev2,
        services: vec![],
        detection: None,
        detected_at: None,
        page: None,
        commands: true,
    })
}

fn reports(computer: &Computer, incident: IncidentId) -> Vec<Report> {
    let detail = computer.library.store().incident(incident).unwrap().unwrap();
    let fields = detail.fields.into_iter().filter(|(name, _)| name.starts_with("triage_"));
    fields.map(|(_, field)| serde_json::from_value(field.value).unwrap()).collect()
}

#[test]
fn a_report_is_kept_with_the_incident_it_led_to_and_the_team_reads_it() {
    let (mut office, mut ana, mut ben) = (Office::new(), Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let end = TriageEnd::Declare(declaration("Checkout is down"), None, None);
    let made = ana.library.triaged(end, None, report("cards are refused"), at(1)).unwrap();
    ana.act(&mut office, made.1, at(1));
    let incident = made.0.unwrap();
    ben.hear(&mut office, at(2));
    let [kept] = &reports(&ben, incident)[..] else { panic!("{:?}", reports(&ben, incident)) };
    assert_eq!(kept.said["impact"], "cards are refused");
    assert_eq!(kept.outcome, Outcome::Declared { incident });

    let page = PageId(Uuid::from_u128(9));
    let into = TriageEnd::Merge(incident, None);
    let merged = ben.library.triaged(into, Some(page), report("the same again"), at(3)).unwrap();
    ben.act(&mut office, merged.1, at(3));
    ana.hear(&mut office, at(4));
    assert_eq!(reports(&ana, incident).len(), 2);
    let known = ana.library.store().incident_row(incident).unwrap().unwrap();
    assert_eq!(known.incident.pages, [page], "its page belongs to the incident now");
}

#[test]
fn why_it_was_no_incident_is_kept_by_itself_and_an_empty_reason_is_refused() {
    let (mut office, mut ana, mut ben) = (Office::new(), Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let no = |why: &str| TriageEnd::NotAnIncident(why.into());
    let refused = ana.library.triaged(no("  "), None, report("x"), at(1)).unwrap_err();
    assert!(refused.to_string().contains("outcome.why"), "{refused}");
    let (none, outputs) = ana.library.triaged(no("A test of the probe"), None, report("x"), at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    assert_eq!(none, None);
    ben.hear(&mut office, at(2));
    let found = ben.library.store().fields_of_kind(RecordId::TRIAGE, REPORT, 10).unwrap();
    let [(_, field)] = &found[..] else { panic!("{found:?}") };
    let kept: Report = serde_json::from_value(field.value.clone()).unwrap();
    assert_eq!(kept.outcome, Outcome::NotAnIncident { why: "A test of the probe".into() });
}

#[test]
fn what_is_wrong_with_a_report_is_said_before_anything_is_declared() {
    let mut ana = Computer::new("ana", 1);
    let end = TriageEnd::Declare(declaration("Checkout is down"), None, None);
    ana.library.triaged(end, None, report(&"x".repeat(5_000)), at(1)).unwrap_err();
    assert!(ana.library.store().incidents(&Default::default(), 10, 0).unwrap().is_empty());
}

#[test]
fn the_report_of_a_private_incident_is_read_by_its_people_only() {
    let (mut office, mut ana, mut ben) = (Office::new(), Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let end = TriageEnd::Declare(declaration("Payroll"), Some(vec!["chi".into()]), None);
    let (incident, outputs) = ana.library.triaged(end, None, report("salaries"), at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    ben.hear(&mut office, at(2));
    assert!(ben.library.store().incident(incident.unwrap()).unwrap().is_none());
    let mut chi = Computer::new("chi", 3);
    chi.connect(&mut office, at(3));
    assert_eq!(reports(&chi, incident.unwrap()).len(), 1);
}

#[test]
fn more_people_are_rung_for_the_incident_that_it_leads_to_or_nothing_is_declared() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let rings = |who: &str, message: &str| Rings { people: vec![who.into()], message: message.into() };
    let declares = |people: Option<Vec<PersonId>>, rings| {
        TriageEnd::Declare(declaration("Checkout is down"), people, Some(rings))
    };
    let mut refused = |end| ana.library.triaged(end, None, report("x"), at(1)).unwrap_err().to_string();
    let words = refused(declares(None, rings("ben", " ")));
    assert!(words.contains("what they are wanted for"), "{words}");
    let words = refused(declares(Some(vec!["chi".into()]), rings("ben", "the database")));
    assert!(words.contains("may not see it"), "{words}");
    assert!(ana.library.store().incidents(&Default::default(), 10, 0).unwrap().is_empty());

    let rung = |ana: &Computer, incident| {
        let history = ana.library.store().incident_history(incident).unwrap();
        let of = |e: IncidentEvent| match e {
            IncidentEvent::PeoplePaged { people, message, .. } => Some((people, message)),
            _ => None,
        };
        history.into_iter().filter_map(|r| of(r.event)).collect::<Vec<_>>()
    };
    let end = declares(None, rings("ben", "the database"));
    let (incident, outputs) = ana.library.triaged(end, None, report("x"), at(2)).unwrap();
    ana.act(&mut office, outputs, at(2));
    ana.hear(&mut office, at(3));
    let incident = incident.unwrap();
    assert_eq!(rung(&ana, incident), [(vec!["ben".into()], "the database".to_owned())]);

    let end = TriageEnd::Merge(incident, Some(rings("chi", "it is the same")));
    let (_, outputs) = ana.library.triaged(end, None, report("y"), at(4)).unwrap();
    ana.act(&mut office, outputs, at(4));
    ana.hear(&mut office, at(5));
    assert_eq!(rung(&ana, incident).len(), 2);
}
