//! What was read, as what a person would have written: changes of a postmortem, and the texts of its sections.

use super::place::id_of;
use super::{Imported, REST};
use crate::postmortem::PUBLIC;
use crate::postmortem::document::time;
use crate::postmortem::file::{ActionPart, LinePart, PersonPart, WhyPart};
use crate::postmortem::section::is_section_id;
use crate::postmortem::{
    ActionChange, ActionStatus, Figure, LineEdit, PostmortemChange, PostmortemFile, Stage,
};
use crate::team::Team;
use crate::{ActionId, PersonId, ServiceId};
use std::collections::BTreeMap;
use uuid::Uuid;

const TITLE_MAX: usize = 200;
const TEXT_MAX: usize = 2_000;
const DESCRIPTION_MAX: usize = 4_000;

/// Lines, and things of any other kind: what there is more of stands as text.
const LINES_MAX: usize = 500;
const OTHERS_MAX: usize = 200;

/// Ready to be written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brought {
    pub services: Vec<ServiceId>,
    pub changes: Vec<PostmortemChange>,
    /// By section.
    pub texts: BTreeMap<String, String>,
    pub not_understood: Vec<String>,
}

/// `id`: a new one each time.
pub fn brought(imported: &Imported, team: Option<&Team>, mut id: impl FnMut() -> Uuid) -> Brought {
    let file = &imported.file;
    let mut all = imported.clone();
    let mut changes = vec![PostmortemChange::Start];
    let title = &file.title;
    if title.chars().count() > TITLE_MAX {
        all.rest("Title", title);
    }
    changes.push(PostmortemChange::Title { title: Some(cut(title, TITLE_MAX)) });
    changes.extend(imported.pictures.iter().cloned().map(|picture| PostmortemChange::Picture { picture }));
    let services = services(&mut all, file, team);
    for (people, name) in [(&file.authors, "Authors"), (&file.attendees, "Attendees")] {
        let (known, others): (Vec<_>, Vec<_>) =
            people.iter().map(|p| (p, person(p, team))).partition(|(_, id)| id.is_some());
        for person in known.into_iter().filter_map(|(_, id)| id) {
            changes.push(if name == "Authors" {
                PostmortemChange::Author { person, is: true }
            } else {
                PostmortemChange::Attendee { person, is: true }
            });
        }
        let others: Vec<&str> = others.iter().map(|(p, _)| p.name.as_str()).collect();
        if !others.is_empty() {
            all.rest(name, &others.join(", "));
        }
    }
    figures(&mut all, file, &mut changes);
    lines(&mut all, file, &mut changes, &mut id);
    whys(&mut all, &file.whys, None, &mut changes, &mut id);
    for factor in rest_as_text(&mut all, "factors", "Contributing factors", &file.factors, |f| f.text.clone())
    {
        let text = fitted(&mut all, "factors", "Contributing factors", &factor.text, TEXT_MAX);
        changes.push(PostmortemChange::Factor { id: hex(id()), kind: factor.kind, text: Some(text) });
    }
    for action in rest_as_text(&mut all, "actions", "Action items", &file.actions, |a| {
        format!("{}\n{}", a.title, a.description).trim().to_owned()
    }) {
        self::action(&mut all, action, team, &mut changes, ActionId(id()));
    }
    review(&mut all, file, team, &mut changes);
    // It is history: it was read when it was written.
    changes.push(PostmortemChange::Stage { to: Stage::InReview });
    changes.push(PostmortemChange::Stage { to: Stage::Published });
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for section in all.file.sections.into_iter().filter(|s| !s.text.trim().is_empty()) {
        let id = if is_section_id(&section.id) { section.id } else { id_of(&section.title) };
        // What was written for the team elsewhere is not the public version here.
        let id = if id == PUBLIC { format!("{id}_section") } else { id };
        let text = texts.entry(id).or_default();
        *text =
            if text.is_empty() { section.text } else { format!("{}\n\n{}", text.trim_end(), section.text) };
    }
    Brought { services, changes, texts, not_understood: all.not_understood }
}

