import { nameOf, type ResourceId } from '../../core/ids.ts';
import type { AssumptionState } from '../../engine/ports.ts';
import { holdOf, isAdopted } from '../../core/adoption.ts';
import { hasMark } from '../../core/retention/trash.ts';
import type { Tags } from '../../core/estate.ts';
import { at, isRecord, listAt } from '../raw.ts';
import { provisioningOf } from '../resource.ts';
import { holds, judge, moved, type Checker } from './checker.ts';

type Kinds = 'made-by-holdfast' | 'adopted' | 'in-trash' | 'copy-failed' | 'collection-empty';

export const removalCheckers: { readonly [K in Kinds]: Checker<K> } = {
  'made-by-holdfast': (arm, { taggedId, run }, signal) =>
    judge(arm, taggedId, signal, (body) => {
      const tags = tagsOf(body);
      return tags['holdfast-run'] === run && tags['holdfast-made-by'] !== undefined
        ? unlessHeld(taggedId, tags)
        : moved(`${nameOf(taggedId)} does not carry the tags of run ${run} any more, and may be somebody else's`);
    }),

  adopted: (arm, { taggedId }, signal) =>
    judge(arm, taggedId, signal, (body) => {
      const tags = tagsOf(body);
      return isAdopted(tags)
        ? unlessHeld(taggedId, tags)
        : moved(`${nameOf(taggedId)} is not adopted by its tag any more`);
    }),

  'in-trash': (arm, { taggedId, mark }, signal) =>
    judge(arm, taggedId, signal, (body) =>
      hasMark(tagsOf(body), mark)
        ? holds
        : moved(`somebody took the mark ${mark} from ${nameOf(taggedId)}, so the point is wanted again`),
    ),

  'copy-failed': (arm, { copyId }, signal) =>
    judge(arm, copyId, signal, (body) =>
      at(body, 'properties', 'copyCompletionError') !== undefined || provisioningOf(body) === 'failed'
        ? holds
        : moved(`copy ${nameOf(copyId)} has not failed, as Azure says now`),
    ),

  'collection-empty': (arm, { collectionId }, signal) =>
    judge(
      arm,
      collectionId,
      signal,
      (body) => {
        const points = listAt(body, 'properties', 'restorePoints').length;
        return points === 0 ? holds : moved(`collection ${nameOf(collectionId)} holds ${points} restore points again`);
      },
      { $expand: 'restorePoints' },
    ),
};

/** A legal hold binds from the moment it is tagged, and lists of resources lag behind. */
const unlessHeld = (taggedId: ResourceId, tags: Tags): AssumptionState => {
  const hold = holdOf(tags);
  return hold === undefined
    ? holds
    : moved(`${nameOf(taggedId)} is held by its tag holdfast-hold (${hold || 'no reason given'})`);
};

const tagsOf = (body: unknown): Tags => {
  const tags = at(body, 'tags');
  return isRecord(tags)
    ? Object.fromEntries(Object.entries(tags).filter((tag): tag is [string, string] => typeof tag[1] === 'string'))
    : {};
};
