/** Consent, as the command line takes it: what counts as a yes, and which steps no blanket `--allow` covers. */
import { describe, expect, it } from 'vitest';
import { askConsent, withoutConsent } from '../../src/cli/consent.ts';
import type { Context } from '../../src/cli/context.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { UsageError } from '../../src/core/problem.ts';
import { snapshotStep } from '../engine/plan-builder.ts';

const base = snapshotStep('a');
const step = (id: string, kind: Step['kind'], destructive: boolean): Step =>
  ({ ...base, id, kind, destructive }) as Step;
const plan = {
  steps: [
    step('make', 'snapshot.create', false),
    step('stop', 'machine.deallocate', true),
    step('end', 'machine.generalize', true),
    step('clean', 'run-command.create', true),
    step('policy', 'backup.reconfigure', true),
  ],
} as unknown as Plan;
const left = (...allow: readonly string[]) => withoutConsent(plan, allow).map(({ id }) => id);

describe('consent to destructive steps', () => {
  it('is asked for each of them, whatever its method', () => {
    expect(left()).toEqual(['stop', 'end', 'clean', 'policy']);
    expect(left('stop', 'policy')).toEqual(['end', 'clean']);
  });

  it('given to all of them at once is not given to what ends a machine', () => {
    expect(left('all-destructive')).toEqual(['end', 'clean']);
    expect(left('all-destructive', 'end', 'clean')).toEqual([]);
  });

  it('for a step that needs none is a mistake', () => {
    expect(() => left('make')).toThrow(UsageError);
  });
});

describe('the question', () => {
  const at = (answer: string, interactive = true) =>
    ({ terminal: { interactive }, ask: () => Promise.resolve(answer) }) as unknown as Context;
  const flags = { yes: false, allow: [] };

  it.each(['', ' ', 'n', 'no', 'yy', 'yess', 'yes please', 'j', 'y n'])(
    'is not answered with yes by "%s"',
    async (answer) => {
      expect(await askConsent('Carry it out?', flags, at(answer))).toBe(false);
    },
  );

  it.each(['y', 'Y', 'yes', ' YES '])('is by "%s"', async (answer) => {
    expect(await askConsent('Carry it out?', flags, at(answer))).toBe(true);
  });

  it('is not asked where nobody can answer, and that is no yes', async () => {
    await expect(askConsent('Carry it out?', flags, at('y', false))).rejects.toThrow(UsageError);
  });
});
