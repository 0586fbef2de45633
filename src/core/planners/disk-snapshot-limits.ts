/** Why a disk can have no snapshot now, or no copy of it elsewhere: what it is, and Azure's limits (facts S-01 … S-11). */
import { isUltraOrPremiumV2 } from '../check.ts';
import { counted } from '../duration.ts';
import type { AttachedDisk, Disk, Estate, Snapshot } from '../estate.ts';
import { joinBy } from '../join.ts';
import type { Reason } from '../option.ts';
import type { Step } from '../plan.ts';
import { sources } from '../sources.ts';
import { instantMs, minuteMs, momentText, toInstant } from '../time.ts';
import { isIncremental, skuIn } from './disk-snapshot-input.ts';
import { refusalReason, type DraftContext } from './draft.ts';

export const snapshotsOf = joinBy<Snapshot>(({ sourceDiskKey }) => [sourceDiskKey]);

/** Facts S-04: Azure keeps no more incremental snapshots of one disk than this, and makes no more of it in that time. */
const mostPerDisk = 500;
const mostPerWindow = 7;
const windowMs = 5 * minuteMs;
/** Facts S-11: background copies in progress, of one Premium SSD v2 or Ultra disk and in a subscription. */
const mostCopying = 3;
const mostCopyingPerSubscription = 50;
/** Facts S-08: copies into one region, in a subscription. */
export const mostCopiesPerRegion = 100;

export const unfit = (attached: AttachedDisk, context: DraftContext): Reason | undefined => {
  const { name, kind, disk } = attached;
  if (kind !== 'managed')
    return refusalReason(
      'not-managed',
      `Disk ${name} is ${kind}, and only managed disks have snapshots.`,
      sources.SNAP,
    );
  if (!disk.known) {
    return refusalReason(
      'disk-unknown',
      `Disk ${name} was not read (${disk.detail}), so neither its identity nor who may read it is known.`,
      sources.INCR,
    );
  }
  return unfitDisk(disk.value) ?? unfitKind(disk.value, context) ?? atLimit(disk.value, context);
};

const unfitDisk = (disk: Disk): Reason | undefined => {
  if (disk.uniqueId === undefined) {
    return refusalReason(
      'identity-unknown',
      `Azure gave no unique id for disk ${disk.name}, so a disk made again under its name could not be told from it.`,
      sources.INCR,
    );
  }
  if (disk.securityType === 'confidential') {
    return refusalReason(
      'confidential-disk',
      `Disk ${disk.name} is confidential; how its encryption carries over is not known well enough to plan it.`,
      sources.SNAP,
      'S-18',
    );
  }
  if (hasCustomerKey(disk) && disk.encryptionSetId === undefined) {
    return refusalReason(
      'encryption-unknown',
      `Disk ${disk.name} is encrypted with a customer's key and its encryption set is not known, so the snapshot could not be encrypted alike.`,
      sources.SNAP,
      'S-18',
    );
  }
  return undefined;
};

const unfitKind = (disk: Disk, context: DraftContext): Reason | undefined => {
  const sku = skuIn(disk.location, context);
  if (!isIncremental(disk, context) || sku.startsWith('Standard_')) return undefined;
  return refusalReason(
    'sku-not-incremental',
    `An incremental snapshot of disk ${disk.name} cannot be stored as ${sku}: Azure keeps those on standard storage only.`,
    sources.INCR,
    'S-01',
  );
};

export const hasCustomerKey = ({ encryption }: Disk): boolean =>
  encryption === 'customer-key' || encryption === 'platform-and-customer-keys';

/** One that was only just accepted, or hangs there, tells no percentage yet. */
export const isCopying = ({ completionPercent, copyError, failed, provisioned }: Snapshot): boolean =>
  copyError === undefined &&
  failed !== true &&
  (completionPercent === undefined ? !provisioned : completionPercent < 100);

