-- Who writes here, how far the log is known: one JSON object.
CREATE TABLE meta (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  body  TEXT NOT NULL
) STRICT;

-- The log: what was written here and what the team's server sent.
CREATE TABLE op (
  id         INTEGER PRIMARY KEY,     -- in the order in which they came
  writer     BLOB NOT NULL,
  counter    INTEGER NOT NULL,
  own        INTEGER NOT NULL,        -- 1: by this library's writer, 2: by one that it was before
  state      INTEGER NOT NULL,        -- 0 waits for an answer, 1 settled, 2 decided here, 3 refused
  scope      TEXT NOT NULL,           -- JSON
  seq        INTEGER,                 -- its place in the team's log of this era
  ms         INTEGER NOT NULL,        -- the stamp that counts
  tick       INTEGER NOT NULL,
  author     TEXT NOT NULL,
  schema     INTEGER NOT NULL,
  change     TEXT NOT NULL,           -- JSON, as it was written
  given_at   INTEGER NOT NULL,        -- Unix milliseconds, by the author's clock
  after      INTEGER NOT NULL,        -- the counter before it, when it was written here
  draft      INTEGER,                 -- the draft it became part of
  -- What this version understood of the change.
  kind       TEXT NOT NULL,           -- record, entry, text, command, settled, unknown
  subject    BLOB,                    -- the id of the record it is about
  document   TEXT,                    -- of a text
  UNIQUE (writer, counter)
) STRICT;
CREATE INDEX op_own      ON op (counter, state) WHERE own = 1;
CREATE INDEX op_waiting  ON op (subject) WHERE own = 1 AND state = 0;
CREATE INDEX op_asked    ON op (subject, counter) WHERE kind IN ('command', 'settled');
CREATE INDEX op_text     ON op (document) WHERE document IS NOT NULL;
CREATE INDEX op_draft    ON op (draft) WHERE draft IS NOT NULL;
CREATE INDEX op_unknown  ON op (id) WHERE kind = 'unknown';

-- What happened to incidents, one row for each version.
CREATE TABLE incident_event (
  incident       BLOB NOT NULL,
  local          INTEGER NOT NULL,    -- 1: decided here, without a team
  version        INTEGER NOT NULL,
  seq            INTEGER,
  asked_writer   BLOB,                -- the command it answers
  asked_counter  INTEGER,
  body           TEXT NOT NULL,       -- JSON: events with their times
  PRIMARY KEY (incident, local, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_event_asked ON incident_event (asked_writer, asked_counter)
  WHERE asked_writer IS NOT NULL;

-- Updates of texts without an operation of their own any more: merged here or by the server.
CREATE TABLE text_state (
  document  TEXT NOT NULL,
  hash      BLOB NOT NULL,            -- of the body
  body      BLOB NOT NULL,
  PRIMARY KEY (document, hash)
) STRICT;

-- Operations of the team's log under the name of a waiting one that says something else: until that one is answered
-- or gets another name.
CREATE TABLE held (
  writer   BLOB NOT NULL,
  counter  INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  body     TEXT NOT NULL,
  PRIMARY KEY (writer, counter)
) STRICT;

-- What was not accepted; its operations stand in `op`.
CREATE TABLE draft (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  kind      TEXT NOT NULL,
  record    BLOB NOT NULL,
  declares  INTEGER NOT NULL,         -- 1: the declaration of the incident is in it
  body      TEXT NOT NULL
) STRICT;

CREATE TABLE team (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  body  TEXT NOT NULL
) STRICT;
