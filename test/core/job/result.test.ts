/** What becomes of a machine in the summary: whether its point will do, and how long it took. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { known } from '../../../src/core/fact.ts';
import type { MachineDue, Standing } from '../../../src/core/job/due.ts';
import type { JobPoint } from '../../../src/core/job/identity.ts';
import type { Job } from '../../../src/core/job/job.ts';
import { machinesOf, type Taken } from '../../../src/core/job/result.ts';
import type { Step, StepOutcome } from '../../../src/core/plan.ts';
import { hourMs } from '../../../src/core/time.ts';
import { anEstate, asOf } from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';
import { aMachine } from '../machine-builder.ts';

const machine = aMachine();
const estate = anEstate({ machines: [machine] });
const [assessment] = assessEstate(estate, shippedGuidance, asOf);
const due = '2026-06-03T00:00:00Z';

const jobWanting = (want: Job['consistency']['want'], otherwise: Job['consistency']['otherwise']): Job => ({
  name: 'nightly',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'restore-point',
  consistency: { want, otherwise },
  timing: { kind: 'window', lengthMinutes: 1440, timeZone: 'UTC' },
  retention: {},
  trashDays: 0,
  copies: [],
  limits: {},
  notify: [],
});

const point = (over: Partial<JobPoint> = {}): JobPoint => ({
  id: '/points/a',
  option: 'restore-point',
  due,
  attempt: 0,
  at: due,
  state: 'complete',
  complete: true,
  consistency: 'crash',
  region: 'westeurope',
  isCopy: false,
  resourceIds: ['/points/a'],
  ...over,
});

const told = (job: Job, standing: Standing, over: Partial<Taken> = {}, of = assessment!) => {
  const one: MachineDue = { assessment: of, option: 'restore-point', points: [], standing };
  return machinesOf({
    job,
    window: { due, end: '2026-06-04T00:00:00Z', toleranceMs: hourMs },
    due: [one],
    steps: [],
    refusals: [],
    outcomes: new Map(),
    notes: new Map(),
    after: estate,
    ...over,
  })[0]!;
};

describe('a point that is worth less than the job wants', () => {
  const weak: Standing = { kind: 'existing', point: point() };
  const lack = 'the point is crash-consistent, and the job wants application-consistent';

  it('is a failure where the job says fail, though it is there and named', () => {
    expect(told(jobWanting('application', 'fail'), weak)).toMatchObject({
      outcome: 'failed',
      reason: lack,
      pointId: '/points/a',
      consistency: 'crash',
    });
  });

  it('is one all the same, with its reason, where the job takes a weaker one', () => {
    expect(told(jobWanting('application', 'weaker-with-finding'), weak)).toMatchObject({
      outcome: 'existing',
      reason: lack,
    });
  });

  it('is good enough of a machine that is off: nothing is in flight there', () => {
    const off = { ...assessment!, machine: { ...machine, power: known('deallocated' as const) } };
    const one = told(jobWanting('application', 'fail'), weak, {}, off);
    expect(one.outcome).toBe('existing');
    expect(one).not.toHaveProperty('reason');
  });

  it('is judged once it is whole, and Azure Backup’s by nobody', () => {
    const coming = point({ complete: false, state: 'being-made', consistency: 'unknown' });
    const backup = point({ option: 'azure-backup' });
    for (const each of [coming, backup])
      expect(told(jobWanting('application', 'fail'), { kind: 'existing', point: each })).toMatchObject({
        outcome: 'existing',
      });
    expect(told(jobWanting('crash', 'fail'), weak)).not.toHaveProperty('reason');
  });
});

describe('the reason of a machine', () => {
  it('speaks of the job, which is what can be run again, and of no plan', () => {
    const detail = 'it goes on in Azure; apply the plan again to follow it';
    const steps = [{ id: 'a', kind: 'restore-point.create', subject: machine.id } as Step];
    const outcomes = new Map<string, StepOutcome>([['a', { id: 'a', outcome: 'interrupted', detail }]]);
    const standing: Standing = { kind: 'due', attempt: 0, missed: 0, late: false };
    expect(told(jobWanting('any', 'fail'), standing, { steps, outcomes }).reason).toBe(
      'a ended interrupted: it goes on in Azure; run the job again to follow it',
    );
  });
});

describe('the seconds of a machine', () => {
  it('are from the first begin of its steps to their last end', () => {
    const steps = ['a', 'b'].map((id) => ({ id, kind: 'restore-point.create', subject: machine.id }) as Step);
    const outcomes = new Map<string, StepOutcome>([
      ['a', { id: 'a', outcome: 'done', startedAt: '2026-06-03T00:00:10Z', endedAt: '2026-06-03T00:02:00Z' }],
      ['b', { id: 'b', outcome: 'failed', startedAt: '2026-06-03T00:01:00Z', endedAt: '2026-06-03T00:01:30Z' }],
    ]);
    const standing: Standing = { kind: 'due', attempt: 0, missed: 0, late: true };
    const one = told(jobWanting('any', 'fail'), standing, { steps, outcomes });
    expect(one).toMatchObject({ outcome: 'failed', reason: 'b ended failed', seconds: 110 });
    // Late is what was made late.
    expect(one).not.toHaveProperty('late');
  });
});