const atLimit = (disk: Disk, context: DraftContext): Reason | undefined => {
  const { estate, asOf } = context;
  const incremental = snapshotsOf(estate.snapshots, disk.key).filter((snapshot) => snapshot.incremental);
  if (!isIncremental(disk, context)) return undefined;
  if (incremental.length >= mostPerDisk) {
    return refusalReason(
      'snapshot-limit',
      `Disk ${disk.name} has ${incremental.length} incremental snapshots, and Azure keeps ${mostPerDisk} at most.`,
      sources.INCR,
      'S-04',
    );
  }
  const recent = incremental
    .flatMap(({ createdAt }) => instantMs(createdAt) ?? [])
    .filter((at) => at > instantMs(asOf)! - windowMs)
    .toSorted((a, b) => a - b);
  if (recent.length >= mostPerWindow) {
    const open = toInstant(recent[recent.length - mostPerWindow]! + windowMs);
    return refusalReason(
      'snapshot-rate',
      `Disk ${disk.name} got ${recent.length} incremental snapshots within five minutes, and Azure makes ${mostPerWindow}: plan again after ${momentText(open)}.`,
      sources.INCR,
      'S-04',
    );
  }
  const copying = incremental.filter(isCopying).length;
  if (isUltraOrPremiumV2(disk.sku ?? '') && copying >= mostCopying) {
    return refusalReason(
      'copies-in-progress',
      `Of disk ${disk.name} ${counted(copying, 'snapshot is', 'snapshots are')} still copied in the background, and Azure allows ${mostCopying}: plan again when one is whole.`,
      sources.INCR,
      'S-11',
    );
  }
  return undefined;
};

/** Why the disk's snapshot cannot be copied to the region. */
export const uncopyable = (disk: Disk, region: string, context: DraftContext): Reason | undefined => {
  const no = (code: string, text: string, fact: string): Reason =>
    refusalReason(code, `Disk ${disk.name} gets no copy of its snapshot in ${region}: ${text}.`, sources.XREG, fact);
  if (region === disk.location) return no('copy-same-region', 'it is in that region itself', 'S-07');
  if (!isIncremental(disk, context))
    return no('copy-not-incremental', 'only incremental snapshots are copied, and full ones are asked for', 'S-08');
  if (hasCustomerKey(disk))
    return no('copy-encryption', "it is encrypted with a customer's key, and no encryption set is known there", 'S-18');
  const under = copiesOf(context.estate, disk, region).find(isCopying);
  if (under)
    return no(
      'copy-in-progress',
      `copy ${under.name} is at ${under.completionPercent ?? 0} %, and Azure copies one of a disk at a time, in the order they were made`,
      'S-08',
    );
  return undefined;
};

const copiesOf = (estate: Estate, disk: Disk, region: string): readonly Snapshot[] => {
  const sources = new Set(snapshotsOf(estate.snapshots, disk.key).map(({ key }) => key));
  return estate.snapshots.items.filter(
    ({ sourceSnapshotKey, location }) =>
      location === region && sourceSnapshotKey !== undefined && sources.has(sourceSnapshotKey),
  );
};

/** How many steps may run at once, what Azure has in hand already taken off; `undefined` where nothing limits them. */
export interface AtOnce {
  readonly background: NonNullable<Step['atOnce']>;
  readonly copies: NonNullable<Step['atOnce']> | undefined;
}

/** What a set of these disks may do at once, or why there is no room for it at all. */
export const roomFor = ({ subscriptionId }: Disk, region: string | undefined, estate: Estate): AtOnce | Reason => {
  const ofSubscription = estate.snapshots.items.filter(
    (snapshot) => snapshot.subscriptionId.toLowerCase() === subscriptionId.toLowerCase() && isCopying(snapshot),
  );
  const background =
    mostCopyingPerSubscription -
    ofSubscription.filter(({ sourceSnapshotKey }) => sourceSnapshotKey === undefined).length;
  if (background <= 0) {
    return refusalReason(
      'copies-in-progress',
      `The subscription has ${mostCopyingPerSubscription} background copies in hand, which is Azure's limit: plan again when some are whole.`,
      sources.INCR,
      'S-11',
    );
  }
  const room = { background: { of: `background copies in ${subscriptionId}`, most: background } };
  if (region === undefined) return { ...room, copies: undefined };
  const copies =
    mostCopiesPerRegion -
    ofSubscription.filter(({ sourceSnapshotKey, location }) => sourceSnapshotKey !== undefined && location === region)
      .length;
  if (copies <= 0) {
    return refusalReason(
      'copy-limit',
      `${mostCopiesPerRegion} copies into ${region} are in hand, which is Azure's limit for a subscription: plan again when some are whole.`,
      sources.XREG,
      'S-08',
    );
  }
  return { ...room, copies: { of: `copies into ${region} of ${subscriptionId}`, most: copies } };
};
