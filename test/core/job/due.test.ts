/** What a window still asks of a machine: which attempt, and which point is the newest. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import type { Estate, RestorePoint } from '../../../src/core/estate.ts';
import { known } from '../../../src/core/fact.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { dueOf, newestOf, type Standing } from '../../../src/core/job/due.ts';
import { mostAttempts, seedOf, type JobPoint } from '../../../src/core/job/identity.ts';
import type { Job } from '../../../src/core/job/job.ts';
import { nameFor } from '../../../src/core/names.ts';
import { hourMs, instantMs } from '../../../src/core/time.ts';
import { anEstate, anOsDisk, asOf } from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';
import { aMachine } from '../machine-builder.ts';
import { aBackupItem, aRestorePoint, aRestorePointCollection } from '../protection-builder.ts';

const machine = aMachine();
const window = { due: '2026-06-03T00:00:00Z', end: '2026-06-04T00:00:00Z', toleranceMs: hourMs };
const job: Job = {
  name: 'nightly',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'restore-point',
  consistency: { want: 'any', otherwise: 'weaker-with-finding' },
  timing: { kind: 'window', lengthMinutes: 1440, timeZone: 'UTC' },
  retention: {},
  trashDays: 0,
  copies: [],
  limits: {},
  notify: [],
};

const failedPoint = (attempt: number): RestorePoint => {
  const name = nameFor('restore-point', machine.name, window.due, seedOf(job.name, window.due, attempt), machine.key);
  const id = `${aRestorePointCollection().id}/restorePoints/${name}`;
  return aRestorePoint({ id, key: keyOf(id), name, at: '2026-06-03T00:01:00Z', failed: true, provisioned: false });
};
const standing = (estate: Estate): Standing =>
  dueOf(job, window, assessEstate(estate, shippedGuidance, asOf), estate, instantMs(asOf)!)[0]!.standing;
const withFailed = (...attempts: readonly number[]): Estate =>
  anEstate({
    machines: [machine],
    restorePointCollections: [aRestorePointCollection({ points: known(attempts.map(failedPoint)) })],
  });

describe('the attempt at a window', () => {
  it('is the first where nothing was tried, and the one after the last that came to nothing', () => {
    expect(standing(withFailed())).toMatchObject({ kind: 'due', attempt: 0 });
    expect(standing(withFailed(0, 2))).toMatchObject({ kind: 'due', attempt: 3 });
  });

  it('is given up after as many as are recognised again: one more would be made anew for ever', () => {
    const upTo = (n: number) => withFailed(...Array.from({ length: n }, (_, attempt) => attempt));
    expect(standing(upTo(mostAttempts - 1))).toMatchObject({ kind: 'due', attempt: mostAttempts - 1 });
    expect(standing(upTo(mostAttempts))).toMatchObject({ kind: 'exhausted' });
  });
});

describe('the option that a job leaves to the guidance', () => {
  const one = aMachine({ disks: [anOsDisk()], tags: { environment: 'dev', striping: 'none' } });
  const made = '2026-06-03T01:04:00Z';
  const optionOf = (estate: Estate) => {
    const found = assessEstate(estate, shippedGuidance, asOf);
    return dueOf({ ...job, option: 'auto' }, window, found, estate, instantMs(asOf)!)[0]!.option;
  };
  const withPoint = (name: string) => {
    const points = known([aRestorePoint({ name, at: made })]);
    return anEstate({
      machines: [one],
      restorePointCollections: [aRestorePointCollection({ sourceKey: one.key, points })],
    });
  };

  it('is that of the machine, whatever points of other jobs or its own stand there', () => {
    const own = nameFor('restore-point', one.name, window.due, seedOf(job.name, window.due, 0), one.key);
    expect(optionOf(anEstate({ machines: [one] }))).toBe('disk-snapshot');
    for (const name of ['hf-of-another-job', own]) {
      const estate = withPoint(name);
      // Or the case would show nothing: the audit goes by what is there.
      expect(assessEstate(estate, shippedGuidance, asOf)[0]!.results[0]!.chosen).toBe('restore-point');
      expect(optionOf(estate)).toBe('disk-snapshot');
    }
  });

  it('is Azure Backup where that is set up', () => {
    const backed = anEstate({ machines: [one], backupItems: [aBackupItem({ machineKey: one.key })] });
    expect(optionOf(backed)).toBe('azure-backup');
  });
});

describe('the newest point', () => {
  const point = (due: string, over: Partial<JobPoint> = {}): JobPoint => ({
    id: `/points/${due}`,
    option: 'restore-point',
    due,
    attempt: 0,
    at: due,
    state: 'complete',
    complete: true,
    consistency: 'crash',
    region: 'westeurope',
    isCopy: false,
    resourceIds: [],
    ...over,
  });

  it('is the complete one of the latest window, and of its attempts the last', () => {
    const first = point('2026-06-02T00:00:00Z');
    const again = point('2026-06-02T00:00:00Z', { attempt: 1 });
    const old = point('2026-06-01T00:00:00Z', { attempt: 5 });
    const broken = point('2026-06-03T00:00:00Z', { complete: false, state: 'broken' });
    expect(newestOf([old, first, broken, again])).toBe(again);
    expect(newestOf([broken])).toBeUndefined();
  });
});
