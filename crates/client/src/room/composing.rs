//! An update while it is written: what is filled in, and what each audience would read.

use super::next_time::NextRange;
use super::{playbook, zone};
use chrono::TimeDelta;
use firebell_domain::cadence::{self, Course};
use firebell_domain::incident::{Incident, IncidentCommand, IncidentEvent, RecordedIncident, Status, decide};
use firebell_domain::notice::{must_know, texts_of};
use firebell_domain::playbook::{Audience, IncidentRole, Playbook};
use firebell_domain::room::RoomLinkKind;
use firebell_domain::team::Team;
use firebell_domain::triage::{Impact, Report};
use firebell_domain::update::{
    Facts, Insiders, StatusUpdate, Told, announceable, check_public, headline, render,
};
use firebell_domain::{Instant, PersonId, UpdateId};
use firebell_protocol::library::{IncidentDetail, PendingCommand};
use firebell_protocol::room::{Composed, ComposedText, NextTime, PlacedFinding, Reader, SentUpdate};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a person has written so far.
#[derive(Default)]
pub(crate) struct Writing<'a> {
    /// What is filled in; `None`: as the last update was, or as the one that is corrected.
    pub told: Option<Told>,
    /// Over the templates.
    pub written: BTreeMap<Audience, String>,
    pub next: NextTime,
    /// The update whose place this one takes; unknown ones are as none.
    pub corrects: Option<&'a UpdateId>,
    /// Who writes it: nobody is told of their own words.
    pub me: Option<PersonId>,
    /// What the pages of the incident are called: an alert's words are no headline.
    pub alerts: Vec<String>,
}

/// What each audience would read if it were sent now.
pub(crate) fn compose(
    detail: &IncidentDetail,
    writing: Writing<'_>,
    team: Option<&Team>,
    now: Instant,
) -> Composed {
    let playbook = playbook(team);
    let incident = &detail.row.incident;
    let Writing { told, mut written, next, corrects, me, alerts } = writing;
    let begins = told.is_none();
    let last = sent(&detail.history, |_| true);
    let corrects = corrects.and_then(|id| sent(&detail.history, |update| update.id == *id));
    let statuses = match corrects {
        None => announceable(incident.status).to_vec(),
        Some(_) => vec![],
    };
    let mut told = told.unwrap_or_else(|| begin(detail, corrects.as_ref().or(last.as_ref())));
    // What was chosen may have become impossible meanwhile; an update that changes nothing names no status, so that a
    // change by somebody else in the same minute stands.
    told.status = told.status.filter(|to| statuses.contains(to) && *to != incident.status);
    let status = told.status.unwrap_or(incident.status);
    let range = NextRange::of(incident, status, &playbook, now);
    told.next_update = match &corrects {
        Some(_) => due(&detail.history, &playbook).filter(|at| *at > now),
        None => range.as_ref().and_then(|range| range.chosen(next)),
    };
    let next_trouble = range.as_ref().and_then(|range| range.trouble(told.next_update));
    told.title = Some(detail.row.title.clone());
    let service = |id| team.and_then(|t| t.service(id)).map_or_else(|| id.to_string(), |s| s.name.clone());
    told.services = incident.services.iter().map(service).collect();
    told.commander = incident.holder(IncidentRole::Commander).map_or_else(String::new, |person| {
        team.and_then(|t| t.person(person)).map_or_else(|| person.to_string(), |p| p.name.clone())
    });
    told.channel = field(detail, RoomLinkKind::Channel.field()).to_owned();
    let suggested = headline(&detail.row.title, &alerts, &told.services, impact(detail));
    if let (true, Some(suggested)) = (told.headline.trim().is_empty(), &suggested) {
        told.headline.clone_from(suggested);
    }
    let refused = refusal(incident, told.clone(), now);
    if begins && let Some(first) = &corrects {
        written.extend(by_hand(&detail.history, first, &playbook, team));
    }
    let facts = Facts::of(incident, &told, &playbook, zone(team), now);
    let insiders = team.map(Insiders::of).unwrap_or_default();
    let of_severity = playbook.audiences_of(incident.severity);
    let is_told = |audience| match &corrects {
        Some(first) => first.update.texts.contains_key(&audience),
        None => of_severity.contains(&audience),
    };
    let texts = Audience::ALL.into_iter().map(|audience| {
        let (made, trouble) = filled_in(&playbook, audience, status, &told, &facts);
        let (text, from_template) = match written.get(&audience) {
            Some(text) => (text.clone(), Some(made)),
            None => (made, None),
        };
        let findings = match audience.is_outside() {
            true => check_public(&text, &playbook.public_text, &insiders),
            false => vec![],
        };
        let findings = findings.into_iter().map(|f| PlacedFinding::of(f, &text)).collect();
        ComposedText { audience, is_told: is_told(audience), text, from_template, trouble, findings }
    });
    Composed {
        texts: texts.collect(),
        told,
        headline: suggested,
        written,
        status: incident.status,
        statuses,
        next_update: range.as_ref().map(|r| r.usual),
        latest: range.as_ref().map(|r| r.latest),
        next_choices: range.as_ref().map_or_else(Vec::new, NextRange::choices),
        next_trouble,
        readers: readers(incident, &playbook, team, me.as_ref()),
        last,
        corrects,
        waiting_since: waiting(&detail.asked).next_back().map(|(at, _)| at),
        refused,
    }
}

