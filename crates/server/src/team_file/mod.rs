//! The team as one YAML file: read with the line of every mistake, compared, and written back.

mod diff;
mod lines;
#[cfg(test)]
mod playbook_tests;
#[cfg(test)]
mod tests;

pub use diff::{Change, Diff, FieldChange, diff};

use firebell_domain::team::Team;
use lines::Lines;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Something wrong with a file, where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mistake {
    /// From 1; 0 when it is not in one place.
    pub line: u64,
    /// `services[0].policy`; empty when the file cannot be read at all.
    pub path: String,
    pub words: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.words)
    }
}

/// Reads a team; everything wrong with it, in the order of the lines.
pub fn read(text: &str) -> Result<Team, Vec<Mistake>> {
    // Numbers and dates are texts to us; a snippet of the file belongs into no log.
    let options = serde_saphyr::options! { with_snippet: false };
    let mut team: Team = serde_saphyr::from_str_with_options(text, options).map_err(|e| vec![mistake(&e)])?;
    let problems = team.problems();
    if problems.is_empty() {
        // Kept is what differs from the default, however much of it the file repeats.
        team.playbook = team.playbook.map(|changes| changes.tidied()).filter(|changes| !changes.is_empty());
        return Ok(team);
    }
    let lines = Lines::of(text);
    let mut mistakes: Vec<Mistake> = problems
        .into_iter()
        .map(|p| Mistake { line: lines.line_of(&p.path), path: p.path, words: p.words })
        .collect();
    mistakes.sort_by_key(|m| m.line);
    Err(mistakes)
}

/// The file that makes this team again.
pub fn write(team: &Team) -> Result<String, String> {
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false, compact_list_indent: false };
    serde_saphyr::to_string_with_options(team, options)
        .map_err(|e| format!("The team cannot be written as YAML: {e}."))
}

fn mistake(error: &serde_saphyr::Error) -> Mistake {
    let line = error.location().map_or(0, |l| l.line());
    let said = error.without_snippet().to_string();
    // The place is said once, at the start of the line.
    let words = said.split(" at line ").next().unwrap_or(&said).trim().to_owned();
    let words = match words.strip_prefix("error: ").unwrap_or(&words) {
        w if w.contains("untagged enum Target") => {
            "this target is not understood; write one of { schedule: ID }, { person: ID }, { lead_of: GROUP }, { manager_of: GROUP }, { group: GROUP } or { admins: true }"
                .to_owned()
        }
        w if w.contains("untagged enum TurnHolder") => {
            "write a person's id, or a list of ids for people on call together".to_owned()
        }
        w if w.starts_with("invalid u") || w.starts_with("invalid i") => "write a whole number".to_owned(),
        w => w.to_owned(),
    };
    Mistake { line, path: String::new(), words }
}
