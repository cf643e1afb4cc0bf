//! Computers that are not like the others: one of an older version keeps what it does not understand, and shows it once it
//! is updated; one that works alone brings its history along when it joins.

use super::World;
use crate::faults::Fault;
use crate::oracle::Broken;
use firebell_domain::incident::IncidentEvent;
use firebell_log::{Operation, OperationBody, SCHEMA, Written};
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};

/// Kinds of changes that an older version may not know, besides corrected moments and false alarms of incidents.
const KINDS: [&str; 3] = ["record", "entry", "text"];

/// What this computer does not understand, if it is an old one.
pub fn draw_unknown(rng: &mut StdRng) -> Option<&'static str> {
    rng.random_bool(0.15).then(|| KINDS[rng.random_range(0..KINDS.len())])
}

/// What an older version makes of an operation: it reads no more than that there is one.
pub fn as_read_by_an_older_version(operation: &mut Operation, unknown: &str) {
    match &mut operation.body {
        OperationBody::Written(written) if written.change.get("kind") == Some(&json!(unknown)) => {
            let was = std::mem::take(&mut written.change);
            written.change = json!({ "kind": "of_a_later_version", "schema": written.schema, "was": was });
            written.schema = SCHEMA + 1;
        }
        OperationBody::Incident { events, .. } => {
            let newer = |event: &IncidentEvent| {
                matches!(event, IncidentEvent::MomentCorrected { .. } | IncidentEvent::FalseAlarm { .. })
            };
            if events.iter().any(newer) {
                operation.body = OperationBody::Unknown;
            }
        }
        _ => {}
    }
}

/// What the newer version reads of the same bytes.
fn as_read_by_this_version(written: &Written) -> Option<Written> {
    let was = written.change.get("was")?.clone();
    let schema = written.change.get("schema").and_then(Value::as_u64)?;
    Some(Written { change: was, schema: u16::try_from(schema).ok()?, ..written.clone() })
}

impl World {
    /// A person who worked alone follows an invite.
    pub(super) fn join(&mut self, replica: usize) {
        if std::mem::take(&mut self.replicas[replica].alone) {
            self.count(Fault::JoinedLate);
            self.schedule_connect(replica, 50);
        }
    }

    /// The app is ended, a newer version installed, and started over the same disk.
    pub(super) fn update(&mut self, replica: usize) -> Result<(), Broken> {
        let r = &mut self.replicas[replica];
        if r.older.take().is_none() {
            return Ok(());
        }
        self.count(Fault::Updated);
        self.stop_replica(replica);
        let r = &mut self.replicas[replica];
        r.synced = None;
        if let Some(disk) = r.disk.take() {
            let disk = disk.copied_for_a_newer_version(as_read_by_this_version);
            r.disk = Some(disk.map_err(|e| format!("{} was not updated: {e}", r.name))?);
        }
        self.start_replica(replica)
    }
}
