/** What must hold of any estate: order does not show, unknown is never unprotected, and no need is forgotten. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assessEstate, presenceOf } from '../../src/core/assessment.ts';
import type { Audit } from '../../src/core/audit.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { BackupItem, Estate, Machine, ReplicatedItem, Snapshot } from '../../src/core/estate.ts';
import { gap, known, unknown, type Collected } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { planProtect } from '../../src/core/plan-protect.ts';
import { noPreflight } from '../../src/core/preflight.ts';
import { standingCodes, standingOf } from '../../src/core/standing.ts';
import {
  aBackupItem,
  aBackupItemId,
  aBackupPoint,
  aBackupPolicy,
  aMachine,
  anEstate,
  anImage,
  aReplicatedItem,
  aSnapshot,
  aVault,
  asOf,
  diskId,
  machineId,
} from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const hidden = unknown('not-answered', 'no answer holds it');

const tags = fc.constantFrom<Record<string, string>>(
  {},
  { env: 'prod' },
  { env: 'prod', dr: 'yes' },
  { env: 'dev' },
  { criticality: 'mission-critical' },
  { role: 'golden-image' },
  { env: 'prod', striping: 'lvm' },
  { env: 'prod', backup: 'exclude', 'backup-exclude-until': '2030-01-01', 'backup-exclude-reason': 'rebuilt nightly' },
  { env: 'prod', backup: 'exclude' },
);

interface MachineSeed {
  readonly tags: Record<string, string>;
  readonly dataDisks: number;
  readonly os: 'windows' | 'linux' | null;
  readonly power: 'running' | 'deallocated' | null;
  readonly generalized: boolean | null;
  readonly diskUnread: boolean;
  readonly trustedLaunch: boolean;
  readonly backup: 'none' | 'fresh' | 'old' | 'never' | 'pending' | 'stopped' | 'soft-deleted' | 'unread' | 'unknown';
  readonly snapshot: 'none' | 'fresh' | 'old' | 'copying';
  readonly replicated: 'none' | 'well' | 'ill' | 'starting';
  readonly image: boolean;
}

const machineSeed: fc.Arbitrary<MachineSeed> = fc.record({
  tags,
  dataDisks: fc.constantFrom(0, 0, 1, 3),
  os: fc.constantFrom('windows', 'linux', null),
  power: fc.constantFrom('running', 'running', 'deallocated', null),
  generalized: fc.constantFrom(false, false, true, null),
  diskUnread: fc.constantFrom(false, false, false, true),
  trustedLaunch: fc.boolean(),
  backup: fc.constantFrom('none', 'fresh', 'old', 'never', 'pending', 'stopped', 'soft-deleted', 'unread', 'unknown'),
  snapshot: fc.constantFrom('none', 'none', 'fresh', 'old', 'copying'),
  replicated: fc.constantFrom('none', 'none', 'well', 'ill', 'starting'),
  image: fc.constantFrom(false, false, true),
});

const never = '2001-01-01T00:00:00Z';

const machineOf = (seed: MachineSeed, name: string): Machine => {
  const machine = aMachine({
    name,
    tags: seed.tags,
    dataDisks: seed.dataDisks,
    os: seed.os === null ? hidden : known(seed.os),
    power: seed.power === null ? hidden : known(seed.power),
    generalized: seed.generalized === null ? hidden : known(seed.generalized),
    securityType: seed.trustedLaunch ? 'trusted-launch' : 'standard',
  });
  return seed.diskUnread
    ? { ...machine, disks: machine.disks.map((disk, i) => (i === 0 ? { ...disk, disk: hidden } : disk)) }
    : machine;
};

const backupOf = (kind: MachineSeed['backup'], name: string): readonly BackupItem[] => {
  const place = { id: aBackupItemId(name), key: keyOf(aBackupItemId(name)), machineKey: keyOf(machineId(name)) };
  const empty = { points: known([]), lastBackupAt: never, lastPointAt: never };
  const over: Readonly<Record<MachineSeed['backup'], Partial<BackupItem> | undefined>> = {
    none: undefined,
    fresh: {},
    old: { points: known([aBackupPoint({ at: '2026-05-01T00:00:00Z' })]), lastPointAt: '2026-05-01T00:00:00Z' },
    never: empty,
    pending: { ...empty, state: 'pending', rawState: 'IRPending' },
    stopped: { state: 'stopped', rawState: 'ProtectionStopped' },
    'soft-deleted': { state: 'soft-deleted', rawState: 'ProtectionStopped' },
    unread: { points: hidden },
    unknown: { state: 'unknown', rawState: 'Ruminating', points: hidden },
  };
  return over[kind] === undefined ? [] : [aBackupItem({ ...place, ...over[kind] })];
};

const snapshotOf = (kind: MachineSeed['snapshot'], name: string): readonly Snapshot[] => {
  const base = {
    name: `${name}-snap`,
    sourceDiskKey: keyOf(diskId(`${name}-os`)),
    sourceUniqueId: `unique-${name}-os`,
  };
  if (kind === 'none') return [];
  if (kind === 'old') return [aSnapshot({ ...base, createdAt: '2026-04-01T00:00:00Z' })];
  return [aSnapshot(kind === 'copying' ? { ...base, completionPercent: 40, access: 'pending' } : base)];
};

const replicaOf = (kind: MachineSeed['replicated'], name: string): readonly ReplicatedItem[] => {
  if (kind === 'none') return [];
  const id = aReplicatedItem().id.replace('item-web01', `item-${name}`);
  const place = { id, key: keyOf(id), machineKey: keyOf(machineId(name)), protectedDiskKeys: [] };
  const over = {
    well: {},
    ill: { health: 'critical' as const, rpoSeconds: 90_000 },
    starting: { protectionState: 'InitialReplicationInProgress' },
  };
  return [aReplicatedItem({ ...place, ...over[kind] })];
};

const estateOf = (seeds: readonly MachineSeed[]): Estate => {
  const named = seeds.map((seed, i) => ({ seed, name: `vm${i}` }));
  return anEstate({
    machines: named.map(({ seed, name }) => machineOf(seed, name)),
    vaults: [aVault(), aVault({ name: 'rsv-northeurope', location: 'northeurope' })],
    backupPolicies: [
      aBackupPolicy(),
      aBackupPolicy({ name: 'weekly', schedule: { frequency: 'weekly', runTimes: [], timeZone: 'UTC' } }),
    ],
    backupItems: named.flatMap(({ seed, name }) => backupOf(seed.backup, name)),
    snapshots: named.flatMap(({ seed, name }) => snapshotOf(seed.snapshot, name)),
    replicatedItems: named.flatMap(({ seed, name }) => replicaOf(seed.replicated, name)),
    images: named.flatMap(({ seed, name }) =>
      seed.image ? [anImage({ name: `${name}-image`, sourceMachineKey: keyOf(machineId(name)) })] : [],
    ),
  });
};

/** A counterexample is printed as what it was made from. */
const estates = fc
  .array(machineSeed, { minLength: 1, maxLength: 5 })
  .map((seeds): Estate => Object.assign(estateOf(seeds), { [fc.toStringMethod]: () => fc.stringify(seeds) }));

