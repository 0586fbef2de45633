/** What can be asked of Azure Backup by name: steps and refusals by the state that a backup is in. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { BackupItem, Estate, Machine, Vault } from '../../src/core/estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { draftBackup, draftProtecting } from '../../src/core/plan-backup.ts';
import { parsePlanFile, planText } from '../../src/core/plan-file.ts';
import type { Plan, StepOf } from '../../src/core/plan.ts';
import { planBy, questionsOf } from '../../src/core/planning.ts';
import type { AskedOfBackup } from '../../src/core/planners/backup-verbs.ts';
import { noPreflight, permissionKey, type PreflightFacts } from '../../src/core/preflight.ts';
import {
  aBackupItem,
  aBackupItemId,
  aBackupPoint,
  aBackupPolicy,
  aDataDisk,
  aLock,
  aMachine,
  anEstate,
  anOsDisk,
  asOf,
  aVault,
  machineId,
  resourceGroup,
  subscriptionId,
} from './estate-builder.ts';
import { guidanceWith, shippedGuidance } from './guidance-shipped.ts';

const web01 = (over: Parameters<typeof aMachine>[0] = {}) => aMachine({ tags: { env: 'prod' }, ...over });
const withDisks = (over: Partial<Machine> = {}) =>
  web01({ dataDisks: 3, tags: { env: 'prod', striping: 'none' }, ...over });

interface World {
  readonly machine?: Machine;
  readonly item?: Partial<BackupItem> | null;
  readonly vault?: Partial<Vault>;
  readonly policies?: Estate['backupPolicies']['items'];
  readonly estate?: Parameters<typeof anEstate>[0];
}

const worldOf = ({
  machine = web01(),
  item = {},
  vault = {},
  policies = [aBackupPolicy()],
  estate = {},
}: World): Estate =>
  anEstate({
    machines: [machine],
    vaults: [aVault(vault as never)],
    backupPolicies: policies,
    backupItems: item === null ? [] : [aBackupItem(item)],
    ...estate,
  });

const planOf = (
  asked: AskedOfBackup,
  world: World = {},
  preflight: PreflightFacts = noPreflight,
  guidance = shippedGuidance,
): Plan => {
  const estate = worldOf(world);
  const draft = draftBackup(new Set(estate.machines.items.map(({ key }) => key)), asked);
  const plan = planBy(draft, {
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight,
    limits: {},
    madeBy: 'holdfast 0.0.0',
  });
  // Every plan of this suite is one that a file can hold.
  expect(parsePlanFile(planText(plan), 'plan.json')).toEqual({ kind: 'plan', plan });
  return plan;
};

const kinds = (plan: Plan): readonly string[] => plan.steps.map(({ kind }) => kind);
const codes = (plan: Plan): readonly string[] =>
  plan.refusals.flatMap(({ reasons }) => reasons.map(({ code, fact }) => `${code} ${fact ?? ''}`.trim()));
const only = <K extends Plan['steps'][number]['kind']>(plan: Plan, kind: K): StepOf<K> =>
  plan.steps.find((step): step is StepOf<K> => step.kind === kind)!;

const enable: AskedOfBackup = { verb: { kind: 'enable' } };
const now: AskedOfBackup = { verb: { kind: 'now' } };
const stop: AskedOfBackup = { verb: { kind: 'stop' } };
const remove: AskedOfBackup = { verb: { kind: 'delete' } };
const resume: AskedOfBackup = { verb: { kind: 'resume' } };
const undelete = (withProtection: boolean): AskedOfBackup => ({ verb: { kind: 'undelete', resume: withProtection } });
const stopped: Partial<BackupItem> = { state: 'stopped', rawState: 'ProtectionStopped', policyKey: '' };
const softDeleted: Partial<BackupItem> = {
  state: 'soft-deleted',
  rawState: 'ProtectionStopped',
  policyKey: '',
  deletedAt: '2026-06-01T00:00:00Z',
};

describe('a verb, by the state of the backup', () => {
  it.each([
    ['enable', enable, {}, []],
    ['back up now', now, {}, ['backup.trigger']],
    ['stop', stop, {}, ['backup.stop']],
    ['stop what is stopped', stop, stopped, []],
    ['delete', remove, {}, ['backup.delete']],
    ['delete what is stopped', remove, stopped, ['backup.delete']],
    ['delete what is deleted', remove, softDeleted, []],
    ['resume', resume, stopped, ['backup.reconfigure']],
    ['resume what is in force', resume, {}, []],
    ['undelete', undelete(false), softDeleted, ['backup.undelete']],
    ['undelete and resume', undelete(true), softDeleted, ['backup.undelete', 'backup.reconfigure']],
    ['undelete and resume what is merely stopped', undelete(true), stopped, ['backup.reconfigure']],
    ['undelete what is in force', undelete(false), {}, []],
  ] as const)('%s', (_name, asked, item, steps) => {
    const plan = planOf(asked, { item });
    expect([codes(plan), kinds(plan)]).toEqual([[], steps]);
  });

  it.each([
    ['enable what was stopped', enable, stopped, 'backup-state B-114'],
    ['enable what is soft-deleted', enable, softDeleted, 'backup-state B-05'],
    ['back up now what was stopped', now, stopped, 'backup-state B-72'],
    ['back up now what is soft-deleted', now, softDeleted, 'backup-state B-05'],
    ['resume what is soft-deleted', resume, softDeleted, 'backup-state B-05'],
    ['stop in a state that is not known', stop, { state: 'unknown', rawState: 'Sideways' }, 'backup-state'],
  ] as const)('refuses to %s', (_name, asked, item, code) => {
    const plan = planOf(asked, { item });
    expect([kinds(plan), codes(plan)]).toEqual([[], [code]]);
  });

  it.each([now, stop, remove, resume, undelete(true)])(
    'refuses %j where there is no backup, or none is in sight',
    (asked) => {
      expect(codes(planOf(asked, { item: null }))).toEqual(['not-protected']);
      const blind = {
        backupItems: { items: [], gaps: [gap(`/subscriptions/${subscriptionId}`, 'no-permission', 'no')] },
      };
      expect(codes(planOf(asked, { item: null, estate: blind }))).toEqual(['presence-unknown']);
    },
  );

  it('is pinned to the machine and to what the item was, and dependent steps to what the earlier one makes of it', () => {
    expect(only(planOf(stop), 'backup.stop').assumes).toEqual([
      { kind: 'machine-is', machineId: machineId(), vmId: '22222222-2222-2222-2222-222222222222' },
      { kind: 'backup-item-is', machineId: machineId(), itemId: aBackupItemId(), state: 'active' },
    ]);
    const [first, second] = planOf(undelete(true), { item: softDeleted }).steps;
    expect(first!.assumes.at(-1)).toMatchObject({ state: 'soft-deleted' });
    expect(second).toMatchObject({ dependsOn: [first!.id] });
    expect(second!.assumes.at(-1)).toMatchObject({ state: 'stopped' });
  });
});

describe('deleting a backup', () => {
  it('needs consent of its own, and says how long it can be undone', () => {
    const step = only(planOf(remove), 'backup.delete');
    expect(step).toMatchObject({ destructive: true, method: 'DELETE', goal: { kind: 'backup-deleted' } });
    expect(step.reason).toContain('14 days');
    expect(
      only(planOf(remove, { vault: { softDelete: known({ state: 'disabled' }) } }), 'backup.delete').reason,
    ).toContain('may be final');
  });

  it.each(['unlocked', 'locked'] as const)('is refused in a vault that is immutable, %s', (state) => {
    expect(codes(planOf(remove, { vault: { immutability: known(state) } }))).toEqual(['vault-immutable B-95']);
  });

  it('is refused under a lock against deletion, which stopping is not', () => {
    const locks = [aLock({ scope: aVault().key })];
    expect(codes(planOf(remove, { estate: { locks } }))).toEqual(['locked O-08']);
    expect(kinds(planOf(stop, { estate: { locks } }))).toEqual(['backup.stop']);
  });

  it('is refused where the login may not, naming the action', () => {
    const action = 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/delete';
    const scope = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
    const plan = planOf(
      remove,
      {},
      { ...noPreflight, permissions: new Map([[permissionKey(action, scope), known(false)]]) },
    );
    expect(plan.refusals[0]!.reasons[0]!.text).toContain(action);
  });
});

describe('another policy', () => {
  const standard = aBackupPolicy({ name: 'standard', tier: 'standard' });
  const enhanced = aBackupPolicy();
  const to = (policy: string): AskedOfBackup => ({ ...enable, policy });
  const under = (policy = enhanced): Partial<BackupItem> => ({ policyKey: policy.key, policyName: policy.name });

  it('of the same kind is a plain change, pinned to the policy before', () => {
    const other = aBackupPolicy({ name: 'other' });
    const step = only(planOf(to('OTHER'), { item: under(), policies: [enhanced, other] }), 'backup.reconfigure');
    expect(step).toMatchObject({ destructive: false, input: { policyId: other.id, excludeLuns: [] } });
    expect(step.assumes.at(-1)).toMatchObject({ policyId: enhanced.id });
  });

  it('from standard to enhanced is one-way, and needs consent of its own', () => {
    const step = only(
      planOf(to(enhanced.id), { item: under(standard), policies: [standard, enhanced] }),
      'backup.reconfigure',
    );
    expect(step.destructive).toBe(true);
    expect(step.reason).toContain('no way back');
  });

  it('from enhanced, or from what was not read, to standard is refused', () => {
    expect(codes(planOf(to('standard'), { item: under(), policies: [standard, enhanced] }))).toEqual([
      'one-way-policy B-68',
    ]);
    expect(codes(planOf(to('standard'), { item: under(), policies: [standard] }))).toEqual(['one-way-policy B-68']);
  });

  it('that keeps points for less time deletes some: consent, and never in an immutable vault', () => {
    const short = aBackupPolicy({ name: 'short', retainDays: 7 });
    const world = { item: under(), policies: [enhanced, short] };
    expect(only(planOf(to('short'), world), 'backup.reconfigure')).toMatchObject({
      destructive: true,
      reason: expect.stringContaining('7 days, not 30') as string,
    });
    expect(codes(planOf(to('short'), { ...world, vault: { immutability: known('unlocked') } }))).toEqual([
      'vault-immutable B-95',
    ]);
  });

  it('whose time, or the time before, was not told may delete some: consent as well', () => {
    const { retainDays: _, ...untold } = aBackupPolicy({ name: 'untold' });
    const long = aBackupPolicy({ name: 'long', retainDays: 365 });
    expect(
      only(planOf(to('untold'), { item: under(), policies: [enhanced, untold] }), 'backup.reconfigure').destructive,
    ).toBe(true);
    expect(
      only(planOf(to('long'), { item: under(untold), policies: [untold, long] }), 'backup.reconfigure').destructive,
    ).toBe(true);
    expect(
      only(planOf(to('long'), { item: under(), policies: [enhanced, long] }), 'backup.reconfigure').destructive,
    ).toBe(false);
  });

  it('is not said anew where nobody knows which disks are left out: that would put them back', () => {
    const other = aBackupPolicy({ name: 'other' });
    const item = { ...under(), disksUnknown: unknown('unintelligible', 'no list') };
    expect(codes(planOf(to('other'), { item, policies: [enhanced, other] }))).toEqual(['disks-unknown B-55']);
  });

  it('of a name that two have is not guessed', () => {
    const twins = ['a', 'b'].map((name) =>
      aBackupPolicy({
        id: `${aVault().id}/backupPolicies/${name}`,
        key: keyOf(`${aVault().id}/backupPolicies/${name}`),
        name: 'twin',
      }),
    );
    expect(codes(planOf(to('twin'), { item: under(), policies: [enhanced, ...twins] }))).toEqual([
      'ambiguous-policy B-72',
    ]);
  });

  it.each([
    ['is full', [aBackupPolicy({ name: 'next', protectedItemsCount: 100 })], 'policy-full B-12'],
    ['is of another workload', [aBackupPolicy({ name: 'next', workload: 'other' })], 'policy-unfit B-72'],
    ['is not there', [], 'no-such-policy B-72'],
  ] as const)('is refused where it %s', (_name, policies, code) => {
    expect(codes(planOf(to('next'), { item: under(), policies: [enhanced, ...policies] }))).toEqual([code]);
  });

  it('that is not there is answered with those that are, in this vault only', () => {
    const elsewhere = aBackupPolicy({ name: 'far', vaultKey: aVault({ name: 'rsv-2' }).key });
    const [refusal] = planOf(to('nxt'), {
      item: under(),
      policies: [enhanced, aBackupPolicy({ name: 'next' }), elsewhere],
    }).refusals;
    expect(refusal!.reasons[0]!.text).toMatch(new RegExp(`There are: ${enhanced.name} and next\\.$`));
  });

  it('of another vault is refused while this one holds the backup, unless only soft delete still keeps it', () => {
    const elsewhere = aVault({ name: 'rsv-2' });
    const id = `${elsewhere.id}/backupPolicies/there`;
    const world: World = {
      item: under(),
      policies: [enhanced, aBackupPolicy({ id, name: 'there', key: keyOf(id), vaultKey: elsewhere.key })],
      estate: { vaults: [aVault(), elsewhere] },
    };
    expect(codes(planOf(to(id), world))).toEqual(['policy-elsewhere B-72']);
    const moved = planOf(to(id), { ...world, item: softDeleted });
    expect(only(moved, 'backup.enable').resourceId.startsWith(elsewhere.id)).toBe(true);
  });

  it('that is there already is nothing to do', () =>
    expect(planOf(to(enhanced.name), { item: under() }).steps).toEqual([]));
});

describe('a verb on a machine without a backup', () => {
  it('is refused, and backing up now names the command that enables it', () => {
    const plan = planOf({ ...enable, verb: { kind: 'now' } }, { item: null });
    expect(plan.steps).toEqual([]);
    expect(plan.refusals[0]!.reasons[0]!.text).toMatch(
      /so there is nothing to back up now: `holdfast protect \S+` enables it first\.$/,
    );
  });
});

describe('disks left out', () => {
  const leave = (...excludeLuns: number[]): AskedOfBackup => ({ ...enable, excludeLuns });
  const fresh = { item: null } as const;

  it('are in the write and in its goal, and the plan says what that costs a restore', () => {
    const step = only(planOf(leave(2, 0), { ...fresh, machine: withDisks() }), 'backup.enable');
    expect(step).toMatchObject({ input: { excludeLuns: [0, 2] }, goal: { excludeLuns: [0, 2] } });
    expect(step.reason).toContain('LUN 0, 2');
  });

  it.each([
    ['striped by tag', { tags: { env: 'prod', striping: 'raid0' } }],
    ['likely striped', { tags: { env: 'prod' } }],
    [
      'of unknown striping',
      {
        tags: { env: 'prod', striping: 'perhaps' },
        disks: [
          anOsDisk(),
          aDataDisk(0, {}, { sizeGiB: 10, createdAt: '2026-01-01T00:00:00Z' }),
          aDataDisk(7, {}, { sizeGiB: 99, sku: 'Standard_LRS', createdAt: '2026-03-01T00:00:00Z' }),
        ],
      },
    ],
  ] as const)('are never any of a machine whose disks are %s', (_name, over) => {
    const plan = planOf(leave(0), { ...fresh, machine: withDisks(over) });
    expect([kinds(plan), codes(plan)]).toEqual([[], ['striped-disks B-57']]);
  });

  it('must be there, and be data disks', () =>
    expect(codes(planOf(leave(9), { ...fresh, machine: withDisks() }))).toEqual(['no-such-lun B-55']));

  it('may be said by a tag of the disk', () => {
    const disks = [anOsDisk(), aDataDisk(0), aDataDisk(1, {}, { tags: { 'Backup-Exclude-Disk': 'Yes' } })];
    const step = only(planOf(enable, { ...fresh, machine: withDisks({ disks }) }), 'backup.enable');
    expect(step.input.excludeLuns).toEqual([1]);
    const striped = withDisks({ disks, tags: { env: 'prod', striping: 'raid0' } });
    expect(codes(planOf(enable, { ...fresh, machine: striped }))).toEqual(['striped-disks B-57']);
  });

  it('are no finding where each carries the tag that asks for it; any other is one, and any of a machine that may be striped', () => {
    const tagged = { tags: { 'backup-exclude-disk': 'yes' } };
    const point = known([aBackupPoint({ disksIncluded: 2, disksAttached: 3 })]);
    const partial = (luns: readonly number[], over: Partial<Machine> = {}) => {
      const machine = withDisks({ disks: [anOsDisk(), aDataDisk(0), aDataDisk(1, {}, tagged)], ...over });
      const estate = worldOf({ machine, item: { diskExclusion: { luns, inclusion: false }, points: point } });
      return auditEstate(estate, shippedGuidance, asOf).machines[0]!.findings.some(({ code }) => code === 'partial');
    };
    expect([partial([1]), partial([0]), partial([0, 1])]).toEqual([false, true, true]);
    expect(partial([1], { tags: { env: 'prod', striping: 'raid0' } })).toBe(true);
  });

  it('let a machine with a shared disk be protected after all, under an enhanced policy', () => {
    const disks = [anOsDisk(), aDataDisk(0, {}, { maxShares: 2 })];
    const machine = withDisks({ disks });
    expect(kinds(planOf(enable, { ...fresh, machine }))).toEqual([]);
    const policies = [aBackupPolicy({ tier: 'standard' })];
    const plan = planOf(leave(0), { ...fresh, machine, policies });
    expect(only(plan, 'backup-policy.create').input.tier).toBe('enhanced');
    expect(only(plan, 'backup.enable').input.excludeLuns).toEqual([0]);
  });

  it('are said again with another policy, and put back when resuming does not name them', () => {
    const other = aBackupPolicy({ name: 'other' });
    const item = { diskExclusion: { luns: [1], inclusion: false } };
    const world = { machine: withDisks(), policies: [aBackupPolicy(), other] };
    expect(
      only(planOf({ ...enable, policy: 'other' }, { ...world, item }), 'backup.reconfigure').input.excludeLuns,
    ).toEqual([1]);
    expect(only(planOf(leave(2), { ...world, item }), 'backup.reconfigure').input).toMatchObject({
      policyId: aBackupPolicy().id,
      excludeLuns: [2],
    });
    expect(only(planOf(resume, { ...world, item: { ...stopped } }), 'backup.reconfigure').goal).toMatchObject({
      excludeLuns: [],
    });
    const only1 = { diskExclusion: { luns: [1], inclusion: true } };
    expect(
      only(planOf({ ...enable, policy: 'other' }, { ...world, item: only1 }), 'backup.reconfigure').input.excludeLuns,
    ).toEqual([0, 2]);
  });
});

describe('what Azure says beforehand', () => {
  const refused = {
    kind: 'refused',
    code: 'UserErrorX',
    text: 'Not this machine.',
    recommendation: 'Try another.',
  } as const;
  const facts = (check: Parameters<typeof known>[0]): PreflightFacts => ({
    ...noPreflight,
    backupChecks: new Map([[keyOf(machineId()), known(check)]]) as never,
  });

  it('is a refusal of the plan in Azure’s own words, and an answer that did not come is none', () => {
    const plan = planOf(enable, { item: null }, facts(refused));
    expect(plan.steps).toEqual([]);
    expect(plan.refusals[0]!.reasons[0]).toMatchObject({
      code: 'refused-by-azure',
      fact: 'B-113',
      text: expect.stringMatching(/UserErrorX.*Not this machine\. Try another\./) as string,
    });
    expect(kinds(planOf(enable, { item: null }, facts({ kind: 'allowed' })))).toEqual(['backup.enable']);
    expect(kinds(planOf(enable, { item: null }))).toEqual(['backup.enable']);
  });

  it('is asked of each machine to be enabled, with its vault where that is there, and not where disks are left out', () => {
    const ask = (world: World, asked = enable) => {
      const estate = worldOf({ item: null, ...world });
      const input = { estate, guidance: shippedGuidance, audit: auditEstate(estate, shippedGuidance, asOf), asOf };
      return questionsOf(draftBackup(new Set(estate.machines.items.map(({ key }) => key)), asked), input).backupChecks;
    };
    const question = {
      machineId: machineId(),
      subscriptionId,
      location: 'westeurope',
      size: 'Standard_D4s_v5',
      premium: true,
    };
    expect(ask({})).toEqual([{ ...question, vaultId: aVault().id }]);
    expect(ask({ estate: { vaults: [] } })).toEqual([question]);
    expect(ask({ machine: withDisks() }, { ...enable, excludeLuns: [0] })).toEqual([]);
  });
});

describe('protecting by name', () => {
  const optionsOf = (
    machine: Machine,
    option?: 'azure-backup' | 'disk-snapshot' | 'restore-point',
  ): readonly string[] => {
    const estate = anEstate({ machines: [machine], vaults: [aVault()], backupPolicies: [aBackupPolicy()] });
    const draft = draftProtecting(new Set([machine.key]), option, enable);
    const plan = planBy(draft, {
      estate,
      audit: auditEstate(estate, shippedGuidance, asOf),
      guidance: shippedGuidance,
      asOf,
      preflight: noPreflight,
      limits: {},
      madeBy: 'x',
    });
    return [...new Set([...plan.steps, ...plan.refusals].map(({ option: its }) => its))];
  };

  it('takes the choice of the guidance, unless told otherwise', () => {
    expect(optionsOf(web01())).toEqual(['azure-backup']);
    expect(optionsOf(aMachine({ tags: { env: 'dev' } }))).toEqual(['disk-snapshot']);
    expect(optionsOf(aMachine({ tags: { env: 'dev' } }), 'azure-backup')).toEqual(['azure-backup']);
    expect(optionsOf(web01(), 'restore-point')).toEqual(['restore-point']);
  });
});

describe('a fleet larger than a vault', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) =>
      aMachine({ name: `vm${String(i).padStart(4, '0')}`, tags: { env: 'prod' } }),
    );
  const spread = (count: number, guidance = shippedGuidance, estate: Parameters<typeof anEstate>[0] = {}): Plan => {
    const its = anEstate({ machines: many(count), ...estate });
    const draft = draftBackup(new Set(its.machines.items.map(({ key }) => key)), enable);
    return planBy(draft, {
      estate: its,
      audit: auditEstate(anEstate({}), guidance, asOf),
      guidance,
      asOf,
      preflight: noPreflight,
      limits: {},
      madeBy: 'x',
    });
  };
  const perVault = (plan: Plan): readonly number[] =>
    [
      ...Map.groupBy(
        plan.steps.filter(({ kind }) => kind === 'backup.enable'),
        ({ resourceId }) => resourceId.split('/backupFabrics')[0]!,
      ).values(),
    ].map(({ length }) => length);

  it('of 2,600 machines in one region is protected today: 250 a vault, 100 a policy, and every machine once', () => {
    const plan = spread(2600);
    expect(plan.refusals).toEqual([]);
    expect(perVault(plan)).toEqual([...Array.from({ length: 10 }, () => 250), 100]);
    const enables = plan.steps.filter((step): step is StepOf<'backup.enable'> => step.kind === 'backup.enable');
    expect(new Set(enables.map(({ input }) => keyOf(input.machineId))).size).toBe(2600);
    const perPolicy = [...Map.groupBy(enables, ({ input }) => input.policyId).values()].map(({ length }) => length);
    expect(Math.max(...perPolicy)).toBeLessThanOrEqual(100);
    expect(new Set(plan.steps.map(({ id }) => id)).size).toBe(plan.steps.length);
    expect(new Set(plan.steps.map(({ resourceId }) => resourceId)).size).toBe(plan.steps.length);
    for (const enableStep of enables) {
      expect(
        enableStep.dependsOn.every((id) =>
          plan.steps.some(
            (step) =>
              step.id === id &&
              enableStep.resourceId.startsWith(
                step.kind === 'vault.create' ? step.resourceId : step.resourceId.split('/backupPolicies')[0]!,
              ),
          ),
        ),
      ).toBe(true);
    }
  });

  it('waits for further days where the guidance wants no more vaults, and says which day each machine comes', () => {
    const plan = spread(
      800,
      guidanceWith('plan: { vault: { mostPerRegion: { value: 1, source: https://example.com } } }'),
    );
    expect(perVault(plan)).toEqual([250]);
    const texts = plan.refusals.map(({ reasons }) => reasons[0]!);
    expect(new Set(texts.map(({ code }) => code))).toEqual(new Set(['registration-limit']));
    expect(texts.filter(({ text }) => text.endsWith('plan again tomorrow.'))).toHaveLength(250);
    expect(texts.filter(({ text }) => text.endsWith('plan again in 2 days.'))).toHaveLength(250);
    expect(texts.filter(({ text }) => text.endsWith('plan again in 3 days.'))).toHaveLength(50);
  });

  it('fills the vault that is there first, up to the thousand that Azure allows', () => {
    const items = Array.from({ length: 990 }, (_, i) =>
      aBackupItem({
        id: aBackupItemId(`old${i}`),
        key: keyOf(aBackupItemId(`old${i}`)),
        machineKey: keyOf(machineId(`old${i}`)),
      }),
    );
    const plan = spread(20, shippedGuidance, { vaults: [aVault()], backupItems: items });
    expect(perVault(plan)).toEqual([10, 10]);
    expect(plan.steps.filter(({ kind }) => kind === 'vault.create')).toHaveLength(1);
  });
});

describe('a new vault', () => {
  const made = (overlay = '') => {
    const guidance = guidanceWith(overlay);
    return planOf(enable, { item: null, estate: { vaults: [] } }, noPreflight, guidance);
  };

  it('is geo-redundant unless the guidance says otherwise, and the plan says that it stays so', () => {
    const step = only(made(), 'vault.create');
    expect(step).toMatchObject({
      destructive: false,
      input: { redundancy: 'geo-redundant', crossRegionRestore: false, softDeleteDays: 14 },
    });
    expect(step.reason).toContain('cannot be changed');
    const zonal = made(
      'plan: { vault: { redundancy: { value: zone-redundant, source: https://example.com } } }\nobjectives: { production: { vault: { redundancy: { value: zone-redundant, source: https://example.com }, softDelete: { value: true, source: https://example.com } } } }',
    );
    expect(only(zonal, 'vault.create').input.redundancy).toBe('zone-redundant');
  });

  it('has soft delete and immutability as the guidance says; what can never be taken back needs consent of its own', () => {
    const always = only(
      made(
        'plan: { vault: { softDelete: { value: always-on, source: https://example.com }, softDeleteDays: { value: 30, source: https://example.com } } }',
      ),
      'vault.create',
    );
    expect(always).toMatchObject({ destructive: true, input: { softDelete: 'always-on', softDeleteDays: 30 } });
    const unlocked = made('plan: { vault: { immutability: { value: unlocked, source: https://example.com } } }');
    expect(only(unlocked, 'vault.create')).toMatchObject({ destructive: false, input: { immutability: 'unlocked' } });
    expect(kinds(unlocked)).not.toContain('vault.lock');
    const locked = made('plan: { vault: { immutability: { value: locked, source: https://example.com } } }');
    expect(only(locked, 'vault.create')).toMatchObject({ destructive: false, input: { immutability: 'unlocked' } });
    const lock = only(locked, 'vault.lock');
    expect(lock).toMatchObject({
      destructive: true,
      method: 'PATCH',
      dependsOn: [only(locked, 'vault.create').id],
      goal: { kind: 'vault-locked' },
    });
    // Protection does not wait for the lock.
    expect(only(locked, 'backup.enable').dependsOn).not.toContain(lock.id);
  });
});
