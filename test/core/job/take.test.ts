/** What a window's points become as steps, and what a job refuses before anything is written. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import type { Machine } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import { dueOf } from '../../../src/core/job/due.ts';
import type { Hooks, Job } from '../../../src/core/job/job.ts';
import { draftTake, type TakeDrafts } from '../../../src/core/job/take.ts';
import { windowAt } from '../../../src/core/job/windows.ts';
import { draftPoints } from '../../../src/core/plan-snapshot.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import { instantMs } from '../../../src/core/time.ts';
import { aDataDisk, aMachine, anEstate, anOsDisk, asOf } from '../estate-builder.ts';
import { guidanceWith } from '../guidance-shipped.ts';

const running = (over: Partial<Machine> = {}): Machine =>
  aMachine({
    os: known('linux'),
    power: known('running'),
    agent: known('ready'),
    disks: [anOsDisk()],
    tags: { environment: 'dev', striping: 'none' },
    ...over,
  });
const pair = running({ disks: [anOsDisk(), aDataDisk(0)] });

const jobOf = (over: Partial<Job>): Job => ({
  name: 'nightly',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'disk-snapshot',
  consistency: { want: 'any', otherwise: 'fail' },
  timing: { kind: 'window', lengthMinutes: 1440, timeZone: 'UTC' },
  retention: {},
  trashDays: 0,
  copies: [],
  limits: {},
  notify: [],
  ...over,
});

const severalDisks = (way: 'downtime' | 'independent'): string => `plan: { snapshot: { severalDisks: ${way} } }\n`;

const inputFor = (machine: Machine, overlay: string) => {
  const estate = anEstate({ machines: [machine] });
  const guidance = guidanceWith(overlay);
  return {
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight: noPreflight,
    madeBy: 'holdfast 0.0.0',
  };
};

const take = (machine: Machine, job: Job, overlay = ''): TakeDrafts => {
  const input = inputFor(machine, overlay);
  const nowMs = instantMs(asOf)!;
  const window = windowAt(job.timing, nowMs);
  const machines = dueOf(job, window, assessEstate(input.estate, input.guidance, asOf), input.estate, nowMs);
  return draftTake({ job, due: window.due, runId: 'run-1', machines })(input);
};
const kinds = ({ steps }: Pick<TakeDrafts, 'steps'>) => steps.map(({ kind }) => kind);
const why = ({ refusals }: TakeDrafts) => refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));

describe('a job', () => {
  it('stops no machine, though its guidance consents to that and a snapshot by hand would', () => {
    const overlay = severalDisks('downtime');
    const byHand = draftPoints({ machines: new Set([pair.key]), option: 'disk-snapshot', settings: {} });
    expect(kinds(byHand(inputFor(pair, overlay)))).toContain('machine.deallocate');
    // Ultra disks take restore points in no mode on this size, so that snapshots would be the last resort.
    const unfit = running({
      disks: [anOsDisk({}, { sku: 'Standard_LRS' }), aDataDisk(0, {}, { sku: 'UltraSSD_LRS' })],
    });
    for (const machine of [pair, unfit, { ...pair, power: known('stopped' as const) }])
      for (const option of ['auto', 'disk-snapshot', 'restore-point'] as const)
        for (const otherwise of ['fail', 'weaker-with-finding'] as const) {
          const made = take(machine, jobOf({ option, consistency: { want: 'any', otherwise } }), overlay);
          expect(kinds(made).filter((kind) => kind.startsWith('machine.'))).toEqual([]);
        }
    expect(why(take(pair, jobOf({}), overlay))).toContain('could-be-stopped');
  });

  it('makes no point that is worth less than it wants: that is refused before any write, or made where it says so', () => {
    const overlay = severalDisks('independent');
    const weak = take(pair, jobOf({}), overlay);
    expect([kinds(weak), why(weak)]).toEqual([[], ['too-weak']]);
    expect(weak.refusals[0]!.reasons[0]!.text).toContain('the job wants crash-consistent');
    const taken = take(pair, jobOf({ consistency: { want: 'any', otherwise: 'weaker-with-finding' } }), overlay);
    expect([kinds(taken), why(taken)]).toEqual([['snapshot.create', 'snapshot.create'], []]);
  });

  it.each(['application', 'file-system'] as const)(
    'wants %s-consistency, and makes no snapshot of a running machine for it',
    (want) => {
      for (const overlay of ['', severalDisks('independent')]) {
        const refused = take(running(), jobOf({ consistency: { want, otherwise: 'fail' } }), overlay);
        expect([kinds(refused), refused.refusals.length]).toEqual([[], 1]);
      }
      const off = take(running({ power: known('deallocated') }), jobOf({ consistency: { want, otherwise: 'fail' } }));
      expect(kinds(off)).toEqual(['snapshot.create']);
    },
  );
});

describe('a machine whose instance id Azure does not tell', () => {
  const hooks = (onError: Hooks['onError']): Job =>
    jobOf({ hooks: { pre: 'freeze', post: 'thaw', timeoutSeconds: 60, onError } });
  const nameless = running({ vmId: unknown('not-read', 'no answer') });

  it.each(['fail', 'continue'] as const)(
    'gets no script and no point, and the reason says so, where hooks that fail mean %s',
    (onError) => {
      expect(kinds(take(running(), hooks(onError)))).toContain('run-command.create');
      const made = take(nameless, hooks(onError));
      expect([kinds(made), why(made)]).toEqual([[], ['identity-unknown']]);
      expect(made.refusals[0]!.reasons[0]!.text).toContain('instance id of web01 is not known (no answer)');
    },
  );
});
