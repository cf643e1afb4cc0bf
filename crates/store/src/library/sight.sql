-- What the team's log said last about seeing a private incident: until its history is here, or for as long as it is gone.
CREATE TABLE sight (
  incident  BLOB PRIMARY KEY,
  seq       INTEGER NOT NULL,         -- the place that said so
  gone      INTEGER NOT NULL,         -- 1: not to be seen here; 0: to be seen, and its history has to be fetched
  upto      INTEGER NOT NULL          -- so far it was
) STRICT, WITHOUT ROWID;
