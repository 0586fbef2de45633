/** Site Recovery's replicated items, from REST or Resource Graph (facts ). */
import type { ReplicaPoint, ReplicatedItem } from '../core/estate.ts';
import { unknown } from '../core/fact.ts';
import { keyOf, parseId } from '../core/ids.ts';
import { consistencyWord } from './normalise-points.ts';
import { toInstant, instantMs } from '../core/time.ts';
import { at, given, instantAt, listAt, numberAt, textAt, wordAt } from './raw.ts';
import {
  item,
  locationOf,
  other,
  resourceOf,
  unintelligible,
  vaultIdOf,
  type Normaliser,
} from './normalise-resource.ts';

const healths = { normal: 'normal', warning: 'warning', critical: 'critical', none: 'none' } as const;

export const normaliseReplicatedItem: Normaliser<ReplicatedItem> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const vaultId = vaultIdOf(resource.id);
  if (vaultId === undefined) return other;
  const p = at(raw, 'properties');
  const details = at(p, 'providerSpecificDetails');
  const provider = textAt(details, 'instanceType') ?? '';
  const machineId = textAt(details, 'fabricObjectId');
  // fabricObjectId is a machine's id for Azure-to-Azure only; elsewhere it would join somebody else's machine.
  const a2a = provider.toLowerCase() === 'a2a';
  if (a2a && (machineId === undefined || parseId(machineId) === undefined)) {
    return unintelligible(`the replicated item ${resource.id} names no machine`);
  }
  return item({
    id: resource.id,
    key: resource.key,
    vaultKey: keyOf(vaultId),
    name: textAt(p, 'friendlyName') ?? resource.name,
    provider,
    ...given('machineKey', a2a && machineId !== undefined ? keyOf(machineId) : undefined),
    protectionState: textAt(p, 'protectionState') ?? '',
    ...given('health', wordAt(healths, p, 'replicationHealth')),
    ...given('rpoSeconds', numberAt(details, 'rpoInSeconds')),
    ...given('rpoAt', instantAt(details, 'lastRpoCalculatedTime')),
    ...given('sourceRegion', regionAt(details, 'primaryFabricLocation')),
    ...given('recoveryRegion', regionAt(details, 'recoveryFabricLocation')),
    ...given('activeLocation', textAt(p, 'activeLocation')),
    ...given('testFailoverState', textAt(p, 'testFailoverState')),
    ...given('lastDrillAt', instantAt(p, 'lastSuccessfulTestFailoverTime')),
    ...given('agentExpiresAt', expiryAt(details, 'agentExpiryDate')),
    protectedDiskKeys: diskKeys(details),
    unprotectedDisks: listAt(details, 'unprotectedDisks').flatMap((disk) => diskName(disk) ?? []),
    targetDiskKeys: a2a ? targetDisks(details) : [],
    ...given('cacheAccountKeys', a2a ? cacheAccounts(details) : undefined),
    ...given('multiMachineGroup', a2a ? groupName(details) : undefined),
    ...given('testMachineKey', a2a ? testMachine(details) : undefined),
    points: unknown('not-read', 'The recovery points of Site Recovery were not asked for.'),
  });
};

/** A replica is told by id; a test failover's disk by name, in the same group (observed: `…-ASRReplica`, `…-ASRtest`). */
const targetDisks = (details: unknown): readonly string[] =>
  listAt(details, 'protectedManagedDisks').flatMap((disk) => {
    const replica = textAt(disk, 'recoveryReplicaDiskId');
    const target = textAt(disk, 'recoveryTargetDiskId');
    const group = textAt(disk, 'recoveryResourceGroupId');
    const test = textAt(disk, 'tfoDiskName');
    const ids = [replica, target, group && test && `${group}/providers/Microsoft.Compute/disks/${test}`];
    return ids.flatMap((id) => (id && parseId(id) ? [keyOf(id)] : []));
  });

const cacheAccounts = (details: unknown): readonly string[] | undefined => {
  const ids = listAt(details, 'protectedManagedDisks').flatMap(
    (disk) => textAt(disk, 'primaryStagingAzureStorageAccountId') ?? [],
  );
  return ids.length === 0 ? undefined : [...new Set(ids.map(keyOf))];
};

/** An item without a group has an empty name. */
const groupName = (details: unknown): string | undefined => {
  const name = textAt(details, 'multiVmGroupName');
  return name === '' ? undefined : name;
};

const testMachine = (details: unknown): string | undefined => {
  const id = textAt(details, 'testFailoverRecoveryFabricObjectId');
  return id === undefined || parseId(id) === undefined ? undefined : keyOf(id);
};

/** https://learn.microsoft.com/rest/api/site-recovery/recovery-points/list-by-replication-protected-items */
export const normaliseReplicaPoint: Normaliser<ReplicaPoint> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const p = at(raw, 'properties');
  const details = at(p, 'providerSpecificDetails');
  const disks = at(details, 'disks');
  const sync = wordAt({ multivmsyncrecoverypoint: true, pervmrecoverypoint: false }, details, 'recoveryPointSyncType');
  return item({
    id: resource.id,
    ...given('at', instantAt(p, 'recoveryPointTime')),
    consistency: consistencyWord(p, 'recoveryPointType'),
    ...given('multiMachine', sync),
    ...given('disks', Array.isArray(disks) ? disks.length : undefined),
  });
};

const regionAt = (raw: unknown, name: string): string | undefined => {
  const region = textAt(raw, name);
  return region === undefined ? undefined : locationOf(region);
};

const diskKeys = (details: unknown): readonly string[] =>
  listAt(details, 'protectedManagedDisks').flatMap((disk) => {
    const id = textAt(disk, 'diskId');
    return id === undefined ? [] : [keyOf(id)];
  });

const diskName = (disk: unknown): string | undefined => {
  const lun = numberAt(disk, 'diskLunId');
  return (
    textAt(disk, 'diskId') ?? textAt(disk, 'diskName') ?? (lun === undefined ? textAt(disk, 'diskLunId') : `LUN ${lun}`)
  );
};

/** The year 9999 is .NET's way of saying that it never expires. */
const expiryAt = (raw: unknown, name: string): string | undefined => {
  const ms = instantMs(textAt(raw, name));
  return ms === undefined || ms >= Date.UTC(9999, 0, 1) ? undefined : toInstant(ms);
};
