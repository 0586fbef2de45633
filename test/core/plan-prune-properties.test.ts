/** What holds of any points under any policy, whatever is the matter with each of them. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Estate, Lock, RestorePoint, Snapshot, Tags } from '../../src/core/estate.ts';
import { keyOf } from '../../src/core/ids.ts';
import type { RetentionPolicy } from '../../src/core/retention/policy.ts';
import { aLock, anEstate, asOf } from './estate-builder.ts';
import { two, snap, setOf, point, holding, prune } from './prune-builder.ts';

describe('any fleet of points', () => {
  const hour = (n: number) => new Date(Date.parse(asOf) - n * 3_600_000).toISOString();
  /** A point of one or two snapshots, or a restore point, with all that can be the matter with it. */
  const anyOne = fc.record({
    age: fc.integer({ min: -30, max: 24 * 60 }),
    kind: fc.constantFrom('set', 'set', 'restore-point'),
    what: fc.constantFrom('fine', 'fine', 'fine', 'short', 'making', 'foreign', 'held', 'copying', 'locked'),
    marked: fc.constantFrom(undefined, '2026-06-01T00:00:00Z', '2026-06-09T00:00:00Z'),
  });
  type One = typeof anyOne extends fc.Arbitrary<infer T> ? T : never;

  const estateOf = (
    ones: readonly One[],
  ): { readonly estate: Estate; readonly keysOf: readonly (readonly string[])[] } => {
    const keysOf: string[][] = [];
    const snapshots: Snapshot[] = [];
    const points: RestorePoint[] = [];
    const locks: Lock[] = [];
    for (const [i, { age, kind, what, marked }] of ones.entries()) {
      if (kind === 'restore-point') {
        const made = point(what === 'foreign' ? `by-hand-${i}` : `hf-${i}`, hour(age), {
          ...(what === 'making' ? { provisioned: false } : {}),
          ...(what === 'short' ? { provisioned: false, failed: true } : {}),
        });
        points.push(made);
        keysOf.push([made.key]);
        if (what === 'locked') locks.push(aLock({ scope: made.key }));
        continue;
      }
      const tags: Tags = {
        ...(what === 'held' ? { 'holdfast-hold': 'x' } : {}),
        ...(marked === undefined ? {} : { 'holdfast-trash': marked }),
      };
      const members = setOf(`s${i}`, hour(age), tags).map((one) => ({
        ...one,
        ...(what === 'foreign' ? { tags: {} } : {}),
        ...(what === 'making' ? { completionPercent: 40 } : {}),
      }));
      const there = what === 'short' ? members.slice(1) : members;
      snapshots.push(...there);
      keysOf.push(there.map(({ key }) => key));
      if (what === 'locked') locks.push(aLock({ scope: members[1]!.key }));
      if (what === 'copying')
        snapshots.push(
          snap(`copy-${i}`, hour(age), {
            location: 'northeurope',
            sourceSnapshotKey: members[1]!.key,
            completionPercent: 10,
            tags: { 'holdfast-set': `s${i}`, 'holdfast-disks': '2' },
          }),
        );
    }
    const estate = anEstate({ machines: [two], snapshots, locks, restorePointCollections: [holding(points)] });
    return { estate, keysOf };
  };

  it('loses whole points alone, none that is held or somebody else’s, nothing unmarked, and never the last good one', () => {
    fc.assert(
      fc.property(
        fc.array(anyOne, { maxLength: 14 }),
        fc.constantFrom<RetentionPolicy>(
          { keepLast: 1 },
          { keepDaily: 3 },
          { keepWithin: '3d' },
          { keepTag: ['none'] },
        ),
        fc.constantFrom(0, 7),
        (ones, policy, trashDays) => {
          const { estate, keysOf } = estateOf(ones);
          const plan = prune(estate, policy, { trashDays });
          const gone = new Set(
            plan.steps.flatMap((step) => (step.method === 'DELETE' ? [keyOf(step.resourceId)] : [])),
          );
          const marked = new Set(
            plan.steps.flatMap((step) =>
              step.kind === 'tags.update' && step.input.operation === 'merge' ? [keyOf(step.input.targetId)] : [],
            ),
          );
          const good: boolean[] = [];
          for (const [i, { age, kind, what, marked: mark }] of ones.entries()) {
            const keys = keysOf[i]!;
            const lost = keys.filter((key) => gone.has(key));
            expect([0, keys.length]).toContain(lost.length);
            const safe =
              ['foreign', 'locked', 'making'].includes(what) || (kind === 'set' && ['held', 'copying'].includes(what));
            if (safe) expect(lost).toEqual([]);
            if (safe) expect(keys.filter((key) => marked.has(key))).toEqual([]);
            if (lost.length > 0 && trashDays > 0) expect([kind, mark]).toEqual(['set', '2026-06-01T00:00:00Z']);
            if (['fine', 'held', 'locked', 'copying'].includes(what) && age >= -1) good.push(lost.length === 0);
          }
          if (good.length > 0) expect(good).toContain(true);
        },
      ),
      { numRuns: 300 },
    );
  });
});
