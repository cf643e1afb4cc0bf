//! Whose computer this is.

use crate::{Store, StoreError};
use firebell_protocol::sync::You;
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

/// What enrolment gave, without the token: that is in the keychain only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    pub you: You,
    /// The server's address, as in the invite.
    pub server: String,
    pub team: String,
}

impl Store {
    /// `None`: never enrolled, or signed out.
    pub fn identity(&self) -> Result<Option<Identity>, StoreError> {
        let body: Option<String> =
            self.db.query_row("SELECT body FROM identity", [], |r| r.get(0)).optional()?;
        body.map(|b| crate::following::read("identity", &b)).transpose()
    }

    /// Begins the life of a device. What another one followed and still had to say is forgotten; the ledger and
    /// the settings stay.
    pub fn enrol(&mut self, identity: &Identity) -> Result<(), StoreError> {
        let body = crate::following::write("identity", identity)?;
        let result = begin_anew(&mut self.db, Some(body));
        self.mended(result)
    }

    /// Ends it.
    pub fn sign_out(&mut self) -> Result<(), StoreError> {
        let result = begin_anew(&mut self.db, None);
        self.mended(result)
    }
}

fn begin_anew(db: &mut rusqlite::Connection, identity: Option<String>) -> Result<(), StoreError> {
    let tx = db.transaction()?;
    tx.execute_batch(
        "DELETE FROM identity; DELETE FROM cursor; DELETE FROM team; DELETE FROM page; DELETE FROM outbox;
         DELETE FROM receipt; UPDATE counter SET last = 0; DELETE FROM setting WHERE name = 'paging_held'",
    )?;
    match identity {
        Some(body) => tx.execute("INSERT INTO identity (one, body) VALUES (1, ?1)", [body])?,
        // Whoever signs in next is perhaps somebody else.
        None => tx.execute("DELETE FROM typed", [])?,
    };
    Ok(tx.commit()?)
}
