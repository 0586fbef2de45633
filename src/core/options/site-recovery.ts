import type { Estate, Machine, ReplicatedItem } from '../estate.ts';
import { unknown, type Unknown } from '../fact.ts';
import { nameOf } from '../ids.ts';
import { joinBy } from '../join.ts';
import type { Option, Protection, ProtectionPoint } from '../protection.ts';
import { attachedDisks, byHealthThenAge, gapBefore, isToCome } from '../protection.ts';
import { sources } from '../sources.ts';
import { instantMs, momentText, toInstant } from '../time.ts';

/** Other providers (`HyperVReplicaAzure`, `InMage…`) replicate machines outside Azure. */
export const itemsOf = joinBy<ReplicatedItem>((item) => [/^a2a$/i.test(item.provider) ? item.machineKey : undefined]);

export const siteRecovery: Option = {
  id: 'site-recovery',
  title: 'Azure Site Recovery',
  source: sources.A2A,
  can: [
    'Keep a copy of the machine seconds to minutes behind in another region, ready to be started there.',
    'Make a crash-consistent point every five minutes, and application-consistent ones as often as hourly.',
    'Be rehearsed in an isolated network without touching the machine or its replication.',
    'Replicate Windows Storage Spaces and Linux LVM volumes.',
  ],
  cannot: [
    'Stand in for a backup: its points reach back at most 15 days, and bad data replicates like good.',
    'Replicate machines with an NVMe disk controller, an ARM64 processor, a dedicated host, a write-accelerated disk or a Uniform scale set.',
    'Keep a vault in the region of the machine it protects.',
    'Fail over by itself, or promise capacity in the other region without a reservation.',
  ],
  present: (machine, estate) =>
    itemsOf(estate.replicatedItems, machine.key)
      .map((item) => protectionBy(item, machine, estate))
      .toSorted(byHealthThenAge),
  // Its vaults often live in another subscription, so any gap could hide one.
  blindSpot: (machine, estate) => gapBefore(machine, estate.replicatedItems, '/'),
};

const protectionBy = (item: ReplicatedItem, machine: Machine, estate: Estate): Protection => {
  const isProtected = /^protected$/i.test(item.protectionState);
  const pending =
    /^(?:initialreplication|enabling|enableprotection)/i.test(item.protectionState) &&
    !/fail/i.test(item.protectionState);
  const healthy = isProtected && item.health === 'normal';
  // Until the first copy is whole there is nothing to fail over to, whatever lag Azure reckons meanwhile.
  const doubt = pending ? undefined : lagDoubt(item, estate);
  const counts = !pending && doubt === undefined;
  const point = counts ? newestPoint(item, machine) : undefined;
  const ails = pending ? item.health === 'critical' || item.health === 'warning' : !healthy;
  return {
    option: 'site-recovery',
    id: item.id,
    vaultId: vaultIdOf(item),
    state: item.protectionState,
    healthy,
    pending,
    active: !/^(?:unprotected|disabl)/i.test(item.protectionState),
    ...(point ? { newestPoint: point } : {}),
    ...(item.rpoSeconds === undefined || !counts ? {} : { rpoSeconds: item.rpoSeconds }),
    ...(item.rpoAt && counts && instantMs(item.rpoAt) !== undefined ? { rpoAt: item.rpoAt } : {}),
    ...(doubt ? { pointsUnknown: doubt } : {}),
    ...(item.lastDrillAt && instantMs(item.lastDrillAt) !== undefined ? { lastDrillAt: item.lastDrillAt } : {}),
    ...(item.recoveryRegion === undefined ? {} : { recoveryRegion: item.recoveryRegion }),
    disksLeftOut: disksLeftOut(item, machine),
    ...(ails ? { detail: troubleOf(item, isProtected || pending) } : {}),
  };
};

const troubleOf = (item: ReplicatedItem, stateIsFine: boolean): string =>
  stateIsFine
    ? `its replication health is ${item.health ?? 'not told'}`
    : `Site Recovery gives its state as ${item.protectionState}`;

/** The vault's id in the item's own spelling: everything before the replication fabric. */
export const vaultIdOf = (item: ReplicatedItem): string => {
  const at = item.id.search(/\/replicationFabrics\//i);
  return at < 0 ? item.vaultKey : item.id.slice(0, at);
};

/** A lag reckoned in time to come, or below nothing, says nothing of how fresh the replica is. */
const lagDoubt = ({ rpoAt, rpoSeconds }: ReplicatedItem, estate: Estate): Unknown | undefined => {
  if (rpoAt !== undefined && isToCome(rpoAt, estate)) {
    return unknown(
      'unintelligible',
      `Azure says that it reckoned the lag ${momentText(rpoAt)}, which is after the fleet was read.`,
    );
  }
  return rpoSeconds !== undefined && rpoSeconds < 0
    ? unknown('unintelligible', `Azure gives a lag of ${rpoSeconds} seconds.`)
    : undefined;
};

/** The moment a failover would go back to: the last reckoning less the lag. At least crash-consistent (facts R-55). */
const newestPoint = (item: ReplicatedItem, machine: Machine): ProtectionPoint | undefined => {
  const reckoned = instantMs(item.rpoAt);
  if (reckoned === undefined || item.rpoSeconds === undefined) return undefined;
  return {
    id: null,
    at: toInstant(reckoned - item.rpoSeconds * 1000),
    consistency: 'crash',
    disksIncluded: item.protectedDiskKeys.length === 0 ? null : item.protectedDiskKeys.length,
    disksAttached: attachedDisks(machine),
  };
};

/** What Azure says it leaves out, and managed disks missing from what it says it covers. */
export const disksLeftOut = (item: ReplicatedItem, machine: Machine): readonly string[] => {
  const missing =
    item.protectedDiskKeys.length === 0
      ? []
      : machine.disks.filter(({ key }) => key !== undefined && !item.protectedDiskKeys.includes(key));
  return [...new Set([...item.unprotectedDisks.map((disk) => nameOf(disk)), ...missing.map(({ name }) => name)])];
};
