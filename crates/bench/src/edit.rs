//! `sync.edit_to_other_desktop_ms`: from an entry written on one computer until the other one shows it.

use crate::baseline;
use crate::desktop::{Desktop, next_of};
use crate::figure::{Report, median, percentile, say};
use crate::server::fresh_folder;
use anyhow::Result;
use firebell_domain::IncidentId;
use firebell_protocol::window::Change;
use serde_json::json;
use std::time::{Duration, Instant};

const ROUNDS: usize = 5;
const A_ROUND: usize = 40;
const WARM: usize = 10;
const PAUSE: Duration = Duration::from_millis(25);
/// How many entries are written, in all.
pub const EDITS: usize = WARM + ROUNDS * A_ROUND;

/// `incident`: the name of the n-th incident of their team; each gets one entry.
pub async fn measure(
    report: &mut Report,
    author: &Desktop,
    other: &Desktop,
    incident: impl Fn(usize) -> IncidentId,
) -> Result<()> {
    for n in 0..WARM {
        tell(author, other, incident(n)).await?;
    }
    let (mut p50, mut p99, mut limits) = (vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let (mut whole, mut written) = (vec![], vec![]);
        for n in 0..A_ROUND {
            let (saved, seen) = tell(author, other, incident(WARM + round * A_ROUND + n)).await?;
            written.push(saved);
            whole.push(seen);
            tokio::time::sleep(PAUSE).await;
        }
        let folder = fresh_folder("edit-relay")?;
        let pause = PAUSE.as_millis().to_string();
        let arguments = [&folder.to_string_lossy(), &*A_ROUND.to_string(), &*pause, "author"];
        let limit = baseline::run("baseline-relay", &arguments).await?;
        let (mine, theirs) = (median(&mut whole), baseline::number(&limit, "p50")?);
        say(format!(
            "round {}: seen after {mine:.2} ms, of which saved by its author after {:.2}; the bare relay {theirs:.2}",
            round + 1,
            median(&mut written)
        ));
        p50.push(mine);
        p99.push(percentile(&mut whole, 99.0));
        limits.push((theirs, baseline::number(&limit, "p99")?));
    }
    let (mut limit50, mut limit99): (Vec<f64>, Vec<f64>) = limits.into_iter().unzip();
    let name = "sync.edit_to_other_desktop_ms";
    report.figure(&format!("{name}.p50"), median(&mut p50), "ms", Some(median(&mut limit50)))?;
    report.figure(&format!("{name}.p99"), median(&mut p99), "ms", Some(median(&mut limit99)))
}

/// Milliseconds until it was on the author's disk, and until the other one's view has it.
async fn tell(author: &Desktop, other: &Desktop, incident: IncidentId) -> Result<(f64, f64)> {
    let mut changes = other.app.changes();
    let text = format!("Seen by the others, of {incident}");
    let began = Instant::now();
    let new = json!({ "incident": incident, "kind": "note", "text": text });
    author.call("entry_add", new).await?;
    let saved = began.elapsed().as_secs_f64() * 1e3;
    loop {
        let detail = other.call("incident", json!({ "incident": incident })).await?;
        let entries = detail["timeline"].as_array();
        if entries.is_some_and(|all| all.iter().any(|e| e["entry"]["text"] == text.as_str())) {
            return Ok((saved, began.elapsed().as_secs_f64() * 1e3));
        }
        next_of(&mut changes, |c| matches!(c, Change::Incident { incident: i } if *i == incident)).await?;
    }
}
