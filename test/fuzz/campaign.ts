/**
 * Fuzzing with figures: every target says how many inputs it tried and what became of them. A seeded share runs with every
 * `npm test`; HOLDFAST_WHOLE=1 runs it whole, HOLDFAST_SEED=n other inputs.
 */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

export const whole = process.env['HOLDFAST_WHOLE'] === '1';
export const seed = Number(process.env['HOLDFAST_SEED'] ?? 20261102);

/** What became of one input. Anything else, an exception above all, fails the case with the smallest input that shows it. */
export type Fate = 'accepted' | 'refused';

export interface Target<T> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<T>;
  readonly judge: (input: T) => Fate | Promise<Fate>;
  /** Inputs in the whole run; a run in passing takes one in `thin`. */
  readonly runs: number;
  readonly thin?: number;
  /** `none`: every input of this target is to be taken. */
  readonly refusals?: 'some' | 'none';
}

const defaultThin = 25;

export const fuzz = <T>(target: Target<T>): void => {
  const runs = whole ? target.runs : Math.max(40, Math.ceil(target.runs / (target.thin ?? defaultThin)));
  it(`${target.name}: no input makes it throw, hang or believe what is not so`, { timeout: 600_000 }, async () => {
    const fates = { accepted: 0, refused: 0 };
    const judge = fc.asyncProperty(target.inputs, async (input) => {
      fates[await target.judge(input)] += 1;
    });
    const told = await fc.check(judge, { numRuns: runs, seed, maxSkipsPerRun: 0 });
    const figures = `${fates.accepted + fates.refused} inputs, ${fates.refused} refused, ${fates.accepted} accepted`;
    console.log(
      `fuzz ${target.name}: ${figures}, exceptions ${told.failed ? 1 : 0} (seed ${seed}${whole ? '' : ', a share'})`,
    );
    expect(told.failed ? `${String(told.errorInstance)}\n${fc.defaultReportMessage(told)}` : '').toBe('');
    if (target.refusals === 'none') expect(fates.refused, 'refused inputs').toBe(0);
    else expect(fates.refused, 'inputs that are refused: without any, nothing was tried').toBeGreaterThan(0);
  });
};
