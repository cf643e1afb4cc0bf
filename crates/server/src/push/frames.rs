//! Operations as frames: text made once for every socket, and none larger than a client takes.

use super::sight::Sight;
use super::{Frame, Outside, raises_in};
use firebell_domain::IncidentId;
use firebell_log::{Operation, OperationBody};
use std::collections::BTreeSet;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Operations of one frame at most.
pub const OPERATIONS_MAX: u32 = 500;
/// Bytes of one frame, unless a single operation is larger.
pub const BYTES_MAX: usize = 200 * 1_024;

/// Frames of these operations, in order. `sight`: as it is when they are made, or later.
pub(super) fn of(operations: Vec<Operation>, sight: &Sight) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut making = Making::default();
    for operation in operations {
        // Every operation is made of maps with text keys, which JSON can always write.
        let Ok(text) = serde_json::to_string(&operation) else { continue };
        if making.is_full_with(&text) {
            frames.extend(std::mem::take(&mut making).frame(sight));
        }
        making.text.push_str(if making.operations.is_empty() { "" } else { "," });
        making.text.push_str(&text);
        making.operations.push(operation);
    }
    frames.extend(making.frame(sight));
    frames
}

#[derive(Default)]
struct Making {
    operations: Vec<Operation>,
    text: String,
}

impl Making {
    fn is_full_with(&self, text: &str) -> bool {
        !self.operations.is_empty()
            && (self.operations.len() >= OPERATIONS_MAX as usize || self.text.len() + text.len() > BYTES_MAX)
    }

    fn frame(self, sight: &Sight) -> Option<Frame> {
        let (first, last) = (self.operations.first()?.seq, self.operations.last()?.seq);
        let raises = raises_in(&self.operations).into();
        let about: BTreeSet<IncidentId> = self.operations.iter().flat_map(|o| o.body.incidents()).collect();
        let about: Vec<IncidentId> = about.into_iter().collect();
        let outside = outside(&self.operations, &about, sight);
        let text = message(&self.text);
        let places = Some((first, last));
        Some(Frame { places, text, raises, but: None, about: about.into(), outside })
    }
}

fn message(operations: &str) -> Utf8Bytes {
    Utf8Bytes::from(format!(r#"{{"type":"operations","operations":[{operations}]}}"#))
}

/// For most people what is private is hidden whole, so it is put together once. Who sees a change of who sees it is another
/// matter for each of them.
fn outside(operations: &[Operation], about: &[IncidentId], sight: &Sight) -> Option<Outside> {
    let private: Vec<IncidentId> = about.iter().filter(|i| sight.is_private(**i)).copied().collect();
    if private.is_empty() || operations.iter().any(|o| o.body.changes_sight()) {
        return None;
    }
    let is_private = |o: &Operation| o.body.incidents().iter().any(|incident| private.contains(incident));
    let told = operations.iter().map(|operation| {
        let body = if is_private(operation) { OperationBody::Elsewhere } else { operation.body.clone() };
        // Every operation is made of maps with text keys, which JSON can always write.
        serde_json::to_string(&Operation { body, ..operation.clone() }).ok()
    });
    let text = message(&told.collect::<Option<Vec<_>>>()?.join(","));
    Some(Outside { private: private.into(), text })
}

#[cfg(test)]
mod tests {
    use super::*;
    use firebell_log::{OperationBody, Scope};
    use firebell_protocol::sync::ServerMessage;

    #[test]
    fn a_burst_is_cut_into_frames_that_say_the_same() {
        let operation = |seq| Operation {
            scope: Scope::Team,
            seq,
            at: firebell_domain::Instant::default(),
            body: OperationBody::Team { version: seq },
        };
        let all: Vec<_> = (1..=1_201).map(operation).collect();
        let frames = of(all.clone(), &Sight::default());
        assert_eq!(
            frames.iter().map(|f| f.places).collect::<Vec<_>>(),
            [Some((1, 500)), Some((501, 1_000)), Some((1_001, 1_201))]
        );
        let mut told = vec![];
        for frame in &frames {
            assert!(frame.text.len() < BYTES_MAX + 100);
            let ServerMessage::Operations { operations } = serde_json::from_str(&frame.text).unwrap() else {
                panic!("{}", frame.text)
            };
            told.extend(operations);
        }
        assert_eq!(told, all);
        assert!(of(vec![], &Sight::default()).is_empty());
    }
}
