/** Protection without a machine: what is waste for certain, what may be, and what only looks like it; with its cost. */
import { describe, expect, it } from 'vitest';
import type { Audit } from '../../src/core/audit.ts';
import { auditEstate, priceOrphans } from '../../src/core/audit-estate.ts';
import { meterKey, snapshotStorage } from '../../src/core/cost/meter.ts';
import type { PriceBook } from '../../src/core/cost/price-book.ts';
import type { Disk, Snapshot } from '../../src/core/estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf, shortHash } from '../../src/core/ids.ts';
import { shippedGuidance } from './guidance-shipped.ts';
import {
  aBackupItem,
  aBackupItemId,
  aDisk,
  aMachine,
  anEstate,
  aReplicatedItem,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  aVault,
  asOf,
  diskId,
  machineId,
  subscriptionId,
} from './estate-builder.ts';

type Over = Parameters<typeof anEstate>[0];

const meter = snapshotStorage('Standard_ZRS', 'westeurope')!;
const book: PriceBook = {
  title: 'a table',
  asOf: '2026-06-01',
  source: 'https://example.test/prices',
  prices: new Map([[meterKey(meter), known({ usd: 0.05, asOf: '2026-06-01', source: 'https://example.test/prices' })]]),
  gaps: new Map(),
};

const audit = (over: Over, prices: PriceBook = book): Audit => {
  const estate = anEstate({ machines: [aMachine()], vaults: [aVault()], ...over });
  return priceOrphans(auditEstate(estate, shippedGuidance, asOf), estate, shippedGuidance, prices);
};
const orphansOf = (over: Over) => audit(over).orphans;
const namesOf = (over: Over) => orphansOf(over).map(({ id }) => id.split('/').at(-1));

const gone = keyOf(machineId('gone'));
const goneItem = (over: Parameters<typeof aBackupItem>[0] = {}) =>
  aBackupItem({ id: aBackupItemId('gone'), key: keyOf(aBackupItemId('gone')), machineKey: gone, ...over });
const place = `/subscriptions/${subscriptionId}`;
const closed = [gap(place, 'no-permission', 'the login may not read it')];

describe('backup items of machines that are gone', () => {
  it.each([
    ['stopped', 'low', 'delete the backup data if not'],
    ['protected', 'low', 'stop its protection'],
    ['soft-deleted', 'info', 'Azure deletes it by itself on 2026-06-15'],
  ] as const)('%s: %s, with what to do', (state, severity, remedy) => {
    const [orphan] = orphansOf({
      backupItems: [goneItem({ state, ...(state === 'soft-deleted' ? { deletedAt: '2026-06-01T09:00:00Z' } : {}) })],
    });
    expect(orphan).toMatchObject({
      option: 'azure-backup',
      machineId: gone,
      findings: [{ code: 'orphaned', severity }],
    });
    expect(orphan!.findings[0]!.remedy).toContain(remedy);
  });

  it('cost what is not known, never nothing: their disks are gone with the machine', () => {
    expect(orphansOf({ backupItems: [goneItem({ state: 'stopped' })] })[0]!.cost.monthlyUsd).toBe('unknown');
  });
});

