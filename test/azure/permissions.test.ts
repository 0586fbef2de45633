import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allows, grantOf } from '../../src/azure/permissions.ts';

const role = (actions: readonly string[], notActions: readonly string[] = []) => grantOf({ actions, notActions });

describe('allows', () => {
  it.each([
    ['*', 'Microsoft.Compute/disks/read', true],
    ['*/read', 'Microsoft.Compute/disks/read', true],
    ['*/read', 'Microsoft.Compute/disks/write', false],
    ['Microsoft.Compute/*', 'microsoft.compute/DISKS/read', true],
    ['Microsoft.Compute/*/read', 'Microsoft.Compute/restorePointCollections/restorePoints/read', true],
    ['Microsoft.Compute/*/read', 'Microsoft.Compute/read', false],
    ['Microsoft.Compute/disks/*', 'Microsoft.Compute/disksets/read', false],
    ['Microsoft.Compute/disks/read', 'Microsoft.Compute/disks/read', true],
    ['Microsoft.Compute/disks/rea', 'Microsoft.Compute/disks/read', false],
    ['Microsoft.*/vaults/*/read', 'Microsoft.RecoveryServices/Vaults/backupPolicies/read', true],
    ['read*', 'Microsoft.Compute/disks/read', false],
    ['', 'Microsoft.Compute/disks/read', false],
  ])('%s and %s: %s', (pattern, action, expected) => {
    expect(allows([role([pattern])], action)).toBe(expected);
  });

  it('notActions take from their own role only', () => {
    const reader = role(['*'], ['*/read']);
    expect(allows([reader], 'Microsoft.Compute/disks/read')).toBe(false);
    expect(allows([reader, role(['Microsoft.Compute/disks/read'])], 'Microsoft.Compute/disks/read')).toBe(true);
  });

  it('nothing granted allows nothing, and odd grants throw nothing', () => {
    expect(allows([], 'Microsoft.Compute/disks/read')).toBe(false);
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (raw) => allows(raw.map(grantOf), 'Microsoft.Compute/disks/read') || true),
    );
  });

  it('agrees with a regular expression on any pattern', () => {
    const word = fc.stringMatching(/^[ab/*]{0,8}$/);
    fc.assert(
      fc.property(word, fc.stringMatching(/^[ab/]{0,8}$/), (pattern, action) => {
        expect(allows([role([pattern])], action)).toBe(new RegExp(`^${pattern.split('*').join('.*')}$`).test(action));
      }),
      { numRuns: 2000 },
    );
  });
});
