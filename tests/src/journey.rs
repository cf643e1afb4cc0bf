//! One journey: a name, a folder for its evidence, and a turn.

use crate::places;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Two at once: each brings up to two desktops with a browser engine inside.
static STAGES: std::sync::LazyLock<Arc<Semaphore>> = std::sync::LazyLock::new(|| Arc::new(Semaphore::new(2)));

pub struct Journey {
    name: String,
    dir: PathBuf,
    begun: Instant,
    turn: Option<OwnedSemaphorePermit>,
}

impl Journey {
    /// Waits for a turn; the evidence goes to `target/journeys/<name>/`.
    pub async fn begin(name: &str) -> Self {
        let turn = STAGES.clone().acquire_owned().await.expect("the semaphore is never closed");
        Self::at(name, places::fresh_folder(&format!("journeys/{name}")), Some(turn))
    }

    /// Not a test: the evidence goes to a folder of the caller's choice.
    pub fn outside_tests(name: &str, dir: PathBuf) -> Self {
        Self::at(name, dir, None)
    }

    fn at(name: &str, dir: PathBuf, turn: Option<OwnedSemaphorePermit>) -> Self {
        // reqwest and the browser driver find the process's TLS here; a second installation changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { name: name.to_owned(), dir, begun: Instant::now(), turn }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A folder below this journey's.
    pub fn folder(&self, name: &str) -> PathBuf {
        let dir = self.dir.join(name);
        std::fs::create_dir_all(&dir).expect("target/ can be written");
        dir
    }
}

impl Drop for Journey {
    fn drop(&mut self) {
        let how = if std::thread::panicking() { "FAILED" } else { "went well" };
        if self.turn.is_none() && !std::thread::panicking() {
            return;
        }
        eprintln!(
            "journey {} {how} after {:.1} s: {}",
            self.name,
            self.begun.elapsed().as_secs_f32(),
            self.dir.display()
        );
        if !std::thread::panicking() {
            return;
        }
        let Ok(entries) = std::fs::read_dir(&self.dir) else { return };
        let mut logs: Vec<_> = entries.flatten().map(|e| e.path()).collect();
        logs.retain(|p| p.extension().is_some_and(|e| e == "log"));
        logs.sort();
        for log in logs {
            let text =
                std::fs::read(&log).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
            let lines: Vec<_> = text.lines().collect();
            if !lines.is_empty() {
                eprintln!(
                    "--- the end of {}\n{}",
                    log.display(),
                    lines[lines.len().saturating_sub(25)..].join("\n")
                );
            }
        }
    }
}
