//! Starting with the session, and again after a crash: a systemd user unit where there is systemd, an XDG
//! autostart entry otherwise (or the system's own way elsewhere).

use crate::instance::{Arguments, DEFAULT_PROFILE};
use crate::words::diagnosis as words;
use firebell_protocol::window::{Diagnosis, Health};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tauri::AppHandle;
use tauri_plugin_autostart::ManagerExt;

/// The way in which one instance is started with the session.
pub struct Autostart {
    app: AppHandle,
    unit: Unit,
}

/// A unit of the person's own systemd.
#[derive(Clone, Debug)]
struct Unit {
    name: String,
    folder: Option<PathBuf>,
    program: PathBuf,
    arguments: Vec<String>,
}

impl Autostart {
    pub fn new(app: &AppHandle, arguments: &Arguments) -> Self {
        let name = match (&arguments.data_dir, arguments.profile.as_str()) {
            (None, DEFAULT_PROFILE) => "firebell.service".to_owned(),
            _ => format!("firebell-{}.service", arguments.instance()),
        };
        let unit = Unit {
            name,
            folder: config_folder().map(|config| config.join("systemd/user")),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("firebell")),
            arguments: arguments.to_start_hidden(),
        };
        Self { app: app.clone(), unit }
    }

    /// Blocking: asks systemd.
    pub fn set(&self, on: bool) -> Result<(), String> {
        if has_systemd() {
            if on {
                // Not twice: an entry from before there was systemd goes.
                let _ = self.app.autolaunch().disable();
                return self.unit.enable();
            }
            self.unit.disable()?;
        }
        let plugin = self.app.autolaunch();
        let set = if on { plugin.enable() } else { plugin.disable() };
        match set {
            Ok(()) => Ok(()),
            // Taking away what is not there is done.
            Err(_) if !on && !plugin.is_enabled().unwrap_or(false) => Ok(()),
            Err(error) => Err(crate::words::autostart_failed(&error.to_string())),
        }
    }

    /// Blocking.
    pub fn diagnose(&self) -> Diagnosis {
        let (health, found, remedy) = if has_systemd() && self.unit.is_enabled() {
            (Health::Good, words::AUTOSTART, "")
        } else if self.app.autolaunch().is_enabled().unwrap_or(false) {
            (Health::Poor, words::AUTOSTART_XDG, words::AUTOSTART_XDG_REMEDY)
        } else {
            (Health::Poor, words::AUTOSTART_OFF, words::AUTOSTART_OFF_REMEDY)
        };
        let (words, remedy) = (found.to_owned(), remedy.to_owned());
        Diagnosis { subject: "autostart".to_owned(), health, words, remedy }
    }
}

impl Unit {
    fn text(&self) -> String {
        let mut line = quoted(&self.program.to_string_lossy());
        for argument in &self.arguments {
            line.push(' ');
            line.push_str(&quoted(argument));
        }
        // A clean end (Quit) stays ended; a crash or a kill does not.
        format!(
            "[Unit]\n\
             Description=Firebell pages you on this desktop\n\
             PartOf=graphical-session.target\n\
             After=graphical-session.target\n\
             StartLimitIntervalSec=0\n\
             \n\
             [Service]\n\
             ExecStart={line}\n\
             Restart=on-failure\n\
             RestartSec=2\n\
             \n\
             [Install]\n\
             WantedBy=graphical-session.target\n"
        )
    }

    fn file(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.join(&self.name))
    }

    fn enable(&self) -> Result<(), String> {
        let (Some(folder), Some(file)) = (&self.folder, self.file()) else {
            return Err(crate::words::NO_HOME.to_owned());
        };
        let text = self.text();
        if fs::read_to_string(&file).is_ok_and(|now| now == text) && self.is_enabled() {
            return Ok(());
        }
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&file, text))
            .map_err(|error| crate::words::autostart_failed(&format!("{}: {error}", file.display())))?;
        systemctl(&["daemon-reload"])?;
        systemctl(&["enable", &self.name])
    }

    fn disable(&self) -> Result<(), String> {
        let Some(file) = self.file().filter(|file| file.exists()) else { return Ok(()) };
        // Disabled, not stopped: it goes on running until the person quits.
        systemctl(&["disable", &self.name])?;
        fs::remove_file(&file)
            .map_err(|error| crate::words::autostart_failed(&format!("{}: {error}", file.display())))?;
        systemctl(&["daemon-reload"])
    }

    fn is_enabled(&self) -> bool {
        systemctl(&["is-enabled", "--quiet", &self.name]).is_ok()
    }
}

/// Whether this session has a systemd that would start units.
fn has_systemd() -> bool {
    cfg!(target_os = "linux")
        && std::env::var_os("XDG_RUNTIME_DIR")
            .is_some_and(|runtime| PathBuf::from(runtime).join("systemd/private").exists())
}

fn systemctl(arguments: &[&str]) -> Result<(), String> {
    let ran = Command::new("systemctl").arg("--user").args(arguments).output();
    match ran {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Err(crate::words::autostart_failed(said.trim()))
        }
        Err(error) => Err(crate::words::autostart_failed(&format!("systemctl: {error}"))),
    }
}

fn config_folder() -> Option<PathBuf> {
    let named = std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    named.or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config")))
}

/// One word of `ExecStart`: quotes and what systemd would expand are kept as they are.
fn quoted(word: &str) -> String {
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '$' | '%' => quoted.extend([c, c]),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(program: &str, arguments: &[&str]) -> Unit {
        Unit {
            name: "firebell.service".into(),
            folder: None,
            program: program.into(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
        }
    }

    #[test]
    fn a_crash_is_followed_by_a_restart_and_quitting_is_not() {
        let text = unit("/usr/bin/firebell", &["--hidden"]).text();
        assert!(text.contains("ExecStart=\"/usr/bin/firebell\" \"--hidden\"\n"), "{text}");
        assert!(text.contains("\nRestart=on-failure\n"));
        // However often it crashes.
        assert!(text.contains("\nStartLimitIntervalSec=0\n"));
        assert!(text.contains("\nWantedBy=graphical-session.target\n"));
    }

    #[test]
    fn a_folder_with_an_odd_name_starts_the_same_folder() {
        assert_eq!(quoted("/home/a b/50%/$x/\"q\"\\"), "\"/home/a b/50%%/$$x/\\\"q\\\"\\\\\"");
    }
}
