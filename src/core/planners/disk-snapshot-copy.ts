/** A snapshot's copy in another region, made when the snapshot is whole (facts S-08). */
import type { Disk } from '../estate.ts';
import { shortHash } from '../ids.ts';
import { nameFor } from '../names.ts';
import type { StepOf } from '../plan.ts';
import { sources } from '../sources.ts';
import { natureOf, noExport, skuIn, tagsFor } from './disk-snapshot-input.ts';
import type { DraftContext } from './draft.ts';
import type { SnapshotSet } from './snapshot-set.ts';

interface Copied {
  readonly disk: Disk;
  readonly step: StepOf<'snapshot.create'>;
  readonly region: string;
}

/** In the group of the snapshot: a group holds resources of any region. */
export const copyStep = (
  { need, groupId, way, room }: SnapshotSet,
  { disk, step, region }: Copied,
  context: DraftContext,
): StepOf<'snapshot.copy'> => {
  const { machine } = need.assessment;
  const name = nameFor('snapshot', `${machine.name}-${region}`, context.asOf, context.seed, `${disk.key}|${region}`);
  const resourceId = `${groupId}/providers/Microsoft.Compute/snapshots/${name}`;
  return {
    id: context.ids.take(['copy', machine.name, disk.name, region], disk.key),
    kind: 'snapshot.copy',
    option: 'disk-snapshot',
    subject: machine.id,
    reason: `A copy of the snapshot of ${disk.name} in ${region}, so that it outlives ${disk.location}; the snapshot is needed until the copy is whole.`,
    source: sources.XREG,
    method: 'PUT',
    resourceId,
    assumes: [{ kind: 'absent', resourceId }],
    goal: { kind: 'snapshot-copied', resourceId, sourceSnapshotId: step.resourceId },
    dependsOn: [step.id],
    runs: 'on-success',
    ...(room.copies === undefined ? {} : { atOnce: room.copies }),
    destructive: false,
    cost: { monthlyUsd: 'unknown', basis: 'billed by used size, and once for what is sent between the regions' },
    input: {
      location: region,
      sku: skuIn(region, context),
      ...noExport,
      ...natureOf(machine, disk),
      tags: {
        ...tagsFor(need, disk, way.consistency, context),
        'holdfast-copy-of': shortHash(step.resourceId.toLowerCase(), 12),
      },
      sourceSnapshotId: step.resourceId,
    },
  };
};
