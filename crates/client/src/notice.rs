//! What a person hears of an incident beside its pages. The shell shows it, the simulator and tests read it.

use firebell_domain::{IncidentId, Severity};
use firebell_protocol::window::Place;

pub use firebell_domain::notice::Heard;
pub use firebell_domain::postmortem::{Asked, Reminder};

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

    /// Where it is dealt with.
    pub fn leads_to(&self) -> Place {
        let incident = self.incident;
        match self.heard {
            Heard::PostmortemDue { .. }
            | Heard::ActionsDue { .. }
            | Heard::Mentioned { .. }
            | Heard::Asked { .. } => Place::Postmortem { incident },
            Heard::Declared { .. }
            | Heard::Reopened { .. }
            | Heard::SeverityRaised { .. }
            | Heard::UpdateSent { .. }
            | Heard::RoleOffered { .. }
            | Heard::RoleConfirmed { .. }
            | Heard::RoleGiven { .. }
            | Heard::RoleTaken { .. }
            | Heard::UpdateDue { .. }
            | Heard::UpdateMissed { .. }
            | Heard::NoNewsUnsent { .. } => Place::Incident { incident },
        }
    }
}
