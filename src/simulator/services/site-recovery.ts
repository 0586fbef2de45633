import type { Answer, Call, Mutable, Service, Stored } from '../service.ts';
import { linkedToReplication } from './linked-permissions.ts';
import { requireVault } from './recovery-services-vault.ts';
import { failoverCommit, switchProtection, unplannedFailover } from './site-recovery-failover.ts';
import {
  getReplicated,
  listReplicated,
  putReplicated,
  removeReplicated,
  renderReplicated,
} from './site-recovery-items.ts';
import {
  JOB_TYPE,
  REPLICATED_TYPE,
  renderReplication,
  replicationOperationStatus,
  replicationPage,
  replicationResult,
  replicationRoute,
  requireReplication,
  tailOf,
  CONTAINER_TYPE,
  FABRIC_TYPE,
  MAPPING_TYPE,
  NETWORK_MAPPING_TYPE,
  POLICY_TYPE,
} from './site-recovery-operations.ts';
import { eligibilityRoutes } from './site-recovery-eligibility.ts';
import { getPoint, listPoints } from './site-recovery-points.ts';
import { seedReplications } from './site-recovery-seed.ts';
import { topologyRoutes } from './site-recovery-topology.ts';

const CONTAINER = 'replicationFabrics/{fabricName}/replicationProtectionContainers/{containerName}';
const ITEM = `${CONTAINER}/replicationProtectedItems/{itemName}`;
const TABLE = 'recoveryservicesresources';

/**
 * Azure Site Recovery under a Recovery Services vault: everything a fleet brings is read as recorded, and machines can
 * be replicated between regions, failed over and back. Drills and recovery plans are not here yet: their routes are
 * refused.
 */
export const siteRecovery: Service = {
  provider: 'Microsoft.RecoveryServices',
  seed: (world) => seedReplications(world),
  routes: [
    ...topologyRoutes,
    replicationRoute('GET', 'replicationProtectionContainers', (call) => listAll(call, CONTAINER_TYPE)),
    replicationRoute('GET', 'replicationProtectionContainerMappings', (call) => listAll(call, MAPPING_TYPE)),
    replicationRoute('GET', 'replicationNetworkMappings', (call) => listAll(call, NETWORK_MAPPING_TYPE)),
    ...eligibilityRoutes,
    replicationRoute('GET', 'replicationProtectedItems', listReplicated),
    replicationRoute('GET', ITEM.slice(0, ITEM.lastIndexOf('/')), listReplicated),
    replicationRoute('GET', ITEM, getReplicated),
    { ...replicationRoute('PUT', ITEM, putReplicated, 'EnableProtectionInput'), linked: linkedToReplication },
    replicationRoute('DELETE', ITEM, removeReplicated),
    replicationRoute('POST', `${ITEM}/remove`, removeReplicated, 'DisableProtectionInput'),
    replicationRoute('POST', `${ITEM}/unplannedFailover`, unplannedFailover, 'UnplannedFailoverInput'),
    replicationRoute('POST', `${ITEM}/failoverCommit`, failoverCommit),
    replicationRoute('POST', `${CONTAINER}/switchprotection`, switchProtection, 'SwitchProtectionInput'),
    replicationRoute('GET', `${ITEM}/recoveryPoints`, listPoints),
    replicationRoute('GET', `${ITEM}/recoveryPoints/{recoveryPointName}`, getPoint),
    replicationRoute('GET', `${ITEM}/operationresults/{operationId}`, replicationResult),
    replicationRoute('GET', 'replicationJobs', listJobs),
    replicationRoute('GET', 'replicationJobs/{jobName}', (call) => ({
      status: 200,
      body: renderReplication(requireReplication(call, tailOf(call))),
    })),
    replicationRoute('GET', 'replicationOperationStatus/{operationId}', replicationOperationStatus),
  ],
  graph: [
    { type: REPLICATED_TYPE, table: TABLE, row: (item, world): Mutable => withoutId(renderReplicated(item, world)) },
    { type: POLICY_TYPE, table: TABLE },
    { type: FABRIC_TYPE, table: TABLE },
    { type: JOB_TYPE, table: TABLE },
  ],
};

function withoutId(rendered: Mutable): Mutable {
  const row: Mutable = { ...rendered };
  delete row['id'];
  delete row['type'];
  return row;
}

function listAll(call: Call, type: string): Answer {
  const rows = call.world.store.listed(type, call.world.options.listLagMs, requireVault(call).id);
  return replicationPage(call, rows, renderReplication);
}

/** Newest first. */
function listJobs(call: Call): Answer {
  const jobs: readonly Stored[] = call.world.store
    .listed(JOB_TYPE, call.world.options.listLagMs, requireVault(call).id)
    .toReversed();
  return replicationPage(call, jobs, renderReplication);
}
