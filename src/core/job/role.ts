/** The least that the runs of one job need: what it may come to write, whatever becomes of its machines. */
import { roleOfKinds, type CustomRole, type KindInRole, type ReadActions } from '../roles.ts';
import type { Job } from './job.ts';

export const roleForJob = (job: Job, reads: ReadActions, subscriptions: readonly string[] = []): CustomRole => {
  const elsewhere = job.copies.length > 0;
  return roleOfKinds({
    name: `Holdfast Job ${job.name}`,
    description: `What audit reads, and what runs of job ${job.name} write.`,
    reads: [...reads.fleet, ...(elsewhere ? reads.regions : [])],
    kinds: [
      ...takenBy[job.option],
      ...(elsewhere ? copied : []),
      // A copy that failed is deleted before it is begun again.
      ...(elsewhere || Object.keys(job.retention).length > 0 ? pruned : []),
      ...(job.hooks === undefined ? [] : hooked),
    ],
    subscriptions: subscriptions.length > 0 ? subscriptions : job.selector.subscriptions,
  });
};

const snapshots: readonly KindInRole[] = [
  ['resource-group.create', 'snapshot'],
  ['snapshot.create', 'snapshot'],
];
const restorePoints: readonly KindInRole[] = [
  ['resource-group.create', 'snapshot'],
  ['restore-point-collection.create', 'snapshot'],
  ['restore-point.create', 'snapshot'],
];
const backups: readonly KindInRole[] = [['backup.trigger', 'protect']];
const takenBy: Readonly<Record<Job['option'], readonly KindInRole[]>> = {
  auto: [...snapshots, ...restorePoints, ...backups],
  'disk-snapshot': snapshots,
  'restore-point': restorePoints,
  'azure-backup': backups,
};
const copied: readonly KindInRole[] = [
  ['snapshot.copy', 'snapshot'],
  ['restore-point-collection.create', 'snapshot'],
  ['restore-point.copy', 'snapshot'],
];
const pruned: readonly KindInRole[] = [
  ['tags.update', 'prune'],
  ['resource.delete', 'prune'],
];
const hooked: readonly KindInRole[] = [
  ['run-command.create', 'hooks'],
  ['resource.delete', 'hooks'],
];
