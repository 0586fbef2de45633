/** What becomes of a machine in the summary: whether its point will do, and how long it took. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { known } from '../../../src/core/fact.ts';
import { keyOf } from '../../../src/core/ids.ts';
import type { MachineDue, Standing } from '../../../src/core/job/due.ts';
import { seedOf, type JobPoint } from '../../../src/core/job/identity.ts';
import type { Job } from '../../../src/core/job/job.ts';
import { machinesOf, type Taken } from '../../../src/core/job/result.ts';
import { nameFor } from '../../../src/core/names.ts';
import { heldText, leaseFor } from '../../../src/core/lease.ts';
import type { OutcomeKind, Step, StepOutcome } from '../../../src/core/plan.ts';
import { hourMs } from '../../../src/core/time.ts';
import { anEstate, asOf } from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';
import { aMachine } from '../machine-builder.ts';
import { aRestorePoint, aRestorePointCollection } from '../protection-builder.ts';

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

describe('a point for which its run had to wait', () => {
  const job = jobWanting('any', 'fail');
  const scheduled: Job = { ...job, timing: { kind: 'schedule', cron: '0 0 * * *', timeZone: 'UTC' } };
  const inTime: Standing = { kind: 'due', attempt: 0, missed: 0, late: false };
  const takenAt = (at: string, of = job) => {
    const name = nameFor('restore-point', machine.name, due, seedOf(of.name, due, 0), machine.key);
    const id = `${aRestorePointCollection().id}/restorePoints/${name}`;
    const made = aRestorePoint({ id, key: keyOf(id), name, at });
    const after = anEstate({
      machines: [machine],
      restorePointCollections: [aRestorePointCollection({ points: known([made]) })],
    });
    const step = { id: 'a', kind: 'restore-point.create', subject: machine.id } as Step;
    return told(of, inTime, { steps: [step], outcomes: new Map([['a', { id: 'a', outcome: 'done' }]]), after });
  };

  it('past the end of its window counts for that window, is late, and says so', () => {
    const beyond = takenAt('2026-06-04T00:00:00Z');
    expect(beyond).toMatchObject({
      outcome: 'created',
      late: true,
      reason:
        'it was taken at 2026-06-04T00:00:00Z, after its window had ended: it counts for the window of ' +
        '2026-06-03T00:00:00Z, and the window after it still needs one of its own',
    });
    const within = takenAt('2026-06-03T23:59:59Z');
    expect([within.outcome, within.late, within.reason]).toEqual(['created', undefined, undefined]);
  });

  it('beyond the tolerance of its schedule is late, though its run had begun in time', () => {
    expect(takenAt('2026-06-03T01:00:00Z', scheduled).late).toBeUndefined();
    expect(takenAt('2026-06-03T01:00:01Z', scheduled)).toMatchObject({ outcome: 'created', late: true });
    expect(takenAt('2026-06-03T01:00:01Z').late).toBeUndefined();
  });
});

describe('a machine of which another run holds the lease', () => {
  const held = heldText(machine.name, leaseFor('r-1', 'h', Date.UTC(2026, 5, 3)));
  const step = (id: string, kind: string, resourceId: string): Step =>
    ({ id, kind, subject: machine.id, resourceId, dependsOn: [], input: {} }) as unknown as Step;
  const steps = [
    step('pre', 'run-command.create', `${machine.id}/runCommands/hf-pre-a`),
    step('point', 'restore-point.create', '/points/a'),
    step('post', 'run-command.create', `${machine.id}/runCommands/hf-post-a`),
  ];
  const left = (ends: Readonly<Record<string, readonly [OutcomeKind, string]>>) =>
    told(
      jobWanting('any', 'fail'),
      { kind: 'due', attempt: 0, missed: 0, late: false },
      {
        steps,
        outcomes: new Map(Object.entries(ends).map(([id, [outcome, detail]]) => [id, { id, outcome, detail }])),
      },
    );

  it('is left to it, whether a script met the lease or the point after one that failed', () => {
    const heldBy = { run: 'r-1', host: 'h' };
    expect(left({ pre: ['moved', held], point: ['skipped', ''] })).toMatchObject({
      outcome: 'skipped',
      heldBy,
      reason: held,
    });
    expect(left({ pre: ['failed', 'exit code 3'], point: ['moved', held], post: ['done', ''] })).toMatchObject({
      outcome: 'skipped',
      heldBy,
      reason: expect.stringMatching(/is held by run r-1 .*its pre hook ended failed/) as string,
    });
  });

  it('says all the same that it may be frozen', () => {
    expect(left({ pre: ['done', ''], point: ['moved', held], post: ['failed', 'x'] }).reason).toContain(
      'may still be frozen',
    );
  });

  it('is none where only its thaw met the lease', () => {
    expect(left({ pre: ['done', ''], point: ['failed', 'no'], post: ['moved', held] }).outcome).toBe('failed');
  });
});
