//! The tables, as dated steps that only ever add. Both databases run the same steps; the two types that differ
//! are spelled `BLOB` and `BIGINT` here and translated.

use super::StorageError;
use super::sql::{Db, Value};

/// (date and order, statements). Never change one that was released; add another.
pub const MIGRATIONS: &[(&str, &str)] = &[
    ("2026-11-21-1", PAGING),
    ("2026-11-25-1", LIBRARY),
    ("2026-11-25-2", SIGHT),
    ("2026-11-25-3-changes", CHANGES),
    ("2026-11-25-ringing", RINGING),
    ("2026-11-26-attachments", ATTACHMENTS),
    ("2026-11-26-tickets", TICKETS),
    ("2026-11-26-tickets-2", TICKETS_AGAIN),
];

const PAGING: &str = "
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
";

/// What people write: incidents, timelines, runbooks. `subject` of an operation is what it is about; `covers` the first
/// place of what was merged into it.
const LIBRARY: &str = "
ALTER TABLE operations ADD COLUMN subject TEXT;
ALTER TABLE operations ADD COLUMN covers BIGINT;
CREATE INDEX operations_of_subject ON operations (subject, seq) WHERE subject IS NOT NULL;
CREATE INDEX operations_of_library ON operations (seq) WHERE subject IS NOT NULL;
CREATE INDEX operations_merged ON operations (covers) WHERE covers IS NOT NULL;
CREATE TABLE writers (writer TEXT PRIMARY KEY, device TEXT NOT NULL, heard BIGINT NOT NULL);
CREATE TABLE written (
  writer TEXT NOT NULL, counter BIGINT NOT NULL, hash TEXT NOT NULL, outcome TEXT NOT NULL, at BIGINT NOT NULL,
  device TEXT NOT NULL, seq BIGINT, entry TEXT, PRIMARY KEY (writer, counter));
CREATE INDEX written_entries ON written (entry) WHERE entry IS NOT NULL;
CREATE TABLE incidents (
  id TEXT PRIMARY KEY, number BIGINT NOT NULL, version BIGINT NOT NULL, is_open BIGINT NOT NULL, body TEXT NOT NULL,
  updated_at BIGINT NOT NULL);
CREATE UNIQUE INDEX incidents_by_number ON incidents (number);
CREATE INDEX incidents_listed ON incidents (is_open, number);
CREATE TABLE texts (document TEXT PRIMARY KEY, subject TEXT NOT NULL, state BLOB NOT NULL, updates BIGINT NOT NULL);
CREATE INDEX texts_to_merge ON texts (updates);
";

/// Who sees private incidents. `version`: of the incident, since when it is so.
const SIGHT: &str = "
CREATE TABLE sights (incident TEXT PRIMARY KEY, version BIGINT NOT NULL, private BIGINT NOT NULL);
CREATE INDEX sights_private ON sights (incident) WHERE private = 1;
CREATE TABLE sight_people (incident TEXT NOT NULL, person TEXT NOT NULL, PRIMARY KEY (incident, person));
CREATE INDEX sight_of_person ON sight_people (person, incident);
";

/// What was deployed and otherwise changed. `at`: when it takes effect. `content`: the hash by which a repetition is known.
/// `first_seen` of an alert: absent in those of before, which then counts as always.
const CHANGES: &str = "
CREATE TABLE change_events (
  id TEXT PRIMARY KEY, service TEXT NOT NULL, at BIGINT NOT NULL, content TEXT NOT NULL, last_seen BIGINT NOT NULL,
  body TEXT NOT NULL);
CREATE INDEX change_events_of_service ON change_events (service, at);
CREATE INDEX change_events_by_time ON change_events (at);
CREATE INDEX change_events_by_content ON change_events (content, last_seen);
ALTER TABLE alerts ADD COLUMN first_seen BIGINT;
";

/// What an incident does to people: its pages, when its next update is missed, and what is said by channels that is no
/// page. `told`: how many misses in a row somebody was rung for. Incidents that are open already are looked at once.
const RINGING: &str = "
CREATE TABLE incident_pages (page TEXT NOT NULL, incident TEXT NOT NULL, PRIMARY KEY (page, incident));
CREATE TABLE cadences (
  incident TEXT PRIMARY KEY, due BIGINT, missed_at BIGINT, told BIGINT NOT NULL, page TEXT);
