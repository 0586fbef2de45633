import { nameOf } from '../../core/ids.ts';
import { readResource } from '../resource.ts';
import { holds, moved, type Checker } from './checker.ts';

export const placeCheckers: { readonly absent: Checker<'absent'> } = {
  absent: async (arm, { resourceId }, signal) => {
    const read = await readResource(arm, resourceId, signal);
    if (read.kind === 'none') return holds;
    return read.kind === 'body' ? moved(`${nameOf(resourceId)} exists already`) : read;
  },
};
