/**
 * Leases as Azure keeps them: a tag of the machine, merged in and taken out without touching the others. The tags API documents no
 * ETag; a machine's own PATCH does, but takes the right to write the machine and replaces all of its tags.
 * https://learn.microsoft.com/rest/api/resources/tags/update-at-scope
 */
import { leaseIn, leaseTag } from '../core/lease.ts';
import type { ResourceId } from '../core/ids.ts';
import type { LeaseStore } from '../engine/ports.ts';
import { unanswered, type Arm } from './ask.ts';
import { apiVersions } from './kinds.ts';
import { at } from './raw.ts';
import { readResource } from './resource.ts';

export const makeLeaseStore = (arm: Arm): LeaseStore => {
  /** `Delete` takes the tag out only while it has this very value, so never another run's. */
  const patch = async (operation: 'Merge' | 'Delete', machine: ResourceId, text: string, signal: AbortSignal) => {
    const answer = await arm.ask({
      provider: 'resources',
      method: 'PATCH',
      path: `${machine}/providers/Microsoft.Resources/tags/default`,
      apiVersion: apiVersions.resources,
      body: { operation, properties: { tags: { [leaseTag]: text } } },
      signal,
    });
    if (answer.kind === 'answer') return { kind: 'written' as const };
    return answer.kind === 'not-found' ? { kind: 'refused' as const, problem: answer.problem } : unanswered(answer);
  };
  return {
    async read(machine, signal) {
      const read = await readResource(arm, machine, signal);
      if (read.kind === 'none') return { kind: 'read' };
      if (read.kind !== 'body') return read;
      const text = leaseIn((at(read.body, 'tags') ?? {}) as Readonly<Record<string, unknown>>);
      return { kind: 'read', ...(text === undefined ? {} : { text }) };
    },
    write: (machine, text, signal) => patch('Merge', machine, text, signal),
    remove: (machine, text, signal) => patch('Delete', machine, text, signal),
  };
};
