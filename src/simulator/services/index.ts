import type { Service } from '../service.ts';
import { authorization } from './authorization.ts';
import { compute } from './compute.ts';
import { disks } from './disks.ts';
import { galleries } from './galleries.ts';
import { images } from './images.ts';
import { locks } from './locks.ts';
import { resourceGraph } from './resource-graph.ts';
import { resourceGroups } from './resource-groups.ts';
import { resourceList } from './resource-list.ts';
import { restorePoints } from './restore-points.ts';
import { snapshots } from './snapshots.ts';
import { subscriptions } from './subscriptions.ts';
import { tags } from './tags.ts';
import { backup } from './backup.ts';
import { recoveryServices } from './recovery-services.ts';
import { siteRecovery } from './site-recovery.ts';
import { networkInterfaces } from './network-interfaces.ts';
import { networkSecurityGroups } from './network-security-groups.ts';
import { storageAccounts } from './storage-accounts.ts';
import { virtualNetworks } from './virtual-networks.ts';

/** Every service that keeps resources: one line each. */
const STORED: readonly Service[] = [
  subscriptions,
  resourceGroups,
  resourceList,
  authorization,
  locks,
  tags,
  compute,
  disks,
  snapshots,
  images,
  galleries,
  restorePoints,
  recoveryServices,
  virtualNetworks,
  networkInterfaces,
  networkSecurityGroups,
  storageAccounts,
  // After the vaults: its schedules need the policies that they bring.
  backup,
  siteRecovery,
];

/** Every simulated service. Resource Graph shows what the others keep. */
export const SERVICES: readonly Service[] = [...STORED, resourceGraph(STORED)];
