import { describe, expect, it } from 'vitest';
import { makeIntake } from '../../src/azure/intake.ts';
import type { RawKind } from '../../src/azure/kinds.ts';
import { azureBackup } from '../../src/core/options/azure-backup.ts';
import { diskSnapshot } from '../../src/core/options/disk-snapshot.ts';
import { aVault, machineAndDisk, protection, sub, vaultId, vmId } from './fake-arm.ts';

type Row = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly properties: Readonly<Record<string, unknown>>;
};

const scope = { description: '', subscriptions: [], resourceGroups: [], tags: [], excludeTags: [] };
const one = sub(1);
const [web, webDisk] = machineAndDisk(one, 'web') as unknown as readonly [Row, Row];
const [db] = machineAndDisk(one, 'db') as unknown as readonly [Row];
const estateOf = (rows: Partial<Record<RawKind, readonly unknown[]>>) => {
  const intake = makeIntake();
  for (const [kind, list] of Object.entries({
    virtualMachines: [web, db],
    disks: [webDisk],
    vaults: [aVault(one)],
    ...rows,
  }))
    for (const row of list) intake.take(kind as RawKind, row);
  return intake.estate('2026-06-03T00:00:00Z', scope);
};
const changed = (row: unknown, properties: Readonly<Record<string, unknown>> | null): Row =>
  ({ ...(row as Row), properties: properties === null ? null : { ...(row as Row).properties, ...properties } }) as Row;
const backedUp = (properties: Readonly<Record<string, unknown>>): Row => changed(protection(one, web.id), properties);
const itemOf = (properties: Readonly<Record<string, unknown>>) =>
  estateOf({ protectedItems: [backedUp(properties)] }).backupItems.items[0];
const snapshotOf = (properties: Readonly<Record<string, unknown>> | null): Row => ({
  id: `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.Compute/snapshots/s`,
  properties: properties as Row['properties'],
});

describe('what a machine answers about its disks', () => {
  it('is all of them when it holds both, an empty list included', () => {
    expect(estateOf({}).machines.items.map((m) => m.disksUnknown)).toEqual([undefined, undefined]);
  });

  it.each([
    ['no properties', null],
    ['no storage profile', { storageProfile: undefined }],
    ['no operating system disk', { storageProfile: { dataDisks: [] } }],
    ['no data disks', { storageProfile: { osDisk: { name: 'o' } } }],
    ['data disks that are none', { storageProfile: { osDisk: { name: 'o' }, dataDisks: [null, 'x'] } }],
  ])('leaves the set of disks unknown with %s', (_, properties) => {
    const machine = estateOf({ virtualMachines: [changed(web, properties)] }).machines.items[0];
    expect(machine?.disksUnknown).toMatchObject({ known: false, reason: 'unintelligible' });
  });

  it('and tags that are a text leave the whole machine unknown', () => {
    const { machines } = estateOf({ virtualMachines: [{ ...web, tags: 'env=prod' }] });
    expect([machines.items.length, machines.gaps.map((g) => g.scope)]).toEqual([0, [web.id.toLowerCase()]]);
    expect(estateOf({ virtualMachines: [{ ...web, tags: '' }] }).machines.items[0]?.tags).toEqual({});
  });
});

