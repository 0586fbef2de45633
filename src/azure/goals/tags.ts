import { at, isRecord } from '../raw.ts';
import { readResource } from '../resource.ts';
import type { GoalState } from '../../engine/ports.ts';
import { holds, type ReadGoal } from './reader.ts';

/** Azure compares names of tags without regard to case. */
export const tagsAre: ReadGoal<'tags-are'> = async (
  { arm, signal },
  { resourceId, tags, without },
): Promise<GoalState> => {
  const read = await readResource(arm, resourceId, signal);
  if (read.kind === 'none') return { kind: 'absent', detail: 'it is gone' };
  if (read.kind !== 'body') return read;
  const found = at(read.body, 'tags');
  const its = new Map(Object.entries(isRecord(found) ? found : {}).map(([name, value]) => [name.toLowerCase(), value]));
  const lacking = Object.entries(tags).find(([name, value]) => its.get(name.toLowerCase()) !== value);
  if (lacking !== undefined) return { kind: 'absent', detail: `its tag ${lacking[0]} is not yet ${lacking[1]}` };
  const left = without.find((name) => its.has(name.toLowerCase()));
  return left === undefined ? holds(resourceId) : { kind: 'absent', detail: `it still has the tag ${left}` };
};
