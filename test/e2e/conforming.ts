/** Holds every exchange that a suite made against Azure's own documents: both what was sent and what was answered. */
import { expect, it, type TestContext } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { exchangesOf, report } from '../conformance/exchange-report.ts';
import { createValidator } from '../conformance/openapi.ts';
import { witnessed } from './rig.ts';

/**
 * Fails on a deviation or a route without a document that is not listed with its reason; prints the counts. Where the documents
 * are not at hand, the case is skipped: it never passes unjudged.
 */
export const expectConforming = async (
  context: TestContext,
  suite: string,
  simulators: readonly Simulator[],
): Promise<void> => {
  const validator = await createValidator();
  if (validator === undefined) return context.skip('Azure’s OpenAPI documents are not at hand');
  const exchanges = simulators.flatMap((simulator) => exchangesOf(simulator.log()));
  const { judged, valid, listed, unvalidated, problems } = await report(exchanges, validator);
  const without = Object.values(unvalidated).reduce((sum, n) => sum + n, 0);
  console.log(
    `${suite}: ${judged} exchanges: ${valid} as documented, ${listed} with listed deviations, ${without} on routes without a document`,
  );
  expect(problems).toEqual([]);
  expect(valid + listed + without).toBe(judged);
  // Nothing judged would pass everything.
  expect(valid).toBeGreaterThan(0);
};

/** At the end of a file: a last case that judges every world which its other cases began. */
export const everythingConforms = (suite: string): void => {
  const simulators: Simulator[] = [];
  witnessed((simulator) => void simulators.push(simulator));
  it(
    'every request of these cases and every answer is as Azure’s documents have it',
    (context) => expectConforming(context, suite, simulators),
    120_000,
  );
};
