/** The history's file: what goes in comes out, nobody else's file is touched, and trouble with it stays its own. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolders } from '../../src/azure/make-folders.ts';
import { historyMigrations } from '../../src/cli/history-schema.ts';
import { historyKeptDays, openStore, type Kept } from '../../src/cli/history-store.ts';
import type { History } from '../../src/cli/history-keeper.ts';
import { historyPlaceOf, type HistoryFlags } from '../../src/cli/history-place.ts';
import { openHistory } from '../../src/cli/history.ts';
import { stateDirOf } from '../../src/cli/state-dir.ts';
import { keyOf } from '../../src/core/ids.ts';
import { aJobMachine, aJobRun, anApplyRun, anAuditRecord, began, machineIdOf } from './history-runs.ts';

let folder = '';
let open: History[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-history-'));
  open = [];
});
afterEach(() => {
  for (const history of open) history.close();
  rmSync(folder, { recursive: true, force: true });
});

const state = (): string => join(folder, 'state', 'holdfast');
const file = (): string => join(state(), 'history.sqlite');
const history = async (
  flags: HistoryFlags = {},
  to: 'read' | 'record' = 'record',
  now = () => began,
): Promise<History> => {
  const opened = await openHistory(flags, { env: { XDG_STATE_HOME: join(folder, 'state') }, cwd: folder }, { to, now });
  open.push(opened);
  return opened;
};
const itself = (kept: Kept): Kept => kept;
const all = (from: History) => from.find({ limit: 1000 }, itself);
const codes = (of: History): readonly string[] => of.problems().map(({ code }) => code);

describe('the state folder', () => {
  const at = (env: Record<string, string>, flag?: string) => stateDirOf(flag, { env, cwd: '/here' });

  it('is the flag, else a variable, in the order that the documents say', () => {
    const env = {
      HOLDFAST_STATE_DIR: 'mine',
      STATE_DIRECTORY: '/var/lib/a:/var/lib/b',
      XDG_STATE_HOME: '/x',
      HOME: '/home/u',
    };
    expect(at(env, 'flag')).toBe('/here/flag');
    expect(at(env)).toBe('/here/mine');
    expect(at({ ...env, HOLDFAST_STATE_DIR: '' })).toBe('/var/lib/a');
    expect(at({ XDG_STATE_HOME: '/x', HOME: '/home/u' })).toBe('/x/holdfast');
    expect(at({ XDG_STATE_HOME: 'relative', HOME: '/home/u' })).toBe('/home/u/.local/state/holdfast');
  });

  it('is none where nothing tells of one, and then there is no history and nothing is said of it', async () => {
    expect(at({})).toBeUndefined();
    const none = await openHistory({}, { env: {}, cwd: folder }, { to: 'record' });
    none.recordRun(aJobRun(1), 'here');
    expect([none.path, none.lastRun('nightly'), none.problems(), readdirSync(folder)]).toEqual([
      undefined,
      undefined,
      [],
      [],
    ]);
  });
});

describe('the history', () => {
  it('gives back what was recorded, whole, the last one first', async () => {
    const first = await history();
    first.recordRun(aJobRun(1), 'AzurePublic');
    first.recordApply(anApplyRun(2), 'AzurePublic');
    first.recordAudit(anAuditRecord(3), 'AzurePublic', 'all');
    first.close();
    const again = await history({}, 'read');
    expect(all(again).entries).toEqual([
      { recorded: anAuditRecord(3), cloud: 'AzurePublic', selection: 'all' },
      { recorded: anApplyRun(2), cloud: 'AzurePublic', selection: '' },
      { recorded: aJobRun(1), cloud: 'AzurePublic', selection: '' },
    ]);
    expect(again.problems()).toEqual([]);
  });

  it('is readable by its owner alone, with everything beside it, even where it was made readable to all', async () => {
    const first = await history();
    first.recordRun(aJobRun(1), '');
    chmodSync(file(), 0o644);
    const second = await history();
    second.recordRun(aJobRun(2), '');
    const files = readdirSync(state());
    expect(files).toContain('history.sqlite-wal');
    expect(files.map((name) => [name, statSync(join(state(), name)).mode & 0o077])).toEqual(
      files.map((name) => [name, 0]),
    );
    expect(statSync(state()).mode & 0o777).toBe(0o700);
  });

  it('keeps one record of a run that is recorded twice', async () => {
    const kept = await history();
    kept.recordRun(aJobRun(1, { outcome: 'interrupted' }), '');
    kept.recordRun(aJobRun(1), '');
    expect(all(kept).entries.map(({ recorded }) => recorded)).toEqual([aJobRun(1)]);
    // Ids of runs are unique among runs of one job.
    kept.recordRun(aJobRun(1, { job: 'hourly' }), '');
    expect(all(kept).entries).toHaveLength(2);
  });

  it('tells the last run of a job: not of another one, and not one that was held', async () => {
    const kept = await history();
    kept.recordRun(aJobRun(1), '');
    kept.recordRun(aJobRun(2, { outcome: 'failed', machines: [] }), '');
    kept.recordRun(aJobRun(3, { outcome: 'held', machines: [] }), '');
    kept.recordRun(aJobRun(4, { job: 'weekly' }), '');
    expect(kept.lastRun('nightly')?.runId).toBe('run-2');
    expect(kept.lastRun('weekly')?.runId).toBe('run-4');
    expect(kept.lastRun('monthly')).toBeUndefined();
  });

  it('tells the last audit of a cloud and a selection', async () => {
    const kept = await history();
    kept.recordAudit(anAuditRecord(1), 'a', 'prod');
    kept.recordAudit(anAuditRecord(2), 'b', 'prod');
    kept.recordAudit(anAuditRecord(3), 'a', 'dev');
    expect(kept.lastAudit('a', 'prod')?.runId).toBe('audit-1');
    expect(kept.lastAudit('b', 'dev')).toBeUndefined();
  });

  it('finds machines by name and by id in any case, and what was told of them', async () => {
    const kept = await history();
    kept.recordRun(aJobRun(1), '');
    kept.recordRun(aJobRun(2, { machines: [aJobMachine('db01')] }), '');
    kept.recordApply(anApplyRun(3), '');
    expect(kept.machinesCalled('WEB01')).toEqual([{ key: keyOf(machineIdOf('web01')), name: 'web01' }]);
    expect(kept.machinesCalled(machineIdOf('Web01').toUpperCase())).toHaveLength(1);
    expect(kept.machinesCalled('nobody')).toEqual([]);
    const of = kept.find({ machine: keyOf(machineIdOf('web01')), limit: 10 }, itself).entries;
    expect(of.map(({ recorded }) => recorded.runId)).toEqual(['apply-3', 'run-1']);
  });

  it('says how many a limit leaves out', async () => {
    const kept = await history();
    for (let i = 0; i < 7; i += 1) kept.recordRun(aJobRun(i), '');
    const found = kept.find({ limit: 3, sinceMs: began + 2 * 24 * 3_600_000 }, itself);
    expect([found.entries.map(({ recorded }) => recorded.runId), found.leftOut]).toEqual([
      ['run-6', 'run-5', 'run-4'],
      2,
    ]);
  });

  it(`drops what was recorded more than ${historyKeptDays} days ago by this host's clock, but never the last of a job`, async () => {
    let now = began;
    const kept = await history({}, 'record', () => now);
    kept.recordRun(aJobRun(1), '');
    kept.recordRun(aJobRun(2, { job: 'rare' }), '');
    now += historyKeptDays * 86_400_000;
    kept.recordRun(aJobRun(3), '');
    expect(all(kept).entries).toHaveLength(3);
    now += 1;
    // A simulator's clock of another century drops nothing.
    kept.recordRun(aJobRun(4, { startedAt: '2199-01-01T00:00:00Z' }), '');
    expect(all(kept).entries.map(({ recorded }) => recorded.runId)).toEqual(['run-4', 'run-3', 'run-2']);
  });
});

describe('a history that cannot be used', () => {
  it('made by a newer version is left as it is, byte for byte, and said', async () => {
    const first = await history();
    first.recordRun(aJobRun(1), '');
    first.close();
    const db = new DatabaseSync(file());
    db.exec(`PRAGMA user_version = ${historyMigrations.length + 1}`);
    db.close();
    const before = readFileSync(file());
    const kept = await history();
    kept.recordRun(aJobRun(2), '');
    expect(codes(kept)).toEqual(['history-too-new']);
    expect(kept.lastRun('nightly')).toBeUndefined();
    expect(readFileSync(file()).equals(before)).toBe(true);
  });

  it('of an older version is brought forward with all that it holds', () => {
    const path = join(folder, 'old.sqlite');
    const old = openStore(path);
    old.record(aJobRun(1), { cloud: '', selection: '' }, began);
    old.close();
    const later = [...historyMigrations, 'ALTER TABLE entry ADD COLUMN host TEXT'];
    const forward = openStore(path, later);
    expect(forward.find({ limit: 9 }, itself).entries.map(({ recorded }) => recorded)).toEqual([aJobRun(1)]);
    forward.close();
    const db = new DatabaseSync(path);
    expect(db.prepare('PRAGMA user_version').get()).toEqual({ user_version: later.length });
    expect(db.prepare('SELECT host FROM entry').all()).toHaveLength(1);
    db.close();
    // One that fails half-way leaves the old version.
    expect(() => openStore(path, [...later, 'CREATE TABLE half (x); SELECT nothing FROM nowhere'])).toThrow();
    expect(() => openStore(path, later).close()).not.toThrow();
  });

  it('of an older version is brought forward once, though another process does so between the look and the lock', () => {
    const path = join(folder, 'contested.sqlite');
    let looks = 0;
    const contested = new Proxy(historyMigrations, {
      get: (list, key) => {
        // The second time that its length is asked for is just before the lock.
        if (key === 'length' && (looks += 1) === 2) openStore(path).close();
        return Reflect.get(list, key) as unknown;
      },
    });
    const late = openStore(path, contested);
    late.record(aJobRun(1), { cloud: '', selection: '' }, began);
    late.close();
    expect(looks).toBeGreaterThan(2);
  });

  it.each([
    ['its beginning overwritten', (bytes: Buffer) => bytes.fill(0x5a, 0, 64)],
    ['its pages overwritten', (bytes: Buffer) => bytes.fill(0xff, 4096)],
    ['cut in the middle', (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2) + 77)],
    [
      'its tables renamed',
      (bytes: Buffer) =>
        Buffer.from(bytes.toString('latin1').replaceAll('CREATE TABLE entry', 'CREATE TABLE other'), 'latin1'),
    ],
  ])('with %s is set aside under the moment and begun anew', async (_how, spoil) => {
    const first = await history();
    for (let i = 0; i < 30; i += 1) first.recordRun(aJobRun(i), '');
    first.close();
    const spoilt = spoil(readFileSync(file()));
    writeFileSync(file(), spoilt);
    const reading = await history({}, 'read');
    expect(all(reading).entries).toEqual([]);
    expect(codes(reading)).toEqual(['history-damaged']);
    reading.close();
    expect(readdirSync(state()).filter((name) => name.includes('damaged'))).toEqual([]);
    const kept = await history();
    kept.recordRun(aJobRun(99), '');
    expect(codes(kept)).toEqual(['history-damaged']);
    const aside = `${file()}.damaged-2026-11-02T08-00-00.000Z`;
    expect(kept.problems()[0]!.summary).toContain(aside);
    expect(statSync(aside).size).toBe(spoilt.length);
    expect(kept.lastRun('nightly')?.runId).toBe('run-99');
  });

  it('is not believed where a bit of a record was turned: that one is left out, and counted', async () => {
    const first = await history();
    for (let i = 0; i < 3; i += 1) first.recordRun(aJobRun(i), '');
    first.close();
    const db = new DatabaseSync(file());
    db.exec("UPDATE entry SET cloud = 'elsewhere' WHERE run = 'run-1'");
    db.close();
    const kept = await history({}, 'read');
    expect(all(kept)).toMatchObject({ unreadable: 1, entries: [{ recorded: aJobRun(2) }, { recorded: aJobRun(0) }] });
    expect(codes(kept)).toEqual(['history-unreadable']);
  });

  it('is never another program’s file, which is left alone', async () => {
    const db = new DatabaseSync(join(folder, 'places.sqlite'));
    db.exec('CREATE TABLE moz_places (url TEXT)');
    db.close();
    writeFileSync(join(folder, 'notes.txt'), 'dear diary\n');
    for (const name of ['places.sqlite', 'notes.txt', '.']) {
      const before = name === '.' ? undefined : readFileSync(join(folder, name));
      const kept = await history({ history: name });
      kept.recordRun(aJobRun(1), '');
      expect(codes(kept), name).toEqual(['history-not-ours']);
      if (before) expect(readFileSync(join(folder, name)).equals(before), name).toBe(true);
    }
    expect(readdirSync(folder).sort()).toEqual(['notes.txt', 'places.sqlite']);
  });

  it.skipIf(process.platform === 'win32')(
    'is neither set aside nor waited for where its own place holds a folder, a pipe or a device',
    async () => {
      makeFolders(state());
      const places = [
        () => mkdirSync(file()),
        () => symlinkSync('/dev/null', file()),
        () => execFileSync('sh', ['-c', 'mkfifo "$0"', file()]),
      ];
      for (const place of places) {
        place();
        const kept = await history();
        kept.recordRun(aJobRun(1), '');
        expect(codes(kept), String(place)).toEqual(['history-not-ours']);
        expect(readdirSync(state())).toEqual(['history.sqlite']);
        rmSync(file(), { recursive: true });
      }
    },
  );

  it('is only said, where its folder cannot be made or its disk takes nothing', async () => {
    writeFileSync(join(folder, 'state'), 'a file where a folder should be');
    const kept = await history();
    kept.recordRun(aJobRun(1), '');
    expect(kept.problems()).toMatchObject([{ code: 'history-unusable', severity: 'low' }]);
    const missing = await history({ history: join(folder, 'no', 'such', 'folder.sqlite') });
    expect(codes(missing)).toEqual(['history-unusable']);
  });

  it.skipIf(!existsSync('/proc/self'))('is only said, and at once, where nothing can be made', async () => {
    const kept = await history({ 'state-dir': '/proc/nothing/here' });
    expect(kept.problems()).toMatchObject([
      { code: 'history-unusable', summary: expect.stringContaining('nothing can be made in /proc') as string },
    ]);
  });

  it('is none with --history none, and is not made by reading', async () => {
    expect(historyPlaceOf({ history: 'none' }, { env: { HOME: folder }, cwd: folder })).toBeUndefined();
    const kept = await history({}, 'read');
    expect([all(kept).entries, kept.problems(), readdirSync(folder)]).toEqual([[], [], []]);
  });
});
