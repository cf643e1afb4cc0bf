//! What the window is told of the ways to restore service in one incident.

use crate::runbook::StepView;
use firebell_domain::gather::{NearChange, Part};
use firebell_domain::{Instant, RunbookId, ServiceId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The ways to restore service, those that a recent change suggests first, else in the playbook's order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Mitigations {
    pub strategies: Vec<Mitigation>,
    /// Of the incident's services and their neighbours, newest first; waiting while nobody has asked for them.
    pub changes: Part<Vec<NearChange>>,
}

/// One strategy of the playbook, for this incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct Mitigation {
    /// Its id in the playbook.
    pub strategy: String,
    pub name: String,
    /// When to use it.
    pub when: String,
    /// Why it comes first, as whole sentences; `None`: nothing that was found speaks for it.
    pub suggested: Option<String>,
    /// To look at before it runs.
    pub before: Vec<String>,
    /// To do when it has run.
    pub after: Vec<String>,
    /// How long its effect is waited for, 1 to 86,400 seconds.
    pub wait_for_s: Option<u32>,
    /// It goes back to a revision: revisions are shown first.
    pub goes_back: bool,
    /// One for each of the incident's services, in the incident's order.
    pub services: Vec<ServiceMitigation>,
    /// The playbook's command, to copy; `None` where every service has one of its own, or the playbook has none.
    pub generic: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct ServiceMitigation {
    pub service: ServiceId,
    /// Of a strategy that goes back, when its deployments are known.
    pub revisions: Option<Revisions>,
    /// Those that hold a command for the strategy.
    pub runbooks: Vec<RunbookCommands>,
}

/// What a service runs, and what it ran before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Revisions {
    pub current: String,
    /// When the current one took effect.
    pub since: Instant,
    /// Who deployed it, as the sender writes the name.
    pub by: Option<String>,
    pub environment: Option<String>,
    /// The one before the suspected deployment; `None`: nobody said it.
    pub back_to: Option<String>,
    /// It was gone back to already.
    pub is_back: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct RunbookCommands {
    pub runbook: RunbookId,
    pub title: String,
    /// Why none of its commands can be run here now, and what to do about it.
    pub not_run: Option<String>,
    /// In the order of the text; never empty.
    pub commands: Vec<MitigationCommand>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
pub struct MitigationCommand {
    pub view: StepView,
    /// To copy: quoted for a terminal when everything that it asks for is known, else as it is written.
    pub line: String,
    pub filled: RunFilled,
}

/// What is known of a run before anybody types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunFilled {
    /// By the name of the argument; only those that are known.
    pub arguments: BTreeMap<String, String>,
    pub environment: Option<String>,
    /// The revision before, and the one it leads to.
    pub from: Option<String>,
    pub to: Option<String>,
}
