//! Incidents as a file for a spreadsheet or a script.
//!
//! CSV as RFC 4180 says, or JSON; both have the same fields ([`COLUMNS`]). Moments are RFC 3339 in UTC, durations are seconds,
//! people and services go by their names. A text that a spreadsheet would take for a formula begins with an apostrophe (the
//! advice of OWASP on CSV injection): a title comes from an alert, and so from anybody.

#[cfg(test)]
mod tests;

use firebell_domain::incident::Incident;
use firebell_domain::playbook::IncidentRole;
use firebell_domain::team::Team;
use firebell_domain::{Instant, PersonId};
use firebell_protocol::incidents::Format;
use firebell_store::library::Listed;
use serde_json::{Map, Value, json};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What each incident has, in this order.
pub(crate) const COLUMNS: [&str; 27] = [
    "number",
    "id",
    "title",
    "impact",
    "severity",
    "status",
    "services",
    "private",
    "declared_by",
    "detection",
    "commander",
    "technical_lead",
    "communications_lead",
    "scribe",
    "responders",
    "impact_started_at",
    "detected_at",
    "acknowledged_at",
    "declared_at",
    "mitigated_at",
    "resolved_at",
    "seconds_to_acknowledge",
    "seconds_to_mitigate",
    "seconds_to_resolve",
    "reopened",
    "merged_into",
    "known_to_team",
];

/// Tried names of a file before it is given up.
const NAMES: u32 = 1_000;

/// A file that is being written.
pub(crate) enum Sheet<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Json { to: W, is_first: bool },
}

impl<W: Write> Sheet<W> {
    /// With the line of names, which is there also when no incident is.
    pub fn begin(format: Format, mut to: W) -> io::Result<Self> {
        match format {
            Format::Csv => {
                let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(to);
                csv.write_record(COLUMNS)?;
                Ok(Self::Csv(Box::new(csv)))
            }
            Format::Json => {
                to.write_all(b"[")?;
                Ok(Self::Json { to, is_first: true })
            }
        }
    }

    pub fn put(&mut self, listed: &Listed, team: Option<&Team>) -> io::Result<()> {
        let fields = fields(listed, team);
        match self {
            Self::Csv(csv) => csv.write_record(COLUMNS.map(|c| cell(&fields[c])))?,
            Self::Json { to, is_first } => {
                to.write_all(if std::mem::take(is_first) { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *to, &fields)?;
            }
        }
        Ok(())
    }

    /// Gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Csv(csv) => csv.into_inner().map_err(|e| e.into_error()),
            Self::Json { mut to, .. } => {
                to.write_all(b"\n]\n")?;
                Ok(to)
            }
        }
    }
}

fn fields(listed: &Listed, team: Option<&Team>) -> Map<String, Value> {
    let incident = &listed.row.incident;
    let person = |id: &PersonId| {
        let known = team.and_then(|t| t.people.iter().find(|p| p.id == *id));
        known.map_or_else(|| id.to_string(), |p| p.name.clone())
    };
    let services: Vec<String> = incident
        .services
        .iter()
        .map(|id| {
            let known = team.and_then(|t| t.services.iter().find(|s| s.id == *id));
            known.map_or_else(|| id.to_string(), |s| s.name.clone())
        })
        .collect();
    let holder = |role| incident.holder(role).map(person);
    let m = &incident.moments;
    let time = |at: Option<Instant>| at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let values = [
        // Without one it is not known to the team yet.
        json!(Some(incident.number).filter(|n| *n > 0)),
        json!(incident.id),
        json!(listed.row.title),
        json!(listed.impact),
        json!(incident.severity.to_string()),
        json!(incident.status),
        json!(services),
        json!(incident.is_private()),
        json!(person(&incident.declared_by)),
        json!(incident.detection),
        json!(holder(IncidentRole::Commander)),
        json!(holder(IncidentRole::TechnicalLead)),
        json!(holder(IncidentRole::CommunicationsLead)),
        json!(holder(IncidentRole::Scribe)),
        json!(listed.responders.iter().map(person).collect::<Vec<_>>()),
        json!(time(m.impact_started_at)),
        json!(time(m.detected_at)),
        json!(time(m.acknowledged_at)),
        json!(time(m.declared_at)),
        json!(time(m.mitigated_at)),
        json!(time(m.resolved_at)),
        json!(since_detected(incident, m.acknowledged_at)),
        json!(since_detected(incident, m.mitigated_at)),
        json!(since_detected(incident, m.resolved_at)),
        json!(incident.reopened),
        json!(incident.merged_into),
        json!(!listed.row.pending),
    ];
    COLUMNS.iter().map(|c| (*c).to_owned()).zip(values).collect()
}

/// In seconds. None where a moment is missing, or where they contradict each other: a corrected one may lie before the other.
fn since_detected(incident: &Incident, at: Option<Instant>) -> Option<u64> {
    let from = incident.moments.detected_at.or(incident.moments.declared_at)?;
    u64::try_from((at? - from).num_seconds()).ok()
}

/// A value as a cell of a spreadsheet.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => harmless(text),
        Value::Array(all) => harmless(&all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("; ")),
        other => other.to_string(),
    }
}

/// Never the beginning of a formula. The wide forms of the signs count as the signs.
fn harmless(text: &str) -> String {
    let begins_formula = |c: char| "=+-@\t\r\n＝＋－＠".contains(c);
    if text.starts_with(begins_formula) { format!("'{text}") } else { text.to_owned() }
}

/// What a file with incidents is called, without its ending: it says what is in it, and when (UTC) it was made.
pub(crate) fn name_of_list(now: Instant) -> String {
    format!("incidents-{}", now.format("%Y-%m-%d-%H%M%SZ"))
}

/// How the file of a list ends.
pub(crate) fn ending(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Json => "json",
    }
}

/// A new file in this folder, never over one that is there.
pub(crate) fn new_file(folder: &Path, name: &str, ending: &str) -> io::Result<(PathBuf, BufWriter<File>)> {
    std::fs::create_dir_all(folder)?;
    for n in 1..NAMES {
        let count = if n == 1 { String::new() } else { format!("-{n}") };
        let path = folder.join(format!("{name}{count}.{ending}"));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt;
            // It may tell of private incidents.
            options.mode(0o600);
        }
        match options.open(&path) {
            Ok(file) => return Ok((path, BufWriter::new(file))),
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Writes a whole file, which is not there if it could not be written in whole.
pub(crate) fn write_file(folder: &Path, name: &str, ending: &str, bytes: &[u8]) -> io::Result<PathBuf> {
    let (path, mut file) = new_file(folder, name, ending)?;
    if let Err(e) = file.write_all(bytes).and_then(|()| file.flush()) {
        drop(file);
        // Half a document would be taken for a whole one; what cannot be removed either is said by the first failure.
        let _ = std::fs::remove_file(&path);
        return Err(e);
    }
    Ok(path)
}

/// Writes what lies beside a document. Its name comes of its bytes, so what is there already under it is the same, or was
/// broken off.
pub(crate) fn write_beside(folder: &Path, path: &str, bytes: &[u8]) -> io::Result<()> {
    let to = folder.join(path);
    let within = to.parent().unwrap_or(folder);
    std::fs::create_dir_all(within)?;
    if std::fs::read(&to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    // Never half of it under its name.
    let part = to.with_extension("part");
    std::fs::write(&part, bytes)?;
    std::fs::rename(&part, &to)
}
