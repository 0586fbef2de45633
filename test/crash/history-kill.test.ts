/** `kill -9` of real processes while they write the history, and several processes at once: what was said to be recorded is there, whole. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/cli/history-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-history-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** More than any process gets to record before it is killed. */
const endless = 100_000;
const whole = process.env['HOLDFAST_WHOLE'] === '1';
const writer = fileURLToPath(new URL('./history-writer.ts', import.meta.url));

interface Ended {
  readonly name: string;
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  readonly begun: readonly string[];
  readonly done: readonly string[];
  readonly err: string;
}

/** Dies `share` of the usual time after it began its record number `dieAt`; 0: after it began to open the file. */
const run = (path: string, name: string, count: number, dieAt = -1, share = 0): Promise<Ended> => {
  const child = spawn(process.execPath, [writer, path, name, `${count}`, `${dieAt}`, `${share}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const said = (word: string): string[] =>
    [...out.matchAll(new RegExp(`^${word} (\\d+)$`, 'gm'))].map(([, i]) => `${name}-${i}`);
  return new Promise((ended) =>
    child.once('close', (code, signal) => ended({ name, signal, code, begun: said('begin'), done: said('done'), err })),
  );
};

/** Everything wrong with the file, against what the processes said of it. */
const wrongs = (path: string, runs: readonly Ended[]): readonly string[] => {
  const store = openStore(path);
  const { entries, unreadable } = store.find({ limit: 10_000 }, (kept) => kept);
  store.close();
  const there = new Set(entries.map(({ recorded }) => recorded.runId));
  const db = new DatabaseSync(path);
  const sound = db.prepare('PRAGMA integrity_check').all();
  const half = db
    .prepare(
      'SELECT run, count(told.machine) AS told FROM entry LEFT JOIN told ON told.entry = entry.seq GROUP BY run HAVING told <> 60',
    )
    .all();
  db.close();
  const begun = new Set(runs.flatMap((one) => one.begun));
  return [
    ...(JSON.stringify(sound) === '[{"integrity_check":"ok"}]' ? [] : [JSON.stringify(sound)]),
    ...(unreadable === 0 ? [] : [`${unreadable} records unreadable`]),
    ...half.map((row) => `half a run: ${JSON.stringify(row)}`),
    ...runs.flatMap(({ done }) =>
      done.filter((id) => !there.has(id)).map((id) => `${id} was recorded, and is not there`),
    ),
    ...[...there].filter((id) => !begun.has(id)).map((id) => `${id} is there, and nobody recorded it`),
  ];
};

/** Mulberry32: the same moments every time. */
const randomOf = (seed: number) => (): number => {
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

describe('the history under kill -9', () => {
  const kills = whole ? 200 : 16;

  it(`holds whole records and no half one after each of ${kills} kills in the middle of opening or writing`, async () => {
    const random = randomOf(20261102);
    const path = join(folder, 'killed.sqlite');
    const runs: Ended[] = [];
    let unacknowledged = 0;
    for (let i = 0; i < kills; i += 1) {
      // The first ones while the file itself is being made.
      const dieAt = i < 3 ? 0 : 3 + Math.floor(random() * 3);
      const ended = await run(i < 3 ? `${path}.new-${i}` : path, `p${i}`, endless, dieAt, random() * 1.2);
      expect([ended.signal, ended.err]).toEqual(['SIGKILL', '']);
      if (i < 3) {
        expect(wrongs(`${path}.new-${i}`, [ended])).toEqual([]);
        continue;
      }
      runs.push(ended);
      expect(wrongs(path, runs), `after kill ${i}`).toEqual([]);
      unacknowledged += ended.begun.length - ended.done.length;
    }
    expect(unacknowledged, 'kills that fell into a write').toBeGreaterThan(0);
    console.log(`history: ${kills} kills, ${unacknowledged} of them in the middle of a record`);
  });

  it('takes what three processes record at once into a file that none of them finds, one of them killed', async () => {
    const path = join(folder, 'at-once.sqlite');
    const runs = await Promise.all([run(path, 'a', 25), run(path, 'b', 25), run(path, 'c', endless, 9, 0.5)]);
    expect(runs.map(({ name, code, signal, err, done }) => ({ name, code, signal, err, done: done.length }))).toEqual([
      { name: 'a', code: 0, signal: null, err: '', done: 25 },
      { name: 'b', code: 0, signal: null, err: '', done: 25 },
      { name: 'c', code: null, signal: 'SIGKILL', err: '', done: expect.any(Number) },
    ]);
    expect(wrongs(path, runs)).toEqual([]);
  });
});
