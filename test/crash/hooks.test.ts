/**
 * Hooks over the simulator: the point lies between freeze and thaw by Azure's own log, and whatever fails, nothing stays frozen
 * and no run command stays behind.
 */
import { describe, expect, it } from 'vitest';
import { hookNews } from '../../src/core/job/hooks.ts';
import type { Hooks } from '../../src/core/job/job.ts';
import type { PointOption } from '../../src/core/plan-snapshot.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import { planFor } from './drafted.ts';
import { hookedPoints } from './hooked.ts';
import { liveIn, worldOf, type World } from './lives.ts';
import { pathOf } from './log-checker.ts';
import type { Scenario } from './scenarios.ts';

const scenarioOf = (hooks: Partial<Hooks>, option: PointOption = 'disk-snapshot', disk = ''): Scenario => ({
  name: 'hooks',
  kinds: [],
  fleet: () => `subscriptions: [{ key: main, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4c01, name: Main }]
defaults: { resourceGroup: rg-app, location: westeurope }
machines: [{ name: db, tags: { environment: dev }${disk} }]
`,
  draft: ({ machines }) =>
    hookedPoints(new Set(machines.items.map(({ key }) => key)), option, {
      pre: 'fsfreeze -f /data',
      post: 'fsfreeze -u /data',
      timeoutSeconds: 120,
      onError: 'fail',
      ...hooks,
    }),
});

const ended = async (scenario: Scenario, faults: readonly FaultRule[] = []) => {
  const plan = await planFor(scenario, 0);
  const world = worldOf(scenario, 0, plan, { faults });
  const { outcomes } = await liveIn(world);
  const byId = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
  const news = hookNews(plan.steps, byId, plan.steps[0]!.subject);
  const said = (start: string) => outcomes.find(({ id }) => id.startsWith(start));
  return { world, outcomes, news, said, point: outcomes.find(({ id }) => /^(?:snapshot|restore-point)-db/.test(id)) };
};

const frozen = ({ simulator }: World) =>
  simulator.state().resources.flatMap(({ hidden }) => (hidden['frozen'] as readonly string[] | undefined) ?? []);
const commands = ({ simulator }: World) =>
  simulator
    .state()
    .resources.filter(({ type }) => /runCommands$/i.test(type))
    .map(({ id }) => id);
const writes = ({ simulator }: World) =>
  simulator
    .log()
    .filter(({ method, accepted }) => accepted && method !== 'GET' && method !== 'POST')
    .map(
      (line) =>
        `${line.method} ${pathOf(line)
          .split('/')
          .slice(-2)
          .join('/')
          .replace(/-\d{12}-.*/, '')}`,
    );

