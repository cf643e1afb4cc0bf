//! Secrets in the desktop's keychain (Secret Service), never in a file.

use firebell_client::keychain::{Keychain, KeychainError};

#[cfg(target_os = "linux")]
pub use secret_service::SystemKeychain;

#[cfg(target_os = "linux")]
mod secret_service {
    use super::{Keychain, KeychainError};
    use keyring_core::Error;
    use keyring_core::api::CredentialStoreApi;
    use std::sync::mpsc::{RecvTimeoutError, channel};
    use std::sync::{Arc, Mutex, MutexGuard};
    use std::time::Duration;
    use zbus_secret_service_keyring_store::Store;

    /// The `service` attribute of every entry.
    const SERVICE: &str = "firebell";
    /// An open keychain answers in milliseconds. One that takes longer is asking the person for its password.
    const PATIENCE: Duration = Duration::from_secs(3);

    /// The keychain entries of one instance: profiles and data folders do not see each other's secrets.
    pub struct SystemKeychain {
        instance: String,
        asking: Arc<Asking>,
    }

    #[derive(Default)]
    struct Asking {
        /// One connection for its life; made anew after a failure, so that a keychain that came late, or was
        /// restarted, is found.
        store: Mutex<Option<Arc<Store>>>,
        person: Mutex<Person>,
    }

    /// The person, as far as the keychain's own question for the password goes.
    #[derive(Clone, Copy, Default, PartialEq, Eq)]
    enum Person {
        #[default]
        NotAsked,
        /// The question is on the screen: not a second one.
        BeingAsked,
        /// Put it away: not asked again and again, but the keychain is looked at until it is open.
        Declined,
    }

    enum Request {
        Get,
        Set(String),
        Delete,
    }

    impl SystemKeychain {
        pub fn new(instance: &str) -> Self {
            Self { instance: instance.to_owned(), asking: Arc::default() }
        }

        fn ask(&self, name: &str, request: Request) -> Result<Option<String>, KeychainError> {
            match *held(&self.asking.person) {
                Person::BeingAsked => return Err(KeychainError::Locked),
                Person::Declined if is_locked() => return Err(KeychainError::Locked),
                Person::Declined | Person::NotAsked => {}
            }
            let user = format!("{}/{name}", self.instance);
            let (answer, answered) = channel();
            let asking = self.asking.clone();
            std::thread::Builder::new()
                .name("keychain".to_owned())
                .spawn(move || {
                    let said = asking.ask(&user, &request);
                    let mut person = held(&asking.person);
                    // Nobody waits for the answer: it took so long because a person was asked.
                    let late = answer.send(said.clone()).is_err() || *person == Person::BeingAsked;
                    *person = match said {
                        Err(KeychainError::Locked) if late => Person::Declined,
                        _ => Person::NotAsked,
                    };
                })
                .map_err(|error| KeychainError::Broken(error.to_string()))?;
            match answered.recv_timeout(PATIENCE) {
                Ok(said) => said,
                Err(RecvTimeoutError::Disconnected) => Err(KeychainError::Broken("it broke off".to_owned())),
                Err(RecvTimeoutError::Timeout) => {
                    let mut person = held(&self.asking.person);
                    // It may have come in this moment.
                    match answered.try_recv() {
                        Ok(said) => said,
                        Err(_) => {
                            *person = Person::BeingAsked;
                            Err(KeychainError::Locked)
                        }
                    }
                }
            }
        }
    }

    impl Asking {
        fn ask(&self, user: &str, request: &Request) -> Result<Option<String>, KeychainError> {
            let mut kept = held(&self.store);
            let mut may_retry = kept.is_some();
            loop {
                let asked = match kept.take().map_or_else(Store::new, Ok) {
                    Ok(store) => {
                        let asked = entry(&store, user, request);
                        *kept = Some(store);
                        asked
                    }
                    Err(error) => Err(error),
                };
                match asked {
                    Ok(secret) => return Ok(secret),
                    Err(Error::NoEntry) => return Ok(None),
                    Err(error) => {
                        *kept = None;
                        let error = in_words(error);
                        if !may_retry || error == KeychainError::Locked {
                            return Err(error);
                        }
                        may_retry = false;
                    }
                }
            }
        }
    }

    fn entry(store: &Store, user: &str, request: &Request) -> keyring_core::Result<Option<String>> {
        let entry = store.build(SERVICE, user, None)?;
        match request {
            Request::Get => entry.get_password().map(Some),
            Request::Set(secret) => entry.set_password(secret).map(|()| None),
            Request::Delete => entry.delete_credential().map(|()| None),
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

    /// Looks without asking the person.
    fn is_locked() -> bool {
        let look = || -> zbus::Result<bool> {
            let bus = zbus::blocking::Connection::session()?;
            let collection = zbus::blocking::Proxy::new(
                &bus,
                "org.freedesktop.secrets",
                "/org/freedesktop/secrets/aliases/default",
                "org.freedesktop.Secret.Collection",
            )?;
            collection.get_property("Locked")
        };
        look().unwrap_or(false)
    }

    fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
        mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    impl Keychain for SystemKeychain {
        fn get(&self, name: &str) -> Result<Option<String>, KeychainError> {
            self.ask(name, Request::Get)
        }

        fn set(&self, name: &str, secret: &str) -> Result<(), KeychainError> {
            self.ask(name, Request::Set(secret.to_owned())).map(drop)
        }

        fn delete(&self, name: &str) -> Result<(), KeychainError> {
            self.ask(name, Request::Delete).map(drop)
        }
    }
}

/// Elsewhere there is none yet: Firebell says so, and writes no secret in clear.
#[cfg(not(target_os = "linux"))]
pub struct SystemKeychain;

#[cfg(not(target_os = "linux"))]
impl SystemKeychain {
    pub fn new(_instance: &str) -> Self {
        Self
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
