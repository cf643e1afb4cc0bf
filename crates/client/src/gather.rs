//! What triage gathers, on its way. Every part is a task of its own: none waits for another, and nothing waits for any.

use crate::ClientApp;
use crate::commands::books;
use crate::mitigation::{Book, reviewed_commands};
use crate::rest::Server;
use crate::tls;
use crate::words::error;
use firebell_domain::change_event::ChangeEvent;
use firebell_domain::gather::{AlertGlance, Gathered, Part, neighbours};
use firebell_domain::health::{HealthCheck, HealthFrom, HealthOutcome};
use firebell_domain::network::AllowList;
use firebell_domain::playbook::Playbook;
use firebell_domain::team::{Service, Team};
use firebell_domain::{Instant, PageId, ServiceId};
use firebell_probe::Probe;
use firebell_protocol::window::{Change, ConnectionState, WindowError};
use firebell_store::library::IncidentFilter;
use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

/// Gatherings kept; the oldest goes first. A window shows one or two.
const KEPT: usize = 16;
/// The server's own work around a health check.
const AROUND_A_CHECK: Duration = Duration::from_secs(5);
/// How long the library is waited for.
const OPENED_WITHIN: Duration = Duration::from_secs(3);
/// Open incidents looked through.
const INCIDENTS_MAX: u32 = 5_000;
/// Changes and alerts asked for.
const LIST_MAX: u32 = 200;

/// What was gathered lately, by numbers that mean nothing beyond this run of the app.
pub(crate) struct Gathering {
    held: Mutex<Held>,
    probe: Probe,
}

#[derive(Default)]
struct Held {
    last: u64,
    kept: VecDeque<(u64, Gathered)>,
}

impl Default for Gathering {
    fn default() -> Self {
        Self { held: Mutex::default(), probe: Probe::new(tls::builder) }
    }
}

impl Gathering {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn of(&self, gather: u64) -> Option<Gathered> {
        self.lock().kept.iter().find(|(id, _)| *id == gather).map(|(_, found)| found.clone())
    }

    /// Signed out: it was the team's.
    pub(crate) fn forget(&self) {
        self.lock().kept.clear();
    }

    fn begin(&self, found: Gathered) -> u64 {
        let mut held = self.lock();
        held.last += 1;
        let id = held.last;
        held.kept.push_back((id, found));
        if held.kept.len() > KEPT {
            held.kept.pop_front();
        }
        id
    }

    /// False when nobody keeps it any more.
    fn take(&self, gather: u64, part: impl FnOnce(&mut Gathered)) -> bool {
        let mut held = self.lock();
        let found = held.kept.iter_mut().find(|(id, _)| *id == gather);
        found.map(|(_, found)| part(found)).is_some()
    }
}

/// What every task of one gathering knows.
struct Errand {
    app: Arc<ClientApp>,
    gather: u64,
    team: Team,
    playbook: Playbook,
    around: Instant,
    now: Instant,
    /// The service and its neighbours, with commas between them.
    services: String,
    /// Their runbooks, when they have come.
    books: OnceLock<Vec<Book>>,
}

impl Errand {
    fn bring(&self, part: impl FnOnce(&mut Gathered)) {
        let kept = self.app.gathering.take(self.gather, |found| {
            part(found);
            let books = self.books.get().map(Vec::as_slice).unwrap_or_default();
            let changes = found.changes.found().map(Vec::as_slice).unwrap_or_default();
            let commands = reviewed_commands(books, changes, self.around, self.now, &self.playbook);
            found.think(&self.team, &self.playbook, &commands);
        });
        if kept {
            self.app.tell(Change::Gathered { gather: self.gather });
        }
    }

    /// How long a health endpoint may take.
    fn health_timeout(&self) -> Duration {
        Duration::from_millis(u64::try_from(self.playbook.triage.health_timeout.as_millis()).unwrap_or(5_000))
    }
}

/// Starts gathering; the number by which it is asked for. Each part that comes is told by [`Change::Gathered`].
pub(crate) fn start(
    app: Arc<ClientApp>,
    service: &ServiceId,
    around: Instant,
    page: Option<PageId>,
) -> Result<u64, WindowError> {
    let window = app.window();
    let unknown =
        || error("bad_input", format!("There is no service `{service}` in the team. Choose another one."));
    let team = window.team.ok_or_else(unknown)?;
    let known = team.service(service).cloned().ok_or_else(unknown)?;
    // The server's time: what is asked for are its changes and alerts.
    let now = window.now + chrono::TimeDelta::milliseconds(window.clock_offset_ms);
    let begun = Gathered::begin(&team, &known, around, page, now);
    let health: Vec<Service> = begun
        .health
        .iter()
        .filter(|h| h.check.is_waiting())
        .filter_map(|h| team.service(&h.service).cloned())
        .collect();
    let mut services = vec![known.id.as_str()];
    services.extend(neighbours(&team, &known).map(|n| n.id.as_str()));
    let services = services.join(",");
    let gather = app.gathering.begin(begun);
    let playbook = team.playbook();
    let errand =
        Arc::new(Errand { app, gather, team, playbook, around, now, services, books: OnceLock::new() });
    for service in health {
        let errand = errand.clone();
        tokio::spawn(async move {
            let check = check(&errand, &service).await;
            errand.bring(|found| found.take_health(&service.id, check));
        });
    }
    tokio::spawn(changes(errand.clone()));
    tokio::spawn(alerts(errand.clone()));
    tokio::spawn(runbooks(errand.clone()));
    tokio::spawn(incidents(errand));
    Ok(gather)
}

