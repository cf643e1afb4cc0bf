//! What `firebell-client` asks of a shell: sounds, links, tests, diagnoses, starting with the session.

use crate::alarm::Alarm;
use crate::desk::Event;
use crate::notify::DaemonHealth;
use crate::sound::Sound;
use crate::unit::Autostart;
use crate::{diagnose, words};
use firebell_client::Host;
use firebell_protocol::window::{Diagnosis, Place, Settings};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, watch};

/// The shell, as the client sees it.
pub struct Shell {
    pub alarm: Alarm,
    pub notifications: watch::Receiver<DaemonHealth>,
    pub tray_is_built: Arc<AtomicBool>,
    pub autostart: Arc<Autostart>,
    pub downloads: Option<PathBuf>,
    /// Asks for a test page.
    pub tests: mpsc::UnboundedSender<()>,
    /// Tells the keeper of the desk where the person goes.
    pub events: mpsc::UnboundedSender<Event>,
}

impl Host for Shell {
    fn open_link(&self, url: &str) -> Result<(), String> {
        open_link(url)
    }

    fn show(&self, place: Place) -> Result<(), String> {
        self.events.send(Event::Show(place)).map_err(|_| words::CLOSING.to_owned())
    }

    fn preview_sound(&self, settings: &Settings) -> Result<(), String> {
        self.alarm.preview(Sound::by_name(&settings.sound), settings.volume);
        Ok(())
    }

    fn test_page(&self) -> Result<(), String> {
        self.tests.send(()).map_err(|_| words::CLOSING.to_owned())
    }

    fn sounds(&self) -> Vec<String> {
        Sound::CHOICE.iter().map(|sound| sound.name().to_owned()).collect()
    }

    fn diagnose(&self) -> Vec<Diagnosis> {
        let tray = diagnose::tray(self.tray_is_built.load(Ordering::Relaxed));
        vec![
            diagnose::notifications(&self.notifications.borrow().clone()),
            tauri::async_runtime::handle().block_on(tray),
            diagnose::sound(&self.alarm.heard()),
            self.autostart.diagnose(),
        ]
    }

    fn downloads(&self) -> Option<PathBuf> {
        self.downloads.clone()
    }

    fn set_autostart(&self, on: bool) -> Result<(), String> {
        self.autostart.set(on)
    }
}

/// Web links only, and never through a shell.
fn open_link(link: &str) -> Result<(), String> {
    let Ok(link) = url::Url::parse(link) else { return Err(words::LINK_NOT_WEB.to_owned()) };
    if !matches!(link.scheme(), "http" | "https") {
        return Err(words::LINK_NOT_WEB.to_owned());
    }
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let mut opening = Command::new(program)
        .arg(link.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| words::link_failed(&error.to_string()))?;
    // Some openers stay until the browser is closed; this one's end must be taken note of, but not waited for.
    std::thread::spawn(move || opening.wait());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_links_leave_the_app() {
        for link in
            ["file:///etc/passwd", "javascript:alert(1)", "--help", "smb://host/share", "firebell://join"]
        {
            assert_eq!(open_link(link), Err(words::LINK_NOT_WEB.to_owned()), "{link}");
        }
    }
}
