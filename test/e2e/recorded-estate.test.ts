/** What the raw rows of a recorded estate decide, found here by other means than the product's, must stand in its audit. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Audit, AuditedMachine } from '../../src/core/audit.ts';
import { holdfast, root, type Ran } from './rig.ts';

const folder = join(root, '..', 'shared', 'real', 'estate');
const atHand = existsSync(folder);
if (!atHand) console.log(`skipped: there is no recorded estate at ${folder}`);

type Raw = { readonly [key: string]: Raw | undefined } & readonly Raw[] & string;

const rows = (kind: string): readonly Raw[] => {
  const parsed = JSON.parse(readFileSync(join(folder, `${kind}.json`), 'utf8')) as Raw;
  return Array.isArray(parsed) ? parsed : (parsed['value'] ?? []);
};
const lower = (id: string | undefined): string => (id ?? '').toLowerCase();

describe.skipIf(!atHand)('the recorded estate, audited offline', () => {
  let ran: Ran;
  let audit: Audit;
  let machines: readonly Raw[];
  const storage = (vm: Raw): Raw => vm['properties']!['storageProfile']!;
  const disksOf = (vm: Raw): readonly Raw[] =>
    ([storage(vm)['osDisk']] as readonly (Raw | undefined)[])
      .concat(storage(vm)['dataDisks'] ?? [])
      .filter((disk) => disk !== undefined);
  const audited = (id: Raw | string | undefined): AuditedMachine =>
    audit.machines.find((machine) => lower(machine.id) === lower(id))!;
  const verdict = (id: string, option: string): string => {
    const found = audited(id).verdicts.find((one) => one.option === option)!;
    return `${found.verdict}: ${found.reasons.map(({ code }) => code).join(' ')}`;
  };
  const codes = (id: Raw | string | undefined): readonly string[] => audited(id).findings.map(({ code }) => code);

  beforeAll(async () => {
    ran = await holdfast(['audit', '--offline', folder, '--output', 'json']);
    audit = JSON.parse(ran.out) as Audit;
    machines = rows('virtualMachines');
  });

  it('is incomplete, and exits 6', () => {
    expect(ran.code).toBe(6);
    expect(audit.complete).toBe(false);
    expect(audit.asOf).toBe((JSON.parse(readFileSync(join(folder, 'bundle.json'), 'utf8')) as { asOf: string }).asOf);
  });

  it('holds each recorded machine once, with a verdict for every option', () => {
    expect(audit.machines.map(({ id }) => lower(id)).sort()).toEqual(machines.map((vm) => lower(vm['id'])).sort());
    for (const machine of audit.machines)
      expect(new Set(machine.verdicts.map(({ option }) => option)).size, machine.id).toBe(6);
  });

  it('has the disks of each machine, each known exactly where its row was recorded', () => {
    const recorded = new Set(rows('disks').map((disk) => lower(disk['id'])));
    for (const vm of machines) {
      const named = disksOf(vm);
      const { disks, id } = audited(vm['id']);
      expect(disks.length, id).toBe(named.length);
      const held = named.filter((disk) => recorded.has(lower(disk['managedDisk']?.['id']))).length;
      expect(disks.filter(({ known }) => known).length, id).toBe(held);
    }
  });

  it('rules out backup and snapshots of unmanaged disks', () => {
    const unmanaged = machines.filter((vm) => disksOf(vm).some((disk) => disk['vhd']?.['uri']));
    expect(unmanaged.length).toBeGreaterThan(10);
    for (const id of unmanaged.map((vm) => String(vm['id']))) {
      expect(verdict(id, 'azure-backup'), id).toMatch(/^impossible: .*backup-unmanaged-disk/);
      expect(verdict(id, 'disk-snapshot'), id).toMatch(/^impossible: .*snapshot-unmanaged-disk/);
    }
    const blamed = audit.machines.filter(({ verdicts }) =>
      verdicts.some(({ reasons }) => reasons.some(({ code }) => code === 'backup-unmanaged-disk')),
    );
    expect(blamed.length).toBe(unmanaged.length);
  });

  it('rules out snapshots and restore points of an ephemeral system disk', () => {
    const ephemeral = machines.filter(
      (vm) => storage(vm)['osDisk']?.['diffDiskSettings']?.['option'] === ('Local' as Raw),
    );
    expect(ephemeral.length).toBeGreaterThan(0);
    for (const id of ephemeral.map((vm) => String(vm['id']))) {
      expect(verdict(id, 'disk-snapshot')).toMatch(/^impossible: .*snapshot-ephemeral-os/);
      expect(verdict(id, 'restore-point')).toMatch(/^impossible: .*restore-point-ephemeral-os/);
    }
  });

  it('never takes a managed image of a Trusted Launch machine', () => {
    const trusted = machines.filter(
      (vm) => vm['properties']!['securityProfile']?.['securityType'] === ('TrustedLaunch' as Raw),
    );
    expect(trusted.length).toBeGreaterThan(3);
    for (const id of trusted.map((vm) => String(vm['id'])))
      expect(verdict(id, 'managed-image'), id).toMatch(/^impossible: .*image-security-type/);
  });

  it('never serves a machine of several disks by snapshots of each alone', () => {
    const several = machines.filter((vm) => (storage(vm)['dataDisks'] ?? []).length > 0);
    expect(several.length).toBeGreaterThan(10);
    for (const id of several.map((vm) => String(vm['id'])))
      expect(verdict(id, 'disk-snapshot'), id).not.toMatch(/^(?:suitable|required)/);
  });

  it('tells the state of each recorded backup: running, never run, or leaving disks out', () => {
    const items = rows('protectedItems').map((item) => item['properties']!);
    expect(items.length).toBeGreaterThan(5);
    for (const item of items) {
      const id = item['sourceResourceId'] ?? item['virtualMachineId'];
      const protection = audited(id).protections.find(({ option }) => option === 'azure-backup')!;
      const never = Date.parse(String(item['lastBackupTime'])) < Date.UTC(2002, 0, 1);
      expect(protection.state, String(id)).toBe(never ? 'pending' : 'protected');
      expect(protection.newestPoint === undefined, String(id)).toBe(never);
      expect(codes(id)).toContain(never ? 'protection-pending' : 'stale');
      expect(codes(id)).not.toContain('unprotected');
      const left = item['extendedProperties']?.['diskExclusionProperties']?.['diskLunList'] ?? [];
      expect(codes(id).includes('partial'), String(id)).toBe(left.length > 0);
      for (const lun of left) expect(JSON.stringify(audited(id).findings)).toContain(`LUN ${lun}`);
    }
    const deleted = items.filter((item) => (item['isScheduledForDeferredDelete'] as unknown) === true).length;
    expect(audit.totals.findingsByCode['soft-deleted'] ?? 0).toBe(deleted);
  });

  it('counts no replication that is not between Azure regions', () => {
    expect(
      rows('replicationProtectedItems').every(
        (item) => item['properties']!['providerSpecificDetails']!['instanceType'] !== ('A2A' as Raw),
      ),
    ).toBe(true);
    expect(
      audit.machines.flatMap(({ protections }) => protections).filter(({ option }) => option === 'site-recovery'),
    ).toEqual([]);
  });

  it('knows the redundancy of a vault where the row tells it, and calls it unknown elsewhere', () => {
    for (const vault of rows('vaults')) {
      const told = vault['properties']!['redundancySettings']?.['standardTierStorageRedundancy'];
      const found = audit.vaults.find(({ id }) => lower(id) === lower(vault['id']))!;
      expect(found.redundancy, found.id).toBe(
        told === undefined ? 'unknown' : { GeoRedundant: 'geo-redundant' }[String(told)],
      );
      const off =
        (vault['properties']!['securitySettings']?.['softDeleteSettings']?.['softDeleteState'] as unknown) ===
        'Disabled';
      expect(
        found.findings.some(({ code }) => code === 'vault-soft-delete-off'),
        found.id,
      ).toBe(off);
    }
  });

  it('calls nobody unprotected: what protects a machine may be in what was not recorded', () => {
    expect(audit.machines.filter(({ id }) => codes(id).includes('unprotected')).map(({ id }) => id)).toEqual([]);
    expect(audit.totals.findingsByCode['unknown']).toBeGreaterThan(0);
  });
});
