//! Looking at one: from this computer, or fetched now. What comes from the server is believed only when it has the hash.

use crate::ClientApp;
use crate::library::GONE;
use crate::words::error;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use firebell_domain::IncidentId;
use firebell_domain::attachment::{MediaType, is_hash};
use firebell_protocol::attachment::{AttachmentState, AttachmentView};
use firebell_protocol::window::WindowError;
use firebell_store::attachments::Sending;
use sha2::{Digest, Sha256};
use std::sync::Arc;

type Found = (MediaType, Vec<u8>);

impl ClientApp {
    /// How an attachment of an incident stands, and its bytes where they can be had.
    pub(crate) async fn attachment(
        self: Arc<Self>,
        incident: IncidentId,
        hash: String,
    ) -> Result<AttachmentView, WindowError> {
        if !is_hash(&hash) {
            return Err(error("bad_input", "hash: 64 hexadecimal digits in lower case."));
        }
        let asked = hash.clone();
        // An incident that is not to be seen here has no attachments either.
        let (named, is_gone) =
            self.look(move |q| Ok((q.names_attachment(incident, &asked)?, q.is_gone(incident)?))).await?;
        if is_gone {
            return Err(error("refused", GONE));
        }
        if named.is_none() {
            return Err(error("refused", "No entry of this incident names this attachment (any more)."));
        }
        if let Some((kind, bytes)) = self.clone().held(&hash).await? {
            return self.view(incident, hash, kind, &bytes).await;
        }
        match self.clone().fetched(incident, &hash).await {
            Ok((kind, bytes)) => self.view(incident, hash, kind, &bytes).await,
            Err(e) if e.code == "store" => Err(e),
            Err(e) => Ok(AttachmentView {
                state: AttachmentState::Missing,
                words: e.words,
                media_type: None,
                base64: None,
            }),
        }
    }

    /// The bytes of what an incident's entry or postmortem names, where they can be had now.
    pub(crate) async fn attachment_bytes(self: Arc<Self>, incident: IncidentId, hash: &str) -> Option<Found> {
        let asked = hash.to_owned();
        self.look(move |q| q.names_attachment(incident, &asked)).await.ok().flatten()?;
        match self.clone().held(hash).await {
            Ok(Some(found)) => Some(found),
            Ok(None) => self.fetched(incident, hash).await.ok(),
            Err(e) => {
                tracing::warn!(words = e.words, "an attachment cannot be read");
                None
            }
        }
    }

    async fn held(self: Arc<Self>, hash: &str) -> Result<Option<Found>, WindowError> {
        let hash = hash.to_owned();
        self.attached(move |store, now| store.get(&hash, now)).await
    }

    async fn view(
        self: Arc<Self>,
        incident: IncidentId,
        hash: String,
        kind: MediaType,
        bytes: &[u8],
    ) -> Result<AttachmentView, WindowError> {
        let on_its_way = self.attachments.link().sending.contains(&(hash.clone(), incident));
        let alone = self.alone().is_some();
        let sending = self.attached(move |store, _| store.sending(&hash, incident)).await?;
        let (state, words) = match sending {
            _ if on_its_way => (AttachmentState::Sending, String::new()),
            // There is nobody to send it to.
            _ if alone => (AttachmentState::Known, String::new()),
            Some(Sending::Waiting { words }) => (AttachmentState::Waiting, words),
            Some(Sending::Refused { words }) => (AttachmentState::Refused, words),
            Some(Sending::Known) | None => (AttachmentState::Known, String::new()),
        };
        Ok(AttachmentView { state, words, media_type: Some(kind), base64: Some(STANDARD.encode(bytes)) })
    }

    async fn fetched(self: Arc<Self>, incident: IncidentId, hash: &str) -> Result<Found, WindowError> {
        if self.attachments.link().era.is_none() {
            return Err(error(
                "offline",
                "It is not on this computer, and there is no connection to the team server.",
            ));
        }
        let closed = |_| error("offline", "Firebell is closing.");
        let _place = self.attachments.fetches.acquire().await.map_err(closed)?;
        // Somebody else may have asked for the same.
        if let Some(found) = self.clone().held(hash).await? {
            return Ok(found);
        }
        let bytes = self.server()?.get_bytes(&format!("/api/v1/blobs/{hash}")).await?;
        let Some(kind) = genuine(hash, &bytes) else {
            tracing::warn!("the server sent other bytes than were asked for");
            return Err(error(
                "offline",
                "What the server sent is not what was attached. Try again, or tell the operator.",
            ));
        };
        let (asked, kept) = (hash.to_owned(), bytes.clone());
        let this = self.clone();
        if let Err(e) = this.attached(move |store, now| store.keep(&asked, kind, &kept, incident, now)).await
        {
            // It is shown all the same.
            tracing::warn!(words = e.words, "an attachment cannot be kept");
        }
        Ok((kind, bytes))
    }
}

/// What these bytes are, when they are what was asked for.
pub(super) fn genuine(hash: &str, bytes: &[u8]) -> Option<MediaType> {
    MediaType::of(bytes).filter(|_| hex::encode(Sha256::digest(bytes)) == hash)
}
