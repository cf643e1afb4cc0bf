//! Lines of the timeline that are said together.

use super::*;
use crate::Refusal;
use crate::postmortem::joined;

fn join(written: Written, key: &str) -> Result<Written, Refusal> {
    let changes = joined(&lines(&written), key)?.into_iter().map(|(key, edit)| pick(&key, edit));
    changes.into_iter().try_fold(written, |written, change| {
        change.check()?;
        Ok(written.by("ana", change))
    })
}

#[test]
fn a_line_is_said_together_with_the_one_before_it_and_so_is_what_it_said_already() {
    // Decided, found, then that nobody can pay: each joined to the one before.
    let written = join(Written::default(), &entry_key(23)).unwrap();
    assert!(
        shown(&written).contains(&"02:31 slow query in v3.4.2; roll back".to_owned()),
        "{:?}",
        shown(&written)
    );
    let written = join(written, &entry_key(22)).unwrap();
    let whole = "02:20 Severity changed from SEV2 to SEV1: nobody can pay; slow query in v3.4.2; roll back";
    assert!(shown(&written).contains(&whole.to_owned()), "{:?}", shown(&written));
    let line = lines(&written).into_iter().find(|l| l.text.contains("nobody can pay")).unwrap();
    assert_eq!(line.with, [entry_key(22), entry_key(23)], "each keeps its evidence");
    assert!(!shown(&written).iter().any(|said| said.starts_with("02:31")), "{:?}", shown(&written));

    let words = join(written.clone(), &entry_key(23)).err().unwrap().words;
    assert!(words.contains("says this one already"), "{words}");
    let words = join(written, &entry_key(99)).err().unwrap().words;
    assert!(words.contains("no such line"), "{words}");
    let words = join(Written::default(), "moment_impact_started").err().unwrap().words;
    assert!(words.contains("No line is shown before"), "{words}");
}

#[test]
fn a_time_that_was_corrected_stays_corrected() {
    let later = LineEdit { at: Some(t("2026-11-25T02:29:00Z")), ..plain(true) };
    let written = join(Written::default().by("ana", pick(&entry_key(22), later)), &entry_key(23)).unwrap();
    assert!(
        shown(&written).contains(&"02:29 slow query in v3.4.2; roll back".to_owned()),
        "{:?}",
        shown(&written)
    );
}

#[test]
fn an_own_line_keeps_its_time_when_another_joins_it() {
    let own = format!("own_{}", id(7));
    let edit = LineEdit {
        at: Some(t("2026-11-25T02:32:00Z")),
        text: Some("Everybody looked at the query.".into()),
        ..plain(true)
    };
    let written = join(Written::default().by("ana", pick(&own, edit)), &entry_key(23)).unwrap();
    assert!(
        shown(&written).contains(&"02:32 Everybody looked at the query; roll back".to_owned()),
        "{:?}",
        shown(&written)
    );
}
