/** Machines of which Azure makes no point yet: for whom a run waits, and what a check of the job says of them. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import { known } from '../../../src/core/fact.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { seedOf } from '../../../src/core/job/identity.ts';
import type { Job } from '../../../src/core/job/job.ts';
import { awaited } from '../../../src/core/job/opening.ts';
import { previewJob, type PreviewedMachine } from '../../../src/core/job/preview.ts';
import { windowAt } from '../../../src/core/job/windows.ts';
import { nameFor } from '../../../src/core/names.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import { aMachine, anEstate } from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';
import { aRestorePoint, aRestorePointCollection } from '../protection-builder.ts';

const fourHourly: Job['timing'] = { kind: 'schedule', cron: '0 */4 * * *', timeZone: 'UTC' };
const windows: Job['timing'] = { kind: 'window', lengthMinutes: 240, timeZone: 'UTC' };
const jobOf = (timing: Job['timing']): Job => ({
  name: 'four-hourly',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'restore-point',
  consistency: { want: 'any', otherwise: 'weaker-with-finding' },
  timing,
  retention: { keepLast: 3 },
  trashDays: 0,
  copies: [],
  limits: {},
  notify: [],
});

const at = (time: string): number => Date.parse(`2026-06-03T${time}Z`);
const key = keyOf(aMachine().id);
const waitsFor = (opens: string, now: string, timing: Job['timing'] = fourHourly): boolean =>
  awaited(jobOf(timing), windowAt(timing, at(now)), at(now), new Map([[key, at(opens)]])).size > 0;

describe('a run waits', () => {
  it('of a schedule, while the point is no late one by it, whenever the run began', () => {
    // Due at 12:00, late after 13:00; marking the machine takes some of it.
    expect(waitsFor('12:36:00', '12:04:00')).toBe(true);
    expect(waitsFor('12:58:59', '12:04:00')).toBe(true);
    expect(waitsFor('12:59:30', '12:04:00')).toBe(false);
    expect(waitsFor('13:03:00', '12:04:00')).toBe(false);
    expect(waitsFor('13:03:00', '13:01:00')).toBe(false);
  });

  it('of a window, for its tolerance, and not beyond its end', () => {
    expect(waitsFor('13:03:00', '12:04:00', windows)).toBe(true);
    expect(waitsFor('13:05:00', '12:04:00', windows)).toBe(false);
    expect(waitsFor('15:59:00', '15:30:00', windows)).toBe(true);
    expect(waitsFor('16:00:00', '15:30:00', windows)).toBe(false);
  });
});

/** `made`: of another job; `own`: of this one, for the window that began at 12:00. */
const checked = (now: string, made: string, own = false): PreviewedMachine => {
  const one = aMachine({ power: known('running'), tags: { environment: 'dev' } });
  const job = jobOf(fourHourly);
  const due = '2026-06-03T12:00:00Z';
  const name = own ? nameFor('restore-point', one.name, due, seedOf(job.name, due, 0), one.key) : 'by-another-job';
  const id = `${aRestorePointCollection().id}/restorePoints/${name}`;
  const point = aRestorePoint({ id, key: keyOf(id), name, at: `2026-06-03T${made}Z` });
  const asOf = `2026-06-03T${now}Z`;
  const estate = anEstate({
    asOf,
    machines: [one],
    restorePointCollections: [aRestorePointCollection({ points: known([point]) })],
  });
  const audit = auditEstate(estate, shippedGuidance, asOf);
  const input = { estate, audit, guidance: shippedGuidance, asOf, preflight: noPreflight, madeBy: 'holdfast 0.0.0' };
  return previewJob(job, assessEstate(estate, shippedGuidance, asOf), input).machines[0]!;
};

describe('a check of the job', () => {
  it('counts a machine for which a run would wait as taken, and says for how long', () => {
    const { outcome, reason } = checked('12:04:00', '09:36:00');
    expect([outcome, reason]).toEqual(['due', expect.stringMatching(/the next one after 2026-06-03T12:36:00Z/)]);
  });

  it('counts a machine of which a run now would get no point as refused, with when Azure makes one', () => {
    for (const [now, made, opens] of [
      ['12:04:00', '10:03:00', '13:03:00'],
      ['14:03:00', '13:04:00', '16:04:00'],
    ] as const)
      expect(checked(now, made)).toMatchObject({
        outcome: 'refused',
        reason: expect.stringContaining(`the next one after 2026-06-03T${opens}Z`) as string,
      });
  });

  it('judges a machine that has its point for the next window by the wait of that window’s run', () => {
    expect(checked('12:30:00', '12:05:00', true)).toMatchObject({ outcome: 'existing' });
    expect(checked('14:00:00', '13:30:00', true)).toMatchObject({
      outcome: 'existing',
      reason: expect.stringContaining('the next one after 2026-06-03T16:30:00Z') as string,
    });
    expect(checked('14:20:00', '14:10:00', true)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringContaining('the next one after 2026-06-03T17:10:00Z') as string,
    });
  });
});