describe('hooks over the simulator', () => {
  it.each(['disk-snapshot', 'restore-point'] as const)(
    'freeze, take a %s, thaw and leave nothing behind',
    async (option) => {
      const { world, outcomes, news } = await ended(scenarioOf({}, option));
      expect(outcomes.filter(({ outcome }) => outcome !== 'done')).toEqual([]);
      expect(news).toEqual({ mayBeFrozen: false });
      const order = writes(world).filter((line) => !line.includes('collection'));
      const taken = option === 'disk-snapshot' ? 'PUT snapshots/hf-db' : 'PUT restorepoints/hf-db';
      expect(order.slice(0, 3)).toEqual(['PUT runcommands/hf-pre-db', taken, 'PUT runcommands/hf-post-db']);
      expect(order.slice(3).toSorted()).toEqual(['DELETE runcommands/hf-post-db', 'DELETE runcommands/hf-pre-db']);
      expect([frozen(world), commands(world)]).toEqual([[], []]);
    },
  );

  it('thaw a machine whose disks are copied in the background for long when its moment is fixed, not hours later', async () => {
    const { world, point } = await ended(
      scenarioOf({}, 'disk-snapshot', ', zone: "1", osDisk: { sku: PremiumV2_LRS, sizeGiB: 512 }'),
    );
    expect(point?.outcome).toBe('done');
    const at = (name: string) =>
      Date.parse(world.simulator.log().find((l) => l.method === 'PUT' && l.accepted && pathOf(l).includes(name))!.at);
    expect(at('hf-post') - at('hf-pre')).toBeLessThan(5 * 60_000);
    const { body } = world.simulator.state().resources.find(({ type }) => /snapshots$/i.test(type))!;
    expect(body['properties'].completionPercent).toBeLessThan(100);
  });

  it('that fail make no point, say why in their own last words without their secrets, and are thawed all the same', async () => {
    const pre = 'fsfreeze -f /data\necho flushing\necho "AccountKey=c2VjcmV0c2VjcmV0;no space left" >&2\nexit 3';
    const { world, news, said, point } = await ended(scenarioOf({ pre }));
    expect(point?.outcome).toBe('skipped');
    expect(said('hook-pre')).toMatchObject({ outcome: 'failed' });
    expect(said('hook-pre')!.detail).toContain('exit code 3; it said: AccountKey=…;no space left');
    expect(news.text).toContain('no space left');
    expect(news.mayBeFrozen).toBe(false);
    expect([frozen(world), commands(world)]).toEqual([[], []]);
  });

  it('that fail and may be gone without: the point is made, and is said to be without', async () => {
    const { world, news, point } = await ended(scenarioOf({ pre: 'exit 3', post: 'true', onError: 'continue' }));
    expect(point?.outcome).toBe('done');
    expect(news.text).toMatch(/^its pre hook ended failed \(.*exit code 3/);
    expect(commands(world)).toEqual([]);
  });

  it('that do not end in time have failed, and what they froze is thawed', async () => {
    const { world, said, point } = await ended(scenarioOf({ pre: 'fsfreeze -f /data\nsleep 900' }));
    expect([said('hook-pre')?.outcome, point?.outcome]).toEqual(['failed', 'skipped']);
    expect(said('hook-pre')?.detail).toContain('by its timeout');
    expect(frozen(world)).toEqual([]);
  });

  it.each<[string, FaultRule]>([
    ['is refused', { fault: 'forbidden', method: 'PUT', path: 'snapshots/', times: 99 }],
    ['fails', { fault: 'operation-fails', method: 'PUT', path: 'snapshots/' }],
    ['is lost on the way back', { fault: 'reset-after', method: 'PUT', path: 'snapshots/' }],
  ])('thaw when the point %s', async (_how, fault) => {
    const { world, said } = await ended(scenarioOf({}), [fault]);
    expect(said('hook-post')?.outcome).toBe('done');
    expect([frozen(world), commands(world)]).toEqual([[], []]);
  });

  it('whose freeze was taken and whose answer was lost are thawed, and frozen once only', async () => {
    const lost: FaultRule = { fault: 'reset-after', method: 'PUT', path: 'runCommands/hf-pre' };
    const { world, said, point } = await ended(scenarioOf({}), [lost]);
    expect([said('hook-pre')?.outcome, point?.outcome, said('hook-post')?.outcome]).toEqual(['done', 'done', 'done']);
    expect(writes(world).filter((line) => line.startsWith('PUT runcommands/hf-pre'))).toHaveLength(1);
    expect(frozen(world)).toEqual([]);
  });

  it('that failed while the answer was lost are known to have failed, and are not run again', async () => {
    const lost: FaultRule = { fault: 'reset-after', method: 'PUT', path: 'runCommands/hf-pre' };
    const { world, said } = await ended(scenarioOf({ pre: 'echo no room >&2\nexit 3' }), [
      lost,
      { fault: 'internal-error', method: 'GET', path: 'runCommands/hf-pre', after: 1, times: 5 },
    ]);
    expect(said('hook-pre')).toMatchObject({ outcome: 'failed', detail: expect.stringContaining('no room') as string });
    expect(writes(world).filter((line) => line.startsWith('PUT runcommands/hf-pre'))).toHaveLength(1);
  });

  it('whose freeze is in doubt make no point, and are thawed', async () => {
    const { world, said, point } = await ended(scenarioOf({}), [
      { fault: 'reset-after', method: 'PUT', path: 'runCommands/hf-pre' },
      { fault: 'internal-error', method: 'GET', path: 'runCommands/hf-pre', after: 1, times: 60 },
    ]);
    expect([said('hook-pre')?.outcome, point?.outcome]).toEqual(['in-doubt', 'skipped']);
    expect(said('hook-post')?.outcome).toBe('done');
    expect(frozen(world)).toEqual([]);
  });

  it('whose thaw fails say that the machine may still be frozen', async () => {
    const { world, news } = await ended(scenarioOf({ post: 'echo device is busy >&2\nexit 1' }));
    expect(news).toMatchObject({ mayBeFrozen: true, text: expect.stringContaining('device is busy') as string });
    expect(frozen(world)).toEqual(['/data']);
  });
});