/// From where the team's file says.
async fn check(errand: &Errand, service: &Service) -> Part<HealthCheck> {
    let within = errand.health_timeout();
    if service.health_from == HealthFrom::Server {
        let path = format!("/api/v1/services/{}/health", service.id);
        let asked = match errand.app.server() {
            Ok(server) => server.get_within(&path, within + AROUND_A_CHECK).await,
            Err(e) => Err(e),
        };
        return asked.map_or_else(not_told, |found| Part::Ok { found });
    }
    let Some(url) = &service.health else { return Part::Waiting };
    let allowed = AllowList::of(&errand.team.team.health_allow);
    let outcome = errand.app.gathering.probe.look(url, &allowed, within).await;
    let connected = errand.app.window().connection.state == ConnectionState::Connected;
    if let (false, HealthOutcome::Unreachable { words, .. }) = (connected, &outcome) {
        let words = format!(
            "This computer reaches neither it nor the team server; it may be offline itself. {words}"
        );
        return Part::Offline { words };
    }
    let found =
        HealthCheck { service: service.id.clone(), from: HealthFrom::Desktop, at: errand.now, outcome };
    Part::Ok { found }
}

async fn changes(errand: Arc<Errand>) {
    let from = errand.around - errand.playbook.triage.changes_within.delta();
    // What was changed since is shown, too: somebody may have rolled back already.
    let until = errand.now.max(errand.around) + chrono::TimeDelta::seconds(1);
    let path = format!(
        "/api/v1/changes?service={}&from={}&until={}&limit={LIST_MAX}",
        errand.services,
        stamp(from),
        stamp(until)
    );
    match ask::<Vec<ChangeEvent>>(&errand.app, &path).await {
        Ok(found) => errand.bring(|gathered| gathered.take_changes(found)),
        Err(e) => errand.bring(|gathered| gathered.changes = not_told(e)),
    }
}

async fn alerts(errand: Arc<Errand>) {
    let around = errand.playbook.triage.alerts_around.delta();
    let path = format!(
        "/api/v1/alerts?services={}&from={}&until={}&limit={LIST_MAX}",
        errand.services,
        stamp(errand.around - around),
        stamp(errand.around + around)
    );
    match ask::<Vec<AlertGlance>>(&errand.app, &path).await {
        Ok(found) => errand.bring(|gathered| gathered.take_alerts(found)),
        Err(e) => errand.bring(|gathered| gathered.alerts = not_told(e)),
    }
}

/// From this computer's library: known without a network.
async fn incidents(errand: Arc<Errand>) {
    let look = || {
        let open = IncidentFilter { open: Some(true), ..IncidentFilter::default() };
        errand.app.look(move |q| q.incidents(&open, INCIDENTS_MAX, 0))
    };
    match of_library(&errand.app, look).await {
        Ok(rows) => errand.bring(|gathered| {
            gathered.take_incidents(rows.into_iter().map(|row| (row.incident, row.title)));
        }),
        Err(e) => errand.bring(|gathered| gathered.incidents = Part::Failed { words: e.words }),
    }
}

/// From this computer's library, too. A runbook that cannot be read leaves the generic command.
async fn runbooks(errand: Arc<Errand>) {
    let services: BTreeSet<_> = errand.services.split(',').map(ServiceId::new).collect();
    if let Ok(read) = of_library(&errand.app, || books(&errand.app, services.clone())).await {
        // Nobody else puts them there.
        let _ = errand.books.set(read);
        errand.bring(|_| ());
    }
}

/// Looks into the library; once more where it was still being opened.
async fn of_library<T, F>(app: &ClientApp, look: impl Fn() -> F) -> Result<T, WindowError>
where
    F: Future<Output = Result<T, WindowError>>,
{
    let mut changes = app.changes();
    let looked = look().await;
    if looked.is_ok() {
        return looked;
    }
    // Right after the start it is still being opened, and says when it is.
    let opened = async { while !matches!(changes.recv().await, Ok(Change::Library) | Err(_)) {} };
    match tokio::time::timeout(OPENED_WITHIN, opened).await {
        Ok(()) => look().await,
        Err(_) => looked,
    }
}

async fn ask<T: serde::de::DeserializeOwned>(app: &ClientApp, path: &str) -> Result<T, WindowError> {
    let server: Server = app.server()?;
    server.get(path).await
}

pub(crate) fn not_told<T>(e: WindowError) -> Part<T> {
    match e.code.as_str() {
        "offline" => Part::Offline { words: e.words },
        _ => Part::Failed { words: e.words },
    }
}

/// As it stands in an address: `Z`, because a plus would be read as a blank.
pub(crate) fn stamp(at: Instant) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests;
