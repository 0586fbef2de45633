/** Estates of any kind, for properties that must hold of all of them. */
import * as fc from 'fast-check';
import type { BackupItem, Estate, Machine, ReplicatedItem, Snapshot } from '../../src/core/estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
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
  diskId,
  machineId,
} from './estate-builder.ts';

export const hidden = unknown('not-answered', 'no answer holds it');

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
export const estates = fc
  .array(machineSeed, { minLength: 1, maxLength: 5 })
  .map((seeds): Estate => Object.assign(estateOf(seeds), { [fc.toStringMethod]: () => fc.stringify(seeds) }));

export const collections = [
  'backupItems',
  'replicatedItems',
  'snapshots',
  'restorePointCollections',
  'images',
  'galleryImageVersions',
  'disks',
  'vaults',
] as const;
