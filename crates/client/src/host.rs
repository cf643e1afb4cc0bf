//! What only a shell can do.

use firebell_protocol::window::{Diagnosis, Place, Settings};
use std::path::PathBuf;

/// The shell, as seen from here. Calls return at once; what takes time happens on the shell's side.
pub trait Host: Send + Sync + 'static {
    /// Opens a web link, already checked to be one.
    fn open_link(&self, url: &str) -> Result<(), String>;
    /// Brings the main window to the front, at this place.
    fn show(&self, place: Place) -> Result<(), String>;
    /// Plays the alarm once, with these settings.
    fn preview_sound(&self, settings: &Settings) -> Result<(), String>;
    /// Shows a notification, the pager window and the alarm, marked as a test, without a page.
    fn test_page(&self) -> Result<(), String>;
    /// Names of the sounds that can be chosen.
    fn sounds(&self) -> Vec<String>;
    /// `notifications`, `tray`, `sound`, `autostart`.
    fn diagnose(&self) -> Vec<Diagnosis>;
    /// Where the person looks for files that a program made for them; it need not exist. `None`: the desktop names none.
    fn downloads(&self) -> Option<PathBuf>;
    fn set_autostart(&self, on: bool) -> Result<(), String>;
}
