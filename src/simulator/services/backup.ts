import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { containerOf, getContainer, listContainers, listDeletedContainers } from './backup-containers.ts';
import { backupDiscoveryRoutes } from './backup-discovery.ts';
import { parseFilter, wants } from './backup-filter.ts';
import { backupGraph } from './backup-graph.ts';
import { deleteItem, purgeLater } from './backup-item-delete.ts';
import { putItem } from './backup-items.ts';
import { backupJobRoutes } from './backup-jobs.ts';
import {
  CONTAINER_PATH,
  ITEM_PATH,
  ITEM_TYPE,
  POINT_TYPE,
  invalidInput,
  isSoftDeleted,
  requireItem,
  vaultOfChild,
} from './backup-names.ts';
import { acceptedHeaders, operationResult, operationStatus } from './backup-operations.ts';
import { backupPointRoutes, pointsOf, rememberPoint } from './backup-points.ts';
import { backupPolicyRoutes, countItem } from './backup-policies.ts';
import { attemptsToday, policyOf, runBackup, runningBackup, scheduleNext } from './backup-runs.ts';
import { linkedToProtection } from './linked-permissions.ts';
import { VAULT_PATH, requireVault } from './recovery-services-vault.ts';

/** https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas: nine attempts a UTC day, then no more. */
const MAX_ATTEMPTS_PER_DAY = 9;
const TRIGGER_MS = 1_000;
const DEFAULT_KEEP_MS = 30 * 86_400_000;

/** Azure Backup of virtual machines under a Recovery Services vault. */
export const backup: Service = {
  provider: 'Microsoft.RecoveryServices',
  routes: [
    { ...itemRoute('PUT', ITEM_PATH, putItem, 'ProtectedItemResource'), linked: linkedToProtection },
    itemRoute('GET', ITEM_PATH, getItem),
    itemRoute('DELETE', ITEM_PATH, deleteItem),
    itemRoute('POST', `${ITEM_PATH}/backup`, triggerBackup, 'BackupRequestResource'),
    itemRoute('GET', `${ITEM_PATH}/operationsStatus/{operationId}`, operationStatus),
    itemRoute('GET', `${ITEM_PATH}/operationResults/{operationId}`, itemResult),
    itemRoute('GET', `${VAULT_PATH}/backupOperations/{operationId}`, operationStatus),
    itemRoute('GET', `${VAULT_PATH}/backupOperationResults/{operationId}`, (call) => operationResult(call)),
    itemRoute('GET', `${VAULT_PATH}/backupProtectedItems`, listItems),
    itemRoute('GET', CONTAINER_PATH, getContainer),
    itemRoute('GET', `${VAULT_PATH}/backupProtectionContainers`, listContainers),
    itemRoute('GET', `${VAULT_PATH}/backupDeletedProtectionContainers`, listDeletedContainers),
    ...backupPolicyRoutes,
    ...backupJobRoutes,
    ...backupPointRoutes,
    ...backupDiscoveryRoutes,
  ],
  seed: seedItems,
  graph: backupGraph,
};

function itemRoute(method: Route['method'], path: string, handle: (call: Call) => Answer, request?: string): Route {
  return { method, path, apiVersions: apiVersions.backup, handle, ...(request === undefined ? {} : { request }) };
}

function itemResult(call: Call): Answer {
  return operationResult(call, (operation) => {
    const item =
      operation.kind === 'backup-trigger' ? undefined : call.world.store.get(String(operation.data['itemId']));
    return item === undefined ? undefined : renderItem(item, call.world, call.apiVersion);
  });
}

/** An item as Azure answers it; only the time left until a soft-deleted one goes is reckoned at reading. */
export function renderItem(item: Stored, world: World, apiVersion: string): Mutable {
  const body: Mutable = structuredClone(item.body);
  if (apiVersion < '2023-01-01' && item.hidden['made'] === true) olderItem(body['properties']);
  const { purgesAt } = item.hidden;
  if (isSoftDeleted(item) && typeof purgesAt === 'number')
    body['properties']['deferredDeleteTimeRemaining'] = timeSpan(purgesAt - world.clock.now());
  return { id: item.id, type: ITEM_TYPE, ...body };
}

/** Up to 2022 items carried indicators that newer api-versions dropped. */
function olderItem(properties: Mutable): void {
  const healthy = {
    resourceHealthStatus: 'Healthy',
    resourceHealthDetails: [{ code: 0, title: 'Success', message: '', recommendations: [] }],
  };
  delete properties['sourceSideScanning'];
  properties['kpisHealths'] =
    properties['lastBackupStatus'] === 'Completed' ? { BackupOperationStatusKPI: healthy } : {};
  properties['ConfiguredRPGenerationFrequency'] = '00:00:00';
}

