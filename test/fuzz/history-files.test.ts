/**
 * History files spoiled by a disk, with and without the log beside them: no input makes a command fail, hang or believe a record that was
 * never made; what is there afterwards is a history that works.
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, describe, expect } from 'vitest';
import { openStore } from '../../src/cli/history-store.ts';
import type { History } from '../../src/cli/history-keeper.ts';
import { openHistory } from '../../src/cli/history.ts';
import { aJobRun, anApplyRun, anAuditRecord, began } from '../cli/history-runs.ts';
import { fuzz, type Fate } from './campaign.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-history-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As a process leaves it that was killed: its last records are in the log alone. */
const made = (() => {
  const path = join(folder, 'made.sqlite');
  const store = openStore(path);
  const place = { cloud: 'AzurePublic', selection: 'all' };
  for (let i = 0; i < 40; i += 1) store.record(aJobRun(i), place, began);
  store.record(anApplyRun(1), place, began);
  store.record(anAuditRecord(1), place, began);
  const files = { main: readFileSync(path), wal: readFileSync(`${path}-wal`) };
  store.close();
  return { ...files, closed: readFileSync(path) };
})();
const recorded = new Set(
  [...Array.from({ length: 40 }, (_, i) => aJobRun(i)), anApplyRun(1), anAuditRecord(1)].map((one) =>
    JSON.stringify(one),
  ),
);

interface Blow {
  readonly at: number;
  readonly how: 'flip' | 'zero' | 'cut' | 'fill';
  readonly with: number;
  readonly span: number;
}

const blow: fc.Arbitrary<Blow> = fc.record({
  at: fc.nat(0xffffff),
  how: fc.constantFrom<Blow['how']>('flip', 'flip', 'zero', 'fill', 'cut'),
  with: fc.nat(255),
  span: fc.constantFrom(1, 2, 8, 100, 4096),
});

const struck = (bytes: Buffer, blows: readonly Blow[]): Buffer =>
  blows.reduce((all, { at, how, with: value, span }) => {
    const place = Math.floor((at / 0x1000000) * all.length);
    if (how === 'cut') return all.subarray(0, place);
    const copy = Buffer.from(all);
    if (how === 'flip') copy[place] = copy[place]! ^ (1 << (value % 8));
    else copy.fill(how === 'zero' ? 0 : value, place, Math.min(place + span, copy.length));
    return copy;
  }, bytes);

let next = 0;
const opened = (path: string, to: 'read' | 'record'): Promise<History> =>
  openHistory({ 'state-dir': path }, { env: {}, cwd: folder }, { to, now: () => began });

/** What is found is what was recorded, and nothing else. */
const believe = (history: History): number => {
  const { entries } = history.find({ limit: 1000 }, (kept) => JSON.stringify(kept.recorded));
  for (const entry of entries) expect(recorded.has(entry) || entry === JSON.stringify(aJobRun(99)), entry).toBe(true);
  return entries.length;
};

const judge = async ({
  blows,
  onWal,
  closed,
}: {
  blows: readonly Blow[];
  onWal: boolean;
  closed: boolean;
}): Promise<Fate> => {
  const state = mkdtempSync(join(folder, `state-${(next += 1)}-`));
  const path = join(state, 'history.sqlite');
  const strike = (bytes: Buffer, here: boolean) => (here ? struck(bytes, blows) : bytes);
  writeFileSync(path, strike(closed ? made.closed : made.main, closed || !onWal));
  if (!closed) writeFileSync(`${path}-wal`, strike(made.wal, onWal));
  try {
    const reading = await opened(state, 'read');
    believe(reading);
    reading.close();
    const history = await opened(state, 'record');
    history.recordRun(aJobRun(99), '');
    // A version that a turned bit made newer is taken at its word.
    if (history.problems().some(({ code }) => code === 'history-too-new')) return 'refused';
    const before = history.problems().length;
    const last = history.lastRun('nightly')?.runId;
    if (last === undefined && history.problems().length > before) {
      // The damage lay where the record was read, not where it was put: it is told, and the record is kept with the rest.
      expect(history.problems().at(-1)!.code).toBe('history-damaged');
      expect(readdirSync(state).some((name) => name.includes('damaged'))).toBe(true);
      return 'refused';
    }
    expect(last, JSON.stringify(history.problems())).toBe('run-99');
    believe(history);
    history.close();
    const again = await opened(state, 'read');
    expect(again.lastRun('nightly')?.runId).toBe('run-99');
    again.close();
    const problems = [...reading.problems(), ...history.problems(), ...again.problems()];
    for (const { code } of problems)
      expect(['history-damaged', 'history-unreadable', 'history-too-new']).toContain(code);
    const aside = readdirSync(state).some((name) => name.includes('damaged'));
    expect(aside).toBe(history.problems().some(({ code }) => code === 'history-damaged'));
    return problems.length > 0 ? 'refused' : 'accepted';
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
};

describe('a history file', () => {
  fuzz({
    name: 'history file, bytes damaged',
    inputs: fc.record({
      blows: fc.array(blow, { minLength: 1, maxLength: 3 }),
      onWal: fc.boolean(),
      closed: fc.boolean(),
    }),
    judge,
    runs: 2_000,
    thin: 40,
  });
});