describe('snapshots', () => {
  const ofGone = (over: Partial<Snapshot> = {}) =>
    aSnapshot({ name: 'left', sourceDiskKey: keyOf(diskId('gone-os')), sourceUniqueId: 'u-gone', ...over });

  it('of a disk that is gone are waste, with since when, size and cost', () => {
    const [orphan] = orphansOf({ snapshots: [ofGone()] });
    expect(orphan).toMatchObject({
      what: 'snapshot',
      since: '2026-06-03T03:00:00Z',
      sizeGiB: 128,
      cost: { monthlyUsd: 6.4, atMostUsd: 6.4 },
    });
  });

  it('without a price or a size cost unknown, never 0', () => {
    expect(orphansOf({ snapshots: [ofGone({ sku: 'Premium_LRS' })] })[0]!.cost.monthlyUsd).toBe('unknown');
    const { sizeGiB: _, ...unsized } = ofGone();
    expect(orphansOf({ snapshots: [unsized] })[0]).toMatchObject({ sizeGiB: null, cost: { monthlyUsd: 'unknown' } });
    const unpriced = auditEstate(anEstate({ machines: [aMachine()], snapshots: [ofGone()] }), shippedGuidance, asOf);
    expect(unpriced.orphans[0]!.cost.monthlyUsd).toBe('unknown');
  });

  it('of a disk that is merely detached are nobody’s waste, even when their machine is gone', () => {
    const detached = aDisk({ name: 'kept', attachedTo: [] });
    const snapshot = aSnapshot({
      sourceDiskKey: detached.key,
      ...(detached.uniqueId === undefined ? {} : { sourceUniqueId: detached.uniqueId }),
      tags: { 'holdfast-machine': shortHash(gone, 12), 'holdfast-set': 'a' },
    });
    expect(namesOf({ disks: [detached], snapshots: [snapshot] })).toEqual([]);
  });

  it('of a disk that could be out of sight are unknown, and make the audit incomplete', () => {
    const { orphans, unknowns, complete } = audit({ disks: { items: [], gaps: closed }, snapshots: [ofGone()] });
    expect(orphans).toEqual([]);
    expect(complete).toBe(false);
    expect(unknowns).toContainEqual(expect.objectContaining({ fact: 'orphaned items and points', matters: true }));
  });

  it.each([
    ['other resource groups', { resourceGroups: ['rg-other'], tags: [] }],
    ['a tag', { resourceGroups: [], tags: ['env=dev'] }],
  ])('are nobody’s waste where only %s were asked for: their disks were not', (_name, filter) => {
    const scope = { description: 'some', subscriptions: [subscriptionId], excludeTags: [], ...filter };
    const tags = { 'holdfast-disk': shortHash(keyOf(diskId('gone-os')), 12) };
    expect(namesOf({ scope, snapshots: [ofGone(), copyOf(aSnapshot({ name: 'never-read' }), { tags })] })).toEqual([]);
  });

  it('of a disk that was deleted and made again under its name are waste', () => {
    expect(namesOf({ snapshots: [aSnapshot({ name: 'of-the-former', sourceUniqueId: 'another' })] })).toEqual([
      'of-the-former',
    ]);
  });

  it('of a disk that no answer held, and a machine names, are nobody’s waste', () => {
    expect(namesOf({ disks: [], snapshots: [aSnapshot()] })).toEqual([]);
  });

  const copyOf = (source: Snapshot, over: Partial<Snapshot> = {}): Snapshot => {
    const { sourceDiskKey: _, ...copy } = aSnapshot({ name: 'copy', location: 'northeurope', ...over });
    return { ...copy, sourceSnapshotKey: source.key };
  };

  it('copied elsewhere share the fate of what they were copied from', () => {
    const live = aSnapshot();
    expect(namesOf({ snapshots: [live, copyOf(live)] })).toEqual([]);
    expect(namesOf({ snapshots: [ofGone(), copyOf(ofGone())] })).toEqual(['copy', 'left']);
  });

  it('copied from a snapshot that is gone are told by their tags, and without tags are left alone', () => {
    const tagged = (disk: string) => ({ 'holdfast-disk': shortHash(keyOf(diskId(disk)), 12) });
    expect(namesOf({ snapshots: [copyOf(ofGone(), { tags: tagged('gone-os') })] })).toEqual(['copy']);
    expect(namesOf({ snapshots: [copyOf(ofGone(), { tags: tagged('web01-os') })] })).toEqual([]);
    expect(namesOf({ snapshots: [copyOf(ofGone())] })).toEqual([]);
    expect(
      audit({ disks: { items: [], gaps: closed }, snapshots: [copyOf(ofGone(), { tags: tagged('gone-os') })] }),
    ).toMatchObject({ orphans: [], complete: false });
  });
});

