//! The pages of an incident: opened for it, raised with it, ended with it.

use super::heard::{before, said_back};
use crate::engine::decide::{HELD_UNTIL, apply, command, decide_on, open_page, save_for};
use crate::storage::{StorageError, Tx};
use firebell_domain::escalation::{Plan, Policy};
use firebell_domain::incident::{Incident, IncidentEvent, Status, rings};
use firebell_domain::page::{Actor, Command, OpenPage, Origin, Page, Raise, WaitReason, WantedFor};
use firebell_domain::team::{Service, Team};
use firebell_domain::{Instant, PageId, PersonId, ServiceId, Urgency};
use uuid::Uuid;

/// Where the pages of an incident come from, and what they are about when that is no service, or may not be said.
pub(super) const SOURCE: &str = "incident";

/// What these events, which the incident has taken in, do to people. The events that follow for the incident come back, not
/// yet taken in. `just`: their author did it a moment ago, and is not rung for it.
pub fn follow(
    tx: &mut Tx,
    incident: &Incident,
    events: &[IncidentEvent],
    just: bool,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let mut found = vec![];
    for event in events {
        let author = event.author().filter(|_| just);
        match event {
            IncidentEvent::Declared { by, declaration, .. } => {
                if let Some(page) = declaration.page {
                    found.extend(linked(tx, incident, page, by)?);
                }
                found.extend(by_severity(tx, incident, author)?);
            }
            IncidentEvent::SeverityChanged { from, to, .. } if to.is_worse_than(*from) => {
                found.extend(by_severity(tx, incident, author)?);
            }
            // Whoever was rung for it went home: it rings as a new one does.
            IncidentEvent::Reopened { .. } => found.extend(by_severity(tx, incident, author)?),
            IncidentEvent::PageLinked { by: Some(by), page } => {
                found.extend(linked(tx, incident, *page, by)?);
            }
            IncidentEvent::PeoplePaged { people, message, .. } => {
                found.extend(named(tx, incident, people, message)?);
            }
            IncidentEvent::StatusChanged { by, to: Status::Resolved, .. }
            | IncidentEvent::Merged { by, .. }
            | IncidentEvent::FalseAlarm { by, .. }
            | IncidentEvent::Closed { by } => end(tx, incident, by)?,
            _ => {}
        }
    }
    Ok(found)
}

/// A person said that this page is about the incident: somebody deals with it, and what it did before it did for the
/// incident, too.
fn linked(
    tx: &mut Tx,
    incident: &Incident,
    id: PageId,
    by: &PersonId,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let Some(page) = tx.page(id)? else { return Ok(vec![]) };
    tx.link_page(incident.id, id)?;
    if page.is_open() {
        note(tx, id, by, &words_on_page(incident, "This is about"))?;
    }
    before(tx, incident, &page)
}

/// The whole team sees a page, and not every incident.
pub(super) fn words_on_page(incident: &Incident, what: &str) -> String {
    if incident.is_private() {
        "Somebody deals with it.".to_owned()
    } else {
        format!("{what} incident #{}: {}.", incident.number, incident.title.trim_end_matches('.'))
    }
}

pub(super) fn note(tx: &mut Tx, page: PageId, by: &PersonId, text: &str) -> Result<(), StorageError> {
    // Only an empty or a long text is refused.
    command(tx, page, Command::Note { by: by.clone(), text: text.to_owned() })?;
    Ok(())
}

/// Rings by the policies of the incident's services. Nobody is rung twice by the same policy: a page that is there is
/// raised instead.
fn by_severity(
    tx: &mut Tx,
    incident: &Incident,
    author: Option<&PersonId>,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let severity = incident.severity;
    let record = tx.team()?;
    let team = &record.team;
    let policies = rings(team, severity, &incident.services, incident.is_private());
    let Some(policies) = policies.ok().filter(|_| incident.status.is_open()) else { return Ok(vec![]) };
    let (mut rung, mut found) = (vec![], vec![]);
    for id in &incident.pages {
        let Some(page) = tx.page(*id)?.filter(|page| page.is_open()) else { continue };
        let rings_for_it = match page.origin {
            Some(origin) => origin.why == WantedFor::Severity,
            // A page of alerts keeps its urgency: one that may wait for the morning does not do for what may not.
            None => page.urgency <= severity.urgency(),
        };
        if rings_for_it {
            rung.push(page.plan.policy.clone());
            found.extend(raise(tx, team, incident, page, author)?);
        }
    }
    for (policy, service) in policies.into_iter().filter(|(policy, _)| !rung.contains(&policy.id)) {
        let (ring_from, waiting) = ring_from(tx, team, severity.urgency())?;
        let new = OpenPage {
            urgency: severity.urgency(),
            title: incident.title.clone(),
            runbook: service.and_then(|s| s.runbook.clone()),
            started_at: incident.moments.detected_at.unwrap_or(tx.now()),
            plan: policy.plan(severity),
            ring_from,
            waiting,
            author: author.cloned(),
            ..blank(tx, incident, WantedFor::Severity, service)?
        };
        found.extend(open(tx, incident, new)?);
    }
    Ok(found)
}

