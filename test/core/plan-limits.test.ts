/** The blast radius: what a limit lets through, and the first that it does not. */
import { describe, expect, it } from 'vitest';
import { limitProblems } from '../../src/core/plan-limits.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { snapshotStep } from '../engine/plan-builder.ts';

const made = snapshotStep('a');
const deleted = { ...made, kind: 'resource.delete', method: 'DELETE' } as Step;
const ended = { ...made, kind: 'replication.disable', method: 'POST' } as Step;
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
    ['no steps at all', { maxChanges: 0, maxDeletes: { percent: 0 } }, [], 0],
  ] as const)('%s', (_name, limits, steps, problems) => {
    expect(over(limits, ...steps)).toBe(problems);
  });
});
