//! The ways to restore service in an incident.

use super::room::detail;
use super::runs::Asker;
use crate::ClientApp;
use crate::gather::{not_told, stamp};
use crate::mitigation::{Book, Known, first_signal, mitigations};
use firebell_domain::change_event::ChangeEvent;
use firebell_domain::gather::{Part, neighbours};
use firebell_domain::incident::Incident;
use firebell_domain::playbook::Playbook;
use firebell_domain::runbook::read;
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, Instant, ServiceId};
use firebell_protocol::mitigation::Mitigations;
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Changes asked for.
const LIST_MAX: u32 = 200;

#[derive(Deserialize)]
pub(super) struct Wanted {
    incident: IncidentId,
    /// Asks the server what was deployed. Without it the answer is at hand at once, on a train too.
    changes: bool,
}

pub(super) async fn mitigations_of(app: Arc<ClientApp>, args: Wanted) -> Result<Mitigations, WindowError> {
    let incident = detail(&app, args.incident).await?.row.incident;
    let asker = Asker::of(&app)?;
    let playbook = asker.team.as_ref().map(Team::playbook).unwrap_or_default();
    let now = app.team_time();
    let changes = match args.changes {
        true => changes(&app, &incident, asker.team.as_ref(), &playbook, now).await,
        false => Part::Waiting,
    };
    let services: BTreeSet<ServiceId> = incident.services.iter().cloned().collect();
    let team = asker.team;
    let books = books(&app, services).await?;
    let known =
        Known { incident: &incident, team: team.as_ref(), playbook: &playbook, books: &books, changes, now };
    Ok(mitigations(known))
}

/// Runbooks of these services, read as they stand now.
pub(crate) async fn books(
    app: &Arc<ClientApp>,
    services: BTreeSet<ServiceId>,
) -> Result<Vec<Book>, WindowError> {
    let asker = Asker::of(app)?;
    app.clone().written(move |library, _| Ok((read_books(library, &asker, &services)?, vec![]))).await
}

fn read_books(
    library: &mut crate::library::Library,
    asker: &Asker,
    services: &BTreeSet<ServiceId>,
) -> Result<Vec<Book>, crate::library::LibraryError> {
    let mut books = vec![];
    for row in library.store().runbooks()? {
        let Some(service) = row.service.clone().map(ServiceId::new) else { continue };
        if row.archived || !services.contains(&service) {
            continue;
        }
        let body = library.runbook_text(row.id)?;
        let Some(detail) = library.store().runbook(row.id)? else { continue };
        let not_run = asker.check(&detail, &body).err().map(|e| e.words);
        let reviewed = Asker::is_reviewed(&detail, &body);
        let steps = read(&body).steps;
        books.push(Book { runbook: row.id, title: row.title, service, reviewed, not_run, steps });
    }
    Ok(books)
}

/// From so long before the first signal as triage looks, until now.
async fn changes(
    app: &ClientApp,
    incident: &Incident,
    team: Option<&Team>,
    playbook: &Playbook,
    now: Instant,
) -> Part<Vec<ChangeEvent>> {
    let Some(team) = team else {
        let words = "Deployments are told to a team's server, and this computer is in no team.";
        return Part::Absent { words: words.into() };
    };
    let known: Vec<_> = incident.services.iter().filter_map(|id| team.service(id)).collect();
    if known.is_empty() {
        let words = "The incident names no service of the team, so no deployment can be its own.";
        return Part::Absent { words: words.into() };
    }
    let ids: BTreeSet<&str> = known
        .iter()
        .flat_map(|service| std::iter::once(*service).chain(neighbours(team, service)))
        .map(|service| service.id.as_str())
        .collect();
    let services = ids.into_iter().collect::<Vec<_>>().join(",");
    let from = first_signal(&incident.moments, now) - playbook.triage.changes_within.delta();
    let path = {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("service", &services);
        query.append_pair("from", &stamp(from));
        query.append_pair("until", &stamp(now + chrono::TimeDelta::seconds(1)));
        query.append_pair("limit", &LIST_MAX.to_string());
        format!("/api/v1/changes?{}", query.finish())
    };
    let asked = match app.server() {
        Ok(server) => server.get(&path).await,
        Err(e) => Err(e),
    };
    asked.map_or_else(not_told, |found| Part::Ok { found })
}
