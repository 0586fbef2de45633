/**
 * The history file: SQLite in WAL mode, every record one durable transaction, so that a process killed at any moment leaves whole
 * records and nothing else. All SQL of the product stands here. Synchronous: it is asked a few times in a command.
 */
import { createHash } from 'node:crypto';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { machinesIn, type Recorded } from '../core/history/recorded.ts';
import type { ResourceKey } from '../core/ids.ts';
import { dayMs, instantMs } from '../core/time.ts';
import { historyApplicationId, historyMigrations } from './history-schema.ts';

/** Records older than this are dropped when another is made; the newest of each job, command and audit stays whatever its age. */
export const historyKeptDays = 400;

/** Where a record belongs beside what it says itself. */
export interface RecordPlace {
  /** Name of the cloud; empty where none was asked. */
  readonly cloud: string;
  /** Of an audit: its flags of scope, in one spelling. Empty otherwise. */
  readonly selection: string;
}

export interface Kept extends RecordPlace {
  readonly recorded: Recorded;
}

export interface HistoryQuery {
  readonly kind?: Recorded['kind'];
  /** Of a job or a command. */
  readonly name?: string;
  readonly cloud?: string;
  readonly selection?: string;
  readonly machine?: ResourceKey;
  /** Milliseconds since the epoch. */
  readonly sinceMs?: number;
  readonly limit: number;
}

export interface Found<T> {
  /** The one recorded last comes first. */
  readonly entries: readonly T[];
  /** Records that the limit left out. */
  readonly leftOut: number;
  /** Records whose content is not what was written. */
  readonly unreadable: number;
}

export interface HistoryStore {
  /** One of the same kind, name and run is replaced. `nowMs`: this host's clock. */
  record(recorded: Recorded, place: RecordPlace, nowMs: number): void;
  /** What `take` makes of each record; one is in memory at a time. */
  find<T>(query: HistoryQuery, take: (kept: Kept) => T): Found<T>;
  /** Machines of that name, or with that id, in any letter case. */
  machinesCalled(nameOrId: string): readonly { readonly key: ResourceKey; readonly name: string }[];
  /** Reads the whole file and throws where it does not hold together: what is recorded then would be lost with it. */
  check(): void;
  close(): void;
}

/** The file is of a version that this program does not know. */
export class HistoryTooNewError extends Error {
  readonly version: number;
  constructor(version: number) {
    super(`history of version ${version}`);
    this.name = 'HistoryTooNewError';
    this.version = version;
  }
}

/** What SQLite found when it looked. */
class HistoryDamagedError extends Error {}

const busyMs = 5_000;

/**
 * Opens a file that is there, empty or a history. Throws HistoryTooNewError, and SQLite's own errors: see `isDamage`.
 */
export const openStore = (path: string, migrations: readonly string[] = historyMigrations): HistoryStore => {
  const db = new DatabaseSync(path, { timeout: busyMs, enableForeignKeyConstraints: true });
  try {
    prepare(db, migrations);
  } catch (error) {
    db.close();
    throw error;
  }
  return {
    record: (recorded, place, nowMs) => inTransaction(db, () => insert(db, recorded, place, nowMs)),
    find: (query, take) => find(db, query, take),
    machinesCalled: (nameOrId) =>
      db
        .prepare('SELECT key, name FROM machine WHERE name = ?1 OR key = ?1 ORDER BY key')
        .all(nameOrId.toLowerCase().replace(/\/+$/, ''))
        .map((row) => ({ key: String(row['key']), name: String(row['name']) })),
    check: () => {
      const [said] = Object.values(db.prepare('PRAGMA quick_check(1)').get() ?? {});
      if (said !== 'ok') throw new HistoryDamagedError(String(said));
    },
    close: () => db.close(),
  };
};

const prepare = (db: DatabaseSync, migrations: readonly string[]): void => {
  refuseNewer(versionOf(db), migrations);
  // Before WAL, so that the mark stands in the file itself even when its first process is killed.
  if (numberOf(db, 'PRAGMA page_count') === 0) db.exec(`PRAGMA application_id = ${historyApplicationId}`);
  db.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON',
  );
  if (versionOf(db) === migrations.length) return;
  inTransaction(db, () => {
    // Read again under the lock: another process may have just done it.
    const version = versionOf(db);
    refuseNewer(version, migrations);
    for (const sql of migrations.slice(version)) db.exec(sql);
    db.exec(`PRAGMA user_version = ${migrations.length}`);
  });
};

const refuseNewer = (version: number, migrations: readonly string[]): void => {
  if (version > migrations.length) throw new HistoryTooNewError(version);
};

const versionOf = (db: DatabaseSync): number => numberOf(db, 'PRAGMA user_version');

const numberOf = (db: DatabaseSync, sql: string, ...values: SQLInputValue[]): number =>
  Number(Object.values(db.prepare(sql).get(...values) ?? {})[0]);

