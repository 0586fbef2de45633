import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { withAPerson } from './person.ts';
import { live } from './process.ts';
import { azureOver } from './in-process.ts';
import { planMadeMeanwhile, simulated, simulatedPlan, stepOfWrite, steps } from './simulator-world.ts';

/** Every trouble that passes by itself, at each kind of request the plan makes. */
const troubles: readonly FaultRule[] = [
  { fault: 'throttled', path: '/backup$', retryAfterSeconds: 20 },
  { fault: 'throttled-without-header', path: 'snapshots/' },
  { fault: 'throttled-long', path: 'backupJobs/' },
  { fault: 'internal-error', method: 'GET', path: 'operation', times: 2 },
  { fault: 'internal-error', method: 'PUT', path: 'protectedItems/' },
  { fault: 'bad-gateway', method: 'GET', path: 'backupJobs/', times: 3 },
  { fault: 'bad-gateway', method: 'POST', path: '/backup$' },
  { fault: 'unavailable', method: 'PUT', path: 'vaults/[^/]+$' },
  { fault: 'gateway-timeout', path: 'backupProtectableItems' },
  { fault: 'reset-before', method: 'PUT', path: 'snapshots/' },
  { fault: 'reset-after', method: 'PUT', path: 'snapshots/' },
  { fault: 'reset-before', method: 'PUT', path: 'restorePoints/' },
  { fault: 'reset-after', method: 'PUT', path: 'restorePoints/' },
  { fault: 'reset-after', method: 'PUT', path: 'restorePointCollections/[^/]+$' },
  { fault: 'operation-vanishes', method: 'PUT', path: 'restorePoints/' },
  { fault: 'reset-before', method: 'POST', path: '/backup$' },
  { fault: 'reset-after', method: 'POST', path: '/backup$' },
  { fault: 'reset-after', method: 'PUT', path: 'protectedItems/' },
  { fault: 'truncated', method: 'GET', path: 'protectedItems/' },
  { fault: 'operation-vanishes', method: 'PUT', path: 'snapshots/' },
  { fault: 'operation-vanishes', method: 'PUT', path: 'protectedItems/' },
  { fault: 'operation-vanishes', method: 'POST', path: '/backup$' },
];

const backupsIn = (simulator: Simulator) =>
  simulator
    .log()
    .filter(
      ({ accepted, method, url }) =>
        accepted && stepOfWrite(method, decodeURIComponent(new URL(url, 'https://x').pathname)) === 'first-backup',
    );

