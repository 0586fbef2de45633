/** The blast radius: what a limit lets through, and the first that it does not. */
import { describe, expect, it } from 'vitest';
import { limitProblems } from '../../src/core/plan-limits.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { snapshotStep } from '../engine/plan-builder.ts';

const made = snapshotStep('a');
const deleted = { ...made, kind: 'resource.delete', method: 'DELETE' } as Step;
const ended = { ...made, kind: 'replication.disable', method: 'POST' } as Step;
const undone = { ...deleted, undoes: 'b' } as Step;
const emptied = { ...deleted, input: { what: 'restore-point-collection' } } as Step;
const over = (limits: Plan['limits'], ...steps: readonly Step[]) =>
  limitProblems({ steps, limits, digest: 'd' }).length;

describe('limits of a plan', () => {
  it.each([
    ['as many writes as allowed', { maxChanges: 2 }, [made, made], 0],
    ['one more', { maxChanges: 1 }, [made, made], 1],
    ['as many deletions as allowed', { maxDeletes: { count: 1 } }, [made, deleted], 0],
    ['one more deletion', { maxDeletes: { count: 1 } }, [deleted, deleted], 1],
    ['the end of a replication, whose replica disks go with it', { maxDeletes: { count: 0 } }, [ended], 1],
    ['exactly the share allowed', { maxDeletes: { percent: 50 } }, [made, deleted], 0],
    ['a larger share', { maxDeletes: { percent: 49 } }, [made, deleted], 1],
    ['all that 100 % allow', { maxDeletes: { percent: 100 } }, [deleted, ended], 0],
    ['a share that only its fraction takes over', { maxDeletes: { percent: 33 } }, [made, made, deleted], 1],
    ['what the plan itself made and takes back', { maxDeletes: { count: 0 } }, [made, undone], 0],
    ['a collection deleted for its own sake', { maxDeletes: { count: 0 } }, [emptied], 1],
    ['no steps at all', { maxChanges: 0, maxDeletes: { percent: 0 } }, [], 0],
  ] as const)('%s', (_name, limits, steps, problems) => {
    expect(over(limits, ...steps)).toBe(problems);
  });

  const pruning = (
    limits: Plan['limits'],
    points: { readonly inScope: number; readonly marked?: number },
    ...steps: readonly Step[]
  ) => limitProblems({ steps, limits, digest: 'd', points: { marked: 0, ...points } }).map(({ summary }) => summary);

  it('of points are shares of the points in scope, not of the steps', () => {
    expect(pruning({ maxDeletes: { percent: 10 } }, { inScope: 20 }, deleted, deleted)).toEqual([]);
    expect(pruning({ maxDeletes: { percent: 10 } }, { inScope: 19 }, deleted, deleted)).toHaveLength(1);
  });

  it('of points hold for those that are only marked too, each kind by itself', () => {
    const limits = { maxDeletes: { count: 1 } };
    expect(pruning(limits, { inScope: 100, marked: 1 }, deleted)).toEqual([]);
    const marked = pruning(limits, { inScope: 100, marked: 2 }, deleted);
    expect(marked).toHaveLength(1);
    expect(marked[0]).toContain('2 marks for deletion');
    expect(pruning({ maxDeletes: { percent: 2 } }, { inScope: 100, marked: 3 })).toHaveLength(1);
  });

  it('of points do not count a collection that is left empty', () => {
    expect(pruning({ maxDeletes: { count: 1 } }, { inScope: 100 }, deleted, emptied)).toEqual([]);
  });
});
