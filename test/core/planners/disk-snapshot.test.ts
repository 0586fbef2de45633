/** What each write of a set of snapshots takes for granted, and what it is refused for, one condition at a time. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import type { Disk, Estate, Machine, Snapshot } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import type { Guidance, PlanDefaults } from '../../../src/core/guidance.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { draftPoints, type PointRequest } from '../../../src/core/plan-snapshot.ts';
import { planBy } from '../../../src/core/planning.ts';
import type { Plan, StepKind, StepOf } from '../../../src/core/plan.ts';
import { draftSnapshots } from '../../../src/core/planners/disk-snapshot.ts';
import { StepIds, type Drafted } from '../../../src/core/planners/draft.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import {
  aMachine,
  anAttachedDisk,
  anEstate,
  anUnmanagedDisk,
  aSnapshot,
  asOf,
  diskId,
  resourceGroup,
  subscriptionId,
} from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

type Settings = Partial<PlanDefaults['snapshot']>;

const withSettings = (settings: Settings): Guidance => ({
  ...shippedGuidance,
  plan: { ...shippedGuidance.plan, snapshot: { ...shippedGuidance.plan.snapshot, ...settings } },
});
const asked = (estate: Estate, settings: Settings = {}, option: PointRequest['option'] = 'disk-snapshot'): Plan =>
  planBy(draftPoints({ machines: new Set(estate.machines.items.map(({ key }) => key)), option, settings }), {
    estate,
    audit: auditEstate(estate, shippedGuidance, asOf),
    guidance: shippedGuidance,
    asOf,
    preflight: noPreflight,
    madeBy: 'holdfast 0.0.0',
    limits: {},
  });
/** The planner by itself: the verdicts on the option have not been asked. */
const drafted = (machine: Machine, settings: Settings = {}): Drafted => {
  const estate = anEstate({ machines: [machine] });
  const guidance = withSettings(settings);
  const [assessment] = assessEstate(estate, guidance, asOf);
  const context = {
    estate,
    guidance,
    asOf,
    preflight: noPreflight,
    madeBy: 'holdfast 0.0.0',
    seed: 'seed',
    ids: new StepIds(),
  };
  return draftSnapshots({ assessment: assessment!, option: 'disk-snapshot' }, context);
};
const refusedFor = (found: Drafted) => (found.kind === 'refused' ? found.reasons.map(({ code }) => code) : []);
const of = (machine: Machine, snapshots: readonly Snapshot[] = []) => anEstate({ machines: [machine], snapshots });
const stepsOf = <K extends StepKind>(plan: Plan, kind: K) =>
  plan.steps.filter((step): step is StepOf<K> => step.kind === kind);
const codesOf = (plan: Plan) => plan.refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));
const one = (disk: Partial<Disk> = {}) =>
  aMachine({ tags: { env: 'dev' }, disks: [anAttachedDisk({}, { name: 'web01-os', ...disk })] });
/** Its shared disk rules out a restore point. */
const shared = (over: Parameters<typeof aMachine>[0] = {}, disk: Partial<Disk> = {}) =>
  aMachine({
    tags: { env: 'dev', striping: 'none' },
    disks: [anAttachedDisk(), anAttachedDisk({ role: 'data', name: 'web01-data-0' }, { maxShares: 2, ...disk })],
    ...over,
  });
const many = (n: number, over: Partial<Snapshot> = {}) =>
  Array.from({ length: n }, (_, i) => aSnapshot({ name: `s-${i}`, createdAt: '2026-06-01T00:00:00Z', ...over }));

describe('a snapshot is refused', () => {
  it('of a disk that was not read, and of one that is not managed', () => {
    expect(
      refusedFor(drafted(aMachine({ disks: [anAttachedDisk({ disk: unknown('not-answered', 'no answer') })] }))),
    ).toEqual(['disk-unknown']);
    expect(drafted(aMachine({ disks: [anUnmanagedDisk()] })).kind).toBe('refused');
  });

  it('of a running machine whose disks may or may not be striped, though it was accepted that they do not agree', () => {
    const machine = aMachine({ tags: { env: 'dev' }, dataDisks: 2 });
    const [assessment] = assessEstate(of(machine), shippedGuidance, asOf);
    const context = {
      estate: of(machine),
      guidance: withSettings({ severalDisks: 'independent' }),
      asOf,
      preflight: noPreflight,
      madeBy: '',
      seed: 'seed',
      ids: new StepIds(),
    };
    const doubtful = { ...assessment!, striping: { ...assessment!.striping, state: 'unknown' as const } };
    expect(refusedFor(draftSnapshots({ assessment: doubtful, option: 'disk-snapshot' }, context))).toEqual(['striped']);
  });

  it.each([
    ['whose power state is not known', { power: unknown('not-answered', 'no view') }, 'power-unknown'],
    ['that is just starting', { power: known('starting') }, 'power-unsteady'],
    ['of a Uniform scale set', { scaleSetId: '/s/v', scaleSetMode: known('uniform') }, undefined],
  ] as const)('rather than that a machine is stopped for it %s', (_name, over, code) => {
    const found = drafted(shared(over as Partial<Machine>), { severalDisks: 'downtime' });
    expect(found.kind).toBe('refused');
    if (code !== undefined) expect(refusedFor(found)).toEqual([code]);
  });
});

