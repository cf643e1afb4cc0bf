//! Whether a command of a runbook may be run on this desktop, by this person, now.

use crate::refusal::RefusalCode;
use crate::runbook::{Reviewed, digest};
use crate::team::{Role, Team};
use crate::{PersonId, Refusal};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The team's word, in its file: `team.commands`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum CommandRule {
    /// Commands are copied.
    #[default]
    Off,
    /// Commands of reviewed runbooks can be run from the desktop.
    Allowed,
}

impl CommandRule {
    pub(crate) fn is_off(&self) -> bool {
        *self == Self::Off
    }
}

/// This computer's word. It can forbid what the team allows, and not the other way round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum CommandsHere {
    /// As the team says.
    #[default]
    Team,
    Never,
}

/// Everything the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// `None`: this computer is in no team.
    pub team: Option<&'a Team>,
    pub here: CommandsHere,
    pub person: &'a PersonId,
    /// The runbook's last review, and who wrote that field: nobody reviews in somebody else's name.
    pub reviewed: Option<(&'a Reviewed, &'a PersonId)>,
    pub body: &'a str,
}

/// `Ok` when every command of the runbook that needs no shell may be run.
pub fn may_run(asking: Asking) -> Result<(), Refusal> {
    let not = |words: &str| Err(Refusal::new(RefusalCode::NotAllowed, words));
    let Some(team) = asking.team else {
        return not("Commands are run in a team that allows it. Copy this one into a terminal.");
    };
    if team.team.commands != CommandRule::Allowed {
        return not(
            "Your team does not run commands from the desktop. Copy this one into a terminal; an admin can allow it with \
             `commands: allowed` in the team's file.",
        );
    }
    if asking.here == CommandsHere::Never {
        return not(
            "This computer runs no commands. Copy this one into a terminal, or change it in Settings.",
        );
    }
    match team.person(asking.person).map(|p| p.role) {
        Some(Role::Admin | Role::Responder) => {}
        _ => return not("Only responders and admins of the team run commands. Ask one of them."),
    }
    is_reviewed(asking.reviewed, asking.body)
}

/// `Ok` when somebody has read the body as it stands, and said so in their own name. `reviewed`: the field, and who wrote it.
pub fn is_reviewed(reviewed: Option<(&Reviewed, &PersonId)>, body: &str) -> Result<(), Refusal> {
    let not = |words: &str| Err(Refusal::new(RefusalCode::NotAllowed, words));
    let Some((reviewed, author)) = reviewed else {
        return not("Nobody has reviewed this runbook. Read it through, then say that you have reviewed it.");
    };
    if reviewed.by != *author {
        return not(
            "This runbook's review was written in somebody else's name. Read it through, then review it.",
        );
    }
    if reviewed.digest != digest(body) {
        return not(
            "This runbook was changed after its review. Read what is new, then say that you have reviewed it.",
        );
    }
    Ok(())
}
