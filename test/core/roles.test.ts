import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readActions } from '../../src/azure/read-actions.ts';
import type { Plan, StepKind } from '../../src/core/plan.ts';
import { definitionOf } from '../../src/core/plan-permissions.ts';
import { roleFor, roleForPlan, roleNames } from '../../src/core/roles.ts';
import { stepKinds } from '../../src/core/steps/index.ts';
import { roleText } from '../../src/report/role.ts';

const kinds = Object.keys(stepKinds) as StepKind[];
const writes = (action: string): boolean =>
  /\/(?:write|delete)$/.test(action) || /\/(?:deallocate|start|generalize|remove|backup)\/action$/.test(action);
const plans = (): readonly Plan[] => {
  const folder = join(import.meta.dirname, '..', 'golden', 'plan');
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as { plan?: Plan } & Plan)
    .map((file) => file.plan ?? file);
};

describe('roles', () => {
  it.each(['audit', 'plan'] as const)('of %s hold nothing that writes', (name) => {
    expect(roleFor(name, readActions).Actions.filter(writes)).toEqual([]);
  });

  it('that delete are those of remove, prune, capture and hooks alone', () => {
    const deleting = roleNames.filter((name) =>
      roleFor(name, readActions).Actions.some((action) => action.endsWith('/delete')),
    );
    expect(deleting).toEqual(['capture', 'remove', 'prune', 'hooks']);
    const removable = roleFor('remove', readActions).Actions.filter((action) => action.endsWith('/delete'));
    expect(removable.some((action) => /virtualMachines|disks|Microsoft\.Network/.test(action))).toBe(false);
  });

  it('hold each action once, sorted, spelled as Azure spells it, and no pattern', () => {
    for (const name of roleNames) {
      const { Actions: actions } = roleFor(name, readActions);
      const folded = actions.map((action) => action.toLowerCase());
      expect(folded).toEqual([...new Set(folded)].toSorted());
      expect(actions.filter((action) => /[*$]|RecoveryServices\/vaults/.test(action))).toEqual([]);
    }
  });

  it('all hold what reading the fleet takes, since every command reads it', () => {
    const audit = roleFor('audit', readActions).Actions;
    for (const name of roleNames)
      expect(roleFor(name, readActions).Actions).toEqual(expect.arrayContaining([...audit]));
  });

  it('leave no kind of write out', () => {
    expect(kinds.filter((kind) => definitionOf(kind).roles.length === 0)).toEqual([]);
  });

  it('know what the steps of plans rest on: no step assumes what its kind does not say', () => {
    const steps = plans().flatMap((plan) => plan.steps);
    expect(steps.length).toBeGreaterThan(5);
    const unsaid = steps.flatMap(({ kind, assumes }) =>
      assumes.filter((one) => !definitionOf(kind).assumes.includes(one.kind)).map((one) => `${kind} ${one.kind}`),
    );
    expect(unsaid).toEqual([]);
  });

  it('of a plan hold what its own steps write and nothing of other kinds', () => {
    for (const plan of plans().filter(({ steps }) => steps.length > 0)) {
      const role = roleForPlan(plan, readActions);
      const own = plan.steps.flatMap(({ kind }) =>
        definitionOf(kind).permissions.map(({ action }) => action.toLowerCase()),
      );
      // The lease on each machine is a tag.
      if (plan.steps.some(({ kind }) => definitionOf(kind).leased)) own.push('microsoft.resources/tags/write');
      expect(role.Actions.filter(writes).filter((action) => !own.includes(action.toLowerCase()))).toEqual([]);
    }
  });

  it('can be assigned where they are told to, and as Bicep where they are deployed', () => {
    const here = roleFor('audit', readActions, ['8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01']);
    expect(here.AssignableScopes).toEqual(['/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01']);
    expect(roleText(here, 'bicep')).toContain("      '/subscriptions/8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01'\n");
    expect(roleText(roleFor('audit', readActions), 'bicep')).toContain(
      'assignableScopes: [\n      subscription().id\n    ]',
    );
  });

  it('as Bicep hold the actions of the JSON, one for one, and quote what needs it', () => {
    const role = roleFor('replicate', readActions);
    const bicep = roleText(role, 'bicep');
    const listed = /\n {8}actions: \[\n([\s\S]*?)\n {8}\]/.exec(bicep)![1]!;
    expect(listed.split('\n').map((line) => line.trim().replaceAll("'", ''))).toEqual(role.Actions);
    expect(bicep).toContain("Site Recovery\\'s");
  });
});
