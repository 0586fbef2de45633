import { describe, expect, it } from 'vitest';
import { roleNames } from '../../src/core/roles.ts';
import { holdfast } from '../e2e/rig.ts';

describe('holdfast roles', () => {
  it('tells which roles there are', async () => {
    const { code, out } = await holdfast(['roles']);
    expect(code).toBe(0);
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual([...roleNames]);
  });

  it('prints one as JSON that `az role definition create` takes', async () => {
    const { out } = await holdfast([
      'roles',
      '--for',
      'audit',
      '--subscription',
      '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01',
    ]);
    expect(JSON.parse(out)).toMatchObject({
      Name: 'Holdfast Audit',
      IsCustom: true,
      NotActions: [],
      AssignableScopes: ['/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01'],
    });
  });

  it.each(['restore'])('says honestly that there is no %s yet', async (name) => {
    const { code, out, err } = await holdfast(['roles', '--for', name]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`there is no ${name} command yet`);
  });

  it.each([
    [['--for', 'everything'], 'neither a role nor a file'],
    [['--for', './no-such-plan.json'], 'no such file'],
    [['--for', 'package.json'], 'not a holdfast plan'],
    [['--for', 'audit', '--subscription', 'mine'], 'not the id of a subscription'],
  ])('refuses %j', async (flags, why) => {
    const { code, out, err } = await holdfast(['roles', ...flags]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(why);
  });
});
