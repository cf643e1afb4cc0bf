//! Joining, leaving, connecting.

use super::Nothing;
use crate::app::http;
use crate::keychain::DEVICE_TOKEN;
use crate::session::Signal;
use crate::words::{error, of_keychain};
use crate::{ClientApp, enrol as invite};
use firebell_protocol::window::WindowError;
use reqwest::Method;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Enrol {
    link: String,
    device_name: String,
}

pub(super) async fn enrol(app: Arc<ClientApp>, args: Enrol) -> Result<(), WindowError> {
    let parsed = invite::parse(&args.link)?;
    if let Some(team) = app.read(|r, _| r.identity().map(|i| i.team.clone()))? {
        let words = format!(
            "This computer is in the team {team} already. Sign out in Settings first, then use the link again."
        );
        return Err(error("refused", words));
    }
    let http = http()?;
    let (identity, token) = invite::redeem(http, &parsed, &args.device_name).await?;
    let (keychain, secret) = (app.keychain.clone(), token.clone());
    tokio::task::spawn_blocking(move || keychain.set(DEVICE_TOKEN, &secret))
        .await
        .map_err(|_| error("keychain", "The keychain did not answer; unlock it and ask for a new invite."))?
        .map_err(|e| of_keychain(&e))?;
    app.lock().token = Some(token);
    app.stepped(|r, at| r.enrol(identity, at))?;
    {
        let mut state = app.lock();
        state.connection.words.clear();
        app.publish(&state);
    }
    app.signal(Signal::OtherDevice);
    Ok(())
}

pub(super) async fn sign_out(app: Arc<ClientApp>, _: Nothing) -> Result<(), WindowError> {
    let device = app.read(|r, _| r.identity().map(|i| i.you.device))?;
    let server = app.server();
    // First here, so that the server's farewell to a removed device finds nobody.
    app.forget_device(String::new()).await?;
    // The server is told if it can be; if not, an admin sees a dead device and removes it.
    if let (Some(device), Ok(server)) = (device, server)
        && let Err(e) = server.tell(Method::DELETE, &format!("/api/v1/devices/{device}")).await
    {
        tracing::warn!(error = %e, "the server was not told of the sign-out");
    }
    Ok(())
}

pub(super) async fn alarm_quiet(app: Arc<ClientApp>, _: Nothing) -> Result<(), WindowError> {
    app.alarm_quiet()
}

pub(super) async fn retry(app: Arc<ClientApp>, _: Nothing) -> Result<(), WindowError> {
    app.wake();
    Ok(())
}
