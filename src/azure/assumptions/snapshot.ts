import { nameOf } from '../../core/ids.ts';
import { noNewerSnapshot } from '../made-since.ts';
import { textAt } from '../raw.ts';
import { holds, judge, moved, type Checker } from './checker.ts';

type Kinds = 'disk-is' | 'no-newer-snapshot';

export const snapshotCheckers: { readonly [K in Kinds]: Checker<K> } = {
  'disk-is': (arm, { diskId, uniqueId }, signal) =>
    judge(arm, diskId, signal, (body) => {
      const found = textAt(body, 'properties', 'uniqueId');
      return found?.toLowerCase() === uniqueId.toLowerCase()
        ? holds
        : moved(`disk ${nameOf(diskId)} was made again: its uniqueId is ${found ?? 'unknown'}`);
    }),

  'no-newer-snapshot': (_arm, assumption, signal, step, lists) => noNewerSnapshot(lists, assumption, step, signal),
};
