-- What is attached to entries, by its hash.
CREATE TABLE blob (
  hash       TEXT PRIMARY KEY,         -- SHA-256, hexadecimal
  media_type TEXT NOT NULL,
  size       INTEGER NOT NULL,
  added_ms   INTEGER NOT NULL,
  used_ms    INTEGER NOT NULL          -- looked at last; the oldest goes first when room is needed
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_used ON blob (used_ms);
-- Apart, so that looking at one writes no ten megabytes.
CREATE TABLE blob_bytes (hash TEXT PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
-- The incidents that name it. state: 0 is to be sent, 1 the server has it, 2 the server does not take it
CREATE TABLE blob_of (
  hash     TEXT NOT NULL,
  incident BLOB NOT NULL,
  state    INTEGER NOT NULL,
  words    TEXT NOT NULL,              -- why it was not sent yet, or is not taken
  PRIMARY KEY (hash, incident)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_of_incident ON blob_of (incident);
CREATE INDEX blob_to_send ON blob_of (state) WHERE state = 0;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
