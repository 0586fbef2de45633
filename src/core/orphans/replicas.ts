/** What Site Recovery leaves: items of machines that are gone, replica disks nobody keeps, tests nobody cleaned up. */
import { durationText } from '../duration.ts';
import type { Disk, ReplicatedItem } from '../estate.ts';
import { wasAskedFor, type EstateView } from '../estate-view.ts';
import { nameOf } from '../ids.ts';
import { dayMs, instantMs } from '../time.ts';
import { hiddenBy, machineFate, there, type Fate, type Thing } from './thing.ts';

export const orphanedReplicatedItems = (view: EstateView): readonly Thing[] => {
  const keptBy = Map.groupBy(view.estate.disks.items, ({ siteRecovery }) =>
    siteRecovery?.itemKey.known ? siteRecovery.itemKey.value : null,
  );
  return view.estate.replicatedItems.items.flatMap((item): readonly Thing[] => {
    const { id, machineKey } = item;
    if (machineKey === undefined) return [];
    const kept = keptBy.get(item.key) ?? [];
    const whole = kept.length > 0 && kept.length >= item.protectedDiskKeys.length;
    return [
      {
        id,
        option: 'site-recovery',
        what: 'replicated item',
        machineKey,
        // Once failed over, the machine runs on in the other region; the one it came from may rightly be gone.
        fate: /^recovery$/i.test(item.activeLocation ?? '') ? there : machineFate(machineKey, view),
        since: item.rpoAt,
        sizeGiB: whole ? sumOf(kept) : undefined,
        stored: {
          kind: 'replicated-item',
          region: regionOf(item),
          disks: whole
            ? kept.map(({ name, sizeGiB, sku }) => ({ name, sizeGiB, sku }))
            : [{ name: 'its replica disks' }],
        },
        remedy: 'disable its replication, which ends the fee and deletes the replica disks; both are billed until then',
      },
    ];
  });
};

const regionOf = ({ recoveryRegion, sourceRegion }: ReplicatedItem): string => recoveryRegion ?? sourceRegion ?? '';

const sumOf = (disks: readonly Disk[]): number | undefined =>
  disks.every(({ sizeGiB }) => sizeGiB !== undefined)
    ? disks.reduce((sum, { sizeGiB }) => sum + sizeGiB!, 0)
    : undefined;

/** Disks named as Site Recovery names its own, where the fleet was asked about their group. */
export const leftoverDisks = (view: EstateView): readonly Thing[] =>
  view.estate.disks.items.flatMap((disk): readonly Thing[] => {
    const { siteRecovery } = disk;
    if (siteRecovery === undefined || !wasAskedFor(view.estate, disk.subscriptionId, disk.resourceGroup)) return [];
    const test = siteRecovery.kind === 'test-failover';
    return [
      {
        id: disk.id,
        option: 'site-recovery',
        what: test ? 'disk of a test failover' : 'replica disk',
        fate: test ? testFate(disk, view) : replicaFate(disk),
        since: disk.createdAt,
        sizeGiB: disk.sizeGiB,
        stored: {
          kind: 'disk',
          region: disk.location,
          disks: [{ name: disk.name, sizeGiB: disk.sizeGiB, sku: disk.sku }],
        },
        remedy: test
          ? 'clean up the test failover in its vault; where no item is left for that, delete the test machine and its disks'
          : 'delete the disk, once sure that no vault out of sight replicates into it',
      },
    ];
  });

/** A disk in use by a machine is somebody's, whatever its name. */
const replicaFate = ({ siteRecovery, attachedTo }: Disk): Fate => {
  if (siteRecovery === undefined || attachedTo.length > 0) return there;
  const { itemKey } = siteRecovery;
  if (!itemKey.known) return hiddenBy(itemKey);
  return itemKey.value === null ? { kind: 'gone', what: 'no replicated item that the login can see keeps it' } : there;
};

/** A drill takes hours; what is there a day later was forgotten. Our choice. */
const drillMs = dayMs;

const testFate = ({ createdAt, attachedTo }: Disk, { asOfMs }: EstateView): Fate => {
  const madeMs = instantMs(createdAt);
  if (madeMs === undefined || asOfMs - madeMs < drillMs) return there;
  const [machine] = attachedTo;
  const on = machine === undefined ? '' : `, on machine ${nameOf(machine)}`;
  return {
    kind: 'gone',
    what: `a test failover made it ${durationText(asOfMs - madeMs)} ago${on}, and was never cleaned up`,
  };
};
