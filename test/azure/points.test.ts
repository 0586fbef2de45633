/** Points of Site Recovery and of copied restore points, from Azure's words to ours, and how one machine's are read. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Estate } from '../../src/core/estate.ts';
import { makeIntake } from '../../src/azure/intake.ts';
import { normaliseBackupPoint } from '../../src/azure/normalise-backup.ts';
import { normaliseSnapshot } from '../../src/azure/normalise-disk.ts';
import { normaliseRestorePoint } from '../../src/azure/normalise-points.ts';
import { normaliseReplicaPoint, normaliseReplicatedItem } from '../../src/azure/normalise-replication.ts';
import { readEstate } from '../../src/azure/read-estate.ts';
import { gap } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { machinesNamed } from '../../src/core/explain.ts';
import { intercept, testClock, testTransport, type Reply, type Sent } from './arm-rig.ts';
import { aVault, fakeArm, machineAndDisk, protection, sub, vaultId, vmId } from './fake-arm.ts';

const s1 = sub(1);
const itemId = (name: string) =>
  `/Subscriptions/${s1}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/vault/replicationFabrics/f/replicationProtectionContainers/c/replicationProtectedItems/${name}`;
const group = `/subscriptions/${s1}/resourceGroups/rg-asr`;
const replicaOf = (name: string) => `${group}/providers/Microsoft.Compute/disks/${name}-ASRReplica`;

/** As recorded: the capital S, lower-cased machine and disk ids. */
const replicated = (name: string, over: object = {}): unknown => ({
  id: itemId(name),
  name,
  type: 'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems',
  properties: {
    friendlyName: name,
    protectionState: 'Protected',
    replicationHealth: 'Normal',
    activeLocation: 'Primary',
    providerSpecificDetails: {
      instanceType: 'A2A',
      fabricObjectId: vmId(s1, name, 'RG').toLowerCase(),
      protectedManagedDisks: [
        {
          diskId: `/subscriptions/${s1}/resourcegroups/rg/providers/microsoft.compute/disks/${name}-os`,
          recoveryResourceGroupId: group,
          recoveryReplicaDiskId: replicaOf(`${name}-os`),
          tfoDiskName: `${name}-os-ASRtest`,
        },
      ],
      ...over,
    },
  },
});

const replicaPoint = (name: string, id: string, time: string): unknown => ({
  id: `${itemId(name)}/recoveryPoints/${id}`,
  name: id,
  type: 'Microsoft.RecoveryServices/vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints',
  properties: {
    recoveryPointTime: time,
    recoveryPointType: 'CrashConsistent',
    providerSpecificDetails: { instanceType: 'A2A', recoveryPointSyncType: 'PerVmRecoveryPoint', disks: ['d1'] },
  },
});

const disk = (name: string, location = 'northeurope'): unknown => ({
  id: `${group}/providers/Microsoft.Compute/disks/${name}`,
  name,
  type: 'Microsoft.Compute/disks',
  location,
  sku: { name: 'Premium_LRS' },
  properties: { diskSizeGB: 64, provisioningState: 'Succeeded', uniqueId: `u-${name}` },
});

