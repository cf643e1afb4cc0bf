//! From signals to pages: duplicates fold into their alert, alerts into the page of their service and urgency.
//!
//! A batch is taken in as a whole: however many signals touch a page, it is decided about once for each change of
//! direction, and told to the desktops as one operation.

use super::decide::{apply, decide_on, open_page, ring_from, save};
use crate::storage::{StorageError, Tx};
use firebell_domain::alert::{Alert, Route, Signal, SignalKind, route};
use firebell_domain::page::{Actor, Command, FLAPPING_WITHIN, Firing, OpenPage, Page, PageEvent, Via};
use firebell_domain::team::{Service, Team};
use firebell_domain::{AlertId, IntegrationId, PageId, Urgency};
use std::collections::HashMap;
use uuid::Uuid;

/// Where the ids of new alerts and pages come from; the simulator has its own.
pub type NewId<'a> = &'a mut dyn FnMut() -> Uuid;

/// Takes in signals, in order. All or nothing of it is stored.
pub fn ingest(
    tx: &mut Tx,
    batch: &[(IntegrationId, Vec<Signal>)],
    new_id: NewId,
) -> Result<(), StorageError> {
    let team = tx.team()?;
    let mut intake =
        Intake { new_id, alerts: HashMap::new(), changed: vec![], pages: HashMap::new(), order: vec![] };
    intake.load_alerts(tx, batch)?;
    for (integration, signals) in batch {
        // An integration that was removed since its key was checked: its signals have nowhere to go.
        let Some(integration) = team.team.integration(integration) else { continue };
        for signal in signals {
            if let Some(route) = route(&team.team, integration, signal) {
                intake.take(tx, &team.team, &route, signal)?;
            }
        }
    }
    intake.finish(tx, &team.team)
}

/// Firings or endings of alerts of one page that were not decided about yet.
enum Waiting {
    Fire { new_alerts: u32, repeats: u32, summary: String, severity: firebell_domain::Severity },
    Clear { ended: u32 },
}

struct Work {
    page: Page,
    events: Vec<PageEvent>,
    waiting: Option<Waiting>,
}

struct Intake<'a> {
    new_id: NewId<'a>,
    /// The firing alert of a key, as it is now.
    alerts: HashMap<(IntegrationId, String), Alert>,
    /// Alerts that ended in this batch; the firing ones that changed are found in `alerts`.
    changed: Vec<Changed>,
    pages: HashMap<PageId, Work>,
    /// The order in which pages came up, so that their operations have it too.
    order: Vec<PageId>,
}

enum Changed {
    Ended(Box<Alert>),
    Firing(IntegrationId, String),
}