/// Those for which there is room; the others become text of the section.
fn rest_as_text<'a, T>(
    all: &mut Imported,
    section: &str,
    title: &str,
    of: &'a [T],
    words: impl Fn(&T) -> String,
) -> &'a [T] {
    let (taken, rest) = of.split_at(of.len().min(OTHERS_MAX));
    if !rest.is_empty() {
        let text: Vec<String> =
            rest.iter().map(|one| format!("- {}", words(one).replace('\n', "\n  "))).collect();
        all.keep(section, title, &text.join("\n"));
        all.not_understood
            .push(format!("{} more of “{title}” than fit are kept as text below them.", rest.len()));
    }
    taken
}

fn hex(id: Uuid) -> String {
    id.simple().to_string()
}

fn cut(text: &str, most: usize) -> String {
    text.trim().chars().take(most).collect()
}

/// As much as fits; the whole of it stands in the section then.
fn fitted(all: &mut Imported, section: &str, title: &str, text: &str, most: usize) -> String {
    if text.trim().chars().count() > most {
        all.keep(section, title, text);
        all.not_understood
            .push(format!("A text of “{title}” is too long for its place; all of it stands below."));
    }
    cut(text, most)
}

/// By id, name or address.
fn person(of: &PersonPart, team: Option<&Team>) -> Option<PersonId> {
    let (team, name) = (team?, of.name.trim().to_lowercase());
    let id = of.id.as_deref().unwrap_or_default();
    let by_id = team.people.iter().find(|p| p.id.as_str() == id);
    let by_name = || {
        team.people.iter().find(|p| {
            p.name.to_lowercase() == name || p.id.as_str() == name || p.email.to_lowercase() == name
        })
    };
    by_id.or_else(by_name).map(|p| p.id.clone())
}

fn services(all: &mut Imported, file: &PostmortemFile, team: Option<&Team>) -> Vec<ServiceId> {
    let mut known = vec![];
    let mut others = vec![];
    for name in &file.incident.services {
        let lower = name.trim().to_lowercase();
        let found = team.and_then(|t| {
            t.services.iter().find(|s| s.id.as_str() == lower || s.name.to_lowercase() == lower)
        });
        match found {
            Some(service) if !known.contains(&service.id) => known.push(service.id.clone()),
            Some(_) => {}
            None => others.push(name.as_str()),
        }
    }
    if !others.is_empty() {
        all.rest("Services", &others.join(", "));
    }
    known
}

fn figures(all: &mut Imported, file: &PostmortemFile, changes: &mut Vec<PostmortemChange>) {
    let figures = [
        (Figure::UsersAffected, "Users affected", &file.impact.users_affected),
        (Figure::UsersPercent, "Share of users", &file.impact.users_percent),
        (Figure::Revenue, "Revenue", &file.impact.revenue),
        (Figure::ErrorBudget, "SLA or error budget", &file.impact.error_budget),
    ];
    for (figure, name, value) in figures {
        let Some(value) = value else { continue };
        let change = PostmortemChange::Figure { figure, value: Some(value.clone()) };
        if change.check().is_ok() {
            changes.push(change);
        } else {
            all.keep("impact", "Impact", &format!("- **{name}**: {value}"));
            all.not_understood
                .push(format!("“{name}” is no number; it is kept as text in the section “Impact”."));
        }
    }
}

fn lines(
    all: &mut Imported,
    file: &PostmortemFile,
    changes: &mut Vec<PostmortemChange>,
    id: &mut impl FnMut() -> Uuid,
) {
    let moments = file.incident.moments();
    let (taken, rest) = file.timeline.split_at(file.timeline.len().min(LINES_MAX));
    if !rest.is_empty() {
        let line = |line: &LinePart| format!("- {} {}", time(line.at), line.text.replace('\n', "\n  "));
        all.keep("timeline", "Timeline", &rest.iter().map(line).collect::<Vec<_>>().join("\n"));
        all.not_understood
            .push(format!("{} lines more than {LINES_MAX} are kept as text below them.", rest.len()));
    }
    for line in taken {
        // The incident says it.
        if line.moment.is_some_and(|m| moments.get(m) == Some(line.at)) || line.text.trim().is_empty() {
            continue;
        }
        let text = match line.by.as_ref().map(|by| by.name.trim()).filter(|name| !name.is_empty()) {
            Some(name) => format!("{} ({name})", line.text.trim()),
            None => line.text.clone(),
        };
        let text = fitted(all, "timeline", "Timeline", &text, TEXT_MAX);
        let edit = LineEdit { shown: true, at: Some(line.at), text: Some(text), with: vec![] };
        changes.push(PostmortemChange::Line { key: format!("own_{}", hex(id())), edit: Some(edit) });
    }
}