describe('a protected item', () => {
  it.each([
    ['Protected', 'ProtectionConfigured', 'protected'],
    ['IRPending', 'ProtectionConfigured', 'pending'],
    ['IRPending', 'ConfiguringProtectionFailed', 'error'],
    ['ProtectionError', 'ProtectionConfigured', 'error'],
    ['ProtectionStopped', 'SoftDeleted', 'soft-deleted'],
    ['ProtectionStopped', undefined, 'stopped'],
    [undefined, 'ProtectionStopped', 'stopped'],
    ['Protected', 'ProtectionStopped', 'unknown'],
    ['NotProtected', 'ProtectionConfigured', 'unknown'],
    ['Protected', 'NotProtected', 'unknown'],
    ['ProtectionStopped', 'ProtectionConfigured', 'unknown'],
    [undefined, undefined, 'unknown'],
  ])('that is %s and %s is %s', (protectionState, currentProtectionState, state) => {
    expect(itemOf({ protectionState, currentProtectionState })?.state).toBe(state);
  });

  it('with a deferred deletion and no flag is in an unknown state, and with the flag soft-deleted', () => {
    const deferredDeleteTimeInUTC = '2026-06-01T00:00:00Z';
    expect(itemOf({ deferredDeleteTimeInUTC })?.state).toBe('unknown');
    expect(itemOf({ deferredDeleteTimeInUTC, isScheduledForDeferredDelete: true })?.state).toBe('soft-deleted');
    expect(itemOf({ deferredDeleteTimeInUTC: '0001-01-01T00:00:00Z' })?.state).toBe('protected');
  });

  it('that names two machines leaves both in doubt, and no third one', () => {
    const estate = estateOf({ protectedItems: [backedUp({ sourceResourceId: web.id, virtualMachineId: db.id })] });
    expect(estate.backupItems.items).toEqual([]);
    const other = machineAndDisk(one, 'other')[0];
    const whole = { ...estate, machines: estateOf({ virtualMachines: [web, db, other] }).machines };
    expect(whole.machines.items.map((m) => [m.name, azureBackup.blindSpot(m, whole)?.reason])).toEqual([
      ['web', 'unintelligible'],
      ['db', 'unintelligible'],
      ['other', undefined],
    ]);
  });

  it('of a management type that is not known leaves its machine in doubt; a database in it does not', () => {
    const gapsWith = (backupManagementType: string) => {
      const { items, gaps } = estateOf({ protectedItems: [backedUp({ backupManagementType })] }).backupItems;
      return [items.length, gaps.map((g) => g.scope)];
    };
    expect(gapsWith('AzureIaasVM2')).toEqual([0, [web.id.toLowerCase()]]);
    expect(gapsWith('AzureWorkload')).toEqual([0, []]);
    expect(gapsWith('AzureIaasVM')).toEqual([1, []]);
  });

  it.each([
    [[0, 1], { luns: [0, 1] }],
    [['0', '1'], { luns: [0, 1] }],
    [[], { luns: [] }],
    [null, undefined],
    [['x'], undefined],
  ])('reads the LUNs %j', (diskLunList, exclusion) => {
    const item = itemOf({ extendedProperties: { diskExclusionProperties: { diskLunList, isInclusionList: true } } });
    if (exclusion) expect(item?.diskExclusion).toMatchObject(exclusion);
    expect(item?.disksUnknown?.reason).toBe(exclusion ? undefined : 'unintelligible');
  });

  it('whose disk exclusion is no object covers disks that are not known', () => {
    const item = itemOf({ extendedProperties: { diskExclusionProperties: 'x' } });
    expect(item?.disksUnknown?.reason).toBe('unintelligible');
  });

  it('counts no recovery point that is in no tier any more, and doubts one in a tier of unknown status', () => {
    const point = (name: string, ...statuses: readonly string[]): unknown => ({
      id: `${backedUp({}).id}/recoveryPoints/${name}`,
      properties: {
        recoveryPointTime: '2026-06-02T00:00:00Z',
        recoveryPointType: 'AppConsistent',
        recoveryPointTierDetails: statuses.map((status) => ({ type: 'HardenedRP', status })),
      },
    });
    const pointsOf = (...recoveryPoints: readonly unknown[]) =>
      estateOf({ protectedItems: [backedUp({})], recoveryPoints }).backupItems.items[0]?.points;
    expect(pointsOf(point('a', 'Deleted', 'Invalid'))).toMatchObject({ known: true, value: [] });
    expect(pointsOf(point('a', 'Deleted', 'Valid'))).toMatchObject({ known: true, value: [{ tiers: ['vault'] }] });
    expect(pointsOf(point('a', 'Strange'))).toMatchObject({ known: false, reason: 'unintelligible' });
  });

  it('whose vault and policy no answer holds says so of both, once', () => {
    const two = [backedUp({}), { ...changed(protection(one, db.id), {}), id: backedUp({}).id.replace(/web/g, 'db') }];
    const { vaults, backupPolicies } = estateOf({ vaults: [], protectedItems: two });
    expect(vaults.gaps).toMatchObject([{ scope: vaultId(one).toLowerCase(), reason: 'not-answered' }]);
    expect(backupPolicies.gaps.every((g) => g.reason === 'not-answered')).toBe(true);
    expect(estateOf({ protectedItems: two }).vaults.gaps).toEqual([]);
  });
});

