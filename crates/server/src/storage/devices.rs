//! Invites and the devices that came of them. Of tokens only the hashes are kept.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::liveness::Contact;
use firebell_domain::{DeviceId, Instant, PersonId};

/// A desktop of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    pub person: PersonId,
    pub name: String,
    pub enrolled_at: Instant,
    pub last_answer: Option<Instant>,
    pub signed_off: bool,
    pub revoked: bool,
}

impl Device {
    pub fn contact(&self) -> Contact {
        Contact { last_answer: self.last_answer, signed_off: self.signed_off }
    }
}

/// A device about to be enrolled.
#[derive(Clone, Debug)]
pub struct NewDevice {
    pub id: DeviceId,
    pub name: String,
    pub platform: String,
    pub token_hash: [u8; 32],
}

/// Why an invite did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolRefusal {
    UsedOrUnknown,
    Expired,
}

const COLUMNS: &str = "id, person, name, enrolled_at, last_answer, signed_off, revoked_at";

fn device(row: &Row) -> Result<Device, StorageError> {
    Ok(Device {
        id: row.parse(0)?,
        person: PersonId::new(row.text(1)?),
        name: row.text(2)?.to_owned(),
        enrolled_at: row.instant(3)?,
        last_answer: row.opt_instant(4)?,
        signed_off: row.flag(5)?,
        revoked: row.opt_int(6)?.is_some(),
    })
}

pub fn by_token(db: &mut Db, hash: &[u8; 32]) -> Result<Option<Device>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM devices WHERE token_hash = ?1");
    db.row(&sql, &[hash.into()])?.as_ref().map(device).transpose()
}

/// A device, revoked ones included.
pub fn by_id(db: &mut Db, id: DeviceId) -> Result<Option<Device>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM devices WHERE id = ?1");
    db.row(&sql, &[id.to_string().into()])?.as_ref().map(device).transpose()
}

/// All that were not revoked.
pub fn all(db: &mut Db) -> Result<Vec<Device>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM devices WHERE revoked_at IS NULL ORDER BY person, enrolled_at");
    db.rows(&sql, &[])?.iter().map(device).collect()
}

/// What liveness is decided on.
pub fn contacts(db: &mut Db) -> Result<Vec<(PersonId, Contact)>, StorageError> {
    let rows =
        db.rows("SELECT person, last_answer, signed_off FROM devices WHERE revoked_at IS NULL", &[])?;
    rows.iter()
        .map(|r| {
            let contact = Contact { last_answer: r.opt_instant(1)?, signed_off: r.flag(2)? };
            Ok((PersonId::new(r.text(0)?), contact))
        })
        .collect()
}

impl Tx<'_> {
    pub fn create_invite(
        &mut self,
        hash: &[u8; 32],
        person: &PersonId,
        expires_at: Instant,
    ) -> Result<(), StorageError> {
        let now = self.now();
        self.execute(
            "INSERT INTO invites (hash, person, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)",
            &[hash.into(), Value::from(person.as_str()), now.into(), expires_at.into()],
        )?;
        Ok(())
    }

    /// Uses an invite up and adds the device.
    pub fn enrol(
        &mut self,
        invite: &[u8; 32],
        new: &NewDevice,
    ) -> Result<Result<PersonId, EnrolRefusal>, StorageError> {
        let now = self.now();
        let found = self.row(
            "SELECT person, expires_at FROM invites WHERE hash = ?1 AND used_at IS NULL",
            &[invite.into()],
        )?;
        let Some(row) = found else { return Ok(Err(EnrolRefusal::UsedOrUnknown)) };
        if row.instant(1)? <= now {
            return Ok(Err(EnrolRefusal::Expired));
        }
        let person = PersonId::new(row.text(0)?);
        self.execute("UPDATE invites SET used_at = ?2 WHERE hash = ?1", &[invite.into(), now.into()])?;
        self.execute(
            "INSERT INTO devices (id, person, name, platform, token_hash, enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            &[
                new.id.to_string().into(),
                Value::from(person.as_str()),
                new.name.clone().into(),
                new.platform.clone().into(),
                (&new.token_hash).into(),
                now.into(),
            ],
        )?;
        self.forget_reach();
        Ok(Ok(person))
    }

    pub fn device(&mut self, id: DeviceId) -> Result<Option<Device>, StorageError> {
        by_id(self.db, id)
    }

    /// Its token works no longer, and every node cuts its connection. False when there was no such device.
    pub fn revoke_device(&mut self, id: DeviceId) -> Result<bool, StorageError> {
        let now = self.now();
        let changed = self.execute(
            "UPDATE devices SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
            &[id.to_string().into(), now.into()],
        )?;
        self.tell_everybody_again()?;
        self.forget_reach();
        Ok(changed > 0)
    }

    /// The device answered at `at` (never moves back).
    pub fn device_answered(&mut self, id: DeviceId, at: Instant) -> Result<(), StorageError> {
        self.execute(
            "UPDATE devices SET last_answer = ?2, signed_off = 0 WHERE id = ?1 AND (last_answer IS NULL OR last_answer <= ?2)",
            &[id.to_string().into(), at.into()],
        )?;
        self.forget_reach();
        Ok(())
    }

    /// The device said that it goes away.
    pub fn device_signed_off(&mut self, id: DeviceId) -> Result<(), StorageError> {
        self.execute("UPDATE devices SET signed_off = 1 WHERE id = ?1", &[id.to_string().into()])?;
        self.forget_reach();
        Ok(())
    }
}
