/** Every recovery point of a machine, from every option, newest first. What could not be read is said, never left out. */
import { compareText, unknownText } from './assessment.ts';
import type { AuditUnknown } from './audit.ts';
import type { Estate, Machine } from './estate.ts';
import type { ResourceId } from './ids.ts';
import type { OptionId } from './option.ts';
import { backupPoints } from './points/azure-backup.ts';
import { snapshotPoints } from './points/disk-snapshot.ts';
import { galleryPoints, managedImagePoints } from './points/images.ts';
import type { Found, FoundPoint, RecoveryPoint } from './points/point.ts';
import { restorePointPoints } from './points/restore-point.ts';
import { replicaPoints } from './points/site-recovery.ts';
import { hourMs, instantMs, toInstant, toSecond, type Instant } from './time.ts';

export const pointsSchemaVersion = 1;

/** What `points` prints. */
export interface Points {
  readonly schemaVersion: typeof pointsSchemaVersion;
  readonly kind: 'holdfast.points';
  readonly asOf: Instant;
  readonly scope: string;
  readonly machine: {
    readonly id: ResourceId;
    readonly name: string;
    readonly resourceGroup: string;
    readonly subscriptionId: string;
    readonly location: string;
    /** Null where not all of them could be read. */
    readonly disks: number | null;
  };
  /** False when a point could be missing here, or what is said of one could be wrong. */
  readonly complete: boolean;
  readonly points: readonly RecoveryPoint[];
  readonly unknowns: readonly AuditUnknown[];
}

const sources: Readonly<Record<OptionId, (machine: Machine, estate: Estate) => Found>> = {
  'azure-backup': backupPoints,
  'site-recovery': replicaPoints,
  'disk-snapshot': snapshotPoints,
  'restore-point': restorePointPoints,
  'managed-image': managedImagePoints,
  'gallery-image': galleryPoints,
};

/** Throws a RangeError when `asOf` is no moment. */
export const pointsOf = (machine: Machine, estate: Estate, asOf: Instant): Points => {
  const asOfMs = instantMs(asOf);
  if (asOfMs === undefined) throw new RangeError(`not a moment: ${asOf}`);
  const found = Object.values(sources).map((source) => source(machine, estate));
  const missed = [
    ...found.flatMap((one) => one.missed),
    ...(machine.disksUnknown
      ? [{ subject: machine.id, fact: 'disks', reason: unknownText(machine.disksUnknown) }]
      : []),
  ];
  return {
    schemaVersion: pointsSchemaVersion,
    kind: 'holdfast.points',
    asOf: toInstant(asOfMs),
    scope: estate.scope.description,
    machine: {
      id: machine.id,
      name: machine.name,
      resourceGroup: machine.resourceGroup,
      subscriptionId: machine.subscriptionId,
      location: machine.location,
      disks: machine.disksUnknown === undefined ? machine.disks.length : null,
    },
    complete: missed.length === 0,
    points: found.flatMap(({ points }) => points.map((point) => dated(point, asOfMs))).toSorted(newestFirst),
    unknowns: missed
      .map((one): AuditUnknown => ({ ...one, matters: true }))
      .toSorted((a, b) => compareText(a.fact, b.fact) || compareText(a.subject.toLowerCase(), b.subject.toLowerCase())),
  };
};

/** Clocks differ a little; a point dated later than that is not believed in its age. */
const tolerableMs = hourMs;

const dated = ({ id, option, at, expiresAt, notes, ...point }: FoundPoint, asOfMs: number): RecoveryPoint => {
  const atMs = instantMs(at);
  const expiryMs = instantMs(expiresAt);
  const toCome = atMs !== undefined && atMs > asOfMs + tolerableMs;
  return {
    id,
    option,
    at: atMs === undefined ? null : toSecond(atMs),
    ageSeconds: atMs === undefined || toCome ? null : Math.max(0, Math.floor((asOfMs - atMs) / 1000)),
    ...point,
    expiresAt: expiryMs === undefined ? null : toSecond(expiryMs),
    notes: [
      ...notes,
      ...(toCome ? ['it is dated after the moment this list is of'] : []),
      ...(expiryMs !== undefined && expiryMs <= asOfMs ? ['its time is over, and it is still there'] : []),
    ],
  };
};

/** Those without a moment last, in the order of their ids, so that Azure's order never shows. */
const newestFirst = (a: RecoveryPoint, b: RecoveryPoint): number =>
  (instantMs(b.at) ?? -1) - (instantMs(a.at) ?? -1) || compareText(a.id.toLowerCase(), b.id.toLowerCase());
