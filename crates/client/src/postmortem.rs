//! A postmortem on this computer: what was written, with the incident's record and the team's playbook around it.

mod leaving;
mod likest;
mod listing;
mod public;
mod publishing;

pub(crate) use leaving::{document_of, invitation, leave, leave_public, public_document_of};
pub(crate) use likest::likest;
pub(crate) use listing::Listing;
pub(crate) use publishing::{frozen, published};

use crate::room::{playbook, with_source};
use firebell_domain::language::LanguageCheck;
use firebell_domain::postmortem::meeting::suggested_meeting;
use firebell_domain::postmortem::{
    Fields, Frozen, LanguageChoice, LanguageNote, Missing, Names, OpenToPublish, Postmortem, PostmortemFacts,
    Section, SectionKind, Subject, has_words, language_notes, timeline,
};
use firebell_domain::room::{Closing, Field, POSTMORTEM_OWNER, Room};
use firebell_domain::runbook::{Mark, read_marked};
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use firebell_log::{DocumentId, RecordId};
use firebell_protocol::library::{FieldView, IncidentDetail};
use firebell_protocol::postmortem::{PlacedComment, PostmortemDue, PostmortemView, SectionView};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of it here.
pub struct Known {
    pub detail: IncidentDetail,
    pub fields: BTreeMap<String, FieldView>,
    /// By section.
    pub texts: BTreeMap<String, String>,
    pub comments: Vec<PlacedComment>,
    /// The team does not know all of it yet.
    pub pending: bool,
}

/// Fields as the rules see them.
pub(crate) fn fields(views: &BTreeMap<String, FieldView>) -> Fields<'_> {
    views
        .iter()
        .map(|(name, f)| {
            let field = Field { value: &f.value, author: &f.author, at: f.at, pending: f.pending };
            (name.clone(), field)
        })
        .collect()
}

/// Whether this person changes anything here, as far as the team is known on this computer.
fn may_write(team: Option<&Team>, me: Option<&PersonId>) -> bool {
    team.zip(me).and_then(|(team, me)| team.person(me)).is_none_or(|person| person.role.may_act().is_ok())
}

/// Whoever was named to write it.
pub(crate) fn owner(detail: &IncidentDetail) -> Option<PersonId> {
    let named = detail.fields.get(POSTMORTEM_OWNER)?.value.as_str()?;
    Some(PersonId::new(named))
}

fn due(closing: &Closing) -> PostmortemDue {
    PostmortemDue {
        need: closing.postmortem,
        draft_due: closing.draft_due,
        reminder: closing.reminder,
        review_by: closing.review_by,
        owner: closing.owner.clone(),
    }
}

pub fn view(
    known: Known,
    language: Option<&LanguageCheck>,
    team: Option<&Team>,
    me: Option<&PersonId>,
    now: Instant,
) -> PostmortemView {
    let published = publishing::since(&known, team, me);
    let Known { detail, fields: mut views, texts, mut comments, pending } = known;
    let (incident, people) = (detail.row.incident.id, detail.row.incident.people.clone());
    let (owner, name) = (owner(&detail), detail.row.title.clone());
    let playbook = playbook(team);
    let names = Names { team };
    let written = fields(&views);
    let postmortem = Postmortem::of(&written, owner.as_ref());
    let (facts, lines, due, meeting_suggested) = with_source(&detail, &[], team, |source| {
        let room = Room::of(source, &playbook, me, now);
        let facts = PostmortemFacts::of(source, &name, &room.responders);
        let suggest = |c: &Closing| suggested_meeting(c.draft_due, c.review_by, &source.work, now);
        let closing = room.closing.as_ref();
        (facts, timeline(source, &written, &names), closing.map(due), closing.and_then(suggest))
    });
    drop(written);
    let says = |section: &str| texts.get(section).is_some_and(|text| has_words(text));
    let missing = Missing::of(&postmortem, &facts, &lines, &playbook.postmortem, says);
    let all = playbook.postmortem.sections_of(&postmortem, &lines, &texts);
    let sections = sections(incident, all, &texts, &postmortem, &comments, language);
    // The window asks for it when somebody reads it.
    if let Some(version) = views.get_mut(Frozen::FIELD) {
        version.value = serde_json::Value::Null;
    }
    let public = public::version(incident, &texts, &playbook, team);
    // In the order in which the text is read.
    comments.sort_by_key(|one| {
        let section = sections.iter().position(|s| s.section.id == one.comment.written.section);
        (section.unwrap_or(usize::MAX), one.place.is_none(), one.place)
    });
    let title = postmortem.title.clone().unwrap_or_else(|| facts.usual_title.clone());
    PostmortemView {
        incident,
        steps: postmortem.steps(),
        open_to_publish: OpenToPublish::of(&postmortem, &missing, comments.iter().map(|one| &one.comment)),
        lets_close: postmortem.lets_close(detail.row.incident.status),
        public,
        published,
        meeting_suggested,
        postmortem,
        title,
        facts,
        lines,
        sections,
        comments,
        missing,
        due,
        fields: views,
        pending,
        people,
        may_write: may_write(team, me),
    }
}

