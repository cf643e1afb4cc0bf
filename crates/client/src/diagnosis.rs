//! Settings → Diagnostics: what of this computer works, and what to do about the rest.

use crate::ClientApp;
use crate::keychain::STORE_KEY;
use firebell_protocol::window::{ConnectionState, Diagnosis, Health, Stage};
use std::sync::Arc;

/// More than this between the two clocks, and countdowns are wrong to the eye.
const CLOCK_POOR_MS: u64 = 5_000;

pub(crate) async fn of(app: &Arc<ClientApp>) -> Vec<Diagnosis> {
    let mut found = vec![connection(app), keychain(app).await, store(app), library(app), clock(app)];
    let host = app.host.clone();
    // Asking daemons may take a moment.
    found.extend(tokio::task::spawn_blocking(move || host.diagnose()).await.unwrap_or_default());
    found
}

fn line(subject: &str, health: Health, words: impl Into<String>, remedy: impl Into<String>) -> Diagnosis {
    Diagnosis { subject: subject.into(), health, words: words.into(), remedy: remedy.into() }
}

fn connection(app: &Arc<ClientApp>) -> Diagnosis {
    let window = app.window();
    let c = &window.connection;
    match (&window.stage, c.state, &c.server) {
        (Stage::Ready, ConnectionState::Connected, Some(server)) => {
            line("connection", Health::Good, format!("Connected to {server}."), "")
        }
        (Stage::Ready, ..) => {
            let words = if c.words.is_empty() { "Not connected to the team server." } else { &c.words };
            line("connection", Health::Bad, words, "Check the network and the VPN; then choose Retry.")
        }
        _ => line(
            "connection",
            Health::Bad,
            "Signed out: there is no server to connect to.",
            "Paste an invite link.",
        ),
    }
}

async fn keychain(app: &Arc<ClientApp>) -> Diagnosis {
    let keychain = app.keychain.clone();
    match tokio::task::spawn_blocking(move || keychain.get(STORE_KEY)).await {
        Ok(Ok(Some(_))) => {
            line("keychain", Health::Good, "The keychain is open and holds this computer's keys.", "")
        }
        Ok(Ok(None)) => line(
            "keychain",
            Health::Bad,
            "The keychain is open, but this computer's key is not in it.",
            "Restart Firebell and join the team again.",
        ),
        Ok(Err(e)) => {
            line("keychain", Health::Bad, e.to_string(), "Unlock or start the keychain, then choose Retry.")
        }
        Err(_) => {
            line("keychain", Health::Bad, "The keychain did not answer.", "Sign in to the computer again.")
        }
    }
}

fn store(app: &Arc<ClientApp>) -> Diagnosis {
    match app.read(|r, _| r.try_write()) {
        Ok(Ok(())) => {
            line("store", Health::Good, format!("Encrypted, at {}.", app.store_path().display()), "")
        }
        Ok(Err(e)) => line("store", Health::Bad, app.store_failed(&e), "Free some space on the disk."),
        Err(e) => line("store", Health::Bad, e.words, "See the keychain above."),
    }
}

fn library(app: &Arc<ClientApp>) -> Diagnosis {
    match app.sync_state() {
        Ok(state) => match state.notice {
            Some(words) => {
                line("library", Health::Poor, words, "Choose Check the library; pages ring all the same.")
            }
            None => {
                line("library", Health::Good, format!("Encrypted, at {}.", app.library_path().display()), "")
            }
        },
        Err(e) => line("library", Health::Bad, e.words, "Start Firebell again; pages ring all the same."),
    }
}

fn clock(app: &Arc<ClientApp>) -> Diagnosis {
    let window = app.window();
    let off = window.clock_offset_ms.unsigned_abs();
    if window.connection.state != ConnectionState::Connected {
        return line(
            "clock",
            Health::Good,
            "Compared with the server's when connected; paging goes by the server's.",
            "",
        );
    }
    if off <= CLOCK_POOR_MS {
        return line("clock", Health::Good, "This computer's clock agrees with the server's.", "");
    }
    let way = if window.clock_offset_ms > 0 { "behind" } else { "ahead of" };
    let words = format!("This computer's clock is {} s {way} the server's.", off / 1000);
    line("clock", Health::Poor, words, "Turn on automatic time in the system's settings.")
}