describe('restore point collections', () => {
  const left = aRestorePointCollection({
    name: 'left',
    sourceKey: gone,
    points: known([aRestorePoint({ sizeGiB: 100 })]),
  });

  it('of a machine that is gone are waste, and so are their copies', () => {
    const copies = aRestorePointCollection({ name: 'copies', location: 'northeurope', sourceKey: left.key });
    expect(namesOf({ restorePointCollections: [left, copies] })).toEqual(['copies', 'left']);
    const live = aRestorePointCollection();
    expect(namesOf({ restorePointCollections: [live, { ...copies, sourceKey: live.key }] })).toEqual([]);
  });

  it('that Azure Backup owns are its own: said, and not counted', () => {
    const { orphans, unknowns, complete } = audit({ restorePointCollections: [{ ...left, ownedByBackup: true }] });
    expect(orphans).toEqual([]);
    expect(unknowns).toMatchObject([
      { subject: left.id, matters: false, reason: expect.stringContaining('Azure Backup owns it') },
    ]);
    expect(complete).toBe(true);
  });

  it('that are empty hold nothing to bill', () => {
    const priced = {
      ...book,
      prices: new Map([
        [meterKey({ ...snapshotStorage('Standard_LRS', 'westeurope')! }), known({ usd: 0.05, asOf: '', source: '' })],
      ]),
    };
    const [orphan] = audit({ restorePointCollections: [{ ...left, points: known([]) }] }, priced).orphans;
    expect(orphan!.cost.monthlyUsd).toBe(0);
    const unread = audit(
      { restorePointCollections: [{ ...left, points: unknown('no-permission', 'no') }] },
      priced,
    ).orphans;
    expect(unread[0]!.cost.monthlyUsd).toBe('unknown');
  });
});

describe('what Site Recovery leaves', () => {
  const replica = (siteRecovery: Disk['siteRecovery'], over: Partial<Disk> = {}): Disk => ({
    ...aDisk({
      name: 'web01-os-ASRReplica',
      attachedTo: [],
      location: 'northeurope',
      createdAt: '2026-05-01T00:00:00Z',
      ...over,
    }),
    ...(siteRecovery === undefined ? {} : { siteRecovery }),
  });
  const nobody = { kind: 'replica', itemKey: known(null) } as const;

  it('replicated items of a machine that is gone are waste', () => {
    expect(orphansOf({ replicatedItems: [aReplicatedItem({ machineKey: gone })] })).toMatchObject([
      { option: 'site-recovery', what: 'replicated item' },
    ]);
  });

  it('once failed over, the machine it came from may rightly be gone', () => {
    expect(orphansOf({ replicatedItems: [aReplicatedItem({ machineKey: gone, activeLocation: 'Recovery' })] })).toEqual(
      [],
    );
  });

  it('replica disks that no item keeps are waste', () => {
    expect(orphansOf({ disks: [replica(nobody)] })).toMatchObject([
      { what: 'replica disk', option: 'site-recovery', since: '2026-05-01T00:00:00Z' },
    ]);
  });

  it.each<[string, Disk]>([
    ['an item keeps', replica({ kind: 'replica', itemKey: known('/an/item') })],
    ['a machine uses', replica(nobody, { attachedTo: [keyOf(machineId())] })],
    ['lie outside the scope', replica(nobody, { subscriptionId: '99999999-9999-9999-9999-999999999999' })],
  ])('replica disks that %s are not', (_, disk) => {
    expect(orphansOf({ disks: [disk] })).toEqual([]);
  });

  it('replica disks whose item could be out of sight are unknown', () => {
    const { orphans, complete, unknowns } = audit({
      disks: [replica({ kind: 'replica', itemKey: unknown('no-permission', 'a vault could not be read') })],
    });
    expect(orphans).toEqual([]);
    expect(complete).toBe(false);
    expect(unknowns.map(({ fact }) => fact)).toContain('orphaned items and points');
  });

  const test = (createdAt: string): Disk =>
    replica(
      { kind: 'test-failover', itemKey: known('/an/item') },
      { name: 'web01-os-ASRtest', createdAt, attachedTo: [keyOf(machineId('web01-test'))] },
    );

  it('a test failover of last month was forgotten; one of this morning may still be going on', () => {
    const [orphan] = orphansOf({ disks: [test('2026-05-01T00:00:00Z')] });
    expect(orphan!.findings[0]!.summary).toContain(
      'a test failover made it 33 days ago, on machine web01-test, and was never cleaned up',
    );
    expect(orphansOf({ disks: [test('2026-06-03T08:00:00Z')] })).toEqual([]);
  });

  it('a test failover of an untold moment is not called forgotten', () => {
    const { createdAt: _, ...untold } = test('2026-05-01T00:00:00Z');
    expect(orphansOf({ disks: [untold] })).toEqual([]);
  });
});
