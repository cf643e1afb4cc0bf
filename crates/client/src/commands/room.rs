//! The incident room, and the updates that are written in it.

use super::library::gone_or;
use crate::ClientApp;
use crate::notice::{Heard, Notice};
use crate::pager::Responder;
use crate::room::{TAKEN_BACK_WITHIN, Writing, compose, last_update, room};
use crate::words::error;
use firebell_domain::incident::{IncidentCommand, Status};
use firebell_domain::playbook::Audience;
use firebell_domain::room::{RoomChange, StillOpen};
use firebell_domain::update::{StatusUpdate, Told, no_news as readers_of_no_news};
use firebell_domain::{IncidentId, Instant, UpdateId};
use firebell_protocol::library::{IncidentDetail, IncidentRow};
use firebell_protocol::room::{Composed, IncidentInRoom, NextTime};
use firebell_protocol::window::{Change, WindowError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

#[derive(Deserialize)]
pub(super) struct TheIncident {
    incident: IncidentId,
}

pub(super) async fn detail(app: &ClientApp, incident: IncidentId) -> Result<IncidentDetail, WindowError> {
    gone_or(app.look(move |q| Ok((q.incident(incident)?, q.is_gone(incident)?))).await?)
}

pub(super) async fn incident(app: Arc<ClientApp>, args: TheIncident) -> Result<IncidentInRoom, WindowError> {
    let id = args.incident;
    let read = app.look(move |q| Ok((q.incident(id)?, q.is_gone(id)?, q.told_writes(id)?)));
    let (detail, is_gone, writes) = read.await?;
    let detail = gone_or((detail, is_gone))?;
    let (team, me) = (app.team(), app.person());
    let mut opened = room(detail, &writes, team.as_ref(), me.as_ref(), app.team_time());
    opened.no_news_at = app.no_news.at(args.incident);
    opened.no_news_unsent = app.no_news.unsent(args.incident);
    Ok(opened)
}

#[derive(Deserialize)]
pub(super) struct End {
    incident: IncidentId,
    /// `resolved` or `closed`.
    to: Status,
    /// Whatever is still open.
    anyway: bool,
}

/// Resolves or closes it. What is still open is answered instead, and nothing done, unless it is to end all the same.
pub(super) async fn end(app: Arc<ClientApp>, args: End) -> Result<Vec<StillOpen>, WindowError> {
    let End { incident, to, anyway } = args;
    if !anyway {
        let detail = detail(&app, incident).await?;
        let opened = room(detail, &[], app.team().as_ref(), app.person().as_ref(), app.team_time());
        if !opened.room.still_open.is_empty() {
            return Ok(opened.room.still_open);
        }
    }
    app.written(move |l, at| l.incident_ask(incident, IncidentCommand::SetStatus { to }, at)).await?;
    Ok(vec![])
}

#[derive(Deserialize)]
pub(super) struct SetRoom {
    incident: IncidentId,
    change: RoomChange,
}

pub(super) async fn set(app: Arc<ClientApp>, args: SetRoom) -> Result<(), WindowError> {
    app.written(move |l, at| l.room_set(args.incident, &args.change, at)).await
}

#[derive(Deserialize)]
pub(super) struct Compose {
    incident: IncidentId,
    /// `None`: as a new one, or a correction, begins.
    told: Option<Told>,
    /// Written over the templates.
    written: BTreeMap<Audience, String>,
    /// `told.next_update` is made of it.
    next: NextTime,
    /// The update whose place it takes.
    corrects: Option<UpdateId>,
}

pub(super) async fn update_compose(app: Arc<ClientApp>, args: Compose) -> Result<Composed, WindowError> {
    let detail = detail(&app, args.incident).await?;
    let Compose { told, written, next, corrects, .. } = args;
    let alerts = alerts(&app, &detail);
    let writing = Writing { told, written, next, corrects: corrects.as_ref(), me: app.person(), alerts };
    Ok(compose(&detail, writing, app.team().as_ref(), app.team_time()))
}

/// What the pages of alerts are called that the incident grew out of. One that the incident opened itself says its title.
fn alerts(app: &ClientApp, detail: &IncidentDetail) -> Vec<String> {
    let named = |responder: &Responder| {
        let pages = detail.row.incident.pages.iter().filter_map(|id| responder.page(*id));
        pages.filter(|page| page.origin.is_none()).map(|page| page.title.clone()).collect()
    };
    // Without the store of pages nobody knows, and the title stands.
    app.read(|responder, _| named(responder)).unwrap_or_default()
}

#[derive(Deserialize)]
pub(super) struct Send {
    incident: IncidentId,
    told: Told,
    texts: BTreeMap<Audience, String>,
    corrects: Option<UpdateId>,
}

pub(super) async fn update_send(app: Arc<ClientApp>, args: Send) -> Result<(), WindowError> {
    let Send { incident, told, texts, corrects } = args;
    send(app.clone(), incident, told, texts, corrects).await?;
    app.no_news.seen(incident);
    Ok(())
}

async fn send(
    app: Arc<ClientApp>,
    incident: IncidentId,
    told: Told,
    texts: BTreeMap<Audience, String>,
    corrects: Option<UpdateId>,
) -> Result<(), WindowError> {
    let update = StatusUpdate { id: UpdateId(Uuid::now_v7()), told, texts, corrects };
    let command = IncidentCommand::SendUpdate { update: Box::new(update) };
    app.written(move |l, at| l.incident_ask(incident, command, at)).await
}

/// Sends that nothing is new, to those who read the last update, in a moment. Answers when.
pub(super) async fn no_news(app: Arc<ClientApp>, args: TheIncident) -> Result<Instant, WindowError> {
    let incident = args.incident;
    let detail = detail(&app, incident).await?;
    let now = app.team_time();
    let team = app.team();
    let alerts = alerts(&app, &detail);
    let begun =
        compose(&detail, Writing { alerts: alerts.clone(), ..Writing::default() }, team.as_ref(), now);
    let readers =
        readers_of_no_news(last_update(&detail), now).map_err(|refusal| error("refused", refusal.words))?;
    let told = Told { no_news: true, ..begun.told };
    let writing = Writing { told: Some(told), alerts, ..Writing::default() };
    let composed = compose(&detail, writing, team.as_ref(), now);
    let mut wanted: Vec<_> = composed.texts.into_iter().filter(|t| readers.contains(&t.audience)).collect();
    if let Some(bad) = wanted.iter().find(|t| t.text.trim().is_empty()) {
        let words = format!("The text for {} cannot be made. {}", bad.audience.id(), bad.trouble);
        return Err(error("refused", words));
    }
    let texts: BTreeMap<_, _> = wanted.drain(..).map(|t| (t.audience, t.text)).collect();
    // Refused now rather than in a moment.
    let update = StatusUpdate {
        id: UpdateId(Uuid::nil()),
        told: composed.told.clone(),
        texts: texts.clone(),
        corrects: None,
    };
    let sender = app.person().ok_or_else(|| error("refused", "Nobody is signed in on this computer."))?;
    let asked = IncidentCommand::SendUpdate { update: Box::new(update) };
    firebell_domain::incident::decide(&detail.row.incident, asked, sender, now)
        .map_err(|refusal| error("refused", refusal.words))?;
    let at = now + TAKEN_BACK_WITHIN;
    let (later, row) = (app.clone(), detail.row);
    let begun = app.no_news.begin(incident, at, || {
        let task = tokio::spawn(async move {
            tokio::time::sleep(TAKEN_BACK_WITHIN).await;
            if !later.no_news.go(incident) {
                return;
            }
            if let Err(e) = send(later.clone(), incident, composed.told, texts, None).await {
                tracing::warn!(%incident, words = e.words, "that nothing is new was not sent");
                later.no_news.failed(incident, e.words.clone());
                later.say(unsent(&row, e.words));
            }
            later.tell(Change::Incident { incident });
        });
        task.abort_handle()
    });
    app.tell(Change::Incident { incident });
    if begun { Ok(at) } else { Ok(app.no_news.at(incident).unwrap_or(at)) }
}

/// Whoever pressed the key may look elsewhere by now, and the team was told nothing.
fn unsent(row: &IncidentRow, words: String) -> Notice {
    Notice {
        incident: row.incident.id,
        number: row.incident.number,
        title: row.title.clone(),
        severity: row.incident.severity,
        heard: Heard::NoNewsUnsent { words },
        by: String::new(),
        role: String::new(),
    }
}

/// The person has read why it did not go out.
pub(super) async fn no_news_seen(app: Arc<ClientApp>, args: TheIncident) -> Result<(), WindowError> {
    app.no_news.seen(args.incident);
    app.tell(Change::Incident { incident: args.incident });
    Ok(())
}

/// False: it is sent already.
pub(super) async fn no_news_undo(app: Arc<ClientApp>, args: TheIncident) -> Result<bool, WindowError> {
    let taken_back = app.no_news.take_back(args.incident);
    app.tell(Change::Incident { incident: args.incident });
    Ok(taken_back)
}
