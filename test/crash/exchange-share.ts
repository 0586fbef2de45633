/** A seeded share of what a suite of many worlds sends and is answered, held against Azure's own documents. */
import { expect, type TestContext } from 'vitest';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { exchangesOf, report } from '../conformance/exchange-report.ts';
import { createValidator } from '../conformance/openapi.ts';
import { randomOf, seed } from './share.ts';

/** One in so many: all of them would take longer than the suite itself. */
const oneIn = 100;

export interface ExchangeShare {
  /** To be called once for each world, when it has come to its end. */
  take(simulator: Simulator): void;
  /** Fails on a deviation that is not listed with its reason. Skipped, with the reason printed, where the documents are not at hand. */
  judge(context: TestContext): Promise<void>;
}

export const exchangeShare = (suite: string): ExchangeShare => {
  const random = randomOf(`exchanges of ${suite}`);
  const taken: ExchangeLine[] = [];
  let seen = 0;
  return {
    take(simulator) {
      for (const line of simulator.log()) {
        seen += 1;
        if (random(oneIn) === 0) taken.push(line);
      }
    },
    async judge(context) {
      const validator = await createValidator();
      if (validator === undefined) return context.skip('Azure’s OpenAPI documents are not at hand');
      const { judged, valid, listed, unvalidated, problems } = await report(exchangesOf(taken), validator);
      const without = Object.values(unvalidated).reduce((sum, n) => sum + n, 0);
      const rate = ((100 * judged) / Math.max(1, seen)).toFixed(2);
      console.log(
        `${suite}: ${judged} of ${seen} exchanges validated (${rate} %, seed ${seed}): ${valid} as documented, ` +
          `${listed} with listed deviations, ${without} on routes without a document; logins and answers of faults are left out`,
      );
      expect(problems).toEqual([]);
      // Nothing judged would pass everything.
      expect(valid).toBeGreaterThan(0);
    },
  };
};
