import { apiVersions } from '../generated/api-versions.ts';
import { operationUrl, retryAfter } from '../operations.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { parseFilter, wants } from './backup-filter.ts';
import { ITEM_TYPE, POLICY_TYPE, invalidInput, vaultIdOfChild } from './backup-names.ts';
import { operationResult, operationStatus } from './backup-operations.ts';
import { checkMachinePolicy } from './backup-policy-check.ts';
import { refuseShorter } from './backup-limits.ts';
import { scheduleNext } from './backup-runs.ts';
import { shortestMs } from './backup-schedule.ts';
import { VAULT_PATH, requireVault } from './recovery-services-vault.ts';

const MAX_POLICIES = 5_000;
const PUSH_MS = 20_000;

/** The three policies that every new vault holds. */
export function createBuiltInPolicies(world: World, vault: Stored): void {
  const date = new Date(world.clock.now()).toISOString().slice(0, 10);
  const half = world.random.int(0, 1) === 0 ? '00' : '30';
  const time = `${date}T${String(world.random.int(16, 20)).padStart(2, '0')}:${half}:00Z`;
  const daily = {
    schedulePolicyType: 'SimpleSchedulePolicy',
    scheduleRunFrequency: 'Daily',
    scheduleRunTimes: [time],
    scheduleWeeklyFrequency: 0,
  };
  const keep = (at: string): Mutable => ({
    retentionPolicyType: 'LongTermRetentionPolicy',
    dailySchedule: { retentionTimes: [at], retentionDuration: { count: 30, durationType: 'Days' } },
  });
  const put = (name: string, properties: Mutable): void => {
    world.store.put({
      id: `${vault.id}/backupPolicies/${name}`,
      type: POLICY_TYPE,
      body: { name, properties: { ...properties, protectedItemsCount: 0 } },
    });
  };
  put('HourlyLogBackup', {
    backupManagementType: 'AzureWorkload',
    workLoadType: 'SQLDataBase',
    settings: { timeZone: 'UTC', issqlcompression: false, isCompression: false },
    subProtectionPolicy: [
      { policyType: 'Full', schedulePolicy: daily, retentionPolicy: keep(time) },
      {
        policyType: 'Log',
        schedulePolicy: { schedulePolicyType: 'LogSchedulePolicy', scheduleFrequencyInMins: 60 },
        retentionPolicy: {
          retentionPolicyType: 'SimpleRetentionPolicy',
          retentionDuration: { count: 30, durationType: 'Days' },
        },
      },
    ],
  });
  const machine = {
    backupManagementType: 'AzureIaasVM',
    instantRPDetails: {},
    instantRpRetentionRangeInDays: 2,
    timeZone: 'UTC',
  };
  put('DefaultPolicy', { ...machine, schedulePolicy: daily, retentionPolicy: keep(time) });
  const morning = `${date}T08:00:00Z`;
  put('EnhancedPolicy', {
    ...machine,
    policyType: 'V2',
    schedulePolicy: {
      schedulePolicyType: 'SimpleSchedulePolicyV2',
      scheduleRunFrequency: 'Hourly',
      hourlySchedule: { interval: 4, scheduleWindowStartTime: morning, scheduleWindowDuration: 12 },
    },
    retentionPolicy: keep(morning),
  });
}

/** Items a policy protects, in creation order. */
export function itemsUnder(world: World, policyId: string): readonly Stored[] {
  const wanted = policyId.toLowerCase();
  return world.store
    .list(ITEM_TYPE, vaultIdOfChild(policyId))
    .filter((item) => String(item.body['properties']?.['policyId']).toLowerCase() === wanted);
}

/** Counts an item in or out; a bundle's own count is the start. */
export function countItem(world: World, policyId: unknown, change: 1 | -1): void {
  if (typeof policyId !== 'string' || policyId === '' || world.store.get(policyId) === undefined) return;
  world.store.update(policyId, (policy) => {
    policy.body['properties']['protectedItemsCount'] = Math.max(
      0,
      Number(policy.body['properties']['protectedItemsCount'] ?? 0) + change,
    );
  });
}

function render(policy: Stored): Mutable {
  return { id: policy.id, type: POLICY_TYPE, ...policy.body };
}

function policyId(call: Call): string {
  return `${requireVault(call).id}/backupPolicies/${call.params['policyName']}`;
}

function requirePolicy(call: Call): Stored {
  const policy = call.world.store.get(policyId(call));
  if (policy === undefined)
    throw new AzureError(404, 'BMSUserErrorPolicyNotFound', `The policy '${call.params['policyName']}' was not found.`);
  return policy;
}

function listPolicies(call: Call): Answer {
  const vault = requireVault(call);
  const filter = parseFilter(call, ['backupManagementType', 'workloadType']);
  const policies = call.world.store
    .listed(POLICY_TYPE, call.world.options.listLagMs, vault.id)
    .filter((policy) => wants(filter, 'backupManagementType', policy.body['properties']['backupManagementType']));
  return page(call, policies, (policy) => policy.id, render);
}

