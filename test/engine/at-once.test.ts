import { describe, expect, it } from 'vitest';
import type { Step } from '../../src/core/plan.ts';
import { bench } from './bench.ts';
import { snapshotStep } from './plan-builder.ts';

/** Moments count as overlapping only where both are strictly inside. */
const mostOverlapping = (spans: readonly { readonly at: number; readonly endsAt: number }[]): number =>
  Math.max(...spans.map(({ at }) => spans.filter((other) => other.at <= at && at < other.endsAt).length));

describe('steps that Azure lets run only so many at a time', () => {
  const limited = (id: string, most: number): Step => ({ ...snapshotStep(id), atOnce: { of: 'image-1', most } });
  const ids = Array.from({ length: 12 }, (_, i) => `s${i}`);

  it('are under way so many at once at most, from write to goal, and all get done', async () => {
    const b = bench({ operationMs: () => 600_000 });
    expect(await b.run(ids.map((id) => limited(id, 3)))).toEqual(ids.map((id) => `${id}: done`));
    expect(mostOverlapping(b.azure.taken)).toBe(3);
  });

  it('do not hold up steps without a limit', async () => {
    const b = bench({ operationMs: () => 600_000 });
    await b.run([...ids.map((id) => limited(id, 3)), snapshotStep('free')]);
    const first = Math.min(...b.azure.taken.map(({ at }) => at));
    expect(b.azure.taken.find(({ step }) => step === 'free')!.at - first).toBeLessThan(600_000);
  });
});
