import { describe, expect, it } from 'vitest';
import { gap } from '../../../src/core/fact.ts';
import { siteRecovery } from '../../../src/core/options/site-recovery.ts';
import { aDataDisk, aMachine, anEstate, anOsDisk, aReplicatedItem, diskId } from '../estate-builder.ts';

const machine = aMachine();
const present = (over: Parameters<typeof aReplicatedItem>[0], on = machine) =>
  siteRecovery.present(on, anEstate({ replicatedItems: [aReplicatedItem(over)] }))[0]!;

describe('what Site Recovery already does for a machine', () => {
  it('counts Azure-to-Azure replication only', () => {
    const other = aReplicatedItem({ provider: 'HyperVReplicaAzure' });
    expect(siteRecovery.present(machine, anEstate({ replicatedItems: [other] }))).toEqual([]);
  });

  it('is as far behind as Azure last reckoned, from when it reckoned', () => {
    expect(present({})).toMatchObject({
      healthy: true,
      rpoSeconds: 180,
      newestPoint: { id: null, at: '2026-06-03T11:54:00Z', consistency: 'crash' },
      lastDrillAt: '2026-04-01T10:00:00Z',
      recoveryRegion: 'northeurope',
    });
    expect(present({}).vaultId).toMatch(/\/vaults\/rsv-northeurope$/);
  });

  it('is pending through initial replication, though its operation has long succeeded', () => {
    for (const protectionState of ['InitialReplicationInProgress', 'InitialReplicationRecoveryCompletionPending']) {
      expect(present({ protectionState, health: 'none' })).toMatchObject({
        healthy: false,
        pending: true,
        active: true,
      });
    }
  });

  it('ails when Azure gives its health as a warning, as critical, or not at all', () => {
    for (const health of ['warning', 'critical', 'none'] as const) {
      expect(present({ health })).toMatchObject({ healthy: false, active: true });
    }
  });

  it('has had no drill when Azure gives a year before there was an Azure', () => {
    expect(present({ lastDrillAt: '1753-01-01T01:01:01Z' }).lastDrillAt).toBeUndefined();
  });

  it('names the disks it leaves out: as Azure tells, and as the list of replicated disks lacks', () => {
    const wide = aMachine({ disks: [anOsDisk(), aDataDisk(0), aDataDisk(1)] });
    expect(present({ unprotectedDisks: [diskId('web01-data-0')] }, wide).disksLeftOut).toEqual([
      'web01-data-0',
      'web01-data-1',
    ]);
    expect(present({ protectedDiskKeys: [] }, wide).disksLeftOut).toEqual([]);
  });

  it('may hide in any subscription that was not read', () => {
    const replicatedItems = { items: [], gaps: [gap('/subscriptions/other', 'no-permission', 'no')] };
    expect(siteRecovery.blindSpot(machine, anEstate({ replicatedItems }))?.reason).toBe('no-permission');
  });
});