describe('Azure’s words for points', () => {
  it('of Site Recovery: moment, consistency, whether of one moment with other machines', () => {
    expect(normaliseReplicaPoint(replicaPoint('a', 'p', '2017-04-26T06:37:50.8082715Z'))).toMatchObject({
      kind: 'item',
      item: { at: '2017-04-26T06:37:50.808Z', consistency: 'crash', multiMachine: false, disks: 1 },
    });
    const bare = {
      id: `${itemId('a')}/recoveryPoints/q`,
      name: 'q',
      properties: { recoveryPointTime: '2017-04-26T07:37:50Z', recoveryPointType: 'LatestTime' },
    };
    const read = normaliseReplicaPoint(bare);
    expect(read).toMatchObject({ kind: 'item', item: { consistency: 'unknown' } });
    expect(read.kind === 'item' && ('disks' in read.item || 'multiMachine' in read.item)).toBe(false);
  });

  it('of a replicated item: its replica by id, a test’s disk by name in the same group', () => {
    expect(normaliseReplicatedItem(replicated('a'))).toMatchObject({
      item: {
        targetDiskKeys: [keyOf(replicaOf('a-os')), keyOf(`${group}/providers/Microsoft.Compute/disks/a-os-ASRtest`)],
        points: { known: false, reason: 'not-read' },
      },
    });
  });

  it('of a vault point: when it expires', () => {
    const properties = {
      recoveryPointTime: '2026-06-01T00:00:00Z',
      recoveryPointType: 'AppConsistent',
      recoveryPointProperties: { expiryTime: '2026-07-01T00:00:00Z' },
    };
    expect(normaliseBackupPoint({ id: `${vaultId(s1)}/x/recoveryPoints/1`, properties })).toMatchObject({
      item: { expiresAt: '2026-07-01T00:00:00Z' },
    });
  });

  it('of a copied restore point: as far as its least advanced disk, and untold while one tells nothing', () => {
    const id = `/subscriptions/${s1}/resourceGroups/rg/providers/Microsoft.Compute/restorePointCollections/c/restorePoints/p`;
    const withView = (...disks: readonly unknown[]) =>
      normaliseRestorePoint({
        id,
        name: 'p',
        properties: {
          provisioningState: 'Succeeded',
          sourceRestorePoint: { id: `${id}0` },
          instanceView: { diskRestorePoints: disks },
        },
      });
    const at = (completionPercent: number) => ({ id: 'd', replicationStatus: { completionPercent } });
    expect(withView(at(100), at(40))).toMatchObject({ item: { copiedPercent: 40, sourcePointKey: keyOf(`${id}0`) } });
    for (const read of [withView(at(100), { id: 'd' }), withView()])
      expect(read.kind === 'item' && 'copiedPercent' in read.item).toBe(false);
  });

  it('of a snapshot that is a copy: the snapshot it came from, and no disk', () => {
    const source = `/subscriptions/${s1}/resourceGroups/rg/providers/Microsoft.Compute/snapshots/one`;
    const read = normaliseSnapshot({
      id: `${source}-copy`,
      name: 'one-copy',
      location: 'northeurope',
      properties: { creationData: { createOption: 'CopyStart', sourceResourceId: source } },
    });
    expect(read).toMatchObject({ item: { sourceSnapshotKey: keyOf(source) } });
    expect(read.kind === 'item' && 'sourceDiskKey' in read.item).toBe(false);
  });
});

describe('disks that Site Recovery makes', () => {
  const estateOf = (items: readonly unknown[], gaps = false): Estate => {
    const intake = makeIntake();
    for (const row of [disk('a-os-ASRReplica'), disk('left-ASRReplica'), disk('a-os-ASRtest'), disk('plain')])
      intake.take('disks', row);
    for (const row of items) intake.take('replicationProtectedItems', row);
    if (gaps) intake.miss('replicationProtectedItems', gap('/subscriptions/other', 'no-permission', 'sealed'));
    return intake.estate('2026-06-03T12:00:00Z', {
      description: '',
      subscriptions: [],
      resourceGroups: [],
      tags: [],
      excludeTags: [],
    });
  };
  const keeperOf = (estate: Estate, name: string) =>
    estate.disks.items.find((one) => one.name === name)!.siteRecovery?.itemKey;

  it('belong to the item that names them; one that no item names is kept by nobody', () => {
    const estate = estateOf([replicated('a')]);
    expect(keeperOf(estate, 'a-os-ASRReplica')).toEqual({ known: true, value: keyOf(itemId('a')) });
    expect(keeperOf(estate, 'a-os-ASRtest')).toEqual({ known: true, value: keyOf(itemId('a')) });
    expect(keeperOf(estate, 'left-ASRReplica')).toEqual({ known: true, value: null });
    expect(keeperOf(estate, 'plain')).toBeUndefined();
  });

  it('may be kept by an item out of sight, or by one that does not tell its disks', () => {
    expect(keeperOf(estateOf([replicated('a')], true), 'left-ASRReplica')).toMatchObject({
      known: false,
      reason: 'no-permission',
    });
    expect(keeperOf(estateOf([replicated('a', { protectedManagedDisks: [] })]), 'left-ASRReplica')).toMatchObject({
      known: false,
      reason: 'not-answered',
    });
    expect(keeperOf(estateOf([replicated('a')], true), 'a-os-ASRReplica')).toMatchObject({ known: true });
  });
});

