/** VM restore points and their collections. https://learn.microsoft.com/azure/virtual-machines/create-restore-points */
import { z } from 'zod';
import { consistencies } from '../estate.ts';
import { computeOperation, moment, ofKind, optional, resourceId, stepKind, tags, type ValueOf } from './definition.ts';

const collectionInput = z.strictObject({
  machineId: resourceId,
  /** The machine's own region: a collection elsewhere holds copies. */
  location: z.string(),
  /** The collection whose points it holds copies of. */
  copyOf: optional(resourceId),
  tags,
});
export type RestorePointCollectionInput = ValueOf<typeof collectionInput>;

/** Azure takes no tags on a restore point: its collection carries them. */
const pointInput = z.strictObject({
  machineId: resourceId,
  location: z.string(),
  /** What Azure is asked for; what it makes of `application` depends on the guest (facts P-02). */
  mode: z.enum(['application', 'crash']),
  excludeDiskIds: z.array(resourceId),
});
export type RestorePointInput = ValueOf<typeof pointInput>;
export type RestorePointMode = RestorePointInput['mode'];

const pointCopyInput = z.strictObject({ machineId: resourceId, location: z.string(), sourcePointId: resourceId });
export type RestorePointCopyInput = ValueOf<typeof pointCopyInput>;

export const restorePointSteps = {
  'restore-point-collection.create': stepKind({
    input: collectionInput,
    seconds: 5,
    makes: 'resource',
    // No write on the machine: Azure's page asks for none, and Google's "bare minimum" role for restore points has read only:
    // https://docs.cloud.google.com/migrate/virtual-machines/docs/5.0/reference/roles-reference. That its source must be
    // readable is [K].
    permissions: [
      { action: 'Microsoft.Compute/restorePointCollections/write' },
      {
        action: 'Microsoft.Compute/virtualMachines/read',
        on: ({ machineId, copyOf }) => (copyOf === undefined ? machineId : undefined),
      },
      { action: 'Microsoft.Compute/restorePointCollections/read', on: ({ copyOf }) => copyOf },
    ],
    follows: [],
    assumes: ['machine-is', 'machine-disks-are', 'no-other-collection'],
    roles: ['snapshot', 'protect'],
  }),
  /** Create-only: Azure refuses a second write under the name. */
  'restore-point.create': stepKind({
    input: pointInput,
    seconds: 30,
    makes: 'child',
    leased: true,
    permissions: [{ action: 'Microsoft.Compute/restorePointCollections/restorePoints/write' }],
    follows: [computeOperation],
    assumes: ['machine-is', 'machine-disks-are', 'power-is', 'no-newer-point'],
    roles: ['snapshot', 'protect'],
  }),
  /** Into a collection of copies in another region (facts P-18). Create-only as well. */
  'restore-point.copy': stepKind({
    input: pointCopyInput,
    seconds: 30 * 60,
    makes: 'child',
    permissions: [
      { action: 'Microsoft.Compute/restorePointCollections/restorePoints/write' },
      {
        action: 'Microsoft.Compute/restorePointCollections/restorePoints/read',
        on: ({ sourcePointId }) => sourcePointId,
      },
    ],
    follows: [computeOperation],
    assumes: ['absent'],
    roles: ['snapshot', 'protect'],
  }),
};

export const restorePointGoals = {
  /** Azure has it in hand, however far it is: later runs of its job follow it. */
  'restore-point-copy-begun': ofKind('restore-point-copy-begun', { resourceId, sourcePointId: resourceId }),
  /** Every disk of it copied to 100 % (facts P-18): the operation's own end comes long before. */
  'restore-point-copied': ofKind('restore-point-copied', { resourceId, sourcePointId: resourceId }),
  /** Finished and with every one of the disks. A weaker consistency than wanted is said, and judged by the audit. */
  'restore-point-complete': ofKind('restore-point-complete', {
    resourceId,
    machineId: resourceId,
    diskIds: z.array(resourceId).min(1),
    consistency: z.enum(consistencies),
  }),
};

export const restorePointAssumptions = {
  /**
   * The machine has no restore point collection in that region but these, those of Azure Backup, and the step's own. With
   * `copiesOf`: that collection has none of copies there.
   */
  'no-other-collection': ofKind('no-other-collection', {
    machineId: resourceId,
    location: z.string(),
    besides: z.array(resourceId),
    copiesOf: optional(resourceId),
  }),
  /** The collection has no restore point, made or coming, younger than the newest the plan knew; `null`: it knew of none. */
  'no-newer-point': ofKind('no-newer-point', { collectionId: resourceId, than: moment.nullable() }),
};
