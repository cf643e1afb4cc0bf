//! A person's other ways to be reached.

use super::caller::{Body, Caller, id};
use super::{Trouble, Web};
use crate::channels::{BadAddress, check_address};
use crate::secret;
use crate::storage::Channel;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use firebell_domain::liveness::ChannelKind;
use firebell_domain::{ChannelId, Span};
use firebell_protocol::rest::{ChannelView, NewChannel};
use serde_json::{Value, json};

/// Channels of one person.
const CHANNELS_MAX: usize = 20;

fn view(channel: Channel, secret: Option<String>) -> ChannelView {
    ChannelView {
        id: channel.id,
        kind: channel.kind,
        url: channel.url,
        delay: channel.delay,
        secret,
        last_used: channel.last_used,
        last_error: channel.last_error,
    }
}

/// `GET /api/v1/me/channels`. May be called by: a device; its person's.
pub async fn list(State(web): State<Web>, caller: Caller) -> Result<Json<Vec<ChannelView>>, Trouble> {
    let channels = web.app().storage.channels_of(caller.person).await?;
    Ok(Json(channels.into_iter().map(|c| view(c, None)).collect()))
}

/// `POST /api/v1/me/channels`. May be called by: a device, for its person. A webhook's secret is shown here, once.
pub async fn add(
    State(web): State<Web>,
    caller: Caller,
    Body(new): Body<NewChannel>,
) -> Result<(StatusCode, Json<ChannelView>), Trouble> {
    let url = check_address(&new.url, web.app().config.allow_loopback_channels)
        .map_err(|bad| Trouble::field("url", bad.to_string()))?;
    if new.kind == ChannelKind::Ntfy && url.path().trim_matches('/').is_empty() {
        return Err(Trouble::field("url", BadAddress::NoTopic.to_string()));
    }
    if new.delay < Span::ZERO || new.delay > Span::hours(1) {
        return Err(Trouble::field("delay", "must be 0s to 1h"));
    }
    if let Some(token) = &new.token
        && (token.is_empty() || token.len() > 500 || !token.bytes().all(|b| b.is_ascii_graphic()))
    {
        return Err(Trouble::field("token", "must be 1 to 500 letters, digits or signs without spaces"));
    }
    let secret = (new.kind == ChannelKind::Webhook).then(secret::token);
    let channel = Channel {
        id: ChannelId(uuid::Uuid::new_v4()),
        person: caller.person.clone(),
        kind: new.kind,
        url: url.to_string(),
        delay: new.delay,
        secret: secret.clone(),
        token: new.token.filter(|_| new.kind == ChannelKind::Ntfy),
        last_used: None,
        last_error: None,
    };
    let storage = &web.app().storage;
    if storage.channels_of(caller.person).await?.len() >= CHANNELS_MAX {
        return Err(Trouble::field(
            "kind",
            format!("there are {CHANNELS_MAX} channels already; remove one first"),
        ));
    }
    let stored = channel.clone();
    storage.write(move |tx| tx.add_channel(&stored)).await?;
    Ok((StatusCode::CREATED, Json(view(channel, secret))))
}

/// `DELETE /api/v1/me/channels/{id}`. May be called by: a device of its person.
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<StatusCode, Trouble> {
    let id: ChannelId = id(&text)?;
    let removed = web.app().storage.write(move |tx| tx.remove_channel(id, &caller.person)).await?;
    if removed { Ok(StatusCode::NO_CONTENT) } else { Err(none()) }
}

/// `POST /api/v1/me/channels/{id}/test`. May be called by: a device of its person. Sends now and says how it went.
pub async fn test(
    State(web): State<Web>,
    caller: Caller,
    Path(text): Path<String>,
) -> Result<Json<Value>, Trouble> {
    let id: ChannelId = id(&text)?;
    let app = web.app();
    let channel =
        app.storage.channels_of(caller.person).await?.into_iter().find(|c| c.id == id).ok_or_else(none)?;
    let outcome = app.channels.test(&channel).await;
    let error = outcome.as_ref().err().cloned();
    app.storage.write(move |tx| tx.channel_used(id, error.as_deref())).await?;
    match outcome {
        Ok(()) => Ok(Json(json!({ "sent": true }))),
        // What failed is the other side, and the words say how.
        Err(words) => Err(Trouble::new(422, "channel_failed", words)),
    }
}

fn none() -> Trouble {
    Trouble::not_found("You have no such channel.")
}
