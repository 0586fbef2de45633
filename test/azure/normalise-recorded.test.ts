import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/core/estate.ts';
import { readBundle } from '../../src/azure/bundle-read.ts';
import {
  normaliseBackupItem,
  normaliseBackupPoint,
  normaliseBackupPolicy,
  normaliseVault,
} from '../../src/azure/normalise-backup.ts';
import { normaliseDisk, normaliseSnapshot } from '../../src/azure/normalise-disk.ts';
import { normaliseMachine } from '../../src/azure/normalise-machine.ts';
import { normaliseImage, normaliseRestorePointCollection } from '../../src/azure/normalise-points.ts';
import { normaliseReplicatedItem } from '../../src/azure/normalise-replication.ts';
import type { Normaliser } from '../../src/azure/normalise-resource.ts';
import { at, listAt, textAt } from '../../src/azure/raw.ts';
import { estateDir, recordedBodies, recordedIsThere, recordedRows } from './recorded.ts';

const items = <T>(normalise: Normaliser<T>, rows: readonly unknown[]): readonly T[] =>
  rows.map((row) => {
    const read = normalise(row);
    if (read.kind !== 'item') throw new Error(`${read.kind}: ${textAt(row, 'id')}`);
    return read.item;
  });

describe.skipIf(!recordedIsThere)('the recorded estate', () => {
  const rows = recordedIsThere ? recordedRows('virtualMachines') : [];
  const machines = (): readonly Machine[] => items(normaliseMachine, rows);

  it('holds 57 machines, each with the disks its own answer names', () => {
    expect(machines()).toHaveLength(57);
    for (const [i, machine] of machines().entries()) {
      const profile = at(rows[i], 'properties', 'storageProfile');
      expect(machine.disks).toHaveLength(1 + listAt(profile, 'dataDisks').length);
      expect(machine.disks[0]?.role).toBe('os');
    }
  });

  it('tells disks in storage accounts, on the host and in resources apart', () => {
    const kinds = Object.groupBy(
      machines().flatMap((m) => m.disks),
      (d) => d.kind,
    );
    const vhds = JSON.stringify(rows).match(/"vhd":\{"uri"/g)?.length;
    expect(kinds.unmanaged).toHaveLength(vhds ?? -1);
    expect(kinds.ephemeral?.map((d) => d.name)).toEqual([
      'cli-test-vm-local-base_OsDisk_1_f3b2cb772b7a4a9ebd2a24c9f58b4f2f',
    ]);
    expect(kinds.managed?.every((d) => d.key !== undefined)).toBe(true);
  });

  it('knows which machines are Trusted Launch, and that these are generation 2', () => {
    const trusted = machines().filter((m) => m.securityType === 'trusted-launch');
    expect(trusted.map((m) => m.name).sort()).toEqual(['cfb-test-0', 'cfb-test-1', 'vm1', 'vm1', 'vm_000006']);
    expect(trusted.every((m) => m.hyperVGeneration.known && m.hyperVGeneration.value === 'V2')).toBe(true);
  });

  it('knows power and generalization where an instance view was recorded, and only there', () => {
    for (const [i, machine] of machines().entries()) {
      const viewed = at(rows[i], 'properties', 'instanceView') !== undefined;
      expect([machine.name, machine.power.known, machine.generalized.known]).toEqual([machine.name, viewed, viewed]);
    }
    // One of them says OSState/specialized; none was recorded generalized.
    expect(machines().filter((m) => m.generalized.known && m.generalized.value)).toEqual([]);
  });

  it('finds the spot machine, the availability set and the machine encrypted at its host', () => {
    expect(
      machines()
        .filter((m) => m.spot)
        .map((m) => m.name),
    ).toEqual(['stefanvm']);
    expect(
      machines()
        .filter((m) => m.availabilitySetId !== undefined)
        .map((m) => m.name),
    ).toEqual(['vrfvm']);
    expect(machines().filter((m) => m.encryptionAtHost)).toHaveLength(
      JSON.stringify(rows).match(/"encryptionAtHost":true/g)?.length ?? -1,
    );
  });

  it('orders the disks of a machine by LUN', () => {
    const many = machines().filter((m) => m.disks.length > 2);
    expect(many.length).toBeGreaterThan(5);
    for (const m of many)
      expect(m.disks.slice(1).map((d) => d.lun)).toEqual(
        m.disks
          .slice(1)
          .map((d) => d.lun)
          .toSorted((a, b) => (a ?? 0) - (b ?? 0)),
      );
  });

  it('joins the protected items to machines by id, and knows which never ran', async () => {
    const { estate } = await readBundle(estateDir);
    const byKey = new Map(estate.machines.items.map((m) => [m.key, m.name]));
    expect(
      estate.backupItems.items.map((i) => [byKey.get(i.machineKey), i.state, i.lastBackupAt !== undefined]),
    ).toEqual([
      ['clitest-vm000003', 'protected', true],
      ['clitest-vm000003', 'protected', true],
      ['clitest-vm000004', 'protected', true],
      ['clitest-vm000003', 'protected', true],
      ['clitest-vm000003', 'pending', false],
      ['clitest-vm000004', 'pending', false],
      ['clitest-vm000005', 'pending', false],
      ['clitest-vm000006', 'pending', false],
    ]);
    expect(estate.backupItems.items.map((i) => i.diskExclusion).filter((e) => e !== undefined)).toEqual([
      { luns: [1], inclusion: false },
    ]);
    expect(estate.backupItems.items.every((i) => i.vaultId.startsWith('/subscriptions/'))).toBe(true);
  });

  it('gives no machine to replicated items that are not Azure-to-Azure', () => {
    expect(
      items(normaliseReplicatedItem, recordedRows('replicationProtectedItems')).map((i) => [i.provider, i.machineKey]),
    ).toEqual([
      ['HyperVReplicaAzure', undefined],
      ['InMageRcm', undefined],
    ]);
  });

  it('tells enhanced policies from standard ones, and those of other workloads', () => {
    const policies = items(normaliseBackupPolicy, recordedRows('backupPolicies'));
    expect(
      policies
        .filter((p) => p.name === 'EnhancedPolicy')
        .every((p) => p.tier === 'enhanced' && p.schedule.frequency === 'hourly'),
    ).toBe(true);
    expect(
      policies.filter((p) => p.name === 'DefaultPolicy').every((p) => p.tier === 'standard' && p.retainDays === 30),
    ).toBe(true);
    expect(policies.filter((p) => p.name === 'HourlyLogBackup').every((p) => p.workload === 'other')).toBe(true);
  });

  it('calls a disk that a machine names and no row holds unknown, never absent', async () => {
    const { estate } = await readBundle(estateDir);
    const managed = estate.machines.items.flatMap((m) => m.disks).filter((d) => d.kind === 'managed');
    const unknown = managed.filter((d) => !d.disk.known);
    expect(managed.length - unknown.length).toBeGreaterThan(0);
    expect(unknown.length).toBeGreaterThan(40);
    expect(new Set(unknown.map((d) => (d.disk.known ? '' : d.disk.reason)))).toEqual(new Set(['not-answered']));
  });

  it('cannot prove absence of anything, because the bundle says it is incomplete', async () => {
    const { estate, complete } = await readBundle(estateDir);
    expect(complete).toBe(false);
    expect(estate.backupItems.gaps.map((g) => [g.scope, g.reason])).toEqual([['/', 'not-exported']]);
  });
});

describe.skipIf(!recordedIsThere)('bodies of the recorded conversations', () => {
  const cases: readonly (readonly [string, Normaliser<unknown>, number])[] = [
    ['microsoft.compute/virtualmachines', normaliseMachine, 40],
    ['microsoft.compute/disks', normaliseDisk, 15],
    ['microsoft.compute/snapshots', normaliseSnapshot, 10],
    ['microsoft.compute/images', normaliseImage, 3],
    ['microsoft.compute/restorepointcollections', normaliseRestorePointCollection, 3],
    ['microsoft.recoveryservices/vaults', normaliseVault, 40],
    ['microsoft.recoveryservices/vaults/backuppolicies', normaliseBackupPolicy, 20],
    [
      'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems/recoverypoints',
      normaliseBackupPoint,
      1,
    ],
  ];
  it.each(cases)('of type %s are all understood', (type, normalise, atLeast) => {
    const bodies = recordedBodies(type);
    expect(bodies.length).toBeGreaterThanOrEqual(atLeast);
    for (const body of bodies) expect(normalise(body).kind).toBe('item');
  });

  it('protected items are understood or rightly passed over, and every state has a word of ours', () => {
    const read = recordedBodies(
      'microsoft.recoveryservices/vaults/backupfabrics/protectioncontainers/protecteditems',
    ).map(normaliseBackupItem);
    expect(read.length).toBeGreaterThan(10);
    expect(read.filter((r) => r.kind === 'unintelligible')).toEqual([]);
    const states = new Set(read.flatMap((r) => (r.kind === 'item' ? [r.item.state] : [])));
    expect(states).not.toContain('unknown');
    expect(states).toContain('soft-deleted');
  });

  it('Azure-to-Azure items carry machine, disks, regions and RPO', () => {
    const read = recordedBodies(
      'microsoft.recoveryservices/vaults/replicationfabrics/replicationprotectioncontainers/replicationprotecteditems',
    ).map(normaliseReplicatedItem);
    const a2a = read.flatMap((r) => (r.kind === 'item' && r.item.provider === 'A2A' ? [r.item] : []));
    const ready = a2a.find((i) => i.protectionState === 'Protected' && i.rpoSeconds !== undefined);
    expect(ready).toMatchObject({
      health: 'normal',
      rpoSeconds: 95,
      sourceRegion: 'eastus2',
      recoveryRegion: 'eastus',
    });
    expect(ready?.machineKey).toMatch(/\/virtualmachines\/srsourcevm$/);
    expect(ready?.protectedDiskKeys).toHaveLength(1);
    expect(ready?.agentExpiresAt).toBeUndefined();
  });
});
