/** Snapshots of all disks of a machine: when they are taken, what they are called worth, and what Azure's limits leave. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import type { Disk, Estate, Machine, Snapshot } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import type { Guidance, PlanDefaults } from '../../../src/core/guidance.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { draftPoints, type PointRequest } from '../../../src/core/plan-snapshot.ts';
import { draftProtect } from '../../../src/core/plan-protect.ts';
import { planBy } from '../../../src/core/planning.ts';
import type { Plan, StepKind, StepOf } from '../../../src/core/plan.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import {
  aMachine,
  anAttachedDisk,
  anEstate,
  aSnapshot,
  asOf,
  diskId,
  machineId,
  resourceGroup,
  subscriptionId,
} from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

type Settings = Partial<PlanDefaults['snapshot']>;

const inputOf = (estate: Estate, guidance: Guidance = shippedGuidance) => ({
  estate,
  audit: auditEstate(estate, guidance, asOf),
  guidance,
  asOf,
  preflight: noPreflight,
  madeBy: 'holdfast 0.0.0',
  limits: {},
});
const asked = (estate: Estate, settings: Settings = {}, option: PointRequest['option'] = 'auto'): Plan =>
  planBy(
    draftPoints({ machines: new Set(estate.machines.items.map(({ key }) => key)), option, settings }),
    inputOf(estate),
  );
const of = (machine: Machine, snapshots: readonly Snapshot[] = []) => anEstate({ machines: [machine], snapshots });
const kindsOf = (plan: Plan) => plan.steps.map(({ kind }) => kind);
const stepsOf = <K extends StepKind>(plan: Plan, kind: K) =>
  plan.steps.filter((step): step is StepOf<K> => step.kind === kind);
const codesOf = (plan: Plan) => plan.refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));

const dev = (over: Parameters<typeof aMachine>[0] = {}, disk: Partial<Disk> = {}) =>
  aMachine({
    tags: { env: 'dev' },
    ...(over.dataDisks === undefined ? { disks: [anAttachedDisk({}, { name: 'web01-os', ...disk })] } : {}),
    ...over,
  });
const several = (over: Parameters<typeof aMachine>[0] = {}) =>
  aMachine({ tags: { env: 'dev', striping: 'none' }, dataDisks: 2, ...over });
/** A disk that can be shared, and is not: no restore point holds it, a snapshot does; Azure Backup takes no machine with one. */
const shared = (over: Parameters<typeof aMachine>[0] = {}) =>
  several({
    disks: [anAttachedDisk(), anAttachedDisk({ role: 'data', name: 'web01-data-0' }, { maxShares: 2 })],
    ...over,
  });

describe('a set of snapshots', () => {
  it('holds every disk of a deallocated machine, each write pinned to its being deallocated, and is called crash-consistent', () => {
    const machine = several({ power: known('deallocated') });
    const steps = stepsOf(asked(of(machine)), 'snapshot.create');
    expect(steps.map(({ input }) => input.sourceDiskId)).toEqual(machine.disks.map(({ id }) => id));
    expect(new Set(steps.map(({ input }) => input.tags['holdfast-set'])).size).toBe(1);
    for (const step of steps) {
      expect(step.assumes).toContainEqual({ kind: 'power-is', machineId: machine.id, power: 'deallocated' });
      expect(step.input.tags).toMatchObject({
        'holdfast-consistency': 'crash',
        'holdfast-disks': '3',
        'holdfast-policy': expect.stringContaining('dev-test') as string,
      });
    }
  });

  it('is all or none: one disk that cannot be taken leaves the others alone', () => {
    const machine = several({
      power: known('deallocated'),
      disks: [anAttachedDisk(), anAttachedDisk({ role: 'data', name: 'd' }, { securityType: 'confidential' })],
    });
    const plan = asked(of(machine), {}, 'disk-snapshot');
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual(['confidential-disk']);
  });

  it('is never taken of a running machine with several disks, unless somebody accepts that they do not agree; then it says so', () => {
    const refused = asked(of(several()), {}, 'disk-snapshot');
    expect(refused.steps).toEqual([]);
    expect(codesOf(refused)).toEqual(['snapshot-independent-disks', 'backup-would-do', 'could-be-stopped']);
    const accepted = stepsOf(asked(of(several()), { severalDisks: 'independent' }, 'disk-snapshot'), 'snapshot.create');
    expect(accepted.map(({ input }) => input.tags['holdfast-consistency'])).toEqual(['none', 'none', 'none']);
  });

  it.each(['raid0', undefined])(
    'is never taken of a running machine whose disks may be striped (tag %s), whatever is accepted',
    (striping) => {
      const sixAlike = aMachine({
        tags: { env: 'dev', ...(striping === undefined ? {} : { striping }) },
        dataDisks: 6,
      });
      const state = assessEstate(of(sixAlike), shippedGuidance, asOf)[0]!.striping.state;
      expect(['striped', 'likely', 'unknown']).toContain(state);
      const plan = asked(of(sixAlike), { severalDisks: 'independent' }, 'disk-snapshot');
      expect(plan.steps).toEqual([]);
      expect(codesOf(plan)).toContain('striped');
    },
  );

  it('is not taken where it is not known whether the machine runs, or which disks it has', () => {
    expect(codesOf(asked(of(several({ power: unknown('not-answered', 'no view') })), {}, 'disk-snapshot'))).toEqual([
      'power-unknown',
    ]);
    const untold = several({ power: known('deallocated'), disksUnknown: unknown('unintelligible', 'no profile') });
    expect(codesOf(asked(of(untold), {}, 'disk-snapshot'))).toEqual(['disks-unknown']);
  });
});

