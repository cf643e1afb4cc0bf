//! Attachments: taken in before their entry is written, and looked at.

use crate::ClientApp;
use crate::words::error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::IncidentId;
use firebell_domain::attachment::{Attachment, SIZE_MAX};
use firebell_protocol::attachment::AttachmentView;
use firebell_protocol::window::WindowError;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub(super) struct Add {
    /// As the file is called.
    name: String,
    base64: String,
}

pub(super) async fn add(app: Arc<ClientApp>, args: Add) -> Result<Attachment, WindowError> {
    let Add { name, base64 } = args;
    // Before memory is taken for it; what is only a little too large is told its size.
    if base64.len() as u64 > SIZE_MAX * 2 {
        return Err(error("bad_input", "The file is far too large: 10 MiB fit. Cut it to what matters."));
    }
    let bytes = STANDARD.decode(base64);
    let bytes = bytes
        .map_err(|_| error("bad_input", "base64: the file was not handed over whole. Attach it again."))?;
    app.attach(&name, bytes).await
}

#[derive(Deserialize)]
pub(super) struct One {
    incident: IncidentId,
    hash: String,
}

pub(super) async fn one(app: Arc<ClientApp>, args: One) -> Result<AttachmentView, WindowError> {
    app.attachment(args.incident, args.hash).await
}
