//! Keys of integrations. Only their hashes are kept.

use super::sql::{Db, Value};
use super::{StorageError, Tx};
use firebell_domain::IntegrationId;

pub fn by_key(db: &mut Db, hash: &[u8; 32]) -> Result<Option<IntegrationId>, StorageError> {
    let row = db.row(
        "SELECT integration FROM integration_keys WHERE hash = ?1 AND revoked_at IS NULL",
        &[hash.into()],
    )?;
    row.map(|r| Ok(IntegrationId::new(r.text(0)?))).transpose()
}

impl Tx<'_> {
    pub fn add_integration_key(&mut self, id: &IntegrationId, hash: &[u8; 32]) -> Result<(), StorageError> {
        let now = self.now();
        self.execute(
            "INSERT INTO integration_keys (hash, integration, created_at) VALUES (?1, ?2, ?3)",
            &[hash.into(), Value::from(id.as_str()), now.into()],
        )?;
        Ok(())
    }

    /// The integrations that have a key which still works.
    pub fn integrations_with_keys(&mut self) -> Result<Vec<IntegrationId>, StorageError> {
        let rows =
            self.rows("SELECT DISTINCT integration FROM integration_keys WHERE revoked_at IS NULL", &[])?;
        rows.iter().map(|r| Ok(IntegrationId::new(r.text(0)?))).collect()
    }

    /// From now on every key of this integration is unknown.
    pub fn revoke_integration_keys(&mut self, id: &IntegrationId) -> Result<u64, StorageError> {
        let now = self.now();
        self.execute(
            "UPDATE integration_keys SET revoked_at = ?2 WHERE integration = ?1 AND revoked_at IS NULL",
            &[Value::from(id.as_str()), now.into()],
        )
    }
}
