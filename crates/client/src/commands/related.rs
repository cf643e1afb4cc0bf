//! Incidents that have to do with each other.

use crate::ClientApp;
use crate::commands::room::detail;
use firebell_domain::IncidentId;
use firebell_domain::related::{Near, named_once_public, near, related, suggest};
use firebell_domain::room::Field;
use firebell_protocol::incidents::IncidentFilter;
use firebell_protocol::library::IncidentRow;
use firebell_protocol::room::RelatedSuggestion;
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;

/// Incidents among which they are looked for.
const LOOKED_AT: u32 = 500;
/// Among which private ones are looked for: all that a team has.
const PRIVATE_LOOKED_AT: u32 = 100_000;

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

/// Private incidents that the whole team reads of when this one is made public.
pub(super) async fn named_once_public_of(
    app: Arc<ClientApp>,
    args: TheIncident,
) -> Result<Vec<IncidentRow>, WindowError> {
    let detail = detail(&app, args.incident).await?;
    let Some(me) = app.person() else { return Ok(vec![]) };
    let rows = app.look(|q| q.incidents(&IncidentFilter::default(), PRIVATE_LOOKED_AT, 0)).await?;
    let known = rows.iter().map(|row| &row.incident);
    let named = named_once_public(&detail.row.incident, detail.fields.keys(), known, &me);
    Ok(rows.into_iter().filter(|row| named.contains(&row.incident.id)).collect())
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
    let looked = near(&of, team.as_ref(), now);
    let found = app.look(move |q| {
        let mut found: Vec<(Near, IncidentRow)> = vec![];
        for near in looked {
            let filter = IncidentFilter {
                services: near.services.clone(),
                declared_from: near.declared_from,
                open: near.is_open,
                ..IncidentFilter::default()
            };
            let rows = q.incidents(&filter, LOOKED_AT, 0)?;
            found.extend(rows.into_iter().map(|row| (near.clone(), row)));
        }
        Ok(found)
    });
    let rows = found.await?;
    let found = suggest(&of, &known, rows.iter().map(|(near, row)| (near, &row.incident)));
    let mut by_id: HashMap<IncidentId, _> = rows.iter().map(|(_, row)| (row.incident.id, row)).collect();
    let with_row = |s: firebell_domain::related::Suggested| {
        let row = by_id.remove(&s.incident)?.clone();
        Some(RelatedSuggestion { row, why: s.why, service: s.service })
    };
    Ok(found.into_iter().filter_map(with_row).collect())
}
