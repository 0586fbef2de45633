/** What a point is not taken for: each state that Azure tells of it, or does not, by its option. */
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../../src/core/estate.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import { keyOf, shortHash } from '../../../src/core/ids.ts';
import { pointsOf } from '../../../src/core/points.ts';
import { changeTrash } from '../../../src/core/retention/trash.ts';
import {
  aBackupItem,
  aBackupPoint,
  aGalleryImageVersion,
  aMachine,
  anAttachedDisk,
  anEstate,
  anImage,
  aReplicatedItem,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  asOf,
  aVault,
  diskId,
} from '../estate-builder.ts';

type Over = Parameters<typeof anEstate>[0];
const machine = aMachine();
const wide = aMachine({ dataDisks: 1 });
const the = (over: Over, of: Machine = machine) => pointsOf(of, anEstate({ machines: [of], ...over }), asOf).points;
const restorePoint = (over: Parameters<typeof aRestorePoint>[0]) => ({
  restorePointCollections: [aRestorePointCollection({ points: known([aRestorePoint(over)]) })],
});

describe('a restore point', () => {
  it.each([
    ['that failed', { failed: true }, 'failed'],
    ['that is being made', { provisioned: false }, 'copying'],
    ['from before the machine was made', { at: '2019-12-01T00:00:00Z' }, 'unknown'],
  ] as const)('%s restores nothing', (_name, over, state) => {
    const made = { ...machine, createdAt: '2020-01-01T00:00:00Z' };
    expect(the(restorePoint(over), made)).toMatchObject([{ state, restores: [] }]);
    expect(the(restorePoint({}), made)).toMatchObject([{ state: 'available' }]);
  });
});

describe('a snapshot', () => {
  it('tagged as of this machine, and older than it, is a namesake’s', () => {
    const made = { ...machine, createdAt: '2026-01-01T00:00:00Z' };
    const tags = { 'holdfast-machine': shortHash(machine.key, 12) };
    const of = (createdAt: string) =>
      the({ snapshots: [aSnapshot({ sourceDiskKey: keyOf(diskId('former')), createdAt, tags })] }, made);
    expect(of('2025-12-01T00:00:00Z')).toEqual([]);
    expect(of('2026-02-01T00:00:00Z')).toHaveLength(1);
  });

  it('set with a member of untold size has no size, not the size of the others', () => {
    const tags = { 'holdfast-set': 's', 'holdfast-consistency': 'crash' };
    const [os, data] = wide.disks.map(({ name, disk }) =>
      aSnapshot({
        name: `snap-${name}`,
        sourceDiskKey: keyOf(diskId(name)),
        sourceUniqueId: (disk.known && disk.value.uniqueId) || '',
        tags,
      }),
    );
    expect(the({ snapshots: [os!, data!] }, wide)).toMatchObject([{ sizeGiB: 256 }]);
    const { sizeGiB: _, ...unsized } = data!;
    expect(the({ snapshots: [os!, unsized] }, wide)).toMatchObject([{ sizeGiB: null }]);
  });
});

describe('a backup point', () => {
  const item = (over: Partial<Parameters<typeof aBackupPoint>[0]> = {}) => [
    aBackupItem({ points: known([aBackupPoint(over)]) }),
  ];

  it('of a guest that is encrypted comes back whole or not at all', () => {
    const encrypted = aMachine({ disks: [anAttachedDisk({}, { azureDiskEncryption: true })] });
    expect(the({ vaults: [aVault()], backupItems: item() }, encrypted)[0]!.restores).toEqual(['machine']);
  });

  it.each([
    ['nobody turned it on', known(false)],
    ['nobody knows', unknown('not-answered', 'no answer')],
  ] as const)('restores in no other region where %s', (_name, crossRegionRestore) => {
    expect(the({ vaults: [aVault({ crossRegionRestore })], backupItems: item() })[0]!.restores).not.toContain(
      'another-region',
    );
  });
});

describe('a point of Site Recovery', () => {
  it('that lacks a disk is no whole machine', () => {
    const points = known([
      { id: `${aReplicatedItem().id}/recoveryPoints/p`, at: '2026-06-03T11:55:00Z', consistency: 'crash' as const },
    ]);
    const [whole] = the({ replicatedItems: [aReplicatedItem({ points })] });
    expect(whole).toMatchObject({ state: 'available', restores: ['machine', 'another-region'] });
    const [lacking] = the({ replicatedItems: [aReplicatedItem({ points })] }, wide);
    expect(lacking).toMatchObject({ state: 'incomplete', restores: ['another-region'] });
  });
});

describe('an image', () => {
  it('that failed, or holds fewer disks, is told as such', () => {
    expect(the({ images: [anImage({ provisioned: false })] })).toMatchObject([{ state: 'failed', restores: [] }]);
    expect(the({ images: [anImage({ disks: 1 })] }, wide)).toMatchObject([{ state: 'incomplete' }]);
    expect(the({ galleryImageVersions: [aGalleryImageVersion({ provisioned: false })] })).toMatchObject([
      { state: 'failed', restores: [] },
    ]);
  });
});

describe('in the trash', () => {
  it('a point is a point all the same, and its note says from when on it may go', () => {
    const until = '2026-06-10T12:00:00Z';
    const note = `it is in the trash: a prune may delete it from ${until} on`;
    const snapshots = [aSnapshot({ tags: { 'holdfast-trash': until } })];
    expect(the({ snapshots })).toMatchObject([{ state: 'available', notes: [note] }]);
    const { set } = changeTrash(
      {},
      { into: new Map([['rp-1', Date.parse(until)]]), outOf: [], present: ['rp-1', 'rp-2'] },
    );
    const collection = aRestorePointCollection({
      tags: set,
      points: known([aRestorePoint(), aRestorePoint({ name: 'rp-2', id: `${aRestorePoint().id}2` })]),
    });
    const notes = the({ restorePointCollections: [collection] }).map((point) => point.notes);
    expect(notes).toEqual([[note], []]);
  });
});
