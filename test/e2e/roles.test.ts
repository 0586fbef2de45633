/**
 * The printed roles are enough, and no wider than that: on a simulator that enforces permissions, every command passes under its
 * role, and of the actions each one missing is told with its place. A seeded share of the removals; all with HOLDFAST_WHOLE=1.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readActions } from '../../src/azure/read-actions.ts';
import { rolesFiles } from '../../src/build/roles-files.ts';
import type { Audit } from '../../src/core/audit.ts';
import type { Plan } from '../../src/core/plan.ts';
import { roleFor, roleForPlan, roleNames, type CustomRole } from '../../src/core/roles.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { scenarios, type Scenario } from './role-scenarios.ts';
import { exitsWithout, isRead } from './role-removals.ts';
import { holdfast, root, startWorld, temporaryFolder, type Ran, type World } from './rig.ts';

const folder = temporaryFolder();
let files = 0;
const written = (text: string, extension = 'json'): string => {
  const path = join(folder, `${(files += 1)}.${extension}`);
  writeFileSync(path, text);
  return path;
};
const lacking = (role: CustomRole, gone: (action: string) => boolean): string => {
  const kept = role.Actions.filter((action) => !gone(action));
  return written(JSON.stringify({ ...role, Actions: kept }));
};

/**
 * Printed because Azure documents them for what is asked, though the simulator never asks for them: status URLs carry their own
 * signature, lists and Resource Graph leave out instead of refusing, anybody may ask what they may do, and only a policy that is
 * followed already is written by an operation.
 */
const onTrust: ReadonlySet<string> = new Set([
  'Microsoft.Authorization/permissions/read',
  'Microsoft.ResourceGraph/resources/read',
  'Microsoft.Resources/subscriptions/read',
  'Microsoft.Compute/locations/operations/read',
  'Microsoft.Compute/locations/diskOperations/read',
  'Microsoft.Compute/locations/capsOperations/read',
  'Microsoft.Network/locations/operations/read',
  'Microsoft.Storage/locations/asyncoperations/read',
  'Microsoft.RecoveryServices/Vaults/backupPolicies/operations/read',
]);

const within = async <T>(scenario: Scenario, role: string, use: (world: World) => Promise<T>): Promise<T> => {
  // Who only reads waits for seconds at most, and on a slow machine the fleet would age by hours while it is read.
  const speed = ['audit', 'plan'].includes(scenario.role) ? 100 : 6000;
  const world = await startWorld({ fleet: written(scenario.fleet, 'yaml'), role, speed });
  try {
    return await use(world);
  } finally {
    await world.end();
  }
};

