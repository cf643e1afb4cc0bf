//! Settings, sounds, tests.

use super::Nothing;
use crate::words::error;
use crate::{ClientApp, diagnosis};
use firebell_domain::team::is_web_link;
use firebell_protocol::window::{Diagnosis, Place, Settings, WindowError};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Chosen {
    settings: Settings,
}

fn check(app: &ClientApp, settings: &Settings) -> Result<(), WindowError> {
    if settings.volume > 100 {
        return Err(error("bad_input", "Volume: choose 0 to 100."));
    }
    if settings.gentle_start_s > 60 {
        return Err(error("bad_input", "Gentle start: choose 0 to 60 seconds."));
    }
    let sounds = app.host.sounds();
    if !sounds.contains(&settings.sound) {
        return Err(error(
            "bad_input",
            format!("Sound: there is no sound `{}`; choose one of {}.", settings.sound, sounds.join(", ")),
        ));
    }
    Ok(())
}

pub(super) async fn set(app: Arc<ClientApp>, args: Chosen) -> Result<(), WindowError> {
    check(&app, &args.settings)?;
    let autostart = args.settings.autostart;
    let before = app.settings().autostart;
    app.settings_set(args.settings)?;
    if autostart != before {
        app.host.set_autostart(autostart).map_err(|words| error("refused", words))?;
    }
    Ok(())
}

pub(super) async fn sounds(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<String>, WindowError> {
    Ok(app.host.sounds())
}

pub(super) async fn sound_preview(app: Arc<ClientApp>, args: Chosen) -> Result<(), WindowError> {
    check(&app, &args.settings)?;
    app.host.preview_sound(&args.settings).map_err(|words| error("refused", words))
}

pub(super) async fn test_page(app: Arc<ClientApp>, _: Nothing) -> Result<(), WindowError> {
    app.host.test_page().map_err(|words| error("refused", words))
}

pub(super) async fn diagnostics(app: Arc<ClientApp>, _: Nothing) -> Result<Vec<Diagnosis>, WindowError> {
    Ok(diagnosis::of(&app).await)
}

#[derive(Deserialize)]
pub(super) struct Show {
    place: Place,
}

/// From the pager window: there is more room in the main one.
pub(super) async fn show(app: Arc<ClientApp>, args: Show) -> Result<(), WindowError> {
    app.host.show(args.place).map_err(|words| error("refused", words))
}

#[derive(Deserialize)]
pub(super) struct Link {
    url: String,
}

pub(super) async fn open_link(app: Arc<ClientApp>, args: Link) -> Result<(), WindowError> {
    if !is_web_link(&args.url) {
        return Err(error("bad_input", "Link: only links that start with https:// or http:// are opened."));
    }
    app.host.open_link(&args.url).map_err(|words| error("refused", words))
}