function putPolicy(call: Call): Answer {
  const { world } = call;
  const id = policyId(call);
  const name = call.params['policyName'] ?? '';
  const sent: Mutable = call.body?.['properties'] ?? {};
  const before = world.store.get(id);
  // https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftrecoveryservices
  if (!/^[A-Za-z][A-Za-z0-9-]{2,149}$/.test(name)) {
    throw invalidInput(
      'A policy name starts with a letter and has 3 to 150 letters, numbers and hyphens.',
      'policyName',
    );
  }
  if (sent['backupManagementType'] !== 'AzureIaasVM')
    throw invalidInput('Only policies for AzureIaasVM are simulated.', 'backupManagementType');
  checkMachinePolicy(sent);
  if (before !== undefined) checkChange(before, sent, requireVault(call));
  else if (world.store.list(POLICY_TYPE, requireVault(call).id).length >= MAX_POLICIES)
    throw invalidInput(`A vault holds at most ${MAX_POLICIES} policies.`);
  const properties = {
    ...normalize(sent, world.clock.now()),
    protectedItemsCount: before?.body['properties']['protectedItemsCount'] ?? 0,
  };
  const policy = world.store.put({ id, type: POLICY_TYPE, body: { name, properties } });
  const items = itemsUnder(world, id);
  if (items.length === 0) return { status: 200, body: render(policy) };
  return pushToItems(call, policy, items);
}

/** Enhanced cannot become Standard again: https://learn.microsoft.com/azure/backup/backup-azure-vms-enhanced-policy */
function checkChange(before: Stored, sent: Mutable, vault: Stored): void {
  refuseShorter(vault, shortestMs(before.body['properties']), shortestMs(sent));
  const was: unknown = before.body['properties']['policyType'] ?? 'V1';
  if (was === 'V2' && (sent['policyType'] ?? 'V1') !== 'V2')
    throw invalidInput('An Enhanced policy cannot be changed to a Standard policy.', 'policyType');
}

/** A changed policy is carried to its items, which takes an operation. */
function pushToItems(call: Call, policy: Stored, items: readonly Stored[]): Answer {
  const { world } = call;
  const operation = world.operations.start({
    kind: 'backup-policy',
    scope: policy.id,
    durationMs: PUSH_MS,
    data: { vaultId: vaultIdOfChild(policy.id), policyId: policy.id },
    finish: () => {
      for (const item of items) scheduleNext(world, item.id);
    },
  });
  return {
    status: 202,
    headers: {
      'Azure-AsyncOperation': operationUrl(call, `${policy.id}/operations/${operation.id}`),
      Location: operationUrl(call, `${policy.id}/operationResults/${operation.id}`),
      ...retryAfter(call),
    },
  };
}

/** Fills in defaults and writes times as full moments: a client that sent `23:00:00Z` reads a date before it. */
function normalize(sent: Mutable, now: number): Mutable {
  const date = new Date(now).toISOString().slice(0, 10);
  const fixTime = (value: string): string => {
    if (/^\d\d:\d\d(:\d\d)?Z?$/.test(value)) return `${date}T${value.replace('Z', '').padEnd(8, ':00')}Z`;
    return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.0+Z$/.test(value) ? value.replace(/\.0+Z/, 'Z') : value;
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return fixTime(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, inner]) => (inner === null ? [] : [[key, walk(inner)]])),
    );
  };
  const fixed = walk(sent) as Mutable;
  const enhanced = fixed['policyType'] === 'V2';
  if (fixed['policyType'] === 'V1') delete fixed['policyType'];
  if (!enhanced) fixed['schedulePolicy']['scheduleWeeklyFrequency'] ??= 0;
  return {
    ...fixed,
    instantRPDetails: fixed['instantRPDetails'] ?? {},
    instantRpRetentionRangeInDays: fixed['instantRpRetentionRangeInDays'] ?? defaultInstantDays(fixed, enhanced),
    timeZone: fixed['timeZone'] ?? 'UTC',
  };
}

function defaultInstantDays(policy: Mutable, enhanced: boolean): number {
  if (enhanced) return 7;
  return policy['schedulePolicy']['scheduleRunFrequency'] === 'Weekly' ? 5 : 2;
}

function deletePolicy(call: Call): Answer {
  const policy = call.world.store.get(policyId(call));
  if (policy === undefined) return { status: 204 };
  if (itemsUnder(call.world, policy.id).length > 0) {
    throw new AzureError(
      400,
      'BMSUserErrorPolicyInUse',
      `The policy '${policy.body['name']}' is associated with protected items and cannot be deleted.`,
    );
  }
  call.world.store.delete(policy.id);
  return { status: 200 };
}

const POLICY_PATH = `${VAULT_PATH}/backupPolicies/{policyName}`;

export const backupPolicyRoutes: readonly Route[] = [
  { method: 'GET', path: `${VAULT_PATH}/backupPolicies`, apiVersions: apiVersions.backup, handle: listPolicies },
  {
    method: 'GET',
    path: POLICY_PATH,
    apiVersions: apiVersions.backup,
    handle: (call) => ({ status: 200, body: render(requirePolicy(call)) }),
  },
  {
    method: 'PUT',
    path: POLICY_PATH,
    apiVersions: apiVersions.backup,
    request: 'ProtectionPolicyResource',
    handle: putPolicy,
  },
  { method: 'DELETE', path: POLICY_PATH, apiVersions: apiVersions.backup, handle: deletePolicy },
  {
    method: 'GET',
    path: `${POLICY_PATH}/operations/{operationId}`,
    apiVersions: apiVersions.backup,
    handle: operationStatus,
  },
  {
    method: 'GET',
    path: `${POLICY_PATH}/operationResults/{operationId}`,
    apiVersions: apiVersions.backup,
    handle: (call) => operationResult(call, () => render(requirePolicy(call))),
  },
];