const inTransaction = (db: DatabaseSync, work: () => void): void => {
  db.exec('BEGIN IMMEDIATE');
  try {
    work();
    db.exec('COMMIT');
  } catch (error) {
    // Some failures have ended the transaction already.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
};

const nameOfRecord = (recorded: Recorded): string => {
  if (recorded.kind === 'holdfast.job-run') return recorded.job;
  return recorded.kind === 'holdfast.apply-run' ? recorded.command : 'audit';
};

const insert = (db: DatabaseSync, recorded: Recorded, { cloud, selection }: RecordPlace, nowMs: number): void => {
  const row = {
    kind: recorded.kind,
    run: recorded.runId,
    name: nameOfRecord(recorded),
    cloud,
    selection,
    started: instantMs(recorded.startedAt) ?? nowMs,
    recorded: nowMs,
    body: deflateRawSync(JSON.stringify(recorded)),
  };
  db.prepare('DELETE FROM entry WHERE kind = ? AND name = ? AND run = ?').run(row.kind, row.name, row.run);
  const { lastInsertRowid } = db
    .prepare(
      `INSERT INTO entry (kind, run, name, cloud, selection, started, recorded, body, sum)
       VALUES (:kind, :run, :name, :cloud, :selection, :started, :recorded, :body, :sum)`,
    )
    .run({ ...row, sum: sumOf(row) });
  const addMachine = db.prepare(
    'INSERT INTO machine (key, name) VALUES (:key, :name) ON CONFLICT (key) DO UPDATE SET name = :name',
  );
  const addTold = db.prepare('INSERT INTO told (machine, entry) SELECT id, ? FROM machine WHERE key = ?');
  for (const { key, name } of machinesIn(recorded)) {
    addMachine.run({ key, name });
    addTold.run(lastInsertRowid, key);
  }
  forget(db, nowMs);
};

const forget = (db: DatabaseSync, nowMs: number): void => {
  const { changes } = db
    .prepare(
      `DELETE FROM entry WHERE recorded < ? AND seq < (
         SELECT max(seq) FROM entry AS newer WHERE newer.kind = entry.kind AND newer.name = entry.name)`,
    )
    .run(nowMs - historyKeptDays * dayMs);
  if (Number(changes) > 0) db.exec('DELETE FROM machine WHERE id NOT IN (SELECT machine FROM told)');
};

interface Row {
  readonly kind: string;
  readonly run: string;
  readonly name: string;
  readonly cloud: string;
  readonly selection: string;
  readonly started: number;
  readonly recorded: number;
  readonly body: Uint8Array;
}

const sumOf = ({ kind, run, name, cloud, selection, started, recorded, body }: Row): string =>
  createHash('sha256')
    .update(JSON.stringify([kind, run, name, cloud, selection, started, recorded]))
    .update(body)
    .digest('hex')
    .slice(0, 32);

const find = <T>(db: DatabaseSync, query: HistoryQuery, take: (kept: Kept) => T): Found<T> => {
  const { limit, ...wanted } = query;
  const tests: readonly (readonly [string, SQLInputValue | undefined])[] = [
    ['kind = ?', wanted.kind],
    ['name = ?', wanted.name],
    ['cloud = ?', wanted.cloud],
    ['selection = ?', wanted.selection],
    ['started >= ?', wanted.sinceMs],
    ['seq IN (SELECT entry FROM told JOIN machine ON machine.id = told.machine WHERE machine.key = ?)', wanted.machine],
  ];
  const asked = tests.flatMap(([sql, value]) => (value === undefined ? [] : [{ sql, value }]));
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(({ sql }) => sql).join(' AND ')}`;
  const values = asked.map(({ value }) => value);
  const all = numberOf(db, `SELECT count(*) FROM entry ${where}`, ...values);
  const rows = db.prepare(`SELECT * FROM entry ${where} ORDER BY seq DESC LIMIT ?`).iterate(...values, limit);
  const entries: T[] = [];
  let unreadable = 0;
  for (const row of rows) {
    // The columns are those of the table's own schema; whether what stands in them is whole, the check sum says.
    const kept = keptIn(row as unknown as SummedRow);
    if (kept === undefined) unreadable += 1;
    else entries.push(take(kept));
  }
  return { entries, leftOut: Math.max(0, all - entries.length - unreadable), unreadable };
};

type SummedRow = Row & { readonly sum: string };

/** A row whose sum is right says what this program wrote, so its content needs no other look. */
const keptIn = (row: SummedRow): Kept | undefined => {
  // A damaged page may give NULL where a column has a value.
  if (!ArrayBuffer.isView(row.body) || sumOf(row) !== row.sum) return undefined;
  const recorded = JSON.parse(inflateRawSync(row.body).toString('utf8')) as Recorded;
  return { recorded, cloud: row.cloud, selection: row.selection };
};

/** Results of SQLite that say something of the host or of other processes; https://www.sqlite.org/rescode.html. */
const ofTheHost: ReadonlySet<number> = new Set([
  3, // PERM
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  9, // INTERRUPT
  10, // IOERR
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  22, // NOLFS
  23, // AUTH
]);

const busy = 5;

/** Whether the file itself is at fault: every statement here is right on a whole file, so any other failure is its. */
export const isDamage = (error: unknown): boolean => {
  if (error instanceof HistoryTooNewError) return false;
  if (error instanceof HistoryDamagedError) return true;
  const code = resultOf(error);
  if (code !== undefined) return !ofTheHost.has(code);
  // Values out of all bounds, which Node refuses to hand out.
  return error instanceof Error && (error as NodeJS.ErrnoException).code === 'ERR_OUT_OF_RANGE';
};

export const isBusy = (error: unknown): boolean => resultOf(error) === busy;

/** The primary result: extended ones say more in the bits above. */
const resultOf = (error: unknown): number | undefined => {
  const code = error instanceof Error ? (error as { readonly errcode?: unknown }).errcode : undefined;
  return typeof code === 'number' ? code & 0xff : undefined;
};