CREATE INDEX cadences_due ON cadences (due) WHERE due IS NOT NULL;
INSERT INTO cadences (incident, due, told) SELECT id, 0, 0 FROM incidents WHERE is_open = 1;
ALTER TABLE outbox ADD COLUMN notice TEXT;
";

/// What is attached to entries. `sent`: somebody who sees the incident has shown to have the bytes. `whole`: all parts are here.
const ATTACHMENTS: &str = "
CREATE TABLE attachments (
  hash TEXT NOT NULL, incident TEXT NOT NULL, media_type TEXT NOT NULL, size BIGINT NOT NULL, sent BIGINT NOT NULL,
  PRIMARY KEY (hash, incident, media_type, size));
CREATE TABLE blobs (
  hash TEXT PRIMARY KEY, size BIGINT NOT NULL, media_type TEXT NOT NULL, at BIGINT NOT NULL, whole BIGINT NOT NULL);
CREATE INDEX blobs_by_age ON blobs (at);
CREATE TABLE blob_parts (hash TEXT NOT NULL, part BIGINT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (hash, part));
";

/// Where tickets are kept, with the token that opens it; and the tickets of actions. `due`: one is to be made. `look_due`: when
/// the tracker is asked how its tickets go. `seen`: up to where it told. `ticket`: as it was last seen.
const TICKETS: &str = "
CREATE TABLE trackers (
  tracker TEXT PRIMARY KEY, setup TEXT NOT NULL, token TEXT NOT NULL, saved_at BIGINT NOT NULL, look_due BIGINT NOT NULL,
  seen TEXT, last_heard BIGINT, last_error TEXT);
CREATE TABLE tickets (
  action TEXT PRIMARY KEY, incident TEXT NOT NULL, tracker TEXT NOT NULL, due BIGINT, attempts BIGINT NOT NULL,
  lease_until BIGINT NOT NULL, epoch BIGINT NOT NULL, ticket TEXT, done BIGINT NOT NULL);
CREATE INDEX tickets_due ON tickets (due) WHERE due IS NOT NULL;
CREATE INDEX tickets_followed ON tickets (tracker) WHERE ticket IS NOT NULL AND done = 0;
";

/// `done_at`: when it was first seen done. `paused_until`: until then the tracker wants to be left alone.
const TICKETS_AGAIN: &str = "
ALTER TABLE tickets ADD COLUMN done_at BIGINT;
ALTER TABLE trackers ADD COLUMN paused_until BIGINT NOT NULL DEFAULT 0;";

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
    Table {
        name: "operations",
        columns: &["scope", "seq", "at", "page", "body", "subject", "covers"],
        order: "scope, seq",
    },
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
        columns: &[
            "id",
            "integration",
            "dedup_key",
            "page",
            "firing",
            "resolved_at",
            "last_seen",
            "body",
            "first_seen",
        ],
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
            "notice",
        ],
        order: "id",
    },
    Table { name: "writers", columns: &["writer", "device", "heard"], order: "writer" },
    Table {
        name: "written",
        columns: &["writer", "counter", "hash", "outcome", "at", "device", "seq", "entry"],
        order: "writer, counter",
    },
    Table {
        name: "incidents",
        columns: &["id", "number", "version", "is_open", "body", "updated_at"],
        order: "id",
    },
    Table { name: "texts", columns: &["document", "subject", "state", "updates"], order: "document" },
    Table { name: "sights", columns: &["incident", "version", "private"], order: "incident" },
    Table { name: "sight_people", columns: &["incident", "person"], order: "incident, person" },
    Table {
        name: "change_events",
        columns: &["id", "service", "at", "content", "last_seen", "body"],
        order: "id",
    },
    Table { name: "incident_pages", columns: &["page", "incident"], order: "page, incident" },
    Table { name: "cadences", columns: &["incident", "due", "missed_at", "told", "page"], order: "incident" },
    Table {
        name: "attachments",
        columns: &["hash", "incident", "media_type", "size", "sent"],
        order: "hash, incident, media_type, size",
    },
    Table { name: "blobs", columns: &["hash", "size", "media_type", "at", "whole"], order: "hash" },
    Table { name: "blob_parts", columns: &["hash", "part", "bytes"], order: "hash, part" },
    Table {
        name: "trackers",
        columns: &[
            "tracker",
            "setup",
            "token",
            "saved_at",
            "look_due",
            "seen",
            "last_heard",
            "last_error",
            "paused_until",
        ],
        order: "tracker",
    },
    Table {
        name: "tickets",
        columns: &[
            "action",
            "incident",
            "tracker",
            "due",
            "attempts",
            "lease_until",
            "epoch",
            "ticket",
            "done",
            "done_at",
        ],
        order: "action",
    },
];

