//! What the window is told, and what it can ask. The command table itself stands in `client`; every shape here
//! is generated as TypeScript (`ui/src/bindings`).

use crate::sync::{PageRequest, ScheduleShifts, You};
use firebell_domain::alert::Alert;
use firebell_domain::page::{Page, Recorded};
use firebell_domain::run::CommandsHere;
use firebell_domain::team::Team;
use firebell_domain::{IncidentId, Instant, PageId, PersonId, RaiseId, RunId, RunbookId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Everything the window shows outside one page. Small: it is asked again at every change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct WindowState {
    /// This computer's time when the state was taken.
    pub now: Instant,
    pub profile: String,
    pub stage: Stage,
    pub connection: Connection,
    pub me: Option<You>,
    pub team: Option<Team>,
    pub shifts: Vec<ScheduleShifts>,
    /// The schedules by which I am on call now, and until when.
    pub on_call: Vec<OnCall>,
    /// Open pages, mine and ringing first, then by severity and age.
    pub pages: Vec<PageRow>,
    /// Commands that came back: stale or refused after they were queued.
    pub questions: Vec<Question>,
    /// What only this computer knows so far.
    pub queued: u32,
    pub paging_held: bool,
    pub settings: Settings,
    /// Server time minus this computer's, in milliseconds.
    pub clock_offset_ms: i64,
}

/// How far this computer is on its way to paging somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// Never enrolled, or signed out.
    SignedOut,
    /// Cannot page yet: the keychain is locked or missing. `words` say why and what to do.
    CannotPage {
        words: String,
    },
    Ready,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Connection {
    pub state: ConnectionState,
    pub since: Instant,
    pub server: Option<String>,
    /// The last error, in words; empty when there was none.
    pub words: String,
    /// On call and disconnected for more than 60 s of awake time: the desktop's own alarm.
    pub unreachable_alarm: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    Connecting,
    Connected,
    Offline,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OnCall {
    pub schedule: String,
    pub name: String,
    pub until: Instant,
}

/// One page as listed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PageRow {
    pub page: Page,
    pub service_name: String,
    /// The raise that rings for me.
    pub ringing: Option<RaiseId>,
    /// What I asked and the team does not know yet.
    pub pending: Vec<PendingRequest>,
    pub next: Option<NextUp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PendingRequest {
    pub counter: u64,
    pub request: PageRequest,
    pub given_at: Instant,
}

/// Who is rung next, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct NextUp {
    pub at: Instant,
    pub people: Vec<PersonId>,
    pub why: NextWhy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NextWhy {
    Step,
    NextRound,
    Admins,
    Forgotten,
    SnoozeEnds,
}

/// One page with its history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct PageDetail {
    pub row: PageRow,
    pub history: Vec<Recorded>,
    /// The newest 100; empty and `alerts_words` set when the server could not be asked.
    pub alerts: Vec<Alert>,
    pub alerts_words: Option<String>,
}

/// A command that did not go through; the words of the person are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Question {
    pub counter: u64,
    pub page: PageId,
    pub page_title: String,
    pub request: PageRequest,
    pub given_at: Instant,
    /// Why, and what is asked now.
    pub words: String,
    /// It can be given again as it is.
    pub can_repeat: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Settings {
    pub sound: String,
    /// 0–100, of the alarm only.
    pub volume: u8,
    /// Seconds from silent to full, 0–60.
    pub gentle_start_s: u8,
    pub theme: Theme,
    pub autostart: bool,
    /// Whether commands of runbooks are run here where the team allows it.
    #[serde(default)]
    pub commands: CommandsHere,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            sound: "bell".into(),
            volume: 80,
            gentle_start_s: 8,
            theme: Theme::System,
            autostart: true,
            commands: CommandsHere::Team,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    System,
    Light,
    Dark,
}

/// One line of Settings → Diagnostics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diagnosis {
    /// `connection`, `keychain`, `notifications`, `tray`, `sound`, `store`, `clock`, `autostart`
    pub subject: String,
    pub health: Health,
    /// What was found.
    pub words: String,
    /// What to do; empty when all is well.
    pub remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    Good,
    Poor,
    Bad,
}

/// A place in the main window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    Home,
    Page {
        page: PageId,
    },
    /// Triage that begins with a page.
    Triage {
        page: PageId,
    },
    Incident {
        incident: IncidentId,
    },
    /// By its incident.
    Postmortem {
        incident: IncidentId,
    },
    Settings,
}

/// Pushed to the window: something of this kind changed, ask again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "topic", rename_all = "snake_case")]
pub enum Change {
    /// `WindowState` is different.
    State,
    Page {
        page: PageId,
    },
    /// Somebody asked for it outside the main window, by a notification, the tray, a link or in the pager window: the
    /// main window goes there.
    Show {
        place: Place,
    },
    /// The team's playbook may be different, or who may edit it.
    Playbook,
    /// `SyncState` is different.
    Sync,
    /// An incident, or something in it; the list of incidents too.
    Incident {
        incident: IncidentId,
    },
    /// The postmortem of an incident; the list of postmortems, and of actions, too.
    Postmortem {
        incident: IncidentId,
    },
    /// A runbook's fields; the list of runbooks too.
    Runbook {
        runbook: RunbookId,
    },
    /// A command that runs here has printed something, or ended.
    Run {
        run: RunId,
    },
    /// A text has new characters or cursors.
    Document {
        document: String,
    },
    /// Another part of what triage gathers has come.
    Gathered {
        gather: u64,
    },
    /// Of an attachment, how far the team has it.
    Attachment {
        hash: String,
    },
    /// Much has changed at once (a first sync, a repair): ask everything again.
    Library,
}

/// An error for the window: `code` is stable, `words` are for the person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS, thiserror::Error)]
#[error("{words}")]
pub struct WindowError {
    /// `bad_input`, `offline`, `refused`, `stale` (somebody else was faster), `keychain`, `store`, `unknown_command`
    pub code: String,
    pub words: String,
}
