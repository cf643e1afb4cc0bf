//! Other ways to reach people.

use super::sql::{Db, Row, Value};
use super::{StorageError, Tx};
use firebell_domain::liveness::ChannelKind;
use firebell_domain::{ChannelId, Instant, PersonId, Span};

/// One channel of a person, with its secrets: never logged, never sent to anybody but its owner, once.
#[derive(Clone, PartialEq, Eq)]
pub struct Channel {
    pub id: ChannelId,
    pub person: PersonId,
    pub kind: ChannelKind,
    pub url: String,
    pub delay: Span,
    /// Signs webhooks.
    pub secret: Option<String>,
    /// Access token of an ntfy topic.
    pub token: Option<String>,
    pub last_used: Option<Instant>,
    pub last_error: Option<String>,
}

const COLUMNS: &str = "id, person, kind, url, delay_ms, secret, token, last_used, last_error";

fn channel(row: &Row) -> Result<Channel, StorageError> {
    let kind = match row.text(2)? {
        "ntfy" => ChannelKind::Ntfy,
        "webhook" => ChannelKind::Webhook,
        other => return Err(StorageError::damaged(format!("`{other}` is no kind of channel"))),
    };
    let text = |i| Ok::<_, StorageError>(row.opt_text(i)?.map(str::to_owned));
    Ok(Channel {
        id: row.parse(0)?,
        person: PersonId::new(row.text(1)?),
        kind,
        url: row.text(3)?.to_owned(),
        delay: Span::millis(row.int(4)?),
        secret: text(5)?,
        token: text(6)?,
        last_used: row.opt_instant(7)?,
        last_error: text(8)?,
    })
}

fn kind_name(kind: ChannelKind) -> &'static str {
    match kind {
        ChannelKind::Ntfy => "ntfy",
        ChannelKind::Webhook => "webhook",
    }
}

pub fn all(db: &mut Db) -> Result<Vec<Channel>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM channels ORDER BY person, created_at");
    db.rows(&sql, &[])?.iter().map(channel).collect()
}

pub fn of_person(db: &mut Db, person: &PersonId) -> Result<Vec<Channel>, StorageError> {
    let sql = format!("SELECT {COLUMNS} FROM channels WHERE person = ?1 ORDER BY created_at");
    db.rows(&sql, &[Value::from(person.as_str())])?.iter().map(channel).collect()
}

impl Tx<'_> {
    pub fn channels_of(&mut self, person: &PersonId) -> Result<Vec<Channel>, StorageError> {
        of_person(self.db, person)
    }

    pub fn add_channel(&mut self, c: &Channel) -> Result<(), StorageError> {
        let now = self.now();
        self.execute(
            "INSERT INTO channels (id, person, kind, url, delay_ms, secret, token, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            &[
                c.id.to_string().into(),
                Value::from(c.person.as_str()),
                kind_name(c.kind).into(),
                c.url.clone().into(),
                c.delay.as_millis().into(),
                c.secret.clone().into(),
                c.token.clone().into(),
                now.into(),
            ],
        )?;
        self.forget_reach();
        Ok(())
    }

    /// False when the person has no such channel.
    pub fn remove_channel(&mut self, id: ChannelId, person: &PersonId) -> Result<bool, StorageError> {
        let removed = self.execute(
            "DELETE FROM channels WHERE id = ?1 AND person = ?2",
            &[id.to_string().into(), Value::from(person.as_str())],
        )?;
        self.forget_reach();
        Ok(removed > 0)
    }

    pub fn channel(&mut self, id: ChannelId) -> Result<Option<Channel>, StorageError> {
        let sql = format!("SELECT {COLUMNS} FROM channels WHERE id = ?1");
        self.row(&sql, &[id.to_string().into()])?.as_ref().map(channel).transpose()
    }

    /// How its last use went; `error` in words.
    pub fn channel_used(&mut self, id: ChannelId, error: Option<&str>) -> Result<(), StorageError> {
        let now = self.now();
        self.execute(
            "UPDATE channels SET last_used = ?2, last_error = ?3 WHERE id = ?1",
            &[id.to_string().into(), now.into(), error.into()],
        )?;
        Ok(())
    }
}