describe('storage and access', () => {
  it.each([
    ['zone-redundant where a zonal machine shows that the region has zones', { zones: ['1'] }, {}, 'Standard_ZRS'],
    ['locally redundant where nothing shows it', {}, {}, 'Standard_LRS'],
    ['what the operator says', {}, { sku: 'Standard_ZRS' }, 'Standard_ZRS'],
    ['premium for full ones', {}, { sku: 'Premium_LRS', incremental: false }, 'Premium_LRS'],
  ] as const)('is %s', (_name, machine, settings, sku) => {
    expect(stepsOf(asked(of(dev(machine)), settings), 'snapshot.create')[0]!.input.sku).toBe(sku);
  });

  it('is refused as premium for incremental ones, never stored elsewhere in silence', () => {
    expect(codesOf(asked(of(dev()), { sku: 'Premium_LRS' }))).toEqual(['sku-not-incremental']);
    expect(codesOf(asked(of(dev({}, { sku: 'UltraSSD_LRS' })), { sku: 'Premium_LRS', incremental: false }))).toEqual([
      'sku-not-incremental',
    ]);
  });
});

const made = (n: number, over: Partial<Snapshot> = {}) =>
  Array.from({ length: n }, (_, i) => aSnapshot({ name: `s-${i}`, createdAt: '2026-06-01T00:00:00Z', ...over }));

describe('limits of Azure', () => {
  it.each([
    ['500 of a disk', made(500), {}, 'snapshot-limit'],
    ['7 of a disk within five minutes', made(7, { createdAt: '2026-06-03T11:58:00Z' }), {}, 'snapshot-rate'],
    [
      '3 of an Ultra disk still copied',
      made(3, { completionPercent: 20 }),
      { sku: 'UltraSSD_LRS' },
      'copies-in-progress',
    ],
    [
      '50 background copies in the subscription',
      made(50, { completionPercent: 20, sourceDiskKey: keyOf(diskId('other')) }),
      {},
      'copies-in-progress',
    ],
  ] as const)('refuse beyond %s', (_name, snapshots, disk, code) => {
    const plan = asked(of(dev({}, disk), snapshots), {}, 'disk-snapshot');
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual([code]);
  });

  it.each([
    ['499 of a disk', made(499), {}],
    ['6 of a disk within five minutes', made(6, { createdAt: '2026-06-03T11:58:00Z' }), {}],
    ['7 of a disk, an hour ago', made(7, { createdAt: '2026-06-03T11:00:00Z' }), {}],
    ['2 of an Ultra disk still copied', made(2, { completionPercent: 20 }), { sku: 'UltraSSD_LRS' }],
    ['500 of a disk, where a full one is asked for', made(500), {}, { incremental: false }],
  ] as const)(
    'leave room at %s',
    (...[, snapshots, disk, settings]: readonly [string, readonly Snapshot[], Partial<Disk>, Settings?]) => {
      expect(kindsOf(asked(of(dev({}, disk), snapshots), settings ?? {}, 'disk-snapshot'))).toEqual([
        'snapshot.create',
      ]);
    },
  );

  it('let background copies of Premium SSD v2 wait for one another, less what is in hand', () => {
    const [step] = stepsOf(
      asked(
        of(
          dev({}, { sku: 'PremiumV2_LRS' }),
          made(10, { completionPercent: 1, sourceDiskKey: keyOf(diskId('other')) }),
        ),
      ),
      'snapshot.create',
    );
    expect(step!.atOnce).toEqual({ of: `background copies in ${subscriptionId}`, most: 40 });
  });
});

