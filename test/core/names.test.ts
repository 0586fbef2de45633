/** Names within Azure's rules, the same for the same plan, and apart for different steps. */
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { nameFor, stepId, type NamedKind } from '../../src/core/names.ts';

const at = '2026-06-03T00:00:00Z';

/** https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules */
const allowed: Readonly<Record<NamedKind, RegExp>> = {
  snapshot: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]$/,
  'restore-point-collection': /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]$/,
  'restore-point': /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]$/,
  vault: /^[A-Za-z][A-Za-z0-9-]{1,49}$/,
  'backup-policy': /^[A-Za-z][A-Za-z0-9-]{1,78}[A-Za-z0-9]$/,
  'resource-group': /^[A-Za-z0-9_.()-]{0,79}[A-Za-z0-9_()-]$/,
  image: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]$/,
  disk: /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]$/,
  machine: /^[A-Za-z0-9][A-Za-z0-9-]{0,62}[A-Za-z0-9]$/,
  'virtual-network': /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_]$/,
  'network-interface': /^[A-Za-z0-9][A-Za-z0-9_.-]{0,78}[A-Za-z0-9_]$/,
  // Azure's page on names has no line for it: as a machine's.
  'run-command': /^[A-Za-z0-9][A-Za-z0-9_-]{0,62}[A-Za-z0-9_]$/,
};

describe('names', () => {
  it('say what they are of, when, and end in a hash', () => {
    expect(nameFor('snapshot', 'web01', at, 'seed', 'disk')).toMatch(/^hf-web01-202606030000-[0-9a-f]{10}$/);
  });

  it.each(Object.keys(allowed) as NamedKind[])(
    'of a %s are within Azure’s rules, whatever the machine is called',
    (kind) => {
      fc.assert(
        fc.property(
          fc.oneof(fc.string({ unit: 'grapheme', maxLength: 120 }), fc.constant('x'.repeat(200)), fc.constant('')),
          (stem) => {
            expect(nameFor(kind, stem, at, 'seed', stem)).toMatch(allowed[kind]);
          },
        ),
      );
    },
  );

  it('are the same for the same plan and step, and differ for another of either', () => {
    const name = nameFor('vault', 'westeurope', at, 'seed', 'a');
    expect(nameFor('vault', 'westeurope', at, 'seed', 'a')).toBe(name);
    expect(nameFor('vault', 'westeurope', at, 'seed', 'b')).not.toBe(name);
    expect(nameFor('vault', 'westeurope', at, 'other', 'a')).not.toBe(name);
  });

  it('stay apart where the readable part had to be cut', () => {
    const long = 'm'.repeat(100);
    expect(nameFor('snapshot', `${long}1`, at, 'seed', '1')).not.toBe(nameFor('snapshot', `${long}2`, at, 'seed', '2'));
  });

  it('of steps are kebab-case', () => {
    expect(stepId('snapshot', 'Web_01', 'web01.OsDisk_1')).toBe('snapshot-web-01-web01-osdisk-1');
  });
});
