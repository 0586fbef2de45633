import { nameOf } from '../../core/ids.ts';
import { at, isRecord, listAt } from '../raw.ts';
import { holds, judge, moved, type Checker } from './checker.ts';

type Kinds = 'made-by-holdfast' | 'collection-empty';

export const removalCheckers: { readonly [K in Kinds]: Checker<K> } = {
  'made-by-holdfast': (arm, { taggedId, run }, signal) =>
    judge(arm, taggedId, signal, (body) => {
      const tags = at(body, 'tags');
      const found = isRecord(tags) ? at(tags, 'holdfast-run') : undefined;
      return found === run && at(tags, 'holdfast-made-by') !== undefined
        ? holds
        : moved(`${nameOf(taggedId)} does not carry the tags of run ${run} any more, and may be somebody else's`);
    }),

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
