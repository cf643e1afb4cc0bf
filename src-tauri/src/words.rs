//! All words of the tray, the notifications and the shell's diagnoses. Plain, short, and they say what follows.

use chrono::{DateTime, FixedOffset, Utc};
use firebell_client::notice::{Asked, Heard, Notice, Reminder};

pub const APP: &str = "Firebell";
pub const ACKNOWLEDGE: &str = "Acknowledge";
pub const OPEN: &str = "Open";

// Tray.
pub const OPEN_FIREBELL: &str = "Open Firebell";
pub const SETTINGS: &str = "Settings";
pub const QUIT: &str = "Quit";
pub const NO_OPEN_PAGES: &str = "No open pages";
pub const ACKNOWLEDGED: &str = "acknowledged";

pub fn more_pages(count: usize) -> String {
    format!("{count} more in the window")
}

// Windows.
pub const PAGER_TITLE: &str = "Firebell pager";

// The notification daemon.
pub const NO_DAEMON: &str = "Nothing on this desktop shows notifications.";
pub const DAEMON_WITHOUT_NAME: &str = "The notification daemon's answer does not say who sent it.";

pub fn daemon_is_silent(seconds: u64) -> String {
    format!("The notification daemon did not answer within {seconds} seconds.")
}

/// `SEV2 · Payments API`
pub fn page_title(severity: &str, service: &str) -> String {
    format!("{severity} · {service}")
}

/// What is wrong, since when, and how much of it.
pub fn page_body(
    title: &str,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
    utc_offset_s: i32,
    alerts: u64,
) -> String {
    let alerts = match alerts {
        // An incident asks for people, and no alert.
        0 => String::new(),
        1 => " · 1 alert".to_owned(),
        n => format!(" · {n} alerts"),
    };
    format!("{title}\nsince {}{alerts}", clock(since, now, utc_offset_s))
}

/// The time in the person's own zone, as everywhere in the window, with the day when it is not today.
fn clock(at: DateTime<Utc>, now: DateTime<Utc>, utc_offset_s: i32) -> String {
    let Some(zone) = FixedOffset::east_opt(utc_offset_s) else { return at.format("%H:%M UTC").to_string() };
    let (at, now) = (at.with_timezone(&zone), now.with_timezone(&zone));
    let form = if at.date_naive() == now.date_naive() { "%H:%M" } else { "%a %-d %b %H:%M" };
    at.format(form).to_string()
}

/// `SEV1 · #12 Checkout is down`
pub fn notice_title(notice: &Notice) -> String {
    format!("{} · #{} {}", notice.severity, notice.number, shorten(&notice.title, 80))
}

/// What happened, and what is wanted of the person.
pub fn notice_body(notice: &Notice, now: DateTime<Utc>, utc_offset_s: i32) -> String {
    let (by, role) = (&notice.by, notice.role.to_lowercase());
    let because = |reason: &str| {
        let reason = reason.trim().trim_end_matches('.');
        if reason.is_empty() { String::new() } else { format!(": {reason}") }
    };
    match &notice.heard {
        Heard::Declared { .. } => format!("{by} declared it."),
        Heard::Reopened { .. } => format!("{by} reopened it: it is not over."),
        Heard::SeverityRaised { from, .. } => format!("{by} raised it from {from}."),
        Heard::UpdateSent { text, .. } => format!("Update by {by}\n{text}"),
        Heard::RoleOffered { reason, .. } => {
            format!("{by} hands you the role {role}{}. Say how things stand to take it.", because(reason))
        }
        Heard::RoleConfirmed { status, .. } => {
            format!("{by} is ready for the role {role}{}. Let go of it now.", because(status))
        }
        Heard::RoleGiven { .. } => format!("You have the role {role} now, from {by}."),
        Heard::RoleTaken { reason, .. } => {
            format!("{by} ended your role {role}{}.", because(reason))
        }
        Heard::UpdateDue { due_at } => {
            format!("The next update is due at {}. It is yours to send.", clock(*due_at, now, utc_offset_s))
        }
        Heard::UpdateMissed { due_at, .. } => {
            format!("An update was due at {}, and the team was not told.", clock(*due_at, now, utc_offset_s))
        }
        Heard::PostmortemDue { reminder } => {
            let clock = |at: &DateTime<Utc>| clock(*at, now, utc_offset_s);
            match reminder {
                Reminder::DraftSoon { due_at } => {
                    format!("The draft of its postmortem is due at {}. It is yours to write.", clock(due_at))
                }
                Reminder::DraftOverdue { due_at } => {
                    format!(
                        "The draft of its postmortem was due at {}. Send what is there to review.",
                        clock(due_at)
                    )
                }
                Reminder::ReviewSoon { by } => {
                    format!("Its postmortem is to be reviewed by {}, and no meeting is planned.", clock(by))
                }
                Reminder::ReviewOverdue { by } => {
                    format!("Its postmortem was to be reviewed by {}. Review it, then publish it.", clock(by))
                }
            }
        }
        Heard::ActionsDue { overdue, today, tomorrow, title } => {
            let parts = [(overdue, "overdue"), (today, "due today"), (tomorrow, "due tomorrow")];
            let said: Vec<String> =
                parts.iter().filter(|(n, _)| **n > 0).map(|(n, words)| format!("{n} {words}")).collect();
            format!("Your actions: {}. First: {}", said.join(", "), shorten(title, 80))
        }
        Heard::Mentioned { words, .. } => {
            // One line of a text may be a whole paragraph: what is said to the person begins at a name.
            let from = words.find('@').unwrap_or_default();
            format!("{by} speaks to you in its postmortem: {}", shorten(words[from..].trim(), 200))
        }
        Heard::Asked { asked, title, .. } => match asked {
            Asked::Write => format!("{by} asks you to write its postmortem."),
            Asked::Review => format!("{by} asks you to review its postmortem."),
            Asked::Act { .. } => {
                format!("{by} gave you an action: {}", shorten(title.as_deref().unwrap_or_default(), 120))
            }
        },
        Heard::NoNewsUnsent { words } => format!("“Nothing is new” was not sent. {words}"),
    }
}

