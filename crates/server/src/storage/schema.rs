//! The tables, as dated steps that only ever add. Both databases run the same steps; the two types that differ
//! are spelled `BLOB` and `BIGINT` here and translated.

use super::StorageError;
use super::sql::{Db, Value};

/// (date and order, statements). Never change one that was released; add another.
pub const MIGRATIONS: &[(&str, &str)] = &[(
    "2026-11-21-1",
    "
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE scopes (scope TEXT PRIMARY KEY, seq BIGINT NOT NULL);
INSERT INTO scopes (scope, seq) VALUES ('team', 0);
CREATE TABLE operations (
  scope TEXT NOT NULL, seq BIGINT NOT NULL, at BIGINT NOT NULL, page TEXT, body TEXT NOT NULL,
  PRIMARY KEY (scope, seq));
CREATE INDEX operations_of_page ON operations (page, seq);
CREATE TABLE teams (version BIGINT PRIMARY KEY, at BIGINT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL);
CREATE TABLE integration_keys (
  hash BLOB PRIMARY KEY, integration TEXT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT);
CREATE TABLE invites (
  hash BLOB PRIMARY KEY, person TEXT NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, used_at BIGINT);
CREATE TABLE devices (
  id TEXT PRIMARY KEY, person TEXT NOT NULL, name TEXT NOT NULL, platform TEXT NOT NULL, token_hash BLOB NOT NULL,
  enrolled_at BIGINT NOT NULL, revoked_at BIGINT, last_answer BIGINT, signed_off BIGINT NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX devices_by_token ON devices (token_hash);
CREATE TABLE answers (
  device TEXT NOT NULL, counter BIGINT NOT NULL, at BIGINT NOT NULL, page TEXT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY (device, counter));
CREATE TABLE channels (
  id TEXT PRIMARY KEY, person TEXT NOT NULL, kind TEXT NOT NULL, url TEXT NOT NULL, delay_ms BIGINT NOT NULL,
  secret TEXT, token TEXT, created_at BIGINT NOT NULL, last_used BIGINT, last_error TEXT);
CREATE INDEX channels_of_person ON channels (person);
CREATE TABLE silences (
  id TEXT PRIMARY KEY, service TEXT, starts_at BIGINT NOT NULL, ends_at BIGINT NOT NULL, reason TEXT NOT NULL, author TEXT);
CREATE TABLE pages (
  id TEXT PRIMARY KEY, number BIGINT NOT NULL, version BIGINT NOT NULL, service TEXT NOT NULL, urgency TEXT NOT NULL,
  is_open BIGINT NOT NULL, resolved_at BIGINT, next_due BIGINT, body TEXT NOT NULL);
CREATE UNIQUE INDEX pages_by_number ON pages (number);
CREATE UNIQUE INDEX pages_open ON pages (service, urgency) WHERE is_open = 1;
CREATE INDEX pages_ended ON pages (service, urgency, resolved_at) WHERE is_open = 0;
CREATE INDEX pages_resolved ON pages (resolved_at);
CREATE INDEX pages_due ON pages (next_due) WHERE next_due IS NOT NULL;
CREATE TABLE alerts (
  id TEXT PRIMARY KEY, integration TEXT NOT NULL, dedup_key TEXT NOT NULL, page TEXT NOT NULL,
  firing BIGINT NOT NULL, resolved_at BIGINT, last_seen BIGINT NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX alerts_firing ON alerts (dedup_key, integration) WHERE firing = 1;
CREATE INDEX alerts_of_page ON alerts (page, last_seen);
CREATE TABLE receipts (
  page TEXT NOT NULL, round BIGINT NOT NULL, step BIGINT NOT NULL, person TEXT NOT NULL, device TEXT NOT NULL,
  state TEXT NOT NULL, PRIMARY KEY (page, round, step, person, device, state));
CREATE TABLE outbox (
  id TEXT PRIMARY KEY, page TEXT NOT NULL, raise_id TEXT NOT NULL, channel TEXT NOT NULL, due BIGINT NOT NULL,
  attempts BIGINT NOT NULL, lease_until BIGINT NOT NULL, epoch BIGINT NOT NULL, done_at BIGINT, link_used_at BIGINT,
  created_at BIGINT NOT NULL);
CREATE INDEX outbox_due ON outbox (due) WHERE done_at IS NULL;
",
)];

/// A table as a backup copies it.
pub struct Table {
    pub name: &'static str,
    pub columns: &'static [&'static str],
    /// A unique order.
    pub order: &'static str,
}

/// Every table, in the newest schema. A test holds this list against the database.
pub const TABLES: &[Table] = &[
    Table { name: "meta", columns: &["key", "value"], order: "key" },
    Table { name: "scopes", columns: &["scope", "seq"], order: "scope" },
    Table { name: "operations", columns: &["scope", "seq", "at", "page", "body"], order: "scope, seq" },
    Table { name: "teams", columns: &["version", "at", "author", "body"], order: "version" },
    Table {
        name: "integration_keys",
        columns: &["hash", "integration", "created_at", "revoked_at"],
        order: "hash",
    },
    Table {
        name: "invites",
        columns: &["hash", "person", "created_at", "expires_at", "used_at"],
        order: "hash",
    },
    Table {
        name: "devices",
        columns: &[
            "id",
            "person",
            "name",
            "platform",
            "token_hash",
            "enrolled_at",
            "revoked_at",
            "last_answer",
            "signed_off",
        ],
        order: "id",
    },
    Table {
        name: "answers",
        columns: &["device", "counter", "at", "page", "outcome"],
        order: "device, counter",
    },
    Table {
        name: "channels",
        columns: &[
            "id",
            "person",
            "kind",
            "url",
            "delay_ms",
            "secret",
            "token",
            "created_at",
            "last_used",
            "last_error",
        ],
        order: "id",
    },
    Table {
        name: "silences",
        columns: &["id", "service", "starts_at", "ends_at", "reason", "author"],
        order: "id",
    },
    Table {
        name: "pages",
        columns: &[
            "id",
            "number",
            "version",
            "service",
            "urgency",
            "is_open",
            "resolved_at",
            "next_due",
            "body",
        ],
        order: "id",
    },
    Table {
        name: "alerts",
        columns: &["id", "integration", "dedup_key", "page", "firing", "resolved_at", "last_seen", "body"],
        order: "id",
    },
    Table {
        name: "receipts",
        columns: &["page", "round", "step", "person", "device", "state"],
        order: "page, round, step, person, device, state",
    },
    Table {
        name: "outbox",
        columns: &[
            "id",
            "page",
            "raise_id",
            "channel",
            "due",
            "attempts",
            "lease_until",
            "epoch",
            "done_at",
            "link_used_at",
            "created_at",
        ],
        order: "id",
    },
];

/// Brings a database to the newest schema. Run by one connection at a time.
pub fn migrate(db: &mut Db) -> Result<(), StorageError> {
    let postgres = db.is_postgres();
    db.batch("CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY)")?;
    db.batch("BEGIN")?;
    if postgres {
        db.batch("LOCK TABLE migrations IN EXCLUSIVE MODE")?;
    }
    let done: Vec<String> = db
        .rows("SELECT name FROM migrations ORDER BY name", &[])?
        .iter()
        .map(|r| r.text(0).map(str::to_owned))
        .collect::<Result<_, _>>()?;
    if let Some(newer) = done.iter().find(|d| !MIGRATIONS.iter().any(|(name, _)| name == d)) {
        return Err(StorageError::TooNew(newer.clone()));
    }
    for (name, statements) in MIGRATIONS.iter().filter(|(name, _)| !done.iter().any(|d| d == name)) {
        let text = if postgres { statements.replace(" BLOB", " BYTEA") } else { (*statements).to_owned() };
        db.batch(&text)?;
        db.execute("INSERT INTO migrations (name) VALUES (?1)", &[Value::from(*name)])?;
    }
    db.batch("COMMIT")
}

#[cfg(test)]
mod tests {
    use super::super::{DatabaseUrl, open_db};
    use super::*;

    #[test]
    fn a_backup_copies_every_table_and_column() {
        let mut db = open_db(&DatabaseUrl::Memory).unwrap();
        let sql = "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c
                   WHERE m.type = 'table' AND m.name <> 'migrations' ORDER BY m.rowid, c.cid";
        let there: Vec<(String, String)> = db
            .rows(sql, &[])
            .unwrap()
            .iter()
            .map(|r| (r.text(0).unwrap().to_owned(), r.text(1).unwrap().to_owned()))
            .collect();
        let listed: Vec<(String, String)> = TABLES
            .iter()
            .flat_map(|t| t.columns.iter().map(|c| (t.name.to_owned(), (*c).to_owned())))
            .collect();
        assert_eq!(listed, there);
    }
}
