/** A name that is no machine's: what the user is told to do about it. */
import { describe, expect, it } from 'vitest';
import { machinesCalled, theMachine } from '../../src/cli/one-machine.ts';
import { UsageError } from '../../src/core/problem.ts';
import { aMachine, anEstate } from '../core/estate-builder.ts';

const estate = anEstate({ machines: ['shop-web-01', 'shop-web-02', 'db'].map((name) => aMachine({ name })) });
const remedies = (look: () => unknown): readonly (string | undefined)[] => {
  try {
    look();
  } catch (error) {
    if (error instanceof UsageError) return error.problems.map(({ remedy }) => remedy);
    throw error;
  }
  return [];
};

describe('a name that no machine has', () => {
  it('is answered with the machines that it is the half of', () => {
    expect(remedies(() => theMachine(estate, 'Shop-Web'))).toEqual([
      'did you mean shop-web-01 or shop-web-02? Else widen the scope, or see `holdfast inventory`',
    ]);
  });

  it('is answered without a guess where none is near, and each of several names for itself', () => {
    const none = 'widen the scope, or see `holdfast inventory`';
    expect(remedies(() => machinesCalled(estate, ['mail', 'db', 'web-02']))).toEqual([
      none,
      `did you mean shop-web-02? Else ${none}`,
    ]);
  });
});