describe('copies to another region', () => {
  it('follow each snapshot, are open to nobody, and count when whole', () => {
    const plan = asked(
      of(
        dev(
          {},
          {
            networkAccess: 'allow-private',
            diskAccessId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/diskAccesses/a',
          },
        ),
      ),
      { copyTo: 'northeurope' },
    );
    const [source] = stepsOf(plan, 'snapshot.create');
    const [copy] = stepsOf(plan, 'snapshot.copy');
    expect(copy).toMatchObject({
      dependsOn: [source!.id],
      input: {
        location: 'northeurope',
        sourceSnapshotId: source!.resourceId,
        networkAccess: 'deny-all',
        publicNetworkAccess: false,
        hyperVGeneration: 'V2',
      },
      goal: { kind: 'snapshot-copied', sourceSnapshotId: source!.resourceId },
      atOnce: { most: 100 },
    });
    expect(copy!.input).not.toHaveProperty('diskAccessId');
    expect(copy!.resourceId).not.toBe(source!.resourceId);
    expect(copy!.resourceId).toContain(`/resourceGroups/${resourceGroup}/`);
  });

  it.each([
    ['into its own region', {}, { copyTo: 'westeurope' }, [], 'copy-same-region'],
    ['of full snapshots', {}, { copyTo: 'northeurope', incremental: false }, [], 'copy-not-incremental'],
    [
      "under a customer's key",
      {
        encryption: 'customer-key',
        encryptionSetId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/diskEncryptionSets/e',
      },
      { copyTo: 'northeurope' },
      [],
      'copy-encryption',
    ],
    [
      'while an earlier one of the disk is under way',
      {},
      { copyTo: 'northeurope' },
      [
        aSnapshot({ name: 'first' }),
        aSnapshot({
          name: 'first-copy',
          location: 'northeurope',
          sourceDiskKey: 'none',
          sourceSnapshotKey: aSnapshot({ name: 'first' }).key,
          completionPercent: 40,
        }),
      ],
      'copy-in-progress',
    ],
  ] as const)('are refused %s, and the snapshot with them', (_name, disk, settings, snapshots, code) => {
    const plan = asked(of(dev({}, disk as Partial<Disk>), snapshots), settings, 'disk-snapshot');
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual([code]);
  });
});

