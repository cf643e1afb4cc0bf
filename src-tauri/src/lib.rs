//! The desktop shell: tray, windows, notifications, alarm, keychain. It knows what a page looks like and nothing
//! about when one rings; that is `firebell-client`'s to say.

mod alarm;
mod desk;
mod diagnose;
mod instance;
mod keychain;
mod notice;
mod notify;
mod shell;
mod sound;
#[cfg(all(test, target_os = "linux"))]
mod testing;
mod tray;
mod unit;
mod wake;
mod windows;
mod words;

pub use instance::Arguments;

use crate::desk::{Event, Keeper};
use clap::Parser;
use firebell_client::ClientApp;
use firebell_client::desk::TrayState;
use firebell_protocol::window::{Place, WindowError};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tauri::ipc::Response;
use tauri::{AppHandle, Emitter, Manager, RunEvent, State, WebviewWindow, WindowEvent};
use tokio::sync::mpsc;

/// How long a link waits for the keychain to open.
const LINK_WAITS: Duration = Duration::from_secs(120);

/// The one door from the windows to the client: its table of commands.
#[tauri::command]
async fn call(client: State<'_, Arc<ClientApp>>, name: String, args: Value) -> Result<Response, WindowError> {
    client.call_text(&name, args).await.map(Response::new)
}

#[tauri::command]
fn window_close(window: WebviewWindow) {
    if let Err(error) = window.close() {
        tracing::warn!(%error, "a window could not be closed");
    }
}

/// Runs until the person quits. An error is one of starting.
pub fn run(arguments: Arguments) -> anyhow::Result<()> {
    windows::prefer_x11();
    let instance = format!("app.firebell.desktop.{}", arguments.instance());
    let first = tauri_plugin_single_instance::Builder::new()
        .dbus_id(instance)
        .callback(|app, words, _| was_started_again(app, &words))
        .build();
    let autostart = tauri_plugin_autostart::Builder::new()
        .app_name(match arguments.instance().as_str() {
            "p-default" => "Firebell".to_owned(),
            other => format!("Firebell {other}"),
        })
        .args(arguments.to_start_hidden())
        .build();
    let app = tauri::Builder::default()
        .plugin(first)
        .plugin(autostart)
        .plugin(tauri_plugin_deep_link::init())
        .invoke_handler(tauri::generate_handler![call, window_close])
        .setup(move |app| Ok(set_up(app.handle(), &arguments)?))
        .on_window_event(|window, event| match event {
            WindowEvent::Focused(true) if window.label() == windows::PAGER => {
                let _ = window.emit_to(windows::PAGER, "pager-focused", ());
            }
            WindowEvent::CloseRequested { .. } if window.label() == windows::PAGER => {
                if let Some(events) = window.try_state::<mpsc::UnboundedSender<Event>>() {
                    let _ = events.send(Event::PagerClosed);
                }
            }
            _ => {}
        })
        .build(tauri::generate_context!("tauri.conf.json"))?;
    app.run(|_, event| {
        // The last window was closed: the app goes on waiting in the tray.
        if let RunEvent::ExitRequested { code: None, api, .. } = event {
            api.prevent_exit();
        }
    });
    Ok(())
}

fn set_up(app: &AppHandle, arguments: &Arguments) -> anyhow::Result<()> {
    let data_dir = arguments.data_dir(&app.path().app_data_dir()?);
    std::fs::create_dir_all(&data_dir)?;
    let keychain = Arc::new(keychain::SystemKeychain::new(&arguments.instance()));
    let alarm = alarm::Alarm::start()?;
    let autostart = Arc::new(unit::Autostart::new(app, arguments));
    let tray_is_built = Arc::new(AtomicBool::new(false));
    let (send_event, events) = mpsc::unbounded_channel();
    let (send_test, tests) = mpsc::unbounded_channel();
    app.manage(send_event.clone());

    // What follows spawns tasks.
    let runtime = tauri::async_runtime::handle();
    let _inside = runtime.inner().enter();
    let notifier = notify::start(None);
    let shell = Arc::new(shell::Shell {
        alarm: alarm.clone(),
        notifications: notifier.health.clone(),
        tray_is_built: tray_is_built.clone(),
        autostart: autostart.clone(),
        downloads: app.path().download_dir().ok(),
        tests: send_test,
        events: send_event.clone(),
    });
    let client = ClientApp::start(&arguments.profile, &data_dir, keychain, shell);
    app.manage(client.clone());

    let tray = build_tray(app, &client, send_event);
    tray_is_built.store(tray.is_some(), Ordering::Relaxed);
    notice::start(&client.desk());
    let waking = client.clone();
    tokio::spawn(wake::watch(move || waking.wake()));
    tokio::spawn(end_on_signal(app.clone(), client.clone()));
    if arguments.is_at_home() {
        settle_in(app, &client, autostart);
    }
    if let Some(link) = arguments.link.clone() {
        tokio::spawn(follow(app.clone(), client.clone(), link));
    } else if !arguments.hidden {
        windows::go(app, &client, Place::Home);
    }

    let keeper = Keeper { app: app.clone(), client, notifier, alarm, tray, events, tests };
    let app = app.clone();
    let keeping = tokio::spawn(keeper.keep());
    tokio::spawn(async move {
        // A desktop that shows nothing any more must not look as if it did: systemd starts it again.
        if let Err(error) = keeping.await
            && error.is_panic()
        {
            tracing::error!(%error, "the desk is no longer kept; ending, to be started again");
            app.exit(70);
        }
    });
    Ok(())
}

