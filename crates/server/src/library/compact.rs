//! Keeps the log of texts short: the old updates of a document become one, in the place of the last of them.
//!
//! The merged operation has a name of its own, so that whoever has some of the old ones, or all, takes it in as one
//! more: it contains what they have, and an update that is known changes nothing. It says from where on it holds, so that
//! whoever fills a gap before its place gets it too. Fields, timelines, incidents and unknown operations stay as they
//! are.

use crate::storage::{StorageError, Tx};
use chrono::TimeDelta;
use firebell_domain::Instant;
use firebell_log::text::merge_updates;
use firebell_log::{Bytes, Change, DocumentId, OpId, Operation, OperationBody, WriterId, Written};
use sha2::{Digest, Sha256};

/// Younger updates stay as they were written.
pub const OLDER_THAN: TimeDelta = TimeDelta::days(30);
/// Fewer old updates are not worth a merge.
pub const AT_LEAST: u64 = 50;

/// Updates merged with one change, and their bytes: the writer has others waiting.
const STEP: usize = 500;
const STEP_BYTES: usize = 8 << 20;
/// Operations read at once.
const READ: u32 = 200;

/// What one step did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Operations that are gone.
    pub gone: u64,
    /// There may be more of this document.
    pub more: bool,
}

/// Merges the first updates of a document that are older than `before`, if there are at least so many. `document` and
/// `subject` as [`crate::storage::read::texts_to_merge`] names them.
pub fn merge(
    tx: &mut Tx,
    document: &str,
    subject: &str,
    before: Instant,
    at_least: u64,
) -> Result<Merged, StorageError> {
    let Old { places, updates, last, more } = old(tx, document, subject, before)?;
    let Some((id, last)) = last.filter(|_| updates.len() as u64 >= at_least.max(2)) else {
        return Ok(Merged::default());
    };
    let update = match merge_updates(&updates) {
        Ok(update) => update,
        Err(error) => {
            tracing::error!(document, %error, "the updates of a text cannot be merged; they stay as they are");
            return Ok(Merged::default());
        }
    };
    let counter = places.last().copied().unwrap_or(0);
    let change = Change::Text { document: id.clone(), update: Bytes(update) };
    let name = OpId { writer: merger(document), counter };
    let merged = Written::new(name, last.scope, last.author, last.stamp, &change);
    tx.merge_operations(&id, &places, &OperationBody::Written(merged))?;
    Ok(Merged { gone: places.len() as u64 - 1, more })
}

struct Old {
    places: Vec<u64>,
    updates: Vec<Vec<u8>>,
    last: Option<(DocumentId, Written)>,
    more: bool,
}

/// The first updates of a document that are older than `before`.
fn old(tx: &mut Tx, document: &str, subject: &str, before: Instant) -> Result<Old, StorageError> {
    let mut old = Old { places: vec![], updates: vec![], last: None, more: false };
    let (mut after, mut bytes) = (0, 0);
    loop {
        let operations = tx.older_about(subject, after, before, READ)?;
        let Some(seq) = operations.last().map(|o| o.seq) else { return Ok(old) };
        after = seq;
        for operation in operations {
            let Some((place, id, written, update)) = update_of(operation, document) else { continue };
            bytes += update.len();
            if old.updates.len() >= STEP || (old.updates.len() >= 2 && bytes > STEP_BYTES) {
                old.more = true;
                return Ok(old);
            }
            old.places.push(place);
            old.updates.push(update);
            old.last = Some((id, written));
        }
    }
}

fn update_of(operation: Operation, of: &str) -> Option<(u64, DocumentId, Written, Vec<u8>)> {
    let OperationBody::Written(written) = operation.body else { return None };
    match written.change()? {
        Change::Text { document, update } if document.to_string() == of => {
            Some((operation.seq, document, written, update.0))
        }
        _ => None,
    }
}

/// Whose operations the merged ones of a document are: nobody's who writes.
fn merger(document: &str) -> WriterId {
    let hash = Sha256::digest(format!("firebell compaction {document}").as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    WriterId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}
