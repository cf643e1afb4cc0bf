-- Whose computer this is. The token is in the keychain, never here.
CREATE TABLE identity (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  body   TEXT NOT NULL
) STRICT;

-- How far the team's log was followed.
CREATE TABLE cursor (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  era    TEXT NOT NULL,
  seq    INTEGER NOT NULL
) STRICT;

CREATE TABLE team (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  body   TEXT NOT NULL
) STRICT;

CREATE TABLE setting (
  name   TEXT PRIMARY KEY,
  body   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE page (
  id         TEXT PRIMARY KEY,
  resolved   INTEGER NOT NULL,           -- 0 or 1
  updated_at INTEGER NOT NULL,           -- Unix milliseconds, the server's
  body       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX page_by_end ON page (resolved, updated_at);

CREATE TABLE page_history (
  page   TEXT NOT NULL REFERENCES page (id) ON DELETE CASCADE,
  place  INTEGER NOT NULL,
  body   TEXT NOT NULL,
  PRIMARY KEY (page, place)
) STRICT, WITHOUT ROWID;

-- Every raise this computer ever took in: none rings anew. Outlives pages, eras and sign-outs.
CREATE TABLE ledger (
  page          TEXT NOT NULL,
  round         INTEGER NOT NULL,
  step          INTEGER NOT NULL,
  person        TEXT NOT NULL,
  era           TEXT NOT NULL,
  page_version  INTEGER NOT NULL,
  received_at   INTEGER NOT NULL,
  presented_at  INTEGER,
  seen_at       INTEGER,
  handled_at    INTEGER,
  daemon        TEXT,
  session       TEXT,
  notification  INTEGER,
  PRIMARY KEY (page, round, step, person)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (
  counter  INTEGER PRIMARY KEY,
  body     TEXT NOT NULL
) STRICT;

-- The last counter ever given to a command of this device.
CREATE TABLE counter (
  one    INTEGER PRIMARY KEY CHECK (one = 1),
  last   INTEGER NOT NULL
) STRICT;
INSERT INTO counter (one, last) VALUES (1, 0);

-- Receipts that the team's log does not show yet.
CREATE TABLE receipt (
  page    TEXT NOT NULL,
  round   INTEGER NOT NULL,
  step    INTEGER NOT NULL,
  person  TEXT NOT NULL,
  state   TEXT NOT NULL,
  at      INTEGER NOT NULL,
  PRIMARY KEY (page, round, step, person, state)
) STRICT, WITHOUT ROWID;
