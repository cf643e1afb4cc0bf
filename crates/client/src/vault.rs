//! Opening what this computer keeps: the key from the keychain, the store with the key, the token.

use crate::keychain::{DEVICE_TOKEN, Keychain, KeychainError, STORE_KEY};
use crate::library::Library;
use crate::pager::{Moment, Responder};
use crate::words;
use firebell_domain::PersonId;
use firebell_log::WriterId;
use firebell_store::attachments::AttachmentStore;
use firebell_store::library::LibraryStore;
use firebell_store::{Store, StoreError};
use std::path::{Path, PathBuf};

/// What was opened.
pub(crate) struct Opened {
    pub responder: Responder,
    pub token: Option<String>,
    /// What the person should know about it; empty when all is as it was.
    pub words: String,
}

pub(crate) fn store_path(data_dir: &Path) -> PathBuf {
    data_dir.join("firebell.db")
}

/// Blocking. On failure: why this computer cannot page yet, and what to do, in words.
pub(crate) fn open(keychain: &dyn Keychain, data_dir: &Path, at: Moment) -> Result<Opened, String> {
    make_folder(data_dir).map_err(|e| {
        format!(
            "The folder {} cannot be made ({e}). Make it, or choose another with --data-dir.",
            data_dir.display()
        )
    })?;
    let path = store_path(data_dir);
    let mut notice = String::new();
    let mut set_aside = |why: &str| -> Result<(), String> {
        let suffix = at.now.format("%Y%m%dT%H%M%SZ").to_string();
        let aside = Store::set_aside(&path, &suffix).map_err(|e| words::of_store(&e).words)?;
        tracing::warn!(aside = %aside.display(), why, "the store cannot be read and was set aside");
        notice = format!("{why} The old file was set aside as {}. Join the team again.", aside.display());
        Ok(())
    };
    let key = match keychain.get(STORE_KEY).map_err(sentence)? {
        Some(key) => key,
        None => {
            if path.exists() {
                set_aside("The key of this computer's store is no longer in the keychain.")?;
            }
            let key = hex::encode(rand::random::<[u8; 32]>());
            keychain.set(STORE_KEY, &key).map_err(sentence)?;
            key
        }
    };
    let store = match Store::open(&path, &key) {
        Err(e) if e.is_lost() => {
            set_aside(&words::of_store(&e).words)?;
            Store::open(&path, &key)
        }
        Err(StoreError::BadKey) => Err(StoreError::BadKey),
        other => other,
    }
    .map_err(|e| words::of_store(&e).words)?;
    let mut responder = Responder::open(store, at).map_err(|e| words::of_store(&e).words)?;
    let token = keychain.get(DEVICE_TOKEN).map_err(sentence)?;
    if token.is_none() && responder.identity().is_some() {
        responder.sign_out(at).map_err(|e| words::of_store(&e).words)?;
        notice = "This computer's token is no longer in the keychain. Join the team again with a new invite."
            .into();
    }
    Ok(Opened { responder, token, words: notice })
}

pub(crate) fn library_path(data_dir: &Path) -> PathBuf {
    data_dir.join("library.db")
}

/// Blocking, and after [`open`], which made the key. On failure: what to do, in words; pages are not concerned.
pub(crate) fn open_library(
    keychain: &dyn Keychain,
    data_dir: &Path,
    me: Option<PersonId>,
) -> Result<Library, String> {
    let key = keychain.get(STORE_KEY).map_err(sentence)?;
    let key = key.ok_or("The key of this computer's store is not in the keychain. Start Firebell again.")?;
    let fresh = WriterId(uuid::Uuid::from_u128(rand::random()));
    let (store, repaired) = LibraryStore::open_or_repair(&library_path(data_dir), &key, fresh)
        .map_err(|e| words::of_store(&e).words)?;
    let ids = Box::new(new_id);
    let nobody = me.is_none() && store.alone().is_none() && store.place().era.is_some();
    let mut library = Library::open(store, me, ids).map_err(|e| words::of_store(&e).words)?;
    if nobody {
        // Signed out while this could not be written: what was the team's is gone now.
        library.purge().map_err(|e| words::of_store(&e).words)?;
    }
    if let Some(repaired) = repaired {
        let recovered = match repaired.recovered {
            0 => "nothing was waiting to be sent".to_owned(),
            1 => "the one change that was not sent yet was recovered".to_owned(),
            n => format!("all {n} changes that were not sent yet were recovered"),
        };
        library.set_notice(format!(
            "The library's file was damaged and was set aside as {}. {recovered}; the rest comes from the team.",
            repaired.aside.display()
        ));
    }
    Ok(library)
}

/// Blocking, and after [`open`], which made the key. `is_left`: nobody is signed in, so what is there was a team's.
pub(crate) fn open_attachments(
    keychain: &dyn Keychain,
    data_dir: &Path,
    at: Moment,
    is_left: bool,
) -> Result<AttachmentStore, String> {
    let key = keychain.get(STORE_KEY).map_err(sentence)?;
    let key = key.ok_or("The key of this computer's store is not in the keychain. Start Firebell again.")?;
    let suffix = at.now.format("%Y%m%dT%H%M%SZ").to_string();
    let path = data_dir.join("attachments.db");
    let mut store =
        AttachmentStore::open_or_repair(&path, &key, &suffix).map_err(|e| words::of_store(&e).words)?;
    if is_left {
        store.purge().map_err(|e| words::of_store(&e).words)?;
    }
    Ok(store)
}

/// In the order of their making, so that what is listed by id is listed by age.
fn new_id() -> uuid::Uuid {
    #[allow(clippy::disallowed_methods)]
    uuid::Uuid::now_v7()
}

fn sentence(e: KeychainError) -> String {
    e.to_string()
}

fn make_folder(dir: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(dir)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(dir, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}
