//! Settings → Diagnostics, the shell's part: notifications, tray, sound. Each bad line has its remedy.

use crate::alarm::Heard;
use crate::notify::DaemonHealth;
use crate::tray;
use crate::words::diagnosis as words;
use firebell_protocol::window::{Diagnosis, Health};

fn line(subject: &str, health: Health, words: impl Into<String>, remedy: &str) -> Diagnosis {
    Diagnosis { subject: subject.to_owned(), health, words: words.into(), remedy: remedy.to_owned() }
}

pub fn notifications(health: &DaemonHealth) -> Diagnosis {
    const SUBJECT: &str = "notifications";
    match health {
        DaemonHealth::Present { name, buttons: true } => {
            line(SUBJECT, Health::Good, words::notifications(name), "")
        }
        DaemonHealth::Present { name, buttons: false } => {
            line(SUBJECT, Health::Poor, words::notifications_without_buttons(name), words::NO_BUTTONS_REMEDY)
        }
        DaemonHealth::Absent { words: why } => {
            line(SUBJECT, Health::Bad, words::no_notifications(why), words::NO_NOTIFICATIONS_REMEDY)
        }
        DaemonHealth::Asleep => line(SUBJECT, Health::Good, words::NOTIFICATIONS_ASLEEP, ""),
        DaemonHealth::Unknown => line(SUBJECT, Health::Poor, words::NOTIFICATIONS_UNKNOWN, ""),
    }
}

/// The state of the alarm: ringing, silent or no device.
pub fn sound(heard: &Heard) -> Diagnosis {
    const SUBJECT: &str = "sound";
    match heard {
        Heard::Silent => line(SUBJECT, Health::Good, words::SILENT, ""),
        Heard::Ringing => line(SUBJECT, Health::Good, words::RINGING, ""),
        Heard::NoDevice { words: why } => {
            line(SUBJECT, Health::Bad, words::no_device(why), words::NO_DEVICE_REMEDY)
        }
    }
}

/// `built`: the icon could be made. Asks the bus whether anything shows it.
pub async fn tray(built: bool) -> Diagnosis {
    const SUBJECT: &str = "tray";
    if !tray::can_be_shown() {
        return line(SUBJECT, Health::Poor, words::NO_INDICATOR, words::NO_INDICATOR_REMEDY);
    }
    if !built {
        return line(SUBJECT, Health::Poor, words::NO_TRAY, words::NO_INDICATOR_REMEDY);
    }
    match has_place_for_icons().await {
        true => line(SUBJECT, Health::Good, words::TRAY, ""),
        false => line(SUBJECT, Health::Poor, words::NO_WATCHER, words::NO_WATCHER_REMEDY),
    }
}

#[cfg(target_os = "linux")]
async fn has_place_for_icons() -> bool {
    const WATCHER: &str = "org.kde.StatusNotifierWatcher";
    let ask = async {
        let bus = zbus::Connection::session().await?;
        let watcher = zbus::Proxy::new(&bus, WATCHER, "/StatusNotifierWatcher", WATCHER).await?;
        watcher.get_property::<bool>("IsStatusNotifierHostRegistered").await
    };
    matches!(tokio::time::timeout(std::time::Duration::from_secs(2), ask).await, Ok(Ok(true)))
}

#[cfg(not(target_os = "linux"))]
async fn has_place_for_icons() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_well_comes_with_a_remedy() {
        let absent = DaemonHealth::Absent { words: "Nobody answers.".into() };
        let mute = DaemonHealth::Present { name: "dwarf".into(), buttons: false };
        let lines = [
            notifications(&absent),
            notifications(&mute),
            sound(&Heard::NoDevice { words: "no card".into() }),
        ];
        for line in lines {
            assert_ne!(line.health, Health::Good);
            assert!(line.remedy.ends_with('.'), "{line:?}");
        }
        assert_eq!(sound(&Heard::Ringing).health, Health::Good);
        assert!(sound(&Heard::Ringing).words.contains("ringing"));
        assert!(sound(&Heard::Silent).words.contains("silent"));
    }
}
