//! A host without hands: it writes down what it was asked to do.

use crate::host::Host;
use firebell_protocol::window::{Diagnosis, Health, Place, Settings};
use std::path::PathBuf;
use std::sync::Mutex;

#[derive(Debug, Default)]
pub struct RecordingHost {
    calls: Mutex<Vec<String>>,
    downloads: Option<PathBuf>,
}

impl RecordingHost {
    /// What was asked so far, in order: `open_link https://…`, `test_page`, …
    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(|e| e.into_inner()).clone()
    }

    /// One that has a folder for downloads.
    pub fn with_downloads(folder: PathBuf) -> Self {
        Self { downloads: Some(folder), ..Self::default() }
    }

    fn note(&self, call: String) -> Result<(), String> {
        self.calls.lock().unwrap_or_else(|e| e.into_inner()).push(call);
        Ok(())
    }
}

impl Host for RecordingHost {
    fn open_link(&self, url: &str) -> Result<(), String> {
        self.note(format!("open_link {url}"))
    }
    fn show(&self, place: Place) -> Result<(), String> {
        self.note(format!("show {place:?}"))
    }
    fn preview_sound(&self, settings: &Settings) -> Result<(), String> {
        self.note(format!("preview_sound {} {}", settings.sound, settings.volume))
    }
    fn test_page(&self) -> Result<(), String> {
        self.note("test_page".into())
    }
    fn sounds(&self) -> Vec<String> {
        ["bell", "chime", "pulse"].map(str::to_owned).into()
    }
    fn diagnose(&self) -> Vec<Diagnosis> {
        let line = |subject: &str, health, words: &str, remedy: &str| Diagnosis {
            subject: subject.into(),
            health,
            words: words.into(),
            remedy: remedy.into(),
        };
        vec![
            line("notifications", Health::Good, "The notification server takes pages with buttons.", ""),
            line(
                "tray",
                Health::Poor,
                "This desktop has no tray.",
                "Firebell works without one; keep its window at hand.",
            ),
            line("sound", Health::Good, "The alarm can be heard.", ""),
            line("autostart", Health::Good, "Firebell starts when you sign in.", ""),
        ]
    }
    fn downloads(&self) -> Option<PathBuf> {
        self.downloads.clone()
    }
    fn set_autostart(&self, on: bool) -> Result<(), String> {
        self.note(format!("set_autostart {on}"))
    }
}
