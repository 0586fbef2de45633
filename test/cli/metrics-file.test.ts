/** `--metrics-file`: whole or not at all, readable by the collector, and never over what is not ours. */
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeMetrics } from '../../src/cli/metrics-file.ts';
import { jobRun, machine } from '../core/job/run-builder.ts';
import { parseExposition } from '../report/exposition.ts';

const run = jobRun([machine('a')]);
let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'holdfast-metrics-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (): string => join(folder, 'holdfast.prom');
const taken = (): number =>
  parseExposition(readFileSync(file(), 'utf8'))
    .flatMap(({ samples }) => samples)
    .find(({ name }) => name === 'holdfast_job_points_taken_total')!.value;
const mode = (): string => (statSync(file()).mode & 0o777).toString(8);

describe('the metrics file', () => {
  it.skipIf(process.platform === 'win32')(
    'may be read by anybody when it is new, and keeps the mode it was given',
    async () => {
      const umask = process.umask(0o077);
      try {
        expect(await writeMetrics(file(), run)).toEqual([]);
        expect(mode()).toBe('644');
        chmodSync(file(), 0o640);
        expect(await writeMetrics(file(), run)).toEqual([]);
        expect(mode()).toBe('640');
      } finally {
        process.umask(umask);
      }
    },
  );

  it('goes on from what it said, and leaves nothing beside it', async () => {
    for (const _ of [1, 2, 3]) expect(await writeMetrics(file(), run)).toEqual([]);
    expect(taken()).toBe(3);
    expect(readdirSync(folder)).toEqual(['holdfast.prom']);
  });

  it('loses nothing of runs that end at the same moment', async () => {
    const told = await Promise.all(Array.from({ length: 8 }, () => writeMetrics(file(), run)));
    expect(told.flat()).toEqual([]);
    expect(taken()).toBe(8);
  });

  it.each([
    ['that holdfast did not write', 'root:x:0:0\n'],
    ['that was cut short', '# Written by holdfast: metrics of its jobs.\nholdfast_job_x{job="a"} '],
  ])('is not written over a file %s', async (_, text) => {
    writeFileSync(file(), text);
    expect(await writeMetrics(file(), run)).toMatchObject([
      { code: 'metrics-file', severity: 'medium', subject: file() },
    ]);
    expect(readFileSync(file(), 'utf8')).toBe(text);
  });

  it('is written into an empty file', async () => {
    writeFileSync(file(), '');
    expect(await writeMetrics(file(), run)).toEqual([]);
    expect(taken()).toBe(1);
  });

  it('that cannot be written is told, and fails nothing', async () => {
    const [problem] = await writeMetrics(join(folder, 'gone', 'x.prom'), run);
    expect(problem).toMatchObject({ code: 'metrics-file', severity: 'medium' });
    expect(problem?.summary).toContain('there is no such file or folder');
  });

  it.skipIf(process.platform === 'win32')('is no device, which would be read without end', async () => {
    expect(await writeMetrics('/dev/full', run)).toMatchObject([
      { code: 'metrics-file', severity: 'medium', summary: expect.stringContaining('/dev/full is no file') },
    ]);
    expect(statSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});