fn raise(
    tx: &mut Tx,
    team: &Team,
    incident: &Incident,
    mut page: Page,
    author: Option<&PersonId>,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let severity = incident.severity;
    let policy = team.service(&page.service).and_then(|s| team.policy(&s.policy));
    let plan = policy.map_or_else(|| page.plan.clone(), |p| p.plan(severity));
    let (ring_from, waiting) = ring_from(tx, team, severity.urgency())?;
    let raise =
        Command::Raise(Box::new(Raise { severity, plan, ring_from, waiting, author: author.cloned() }));
    // Once is enough, and a raise is never refused.
    let events = decide_on(tx, &page, raise)?.unwrap_or_default();
    if events.is_empty() {
        return Ok(vec![]);
    }
    apply(tx, &mut page, &events);
    let found = said_back(incident, &page, &events, tx.now());
    save_for(tx, &mut page, events, Some(incident.id))?;
    Ok(found)
}

/// Rings these people now, day or night.
fn named(
    tx: &mut Tx,
    incident: &Incident,
    people: &[PersonId],
    message: &str,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let record = tx.team()?;
    let title = if incident.is_private() {
        format!("Private incident #{}", incident.number)
    } else {
        format!("#{} {}: {message}", incident.number, incident.title)
    };
    let new = for_people(tx, &record.team, incident, people, title, WantedFor::Named)?;
    open(tx, incident, new)
}

/// A page whose plan is one step of these people. Of a private incident it names no service: that may say too much.
pub(super) fn for_people(
    tx: &mut Tx,
    team: &Team,
    incident: &Incident,
    people: &[PersonId],
    title: String,
    why: WantedFor,
) -> Result<OpenPage, StorageError> {
    let service = incident.services.iter().find_map(|id| team.service(id)).filter(|_| !incident.is_private());
    let policy: Option<&Policy> = service.and_then(|s| team.policy(&s.policy));
    let (ring_from, waiting) = ring_from(tx, team, Urgency::High)?;
    let plan = Plan::of_people(people, policy);
    Ok(OpenPage { title, plan, ring_from, waiting, ..blank(tx, incident, why, service)? })
}

/// A page of this incident that says nothing yet.
fn blank(
    tx: &mut Tx,
    incident: &Incident,
    why: WantedFor,
    service: Option<&Service>,
) -> Result<OpenPage, StorageError> {
    let now = tx.now();
    Ok(OpenPage {
        id: PageId(Uuid::now_v7()),
        number: tx.next_page_number()?,
        service: service.map_or_else(|| ServiceId::new(SOURCE), |s| s.id.clone()),
        urgency: Urgency::High,
        severity: incident.severity,
        title: String::new(),
        source: Some(SOURCE.to_owned()),
        runbook: None,
        started_at: now,
        alerts: 0,
        repeats: 0,
        plan: Plan::of_people(&[], None),
        origin: Some(Origin { incident: incident.id, why }),
        ring_from: now,
        waiting: None,
        author: None,
    })
}

pub(super) fn open(
    tx: &mut Tx,
    incident: &Incident,
    new: OpenPage,
) -> Result<Vec<IncidentEvent>, StorageError> {
    let (mut page, events) = open_page(tx, new)?;
    let mut found = vec![IncidentEvent::PageLinked { by: None, page: page.id }];
    found.extend(said_back(incident, &page, &events, tx.now()));
    save_for(tx, &mut page, events, Some(incident.id))?;
    tx.link_page(incident.id, page.id)?;
    Ok(found)
}

/// A person asks for help, so no maintenance window holds it back; only a restore does, and the hour where it can wait.
fn ring_from(
    tx: &mut Tx,
    team: &Team,
    urgency: Urgency,
) -> Result<(Instant, Option<WaitReason>), StorageError> {
    let now = tx.now();
    if tx.held()? {
        return Ok((now + HELD_UNTIL, Some(WaitReason::Held)));
    }
    let open = if urgency == Urgency::Low { team.opens_after(now) } else { now };
    Ok((open, (open > now).then_some(WaitReason::BusinessHours)))
}

/// Pages that were opened for it end with it. Those of alerts end with their alerts: what they watch may still be broken.
fn end(tx: &mut Tx, incident: &Incident, by: &PersonId) -> Result<(), StorageError> {
    for id in &incident.pages {
        let Some(page) = tx.page(*id)?.filter(|page| page.is_open()) else { continue };
        if page.origin.is_some_and(|origin| origin.incident == incident.id) {
            command(tx, page.id, Command::Resolve { by: Actor::Person { person: by.clone() } })?;
        }
    }
    Ok(())
}
