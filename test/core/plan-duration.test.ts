import { describe, expect, it } from 'vitest';
import { durationOf } from '../../src/core/plan-duration.ts';
import type { Step } from '../../src/core/plan.ts';
import { pointSteps, runPaced, snapshotSteps } from '../engine/pacing-world.ts';
import { snapshotStep } from '../engine/plan-builder.ts';

const many = (count: number, change: (step: Step, n: number) => Partial<Step> = () => ({})): readonly Step[] =>
  Array.from({ length: count }, (_, n) => {
    const step = snapshotStep(`s${n}`);
    return { ...step, ...change(step, n) } as Step;
  });

describe('how long a plan takes, and what binds it', () => {
  it('is nothing for nothing', () => {
    expect(durationOf([])).toEqual({ expectedSeconds: 0, boundBy: 'nothing to do' });
  });

  it('is its longest chain of steps as long as no budget is used up', () => {
    expect(durationOf(pointSteps({ machines: 3 }))).toEqual({
      expectedSeconds: 35,
      boundBy: 'the chain of steps that ends in restore-point.create',
    });
  });

  it('is the budget of reads for many snapshots, since each is looked at before and after its write', () => {
    expect(durationOf(snapshotSteps({ machines: 1_000 }))).toEqual({
      expectedSeconds: 206,
      boundBy: "Azure's budget of 25 reads a second for a subscription (5000 reads)",
    });
  });

  it('counts each subscription by itself', () => {
    const spread = many(400, (step, n) => ({
      resourceId: step.resourceId.replace('00000000000a', String(n % 8).padStart(12, '0')),
    }));
    expect(durationOf(spread).boundBy).toContain('chain of steps');
  });

  it('is Compute’s budget of restore points in a region for many of them', () => {
    expect(durationOf(pointSteps({ machines: 1_000 }))).toEqual({
      expectedSeconds: 1055,
      boundBy: "Azure's budget PutRestorePointSubscriptionMaximum of 50 a minute in westeurope (1000 requests)",
    });
  });

  it('is three restore points an hour for four of one machine', () => {
    expect(durationOf(pointSteps({ machines: 1 }, 4))).toEqual({
      expectedSeconds: 3630,
      boundBy: "Azure's 3 restore points an hour of one machine (4 points of vm0000)",
    });
  });

  it('is how many may run at once for copies that take turns', () => {
    const copies = many(250, () => ({
      kind: 'snapshot.copy',
      atOnce: { of: 'copies into northeurope of S', most: 100 },
    }));
    expect(durationOf(copies)).toEqual({
      expectedSeconds: 4500,
      boundBy: "Azure's limit of 100 at once (250 steps snapshot.copy, copies into northeurope of S)",
    });
  });

  it.each([
    ['snapshots', { machines: 400 }, snapshotSteps],
    ['restore points', { machines: 300 }, pointSteps],
  ] as const)('is near to what apply then takes: %s', async (_, shape, stepsOf) => {
    const steps = stepsOf(shape);
    const { expectedSeconds } = durationOf(steps);
    const { tookMs } = await runPaced(shape, steps);
    expect(tookMs / 1000 / expectedSeconds).toBeGreaterThan(0.8);
    expect(tookMs / 1000 / expectedSeconds).toBeLessThan(1.25);
  });
});