/// Sees it as what a document is made from.
pub(crate) fn with_subject<T>(
    known: &Known,
    team: Option<&Team>,
    me: Option<&PersonId>,
    now: Instant,
    see: impl FnOnce(&Subject) -> T,
) -> T {
    let Known { detail, fields: views, texts, .. } = known;
    let playbook = playbook(team);
    let names = Names { team };
    let written = fields(views);
    let postmortem = Postmortem::of(&written, owner(detail).as_ref());
    with_source(detail, &[], team, |source| {
        let room = Room::of(source, &playbook, me, now);
        let facts = PostmortemFacts::of(source, &detail.row.title, &room.responders);
        let lines = timeline(source, &written, &names);
        let sections: Vec<(Section, String)> = playbook
            .postmortem
            .sections_of(&postmortem, &lines, texts)
            .into_iter()
            .map(|section| {
                let text = texts.get(&section.id).cloned().unwrap_or_default();
                (section, text)
            })
            .collect();
        see(&Subject {
            incident: detail.row.incident.id,
            title: postmortem.title.as_deref().unwrap_or(&facts.usual_title),
            postmortem: &postmortem,
            facts: &facts,
            lines: &lines,
            sections: &sections,
            people: detail.row.incident.people.as_deref(),
            names,
            at: now,
            progress: true,
        })
    })
}

fn sections(
    incident: firebell_domain::IncidentId,
    all: Vec<Section>,
    texts: &BTreeMap<String, String>,
    postmortem: &Postmortem,
    comments: &[PlacedComment],
    language: Option<&LanguageCheck>,
) -> Vec<SectionView> {
    all.into_iter()
        .map(|section| {
            let text = texts.get(&section.id).map_or("", String::as_str);
            let reading = read_marked(text, &marks(comments, &section.id, text));
            let notes = language.map(|check| notes(check, section.kind, text, postmortem));
            let document = DocumentId { record: RecordId::postmortem(incident), section: section.id.clone() };
            SectionView {
                document: document.to_string(),
                blocks: reading.blocks,
                language: notes.unwrap_or_default(),
                says: has_words(text),
                cut: reading.cut,
                section,
            }
        })
        .collect()
}

/// The passages of open comments.
fn marks(comments: &[PlacedComment], section: &str, text: &str) -> Vec<Mark> {
    let open =
        comments.iter().filter(|c| c.comment.written.section == section && c.comment.resolved.is_none());
    open.filter_map(|c| Some(Mark::in_units(text, &c.comment.id, c.place?))).collect()
}

/// Of a section's text, and of what is chosen in it.
fn notes(check: &LanguageCheck, kind: SectionKind, text: &str, postmortem: &Postmortem) -> Vec<LanguageNote> {
    let dismissed = &postmortem.language_dismissed;
    let chosen: Vec<&str> = match kind {
        SectionKind::Causes => postmortem.whys.iter().map(|why| why.text.as_str()).collect(),
        SectionKind::Factors => postmortem.factors.iter().map(|factor| factor.text.as_str()).collect(),
        SectionKind::Actions => postmortem
            .actions
            .iter()
            .flat_map(|action| [action.title.as_str(), action.description.as_str()])
            .collect(),
        SectionKind::Text | SectionKind::Impact | SectionKind::Timeline => vec![],
    };
    let mut notes = language_notes(check, text, true, dismissed);
    notes.extend(chosen.into_iter().flat_map(|text| language_notes(check, text, false, dismissed)));
    notes
}

/// The rules of the team, ready for use: made once, for it takes some milliseconds.
#[derive(Default)]
pub(crate) struct Language {
    ready: Mutex<Option<Ready>>,
}

/// Rules, names, and what was made of them.
type Ready = (LanguageChoice, Vec<String>, Arc<LanguageCheck>);

impl Language {
    /// `None`: a rule cannot be read, which the playbook does not let in.
    pub fn of(&self, team: Option<&Team>) -> Option<Arc<LanguageCheck>> {
        let choice = playbook(team).postmortem.language;
        let people = team.map_or(&[][..], |team| &team.people);
        let names: Vec<String> = people
            .iter()
            .flat_map(|person| std::iter::once(person.name.as_str()).chain(person.name.split_whitespace()))
            .map(str::to_owned)
            .collect();
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, with, check)) = &*ready
            && *of == choice
            && *with == names
        {
            return Some(check.clone());
        }
        let check = match choice.ready(&names) {
            Ok(check) => Arc::new(check),
            Err(error) => {
                tracing::warn!(%error, "the language of postmortems is not checked");
                return None;
            }
        };
        *ready = Some((choice, names, check.clone()));
        Some(check)
    }
}