/** Commands of a scenario one by one, each with a plan file of its own, until `judge` has seen enough. */
const walk = async (
  scenario: Scenario,
  world: World,
  judge: (ran: Ran, code: number, argv: readonly string[]) => 'go-on' | 'enough',
): Promise<void> => {
  class Enough extends Error {}
  let commands = 0;
  try {
    await scenario.run(async (code, ...argv) => {
      commands += 1;
      const ran = await world.run(...argv, ...(argv.includes('--yes') ? ['--plan-file', `plan-${commands}.json`] : []));
      if (judge(ran, code, argv) === 'enough') throw new Enough();
    }, world);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
};

describe('the printed roles', () => {
  it('are the files of deploy/roles, which are made of them', () => {
    const there = readdirSync(join(root, 'deploy', 'roles'));
    expect(there.toSorted()).toEqual([...rolesFiles().keys()].toSorted());
    for (const [name, text] of rolesFiles())
      expect(readFileSync(join(root, 'deploy', 'roles', name), 'utf8'), name).toBe(text);
  });

  it.each(scenarios)(
    'are enough: every command of $role passes, even without what the simulator never asks for',
    async (scenario) => {
      const role = lacking(roleFor(scenario.role, readActions), (action) => onTrust.has(action));
      await within(scenario, role, (world) =>
        walk(scenario, world, (ran, code, argv) => {
          expect([argv.join(' '), ran.code], ran.err).toEqual([argv.join(' '), code]);
          return 'go-on';
        }),
      );
    },
    60_000,
  );

  it('let an audit see all that a reader of everything sees, through Resource Graph and through lists', async () => {
    const all = written(JSON.stringify({ Name: 'Reader', Actions: ['*/read'], NotActions: [] }));
    const seen = async (role: string, ...flags: readonly string[]): Promise<readonly string[]> => {
      const world = await startWorld({ role });
      try {
        const { machines } = await world.json<Audit>(6, 'audit', '--deep', '--as-of', '2026-11-02T12:00:00Z', ...flags);
        return machines.flatMap(({ name, findings }) =>
          findings.map(({ code, option }) => `${name} ${code} ${option ?? ''}`),
        );
      } finally {
        await world.end();
      }
    };
    const whole = await seen(all);
    const own = lacking(roleFor('audit', readActions), () => false);
    expect(await seen(own)).toEqual(whole);
    expect(await seen(own, '--source', 'arm')).toEqual(whole);
  }, 30_000);

  it('are one for a plan too: what its own steps need is enough to apply it, and lets nothing else be written', async () => {
    const plan = await (async () => {
      const maker = await startWorld({ speed: 6000 });
      try {
        await maker.run('plan', '--first-backup', 'now', '--output-file', maker.at('gap.json'));
        return readFileSync(maker.at('gap.json'), 'utf8');
      } finally {
        await maker.end();
      }
    })();
    const role = roleForPlan(JSON.parse(plan) as Plan, readActions);
    expect(role.AssignableScopes.length).toBeGreaterThan(0);
    expect(role.Actions.filter((action) => action.endsWith('/delete'))).toEqual([]);
    const world = await startWorld({ role: lacking(role, () => false), speed: 6000 });
    try {
      writeFileSync(world.at('gap.json'), plan);
      const printed = await holdfast(['roles', '--for', 'gap.json'], { cwd: world.folder });
      expect(JSON.parse(printed.out)).toEqual(role);
      const outcome = JSON.parse(
        (await world.run('apply', world.at('gap.json'), '--yes', '--output', 'json')).out,
      ) as Outcome;
      expect(outcome.steps.length).toBeGreaterThan(20);
      // On a slow machine a policy's own backup is there before ours is begun.
      expect(outcome.steps.filter((step) => !step.outcome.endsWith('done'))).toEqual([]);
    } finally {
      await world.end();
    }
  }, 60_000);

  it('of audit lets nothing be written, and the plan made under it says which action is missing', async () => {
    const world = await startWorld({ role: lacking(roleFor('audit', readActions), () => false) });
    try {
      const before = world.simulator.state().resources.length;
      await world.run('plan', '--output-file', world.at('gap.json'));
      const ran = await world.run('apply', world.at('gap.json'), '--yes', '--output', 'json');
      expect((JSON.parse(ran.out) as Outcome).steps.filter((step) => step.outcome === 'done')).toEqual([]);
      expect(world.simulator.state().resources.length).toBe(before);
      expect(readFileSync(world.at('gap.json'), 'utf8') + ran.out).toContain('/write');
    } finally {
      await world.end();
    }
  }, 30_000);
});

/** The same order for the same seed: https://en.wikipedia.org/wiki/Fisher%E2%80%93Yates_shuffle */
const shuffled = <T>(items: readonly T[], seed: number): readonly T[] => {
  const all = [...items];
  let state = seed;
  for (let left = all.length; left > 1; left -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const at = state % left;
    [all[at], all[left - 1]] = [all[left - 1]!, all[at]!];
  }
  return all;
};

const auditing = scenarios.find(({ role }) => role === 'audit')!;
const squeezed = (text: string): string => text.replace(/\s+/g, '').toLowerCase();

/** Where the action was missed: the scopes of the refusals that the simulator sent. */
const refusedAt = ({ simulator }: World, action: string): readonly string[] =>
  simulator.log().flatMap(({ status, response }) => {
    const text = status === 403 ? JSON.stringify(response) : '';
    const [, missing, scope] = /perform action '([^']+)' over scope '([^']+)'/.exec(text) ?? [];
    return scope !== undefined && missing!.toLowerCase() === action.toLowerCase() ? [squeezed(scope)] : [];
  });

/** Resource Graph leaves out instead of refusing: then all that can be named is the subscription, by its id. */
const subscriptionId = /\/subscriptions\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** A list over a subscription is missed at its own id; else it must be the resource, what it lies in, or their group. */
const namesScope = (text: string, refused: readonly string[]): boolean =>
  refused.length === 0
    ? subscriptionId.test(text)
    : refused.some((scope) => {
        const group = /^\/subscriptions\/[^/]+\/resourcegroups\/[^/]+/.exec(scope)?.[0];
        return text.includes(group ?? scope);
      });

const names = ({ code, out, err }: Ran, role: Scenario['role'], action: string, world: World): boolean => {
  const text = squeezed(out + err);
  return (
    exitsWithout(role, action).includes(code) &&
    text.includes(squeezed(action)) &&
    namesScope(text, refusedAt(world, action))
  );
};

/** An inventory judges nothing; of a backup that was made only its consistency is not told (docs/faults.md). */
const isFineWithout = ({ code, out, err }: Ran, action: string, argv: readonly string[]): boolean =>
  code === 0 &&
  isRead(action) &&
  argv[0] !== 'inventory' &&
  !(argv[0] === 'protect' && /protectedItems\/recoveryPoints\/read$/i.test(action)) &&
  squeezed(out + err).includes(squeezed(action));

/** By the role's own commands; a right to read that they do without, by an audit under the same role. */
const caught = async (scenario: Scenario, action: string): Promise<string> => {
  const seen: string[] = [];
  const lies: string[] = [];
  const role = lacking(roleFor(scenario.role, readActions), (one) => one === action);
  for (const tried of new Set([scenario, auditing])) {
    let found = false;
    await within(tried, role, async (world) => {
      await walk(tried, world, (ran, _code, argv) => {
        found = names(ran, tried.role, action, world);
        if (isFineWithout(ran, action, argv)) lies.push(`exit 0 of ${argv[0]}, though it names what it could not read`);
        seen.push(
          `exit ${ran.code} of ${argv[0]}${squeezed(ran.out + ran.err).includes(squeezed(action)) ? ', named' : ''}`,
        );
        return found ? 'enough' : 'go-on';
      });
      if (tried !== auditing) return;
      // Everything in that fleet is protected.
      const { out } = await world.run('audit', '--deep', '--output', 'json');
      const bare = (JSON.parse(out) as Audit).machines.flatMap(({ findings }) =>
        findings.filter((finding) => finding.code === 'unprotected'),
      );
      expect(bare, action).toEqual([]);
    });
    if (lies.length > 0) return lies.join('; ');
    if (found) return 'told';
  }
  return `wanted exit ${exitsWithout(scenario.role, action).join(' or ')}, saw ${seen.join('; ')}`;
};

describe('without one of its actions', () => {
  const whole = process.env['HOLDFAST_WHOLE'] === '1';
  const seed = Number(process.env['HOLDFAST_SEED'] ?? '1');
  const share = 8;
  const removals = scenarios.flatMap((scenario) =>
    roleFor(scenario.role, readActions).Actions.flatMap((action) =>
      onTrust.has(action) ? [] : [{ scenario, action, role: scenario.role }],
    ),
  );
  const chosen = whole ? removals : shuffled(removals, seed).slice(0, share);
  let found = 0;

  it.each(chosen.map(({ role, action, scenario }) => [role, action, scenario] as const))(
    '%s says so: %s',
    async (_role, action, scenario) => {
      expect(await caught(scenario, action)).toBe('told');
      found += 1;
    },
    60_000,
  );

  it('is told, as often as it was tried', () => {
    const rate = Math.round((chosen.length / removals.length) * 100);
    process.stdout.write(
      `role actions: removed ${chosen.length} of ${removals.length} (${rate} %, seed ${seed}), caught ${found}; on trust ${onTrust.size}\n`,
    );
    expect(found).toBe(chosen.length);
  });

  it('is tried of every role there is; that of hooks with a job that has some', () => {
    expect(readFileSync(join(import.meta.dirname, 'job-hooks.test.ts'), 'utf8')).toContain(
      "roleFor('hooks', readActions)",
    );
    expect([...scenarios.map(({ role }) => role), 'hooks'].toSorted()).toEqual([...roleNames].toSorted());
  });
});
