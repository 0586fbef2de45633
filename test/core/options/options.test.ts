import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { optionsPage } from '../../../src/build/options-page.ts';
import { known, unknown } from '../../../src/core/fact.ts';
import { keyOf } from '../../../src/core/ids.ts';
import { optionIds } from '../../../src/core/option.ts';
import { galleryImage } from '../../../src/core/options/gallery-image.ts';
import { options, protectionsOf } from '../../../src/core/options/index.ts';
import { managedImage } from '../../../src/core/options/managed-image.ts';
import { restorePoint } from '../../../src/core/options/restore-point.ts';
import {
  aBackupItem,
  aGalleryImageVersion,
  aMachine,
  anEstate,
  anImage,
  anOsDisk,
  aReplicatedItem,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
} from '../estate-builder.ts';

const machine = aMachine();

describe('the list of options', () => {
  it('holds every option once, in the order of the ids', () => {
    expect(options.map(({ id }) => id)).toEqual(optionIds);
  });

  it('says in whole sentences what each can and cannot do, and docs/options.md repeats it', () => {
    for (const { can, cannot } of options) {
      for (const sentence of [...can, ...cannot]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
    expect(readFileSync(new URL('../../../docs/options.md', import.meta.url), 'utf8')).toBe(optionsPage());
  });

  it('gathers what a machine has from all of them', () => {
    const estate = anEstate({
      machines: [machine],
      backupItems: [aBackupItem()],
      replicatedItems: [aReplicatedItem()],
      snapshots: [aSnapshot()],
      restorePointCollections: [aRestorePointCollection()],
      images: [anImage()],
      galleryImageVersions: [aGalleryImageVersion()],
    });
    expect(protectionsOf(machine, estate).map(({ option }) => option)).toEqual(optionIds);
    expect(protectionsOf(aMachine({ name: 'web02' }), estate)).toEqual([]);
  });
});

describe('what restore points already do for a machine', () => {
  const present = (over: Parameters<typeof aRestorePointCollection>[0], on = machine) =>
    restorePoint.present(on, anEstate({ restorePointCollections: [aRestorePointCollection(over)] }))[0];

  it('is the newest finished point of its collection', () => {
    const failed = aRestorePoint({ name: 'rp-2', provisioned: false, at: '2026-06-03T11:00:00Z' });
    expect(present({ points: known([failed, aRestorePoint()]) })).toMatchObject({
      state: 'available',
      healthy: true,
      newestPoint: { at: '2026-06-03T04:00:00Z', consistency: 'application', disksIncluded: 1, disksAttached: 1 },
    });
  });

  it('is nothing where Azure Backup owns the collection', () => {
    expect(present({ ownedByBackup: true })).toBeUndefined();
  });

  it('is unknown, neither there nor absent, where points could not be read', () => {
    const points = unknown('no-permission', 'no');
    expect(present({ points })).toMatchObject({ state: 'unknown', healthy: false, pointsUnknown: points });
  });

  it('leaves out what was excluded, and what was attached since', () => {
    const points = known([aRestorePoint({ excludedDiskKeys: [anOsDisk().key!] })]);
    expect(present({ points }, aMachine({ dataDisks: 1 }))!.disksLeftOut).toEqual(['web01-os', 'web01-data-0']);
  });

  it('does not guess the disks of a point that does not tell them', () => {
    const points = known([aRestorePoint({ diskKeys: [] })]);
    expect(present({ points })).toMatchObject({ disksLeftOut: [], newestPoint: { disksIncluded: null } });
  });

  it('is empty when the collection is', () => {
    expect(present({ points: known([]) })).toMatchObject({ state: 'empty', healthy: false, active: false });
  });
});

describe('what images already do for a machine', () => {
  it('is a whole image of it, whose age Azure does not tell', () => {
    const [image] = managedImage.present(machine, anEstate({ images: [anImage()] }));
    expect(image).toMatchObject({ healthy: true, pointsUnknown: { reason: 'not-knowable' } });
  });

  it('is not healthy with fewer disks than the machine has', () => {
    const wide = aMachine({ dataDisks: 2 });
    expect(managedImage.present(wide, anEstate({ images: [anImage()] }))[0]).toMatchObject({
      healthy: false,
      detail: 'it holds 1 of 3 disks',
    });
  });

  it('is a gallery version made from the machine, or from a managed image of it', () => {
    const direct = aGalleryImageVersion();
    const through = aGalleryImageVersion({
      id: `${direct.id}1`,
      sourceKey: keyOf(anImage().id),
      publishedAt: '2026-06-02T00:00:00Z',
    });
    const foreign = aGalleryImageVersion({ id: `${direct.id}2`, sourceKey: '/subscriptions/other' });
    const estate = anEstate({ images: [anImage()], galleryImageVersions: [direct, through, foreign] });
    expect(galleryImage.present(machine, estate).map(({ newestPoint }) => newestPoint!.at)).toEqual([
      '2026-06-02T00:00:00Z',
      '2026-06-01T09:00:00Z',
    ]);
  });
});
