/** Holds every exchange that a suite made against Azure's own documents: both what was sent and what was answered. */
import { expect } from 'vitest';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { exchangesOf, report } from '../conformance/exchange-report.ts';
import { createValidator } from '../conformance/openapi.ts';

/** Fails on a deviation or a route without a document that is not listed with its reason; prints the counts. */
export const expectConforming = async (suite: string, simulators: readonly Simulator[]): Promise<void> => {
  const validator = await createValidator();
  if (validator === undefined) return;
  const exchanges = simulators.flatMap((simulator) => exchangesOf(simulator.log()));
  const { judged, valid, listed, unvalidated, problems } = await report(exchanges, validator);
  const without = Object.values(unvalidated).reduce((sum, n) => sum + n, 0);
  console.log(`${suite}: ${judged} exchanges: ${valid} as documented, ${listed} with listed deviations, ${without} on routes without a document`);
  expect(problems).toEqual([]);
  expect(valid + listed + without).toBe(judged);
  // Nothing judged would pass everything.
  expect(valid).toBeGreaterThan(0);
};