describe('where no restore point can be made of several disks', () => {
  const protect = (machine: Machine, settings: Settings = {}) => {
    const guidance = {
      ...shippedGuidance,
      plan: { ...shippedGuidance.plan, snapshot: { ...shippedGuidance.plan.snapshot, ...settings } },
    };
    return planBy(draftProtect, inputOf(of(machine), guidance));
  };

  it('comes Azure Backup first, where the guidance lets it', () => {
    // Trusted Launch data disk: no restore point; Azure Backup takes it.
    const machine = several({ agent: known('not-ready'), size: known('Standard_D2_v3') });
    const plan = protect(machine, { severalDisks: 'downtime' });
    expect(kindsOf(plan)).toContain('backup.enable');
    expect(kindsOf(plan)).not.toContain('machine.deallocate');
  });

  it('comes stopping the machine next, only where somebody consented, and said as what it is', () => {
    const refused = asked(of(shared()));
    expect(refused.steps).toEqual([]);
    expect(codesOf(refused)).toContain('could-be-stopped');
    expect(kindsOf(protect(shared()))).toEqual([]);
    const plan = asked(of(shared()), { severalDisks: 'downtime' });
    expect(kindsOf(plan)).toEqual(['machine.deallocate', 'snapshot.create', 'snapshot.create', 'machine.start']);
    const [stop] = stepsOf(plan, 'machine.deallocate');
    const [start] = stepsOf(plan, 'machine.start');
    expect(stop).toMatchObject({ destructive: true, input: { downtimeSeconds: 135 } });
    expect(stop!.assumes).toContainEqual({ kind: 'power-is', machineId: stop!.subject, power: 'running' });
    expect(start).toMatchObject({
      runs: 'always',
      undoes: stop!.id,
      dependsOn: [stop!.id, ...stepsOf(plan, 'snapshot.create').map(({ id }) => id)],
    });
    for (const step of stepsOf(plan, 'snapshot.create')) {
      expect(step.dependsOn).toContain(stop!.id);
      expect(step.assumes).toContainEqual({ kind: 'power-is', machineId: stop!.subject, power: 'deallocated' });
      expect(step.input.tags['holdfast-consistency']).toBe('crash');
    }
  });

  it('comes for striped disks too, which agree while the machine is off', () => {
    const machine = shared({ tags: { env: 'dev', striping: 'raid0' } });
    expect(kindsOf(asked(of(machine), { severalDisks: 'downtime' }))).toContain('machine.deallocate');
  });

  it('starts no machine that did not run, and stops none that is off already', () => {
    expect(kindsOf(asked(of(shared({ power: known('stopped') })), { severalDisks: 'downtime' }))).toEqual([
      'machine.deallocate',
      'snapshot.create',
      'snapshot.create',
    ]);
    expect(kindsOf(asked(of(shared({ power: known('deallocated') })), { severalDisks: 'downtime' }))).toEqual([
      'snapshot.create',
      'snapshot.create',
    ]);
  });

  it.each([
    ['whose power state is not known', { power: unknown('not-answered', 'no view') }],
    ['that is just starting', { power: known('starting') }],
    [
      'of a Uniform scale set',
      {
        scaleSetId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/v',
        scaleSetMode: known('uniform'),
      },
    ],
  ] as const)('stops no machine %s', (_name, over) => {
    const plan = asked(of(shared(over as Partial<Machine>)), { severalDisks: 'downtime' });
    expect(kindsOf(plan)).not.toContain('machine.deallocate');
    expect(plan.refusals).toHaveLength(1);
  });

  it('neither stops nor trusts a machine whose disk another one writes to', () => {
    const attachedTo = [keyOf(machineId()), keyOf(machineId('web02'))];
    const disks = [
      anAttachedDisk(),
      anAttachedDisk({ role: 'data', name: 'web01-data-0' }, { maxShares: 2, attachedTo }),
    ];
    const running = asked(of(shared({ disks })), { severalDisks: 'downtime' });
    expect(running.steps).toEqual([]);
    expect(codesOf(running)).not.toContain('could-be-stopped');
    const off = asked(of(shared({ disks, power: known('deallocated') })), {}, 'disk-snapshot');
    expect(off.steps).toEqual([]);
    expect(codesOf(off)).toEqual(['shared-disk']);
  });

  it('does not keep a machine down until the background copy of an Ultra disk is whole', () => {
    const machine = shared({
      disks: [
        anAttachedDisk(),
        anAttachedDisk({ role: 'data', name: 'web01-data-0' }, { maxShares: 2, sku: 'UltraSSD_LRS' }),
      ],
    });
    const goals = stepsOf(asked(of(machine), { severalDisks: 'downtime' }), 'snapshot.create').map(
      ({ goal }) => goal.kind,
    );
    expect(goals).toEqual(['snapshot-complete', 'snapshot-taken']);
  });
});

describe('what an operator asks for', () => {
  it('is taken though the class wants something else, and says so', () => {
    const plan = asked(of(several({ tags: { env: 'prod' } })), {}, 'restore-point');
    expect(stepsOf(plan, 'restore-point.create')[0]!.reason).toMatch(
      /was asked for; class production wants Azure Backup, which it does not replace/,
    );
  });

  it('does not say so where it is one of the options that the class takes', () => {
    const off = several({ power: known('deallocated') });
    const [step] = stepsOf(asked(of(off), {}, 'disk-snapshot'), 'snapshot.create');
    expect(step!.reason).toMatch(/was asked for; it is deallocated/);
  });

  it.each([
    ['one disk, dev', dev(), 'snapshot.create'],
    ['several disks, running', several(), 'restore-point.create'],
    ['several disks, deallocated', several({ power: known('deallocated') }), 'snapshot.create'],
    [
      'one disk, running Windows of a class that wants application consistency',
      aMachine({ tags: { env: 'prod' } }),
      'restore-point.create',
    ],
  ] as const)('auto takes what fits: %s', (_name, machine, kind) => {
    expect(kindsOf(asked(of(machine)))).toContain(kind);
  });
});
