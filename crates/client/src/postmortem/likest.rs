//! Which incidents were like this one, by what this computer knows.

use super::fields;
use firebell_domain::postmortem::Postmortem;
use firebell_domain::postmortem::similar::{Known, similar};
use firebell_protocol::library::{FieldView, IncidentRow};
use firebell_protocol::postmortem::SimilarRow;
use std::collections::BTreeMap;

/// An incident with the fields and the texts of its postmortem.
type Written = (IncidentRow, (BTreeMap<String, FieldView>, BTreeMap<String, String>));

/// `all`: the one in question last.
pub(crate) fn likest(all: Vec<Written>) -> Vec<SimilarRow> {
    let read = |(row, (views, texts)): &Written| -> (Postmortem, Vec<String>) {
        let postmortem = Postmortem::of(&fields(views), None);
        let mut words: Vec<String> = vec![row.title.clone()];
        words.extend(texts.values().cloned());
        words.extend(postmortem.whys.iter().map(|why| why.text.clone()));
        words.extend(postmortem.factors.iter().map(|factor| factor.text.clone()));
        (postmortem, words)
    };
    let read: Vec<(Postmortem, Vec<String>)> = all.iter().map(read).collect();
    let mut known: Vec<Known> = all
        .iter()
        .zip(&read)
        .map(|((row, _), (postmortem, words))| {
            let kinds = postmortem.factors.iter().map(|factor| factor.kind);
            Known::new(&row.incident, kinds, words.iter().map(String::as_str))
        })
        .collect();
    let Some(of) = known.pop() else { return vec![] };
    let found = similar(&of, &known);
    let row = |id| all.iter().zip(&read).find(|((row, _), _)| row.incident.id == id);
    found
        .into_iter()
        .filter_map(|similar| {
            let ((row, _), (postmortem, _)) = row(similar.incident)?;
            let has_postmortem = postmortem.started;
            Some(SimilarRow { incident: row.clone(), why: similar.why, has_postmortem })
        })
        .collect()
}
