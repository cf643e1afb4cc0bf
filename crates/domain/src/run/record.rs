//! What is kept of a run: the audit record, carried by an entry of the timeline.

use crate::refusal::RefusalCode;
use crate::{Instant, PersonId, Refusal, RunId, RunbookId, ServiceId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Lines of the output that are kept from its beginning and its end, and characters of each.
pub const KEPT_FIRST: usize = 20;
pub const KEPT_LAST: usize = 40;
pub const KEPT_WIDTH: usize = 400;
/// Words of a command, and characters of one.
const ARGV_MAX: usize = 200;
/// Characters of a name, a revision, an environment; of a word of the command.
const NAME_MAX: usize = 200;
const WORD_MAX: usize = 4_000;
/// Bytes of the whole record as JSON.
const RECORD_MAX: usize = 128 * 1_024;

/// How it stands, or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    Running,
    /// It ended with exit code 0.
    Succeeded,
    Failed,
    /// By a person, or because Firebell was closed.
    Stopped,
    TimedOut,
    /// The program could not be started.
    NotStarted,
}

/// What it printed; secrets were taken out before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunOutput {
    pub lines: u64,
    /// As the program wrote them.
    pub bytes: u64,
    /// SHA-256, in hex, of the lines that were kept on the desktop, each with a line feed.
    pub digest: String,
    pub first: Vec<String>,
    /// What follows `first`, or the end of it.
    pub last: Vec<String>,
    /// Lines are missing between `first` and `last`.
    pub cut: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunRecord {
    pub id: RunId,
    pub by: PersonId,
    pub runbook: RunbookId,
    pub runbook_title: String,
    pub step: String,
    /// Of the body that the step stood in.
    pub body_digest: String,
    /// The strategy of the playbook that it carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The words of the command, secrets taken out.
    pub argv: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<ServiceId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// The revision before, and the one it was to lead to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Why.
    pub reason: String,
    pub started_at: Instant,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Instant>,
    pub outcome: RunOutcome,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signal: Option<i32>,
    /// Why it could not be started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<String>,
    pub output: RunOutput,
}

impl RunRecord {
    /// What is wrong with it, if anything; the words name the field.
    pub fn check(&self) -> Result<(), Refusal> {
        let bad = |words: String| Err(Refusal::new(RefusalCode::BadInput, words));
        if self.argv.is_empty() || self.argv.len() > ARGV_MAX {
            return bad(format!("The command of a run has 1 to {ARGV_MAX} words."));
        }
        if self.reason.trim().is_empty() {
            return bad("Say why the command is run; it stands in the record.".into());
        }
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let names = [
            ("title", self.runbook_title.clone()),
            ("step", self.step.clone()),
            ("body digest", self.body_digest.clone()),
            ("strategy", optional(&self.strategy)),
            ("service", self.service.as_ref().map(ToString::to_string).unwrap_or_default()),
            ("environment", optional(&self.environment)),
            ("revision before", optional(&self.from)),
            ("revision after", optional(&self.to)),
            ("output digest", self.output.digest.clone()),
        ];
        for (field, text) in names {
            if text.chars().count() > NAME_MAX {
                return bad(format!(
                    "The {field} of a run is longer than {NAME_MAX} characters. Shorten it."
                ));
            }
        }
        let long = self
            .argv
            .iter()
            .chain([&self.reason, &optional(&self.trouble)])
            .any(|w| w.chars().count() > WORD_MAX);
        let output = &self.output;
        let too_much = output.first.len() > KEPT_FIRST
            || output.last.len() > KEPT_LAST
            || output.first.iter().chain(&output.last).any(|line| line.chars().count() > KEPT_WIDTH + 10);
        let size = serde_json::to_string(self).map_or(usize::MAX, |json| json.len());
        if long || too_much || size > RECORD_MAX {
            return bad(format!("The record of a run takes {} KiB; it has to be shortened.", size / 1_024));
        }
        Ok(())
    }

    /// The command as one line.
    pub fn line(&self) -> String {
        Self::line_of(&self.argv)
    }

    /// Words as one line, quoted so that it can be pasted into a terminal.
    pub fn line_of(argv: &[String]) -> String {
        shell_words::join(argv)
    }

    /// One sentence for the timeline.
    pub fn sentence(&self) -> String {
        let line: String = self.line().chars().take(2_000).collect();
        let took =
            self.ended_at.map(|end| format!(" after {} s", (end - self.started_at).num_seconds().max(0)));
        let took = took.unwrap_or_default();
        let end = match self.outcome {
            RunOutcome::Running => "started".to_owned(),
            RunOutcome::Succeeded => format!("done{took}"),
            RunOutcome::Failed => match (self.exit_code, self.signal) {
                (Some(code), _) => format!("failed with exit code {code}{took}"),
                (None, Some(signal)) => format!("ended by signal {signal}{took}"),
                (None, None) => format!("failed{took}"),
            },
            RunOutcome::Stopped => format!("stopped{took}"),
            RunOutcome::TimedOut => format!("stopped by its time-out{took}"),
            RunOutcome::NotStarted => "could not be started".to_owned(),
        };
        format!("Ran {line}: {end}")
    }
}
