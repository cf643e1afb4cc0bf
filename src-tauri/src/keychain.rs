//! Secrets in the desktop's keychain (Secret Service), never in a file.

use firebell_client::keychain::{Keychain, KeychainError};

/// The keychain entries of one instance: profiles and data folders do not see each other's secrets.
pub struct SystemKeychain {
    instance: String,
    #[cfg(target_os = "linux")]
    store: std::sync::Mutex<Option<std::sync::Arc<zbus_secret_service_keyring_store::Store>>>,
}

impl SystemKeychain {
    pub fn new(instance: &str) -> Self {
        Self {
            instance: instance.to_owned(),
            #[cfg(target_os = "linux")]
            store: std::sync::Mutex::new(None),
        }
    }
}

#[cfg(target_os = "linux")]
mod secret_service {
    use super::{Keychain, KeychainError, SystemKeychain};
    use keyring_core::api::CredentialStoreApi;
    use keyring_core::{Entry, Error};
    use zbus_secret_service_keyring_store::Store;

    /// The `service` attribute of every entry.
    const SERVICE: &str = "firebell";

    impl SystemKeychain {
        /// Does `ask` with the entry. A store holds one connection for its life: after a failure the next call
        /// begins with a new one, so that a keychain that came late, or was restarted, is found.
        fn with<T>(
            &self,
            name: &str,
            ask: impl Fn(&Entry) -> keyring_core::Result<T>,
        ) -> Result<Option<T>, KeychainError> {
            let mut kept = self.store.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let user = format!("{}/{name}", self.instance);
            let mut had_failed = false;
            loop {
                let fresh = kept.is_none();
                let asked = match kept.take().map_or_else(Store::new, Ok) {
                    Ok(store) => {
                        let asked = store.build(SERVICE, &user, None).and_then(|entry| ask(&entry));
                        *kept = Some(store);
                        asked
                    }
                    Err(error) => Err(error),
                };
                match asked {
                    Ok(secret) => return Ok(Some(secret)),
                    Err(Error::NoEntry) => return Ok(None),
                    Err(error) => {
                        *kept = None;
                        if fresh || had_failed {
                            return Err(in_words(error));
                        }
                        had_failed = true;
                    }
                }
            }
        }
    }

    fn in_words(error: Error) -> KeychainError {
        tracing::debug!(%error, "the keychain refused");
        match error {
            Error::NoStorageAccess(_) => KeychainError::Locked,
            Error::PlatformFailure(_) => KeychainError::Missing,
            other => KeychainError::Broken(other.to_string()),
        }
    }

    impl Keychain for SystemKeychain {
        fn get(&self, name: &str) -> Result<Option<String>, KeychainError> {
            self.with(name, Entry::get_password)
        }

        fn set(&self, name: &str, secret: &str) -> Result<(), KeychainError> {
            match self.with(name, |entry| entry.set_password(secret))? {
                Some(()) => Ok(()),
                None => Err(KeychainError::Broken("it did not take the secret".to_owned())),
            }
        }

        fn delete(&self, name: &str) -> Result<(), KeychainError> {
            self.with(name, Entry::delete_credential).map(drop)
        }
    }
}

#[cfg(not(target_os = "linux"))]
impl Keychain for SystemKeychain {
    fn get(&self, _name: &str) -> Result<Option<String>, KeychainError> {
        Err(KeychainError::Missing)
    }

    fn set(&self, _name: &str, _secret: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Missing)
    }

    fn delete(&self, _name: &str) -> Result<(), KeychainError> {
        Err(KeychainError::Missing)
    }
}
