/** What the planner does with what the audit found: steps that Azure allows, and refusals that say why. */
import { describe, expect, it } from 'vitest';
import type { Disk, Estate, RestorePoint, RestorePointCollection } from '../../src/core/estate.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { parsePlanFile, planText } from '../../src/core/plan-file.ts';
import { limitProblems } from '../../src/core/plan-limits.ts';
import { draftProtect, planProtect } from '../../src/core/plan-protect.ts';
import { questionsOf, type PlanInput } from '../../src/core/planning.ts';
import { exportAccess } from '../../src/core/planners/disk-snapshot-input.ts';
import type { Plan, StepKind, StepOf } from '../../src/core/plan.ts';
import { noPreflight, permissionKey, type PreflightFacts } from '../../src/core/preflight.ts';
import { auditCases, planCases } from './audit-cases.ts';
import {
  aBackupItem,
  aBackupPolicy,
  aLock,
  aMachine,
  anAttachedDisk,
  anEstate,
  aRestorePoint,
  aRestorePointCollection,
  aVault,
  asOf,
  machineId,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { expectGolden } from './golden.ts';
import { guidanceWith, shippedGuidance } from './guidance-shipped.ts';

const groupId = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;

const planOf = (estate: Estate, over: Partial<PlanInput> = {}, guidance: Guidance = shippedGuidance): Plan =>
  planProtect({
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight: noPreflight,
    limits: {},
    madeBy: 'holdfast 0.0.0',
    ...over,
  });

const stepsOf = <K extends StepKind>(plan: Plan, kind: K): readonly StepOf<K>[] =>
  plan.steps.filter((step): step is StepOf<K> => step.kind === kind);

const codesOf = (plan: Plan): readonly string[] =>
  plan.refusals.flatMap(({ reasons }) => reasons.map(({ code }) => code));

const asked = (over: Partial<PreflightFacts>): PreflightFacts => ({ ...noPreflight, ...over });

const production = (name: string, over: Parameters<typeof aMachine>[0] = {}) =>
  aMachine({ name, tags: { env: 'prod' }, ...over });
const dev = (over: Partial<Disk> = {}, name = 'web01') =>
  aMachine({ name, tags: { env: 'dev' }, disks: [anAttachedDisk({}, { name: `${name}-os`, ...over })] });

describe('golden plans', () => {
  it.each(Object.keys(planCases))('%s', (name) => {
    const { guidance: _, ...plan } = planOf(planCases[name]!);
    expectGolden(`plan/${name.replace(/[^a-z0-9]+/gi, '-')}.json`, plan);
  });

  it.each(Object.keys({ ...planCases, ...auditCases }))('%s: the plan file reads back as it was made', (name) => {
    const plan = planOf((planCases[name] ?? auditCases[name])!);
    const back = parsePlanFile(planText(plan), 'plan.json');
    expect(back).toEqual({ kind: 'plan', plan });
  });
});

describe('snapshots', () => {
  it('are never easier to export than their disk', () => {
    const accesses = ['allow-all', 'allow-private', 'deny-all', undefined] as const;
    for (const networkAccess of accesses) {
      for (const diskAccessId of [
        undefined,
        '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/diskAccesses/a',
      ]) {
        const got = exportAccess({
          ...(networkAccess ? { networkAccess } : {}),
          ...(diskAccessId ? { diskAccessId } : {}),
        });
        expect(got.publicNetworkAccess).toBe(false);
        expect(got.networkAccess).toBe(
          networkAccess === 'allow-private' && diskAccessId ? 'allow-private' : 'deny-all',
        );
        expect(got.diskAccessId).toBe(got.networkAccess === 'allow-private' ? diskAccessId : undefined);
      }
    }
  });

  it('of a disk under a customer key without its encryption set are refused', () => {
    expect(codesOf(planOf(anEstate({ machines: [dev({ encryption: 'customer-key' })] })))).toEqual([
      'encryption-unknown',
    ]);
  });

  it.each(['PremiumV2_LRS', 'UltraSSD_LRS'])(
    'of %s disks are incremental even where the guidance wants full ones',
    (sku) => {
      const full = guidanceWith('plan: { snapshot: { incremental: false } }');
      const [step] = stepsOf(planOf(anEstate({ machines: [dev({ sku })] }), {}, full), 'snapshot.create');
      expect(step!.input.incremental).toBe(true);
      const [premium] = stepsOf(planOf(anEstate({ machines: [dev()] }), {}, full), 'snapshot.create');
      expect(premium!.input.incremental).toBe(false);
    },
  );

  it.each([
    [
      'a disk without unique id',
      (() => {
        const { uniqueId: _, ...disk } = (dev().disks[0]!.disk as { value: Disk }).value;
        return aMachine({ tags: { env: 'dev' }, disks: [{ ...dev().disks[0]!, disk: known(disk) }] });
      })(),
      'identity-unknown',
    ],
    ['a machine without instance id', { ...dev(), vmId: unknown('not-answered', 'not told') }, 'identity-unknown'],
    ['a read-only lock', dev(), 'locked'],
  ])('of %s are refused', (what, machine, code) => {
    const locks = what === 'a read-only lock' ? [aLock({ level: 'read-only', scope: keyOf(groupId) })] : [];
    const plan = planOf(anEstate({ machines: [machine], locks }));
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toEqual([code]);
  });

  it('of several disks are planned as one set where the machine is off', () => {
    const machine = aMachine({ tags: { env: 'dev', striping: 'none' }, power: known('deallocated'), dataDisks: 2 });
    const plan = planOf(anEstate({ machines: [machine] }));
    expect(stepsOf(plan, 'snapshot.create').map(({ input }) => input.sourceDiskId)).toEqual(
      machine.disks.map(({ id }) => id),
    );
    expect(plan.refusals).toEqual([]);
  });

  it('go to the group the guidance names, made first where it is known not to be there', () => {
    const elsewhere = guidanceWith('plan: { snapshot: { resourceGroup: rg-snapshots } }');
    const [group, snapshot] = planOf(anEstate({ machines: [dev()] }), {}, elsewhere).steps;
    expect(group).toMatchObject({ kind: 'resource-group.create', assumes: [{ kind: 'absent' }] });
    expect(snapshot).toMatchObject({ kind: 'snapshot.create', dependsOn: [group!.id] });
    const unread = anEstate({
      machines: [dev()],
      resourceGroups: { items: [], gaps: [gap('/', 'no-permission', 'no')] },
    });
    expect(planOf(unread, {}, elsewhere).steps.map(({ kind }) => kind)).toEqual(['snapshot.create']);
  });

  it('of machines of one name in two groups have ids and names of their own', () => {
    const twin = {
      ...dev(),
      id: machineId().replace(resourceGroup, 'rg-b'),
      key: keyOf(machineId().replace(resourceGroup, 'rg-b')),
      resourceGroup: 'rg-b',
    };
    const other = {
      ...twin,
      disks: [
        anAttachedDisk(
          {},
          {
            name: 'web01-os',
            id: twin.disks[0]!.id!.replace(resourceGroup, 'rg-b'),
            key: keyOf(twin.disks[0]!.id!.replace(resourceGroup, 'rg-b')),
          },
        ),
      ],
    };
    const { steps } = planOf(anEstate({ machines: [dev(), other] }));
    expect(steps).toHaveLength(2);
    expect(new Set(steps.map(({ id }) => id)).size).toBe(2);
    expect(new Set(steps.map(({ resourceId }) => resourceId)).size).toBe(2);
  });
});

describe('restore points', () => {
  const several = (over: Parameters<typeof aMachine>[0] = {}) =>
    aMachine({ tags: { env: 'dev' }, dataDisks: 2, ...over });
  const collected = (points: readonly RestorePoint[], over: Partial<RestorePointCollection> = {}) =>
    aRestorePointCollection({ points: known(points), ...over });
  const old = aRestorePoint({ at: '2026-05-01T00:00:00Z' });

  it('hold every disk in one write, after a collection of their own, pinned to machine, disks and power', () => {
    const machine = several();
    const [collection, point] = planOf(anEstate({ machines: [machine] })).steps;
    expect(collection).toMatchObject({
      kind: 'restore-point-collection.create',
      input: { machineId: machine.id, location: machine.location },
      dependsOn: [],
    });
    expect(point).toMatchObject({
      kind: 'restore-point.create',
      dependsOn: [collection!.id],
      input: { mode: 'application', excludeDiskIds: [] },
      goal: { kind: 'restore-point-complete', diskIds: machine.disks.map(({ id }) => id), consistency: 'application' },
    });
    expect(point!.resourceId).toMatch(new RegExp(`^${collection!.resourceId}/restorePoints/`));
    expect(point!.assumes.map(({ kind }) => kind)).toEqual([
      'machine-is',
      'machine-disks-are',
      'power-is',
      'no-newer-point',
    ]);
    expect(collection!.assumes.map(({ kind }) => kind)).toEqual(['machine-is', 'no-other-collection']);
  });

  it.each([
    ['of the machine, stale', collected([old]), true],
    ['of the machine, empty', collected([]), true],
    [
      'of the machine, with nothing but a failed point',
      collected([aRestorePoint({ provisioned: false, failed: true })]),
      true,
    ],
    ['in another region, which holds copies', collected([old], { location: 'northeurope' }), false],
    ['that Azure Backup owns', collected([old], { ownedByBackup: true }), false],
    ['of another machine', collected([old], { sourceKey: keyOf(machineId('web09')) }), false],
  ])('go into a collection %s: %s', (_name, there, reused) => {
    const { steps, refusals } = planOf(anEstate({ machines: [several()], restorePointCollections: [there] }), {
      asOf: '2026-06-03T12:00:00Z',
    });
    expect(refusals).toEqual([]);
    expect(steps.map(({ kind }) => kind)).toEqual(
      reused ? ['restore-point.create'] : ['restore-point-collection.create', 'restore-point.create'],
    );
    expect(steps.at(-1)!.resourceId.startsWith(`${there.id}/`)).toBe(reused);
  });

  it.each([
    [
      'while one is being made',
      several(),
      [old, aRestorePoint({ name: 'rp-2', at: '2026-06-03T11:59:00Z', provisioned: false })],
      'point-in-progress',
    ],
    [
      'within three hours of the newest in application mode',
      several(),
      [aRestorePoint({ at: '2026-06-03T09:30:00Z' })],
      'too-soon',
    ],
    [
      'within an hour of the newest in crash mode',
      several({ power: known('deallocated') }),
      [aRestorePoint({ at: '2026-06-03T11:30:00Z' })],
      'too-soon',
    ],
    [
      'beyond five hundred',
      several(),
      Array.from({ length: 500 }, (_, i) => aRestorePoint({ name: `rp-${i}`, at: '2026-05-01T00:00:00Z' })),
      'restore-point-limit',
    ],
  ])('are refused %s', (_name, machine, points, code) => {
    expect(codesOf(planOf(anEstate({ machines: [machine], restorePointCollections: [collected(points)] })))).toEqual([
      code,
    ]);
  });

  it('in crash mode come an hour after the newest', () => {
    // The newest lacks the disks attached since: another holds them all.
    const estate = anEstate({
      machines: [several({ power: known('deallocated') })],
      restorePointCollections: [collected([aRestorePoint({ at: '2026-06-03T10:30:00Z' })])],
    });
    expect(stepsOf(planOf(estate), 'restore-point.create')[0]!.input.mode).toBe('crash');
  });

  it('of a disk they cannot hold are refused, not made without it', () => {
    const shared = several({
      disks: [anAttachedDisk(), anAttachedDisk({ role: 'data', name: 'data' }, { maxShares: 2 })],
    });
    const plan = planOf(
      anEstate({ machines: [shared] }),
      {},
      guidanceWith(
        'objectives: { dev-test: { requires: [{ anyOf: [restore-point], why: test, source: https://example.com }] } }',
      ),
    );
    expect(plan.steps).toEqual([]);
    expect(codesOf(plan)).toContain('restore-point-shared-disk');
  });

  it('leave out what its own tag leaves out, by name, and nothing of disks that may be striped', () => {
    const tagged = (striping: string) => {
      const [os, data, other] = several().disks;
      const scratch = anAttachedDisk(
        { role: 'data', lun: 1, name: 'web01-data-1' },
        { tags: { 'backup-exclude-disk': 'yes' } },
      );
      return several({
        tags: { env: 'dev', striping },
        disks: [os!, data!, ...(other === undefined ? [] : [scratch])],
      });
    };
    const [, point] = planOf(anEstate({ machines: [tagged('none')] })).steps;
    const [os, data, scratch] = tagged('none').disks;
    expect(point).toMatchObject({ input: { excludeDiskIds: [scratch!.id] }, goal: { diskIds: [os!.id, data!.id] } });
    expect(point!.reason).toContain('2 of its 3 disks');
    expect(codesOf(planOf(anEstate({ machines: [tagged('raid0')] })))).toEqual(['striped-disks']);
  });

  it('ask for the group of collections, and the right to write the machine', () => {
    const elsewhere = guidanceWith('plan: { snapshot: { resourceGroup: rg-points } }');
    expect(planOf(anEstate({ machines: [several()] }), {}, elsewhere).steps.map(({ kind }) => kind)).toEqual([
      'resource-group.create',
      'restore-point-collection.create',
      'restore-point.create',
    ]);
    const permissions = new Map([
      [permissionKey('Microsoft.Compute/restorePointCollections/restorePoints/write', groupId), known(false)],
    ]);
    expect(codesOf(planOf(anEstate({ machines: [several()] }), { preflight: asked({ permissions }) }))).toEqual([
      'no-permission',
    ]);
  });
});

describe('backup', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => production(`vm${String(i).padStart(4, '0')}`));

  it('opens another policy after a hundred machines, and another vault after the day’s registrations', () => {
    const plan = planOf(anEstate({ machines: many(260) }));
    expect(stepsOf(plan, 'vault.create')).toHaveLength(2);
    const perPolicy = Map.groupBy(stepsOf(plan, 'backup.enable'), ({ input }) => input.policyId);
    expect([...perPolicy.values()].map((list) => list.length)).toEqual([100, 100, 50, 10]);
    expect(plan.refusals).toEqual([]);
  });

  it('passes over a policy that is full, weekly, too short or of another workload', () => {
    const unfit = [
      aBackupPolicy({ name: 'full', protectedItemsCount: 100 }),
      aBackupPolicy({ name: 'weekly', schedule: { frequency: 'weekly', runTimes: [], timeZone: 'UTC' } }),
      aBackupPolicy({ name: 'short', retainDays: 7 }),
      aBackupPolicy({ name: 'sql', workload: 'other' }),
      aBackupPolicy({ name: 'crash-only', crashConsistentOnly: true }),
    ];
    const plan = planOf(anEstate({ machines: [production('web01')], vaults: [aVault()], backupPolicies: unfit }));
    expect(plan.steps.map(({ kind }) => kind)).toEqual(['backup-policy.create', 'backup.enable']);
  });

  it('takes no standard policy for a Trusted Launch machine, and makes an enhanced one', () => {
    const estate = anEstate({
      machines: [production('web01', { securityType: 'trusted-launch' })],
      vaults: [aVault()],
      backupPolicies: [aBackupPolicy({ tier: 'standard' })],
    });
    const standard = guidanceWith(
      'plan: { backupPolicy: { tier: standard, instantRestoreDays: { value: 5, source: https://example.com } } }',
    );
    const [policy] = stepsOf(planOf(estate, {}, standard), 'backup-policy.create');
    expect(policy!.input.tier).toBe('enhanced');
    const plain = { ...estate, machines: { items: [production('web01')], gaps: [] } };
    expect(stepsOf(planOf(plain, {}, standard), 'backup-policy.create')).toEqual([]);
  });

  it('is refused where Azure names another vault as the owner, with that vault’s name', () => {
    const owners = new Map([
      [
        keyOf(machineId()),
        known({ protected: true as const, vaultId: `${groupId}/providers/Microsoft.RecoveryServices/vaults/hidden` }),
      ],
    ]);
    const plan = planOf(anEstate({ machines: [production('web01')] }), { preflight: asked({ owners }) });
    expect(plan.steps).toEqual([]);
    expect(plan.refusals[0]!.reasons[0]).toMatchObject({ code: 'owned-by-vault', fact: 'B-04' });
    expect(plan.refusals[0]!.reasons[0]!.text).toContain('hidden');
  });

  it('is planned in spite of unreadable items once Azure says that nobody owns the machine', () => {
    const estate = {
      ...auditCases['backup items that could not be read']!,
      backupPolicies: { items: [aBackupPolicy()], gaps: [] },
    };
    expect(codesOf(planOf(estate))).toEqual(['presence-unknown']);
    const owners = new Map([[keyOf(machineId()), known({ protected: false as const })]]);
    expect(stepsOf(planOf(estate, { preflight: asked({ owners }) }), 'backup.enable')).toHaveLength(1);
  });

  it('makes no second vault while the subscription’s vaults could not all be read', () => {
    const estate = anEstate({
      machines: [production('web01')],
      vaults: { items: [], gaps: [gap(`/subscriptions/${subscriptionId}`, 'throttled', 'turned away')] },
    });
    expect(codesOf(planOf(estate))).toEqual(['vaults-unknown']);
  });

  it('is refused where the login may not write, naming action and scope', () => {
    const action = 'Microsoft.Compute/virtualMachines/write';
    const permissions = new Map([[permissionKey(action, groupId), known(false)]]);
    const plan = planOf(
      anEstate({ machines: [production('web01')], vaults: [aVault()], backupPolicies: [aBackupPolicy()] }),
      { preflight: asked({ permissions }) },
    );
    expect(plan.steps).toEqual([]);
    expect(plan.refusals[0]!.reasons[0]!.text).toContain(`${action} at ${groupId}`);
  });

  it('is pinned to the machine, its disks, and to nobody protecting it yet', () => {
    const [step] = stepsOf(planOf(planCases['backup into a vault and policy that are there']!), 'backup.enable');
    expect(step!.assumes.map(({ kind }) => kind)).toEqual(['machine-is', 'machine-disks-are', 'protected-by']);
    expect(step!.assumes.at(-1)).toMatchObject({ vaultId: null });
  });

  it('is followed by a first backup only where the guidance wants it now', () => {
    const now = guidanceWith('plan: { firstBackup: now }');
    const estate = planCases['backup into a vault and policy that are there']!;
    expect(planOf(estate).steps.map(({ kind }) => kind)).toEqual(['backup.enable']);
    const [enable, trigger] = planOf(estate, {}, now).steps;
    expect(trigger).toMatchObject({
      kind: 'backup.trigger',
      dependsOn: [enable!.id],
      goal: { kind: 'backup-point-since', since: asOf },
    });
  });

  it('runs as often as the objective asks, within what Azure offers', () => {
    const every = (hours: number) =>
      planOf(
        anEstate({ machines: [production('web01')] }),
        {},
        guidanceWith(`objectives: { production: { rpoHours: { value: ${hours}, source: https://example.com } } }`),
      );
    expect(stepsOf(every(6), 'backup-policy.create')[0]!.input.schedule).toMatchObject({
      frequency: 'hourly',
      intervalHours: 6,
    });
    expect(stepsOf(every(5), 'backup-policy.create')[0]!.input.schedule).toMatchObject({
      frequency: 'hourly',
      intervalHours: 4,
    });
    expect(codesOf(every(3))).toEqual(['policy-limit']);
  });
});