fn whys(
    all: &mut Imported,
    whys: &[WhyPart],
    under: Option<&str>,
    changes: &mut Vec<PostmortemChange>,
    id: &mut impl FnMut() -> Uuid,
) {
    for why in whys {
        let written = changes.iter().filter(|c| matches!(c, PostmortemChange::Why { .. })).count();
        if written >= OTHERS_MAX {
            all.keep("root_causes", "Root causes", &format!("- {}", why.text.replace('\n', "\n  ")));
            self::whys(all, &why.because, None, changes, id);
            continue;
        }
        let text = fitted(all, "root_causes", "Root causes", &why.text, TEXT_MAX);
        let own = hex(id());
        changes.push(PostmortemChange::Why {
            id: own.clone(),
            under: under.map(str::to_owned),
            text: Some(text),
        });
        self::whys(all, &why.because, Some(&own), changes, id);
    }
}

fn action(
    all: &mut Imported,
    action: &ActionPart,
    team: Option<&Team>,
    changes: &mut Vec<PostmortemChange>,
    id: ActionId,
) {
    let mut put = |change| changes.push(PostmortemChange::Action { id, change });
    let mut description = action.description.trim().to_owned();
    if action.title.trim().chars().count() > TITLE_MAX {
        description = format!("{}\n{description}", action.title.trim()).trim().to_owned();
    }
    let owner = action.owner.as_ref().map(|owner| (owner, person(owner, team)));
    if let Some((owner, None)) = &owner {
        description = format!("{description}\nOwner: {}", owner.name).trim().to_owned();
    }
    put(ActionChange::Create { title: cut(&action.title, TITLE_MAX) });
    if !description.is_empty() {
        let description = fitted(all, "actions", "Action items", &description, DESCRIPTION_MAX);
        put(ActionChange::Description { description });
    }
    if let Some((_, Some(owner))) = owner {
        put(ActionChange::Owner { owner: Some(owner) });
    }
    if action.kind.is_some() {
        put(ActionChange::Kind { kind: action.kind });
    }
    if action.priority.is_some() {
        put(ActionChange::Priority { priority: action.priority });
    }
    if action.due.is_some() {
        put(ActionChange::Due { due: action.due });
    }
    if action.status != ActionStatus::Open {
        let reason = (action.status == ActionStatus::Dropped)
            .then(|| action.reason.clone().unwrap_or_else(|| "Imported without a reason.".into()));
        put(ActionChange::Status { to: action.status, reason: reason.map(|r| cut(&r, 1_000)) });
    }
}

fn review(
    all: &mut Imported,
    file: &PostmortemFile,
    team: Option<&Team>,
    changes: &mut Vec<PostmortemChange>,
) {
    let mut others = vec![];
    for reviewer in &file.review.reviewers {
        match person(reviewer, team) {
            Some(person) => changes.push(PostmortemChange::Reviewer { person, is: true }),
            None => others.push(reviewer.name.as_str()),
        }
    }
    if !others.is_empty() {
        all.rest("Reviewers", &others.join(", "));
    }
    // Nobody approves in another's name, also not by a file.
    if !file.review.approved.is_empty() {
        let names: Vec<&str> = file.review.approved.iter().map(|p| p.name.as_str()).collect();
        all.keep(REST, "Imported", &format!("- **Approved by**: {}", names.join(", ")));
    }
    if file.review.meeting.is_some() {
        changes.push(PostmortemChange::Meeting { at: file.review.meeting });
    }
}
