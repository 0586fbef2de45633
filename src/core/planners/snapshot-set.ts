/** What the steps of one set of snapshots share: made in disk-snapshot.ts. */
import type { Consistency, Disk } from '../estate.ts';
import type { ResourceId } from '../ids.ts';
import type { Assumption } from '../plan.ts';
import type { AtOnce } from './disk-snapshot-limits.ts';
import type { Need } from './draft.ts';

/** How the disks of a set come to agree, and what the set is worth. */
export interface Way {
  readonly kind: 'at-once' | 'while-off' | 'stop-and-start';
  readonly consistency: Consistency;
}

/** What all steps of one set share. */
export interface SnapshotSet {
  readonly need: Need;
  readonly way: Way;
  readonly groupId: ResourceId;
  readonly pinned: readonly Assumption[];
  readonly disks: readonly Disk[];
  readonly room: AtOnce;
}
