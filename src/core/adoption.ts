/** Tags by which people tell holdfast what of theirs it may delete, and what of its own it may not. */
import type { Tags } from './estate.ts';

/** `holdfast-adopt: true` on a snapshot, or on a collection of restore points: prune and remove may delete it as if it were ours. */
export const adoptTag = 'holdfast-adopt';

/** `holdfast-hold: why` on a snapshot, or on a collection: a legal hold. Nothing of it is deleted, whatever a policy or a person says. */
export const holdTag = 'holdfast-hold';

const tagOf = (tags: Tags, name: string): string | undefined =>
  Object.entries(tags).find(([key]) => key.toLowerCase() === name)?.[1];

export const isAdopted = (tags: Tags): boolean => tagOf(tags, adoptTag)?.trim().toLowerCase() === 'true';

/** Why it is held, in the words of whoever tagged it. */
export const holdOf = (tags: Tags): string | undefined => tagOf(tags, holdTag);