/// Brings a database to the newest schema. Run by one connection at a time.
pub fn migrate(db: &mut Db) -> Result<(), StorageError> {
    migrate_to(db, MIGRATIONS)
}

fn migrate_to(db: &mut Db, migrations: &[(&str, &str)]) -> Result<(), StorageError> {
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
    if let Some(newer) = done.iter().find(|d| !migrations.iter().any(|(name, _)| name == d)) {
        return Err(StorageError::TooNew(newer.clone()));
    }
    for (name, statements) in migrations.iter().filter(|(name, _)| !done.iter().any(|d| d == name)) {
        let text = if postgres { statements.replace(" BLOB", " BYTEA") } else { (*statements).to_owned() };
        db.batch(&text)?;
        db.execute("INSERT INTO migrations (name) VALUES (?1)", &[Value::from(*name)])?;
    }
    db.batch("COMMIT")
}

#[cfg(test)]
mod tests {
    use super::super::{DatabaseUrl, databases, open_db};
    use super::*;

    /// Columns and indexes, as the database itself describes them.
    fn described(db: &mut Db) -> Vec<Vec<Value>> {
        let queries: &[&str] = if db.is_postgres() {
            &[
                "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text
                 FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2",
                "SELECT tablename::text, indexname::text, REPLACE(indexdef, current_schema() || '.', '')
                 FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1, 2",
            ]
        } else {
            &[
                "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master m, pragma_table_info(m.name) c
                 WHERE m.type = 'table' ORDER BY 1, 2",
                "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' ORDER BY 1, 2",
            ]
        };
        let mut found = vec![];
        for query in queries {
            found.extend(db.rows(query, &[]).unwrap().into_iter().map(crate::storage::Row::into_values));
        }
        found
    }

    #[tokio::test]
    async fn a_database_of_every_older_schema_comes_to_the_newest_with_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let work = move || {
            for older in 1..MIGRATIONS.len() {
                let folders =
                    [folder.path().join(format!("old-{older}")), folder.path().join(format!("new-{older}"))];
                let [old, new] = folders.map(|f| databases(&f));
                for (old, new) in old.into_iter().zip(new) {
                    let (mut old, mut new) = (raw(&old), open_db(&new).unwrap());
                    migrate_to(&mut old, &MIGRATIONS[..older]).unwrap();
                    old.batch(
                        "UPDATE scopes SET seq = 2;
                         INSERT INTO operations (scope, seq, at, page, body) VALUES ('team', 1, 5, 'p', '{\"kind\":\"later\"}');
                         INSERT INTO operations (scope, seq, at, page, body) VALUES ('team', 2, 6, NULL, '{\"kind\":\"team\",\"version\":1}')",
                    )
                    .unwrap();
                    migrate(&mut old).unwrap();
                    assert_eq!(described(&mut old), described(&mut new));
                    let kept = crate::storage::read::operations_after(&mut old, 0, 10).unwrap();
                    assert_eq!(kept.iter().map(|o| o.seq).collect::<Vec<_>>(), [1, 2]);
                    let rows =
                        old.rows("SELECT COUNT(*) FROM operations WHERE subject IS NULL", &[]).unwrap();
                    assert_eq!(rows[0].u64(0).unwrap(), 2);
                }
            }
        };
        // The PostgreSQL client works only outside of an async runtime.
        let outside = std::thread::spawn(work);
        tokio::task::spawn_blocking(|| outside.join().unwrap()).await.unwrap();
    }

    /// A connection without any table.
    fn raw(url: &DatabaseUrl) -> Db {
        match url {
            DatabaseUrl::Postgres(url) => Db::Postgres {
                client: Box::new(postgres::Client::connect(url, postgres::NoTls).unwrap()),
                statements: Default::default(),
            },
            _ => Db::Sqlite(rusqlite::Connection::open_in_memory().unwrap()),
        }
    }

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
