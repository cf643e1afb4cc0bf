//! The incident room, and the updates that are written in it.

use super::library::gone_or;
use crate::ClientApp;
use crate::notice::{Heard, Notice};
use crate::room::{TAKEN_BACK_WITHIN, Writing, compose, room};
use crate::words::error;
use chrono::TimeDelta;
use firebell_domain::incident::IncidentCommand;
use firebell_domain::playbook::Audience;
use firebell_domain::room::RoomChange;
use firebell_domain::update::{StatusUpdate, Told};
use firebell_domain::{IncidentId, Instant, UpdateId};
use firebell_protocol::library::{IncidentDetail, IncidentRow};
use firebell_protocol::room::{Composed, IncidentInRoom, NextTime};
use firebell_protocol::window::{Change, WindowError};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Whoever presses the key twice means it once.
const AGAIN_AFTER: TimeDelta = TimeDelta::minutes(1);

#[derive(Deserialize)]
pub(super) struct TheIncident {
    incident: IncidentId,
}

pub(super) async fn detail(app: &ClientApp, incident: IncidentId) -> Result<IncidentDetail, WindowError> {
    gone_or(app.look(move |q| Ok((q.incident(incident)?, q.is_gone(incident)?))).await?)
}

pub(super) async fn incident(app: Arc<ClientApp>, args: TheIncident) -> Result<IncidentInRoom, WindowError> {
    let detail = detail(&app, args.incident).await?;
    let (team, me) = (app.team(), app.person());
    let mut opened = room(detail, team.as_ref(), me.as_ref(), app.team_time());
    opened.no_news_at = app.no_news.at(args.incident);
    opened.no_news_unsent = app.no_news.unsent(args.incident);
    Ok(opened)
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
    let writing = Writing { told, written, next, corrects: corrects.as_ref(), me: app.person() };
    Ok(compose(&detail, writing, app.team().as_ref(), app.team_time()))
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
    let begun = compose(&detail, Writing::default(), team.as_ref(), now);
    // One that waits for the network is an update, too.
    if begun.last.is_none() && begun.waiting_since.is_none() {
        return Err(error("refused", "Nobody was told anything of it yet. Write the first update (U)."));
    }
    if begun.last.as_ref().is_some_and(|last| last.update.told.no_news && now - last.at < AGAIN_AFTER) {
        let words =
            "That went out a moment ago; they have read it. Write an update (U) if there is more to say.";
        return Err(error("refused", words));
    }
    let readers: Option<BTreeSet<Audience>> = begun.last.map(|last| last.update.texts.into_keys().collect());
    let told = Told { no_news: true, ..begun.told };
    let writing = Writing { told: Some(told), ..Writing::default() };
    let composed = compose(&detail, writing, team.as_ref(), now);
    let mut wanted: Vec<_> = composed
        .texts
        .into_iter()
        .filter(|t| readers.as_ref().map_or(t.is_told, |all| all.contains(&t.audience)))
        .collect();
    if wanted.is_empty() {
        return Err(error("refused", "The last update was for nobody. Write an update instead."));
    }
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