impl Intake<'_> {
    fn load_alerts(
        &mut self,
        tx: &mut Tx,
        batch: &[(IntegrationId, Vec<Signal>)],
    ) -> Result<(), StorageError> {
        let mut keys: HashMap<&IntegrationId, Vec<&str>> = HashMap::new();
        for (integration, signals) in batch {
            keys.entry(integration).or_default().extend(signals.iter().map(|s| s.dedup_key.as_str()));
        }
        for (integration, mut keys) in keys {
            keys.sort_unstable();
            keys.dedup();
            for alert in tx.firing_alerts(integration, &keys)? {
                self.alerts.insert((integration.clone(), alert.dedup_key.clone()), alert);
            }
        }
        Ok(())
    }

    fn take(&mut self, tx: &mut Tx, team: &Team, route: &Route, signal: &Signal) -> Result<(), StorageError> {
        let key = (route.integration.clone(), signal.dedup_key.clone());
        match (signal.kind, self.alerts.remove(&key)) {
            (SignalKind::Trigger, None) => self.trigger(tx, team, route, signal),
            (SignalKind::Trigger, Some(alert)) => self.repeat(tx, team, route, signal, alert),
            (SignalKind::Resolve, Some(mut alert)) => {
                alert.resolve(tx.now());
                let page = alert.page;
                self.changed.push(Changed::Ended(Box::new(alert)));
                self.clear(tx, team, page)
            }
            (SignalKind::Acknowledge, Some(alert)) => {
                let page = alert.page;
                self.alerts.insert(key, alert);
                self.acknowledge(tx, team, page)
            }
            // Acknowledging or resolving something unknown never creates it (contract).
            (SignalKind::Resolve | SignalKind::Acknowledge, None) => Ok(()),
        }
    }

    fn trigger(
        &mut self,
        tx: &mut Tx,
        team: &Team,
        route: &Route,
        signal: &Signal,
    ) -> Result<(), StorageError> {
        let Some(service) = team.service(&route.service) else { return Ok(()) };
        let id = AlertId((self.new_id)());
        let page = match self.page_to_join(tx, team, service, route.severity.urgency())? {
            Some(page) => {
                self.fire(tx, team, page, true, signal, route.severity)?;
                page
            }
            None => self.open(tx, team, service, route, signal)?,
        };
        let alert = Alert::open(id, page, route, signal, tx.now());
        let key = (alert.integration.clone(), alert.dedup_key.clone());
        self.changed.push(Changed::Firing(key.0.clone(), key.1.clone()));
        self.alerts.insert(key, alert);
        Ok(())
    }

    /// The same alert again. When it has become bad enough for another urgency, it moves to that page.
    fn repeat(
        &mut self,
        tx: &mut Tx,
        team: &Team,
        route: &Route,
        signal: &Signal,
        mut alert: Alert,
    ) -> Result<(), StorageError> {
        let before = alert.severity.urgency();
        alert.fold(route, signal, tx.now());
        if alert.severity.urgency() < before
            && let Some(service) = team.service(&alert.service)
        {
            self.clear(tx, team, alert.page)?;
            let worse = Route { severity: alert.severity, service: service.id.clone(), ..route.clone() };
            alert.page = match self.page_to_join(tx, team, service, worse.severity.urgency())? {
                Some(page) => {
                    self.fire(tx, team, page, true, signal, worse.severity)?;
                    page
                }
                None => self.open(tx, team, service, &worse, signal)?,
            };
        } else {
            self.fire(tx, team, alert.page, false, signal, alert.severity)?;
        }
        let key = (alert.integration.clone(), alert.dedup_key.clone());
        self.changed.push(Changed::Firing(key.0.clone(), key.1.clone()));
        self.alerts.insert(key, alert);
        Ok(())
    }

    fn page_to_join(
        &mut self,
        tx: &mut Tx,
        team: &Team,
        service: &Service,
        urgency: Urgency,
    ) -> Result<Option<PageId>, StorageError> {
        let here = |w: &&Work| w.page.service == service.id && w.page.urgency == urgency;
        // A page that ends in this batch is decided first: what fires next reopens it.
        let ending: Vec<PageId> = self
            .pages
            .values()
            .filter(here)
            .filter(|w| matches!(w.waiting, Some(Waiting::Clear { .. })))
            .map(|w| w.page.id)
            .collect();
        for page in ending {
            self.decide(tx, team, page)?;
        }
        if let Some(work) = self.pages.values().filter(here).max_by_key(|w| (w.page.is_open(), w.page.number))
        {
            return Ok(Some(work.page.id));
        }
        let since = tx.now() - FLAPPING_WITHIN.delta();
        let Some(page) = tx.page_to_join(&service.id, urgency, since)? else { return Ok(None) };
        Ok(Some(self.hold(page)))
    }

    fn open(
        &mut self,
        tx: &mut Tx,
        team: &Team,
        service: &Service,
        route: &Route,
        signal: &Signal,
    ) -> Result<PageId, StorageError> {
        // `Team::problems` holds that every service has a policy.
        let policy = team.policy(&service.policy).ok_or(StorageError::NoTeam)?;
        let (ring_from, waiting) = ring_from(tx, service, route.severity)?;
        let new = OpenPage {
            id: PageId((self.new_id)()),
            number: tx.next_page_number()?,
            service: service.id.clone(),
            urgency: route.severity.urgency(),
            severity: route.severity,
            title: signal.summary.clone(),
            source: signal.source.clone(),
            runbook: signal.runbook.clone().or_else(|| service.runbook.clone()),
            started_at: firebell_domain::alert::believed_start(signal.claimed_at.as_deref(), tx.now()),
            alerts: 1,
            repeats: 0,
            plan: policy.plan(route.severity),
            origin: None,
            author: None,
            ring_from,
            waiting,
        };
        let (page, events) = open_page(tx, new)?;
        let id = page.id;
        self.order.push(id);
        self.pages.insert(id, Work { page, events, waiting: None });
        Ok(id)
    }

    fn hold(&mut self, page: Page) -> PageId {
        let id = page.id;
        if !self.pages.contains_key(&id) {
            self.order.push(id);
            self.pages.insert(id, Work { page, events: vec![], waiting: None });
        }
        id
    }

    /// False when there is no such page: an alert outlived it.
    fn load(&mut self, tx: &mut Tx, id: PageId) -> Result<bool, StorageError> {
        if self.pages.contains_key(&id) {
            return Ok(true);
        }
        let Some(page) = tx.page(id)? else { return Ok(false) };
        self.hold(page);
        Ok(true)
    }

    fn fire(
        &mut self,
        tx: &mut Tx,
        team: &Team,
        id: PageId,
        is_new: bool,
        signal: &Signal,
        severity: firebell_domain::Severity,
    ) -> Result<(), StorageError> {
        if !self.load(tx, id)? {
            return Ok(());
        }
        if self.pages.get(&id).is_some_and(|w| matches!(w.waiting, Some(Waiting::Clear { .. }))) {
            self.decide(tx, team, id)?;
        }
        let Some(work) = self.pages.get_mut(&id) else { return Ok(()) };
        match &mut work.waiting {
            Some(Waiting::Fire { new_alerts, repeats, summary, severity: worst }) => {
                *new_alerts += u32::from(is_new);
                *repeats += u32::from(!is_new);
                summary.clone_from(&signal.summary);
                *worst = (*worst).min(severity);
            }
            _ => {
                work.waiting = Some(Waiting::Fire {
                    new_alerts: u32::from(is_new),
                    repeats: u32::from(!is_new),
                    summary: signal.summary.clone(),
                    severity,
                });
            }
        }
        Ok(())
    }

    fn clear(&mut self, tx: &mut Tx, team: &Team, id: PageId) -> Result<(), StorageError> {
        if !self.load(tx, id)? {
            return Ok(());
        }
        if self.pages.get(&id).is_some_and(|w| matches!(w.waiting, Some(Waiting::Fire { .. }))) {
            self.decide(tx, team, id)?;
        }
        let Some(work) = self.pages.get_mut(&id) else { return Ok(()) };
        match &mut work.waiting {
            Some(Waiting::Clear { ended }) => *ended += 1,
            _ => work.waiting = Some(Waiting::Clear { ended: 1 }),
        }
        Ok(())
    }

    fn acknowledge(&mut self, tx: &mut Tx, team: &Team, id: PageId) -> Result<(), StorageError> {
        if !self.load(tx, id)? {
            return Ok(());
        }
        self.decide(tx, team, id)?;
        self.ask(
            tx,
            id,
            Command::Acknowledge { by: Actor::Monitoring, via: Via::Monitoring, claimed_at: None },
        )
    }

    /// Decides about what waits for a page.
    fn decide(&mut self, tx: &mut Tx, team: &Team, id: PageId) -> Result<(), StorageError> {
        let Some(work) = self.pages.get_mut(&id) else { return Ok(()) };
        let command = match work.waiting.take() {
            None => return Ok(()),
            Some(Waiting::Clear { ended }) => {
                Command::Clear { ended, firing: work.page.tally.firing.saturating_sub(ended) }
            }
            Some(Waiting::Fire { new_alerts, repeats, summary, severity }) => {
                let service = team.service(&work.page.service);
                let plan = service
                    .and_then(|s| team.policy(&s.policy))
                    .map_or_else(|| work.page.plan.clone(), |p| p.plan(severity));
                let (ring_from, waiting) = match service {
                    Some(service) => ring_from(tx, service, severity)?,
                    None => (tx.now(), None),
                };
                let firing = Firing { new_alerts, repeats, summary, severity, plan, ring_from, waiting };
                Command::Fire(Box::new(firing))
            }
        };
        self.ask(tx, id, command)
    }

    fn ask(&mut self, tx: &mut Tx, id: PageId, command: Command) -> Result<(), StorageError> {
        let Some(work) = self.pages.get_mut(&id) else { return Ok(()) };
        // A monitoring system is not told of refusals: what it wants has no effect, which is the contract.
        if let Ok(events) = decide_on(tx, &work.page, command)? {
            apply(tx, &mut work.page, &events);
            work.events.extend(events);
        }
        Ok(())
    }

    fn finish(mut self, tx: &mut Tx, team: &Team) -> Result<(), StorageError> {
        for id in self.order.clone() {
            self.decide(tx, team, id)?;
        }
        // Alerts before pages: a page that a person resolves ends all its alerts, and so must find them.
        let mut newest: HashMap<AlertId, &Alert> = HashMap::new();
        for change in &self.changed {
            let alert = match change {
                Changed::Ended(alert) => Some(alert.as_ref()),
                Changed::Firing(integration, key) => self.alerts.get(&(integration.clone(), key.clone())),
            };
            if let Some(alert) = alert {
                newest.insert(alert.id, alert);
            }
        }
        let alerts: Vec<&Alert> = newest.into_values().collect();
        tx.save_alerts(&alerts)?;
        for id in &self.order {
            let Some(mut work) = self.pages.remove(id) else { continue };
            if !work.events.is_empty() {
                save(tx, &mut work.page, std::mem::take(&mut work.events))?;
            }
        }
        Ok(())
    }
}
