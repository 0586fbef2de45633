/** What a step writes, as the reader knows it: read again by GET after an apply, since Resource Graph lags behind writes. */
import type { Step, StepKind } from '../core/plan.ts';
import type { FreshResource } from './read-fresh.ts';

/** `undefined`: the audit reads nothing of the kind. */
const kinds: Readonly<Record<StepKind, FreshResource['kind'] | undefined>> = {
  'resource-group.create': 'resourceGroups',
  'snapshot.create': 'snapshots',
  'restore-point-collection.create': 'restorePointCollections',
  'restore-point.create': 'restorePoints',
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

export const writtenBy = ({ kind, resourceId }: Step): readonly FreshResource[] => {
  const written = kinds[kind];
  return written === undefined ? [] : [{ kind: written, id: resourceId }];
};