describe('limits of Azure', () => {
  it('count five whole minutes: seven snapshots, the oldest a second short of that, leave no room', () => {
    const at = (createdAt: string) => asked(of(one(), many(7, { createdAt })));
    expect(codesOf(at('2026-06-03T11:55:01Z'))).toEqual(['snapshot-rate']);
    expect(at('2026-06-03T11:55:00Z').steps).toHaveLength(1);
  });

  it('count incremental snapshots alone', () => {
    expect(asked(of(one(), many(500, { incremental: false }))).steps).toHaveLength(1);
  });

  it.each([{ copyError: 'the source was deleted' }, { failed: true }])(
    'count no copy that came to its end without being whole: %j',
    (ended) => {
      const copies = many(3, { completionPercent: 20, ...ended });
      expect(asked(of(one({ sku: 'UltraSSD_LRS' }), copies)).steps).toHaveLength(1);
    },
  );

  it("count no other subscription's background copies", () => {
    const elsewhere = many(50, {
      completionPercent: 20,
      sourceDiskKey: keyOf(diskId('other')),
      subscriptionId: '00000000-0000-0000-0000-000000000009',
    });
    const [step] = stepsOf(asked(of(one({ sku: 'PremiumV2_LRS' }), elsewhere)), 'snapshot.create');
    expect(step!.atOnce).toEqual({ of: `background copies in ${subscriptionId}`, most: 50 });
  });
});

describe('a snapshot', () => {
  it('is kept for as long as the longer of class and guidance says', () => {
    const expires = (days: number) =>
      stepsOf(
        asked(of(one()), { retainDays: { ...shippedGuidance.plan.snapshot.retainDays, value: days } }),
        'snapshot.create',
      )[0]!.input.tags['holdfast-expires'];
    const [assessment] = assessEstate(of(one()), shippedGuidance, asOf);
    const least = assessment!.objective.retainDays.value;
    const after = (days: number) => new Date(Date.parse(asOf) + days * 86_400_000).toISOString().slice(0, 10);
    expect(expires(least + 100)?.slice(0, 10)).toBe(after(least + 100));
    expect(expires(1)?.slice(0, 10)).toBe(after(Math.max(1, least)));
    expect(least).toBeGreaterThan(1);
  });

  it('of an Ultra disk counts when its background copy is whole, where no machine waits for it', () => {
    expect(stepsOf(asked(of(one({ sku: 'UltraSSD_LRS' }))), 'snapshot.create')[0]!.goal.kind).toBe('snapshot-complete');
  });

  it('and its copy look again whether the machine, its disks and what was there are as the plan had them', () => {
    const machine = one();
    const plan = asked(of(machine, [aSnapshot({ name: 'before', createdAt: '2026-06-01T00:00:00Z' })]), {
      copyTo: 'northeurope',
    });
    const [step] = stepsOf(plan, 'snapshot.create');
    const [copy] = stepsOf(plan, 'snapshot.copy');
    const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    expect(step!.assumes.map(({ kind }) => kind)).toEqual([
      'machine-is',
      'machine-disks-are',
      'disk-is',
      'no-newer-snapshot',
    ]);
    expect(step!.assumes).toContainEqual({
      kind: 'machine-disks-are',
      machineId: machine.id,
      diskIds: [machine.disks[0]!.id],
    });
    expect(step!.assumes).toContainEqual({
      kind: 'no-newer-snapshot',
      diskId: machine.disks[0]!.id,
      groupId,
      than: '2026-06-01T00:00:00Z',
    });
    expect(copy!.assumes).toEqual([{ kind: 'absent', resourceId: copy!.resourceId }]);
  });
});

describe('stopping a machine for its snapshots', () => {
  it('looks again whether it is the same machine with the same disks, still running, and nobody took the snapshots meanwhile', () => {
    const machine = shared();
    const plan = asked(of(machine), { severalDisks: 'downtime' }, 'auto');
    const [stop] = stepsOf(plan, 'machine.deallocate');
    const [start] = stepsOf(plan, 'machine.start');
    expect(stop!.assumes.map(({ kind }) => kind)).toEqual([
      'machine-is',
      'machine-disks-are',
      'disk-is',
      'disk-is',
      'no-newer-snapshot',
      'no-newer-snapshot',
      'power-is',
    ]);
    expect(start!.assumes).toEqual([
      { kind: 'machine-is', machineId: machine.id, vmId: machine.vmId.known ? machine.vmId.value : '' },
    ]);
  });

  it('is not planned for disks of which no snapshot can be had', () => {
    const machine = shared({ disks: [anAttachedDisk(), anUnmanagedDisk(0)] });
    expect(drafted(machine, { severalDisks: 'downtime' }).kind).toBe('refused');
    expect(codesOf(asked(of(machine), {}, 'auto'))).not.toContain('could-be-stopped');
  });
});