/// Who is told by itself, and by whose text.
fn readers(
    incident: &Incident,
    playbook: &Playbook,
    team: Option<&Team>,
    me: Option<&PersonId>,
) -> Vec<Reader> {
    let Some(team) = team else { return vec![] };
    let hears = |person: &PersonId| Some(person) != me && incident.is_seen_by(person);
    let all = must_know(incident, incident.severity, team, playbook).into_iter();
    all.filter(|(person, _)| hears(person))
        .map(|(person, who)| Reader { person, who, texts: texts_of(who).to_vec() })
        .collect()
}

/// What the rules say to an update that tells this, whatever its texts are.
fn refusal(incident: &Incident, told: Told, now: Instant) -> String {
    let texts = [(Audience::Internal, "…".to_owned())].into();
    let update = Box::new(StatusUpdate { id: UpdateId(Uuid::nil()), told, texts, corrects: None });
    // Who sends it makes no difference to this answer.
    let by = incident.declared_by.clone();
    decide(incident, IncidentCommand::SendUpdate { update }, by, now)
        .err()
        .map_or_else(String::new, |refused| refused.words)
}

/// What the last one said is where the next one begins: one's own that waits for the team, else the last that was sent. The
/// impact is the incident's own where nobody said otherwise.
fn begin(detail: &IncidentDetail, from: Option<&SentUpdate>) -> Told {
    let impact = field(detail, "impact").to_owned();
    let waits = waiting(&detail.asked).next_back().map(|(_, update)| update.told.clone());
    let said = waits.or_else(|| from.map(|l| l.update.told.clone())).unwrap_or_default();
    Told {
        status: None,
        impact: if said.impact.is_empty() { impact } else { said.impact.clone() },
        no_news: false,
        ..said
    }
}

/// The last update, and when it was sent: one of this computer that waits for the team, else the last that the team knows.
pub(crate) fn last_update(detail: &IncidentDetail) -> Option<(&StatusUpdate, Instant)> {
    let sent = detail.history.iter().rev().find_map(|r| match &r.event {
        IncidentEvent::UpdateSent { update, .. } => Some((&**update, r.at)),
        _ => None,
    });
    waiting(&detail.asked).next_back().map(|(at, update)| (update, at)).or(sent)
}

fn field<'a>(detail: &'a IncidentDetail, name: &str) -> &'a str {
    detail.fields.get(name).and_then(|f| f.value.as_str()).unwrap_or_default()
}

/// How hard people are hit, as the newest triage said.
fn impact(detail: &IncidentDetail) -> Option<Impact> {
    let reports = detail.fields.iter().filter(|(name, _)| name.starts_with(Report::FIELD));
    let newest = reports.max_by_key(|(_, field)| field.at)?.1;
    serde_json::from_value::<Report>(newest.value.clone()).ok()?.answers.map(|answers| answers.impact)
}

/// Updates of this computer that the team does not know yet.
fn waiting(asked: &[PendingCommand]) -> impl DoubleEndedIterator<Item = (Instant, &StatusUpdate)> {
    asked.iter().filter_map(|a| match &a.command {
        IncidentCommand::SendUpdate { update } => Some((a.given_at, &**update)),
        _ => None,
    })
}

/// Those texts of an update that were not as the templates make them, by what the incident was then.
fn by_hand(
    history: &[RecordedIncident],
    first: &SentUpdate,
    playbook: &Playbook,
    team: Option<&Team>,
) -> BTreeMap<Audience, String> {
    let before = |r: &&RecordedIncident| match &r.event {
        IncidentEvent::UpdateSent { update, .. } => update.id != first.update.id,
        _ => true,
    };
    let mut record = history.iter().take_while(before);
    let Some(mut incident) = record.next().and_then(|r| Incident::from_declared(r.at, &r.event)) else {
        return BTreeMap::new();
    };
    record.for_each(|r| incident.apply(r.at, &r.event));
    let told = &first.update.told;
    let status = told.status.unwrap_or(incident.status);
    // It was read for a moment before it was sent, and times are told by the minute.
    let facts: Vec<Facts> = (0..=2)
        .map(|ago| Facts::of(&incident, told, playbook, zone(team), first.at - TimeDelta::minutes(ago)))
        .collect();
    let is_made = |audience, text: &str| {
        facts.iter().any(|facts| filled_in(playbook, audience, status, told, facts).0 == text)
    };
    let texts = first.update.texts.iter().filter(|(audience, text)| !is_made(**audience, text));
    texts.map(|(audience, text)| (*audience, text.clone())).collect()
}

fn filled_in(
    playbook: &Playbook,
    audience: Audience,
    status: Status,
    told: &Told,
    facts: &Facts,
) -> (String, String) {
    let template = match told.no_news {
        true => Some(playbook.updates.no_news.as_str()),
        false => playbook.updates.template(audience, status),
    };
    let Some(template) = template else {
        let words =
            format!("The playbook has no template for “{}” here. Write the text by hand.", status.word());
        return (String::new(), words);
    };
    match render(template, &facts.read_by(audience, told)) {
        Ok(text) => (text, String::new()),
        Err(e) => (
            String::new(),
            format!("Line {} of the playbook’s template: {}. Write the text by hand.", e.line, e.words),
        ),
    }
}

/// The newest update that is sought.
fn sent(history: &[RecordedIncident], is: impl Fn(&StatusUpdate) -> bool) -> Option<SentUpdate> {
    history.iter().rev().find_map(|r| match &r.event {
        IncidentEvent::UpdateSent { by, update } if is(update) => {
            Some(SentUpdate { by: by.clone(), at: r.at, update: (**update).clone() })
        }
        _ => None,
    })
}

/// When the next one is due as things are.
fn due(history: &[RecordedIncident], playbook: &Playbook) -> Option<Instant> {
    cadence::next(&Course::of(history)?, playbook).map(|next| next.due_at)
}
