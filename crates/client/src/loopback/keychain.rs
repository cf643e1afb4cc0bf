//! A keychain in a plain file, so that a test's core can be killed and started again. For tests only: secrets are
//! in clear.

use crate::keychain::{Keychain, KeychainError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

pub struct FileKeychain {
    path: PathBuf,
    one_at_a_time: Mutex<()>,
}

impl FileKeychain {
    pub fn new(path: PathBuf) -> Self {
        Self { path, one_at_a_time: Mutex::new(()) }
    }

    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<String, String>) -> T) -> Result<T, KeychainError> {
        let broken = |e: &dyn std::fmt::Display| KeychainError::Broken(e.to_string());
        let _turn = self.one_at_a_time.lock().unwrap_or_else(|e| e.into_inner());
        let mut secrets = match std::fs::read_to_string(&self.path) {
            Ok(text) => serde_json::from_str(&text).map_err(|e| broken(&e))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => BTreeMap::new(),
            Err(e) => return Err(broken(&e)),
        };
        let before = secrets.clone();
        let value = f(&mut secrets);
        if secrets != before {
            let text = serde_json::to_string(&secrets).map_err(|e| broken(&e))?;
            std::fs::write(&self.path, text).map_err(|e| broken(&e))?;
        }
        Ok(value)
    }
}

impl Keychain for FileKeychain {
    fn get(&self, name: &str) -> Result<Option<String>, KeychainError> {
        self.with(|s| s.get(name).cloned())
    }
    fn set(&self, name: &str, secret: &str) -> Result<(), KeychainError> {
        self.with(|s| {
            s.insert(name.to_owned(), secret.to_owned());
        })
    }
    fn delete(&self, name: &str) -> Result<(), KeychainError> {
        self.with(|s| {
            s.remove(name);
        })
    }
}
