//! Attachments of this computer: taken from the window, sent after the entry that names them, fetched when somebody looks.
//!
//! **Invariant.** What an entry names is on this disk before the entry is. It stays there until the server has it.

mod fetching;
mod sending;
#[cfg(test)]
mod tests;

pub(crate) use sending::run;

use crate::ClientApp;
use crate::words::{error, of_store};
use firebell_domain::attachment::{Attachment, MediaType, SIDE_MAX, SIZE_MAX, tidy_name, too_big};
use firebell_domain::{EntryId, IncidentId};
use firebell_log::Era;
use firebell_protocol::window::WindowError;
use firebell_store::StoreError;
use firebell_store::attachments::AttachmentStore;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, Semaphore};

/// Fetched at the same time: a timeline full of pictures must not take the whole line.
const FETCHES: usize = 3;

pub(crate) struct Attachments {
    /// `None`: not open yet, or it cannot be.
    store: Mutex<Option<AttachmentStore>>,
    link: Mutex<Link>,
    /// There may be something to send.
    woken: Arc<Notify>,
    fetches: Semaphore,
}

#[derive(Default)]
struct Link {
    /// The server's log, while there is a connection.
    era: Option<Era>,
    /// What is on its way.
    sending: BTreeSet<(String, IncidentId)>,
    /// Connected anew since the worker last looked.
    fresh: bool,
}

impl Attachments {
    pub(crate) fn new() -> Self {
        Self {
            store: Mutex::default(),
            link: Mutex::default(),
            woken: Arc::default(),
            fetches: Semaphore::new(FETCHES),
        }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The library took the server's welcome in.
    pub(crate) fn welcomed(&self, era: Era) {
        let mut link = self.link();
        link.era = Some(era);
        link.fresh = true;
        drop(link);
        self.wake();
    }

    pub(crate) fn disconnected(&self) {
        self.link().era = None;
    }

    pub(crate) fn wake(&self) {
        self.woken.notify_one();
    }

    pub(crate) fn opened(&self, store: AttachmentStore) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Some(store);
        self.wake();
    }

    /// Everything goes: signed out.
    pub(crate) fn purge(&self) -> Result<(), StoreError> {
        match &mut *self.store.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(store) => store.purge(),
            None => Ok(()),
        }
    }

    /// Blocking.
    fn with<T>(
        &self,
        f: impl FnOnce(&mut AttachmentStore) -> Result<T, StoreError>,
    ) -> Result<T, WindowError> {
        match &mut *self.store.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(store) => f(store).map_err(|e| of_store(&e)),
            None => Err(error(
                "store",
                "The attachments of this computer are not open. Wait a moment; if it stays so, start Firebell again.",
            )),
        }
    }
}

/// What these bytes are, as an entry will name them; what cannot be attached is refused with the remedy.
fn described(name: &str, bytes: &[u8]) -> Result<Attachment, WindowError> {
    let name = tidy_name(name);
    let size = bytes.len() as u64;
    if size > SIZE_MAX {
        return Err(error("bad_input", too_big(&name, size)));
    }
    let Some(media_type) = MediaType::of(bytes) else {
        return Err(error(
            "bad_input",
            format!(
                "{name} is no picture or text that can be attached. PNG, JPEG, GIF, WebP and plain text can."
            ),
        ));
    };
    if !is_whole(media_type, bytes) {
        return Err(damaged(&name, "its end is missing"));
    }
    let sides = if media_type == MediaType::Text { None } else { sides(&name, bytes)? };
    let attachment = Attachment {
        hash: hex::encode(Sha256::digest(bytes)),
        name,
        media_type,
        size,
        width: sides.map(|s| s.0),
        height: sides.map(|s| s.1),
    };
    attachment.check().map_err(|refusal| error("bad_input", refusal.words))?;
    Ok(attachment)
}

fn damaged(name: &str, why: &str) -> WindowError {
    error("bad_input", format!("{name} is damaged: {why}. Save or copy it again."))
}

/// It goes to its end, as far as its form says where that is: half a picture would be shown to everybody.
fn is_whole(media_type: MediaType, bytes: &[u8]) -> bool {
    match media_type {
        MediaType::Png => bytes.windows(4).rev().any(|at| at == b"IEND"),
        MediaType::Jpeg => bytes.windows(2).rev().any(|at| at == [0xff, 0xd9]),
        MediaType::WebP => bytes
            .get(4..8)
            .and_then(|size| size.try_into().ok())
            .is_some_and(|size| bytes.len() as u64 >= u64::from(u32::from_le_bytes(size)) + 8),
        MediaType::Gif | MediaType::Text => true,
    }
}

/// Of a picture. One that does not say how large it is cannot be shown either.
fn sides(name: &str, bytes: &[u8]) -> Result<Option<(u32, u32)>, WindowError> {
    let found = imagesize::blob_size(bytes).ok();
    let found = found.and_then(|s| Some((u32::try_from(s.width).ok()?, u32::try_from(s.height).ok()?)));
    match found {
        Some((width, height)) if (1..=SIDE_MAX).contains(&width) && (1..=SIDE_MAX).contains(&height) => {
            Ok(Some((width, height)))
        }
        Some(_) => {
            let words =
                format!("{name} has more than {SIDE_MAX} pixels on a side. Make the picture smaller.");
            Err(error("bad_input", words))
        }
        None => Err(damaged(name, "it does not say how large it is")),
    }
}

impl ClientApp {
    /// Runs blocking work on the attachments.
    async fn attached<T: Send + 'static>(
        self: Arc<Self>,
        f: impl FnOnce(&mut AttachmentStore, i64) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, WindowError> {
        let now_ms = self.clock.moment().now.timestamp_millis();
        let done = tokio::task::spawn_blocking(move || self.attachments.with(|store| f(store, now_ms))).await;
        done.unwrap_or_else(|_| {
            Err(error("store", "The attachments could not be read or written; the log says why. Try again."))
        })
    }

    /// Takes a file in. It stays until an entry names it, or for a week.
    pub(crate) async fn attach(
        self: Arc<Self>,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Attachment, WindowError> {
        let attachment = described(name, &bytes)?;
        let (hash, kind) = (attachment.hash.clone(), attachment.media_type);
        self.attached(move |store, now| store.add(&hash, kind, &bytes, now)).await?;
        Ok(attachment)
    }

    /// An entry is about to name these. What they are is looked up, not believed; those of an entry that is corrected may be
    /// elsewhere.
    pub(crate) async fn name_attachments(
        self: Arc<Self>,
        incident: IncidentId,
        named: Vec<Attachment>,
        corrects: Option<EntryId>,
    ) -> Result<Vec<Attachment>, WindowError> {
        if named.is_empty() {
            return Ok(vec![]);
        }
        let before = match corrects {
            Some(entry) => self.look(move |q| q.attachments_of(incident, entry)).await?,
            None => vec![],
        };
        self.attached(move |store, _| {
            let mut known = vec![];
            for attachment in named {
                let here = store.name(&attachment.hash, incident)?;
                let before = before.iter().find(|b| b.hash == attachment.hash);
                known.push(match (before, here) {
                    (Some(before), _) => Ok(before.clone()),
                    (None, Some((media_type, size))) => Ok(Attachment { media_type, size, ..attachment }),
                    (None, None) => Err(attachment.name),
                });
            }
            Ok(known)
        })
        .await?
        .into_iter()
        .map(|known| {
            known.map_err(|name| {
                error("bad_input", format!("{name} is no longer on this computer. Attach the file again."))
            })
        })
        .collect()
    }
}
