/** Points of every option in one list: what each really holds, and nothing promised that is not known. */
import { describe, expect, it } from 'vitest';
import type { Estate, Machine, Snapshot } from '../../src/core/estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf, shortHash } from '../../src/core/ids.ts';
import { pointsOf, type Points } from '../../src/core/points.ts';
import {
  aBackupItem,
  aBackupPoint,
  aGalleryImageVersion,
  aMachine,
  anEstate,
  anImage,
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

const of = (over: Over = {}, machine: Machine = aMachine()): Points =>
  pointsOf(machine, anEstate({ machines: [machine], ...over }), asOf);

const wide = aMachine({ dataDisks: 2 });
const set = { 'holdfast-set': 'a1b2c3', 'holdfast-consistency': 'crash' };
const snapshotOf = (disk: string, over: Parameters<typeof aSnapshot>[0] = {}): Snapshot =>
  aSnapshot({
    name: `snap-${disk}`,
    sourceDiskKey: keyOf(diskId(disk)),
    sourceUniqueId: uniqueIdOf(disk),
    tags: set,
    ...over,
  });
const uniqueIdOf = (name: string): string => {
  const disk = wide.disks.find((one) => one.name === name)?.disk;
  return disk?.known === true && disk.value.uniqueId !== undefined ? disk.value.uniqueId : 'unique';
};
const disks = wide.disks.map(({ name }) => name);

describe('the list', () => {
  const everything: Over = {
    vaults: [aVault()],
    backupItems: [aBackupItem({ points: known([aBackupPoint({ at: '2026-06-03T02:10:00Z' })]) })],
    snapshots: [aSnapshot({ createdAt: '2026-06-03T03:00:00Z' })],
    restorePointCollections: [
      aRestorePointCollection({ points: known([aRestorePoint({ at: '2026-06-01T00:00:00Z' })]) }),
    ],
    replicatedItems: [
      aReplicatedItem({
        points: known([
          { id: `${aReplicatedItem().id}/recoveryPoints/p1`, at: '2026-06-03T11:55:00Z', consistency: 'crash' },
        ]),
      }),
    ],
    images: [anImage()],
    galleryImageVersions: [aGalleryImageVersion({ publishedAt: '2026-05-01T00:00:00Z' })],
  };

  it('holds points of every option, newest first, those without a moment last', () => {
    const { points, complete } = of(everything);
    expect(points.map(({ option }) => option)).toEqual([
      'site-recovery',
      'disk-snapshot',
      'azure-backup',
      'restore-point',
      'gallery-image',
      'managed-image',
    ]);
    expect(points.map(({ ageSeconds }) => ageSeconds)).toEqual([300, 32_400, 35_400, 216_000, 2_894_400, null]);
    expect(complete).toBe(true);
  });

  it('is the same in whatever order Azure answered', () => {
    const turned = Object.fromEntries(
      Object.entries(everything).map(([kind, list]) => [kind, (list as readonly unknown[]).toReversed()]),
    ) as Over;
    expect(of(turned)).toEqual(of(everything));
  });

  it('tells no age of a point that is dated to come, nor of one that tells no moment', () => {
    const { points } = of({ snapshots: [aSnapshot({ createdAt: '2027-01-01T00:00:00Z' })], images: [anImage()] });
    expect(points.map(({ ageSeconds }) => ageSeconds)).toEqual([null, null]);
    expect(points[0]!.notes).toContain('it is dated after the moment this list is of');
  });

  it('leaves out points of other machines and of namesakes of its disks', () => {
    const { points } = of({
      snapshots: [
        aSnapshot({ name: 'other', sourceDiskKey: keyOf(diskId('web02-os')) }),
        aSnapshot({ name: 'namesake', sourceUniqueId: 'of-an-earlier-disk' }),
      ],
      images: [anImage({ sourceMachineKey: keyOf(machineId('web02')) })],
      restorePointCollections: [aRestorePointCollection({ sourceKey: keyOf(machineId('web02')) })],
    });
    expect(points).toEqual([]);
  });
});

describe('a snapshot set', () => {
  it('of all disks is one point, with the consistency its tags agree on', () => {
    const { points } = of({ snapshots: disks.map((disk) => snapshotOf(disk)) }, wide);
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({
      state: 'available',
      consistency: 'crash',
      disksIncluded: 3,
      disksAttached: 3,
      restores: ['machine', 'disks'],
    });
    expect(points[0]!.members).toHaveLength(3);
  });

  it('that lacks a disk is no point of the machine, and names the disk', () => {
    const { points } = of({ snapshots: disks.slice(0, 2).map((disk) => snapshotOf(disk)) }, wide);
    expect(points).toHaveLength(1);
    expect(points[0]).toMatchObject({
      state: 'incomplete',
      disksIncluded: 2,
      disksAttached: 3,
      disksLeftOut: [disks[2]],
      restores: ['disks'],
    });
  });

  it.each<[string, Partial<Snapshot>, string]>([
    ['is still copied', { completionPercent: 40 }, 'copying'],
    ['leans on its disk by instant access', { access: 'instant-access' }, 'copying'],
    ['failed', { failed: true }, 'incomplete'],
  ])('of which one snapshot %s is not whole', (_, over, state) => {
    const { points } = of({ snapshots: disks.map((disk, i) => snapshotOf(disk, i === 1 ? over : {})) }, wide);
    expect(points[0]).toMatchObject({ state, disksIncluded: 2, disksLeftOut: [disks[1]] });
    expect(points[0]!.restores).not.toContain('machine');
  });

  it('whose disks were taken one by one while the machine ran has no consistency, and does not bring it back', () => {
    const { points } = of(
      { snapshots: disks.map((disk) => snapshotOf(disk, { tags: { 'holdfast-set': 'a1b2c3' } })) },
      wide,
    );
    expect(points[0]).toMatchObject({ state: 'available', consistency: 'none', restores: ['disks'] });
  });

  it('with tags that disagree has no consistency', () => {
    const { points } = of(
      {
        snapshots: disks.map((disk, i) =>
          snapshotOf(disk, { tags: { ...set, 'holdfast-consistency': i === 0 ? 'application' : 'crash' } }),
        ),
      },
      wide,
    );
    expect(points[0]!.consistency).toBe('none');
  });

  it('is of the age of its oldest snapshot, and expires with the first of them', () => {
    const { points } = of(
      {
        snapshots: disks.map((disk, i) =>
          snapshotOf(disk, {
            createdAt: `2026-06-03T0${i + 1}:00:00Z`,
            tags: { ...set, 'holdfast-expires': `2026-07-0${i + 1}T00:00:00Z` },
          }),
        ),
      },
      wide,
    );
    expect(points[0]).toMatchObject({ at: '2026-06-03T01:00:00Z', expiresAt: '2026-07-01T00:00:00Z', sizeGiB: 384 });
  });

  it('and its copies in another region are two points; the copies restore there', () => {
    const originals = disks.map((disk) => snapshotOf(disk));
    const copies = originals.map((source) => {
      const { sourceDiskKey: _, ...copy } = aSnapshot({
        name: `${source.name}-ne`,
        createdAt: '2026-06-03T08:00:00Z',
        location: 'northeurope',
        tags: set,
      });
      return { ...copy, sourceSnapshotKey: source.key };
    });
    const { points } = of({ snapshots: [...originals, ...copies] }, wide);
    expect(points.map(({ at, region, restores }) => [at, region, restores.includes('another-region')])).toEqual([
      ['2026-06-03T03:00:00Z', 'westeurope', false],
      ['2026-06-03T03:00:00Z', 'northeurope', true],
    ]);
    expect(points.every(({ disksIncluded }) => disksIncluded === 3)).toBe(true);
  });

  it('keeps a copy whose source is gone, by the tags that tell its machine and disk', () => {
    const machine = aMachine();
    const { sourceDiskKey: _, ...copy } = aSnapshot({
      location: 'northeurope',
      sourceSnapshotKey: keyOf(aSnapshot({ name: 'gone' }).id),
      tags: {
        ...set,
        'holdfast-machine': shortHash(machine.key, 12),
        'holdfast-disk': shortHash(keyOf(diskId('web01-os')), 12),
      },
    });
    expect(of({ snapshots: [copy] }, machine).points).toMatchObject([
      { state: 'available', restores: ['machine', 'disks', 'another-region'] },
    ]);
  });

  it('is not vouched for while a disk was not read, since it may be of an earlier disk', () => {
    const unread: Machine = {
      ...wide,
      disks: wide.disks.map((disk, i) =>
        i === 0 ? { ...disk, disk: unknown('not-answered', 'no answer holds it') } : disk,
      ),
    };
    const { points } = of({ snapshots: disks.map((disk) => snapshotOf(disk)) }, unread);
    expect(points[0]).toMatchObject({ state: 'unknown', restores: [] });
  });
});

describe('a snapshot without a set', () => {
  it('is a point of one disk, and of a machine with several is never the whole', () => {
    const { points } = of({ snapshots: disks.map((disk) => snapshotOf(disk, { tags: {} })) }, wide);
    expect(points.map(({ state, disksIncluded }) => [state, disksIncluded])).toEqual([
      ['incomplete', 1],
      ['incomplete', 1],
      ['incomplete', 1],
    ]);
    expect(points.every(({ restores }) => !restores.includes('machine'))).toBe(true);
  });
});

describe('a vault point', () => {
  const item = (over: Parameters<typeof aBackupPoint>[0], of: Parameters<typeof aBackupItem>[0] = {}): Over => ({
    vaults: [aVault({ crossRegionRestore: known(true) })],
    backupItems: [aBackupItem({ points: known([aBackupPoint(over)]), ...of })],
  });

  it('restores machine, disks and files, and from the vault tier of a vault that allows it, elsewhere', () => {
    expect(of(item({ tiers: ['snapshot', 'vault'] })).points[0]!.restores).toEqual([
      'machine',
      'disks',
      'files',
      'another-region',
    ]);
    expect(of(item({ tiers: ['snapshot'] })).points[0]!.restores).toEqual(['machine', 'disks', 'files']);
  });

  it('is reported with the consistency it was made with and the moment it expires', () => {
    const { points } = of(item({ consistency: 'file-system', expiresAt: '2026-07-03T00:00:00Z' }));
    expect(points[0]).toMatchObject({ consistency: 'file-system', expiresAt: '2026-07-03T00:00:00Z' });
  });

  it('that lacks a disk restores disks alone', () => {
    const { points } = of(item({ disksIncluded: 1, disksAttached: 3, tiers: ['snapshot'] }), wide);
    expect(points[0]).toMatchObject({ state: 'incomplete', restores: ['disks'] });
  });

  it('of a softly deleted item restores nothing until it is undeleted', () => {
    const { points } = of(item({}, { state: 'soft-deleted' }));
    expect(points[0]!.restores).toEqual([]);
    expect(points[0]!.notes[0]).toContain('undelete');
  });

  it('from before the machine was made may be of another machine, and restores nothing of it', () => {
    const { points } = of(item({ at: '2026-05-01T00:00:00Z' }), aMachine({ createdAt: '2026-05-20T00:00:00Z' }));
    expect(points[0]).toMatchObject({ state: 'unknown', restores: [] });
  });

  it('gives no single files of disks that were not read', () => {
    const machine: Machine = {
      ...wide,
      disks: wide.disks.map((disk) => ({ ...disk, disk: unknown('no-permission', 'no') })),
    };
    expect(of(item({ tiers: ['snapshot'], disksIncluded: 3, disksAttached: 3 }), machine).points[0]!.restores).toEqual([
      'machine',
      'disks',
    ]);
  });
});

describe('a restore point', () => {
  const copy = (copiedPercent?: number): Over => {
    const original = aRestorePoint();
    const collection = aRestorePointCollection({ points: known([original]) });
    const copied = aRestorePoint({
      id: `${aRestorePointCollection({ name: 'copies' }).id}/restorePoints/copy`,
      at: '2026-06-03T09:00:00Z',
      sourcePointKey: original.key,
      ...(copiedPercent === undefined ? {} : { copiedPercent }),
    });
    return {
      restorePointCollections: [
        collection,
        aRestorePointCollection({
          name: 'copies',
          location: 'northeurope',
          sourceKey: collection.key,
          points: known([copied]),
        }),
      ],
    };
  };

  it('copied to another region restores there, and is of the moment of its original', () => {
    const points = of(copy(100)).points;
    expect(points.map(({ at }) => at)).toEqual([aRestorePoint().at, aRestorePoint().at]);
    expect(points.find(({ region }) => region === 'northeurope')).toMatchObject({
      state: 'available',
      restores: ['machine', 'disks', 'another-region'],
    });
  });

  it('whose copy is under way restores nothing from there', () => {
    expect(of(copy(60)).points.find(({ region }) => region === 'northeurope')).toMatchObject({
      state: 'copying',
      restores: [],
    });
  });

  it('whose copy does not tell how far it is is unknown, and so is the list', () => {
    const report = of(copy());
    expect(report.points.find(({ region }) => region === 'northeurope')).toMatchObject({
      state: 'unknown',
      restores: [],
    });
    expect(report.complete).toBe(false);
  });

  it('without a disk that the machine has is incomplete', () => {
    const { points } = of(
      { restorePointCollections: [aRestorePointCollection({ points: known([aRestorePoint()]) })] },
      wide,
    );
    expect(points[0]).toMatchObject({ state: 'incomplete', restores: ['disks'], disksLeftOut: disks.slice(1) });
  });

  it('of a collection that Azure Backup owns is told with its vault point, not twice', () => {
    expect(of({ restorePointCollections: [aRestorePointCollection({ ownedByBackup: true })] }).points).toEqual([]);
  });
});

describe('what could not be read', () => {
  const place = `/subscriptions/${subscriptionId}`;
  const closed = { items: [], gaps: [gap(place, 'no-permission', 'the login may not read it')] };

  it.each([
    'snapshots',
    'restorePointCollections',
    'backupItems',
    'replicatedItems',
    'images',
    'galleryImageVersions',
  ] as const)('of %s makes the list incomplete and is said', (kind) => {
    const report = of({ [kind]: closed } as unknown as Partial<Estate>);
    expect(report.complete).toBe(false);
    expect(report.unknowns).toMatchObject([{ matters: true, reason: 'the login may not read it' }]);
  });

  it.each<[string, Over]>([
    [
      'a backup item',
      { vaults: [aVault()], backupItems: [aBackupItem({ points: unknown('no-permission', 'not granted') })] },
    ],
    ['a replicated item', { replicatedItems: [aReplicatedItem({ points: unknown('no-permission', 'not granted') })] }],
    [
      'a collection',
      { restorePointCollections: [aRestorePointCollection({ points: unknown('no-permission', 'not granted') })] },
    ],
  ])('of %s is no proof that it has no points', (_, over) => {
    const report = of(over);
    expect(report).toMatchObject({ complete: false, points: [], unknowns: [{ reason: 'not granted' }] });
  });

  it('is not looked for in another vault where the machine’s item is seen: one vault protects it at a time', () => {
    const report = of({ vaults: [aVault()], backupItems: { items: [aBackupItem()], gaps: closed.gaps } });
    expect(report.complete).toBe(true);
  });

  it('of the machine’s own disks leaves open whether any point is whole', () => {
    const machine = aMachine({ disksUnknown: unknown('unintelligible', 'the answer was cut') });
    const report = of({ snapshots: [aSnapshot()] }, machine);
    expect(report).toMatchObject({
      complete: false,
      points: [{ state: 'unknown', disksAttached: null, restores: [] }],
    });
  });
});
