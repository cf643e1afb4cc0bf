//! How a triage ends: with an incident, in another one, or with why it was none.

use super::super::{REPORT, TriageEnd};
use super::*;
use firebell_domain::incident::Declaration;
use firebell_domain::triage::{Outcome, Report};
use firebell_domain::{Instant, PageId, Severity};
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
    let end = TriageEnd::Declare(declaration("Checkout is down"), None);
    let made = ana.library.triaged(end, None, report("cards are refused"), at(1)).unwrap();
    ana.act(&mut office, made.1, at(1));
    let incident = made.0.unwrap();
    ben.hear(&mut office, at(2));
    let [kept] = &reports(&ben, incident)[..] else { panic!("{:?}", reports(&ben, incident)) };
    assert_eq!(kept.said["impact"], "cards are refused");
    assert_eq!(kept.outcome, Outcome::Declared { incident });

    let page = PageId(Uuid::from_u128(9));
    let into = TriageEnd::Merge(incident);
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
    let end = TriageEnd::Declare(declaration("Checkout is down"), None);
    ana.library.triaged(end, None, report(&"x".repeat(5_000)), at(1)).unwrap_err();
    assert!(ana.library.store().incidents(&Default::default(), 10, 0).unwrap().is_empty());
}

#[test]
fn the_report_of_a_private_incident_is_read_by_its_people_only() {
    let (mut office, mut ana, mut ben) = (Office::new(), Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let end = TriageEnd::Declare(declaration("Payroll"), Some(vec!["chi".into()]));
    let (incident, outputs) = ana.library.triaged(end, None, report("salaries"), at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    ben.hear(&mut office, at(2));
    assert!(ben.library.store().incident(incident.unwrap()).unwrap().is_none());
    let mut chi = Computer::new("chi", 3);
    chi.connect(&mut office, at(3));
    assert_eq!(reports(&chi, incident.unwrap()).len(), 1);
}
