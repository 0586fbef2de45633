import { describe, expect, it } from 'vitest';
import { gap, known, unknown } from '../../../src/core/fact.ts';
import { azureBackup } from '../../../src/core/options/azure-backup.ts';
import { aBackupItem, aBackupPoint, aMachine, anEstate, subscriptionId } from '../estate-builder.ts';

const machine = aMachine({ dataDisks: 2 });
const present = (over: Parameters<typeof aBackupItem>[0]) =>
  azureBackup.present(machine, anEstate({ machines: [machine], backupItems: [aBackupItem(over)] }))[0]!;
const notRead = unknown('not-read', 'points are read with --deep');

describe('what Azure Backup already does for a machine', () => {
  it('is found by the id of the machine alone: an item of a namesake in another group is not', () => {
    const other = aBackupItem({ machineKey: machine.key.replace('rg-app', 'rg-other') });
    expect(azureBackup.present(machine, anEstate({ backupItems: [other] }))).toEqual([]);
  });

  it('is healthy with its newest point when points were read', () => {
    const older = aBackupPoint({ at: '2026-06-02T02:10:00Z', consistency: 'crash' });
    expect(present({ points: known([older, aBackupPoint({ disksIncluded: 3, disksAttached: 3 })]) })).toMatchObject({
      healthy: true,
      pending: false,
      active: true,
      newestPoint: { at: '2026-06-03T02:10:00Z', consistency: 'application', disksIncluded: 3, disksAttached: 3 },
    });
  });

  it('knows only the moment of the last point when points were not read', () => {
    expect(present({ points: notRead })).toMatchObject({
      newestPoint: { id: null, at: '2026-06-03T02:10:00Z', consistency: 'unknown', disksIncluded: null },
      pointsUnknown: { reason: 'not-read' },
    });
  });

  it('has no point when Azure gives the year 2001, and none when the points read are none', () => {
    expect(present({ points: notRead, lastPointAt: '2001-01-01T00:00:00Z' }).newestPoint).toBeUndefined();
    expect(present({ points: known([]) }).newestPoint).toBeUndefined();
  });

  it('is pending, not healthy, until the first backup', () => {
    expect(present({ state: 'pending', rawState: 'IRPending', points: known([]) })).toMatchObject({
      healthy: false,
      pending: true,
      active: true,
    });
  });

  it.each(['stopped', 'suspended', 'paused', 'soft-deleted'] as const)('is not in force once %s', (state) => {
    expect(present({ state, rawState: 'ProtectionStopped' })).toMatchObject({
      healthy: false,
      pending: false,
      active: false,
    });
  });

  it('is in force but ailing when its last backup failed, Azure calls it in error, or in words unknown to us', () => {
    expect(present({ lastBackupStatus: 'Failed' })).toMatchObject({
      healthy: false,
      active: true,
      detail: 'its last backup Failed',
    });
    expect(present({ state: 'error', rawState: 'ProtectionError' })).toMatchObject({ healthy: false, active: true });
    expect(present({ state: 'unknown', rawState: 'Dreaming' }).detail).toContain('Dreaming');
  });

  it('names disks left out by LUN, whether the list excludes or includes', () => {
    expect(present({ diskExclusion: { luns: [1], inclusion: false } }).disksLeftOut).toEqual(['LUN 1 (web01-data-1)']);
    expect(present({ diskExclusion: { luns: [1], inclusion: true } }).disksLeftOut).toEqual(['LUN 0 (web01-data-0)']);
    expect(present({ diskExclusion: { luns: [7], inclusion: false } }).disksLeftOut).toEqual([]);
  });

  it('puts what is healthy before what is left over from another vault', () => {
    const left = aBackupItem({ id: '/subscriptions/s/x', state: 'soft-deleted', rawState: 'ProtectionStopped' });
    const both = azureBackup.present(machine, anEstate({ backupItems: [left, aBackupItem()] }));
    expect(both.map(({ state }) => state)).toEqual(['protected', 'soft-deleted']);
  });

  it('proves nothing by an empty answer where vaults of the subscription could not be read', () => {
    const hidden = {
      items: [],
      gaps: [gap(`/subscriptions/${subscriptionId}/resourceGroups/rg-vaults`, 'no-permission', 'no')],
    };
    const elsewhere = { items: [], gaps: [gap('/subscriptions/other', 'no-permission', 'no')] };
    expect(azureBackup.blindSpot(machine, anEstate({ backupItems: hidden }))?.reason).toBe('no-permission');
    expect(azureBackup.blindSpot(machine, anEstate({ backupItems: elsewhere }))).toBeUndefined();
  });
});
