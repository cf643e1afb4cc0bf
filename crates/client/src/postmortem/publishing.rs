//! What is published of a postmortem, and how what was published differs from what stands.

use super::{Known, with_subject};
use firebell_domain::incident::Status;
use firebell_domain::postmortem::export::markdown;
use firebell_domain::postmortem::{
    Frozen, Postmortem, Published, Stage, Subject, difference_named, document,
};
use firebell_domain::runbook::{compare, read};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use firebell_log::OpId;
use firebell_protocol::library::{FieldVersion, FieldView, Standing};
use firebell_protocol::postmortem::{PublishedRead, PublishedRow, PublishedSince};

/// As it is frozen when it is published at `at`. That it is published, that its incident may be closed by now, that somebody
/// approves it late and that its actions are worked on is no correction: with the same words in it, it is the same text
/// at any later time.
pub(crate) fn frozen(known: &Known, team: Option<&Team>, me: Option<&PersonId>, at: Instant) -> String {
    with_subject(known, team, me, at, |subject| {
        let postmortem = Postmortem { stage: Stage::Published, ..subject.postmortem.clone() };
        let mut facts = subject.facts.clone();
        if facts.status == Status::Closed {
            facts.status = Status::Resolved;
        }
        markdown(&document(&Subject { postmortem: &postmortem, facts: &facts, progress: false, ..*subject }))
    })
}

/// `None`: nothing that was published is kept.
pub(super) fn since(known: &Known, team: Option<&Team>, me: Option<&PersonId>) -> Option<PublishedSince> {
    let FieldView { value, at, author, pending, .. } = known.fields.get(Frozen::FIELD)?;
    let then = Frozen::of(value)?.text;
    let changed = compare(&then, &frozen(known, team, me, *at)).parts.len();
    let last = Published { at: *at, by: author.clone(), pending: *pending };
    Some(PublishedSince { last, changed: u32::try_from(changed).unwrap_or(u32::MAX) })
}

/// `history`: of the field, the newest first; `version`: which one is read, `None`: the one that stands. `None`: it is not
/// known.
pub(crate) fn published(
    known: &Known,
    history: Vec<FieldVersion>,
    version: Option<OpId>,
    team: Option<&Team>,
    me: Option<&PersonId>,
) -> Option<PublishedRead> {
    let mut kept: Vec<(FieldVersion, Frozen)> =
        history.into_iter().filter_map(|v| Frozen::of(&v.value).map(|frozen| (v, frozen))).collect();
    kept.sort_by_key(|(v, _)| v.standing != Standing::Current);
    let (of, Frozen { text }) = match version {
        Some(write) => kept.iter().find(|(v, _)| v.write == write)?,
        None => kept.first()?,
    };
    let reading = read(text);
    Some(PublishedRead {
        write: of.write,
        blocks: reading.blocks,
        cut: reading.cut,
        may_write: super::may_write(team, me),
        difference: difference_named(compare(text, &frozen(known, team, me, of.at))),
        versions: kept
            .iter()
            .map(|(v, _)| PublishedRow {
                write: v.write,
                published: Published { at: v.at, by: v.author.clone(), pending: v.pending },
            })
            .collect(),
    })
}
