//! Incidents that have to do with each other.

use crate::ClientApp;
use crate::commands::room::detail;
use firebell_domain::incident::Incident;
use firebell_domain::related::{WITHIN, related, services_near, suggest};
use firebell_domain::room::Field;
use firebell_domain::{IncidentId, Instant};
use firebell_protocol::incidents::IncidentFilter;
use firebell_protocol::room::RelatedSuggestion;
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Incidents among which they are looked for.
const LOOKED_AT: u32 = 500;

#[derive(Deserialize)]
pub(super) struct Relate {
    incident: IncidentId,
    other: IncidentId,
    reason: String,
    /// False: they have nothing to do with each other (any more).
    related: bool,
}

pub(super) async fn relate(app: Arc<ClientApp>, args: Relate) -> Result<(), WindowError> {
    let Relate { incident, other, reason, related } = args;
    app.written(move |l, at| l.relate(incident, other, &reason, related, at)).await
}

#[derive(Deserialize)]
pub(super) struct TheIncident {
    incident: IncidentId,
}

/// Those that may have to do with it, from this computer's library.
pub(super) async fn suggested(
    app: Arc<ClientApp>,
    args: TheIncident,
) -> Result<Vec<RelatedSuggestion>, WindowError> {
    let detail = detail(&app, args.incident).await?;
    let (team, now) = (app.team(), app.team_time());
    let of = detail.row.incident;
    let fields = detail.fields.iter().map(|(name, f)| {
        (name.clone(), Field { value: &f.value, author: &f.author, at: f.at, pending: f.pending })
    });
    let known = related(&fields.collect());
    let services = services_near(&of, team.as_ref());
    if services.is_empty() {
        return Ok(vec![]);
    }
    let rows = app.look(move |q| {
        let near = IncidentFilter { services, ..IncidentFilter::default() };
        let recent: Option<Instant> = now.checked_sub_signed(WITHIN.delta());
        let mut rows =
            q.incidents(&IncidentFilter { declared_from: recent, ..near.clone() }, LOOKED_AT, 0)?;
        rows.extend(q.incidents(&IncidentFilter { open: Some(true), ..near }, LOOKED_AT, 0)?);
        Ok(rows)
    });
    let rows = rows.await?;
    let others: Vec<&Incident> = rows.iter().map(|row| &row.incident).collect();
    let found = suggest(&of, &known, others, team.as_ref(), now);
    let mut by_id: HashMap<IncidentId, _> = rows.iter().map(|row| (row.incident.id, row)).collect();
    let with_row = |s: firebell_domain::related::Suggested| {
        let row = by_id.remove(&s.incident)?.clone();
        Some(RelatedSuggestion { row, why: s.why, service: s.service })
    };
    Ok(found.into_iter().filter_map(with_row).collect())
}
