//! From closed to open, and from a member's computer to nobody's.

use super::ClientApp;
use crate::pager::ConnectionWords;
use crate::session::Signal;
use crate::vault;
use crate::words::{error, of_keychain, of_store};
use firebell_protocol::window::{Change, WindowError};

impl ClientApp {
    /// Keychain and store are open.
    pub(crate) fn opened(&self, opened: vault::Opened) {
        let mut state = self.lock();
        state.token = opened.token;
        state.connection.words = opened.words;
        state.responder = Some(opened.responder);
        self.publish(&state);
        self.tell(Change::State);
    }

    /// They are not: why, in words.
    pub(crate) fn not_opened(&self, words: String) {
        let mut state = self.lock();
        if state.cannot_page != words {
            tracing::warn!(words, "cannot page yet");
            state.cannot_page = words;
            self.publish(&state);
            self.tell(Change::State);
        }
    }

    /// Signs this computer out and says why.
    pub(crate) async fn forget_device(&self, words: String) -> Result<(), WindowError> {
        {
            let mut state = self.lock();
            self.step_in(&mut state, |r, at| {
                r.sign_out(at).map(|outputs| ((), outputs)).map_err(|e| of_store(&e))
            })?;
            state.token = None;
            state.connection = ConnectionWords { connecting: false, words };
        }
        self.gathering.forget();
        self.runs.stop_all().await;
        self.runs.forget();
        // What was the team's is gone from here with the membership.
        self.shelf.tell(super::shelf::Event::Purge);
        self.signal(Signal::OtherDevice);
        let keychain = self.keychain.clone();
        let deleted =
            tokio::task::spawn_blocking(move || keychain.delete(crate::keychain::DEVICE_TOKEN)).await;
        match deleted {
            Ok(Ok(())) => Ok(()),
            Ok(Err(e)) => Err(of_keychain(&e)),
            Err(_) => Err(error(
                "keychain",
                "The keychain did not answer; remove the entry device-token there by hand.",
            )),
        }
    }
}