fn build_tray(
    app: &AppHandle,
    client: &ClientApp,
    events: mpsc::UnboundedSender<Event>,
) -> Option<tray::Tray> {
    if !tray::can_be_shown() {
        tracing::warn!("libayatana-appindicator3 is missing: there is no tray icon");
        return None;
    }
    let desk = client.desk().borrow().clone();
    let chosen = move |chosen| {
        let _ = events.send(Event::Chosen(chosen));
    };
    match tray::Tray::build(app, &desk, chosen) {
        Ok(tray) => {
            tracing::info!("in the tray");
            Some(tray)
        }
        Err(error) => {
            tracing::warn!(%error, "the tray icon could not be made");
            None
        }
    }
}

/// A person's own Firebell opens `firebell://` links and starts with the session, if they want it to.
fn settle_in(app: &AppHandle, client: &Arc<ClientApp>, autostart: Arc<unit::Autostart>) {
    use tauri_plugin_deep_link::DeepLinkExt;
    let (app, client) = (app.clone(), client.clone());
    tokio::spawn(async move {
        // Only then are the person's settings known.
        let mut desk = client.desk();
        if desk.wait_for(|desk| desk.tray != TrayState::CannotPage).await.is_err() {
            return;
        }
        let wanted = client.settings().autostart;
        let settled = tokio::task::spawn_blocking(move || {
            if let Err(error) = app.deep_link().register_all() {
                tracing::info!(%error, "firebell:// links are not opened by this program");
            }
            autostart.set(wanted)
        });
        if let Ok(Err(words)) = settled.await {
            tracing::warn!(words, "autostart");
        }
    });
}

/// A second start of this instance: it hands over what it was given and ends.
fn was_started_again(app: &AppHandle, words: &[String]) {
    let Some(client) = app.try_state::<Arc<ClientApp>>().map(|client| client.inner().clone()) else { return };
    let Ok(arguments) = Arguments::try_parse_from(words) else { return };
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match arguments.link {
            Some(link) => follow(app, client, link).await,
            None if arguments.hidden => {}
            None => windows::go(&app, &client, Place::Home),
        }
    });
}

/// Shows what a link names, or joins the team of an invite link and shows how that went.
async fn follow(app: AppHandle, client: Arc<ClientApp>, link: String) {
    if let Some(place) = firebell_client::link::place_of(&link) {
        return windows::go(&app, &client, place);
    }
    windows::go(&app, &client, Place::Home);
    let mut desk = client.desk();
    // With the keychain still locked there is nowhere to put the token.
    let opened = desk.wait_for(|desk| desk.tray != TrayState::CannotPage);
    let _ = tokio::time::timeout(LINK_WAITS, opened).await;
    if let Err(error) = client.join_link(&link).await {
        tracing::warn!(%error, "the invite link did not work");
        notice::tell(words::NOT_JOINED.to_owned(), error.words).await;
    }
}

/// Logging out, or `kill`: signs off first.
#[cfg(unix)]
async fn end_on_signal(app: AppHandle, client: Arc<ClientApp>) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::warn!("signals cannot be heard: the team is not told when this program is ended");
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    desk::quit(app, client);
}

#[cfg(not(unix))]
async fn end_on_signal(app: AppHandle, client: Arc<ClientApp>) {
    if tokio::signal::ctrl_c().await.is_ok() {
        desk::quit(app, client);
    }
}