const collections = [
  'backupItems',
  'replicatedItems',
  'snapshots',
  'restorePointCollections',
  'images',
  'galleryImageVersions',
  'disks',
  'vaults',
] as const;

const auditOf = (estate: Estate): Audit => auditEstate(estate, shippedGuidance, asOf);
const planOf = (estate: Estate, audit = auditOf(estate)) =>
  planProtect({
    estate,
    audit,
    guidance: shippedGuidance,
    asOf,
    preflight: noPreflight,
    limits: {},
    madeBy: 'holdfast 0.0.0',
  });

const unprotectedIn = (audit: Audit): ReadonlySet<string> =>
  new Set(
    audit.machines.filter(({ findings }) => findings.some(({ code }) => code === 'unprotected')).map(({ id }) => id),
  );

const shuffled = (estate: Estate): Estate =>
  Object.fromEntries(
    Object.entries(estate).map(([name, value]: [string, unknown]) =>
      isCollected(value)
        ? [name, { ...value, items: value.items.toReversed(), gaps: value.gaps.toReversed() }]
        : [name, value],
    ),
  ) as unknown as Estate;

const isCollected = (value: unknown): value is Collected<unknown> =>
  typeof value === 'object' && value !== null && 'items' in value;

describe('any estate', () => {
  it('gives the same audit and the same plan in whatever order Azure answered', () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const other = shuffled(estate);
        expect(JSON.stringify(auditOf(other))).toBe(JSON.stringify(auditOf(estate)));
        expect(planOf(other).digest).toBe(planOf(estate).digest);
      }),
      { numRuns: 150 },
    );
  });

  it('has no machine become unprotected because a kind of thing could not be read', () => {
    fc.assert(
      fc.property(estates, fc.subarray([...collections], { minLength: 1 }), (estate, unread) => {
        const behind = Object.fromEntries(
          unread.map((name) => [name, { items: [], gaps: [gap('/', 'no-permission', 'no')] }]),
        );
        const audit = auditOf({ ...estate, ...behind });
        const seen = unprotectedIn(auditOf(estate));
        for (const id of unprotectedIn(audit)) expect(seen).toContain(id);
        // Images matter only where a class asks for them.
        if (unread.some((name) => name !== 'images' && name !== 'galleryImageVersions'))
          expect(audit.complete).toBe(false);
      }),
      { numRuns: 200 },
    );
  });

  it('has no machine become unprotected because a fact about it is unknown', () => {
    const facts = [
      'os',
      'power',
      'generalized',
      'size',
      'agent',
      'diskController',
      'architecture',
      'extensions',
      'vmId',
      'hyperVGeneration',
    ] as const;
    fc.assert(
      fc.property(estates, fc.subarray([...facts], { minLength: 1 }), (estate, forgotten) => {
        const blind = (machine: Machine): Machine => ({
          ...machine,
          ...Object.fromEntries(forgotten.map((fact) => [fact, hidden])),
        });
        const audit = auditOf({ ...estate, machines: { items: estate.machines.items.map(blind), gaps: [] } });
        const seen = unprotectedIn(auditOf(estate));
        for (const id of unprotectedIn(audit)) expect(seen).toContain(id);
      }),
      { numRuns: 300 },
    );
  });

  it('calls no age stale that is not known', () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const items = estate.backupItems.items.map((item): BackupItem => {
          const { lastPointAt: _, ...rest } = item;
          return { ...rest, points: hidden, lastBackupAt: '2026-06-01T00:00:00Z' };
        });
        const audit = auditOf({ ...estate, backupItems: { items, gaps: [] } });
        const stale = audit.machines.flatMap(({ findings }) =>
          findings.filter(({ code, option }) => code === 'stale' && option === 'azure-backup'),
        );
        expect(stale).toEqual([]);
      }),
    );
  });

  it('has every need of every machine end in exactly one of: in order, steps, a refusal, left out', () => {
    fc.assert(
      fc.property(estates, fc.boolean(), (whole, blind) => {
        const estate = blind
          ? { ...whole, backupItems: { items: [], gaps: [gap('/', 'throttled', 'turned away')] } }
          : whole;
        const audit = auditOf(estate);
        const plan = planOf(estate, audit);
        for (const assessment of assessEstate(estate, shippedGuidance, asOf)) {
          const { machine, classification, results } = assessment;
          const stepped = plan.steps.filter((step) => keyOf(step.subject) === machine.key);
          const refused = plan.refusals.filter(({ subject }) => keyOf(subject) === machine.key);
          if (classification.excluded) expect([...stepped, ...refused]).toEqual([]);
          for (const result of classification.excluded ? [] : results) {
            const presence = presenceOf(assessment, result, estate);
            const { findings } = audit.machines.find(({ id }) => keyOf(id) === machine.key)!;
            const inOrder =
              presence.kind === 'present' &&
              !findings.some(({ code, option }) => option === presence.protection.option && standingCodes.has(code));
            const outcomes = [
              inOrder,
              stepped.some(({ option }) => result.requirement.anyOf.includes(option)),
              refused.some(({ option }) => result.requirement.anyOf.includes(option)),
            ];
            expect(outcomes.filter(Boolean), `${machine.name} ${result.option} ${presence.kind}`).toHaveLength(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has no machine counted as protected whose need is not met for certain', () => {
    fc.assert(
      fc.property(estates, (estate) => {
        const audit = auditOf(estate);
        for (const assessment of assessEstate(estate, shippedGuidance, asOf)) {
          const machine = audit.machines.find(({ id }) => keyOf(id) === assessment.machine.key)!;
          if (standingOf(machine) !== 'protected') continue;
          for (const result of assessment.results) {
            const presence = presenceOf(assessment, result, estate);
            expect(presence.kind).toBe('present');
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
