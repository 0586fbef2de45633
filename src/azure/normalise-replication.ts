/** Site Recovery's replicated items, from REST or Resource Graph (facts ). */
import type { ReplicatedItem } from '../core/estate.ts';
import { keyOf, parseId } from '../core/ids.ts';
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