describe('preflight questions', () => {
  it('are about what the steps would write, and do not grow with the machines', () => {
    const estate = anEstate({ machines: Array.from({ length: 20 }, (_, i) => production(`vm${i}`)) });
    const questions = questionsOf(draftProtect, {
      estate,
      audit: auditEstate(estate, shippedGuidance, asOf),
      guidance: shippedGuidance,
      asOf,
    });
    expect(questions.owners).toHaveLength(20);
    expect(questions.permissions.map(({ action }) => action).toSorted()).toEqual([
      'Microsoft.Compute/virtualMachines/write',
      'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/write',
      'Microsoft.RecoveryServices/vaults/backupPolicies/read',
      'Microsoft.RecoveryServices/vaults/backupPolicies/write',
      'Microsoft.RecoveryServices/vaults/write',
    ]);
    expect(questions.taken).toHaveLength(1);
  });

  it('ask for the very names that the plan then uses', () => {
    const estate = planCases['one new vault and policy for several machines of a region']!;
    const { taken } = questionsOf(draftProtect, {
      estate,
      audit: auditEstate(estate, shippedGuidance, asOf),
      guidance: shippedGuidance,
      asOf,
    });
    expect(taken).toEqual(stepsOf(planOf(estate), 'vault.create').map(({ resourceId }) => resourceId));
    const refused = planOf(estate, { preflight: asked({ taken: new Map([[keyOf(taken[0]!), known(true)]]) }) });
    expect(refused.steps).toEqual([]);
    expect(new Set(codesOf(refused))).toEqual(new Set(['name-taken']));
  });
});

