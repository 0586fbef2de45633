import { describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import { mutants, type Mutant } from './mutants.ts';
import { withAPerson } from './person.ts';
import { live, type Life } from './process.ts';
import { azureOver } from './in-process.ts';
import { simulated, simulatedPlan, stepOfWrite, steps } from './simulator-world.ts';

interface World {
  readonly simulator: Simulator;
  readonly lines: string[];
  readonly violations: string[];
  now: number;
}

const worldOf = (): World => {
  const simulator = simulated();
  return { simulator, lines: [], violations: [], now: simulator.clock.now() };
};

const liveIn = async (world: World, dieAt?: number, mutant?: Mutant, resend: readonly string[] = []): Promise<Life> => {
  const { simulator, lines, violations } = world;
  const plan: Plan = mutant?.plan?.(simulatedPlan) ?? simulatedPlan;
  const life = await live({
    plan,
    startAt: world.now,
    dieAt,
    lines,
    onDurable: (line) => {
      const { step, outcome } = JSON.parse(line) as { step?: string; outcome?: string };
      if (step && outcome && /done/.test(outcome) && !isSo(simulator, step))
        violations.push(`the journal claims ${step} ${outcome}, and it is not`);
    },
    onJump: (now) => simulator.clock.advance(now - simulator.clock.now()),
    azure: (clock, reaper) =>
      azureOver(simulator, clock, reaper, (method, path) => {
        const step = stepOfWrite(method, path);
        if (step !== undefined && !lines.some((l) => l.includes(`"intended","step":"${step}"`)))
          violations.push(`${step} was sent without a durable intent`);
      }),
    ...(mutant?.wrap ? { wrap: mutant.wrap } : {}),
    resend,
  });
  world.now = life.endedAt + 30_000;
  simulator.clock.advance(world.now - simulator.clock.now());
  return life;
};

/** Whether what a step makes is truly there and finished, in the simulator's own store. */
const isSo = (simulator: Simulator, id: string): boolean => {
  const step = steps.find((s) => s.id === id)!;
  const { resources } = simulator.state();
  if (step.kind === 'backup.trigger')
    return resources.some(
      (r) =>
        /backupJobs$/i.test(r.type) &&
        r.body['properties'].operation === 'Backup' &&
        r.body['properties'].status === 'Completed',
    );
  const made = resources.find((r) => r.id.toLowerCase() === step.resourceId.toLowerCase());
  return made !== undefined && (made.body['properties']?.provisioningState ?? 'Succeeded') === 'Succeeded';
};

const sentTo = ({ simulator }: World) =>
  simulator.log().flatMap(({ method, url, accepted, seq }) => {
    const step = stepOfWrite(method, decodeURIComponent(new URL(url, 'https://x').pathname));
    return step === undefined ? [] : [{ step, accepted, seq }];
  });

/** Judges by the simulator's own exchange log and store, which know nothing of holdfast. */
const judge = (world: World): readonly string[] => {
  const { simulator, violations } = world;
  const found = [...violations];
  const sent = sentTo(world);
  const firstOf = (step: string, accepted: boolean): number =>
    sent.find((w) => w.step === step && (w.accepted || !accepted))?.seq ?? Infinity;
  for (const step of steps) {
    const times = sent.filter((w) => w.step === step.id && w.accepted).length;
    if (times === 0) found.push(`${step.id} never reached Azure`);
    if (step.method === 'POST' && times > 1) found.push(`${step.id} was accepted ${times} times`);
    for (const needed of step.dependsOn) {
      if (firstOf(step.id, false) < firstOf(needed, true)) found.push(`${step.id} was sent before ${needed}`);
    }
  }
  const of = (type: string) => simulator.state().resources.filter((r) => r.type.toLowerCase() === type.toLowerCase());
  if (of('Microsoft.Compute/snapshots').length !== 1)
    found.push(`${of('Microsoft.Compute/snapshots').length} snapshots`);
  if (of('Microsoft.Compute/restorePointCollections/restorePoints').length !== 1)
    found.push(`${of('Microsoft.Compute/restorePointCollections/restorePoints').length} restore points`);
  const backups = of('Microsoft.RecoveryServices/vaults/backupJobs').filter(
    (j) => j.body['properties'].operation === 'Backup',
  );
  if (backups.length !== 1) found.push(`${backups.length} backup jobs`);
  if (backups.some((j) => j.body['properties'].status !== 'Completed')) found.push('the first backup is not complete');
  return found;
};

/** A job is polled forty times alike: of equal neighbours the first two and the last are tried. */
const worthTrying = (points: readonly string[]): readonly number[] =>
  points.flatMap((point, i) =>
    point === points[i - 2] && point === points[i - 4] && point === points[i + 2] ? [] : [i],
  );

/** Where a mutant shows: from the request for the backup on, until its answer is written down. */
const aroundBackup = (points: readonly string[]): readonly number[] =>
  points.flatMap((_, i) =>
    points.slice(Math.max(0, i - 6), i + 2).some((p) => /POST .*\/backup$/.test(p)) ? [i] : [],
  );

const everyPoint = async (
  mutant?: Mutant,
  choose = worthTrying,
): Promise<{ tried: number; of: number; asked: number; bad: readonly string[] }> => {
  const whole = await liveIn(worldOf(), undefined, mutant);
  const points = choose(whole.points);
  const bad: string[] = [];
  let asked = 0;
  for (const point of points) {
    const world = worldOf();
    const first = await liveIn(world, point, mutant);
    const second = await withAPerson(
      (resend) => liveIn(world, undefined, mutant, resend),
      (step) => sentTo(world).some((one) => one.step === step && one.accepted),
    );
    asked += second.asked;
    const ends = second.life.outcomes
      .filter((o) => !/done/.test(o.outcome))
      .map((o) => `${o.id} ended ${o.outcome}: ${o.detail}`);
    bad.push(...[...judge(world), ...second.needless, ...ends].map((v) => `${first.points.at(-1)}: ${v}`));
  }
  return { tried: points.length, of: whole.points.length, asked, bad };
};

describe('the real azure port over the simulator, killed at every point', () => {
  it('carries out one of every kind of write, and a second apply changes nothing', async () => {
    const world = worldOf();
    const first = await liveIn(world);
    expect(first.outcomes.map((o) => `${o.id}: ${o.outcome} ${o.detail ?? ''}`.trim())).toEqual(
      // Of a backup it is said what came out of it.
      steps.map((s) =>
        s.id === 'first-backup'
          ? expect.stringMatching(/^first-backup: done a point of \S+, file-system-consistent$/)
          : `${s.id}: done`,
      ),
    );
    expect(judge(world)).toEqual([]);
    const writes = world.simulator.log().filter((l) => l.accepted).length;
    const second = await liveIn(world);
    expect(second.outcomes.map((o) => o.outcome)).toEqual(steps.map(() => 'already-done'));
    expect(world.simulator.log().filter((l) => l.accepted)).toHaveLength(writes);
  });

  it('resumes to the same end: one snapshot, one restore point, one backup, order kept', async () => {
    const { tried, of, asked, bad } = await everyPoint();
    console.log(`killed at ${tried} of ${of} points over the simulator; a person sent the backup at ${asked} of them`);
    expect(bad).toEqual([]);
    expect(asked).toBe(2);
  }, 120_000);

  it.each(mutants)(
    'would be caught over the simulator: an engine that $name',
    async (mutant) => {
      const { bad } = await everyPoint(mutant, aroundBackup);
      const caught = bad.filter((b) => mutant.caughtBy.test(b));
      console.log(`${mutant.name}: ${bad.length} violations, ${caught.length} of them like "${caught[0]}"`);
      expect(caught.length).toBeGreaterThan(0);
    },
    120_000,
  );
});
