//! Operations as frames: text made once for every socket, and none larger than a client takes.

use super::{Frame, raises_in};
use firebell_log::Operation;
use tokio_tungstenite::tungstenite::Utf8Bytes;

/// Operations of one frame at most.
pub const OPERATIONS_MAX: u32 = 500;
/// Bytes of one frame, unless a single operation is larger.
pub const BYTES_MAX: usize = 200 * 1_024;

/// Frames of these operations, in order.
pub(super) fn of(operations: Vec<Operation>) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut making = Making::default();
    for operation in operations {
        // Every operation is made of maps with text keys, which JSON can always write.
        let Ok(text) = serde_json::to_string(&operation) else { continue };
        if making.is_full_with(&text) {
            frames.extend(std::mem::take(&mut making).frame());
        }
        making.text.push_str(if making.operations.is_empty() { "" } else { "," });
        making.text.push_str(&text);
        making.operations.push(operation);
    }
    frames.extend(making.frame());
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

    fn frame(self) -> Option<Frame> {
        let (first, last) = (self.operations.first()?.seq, self.operations.last()?.seq);
        let text = format!(r#"{{"type":"operations","operations":[{}]}}"#, self.text);
        let raises = raises_in(&self.operations).into();
        Some(Frame { places: Some((first, last)), text: Utf8Bytes::from(text), raises, but: None })
    }
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
        let frames = of(all.clone());
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
        assert!(of(vec![]).is_empty());
    }
}