describe('reading the points of one machine', () => {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  const collection = (name: string, source: string, location: string): unknown => ({
    id: `/subscriptions/${s1}/resourceGroups/rg/providers/Microsoft.Compute/restorePointCollections/${name}`,
    name,
    type: 'Microsoft.Compute/restorePointCollections',
    location,
    properties: { source: { id: source }, restorePoints: [point(name)] },
  });
  const point = (of: string): { id: string; name: string; properties: object } => ({
    id: `/subscriptions/${s1}/resourceGroups/rg/providers/Microsoft.Compute/restorePointCollections/${of}/restorePoints/p`,
    name: 'p',
    properties: {
      provisioningState: 'Succeeded',
      consistencyMode: 'CrashConsistent',
      timeCreated: '2026-06-01T00:00:00Z',
      sourceMetadata: {},
    },
  });
  const own = collection('own', vmId(s1, 'a', 'RG'), 'westeurope') as { id: string };
  const resources = [
    ...machineAndDisk(s1, 'a'),
    ...machineAndDisk(s1, 'b'),
    aVault(s1),
    protection(s1, vmId(s1, 'a', 'RG')),
    protection(s1, vmId(s1, 'b', 'RG')),
    replicated('a'),
    replicated('b'),
    replicaPoint('a', 'older', '2026-06-03T11:00:00Z'),
    replicaPoint('a', 'newer', '2026-06-03T11:30:00Z'),
    replicaPoint('b', 'other', '2026-06-03T11:00:00Z'),
    own,
    collection('copies', own.id, 'northeurope'),
  ];

  const read = async (override: (sent: Sent) => Reply | undefined = () => undefined) => {
    const sent = intercept(
      fakeArm({
        subscriptions: [s1],
        resources,
        override: (request) => {
          if (/restorePointCollections\/copies\/restorePoints\/p\?/i.test(request.path)) {
            const { properties, ...rest } = point('copies');
            const instanceView = { diskRestorePoints: [{ replicationStatus: { completionPercent: 70 } }] };
            return override(request) ?? [200, { ...rest, properties: { ...properties, instanceView } }];
          }
          return override(request);
        },
      }),
    );
    const reading = await readEstate(
      { filter: {}, source: 'arm', deep: false, concurrency: 4, pointsOf: (estate) => machinesNamed(estate, 'A') },
      { transport: testTransport(), clock: testClock() },
    );
    if (reading.kind === 'failed') throw new Error(reading.problem.summary);
    return { sent, estate: reading.estate };
  };
  const named = <T extends { readonly id: string }>(items: readonly T[], name: string): T =>
    items.find(({ id }) => id.endsWith(name))!;

  it('asks once per item of that machine, and nothing of the others, whose points stay unread', async () => {
    const { sent, estate } = await read();
    const asked = sent.filter(({ path }) => /recoveryPoints/i.test(path) && !path.includes('page='));
    const paths = asked.map(({ path }) => path.split('?')[0]!).toSorted();
    expect(paths).toEqual([
      `${itemId('a')}/recoveryPoints`,
      expect.stringMatching(/\/protectedItems\/VM;iaasvmcontainerv2;rg;a\/recoveryPoints$/i),
    ]);
    expect(named(estate.replicatedItems.items, '/a').points).toMatchObject({
      known: true,
      value: [{ id: expect.stringMatching(/newer$/) }, { id: expect.stringMatching(/older$/) }],
    });
    expect(named(estate.replicatedItems.items, '/b').points).toMatchObject({ known: false, reason: 'not-read' });
    expect(named(estate.backupItems.items, ';a').points).toMatchObject({ known: true });
    expect(named(estate.backupItems.items, ';b').points).toMatchObject({ known: false, reason: 'not-read' });
  });

  it('asks a copied restore point how far it is', async () => {
    const { estate } = await read();
    const copies = named(estate.restorePointCollections.items, 'copies').points;
    expect(copies).toMatchObject({ known: true, value: [{ copiedPercent: 70 }] });
  });

  it('points that may not be read are unknown for that reason, and none is claimed to be absent', async () => {
    const { estate } = await read(({ path }) =>
      /replicationProtectedItems\/a\/recoveryPoints/.test(path)
        ? [403, { error: { code: 'AuthorizationFailed', message: 'no' } }]
        : undefined,
    );
    expect(named(estate.replicatedItems.items, '/a').points).toMatchObject({ known: false, reason: 'no-permission' });
  });
});