describe('the real azure port over a simulator in trouble', () => {
  it.each(troubles)('carries the plan out in spite of $fault at $path, sending the backup once', async (fault) => {
    const simulator = simulated([fault]);
    const lines: string[] = [];
    const { life, asked, needless } = await withAPerson(
      (resend) =>
        live({
          plan: simulatedPlan,
          startAt: simulator.clock.now(),
          lines,
          resend,
          onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
          azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
        }),
      () => backupsIn(simulator).length > 0,
    );
    // Nobody but a person sends a backup again whose first request may have been taken.
    const isLostBackup = fault.path === '/backup$' && /^(?:bad-gateway|reset-before)$/.test(fault.fault);
    expect([asked, needless]).toEqual([isLostBackup ? 1 : 0, []]);
    expect(simulator.log().filter((line) => line.fault !== undefined).length).toBeGreaterThan(0);
    expect(
      life.outcomes.filter((o) => !/done/.test(o.outcome)).map((o) => `${o.id} ${o.outcome}: ${o.detail}`),
    ).toEqual([]);
    expect(backupsIn(simulator)).toHaveLength(1);
  });

  it('does nothing twice for a second plan made before the first was applied: what is there now moved, and is named', async () => {
    const simulator = simulated([]);
    const lifeOf = (plan: typeof simulatedPlan) =>
      live({
        plan,
        startAt: simulator.clock.now(),
        lines: [],
        onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
        azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
      });
    await lifeOf(simulatedPlan);
    const writes = () => simulator.log().filter(({ accepted }) => accepted).length;
    const before = writes();
    const { outcomes } = await lifeOf(planMadeMeanwhile);
    expect(outcomes.map((o) => `${o.id}: ${o.outcome}`)).toEqual([
      'group: already-done',
      'snapshot: moved',
      'collection: moved',
      'point: skipped',
      'vault: moved',
      'policy: skipped',
      'enable: skipped',
      'first-backup: skipped',
    ]);
    expect(outcomes[1]!.detail).toContain('hf-web01-202611020800-0123456789');
    expect(outcomes[2]!.detail).toContain('hf-web01-202611020800-0123456789');
    expect(outcomes[4]!.detail).toContain('hf-vault-202611020800-0123456789');
    expect(writes()).toBe(before);
  });

  it('finds a protected item whose PUT was taken though its answer was lost and every further send fails', async () => {
    const simulator = simulated([
      { fault: 'reset-after', method: 'PUT', path: 'protectedItems/' },
      { fault: 'internal-error', method: 'PUT', path: 'protectedItems/', times: 20 },
    ]);
    const { outcomes } = await live({
      plan: simulatedPlan,
      startAt: simulator.clock.now(),
      lines: [],
      onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
      azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
    });
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'done'));
    const puts = simulator.log().filter(({ method, url }) => method === 'PUT' && url.includes('protectedItems/'));
    expect([puts.length, puts.filter(({ accepted }) => accepted).length]).toEqual([4, 1]);
  });

  it.each<FaultRule['fault']>(['internal-error', 'reset-before', 'reset-after'])(
    'loses seconds, not minutes, to %s at the PUT of a snapshot',
    async (fault) => {
      const simulator = simulated([{ fault, method: 'PUT', path: 'snapshots/' }]);
      await live({
        plan: simulatedPlan,
        startAt: simulator.clock.now(),
        lines: [],
        onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
        azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
      });
      const writes = simulator.log().filter(({ method, url }) => method === 'PUT' && url.includes('snapshots/'));
      const lost = writes.find((line) => line.fault !== undefined)!;
      const settled = simulator
        .log()
        .find(
          ({ seq, method, url, status }) =>
            seq > lost.seq && method === 'GET' && status === 200 && url.includes('snapshots/'),
        )!;
      expect(Date.parse(settled.at) - Date.parse(lost.at)).toBeLessThan(60_000);
      expect(writes.filter(({ accepted }) => accepted)).toHaveLength(1);
    },
  );

  it('reports a restore point that failed as failed, and again when resumed, instead of writing over it', async () => {
    const simulator = simulated([{ fault: 'operation-fails', method: 'PUT', path: 'restorePoints/' }]);
    const lines: string[] = [];
    const lifeOf = () =>
      live({
        plan: simulatedPlan,
        startAt: simulator.clock.now(),
        lines,
        onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
        azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
      });
    const sent = () =>
      simulator.log().filter(({ method, url }) => method === 'PUT' && url.includes('/restorePoints/')).length;
    for (let life = 0; life < 2; life += 1) {
      const { outcomes } = await lifeOf();
      expect(
        outcomes.filter(({ outcome }) => !/done/.test(outcome)).map(({ id, outcome }) => `${id}: ${outcome}`),
      ).toEqual(['point: failed']);
      expect(sent()).toBe(1);
    }
  });

  it('reports a failed operation as failed, with Azure’s reason, and skips only what needs it', async () => {
    const simulator = simulated([{ fault: 'operation-fails', method: 'PUT', path: 'snapshots/' }]);
    const life = await live({
      plan: simulatedPlan,
      startAt: simulator.clock.now(),
      lines: [],
      onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
      azure: (clock, reaper) => azureOver(simulator, clock, reaper, () => {}),
    });
    expect(life.outcomes.map((o) => `${o.id}: ${o.outcome}`)).toEqual(
      steps.map((s) => `${s.id}: ${s.id === 'snapshot' ? 'failed' : 'done'}`),
    );
    expect(life.outcomes.find((o) => o.id === 'snapshot')!.detail).toMatch(/\w+: /);
  });
});
