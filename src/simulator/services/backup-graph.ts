import type { Mutable, Service, Stored, World } from '../service.ts';
import { renderJob } from './backup-jobs.ts';
import { ITEM_TYPE, JOB_TYPE, POLICY_TYPE, isSoftDeleted, vaultOfChild } from './backup-names.ts';

const JOB_HISTORY_MS = 14 * 86_400_000;
const TABLE = 'recoveryservicesresources';

/**
 * Rows of Resource Graph's RecoveryServicesResources. Protected items carry the portal's vocabulary
 * (`currentProtectionState`) beside the API's, and what they protect under `dataSourceInfo`.
 * https://learn.microsoft.com/azure/backup/query-backups-using-azure-resource-graph
 */
export const backupGraph: NonNullable<Service['graph']> = [
  { type: ITEM_TYPE, table: TABLE, row: itemRow },
  { type: POLICY_TYPE, table: TABLE },
  { type: JOB_TYPE, table: TABLE, row: jobRow },
];

/**
 * Configuration ends before the first backup: an item still waiting for that is already `ProtectionConfigured` here.
 */
const PORTAL_STATE: Readonly<Record<string, string>> = {
  IRPending: 'ProtectionConfigured',
  Protected: 'ProtectionConfigured',
  ProtectionStopped: 'ProtectionStopped',
  BackupsSuspended: 'ProtectionStopped',
  ProtectionPaused: 'ProtectionStopped',
  ProtectionError: 'ProtectionError',
};

function itemRow(item: Stored, world: World): Mutable {
  const properties: Mutable = item.body['properties'] ?? {};
  const state: unknown = properties['protectionState'];
  const location: unknown = vaultOfChild(world, item.id)?.body['location'];
  return {
    ...item.body,
    properties: {
      ...properties,
      currentProtectionState: isSoftDeleted(item) ? 'SoftDeleted' : (PORTAL_STATE[String(state)] ?? state),
      dataSourceInfo: {
        resourceID: properties['sourceResourceId'],
        resourceName: properties['friendlyName'],
        resourceType: 'Microsoft.Compute/virtualMachines',
        ...(location === undefined ? {} : { resourceLocation: location }),
      },
    },
  };
}

function jobRow(job: Stored, world: World): Mutable | undefined {
  const startedAt = Date.parse(job.body['properties']?.['startTime'] ?? '');
  if (startedAt < world.clock.now() - JOB_HISTORY_MS) return undefined;
  const { id: _, type: __, ...body } = renderJob(job, world.clock.now());
  return body;
}
