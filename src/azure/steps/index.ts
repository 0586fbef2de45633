/** THE list: every kind of write and its runner. */
import type { Step, StepKind, StepOf } from '../../core/plan.ts';
import type { StepRunner } from '../../engine/ports.ts';
import { backupEnable } from './backup-enable.ts';
import { backupDelete, backupReconfigure, backupStop, backupUndelete } from './backup-item.ts';
import { backupPolicyCreate } from './backup-policy-create.ts';
import { backupTrigger } from './backup-trigger.ts';
import { diskCreate, machineCreate, networkInterfaceCreate } from './clone.ts';
import { galleryCreate, imageDefinitionCreate, imageVersionCreate } from './gallery-create.ts';
import { machineGeneralize, runCommandCreate } from './guest.ts';
import { imageCreate } from './image-create.ts';
import {
  networkMappingCreate,
  replicationContainerCreate,
  replicationFabricCreate,
  replicationMappingCreate,
  replicationPolicyCreate,
} from './replication-create.ts';
import { replicationDisable } from './replication-disable.ts';
import { replicationEnable } from './replication-enable.ts';
import { cacheAccountCreate, virtualNetworkCreate } from './replication-places.ts';
import { machineDeallocate, machineStart } from './machine-power.ts';
import { resourceDelete } from './resource-delete.ts';
import { restorePointCollectionCreate, restorePointCopy, restorePointCreate } from './restore-point-create.ts';
import { resourceGroupCreate } from './resource-group-create.ts';
import type { MakeRunner, StepTools } from './runner.ts';
import { snapshotCopy } from './snapshot-copy.ts';
import { snapshotCreate } from './snapshot-create.ts';
import { tagsUpdate } from './tags-update.ts';
import { vaultCreate, vaultLock } from './vault-create.ts';

const runners: { readonly [K in StepKind]: MakeRunner<K> } = {
  'resource-group.create': resourceGroupCreate,
  'machine.deallocate': machineDeallocate,
  'machine.start': machineStart,
  'resource.delete': resourceDelete,
  'tags.update': tagsUpdate,
  'snapshot.create': snapshotCreate,
  'snapshot.copy': snapshotCopy,
  'restore-point-collection.create': restorePointCollectionCreate,
  'restore-point.create': restorePointCreate,
  'restore-point.copy': restorePointCopy,
  'machine.generalize': machineGeneralize,
  'run-command.create': runCommandCreate,
  'network-interface.create': networkInterfaceCreate,
  'disk.create': diskCreate,
  'machine.create': machineCreate,
  'image.create': imageCreate,
  'gallery.create': galleryCreate,
  'image-definition.create': imageDefinitionCreate,
  'image-version.create': imageVersionCreate,
  'vault.create': vaultCreate,
  'vault.lock': vaultLock,
  'backup-policy.create': backupPolicyCreate,
  'backup.enable': backupEnable,
  'backup.reconfigure': backupReconfigure,
  'backup.stop': backupStop,
  'backup.delete': backupDelete,
  'backup.undelete': backupUndelete,
  'backup.trigger': backupTrigger,
  'replication-fabric.create': replicationFabricCreate,
  'replication-container.create': replicationContainerCreate,
  'replication-policy.create': replicationPolicyCreate,
  'replication-mapping.create': replicationMappingCreate,
  'virtual-network.create': virtualNetworkCreate,
  'network-mapping.create': networkMappingCreate,
  'cache-account.create': cacheAccountCreate,
  'replication.enable': replicationEnable,
  'replication.disable': replicationDisable,
};

export const runnerFor = (step: Step, tools: StepTools): StepRunner => {
  const make = runners[step.kind] as MakeRunner<StepKind>;
  return make(step as StepOf<StepKind>, tools);
};
