//! What a person hears of an incident beside its pages. The shell shows it, the simulator and tests read it.

use firebell_domain::{IncidentId, Severity};

pub use firebell_domain::notice::Heard;
pub use firebell_domain::postmortem::Reminder;

/// One thing to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub incident: IncidentId,
    pub number: u64,
    pub title: String,
    pub severity: Severity,
    pub heard: Heard,
    /// The name of whoever did it; empty where the clock did.
    pub by: String,
    /// The name of the role that it is about, if it is about one.
    pub role: String,
}

impl Notice {
    /// It rings, as a page does: nobody else rings for it now.
    pub fn rings(&self) -> bool {
        matches!(self.heard, Heard::UpdateMissed { .. })
    }
}
