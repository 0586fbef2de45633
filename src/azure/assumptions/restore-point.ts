import { noNewerPoint, noOtherCollection } from '../points-since.ts';
import type { Checker } from './checker.ts';

type Kinds = 'no-other-collection' | 'no-newer-point';

export const restorePointCheckers: { readonly [K in Kinds]: Checker<K> } = {
  'no-other-collection': (_arm, assumption, signal, step, lists) => noOtherCollection(lists, assumption, step, signal),
  'no-newer-point': (arm, assumption, signal, step) => noNewerPoint(arm, assumption, step, signal),
};
