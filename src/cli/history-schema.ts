/** The history's tables, version by version: a file of an older version is brought forward, one step after the other. */

/** In the header of every history file, so that no other program's database is taken for one (`HfHs`). */
export const historyApplicationId = 0x48664873;

/**
 * `body` is the record, deflated JSON; `sum` is taken over everything else of the row, for SQLite has no check sums and a bit that a
 * disk turned would be believed. `recorded` is this host's clock: what is old is judged by it, never by a simulator's.
 */
const first = `
  CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    run TEXT NOT NULL,
    name TEXT NOT NULL,
    cloud TEXT NOT NULL,
    selection TEXT NOT NULL,
    started INTEGER NOT NULL,
    recorded INTEGER NOT NULL,
    body BLOB NOT NULL,
    sum TEXT NOT NULL,
    UNIQUE (kind, name, run)
  ) STRICT;
  CREATE INDEX entry_by_name ON entry (kind, name, seq);
  CREATE INDEX entry_by_start ON entry (started);
  CREATE TABLE machine (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL
  ) STRICT;
  CREATE INDEX machine_by_name ON machine (name);
  CREATE TABLE told (
    machine INTEGER NOT NULL REFERENCES machine (id),
    entry INTEGER NOT NULL REFERENCES entry (seq) ON DELETE CASCADE,
    PRIMARY KEY (machine, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX told_by_entry ON told (entry);
`;

/** The version of a file is the number of these that were carried out on it. None is ever changed; new ones come at the end. */
export const historyMigrations: readonly string[] = [first];