/** .NET's time span: `13.23:59:42.8656002`. */
function timeSpan(ms: number): string {
  const left = Math.max(0, ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const [days, hours, minutes] = [
    Math.floor(left / 86_400_000),
    Math.floor(left / 3_600_000) % 24,
    Math.floor(left / 60_000) % 60,
  ];
  return `${days}.${two(hours)}:${two(minutes)}:${two(Math.floor(left / 1000) % 60)}.${String(left % 1000).padStart(3, '0')}6002`;
}

function getItem(call: Call): Answer {
  const item = requireItem(call);
  const body = renderItem(item, call.world, call.apiVersion);
  const filter = parseFilter(call, ['expand']);
  if (wants(filter, 'expand', 'extendedinfo') && filter.has('expand'))
    body['properties']['extendedInfo'] = extendedInfo(call.world, item);
  return { status: 200, body };
}

function extendedInfo(world: World, item: Stored): Mutable {
  const times = pointsOf(world, item)
    .map((point) => String(point.body['properties']['recoveryPointTime']))
    .sort();
  return {
    ...(times.length === 0 ? {} : { oldestRecoveryPoint: times[0], oldestRecoveryPointInVault: times[0] }),
    recoveryPointCount: times.length,
    policyInconsistent: policyOf(world, item) === undefined && item.body['properties']['policyId'] !== '',
  };
}

function listItems(call: Call): Answer {
  const vault = requireVault(call);
  const filter = parseFilter(call, [
    'backupManagementType',
    'itemType',
    'policyName',
    'containerName',
    'backupEngineName',
    'fabricName',
    'friendlyName',
    'backupSetName',
  ]);
  const items = call.world.store
    .listed(ITEM_TYPE, call.world.options.listLagMs, vault.id)
    .filter(({ body: { properties } }) => {
      const names = ['backupManagementType', 'policyName', 'containerName', 'friendlyName'];
      return (
        names.every((name) => wants(filter, name, properties[name])) &&
        wants(filter, 'itemType', properties['workloadType'])
      );
    });
  return page(
    call,
    items,
    (item) => item.id,
    (item) => renderItem(item, call.world, call.apiVersion),
  );
}

function triggerBackup(call: Call): Answer {
  const { world } = call;
  const item = requireItem(call);
  const sent: Mutable = call.body?.['properties'] ?? {};
  if (sent['objectType'] !== 'IaasVMBackupRequest')
    throw invalidInput('objectType must be IaasVMBackupRequest.', 'objectType');
  // An on-demand backup needs an enabled schedule: https://learn.microsoft.com/azure/backup/backup-azure-vm-backup-faq
  if (policyOf(world, item) === undefined || isSoftDeleted(item))
    throw invalidInput('Backup is not enabled for this item.');
  if (attemptsToday(world, item) >= MAX_ATTEMPTS_PER_DAY) {
    throw new AzureError(
      400,
      'BMSUserErrorOnDemandBackupLimitReached',
      `At most ${MAX_ATTEMPTS_PER_DAY} on-demand backups a day are possible.`,
    );
  }
  const now = world.clock.now();
  const expiry =
    sent['recoveryPointExpiryTimeInUTC'] === undefined
      ? now + DEFAULT_KEEP_MS
      : Date.parse(sent['recoveryPointExpiryTimeInUTC']);
  if (!(expiry > now))
    throw invalidInput('The recovery point must expire in the future.', 'recoveryPointExpiryTimeInUTC');
  world.store.update(item.id, (stored) => {
    stored.hidden['onDemandAt'] = [...((stored.hidden['onDemandAt'] ?? []) as readonly number[]), now];
  });
  const busy = runningBackup(world, item);
  const job = busy === undefined ? runBackup(world, item.id, { expiresAt: expiry, toVault: true }) : undefined;
  const operation = world.operations.start({
    kind: 'backup-trigger',
    scope: item.id,
    durationMs: TRIGGER_MS,
    data: { vaultId: requireVault(call).id, jobId: job?.body['name'], itemId: item.id },
    finish: () => {
      if (busy === undefined) return;
      throw new AzureError(
        400,
        'UserErrorBackupOperationInProgress',
        'Unable to initiate backup as another backup operation is currently in progress.',
      );
    },
  });
  return { status: 202, headers: acceptedHeaders(call, operation, 'item', call.path.replace(/\/backup$/i, '')) };
}

/** Puts what a fleet brought to life: schedules run on from here, soft-deleted items go when their time is up. */
function seedItems(world: World): void {
  for (const point of world.store.list(POINT_TYPE)) {
    const itemId = point.id.slice(0, point.id.toLowerCase().lastIndexOf('/recoverypoints/'));
    if (world.store.get(itemId) !== undefined) rememberPoint(world, itemId, point.id);
  }
  for (const item of world.store.list(ITEM_TYPE)) {
    const { properties } = item.body;
    if (properties?.['backupManagementType'] !== 'AzureIaasVM') continue;
    containerOf(world, item);
    if (isSoftDeleted(item)) {
      // A bundle's body stays as recorded, the time left included; it goes when its days are over all the same.
      purgeLater(world, item.id, item.hidden['purgesAt'] ?? purgeTime(properties, world.clock.now()));
      continue;
    }
    if (vaultOfChild(world, item.id)?.hidden['builtInPolicies'] === true) countItem(world, properties['policyId'], 1);
    scheduleNext(world, item.id);
  }
}

function purgeTime(properties: Mutable, now: number): number {
  const deletedAt = Date.parse(properties['deferredDeleteTimeInUTC'] ?? '');
  const days: number = properties['softDeleteRetentionPeriod'] || properties['softDeleteRetentionPeriodInDays'] || 14;
  return Number.isNaN(deletedAt) ? now + days * 86_400_000 : Math.max(now, deletedAt + days * 86_400_000);
}
