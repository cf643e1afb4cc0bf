//! Two incidents that have to do with each other.

use super::*;
use firebell_domain::Severity;
use firebell_domain::incident::Declaration;
use firebell_domain::related::related;
use firebell_domain::room::Field;

fn declaration(title: &str) -> Declaration {
    Declaration {
        title: title.into(),
        severity: Severity::Sev2,
        services: vec![],
        detection: None,
        detected_at: None,
        page: None,
        commands: true,
    }
}

/// Which ones this computer knows as related, with why, and what the timeline says.
fn told(computer: &Computer, incident: IncidentId) -> (Vec<(IncidentId, String)>, Vec<String>) {
    let detail = computer.library.store().incident(incident).unwrap().unwrap();
    let field = |f| -> Field {
        let f: &firebell_protocol::library::FieldView = f;
        Field { value: &f.value, author: &f.author, at: f.at, pending: f.pending }
    };
    let fields = detail.fields.iter().map(|(name, f)| (name.clone(), field(f))).collect();
    let found = related(&fields).into_iter().map(|r| (r.incident, r.reason)).collect();
    (found, detail.timeline.into_iter().map(|v| v.entry.text).collect())
}

#[test]
fn both_say_so_on_every_computer_and_both_end_it() {
    let (mut office, mut ana, mut ben) = (Office::new(), Computer::new("ana", 1), Computer::new("ben", 2));
    ana.connect(&mut office, at(0));
    ben.connect(&mut office, at(0));
    let (one, outputs) = ana.library.declare(declaration("Checkout is down"), at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    let (two, outputs) = ana.library.declare(declaration("Search is slow"), at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    ana.hear(&mut office, at(2));
    ben.hear(&mut office, at(2));

    let refused = ben.library.relate(one, two, "  ", true, at(3)).unwrap_err().to_string();
    assert!(refused.contains("reason: "), "{refused}");
    let (_, outputs) = ben.library.relate(one, two, "the same slow query", true, at(3)).unwrap();
    ben.act(&mut office, outputs, at(3));
    ana.hear(&mut office, at(4));
    let number = |id| ben.library.store().incident_row(id).unwrap().unwrap().incident.number;
    for computer in [&ana, &ben] {
        let why = "the same slow query".to_owned();
        let (found, timeline) = told(computer, one);
        assert_eq!(found, [(two, why.clone())]);
        let said = format!("Related to #{} “Search is slow”: the same slow query", number(two));
        assert_eq!(timeline, [said]);
        let (found, timeline) = told(computer, two);
        assert_eq!(found, [(one, why)]);
        let said = format!("Related to #{} “Checkout is down”: the same slow query", number(one));
        assert_eq!(timeline, [said]);
    }
    // From the other side.
    let (_, outputs) = ana.library.relate(two, one, "another query after all", false, at(5)).unwrap();
    ana.act(&mut office, outputs, at(5));
    ben.hear(&mut office, at(6));
    for id in [one, two] {
        let (found, timeline) = told(&ben, id);
        assert_eq!((found, timeline.len()), (vec![], 2), "why stays in the timeline");
    }
}

#[test]
fn a_private_one_is_not_named_where_others_read() {
    let (mut office, mut ana) = (Office::new(), Computer::new("ana", 1));
    ana.connect(&mut office, at(0));
    let (open, outputs) = ana.library.declare(declaration("Checkout is down"), at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    let (private, outputs) =
        ana.library.declare_privately(declaration("Payroll"), vec!["ben".into()], at(1)).unwrap();
    ana.act(&mut office, outputs, at(1));
    ana.hear(&mut office, at(2));
    for (one, other) in [(open, private), (private, open)] {
        let refused = ana.library.relate(one, other, "x", true, at(3)).unwrap_err().to_string();
        assert!(refused.contains("the same people"), "{refused}");
        assert_eq!(told(&ana, one), (vec![], vec![]));
    }
}
