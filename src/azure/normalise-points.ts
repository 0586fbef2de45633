/** Points that live outside vaults: images, gallery image versions, restore point collections and their points. */
import type { Consistency, GalleryImageVersion, Image, RestorePoint, RestorePointCollection } from '../core/estate.ts';
import { known, unknown, type Fact } from '../core/fact.ts';
import { keyOf, parseId } from '../core/ids.ts';
import { at, given, instantAt, isRecord, listAt, numberAt, textAt, wordAt } from './raw.ts';
import { generationWord } from './normalise-disk.ts';
import { isProvisioned, item, locationOf, resourceOf, unintelligible, type Normaliser } from './normalise-resource.ts';

/** Restore points and vault points spell the same three modes differently (facts P-02, B-80). */
const consistencies: Readonly<Record<string, Consistency>> = {
  applicationconsistent: 'application',
  appconsistent: 'application',
  filesystemconsistent: 'file-system',
  crashconsistent: 'crash',
};

export const consistencyWord = (raw: unknown, ...path: readonly string[]): Consistency =>
  wordAt(consistencies, raw, ...path) ?? 'unknown';

const keyAt = (raw: unknown, ...path: readonly string[]): string | undefined => {
  const id = textAt(raw, ...path);
  return id === undefined || parseId(id) === undefined ? undefined : keyOf(id);
};

export const normaliseImage: Normaliser<Image> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const { id, key, name, subscriptionId, location, tags } = resource;
  const profile = at(raw, 'properties', 'storageProfile');
  const os = at(profile, 'osDisk');
  return item({
    id,
    key,
    name,
    subscriptionId,
    location,
    tags,
    ...given('sourceMachineKey', keyAt(raw, 'properties', 'sourceVirtualMachine', 'id')),
    ...given('hyperVGeneration', generationWord(raw, 'properties', 'hyperVGeneration')),
    generalized: textAt(os, 'osState')?.toLowerCase() === 'generalized',
    provisioned: isProvisioned(raw),
    disks: (isRecord(os) ? 1 : 0) + listAt(profile, 'dataDisks').length,
    ...given('sizeGiB', sizeOf([os, ...listAt(profile, 'dataDisks')])),
  });
};

/** Of all the disks together; one that does not tell its size leaves the whole untold. */
const sizeOf = (disks: readonly unknown[]): number | undefined => {
  const sizes = disks.flatMap((disk) => numberAt(disk, 'diskSizeGB') ?? []);
  return sizes.length === disks.length && sizes.length > 0 ? sizes.reduce((a, b) => a + b, 0) : undefined;
};

export const normaliseGalleryImageVersion: Normaliser<GalleryImageVersion> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const { id, key, name, location, tags } = resource;
  const source = at(raw, 'properties', 'storageProfile', 'source');
  return item({
    id,
    key,
    name,
    location,
    tags,
    ...given('sourceKey', keyAt(source, 'virtualMachineId') ?? keyAt(source, 'id')),
    ...given('publishedAt', instantAt(raw, 'properties', 'publishingProfile', 'publishedDate')),
    regions: listAt(raw, 'properties', 'publishingProfile', 'targetRegions').flatMap((region) => {
      const name = textAt(region, 'name');
      return name === undefined ? [] : [locationOf(name)];
    }),
    provisioned: isProvisioned(raw),
  });
};

export const normaliseRestorePointCollection: Normaliser<RestorePointCollection> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const { parsed: _, ...common } = resource;
  const ownedByBackup = madeByAzureBackup(common.resourceGroup, common.name);
  const sourceKey = keyAt(raw, 'properties', 'source', 'id');
  if (sourceKey === undefined && !ownedByBackup)
    return unintelligible(`the collection ${resource.id} does not tell whose points it holds`);
  return item({
    ...common,
    ...given('sourceKey', sourceKey),
    ownedByBackup,
    points: pointsOf(raw, ownedByBackup),
  });
};

/**
 * Azure Backup keeps its instant restore points in collections `AzureBackup_<vm>_<id>` in groups
 * `AzureBackupRG_<geo>_<n>`;
 * the group's name can be changed in the policy, the collection's cannot (facts B-73):
 * https://learn.microsoft.com/azure/backup/backup-azure-vms-introduction and
 * https://learn.microsoft.com/azure/backup/backup-azure-vm-backup-faq
 */
const madeByAzureBackup = (resourceGroup: string, name: string): boolean =>
  /^azurebackuprg_/i.test(resourceGroup) || /^azurebackup_/i.test(name);

const pointsOf = (raw: unknown, ownedByBackup: boolean): Fact<readonly RestorePoint[]> => {
  const points = at(raw, 'properties', 'restorePoints');
  if (Array.isArray(points)) {
    const read = points.map(normaliseRestorePoint);
    const bad = read.find((r) => r.kind === 'unintelligible');
    if (bad?.kind === 'unintelligible') return unknown('unintelligible', `Of its restore points ${bad.why}.`);
    return known(read.flatMap((r) => (r.kind === 'item' ? [r.item] : [])));
  }
  return unknown(
    'not-read',
    ownedByBackup
      ? "Azure Backup owns this collection; its points are the vault's."
      : 'The points of this collection were not read.',
  );
};

export const normaliseRestorePoint: Normaliser<RestorePoint> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const p = at(raw, 'properties');
  const profile = at(p, 'sourceMetadata', 'storageProfile');
  const disks = [at(profile, 'osDisk'), ...listAt(profile, 'dataDisks')];
  return item({
    id: resource.id,
    key: resource.key,
    name: resource.name,
    ...given('at', instantAt(p, 'timeCreated')),
    consistency: consistencyWord(p, 'consistencyMode'),
    provisioned: isProvisioned(raw),
    ...given('failed', /^(?:failed|canceled)$/i.test(textAt(p, 'provisioningState') ?? '') || undefined),
    excludedDiskKeys: listAt(p, 'excludeDisks').flatMap((disk) => keyAt(disk, 'id') ?? []),
    diskKeys: disks.flatMap((disk) => keyAt(disk, 'managedDisk', 'id') ?? []),
    ...given('sizeGiB', sizeOf(disks)),
    ...given('sourcePointKey', keyAt(p, 'sourceRestorePoint', 'id')),
    ...given('copiedPercent', copiedPercent(p)),
  });
};

/**
 * The least of its disks', where each tells (facts P-18):
 * https://learn.microsoft.com/rest/api/compute/restore-points/get
 */
const copiedPercent = (properties: unknown): number | undefined => {
  const disks = listAt(properties, 'instanceView', 'diskRestorePoints');
  const told = disks.flatMap((disk) => numberAt(disk, 'replicationStatus', 'completionPercent') ?? []);
  return disks.length > 0 && told.length === disks.length ? Math.min(...told) : undefined;
};

/** The collection a restore point lies in, lower-cased. */
export const collectionKeyOf = (pointKey: string): string => pointKey.replace(/\/restorepoints\/[^/]*$/, '');