describe('the plan as a whole', () => {
  it('does nothing for machines left out, and nothing for what is in order', () => {
    for (const name of ['production machine with a fresh backup', 'backup waiting for its first run']) {
      expect(planOf(auditCases[name]!)).toMatchObject({ steps: [], refusals: [] });
    }
    const { steps } = planOf(planCases['machine left out gets no step']!);
    expect(steps.flatMap((step) => (step.kind === 'backup.enable' ? [step.input.machineId] : []))).toEqual([
      machineId('web02'),
    ]);
  });

  it('never puts a weaker option in the place of one it cannot carry out', () => {
    const plan = planOf(planCases['mission-critical machine gets backup and a refusal for replication']!);
    expect(plan.steps.map(({ option }) => option)).toEqual(['azure-backup']);
    expect(plan.refusals).toMatchObject([{ option: 'site-recovery', reasons: [{ code: 'target-region-not-chosen' }] }]);
  });

  it('marks nothing destructive, expires as the guidance says, and carries the guidance whole', () => {
    const plan = planOf(planCases['one new vault and policy for several machines of a region']!);
    expect(plan.steps.some(({ destructive }) => destructive)).toBe(false);
    expect(plan.expiresAt).toBe('2026-06-04T12:00:00Z');
    expect(plan.guidance).toEqual(shippedGuidance);
  });

  it('says when it is over its limits', () => {
    const estate = planCases['one new vault and policy for several machines of a region']!;
    expect(limitProblems(planOf(estate, { limits: { maxChanges: 5 } }))).toEqual([]);
    expect(limitProblems(planOf(estate, { limits: { maxChanges: 4 } }))).toMatchObject([{ code: 'over-limit' }]);
  });

  it('counts items of the estate against a policy whose own count lags', () => {
    const full = Array.from({ length: 100 }, (_, i) => aBackupItem({ id: `x${i}`, key: `x${i}`, machineKey: `m${i}` }));
    const estate = anEstate({
      machines: [production('web01')],
      vaults: [aVault()],
      backupPolicies: [aBackupPolicy({ protectedItemsCount: 3 })],
      backupItems: full.map((item) => ({ ...item, machineKey: keyOf(machineId('other')) })),
    });
    expect(stepsOf(planOf(estate), 'backup-policy.create')).toHaveLength(1);
  });
});
