/** What a step writes, as the reader knows it: read again by GET after an apply, since Resource Graph lags behind writes. */
import { parseId } from '../core/ids.ts';
import type { Step, StepKind } from '../core/plan.ts';
import type { Removable } from '../core/steps/removal.ts';
import type { FreshResource } from './read-fresh.ts';

/** `undefined`: the audit reads nothing of the kind. */
const kinds: Readonly<Record<StepKind, FreshResource['kind'] | undefined>> = {
  'resource-group.create': 'resourceGroups',
  'machine.deallocate': 'virtualMachines',
  'machine.start': 'virtualMachines',
  'snapshot.create': 'snapshots',
  'snapshot.copy': 'snapshots',
  'restore-point-collection.create': 'restorePointCollections',
  'restore-point.create': 'restorePoints',
  'restore-point.copy': 'restorePoints',
  'resource.delete': undefined,
  'tags.update': undefined,
  'machine.generalize': 'virtualMachines',
  'run-command.create': undefined,
  'network-interface.create': undefined,
  'disk.create': undefined,
  'machine.create': undefined,
  'image.create': 'images',
  'gallery.create': undefined,
  'image-definition.create': undefined,
  'image-version.create': 'galleryImageVersions',
  'vault.create': 'vaults',
  'backup-policy.create': 'backupPolicies',
  'backup.enable': 'protectedItems',
  'vault.lock': 'vaults',
  'backup.reconfigure': 'protectedItems',
  'backup.stop': 'protectedItems',
  'backup.delete': 'protectedItems',
  'backup.undelete': 'protectedItems',
  'backup.trigger': 'protectedItems',
  'replication-fabric.create': undefined,
  'replication-container.create': undefined,
  'replication-policy.create': undefined,
  'replication-mapping.create': undefined,
  'virtual-network.create': undefined,
  'network-mapping.create': undefined,
  'cache-account.create': undefined,
  'replication.enable': 'replicationProtectedItems',
  'replication.disable': 'replicationProtectedItems',
};

const removed: Readonly<Partial<Record<Removable, FreshResource['kind']>>> = {
  snapshot: 'snapshots',
  'restore-point': 'restorePoints',
  'restore-point-collection': 'restorePointCollections',
  'managed-image': 'images',
  'gallery-image-version': 'galleryImageVersions',
  machine: 'virtualMachines',
  disk: 'disks',
};

const tagged: Readonly<Partial<Record<string, FreshResource['kind']>>> = {
  'microsoft.compute/snapshots': 'snapshots',
  'microsoft.compute/restorepointcollections': 'restorePointCollections',
};

export const writtenBy = (step: Step): readonly FreshResource[] => {
  if (step.kind === 'tags.update') {
    const { targetId } = step.input;
    const kind = tagged[parseId(targetId)?.type?.toLowerCase() ?? ''];
    return kind === undefined ? [] : [{ kind, id: targetId }];
  }
  const written = step.kind === 'resource.delete' ? removed[step.input.what] : kinds[step.kind];
  return written === undefined ? [] : [{ kind: written, id: step.resourceId }];
};
