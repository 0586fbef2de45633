/** Stopping, deleting, undeleting and resuming a backup by a process killed at every point, over the simulator. */
import { describe, expect, it } from 'vitest';
import type { Plan, Step, StepOf } from '../../src/core/plan.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { planOf } from '../engine/plan-builder.ts';
import { live, type Life } from './process.ts';
import { azureOver } from './in-process.ts';
import { simulated, steps } from './simulator-world.ts';

const enable = steps.find((step): step is StepOf<'backup.enable'> => step.kind === 'backup.enable')!;
const vault = steps.find((step): step is StepOf<'vault.create'> => step.kind === 'vault.create')!;
const {
  resourceId: itemId,
  subject: machineId,
  input: { policyId },
} = enable;
const setUp = planOf(
  steps.filter(({ kind }) =>
    ['resource-group.create', 'vault.create', 'backup-policy.create', 'backup.enable'].includes(kind),
  ),
  '1'.repeat(64),
);

const of = (id: string, state: 'active' | 'stopped' | 'soft-deleted', dependsOn: readonly string[] = []) => ({
  id,
  subject: machineId,
  option: 'azure-backup' as const,
  reason: 'test',
  source: 'https://learn.microsoft.com/azure/',
  resourceId: itemId,
  dependsOn,
  runs: 'on-success' as const,
  destructive: false,
  assumes: [{ kind: 'backup-item-is' as const, machineId, itemId, state }],
});
const goal = <K extends 'backup-stopped' | 'backup-deleted' | 'backup-undeleted'>(kind: K) => ({
  kind,
  machineId,
  itemId,
});
const stop: Step = {
  ...of('stop', 'active'),
  kind: 'backup.stop',
  method: 'PUT',
  goal: goal('backup-stopped'),
  input: { machineId },
};
const remove: Step = {
  ...of('remove', 'stopped'),
  kind: 'backup.delete',
  method: 'DELETE',
  goal: goal('backup-deleted'),
  input: { machineId },
};
const undelete: Step = {
  ...of('undelete', 'soft-deleted'),
  kind: 'backup.undelete',
  method: 'PUT',
  goal: goal('backup-undeleted'),
  input: { machineId },
};
const resume: Step = {
  ...of('resume', 'stopped', ['undelete']),
  kind: 'backup.reconfigure',
  method: 'PUT',
  goal: { kind: 'backup-configured', machineId, itemId, policyId, excludeLuns: [] },
  input: { machineId, policyId, excludeLuns: [] },
};
const lock: Step = {
  ...of('lock', 'active'),
  assumes: [],
  kind: 'vault.lock',
  method: 'PATCH',
  resourceId: vault.resourceId,
  goal: { kind: 'vault-locked', vaultId: vault.resourceId },
  input: { location: 'westeurope' },
};

const plans = {
  stop: planOf([stop], '2'.repeat(64)),
  remove: planOf([remove], '3'.repeat(64)),
  back: planOf([undelete, resume], '4'.repeat(64)),
  lock: planOf([lock], '5'.repeat(64)),
};

const run = async (simulator: Simulator, plan: Plan, lines: string[], dieAt?: number): Promise<Life> => {
  const life = await live({
    plan,
    dieAt,
    lines,
    startAt: simulator.clock.now(),
    onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
    azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
  });
  simulator.clock.advance(life.endedAt + 30_000 - simulator.clock.now());
  return life;
};

const itemOf = (simulator: Simulator) =>
  simulator.state().resources.find(({ id }) => id.toLowerCase() === itemId.toLowerCase())!.body['properties'];

describe.each([
  ['stopping', [], plans.stop, { protectionState: 'ProtectionStopped', policyId: '' }],
  ['deleting', [plans.stop], plans.remove, { isScheduledForDeferredDelete: true }],
  ['undeleting and resuming', [plans.stop, plans.remove], plans.back, { protectionState: 'IRPending', policyId }],
  ['locking the vault', [], plans.lock, { protectionState: 'IRPending' }],
] as const)('%s, killed at every point', (_name, before, plan, expected) => {
  const prepared = async (): Promise<Simulator> => {
    const simulator = simulated();
    for (const earlier of [setUp, ...before]) {
      const { outcomes } = await run(simulator, earlier, []);
      expect(outcomes.map(({ outcome }) => outcome).filter((outcome) => outcome !== 'done')).toEqual([]);
    }
    return simulator;
  };

  it('comes to the same end, and a second time there is nothing to do', async () => {
    const whole = await run(await prepared(), plan, []);
    expect(whole.points.length).toBeGreaterThan(5);
    for (let point = 0; point < whole.points.length; point += 1) {
      const simulator = await prepared();
      const lines: string[] = [];
      expect((await run(simulator, plan, lines, point)).kind).toBe('killed');
      const ended = await run(simulator, plan, lines);
      expect(
        ended.outcomes.map(
          ({ id, outcome, detail }) => `${id} ${/done/.test(outcome) ? 'done' : `${outcome}: ${detail}`}`,
        ),
        whole.points[point],
      ).toEqual(plan.steps.map(({ id }) => `${id} done`));
      expect(itemOf(simulator), whole.points[point]).toMatchObject(expected);
      const writes = simulator.log().filter(({ method, accepted }) => method !== 'GET' && accepted).length;
      await run(simulator, plan, lines);
      expect(simulator.log().filter(({ method, accepted }) => method !== 'GET' && accepted)).toHaveLength(writes);
    }
  });
});