/// One open page in the tray's menu.
pub fn menu_page(severity: &str, number: u64, title: &str, acknowledged: bool) -> String {
    let title = shorten(title, 60);
    match acknowledged {
        true => format!("{severity} · #{number} {title} ({ACKNOWLEDGED})"),
        false => format!("{severity} · #{number} {title}"),
    }
}

fn shorten(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

// Notices that are not pages.
pub const UNREACHABLE_TITLE: &str = "Firebell cannot reach the team server";
pub const UNREACHABLE_BODY: &str = "You are on call and pages cannot arrive here. Check the network; the next person is paged in your place.";
pub const CANNOT_PAGE_TITLE: &str = "Firebell cannot page you yet";

// Links and other requests of the window.
pub const LINK_NOT_WEB: &str = "Only http and https links are opened.";

pub fn link_failed(error: &str) -> String {
    format!("The link could not be opened ({error}). Copy it into a browser, or install xdg-utils.")
}

pub fn autostart_failed(error: &str) -> String {
    format!(
        "Starting with the session could not be changed ({error}). Add Firebell to your desktop's autostart programs instead."
    )
}
pub const NO_HOME: &str =
    "Starting with the session could not be changed: neither XDG_CONFIG_HOME nor HOME is set.";

pub const CLOSING: &str = "Firebell is closing; start it again.";
pub const NOT_ACKNOWLEDGED: &str = "The page was not acknowledged";
pub const NOT_JOINED: &str = "The invite link did not work";

// A test of everything, without a page.
pub const TEST_TITLE: &str = "Test · Firebell";
pub const TEST_BODY: &str = "This is how a page looks and sounds here. Nobody was paged.";

// Diagnoses.
pub mod diagnosis {
    pub const SILENT: &str = "The alarm is silent.";
    pub const RINGING: &str = "The alarm is ringing.";
    pub const NO_DEVICE_REMEDY: &str = "Connect a loudspeaker or start the sound server. Pages are still shown; add a phone channel for the night.";

    pub fn no_device(error: &str) -> String {
        format!("There is no device to play the alarm on ({error}).")
    }

    pub fn notifications(daemon: &str) -> String {
        format!("{daemon} shows pages with their buttons.")
    }

    pub fn notifications_without_buttons(daemon: &str) -> String {
        format!("{daemon} shows pages, but no buttons.")
    }
    pub const NO_BUTTONS_REMEDY: &str =
        "Acknowledge in the pager window or in the tray's menu, or use a notification daemon with buttons.";

    pub fn no_notifications(error: &str) -> String {
        format!("Pages cannot be shown as notifications: {error}")
    }
    pub const NO_NOTIFICATIONS_REMEDY: &str = "Start your desktop's notification service, or install one (mate-notification-daemon, dunst). The pager window and the alarm work without.";
    pub const NOTIFICATIONS_UNKNOWN: &str = "The notification service was not asked yet.";

    pub const NOTIFICATIONS_ASLEEP: &str = "The notification service starts when there is a page to show.";

    pub const TRAY: &str = "The tray shows Firebell.";
    pub const NO_INDICATOR: &str = "The library that draws the tray icon is missing.";
    pub const NO_INDICATOR_REMEDY: &str = "Install libayatana-appindicator3-1 and start Firebell again. Start it a second time to open its window meanwhile.";
    pub const NO_WATCHER: &str = "This desktop has no place for tray icons.";
    pub const NO_WATCHER_REMEDY: &str = "On GNOME, install the AppIndicator extension; elsewhere add the status area to the panel. Start Firebell a second time to open its window meanwhile.";
    pub const NO_TRAY: &str = "The tray icon could not be made.";

    pub const AUTOSTART: &str = "Firebell starts with your session and is restarted after a crash.";
    pub const AUTOSTART_XDG: &str = "Firebell starts with your session.";
    pub const AUTOSTART_OFF: &str = "Firebell does not start with your session.";
    pub const AUTOSTART_OFF_REMEDY: &str = "Switch it on in Settings, or start Firebell after each login.";
    pub const AUTOSTART_XDG_REMEDY: &str = "There is no systemd for your session, so nothing restarts it after a crash. Start it again by hand then.";
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;
    use firebell_protocol::{IncidentId, Severity};

    #[test]
    fn a_storm_is_one_line() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let body = page_body("Error rate 12.4 %", now, now, 3_600, 500);
        assert!(body.starts_with("Error rate 12.4 %\nsince 01:00"), "in the person's own zone: {body}");
        assert!(body.ends_with(" · 500 alerts"), "{body}");
        assert!(page_body("x", now, now, 0, 1).ends_with(" · 1 alert"));
        assert_eq!(page_body("Checkout is down", now, now, 0, 0), "Checkout is down\nsince 00:00");
    }

    #[test]
    fn a_notice_says_what_happened_and_what_is_wanted() {
        let now = DateTime::<Utc>::UNIX_EPOCH;
        let mut notice: Notice = Notice {
            incident: IncidentId(uuid::Uuid::nil()),
            number: 12,
            title: "Checkout is down".into(),
            severity: Severity::Sev1,
            heard: Heard::Declared { by: "ana".into() },
            by: "Ana Ruiz".into(),
            role: String::new(),
        };
        assert_eq!(notice_title(&notice), "SEV1 · #12 Checkout is down");
        assert_eq!(notice_body(&notice, now, 0), "Ana Ruiz declared it.");
        notice.heard = Heard::UpdateDue { due_at: now + TimeDelta::minutes(160) };
        assert_eq!(notice_body(&notice, now, 3_600), "The next update is due at 03:40. It is yours to send.");
        notice.heard = Heard::NoNewsUnsent { words: "This incident is closed.".into() };
        assert_eq!(notice_body(&notice, now, 0), "“Nothing is new” was not sent. This incident is closed.");
        let due_at = now + TimeDelta::minutes(160);
        notice.heard = Heard::PostmortemDue { reminder: Reminder::DraftSoon { due_at } };
        let said = "The draft of its postmortem is due at 03:40. It is yours to write.";
        assert_eq!(notice_body(&notice, now, 3_600), said);
        notice.heard = Heard::ActionsDue { overdue: 2, today: 0, tomorrow: 1, title: "Add the index".into() };
        let said = "Your actions: 2 overdue, 1 due tomorrow. First: Add the index";
        assert_eq!(notice_body(&notice, now, 0), said);
    }

    #[test]
    fn what_began_on_another_day_says_the_day() {
        let now = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(10);
        assert_eq!(clock(now, now, 0).len(), "02:13".len());
        assert!(clock(now - TimeDelta::days(3), now, 0).len() > "02:13".len());
    }

    #[test]
    fn a_long_title_does_not_make_the_menu_as_wide_as_the_screen() {
        let line = menu_page("SEV2", 7, &"ä".repeat(200), true);
        assert!(line.chars().count() < 100, "{line}");
        assert_eq!(menu_page("SEV1", 7, "Checkout", false), "SEV1 · #7 Checkout");
    }
}
