/** Job files: a job comes out exactly when nothing is wrong, what is wrong has a place, and every job that comes out has windows. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { describe, expect } from 'vitest';
import { clockTimesOf, inZone } from '../../src/core/job/clock-times.ts';
import { parseJob } from '../../src/core/job/job-file.ts';
import { nextDue, windowAt } from '../../src/core/job/windows.ts';
import { cronFields } from '../../src/report/schedule/cron-fields.ts';
import { fuzz, type Fate } from './campaign.ts';
import { damaged, twisted } from './mutate.ts';
import { expectPlaces } from './places.ts';

const nowMs = Date.UTC(2026, 5, 3, 12);
const example = readFileSync(join(import.meta.dirname, '..', '..', 'config', 'jobs', 'shop-four-hourly.yaml'), 'utf8');

const judged = (text: string): Fate => {
  const { job, problems } = parseJob(text, 'mine.yaml');
  expect(job === undefined).toBe(problems.some(({ severity }) => severity !== 'low'));
  expectPlaces(problems, text, 'mine.yaml');
  if (job === undefined) return 'refused';
  // What was accepted has windows, and can be told to a scheduler or is known not to be.
  const { due, end, toleranceMs } = windowAt(job.timing, nowMs);
  expect(Date.parse(due)).toBeLessThanOrEqual(nowMs);
  expect(Date.parse(end)).toBeGreaterThan(nowMs);
  expect(toleranceMs).toBeGreaterThan(0);
  expect(nextDue(job.timing, nowMs, 2)[0]).toBe(end);
  const times = clockTimesOf(job.timing);
  if (times !== undefined)
    expect(cronFields(inZone(times, job.timing.timeZone, 'UTC', 1, nowMs)).length).toBeGreaterThan(0);
  return 'accepted';
};

/** Fields of cron, most of them sound. */
const field = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom('*', '*', '*/2', '*/7', '1', '5', '1-5', '1,3', '2-4/2') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('L', 'MON', '5#2', 'FRI-SUN', '15W', '0', '59', '60', '-', '1/2', '29,30,31'),
  },
  {
    weight: 1,
    arbitrary: fc.string({ unit: fc.constantFrom(...'0123456789*,-/#LW?+'.split('')), minLength: 1, maxLength: 5 }),
  },
);
const schedules = fc
  .tuple(fc.array(field, { minLength: 5, maxLength: 5 }), fc.constantFrom('UTC', 'Europe/Berlin', 'America/Havana'))
  .map(([fields, zone]) => `name: a\nschedule: { cron: ${JSON.stringify(fields.join(' '))}, timeZone: ${zone} }\n`);

const windows = fc
  .tuple(fc.integer({ min: 0, max: 2000 }), fc.constantFrom('m', 'h', 'd', 's', ''))
  .map(([n, unit]) => `name: a\nwindow: { length: ${n}${unit}, timeZone: Africa/Cairo }\n`);

describe('a job file', () => {
  fuzz({ name: 'job, bytes of an example damaged', inputs: damaged(example), judge: judged, runs: 2_000 });
  fuzz({
    name: 'job, values of an example twisted',
    inputs: twisted(parse(example)).map((value) => JSON.stringify(value) ?? ''),
    judge: judged,
    runs: 4_000,
  });
  fuzz({ name: 'job, schedules of all kinds', inputs: schedules, judge: judged, runs: 4_000 });
  fuzz({ name: 'job, windows of all lengths', inputs: windows, judge: judged, runs: 2_000 });
});
