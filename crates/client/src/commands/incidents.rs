//! The list of incidents, narrowed down, and written to a file.

use super::library::gone_or;
use crate::ClientApp;
use crate::export::{Sheet, ending, name_of_list, new_file};
use crate::room::playbook;
use crate::words::error;
use firebell_domain::cadence::{self, Course, State};
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, Instant, ServiceId, Severity};
use firebell_protocol::incidents::{Exported, Format, IncidentFilter, IncidentsFound, WouldRing};
use firebell_protocol::library::IncidentRow;
use firebell_protocol::window::WindowError;
use firebell_store::StoreError;
use firebell_store::library::Queries;
use serde::Deserialize;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows that are answered at once.
const ROWS_MAX: u32 = 500;
/// Open incidents whose next update is worked out: more are not on the screen at once.
const UPDATES_MAX: usize = 100;
/// Values of one condition.
const VALUES_MAX: usize = 500;
/// Bytes of the words.
const TEXT_MAX: usize = 1_000;

#[derive(Deserialize)]
pub(super) struct Find {
    filter: IncidentFilter,
    /// 0 to 500; 0 counts only.
    limit: u32,
    offset: u32,
}

fn checked(filter: IncidentFilter) -> Result<IncidentFilter, WindowError> {
    if filter.text.len() > TEXT_MAX {
        return Err(error(
            "bad_input",
            format!("text: at most {TEXT_MAX} bytes are looked for; use fewer words."),
        ));
    }
    if filter.services.len() > VALUES_MAX {
        return Err(error("bad_input", format!("services: at most {VALUES_MAX} at once; choose fewer.")));
    }
    if let (Some(from), Some(until)) = (filter.declared_from, filter.declared_until)
        && from >= until
    {
        return Err(error("bad_input", "declared_until: choose a time after the one it begins with."));
    }
    Ok(filter)
}

/// Open ones first, then the latest declared first; with what is to be known of the open ones.
pub(super) async fn find(app: Arc<ClientApp>, args: Find) -> Result<IncidentsFound, WindowError> {
    let Find { filter, limit, offset } = args;
    let filter = checked(filter)?;
    let (team, now) = (app.team(), app.team_time());
    app.look(move |q| {
        let rows = if limit == 0 { vec![] } else { q.incidents(&filter, limit.min(ROWS_MAX), offset)? };
        let total = q.incident_count(&filter)?;
        let mut found = IncidentsFound { rows, total, ..IncidentsFound::default() };
        add_updates(&mut found, q, team.as_ref(), now)?;
        Ok(found)
    })
    .await
}

fn add_updates(
    found: &mut IncidentsFound,
    q: &Queries,
    team: Option<&Team>,
    now: Instant,
) -> Result<(), StoreError> {
    let open = found.rows.iter().map(|row| &row.incident).filter(|i| i.status.is_open());
    let ids: Vec<_> = open.map(|i| i.id).take(UPDATES_MAX).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let playbook = playbook(team);
    for id in ids {
        let history = q.incident_history(id)?;
        let Some(course) = Course::of(&history) else { continue };
        match cadence::state(&course, &playbook, now) {
            State::Quiet => {}
            state => {
                found.updates.insert(id, state);
            }
        }
    }
    Ok(())
}

#[derive(Deserialize)]
pub(super) struct TheIncident {
    incident: IncidentId,
}

/// One incident as listed: for those who only name it.
pub(super) async fn row(app: Arc<ClientApp>, args: TheIncident) -> Result<IncidentRow, WindowError> {
    let id = args.incident;
    gone_or(app.look(move |q| Ok((q.incident_row(id)?, q.is_gone(id)?))).await?)
}

#[derive(Deserialize)]
pub(super) struct Rings {
    severity: Severity,
    services: Vec<ServiceId>,
    private: bool,
}

/// Whom declaring it now would ring; nothing alone.
pub(super) async fn rings(app: Arc<ClientApp>, args: Rings) -> Result<Option<WouldRing>, WindowError> {
    let now = app.team_time();
    app.read(|r, _| r.would_ring(args.severity, &args.services, args.private, now))
}

#[derive(Deserialize)]
pub(super) struct Export {
    filter: IncidentFilter,
    format: Format,
}

/// Where files go.
pub(super) fn downloads(app: &ClientApp) -> Result<PathBuf, WindowError> {
    app.host.downloads().ok_or_else(|| {
        let words = "This computer names no folder for downloads. Make one called Downloads in your home folder, and try again.";
        error("refused", words)
    })
}

/// Why a file is not there.
pub(super) fn not_written(folder: &Path, e: &std::io::Error) -> WindowError {
    let folder = folder.display();
    error(
        "refused",
        format!("The file cannot be written into {folder}: {e}. Look at its rights and at the space."),
    )
}

/// Writes what the list has into the person's folder of downloads.
pub(super) async fn export(app: Arc<ClientApp>, args: Export) -> Result<Exported, WindowError> {
    let Export { filter, format } = args;
    let filter = checked(filter)?;
    let folder = downloads(&app)?;
    let (team, now) = (app.team(), app.team_time());
    app.look(move |q| Ok(write(q, &filter, format, folder, team.as_ref(), now))).await?
}

fn write(
    q: &Queries,
    filter: &IncidentFilter,
    format: Format,
    folder: PathBuf,
    team: Option<&Team>,
    now: Instant,
) -> Result<Exported, WindowError> {
    let failed = |e: std::io::Error| not_written(&folder, &e);
    let (path, file) = new_file(&folder, &name_of_list(now), ending(format)).map_err(failed)?;
    let fill = || -> Result<u32, WindowError> {
        let mut sheet = Sheet::begin(format, file).map_err(failed)?;
        let count = q.each_incident(filter, |listed| sheet.put(&listed, team));
        let count = count.map_err(|e| crate::words::of_store(&e))?.map_err(failed)?;
        let mut file = sheet.finish().map_err(failed)?;
        file.flush().map_err(failed)?;
        Ok(count)
    };
    let count = fill().inspect_err(|_| {
        // Half a list would be taken for a whole one.
        if let Err(e) = std::fs::remove_file(&path) {
            tracing::warn!(error = %e, "a file that was begun could not be removed");
        }
    })?;
    Ok(Exported { path: path.display().to_string(), count, missing: 0 })
}
