//! An update as it was sent: a part of the incident's history.

use super::Told;
use crate::incident::Status;
use crate::playbook::Audience;
use crate::refusal::RefusalCode;
use crate::{Instant, Refusal, UpdateId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Characters of one audience's text, and of one field of what a person filled in.
const TEXT_MAX: usize = 10_000;
/// The next update can be this far ahead.
const AHEAD_MAX: chrono::TimeDelta = chrono::TimeDelta::days(30);

/// What an update can announce of an incident that has this status, itself among them. Empty: it is over for good, and an
/// update leaves its status alone.
pub fn announceable(now: Status) -> &'static [Status] {
    use Status::{Closed, FalseAlarm, Identified, Investigating, Merged, Monitoring, Resolved};
    match now {
        Investigating | Identified | Monitoring => &[Investigating, Identified, Monitoring, Resolved],
        // To announce anything else it is reopened first.
        Resolved => &[Investigating, Resolved],
        Closed | Merged | FalseAlarm => &[],
    }
}

/// What was told, to whom, in which words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatusUpdate {
    /// Made by whoever sends it: a correction names it.
    pub id: UpdateId,
    /// What was filled in: the next update begins with it. Its status is announced with this update, and set.
    pub told: Told,
    /// The text as each audience got it; at least one.
    pub texts: BTreeMap<Audience, String>,
    /// The update whose place this one takes; both stay on record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub corrects: Option<UpdateId>,
}

impl StatusUpdate {
    /// What is wrong with it, if anything; the words name the field.
    pub fn check(&self, now: Instant) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        if self.texts.is_empty() {
            return bad("The update is for nobody; choose at least one audience.".into());
        }
        for (audience, text) in &self.texts {
            if text.trim().is_empty() {
                return bad(format!("The text for {} is empty.", audience.id().replace('_', " ")));
            }
        }
        let told = &self.told;
        let filled_in = [
            ("headline", &told.headline),
            ("impact", &told.impact),
            ("what we know", &told.known),
            ("what we are doing", &told.doing),
            ("workaround", &told.workaround),
            ("what happened", &told.what_happened),
            ("fix", &told.fix),
            ("what comes next", &told.what_next),
        ];
        let texts = self.texts.iter().map(|(audience, text)| (audience.id(), text));
        for (field, text) in texts.chain(filled_in) {
            let length = text.chars().count();
            if length > TEXT_MAX {
                return bad(format!(
                    "The {field} of the update has {length} characters; {TEXT_MAX} fit. Shorten it."
                ));
            }
        }
        if told.next_update.is_some_and(|at| at > now + AHEAD_MAX) {
            return bad("The next update is named for more than 30 days ahead; name an earlier time.".into());
        }
        if self.corrects == Some(self.id) {
            return bad("An update cannot correct itself.".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
