//! What a person's desk should look like now: the tray, what rings, what the menu lists. The shell makes it so,
//! from the whole state each time, so that nothing depends on having seen every change.

use firebell_domain::{Instant, PageId, RaiseId, Severity};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrayState {
    SignedOut,
    /// The keychain or the store cannot be opened yet.
    CannotPage,
    Quiet,
    OnCall,
    Ringing,
    /// On call, and nobody can page this computer.
    Unreachable,
}

/// A page that rings here.
#[derive(Clone, Debug, PartialEq)]
pub struct RingingPage {
    pub raise: RaiseId,
    pub page: PageId,
    pub number: u64,
    pub title: String,
    pub service_name: String,
    pub severity: Severity,
    /// Since when it rings for this person, server time.
    pub since: Instant,
    pub started_at: Instant,
    pub alerts: u32,
    pub source: Option<String>,
    pub runbook: Option<String>,
}

/// A line of the tray's menu.
#[derive(Clone, Debug, PartialEq)]
pub struct MenuPage {
    pub page: PageId,
    pub number: u64,
    pub title: String,
    pub severity: Severity,
    /// Somebody has it, as far as this computer knows; one's own word counts at once.
    pub acknowledged: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Desk {
    pub tray: TrayState,
    /// The worst first, then the oldest.
    pub ringing: Vec<RingingPage>,
    /// Open pages: those that ring here first, then by severity and age.
    pub open: Vec<MenuPage>,
    /// On call and disconnected for more than 60 s of awake time, and not quieted by the person.
    pub unreachable_alarm: bool,
    /// The tray's tooltip.
    pub words: String,
    /// The person's own time zone, in seconds east of UTC at this moment: times are shown in it everywhere.
    pub utc_offset_s: i32,
}

impl Desk {
    /// A desk on which nothing can happen.
    pub fn closed(tray: TrayState, words: impl Into<String>) -> Self {
        Self {
            tray,
            ringing: vec![],
            open: vec![],
            unreachable_alarm: false,
            words: words.into(),
            utc_offset_s: 0,
        }
    }
}