describe('a snapshot', () => {
  it.each([
    ['no properties', null],
    ['no source', { creationData: { createOption: 'Copy' } }],
  ])('with %s leaves the snapshots there unknown', (_, properties) => {
    const estate = estateOf({ snapshots: [snapshotOf(properties)] });
    expect(estate.snapshots.gaps).toMatchObject([
      { scope: snapshotOf(null).id.toLowerCase(), reason: 'unintelligible' },
    ]);
    expect(diskSnapshot.blindSpot(estate.machines.items[0]!, estate)).toMatchObject({ reason: 'unintelligible' });
  });

  it('made of nothing is rightly of no disk', () => {
    expect(estateOf({ snapshots: [snapshotOf({ creationData: { createOption: 'Empty' } })] }).snapshots.gaps).toEqual(
      [],
    );
  });

  it('that failed is neither a point nor on its way', () => {
    const properties = {
      provisioningState: 'Failed',
      timeCreated: '2026-06-02T00:00:00Z',
      creationData: { createOption: 'Copy', sourceResourceId: webDisk.id },
    };
    const estate = estateOf({ snapshots: [snapshotOf(properties)] });
    const [found] = diskSnapshot.present(estate.machines.items[0]!, estate);
    expect(found).toMatchObject({ state: 'failed', healthy: false, pending: false });
    expect(found?.newestPoint).toBeUndefined();
  });
});

describe('one id twice', () => {
  const kinds: readonly (readonly [RawKind, Row, Row])[] = [
    ['virtualMachines', web, { ...web, tags: { env: 'dev' } }],
    ['protectedItems', backedUp({}), backedUp({ protectionState: 'ProtectionStopped' })],
    [
      'snapshots',
      snapshotOf({ creationData: { createOption: 'Copy', sourceResourceId: webDisk.id } }),
      snapshotOf({ creationData: { createOption: 'Copy', sourceResourceId: vmId(one, 'x') } }),
    ],
  ];
  const listed = (kind: RawKind, rows: readonly Row[]) => {
    const estate = estateOf({ [kind]: rows });
    return { virtualMachines: estate.machines, protectedItems: estate.backupItems, snapshots: estate.snapshots }[
      kind as 'snapshots'
    ];
  };

  it.each(kinds)('folds equal %s', (kind, row) => {
    const again = { ...row, id: row.id.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions') };
    for (const twice of [row, again]) {
      const { items, gaps } = listed(kind, [row, twice]);
      expect([items.length, gaps]).toEqual([1, []]);
    }
  });

  it.each(kinds)('knows nothing of differing %s, in any order', (kind, row, differing) => {
    for (const rows of [
      [row, differing],
      [differing, row],
      [row, differing, row],
    ]) {
      const { items, gaps } = listed(kind, rows);
      expect(items).toEqual([]);
      expect(gaps.map((g) => g.reason)).toEqual(['unintelligible']);
    }
  });

  it('leaves only the machine of a protected item that differs in doubt', () => {
    const estate = estateOf({ protectedItems: [kinds[1]![1], kinds[1]![2]] });
    expect(estate.machines.items.map((m) => azureBackup.blindSpot(m, estate)?.reason)).toEqual([
      'unintelligible',
      undefined,
    ]);
  });

  it('keeps the first rows of a kind that is read again by other calls', () => {
    const intake = makeIntake();
    intake.take('virtualMachines', web);
    intake.reread('virtualMachines');
    intake.take('virtualMachines', { ...web, tags: { env: 'dev' } });
    expect([intake.machines().length, intake.gaps()]).toEqual([1, {}]);
  });

  it('settles what was read for certain: a later row that lags behind changes nothing', () => {
    const intake = makeIntake();
    intake.settle('virtualMachines', web);
    intake.take('virtualMachines', { ...web, tags: { env: 'dev' } });
    expect(intake.machines().map((m) => m.tags)).toEqual([(web as { readonly tags?: unknown }).tags ?? {}]);
    expect(intake.gaps()).toEqual({});
  });
});
