/** Moments that Site Recovery can fail over to. */
import { unknownText } from '../assessment.ts';
import type { Estate, Machine, ReplicaPoint, ReplicatedItem } from '../estate.ts';
import { disksLeftOut, itemsOf, siteRecovery, vaultIdOf } from '../options/site-recovery.ts';
import { attachedDisks } from '../protection.ts';
import type { Found, FoundPoint, Missed } from './point.ts';

export const replicaPoints = (machine: Machine, estate: Estate): Found => {
  const items = itemsOf(estate.replicatedItems, machine.key);
  const blind = siteRecovery.blindSpot(machine, estate);
  const missed: readonly Missed[] = [
    ...(blind ? [{ subject: machine.id, fact: 'points of site-recovery', reason: unknownText(blind) }] : []),
    ...items.flatMap(({ id, points }) =>
      points.known ? [] : [{ subject: id, fact: 'points of site-recovery', reason: unknownText(points) }],
    ),
  ];
  return {
    points: items.flatMap((item) =>
      item.points.known ? item.points.value.map((point) => pointOf(item, point, machine)) : [],
    ),
    missed,
  };
};

const pointOf = (item: ReplicatedItem, point: ReplicaPoint, machine: Machine): FoundPoint => {
  const left = disksLeftOut(item, machine);
  const attached = attachedDisks(machine);
  const included = point.disks ?? (item.protectedDiskKeys.length === 0 ? null : item.protectedDiskKeys.length);
  const lacks = left.length > 0 || (included !== null && attached !== null && included < attached);
  return {
    id: point.id,
    option: 'site-recovery',
    at: point.at,
    consistency: point.consistency,
    state: lacks ? 'incomplete' : 'available',
    disksIncluded: included,
    disksAttached: attached,
    disksLeftOut: left,
    sizeGiB: null,
    expiresAt: undefined,
    region: item.recoveryRegion ?? null,
    vaultId: vaultIdOf(item),
    // A failover makes the machine in the other region, with the disks that are replicated; nothing else comes of it.
    restores: lacks ? ['another-region'] : ['machine', 'another-region'],
    notes: [
      ...(point.multiMachine === true ? ['of one moment with the other machines of its replication group'] : []),
      ...(/^protected$/i.test(item.protectionState)
        ? []
        : [`its replicated item is ${item.protectionState || 'in a state that is not told'}`]),
    ],
  };
};
