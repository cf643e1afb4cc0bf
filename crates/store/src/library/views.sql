-- Everything here is made from the log and can be made again. Changed freely: raise `views::VERSION`.

CREATE TABLE view_field (
  id         INTEGER PRIMARY KEY,
  kind       TEXT NOT NULL,
  record     BLOB NOT NULL,
  name       TEXT NOT NULL,
  winner     INTEGER,                 -- op.id
  overruled  INTEGER NOT NULL DEFAULT 0,
  UNIQUE (kind, record, name)
) STRICT;

CREATE TABLE view_write (
  field         INTEGER NOT NULL,
  writer        BLOB NOT NULL,
  counter       INTEGER NOT NULL,
  ms            INTEGER NOT NULL,
  tick          INTEGER NOT NULL,
  op            INTEGER NOT NULL,
  over_writer   BLOB,                 -- the write it replaces
  over_counter  INTEGER,
  replaced      INTEGER NOT NULL,     -- 1: another one replaces it
  PRIMARY KEY (field, writer, counter)
) STRICT, WITHOUT ROWID;
CREATE INDEX view_write_over ON view_write (field, over_writer, over_counter) WHERE over_writer IS NOT NULL;
CREATE INDEX view_write_order ON view_write (field, replaced, ms, tick, writer, counter, op);

CREATE TABLE view_entry (
  op        INTEGER PRIMARY KEY,      -- op.id
  id        BLOB NOT NULL,
  incident  BLOB NOT NULL,
  shown     INTEGER NOT NULL          -- 0: another operation says the same
) STRICT;
CREATE INDEX view_entry_id ON view_entry (id);
CREATE INDEX view_entry_incident ON view_entry (incident) WHERE shown = 1;

CREATE TABLE view_incident (
  id           BLOB PRIMARY KEY,
  settled      TEXT,                  -- JSON: as decided
  shown        TEXT,                  -- JSON: as it will be when the team hears of it
  title        TEXT NOT NULL DEFAULT '',
  number       INTEGER NOT NULL DEFAULT 0,
  listed       INTEGER NOT NULL DEFAULT 0,  -- 1: there is something to show
  open         INTEGER NOT NULL DEFAULT 0,
  status       TEXT NOT NULL DEFAULT '',
  severity     INTEGER NOT NULL DEFAULT 0,
  declared_at  INTEGER NOT NULL DEFAULT 0,
  pending      INTEGER NOT NULL DEFAULT 0,
  entries      INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
-- Everything that a list is asked by and put in order by, so that the rows themselves, which are long, are read only for what is
-- on the screen.
CREATE INDEX view_incident_list ON view_incident
  (listed, open DESC, declared_at DESC, id, severity, status, number);
CREATE INDEX view_incident_number ON view_incident (number);

-- Of what is shown: which services each incident is about.
CREATE TABLE view_incident_service (
  service      TEXT NOT NULL,
  declared_at  INTEGER NOT NULL,
  incident     BLOB NOT NULL,
  PRIMARY KEY (service, declared_at DESC, incident)
) STRICT, WITHOUT ROWID;
CREATE INDEX view_incident_service_incident ON view_incident_service (incident);

-- Who has which part in each incident that is shown.
CREATE TABLE view_incident_person (
  person    TEXT NOT NULL,
  part      TEXT NOT NULL,            -- declared_by, commander, role, responder
  incident  BLOB NOT NULL,
  PRIMARY KEY (person, part, incident)
) STRICT, WITHOUT ROWID;
CREATE INDEX view_incident_person_incident ON view_incident_person (incident);

-- What can be found beside entries, and its row in the index.
CREATE TABLE view_thing (
  row   INTEGER PRIMARY KEY,
  kind  TEXT NOT NULL,                -- incident, postmortem, runbook, person, service
  id    TEXT NOT NULL,
  UNIQUE (kind, id)
) STRICT;
CREATE VIRTUAL TABLE view_thing_search USING fts5 (
  title, body, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3', detail = column
);
-- By op.id. Which entries have a word, and nothing else: their texts stand in the log.
CREATE VIRTUAL TABLE view_entry_search USING fts5 (
  body, tokenize = "unicode61 remove_diacritics 2", prefix = '1 2 3', detail = none, content = '', columnsize = 0
);
-- Parts of the index are put together when nobody waits (`LibraryStore::merge_index`), and not by whoever writes.
INSERT INTO view_thing_search (view_thing_search, rank) VALUES ('automerge', 0), ('crisismerge', 64);
INSERT INTO view_entry_search (view_entry_search, rank)
  VALUES ('automerge', 0), ('crisismerge', 64), ('hashsize', 4194304);

-- Texts that are found as they were: they have too many updates to be put together with every key.
CREATE TABLE view_stale_text (
  kind  TEXT NOT NULL,                -- runbook, postmortem
  id    BLOB NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
