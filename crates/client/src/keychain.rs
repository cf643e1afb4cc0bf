//! Where secrets are: the operating system's keychain, behind a trait so that this crate never knows which.

use std::collections::BTreeMap;
use std::sync::Mutex;

/// The device's token, given at enrolment.
pub const DEVICE_TOKEN: &str = "device-token";
/// The store's key: 64 hexadecimal digits, made on first start.
pub const STORE_KEY: &str = "store-key";

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeychainError {
    #[error("The keychain is locked. Unlock it, and Firebell goes on by itself within seconds.")]
    Locked,
    #[error(
        "There is no keychain on this computer. Install and start one (on Debian: gnome-keyring), and Firebell goes on by itself within seconds."
    )]
    Missing,
    #[error("The keychain does not answer as it should: {0}. Restart it or sign in to the computer again.")]
    Broken(String),
}

/// Blocking; called on threads that may wait.
pub trait Keychain: Send + Sync + 'static {
    /// `None`: there is no such secret.
    fn get(&self, name: &str) -> Result<Option<String>, KeychainError>;
    fn set(&self, name: &str, secret: &str) -> Result<(), KeychainError>;
    /// Deleting what is not there is no error.
    fn delete(&self, name: &str) -> Result<(), KeychainError>;
}

/// A keychain that is gone with the process, for tests and the loopback.
#[derive(Debug, Default)]
pub struct MemoryKeychain {
    secrets: Mutex<BTreeMap<String, String>>,
    broken: Mutex<Option<KeychainError>>,
}

impl MemoryKeychain {
    /// From now on every call fails like this; `None`: works again.
    pub fn fail_with(&self, error: Option<KeychainError>) {
        *self.broken.lock().unwrap_or_else(|e| e.into_inner()) = error;
    }

    fn secrets(&self) -> Result<std::sync::MutexGuard<'_, BTreeMap<String, String>>, KeychainError> {
        match &*self.broken.lock().unwrap_or_else(|e| e.into_inner()) {
            Some(error) => Err(error.clone()),
            None => Ok(self.secrets.lock().unwrap_or_else(|e| e.into_inner())),
        }
    }
}

impl Keychain for MemoryKeychain {
    fn get(&self, name: &str) -> Result<Option<String>, KeychainError> {
        Ok(self.secrets()?.get(name).cloned())
    }
    fn set(&self, name: &str, secret: &str) -> Result<(), KeychainError> {
        self.secrets()?.insert(name.to_owned(), secret.to_owned());
        Ok(())
    }
    fn delete(&self, name: &str) -> Result<(), KeychainError> {
        self.secrets()?.remove(name);
        Ok(())
    }
}
