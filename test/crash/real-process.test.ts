/**
 * A real process, killed with `kill -9` as each of its requests comes to Azure over a real socket, and as each is answered, its journal on
 * a real disk. Between two requests it writes down what it intends and what was accepted: so it dies before and after those lines too.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan, Step } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import { apply, wrongsOf, type Ended } from '../e2e/applying.ts';
import { bundled } from '../e2e/bundled.ts';
import { startsAt, startWorld, temporaryFolder, type World } from '../e2e/rig.ts';
import { writesOf } from './log-checker.ts';
import { shareOf, whole } from './share.ts';

beforeAll(bundled);

/** A vault with its policy, a protection and a backup now, a snapshot, and a restore point with its collection. */
const fleet = join(temporaryFolder(), 'fleet.yaml');
writeFileSync(
  fleet,
  `subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
machines:
  - { name: bare, tags: { environment: prod } }
  - { name: dev01, tags: { environment: dev } }
  - { name: dev02, tags: { environment: dev, striping: none }, dataDisks: [{ count: 1 }] }
`,
);

interface Point {
  readonly request: number;
  readonly when: 'before' | 'after';
}

interface Trial {
  readonly plan: Plan;
  readonly killed: boolean;
  readonly requests: number;
  readonly asked: number;
  readonly wrongs: readonly string[];
}

/** Killed at the point, if it comes to it; applied again until it ends, by a person who sends again what must be asked for. */
const tryAt = async (point?: Point): Promise<Trial> => {
  const victim: { child?: ChildProcess; killed: boolean } = { killed: false };
  let requests = 0;
  const dies = (when: Point['when']): boolean => {
    if (victim.child === undefined || victim.killed || point?.when !== when || requests !== point.request) return false;
    victim.killed = true;
    return victim.child.kill('SIGKILL');
  };
  const here = await startWorld({
    fleet,
    // The day's backup of a policy is over, and tomorrow's minutes away on however loaded a machine.
    startsAt: startsAt + 6 * 3_600_000,
    loses: () => {
      if (victim.child !== undefined) requests += 1;
      return dies('before');
    },
    beforeAnswer: () => void dies('after'),
  });
  try {
    await here.run('plan', '--first-backup', 'now', '--output-file', 'gap.json');
    const plan = JSON.parse(readFileSync(here.at('gap.json'), 'utf8')) as Plan;
    const first = apply(here);
    victim.child = first.child;
    let last = await first.ended;
    expect(last.signal === 'SIGKILL', last.err).toBe(victim.killed);
    delete victim.child;
    if (victim.killed) last = await apply(here).ended;
    const { ended, asked, needless } = await helped(here, plan, last);
    const outcome = JSON.parse(ended.out) as Outcome;
    const unfinished = outcome.steps.flatMap((step) =>
      step.outcome.endsWith('done') ? [] : [`${step.id} ended ${step.outcome}: ${step.detail}`],
    );
    // On a slow machine the policy's own backup comes first, and is the point that was asked for.
    const isMade = (step: Step): boolean =>
      writesOf(step, here.simulator.log()).some(({ accepted }) => accepted) ||
      (step.kind === 'backup.trigger' &&
        here.simulator.state().resources.some(({ type }) => /recoveryPoints$/i.test(type)));
    const unmade = plan.steps.filter((step) => !isMade(step)).map(({ id }) => `${id} was never written`);
    const code = ended.code === 0 ? [] : [`exit ${ended.code}: ${ended.err.slice(-600)}`];
    return {
      plan,
      killed: victim.killed,
      requests,
      asked,
      wrongs: [...wrongsOf(here, plan), ...unfinished, ...unmade, ...needless, ...code],
    };
  } finally {
    await here.end();
  }
};

/** Whoever looks into Azure finds nothing of what ended in doubt, and has it sent again. */
const helped = async (
  here: World,
  plan: Plan,
  last: Ended,
): Promise<{ readonly ended: Ended; readonly asked: number; readonly needless: readonly string[] }> => {
  expect(last.out, `exit ${last.code}: ${last.err}`).toMatch(/^\{/);
  const { steps } = JSON.parse(last.out) as Outcome;
  const doubtful = steps.filter(({ resend }) => resend !== undefined).map(({ id }) => id);
  if (doubtful.length === 0) return { ended: last, asked: 0, needless: [] };
  const taken = plan.steps.filter(
    (step) => doubtful.includes(step.id) && writesOf(step, here.simulator.log()).some(({ accepted }) => accepted),
  );
  return {
    ended: await apply(here, ...doubtful.flatMap((id) => ['--resend', id])).ended,
    asked: doubtful.length,
    needless: taken.map(({ id }) => `${id} ended in doubt, and Azure had taken it`),
  };
};

const figures = { killed: 0, of: 0, tooLate: 0, asked: 0 };
afterAll(() =>
  console.log(
    `a real process killed at ${figures.killed} of ${figures.of} points${whole ? '' : ' (a share)'}; ` +
      `${figures.tooLate} times it had ended before, ${figures.asked} times a person had sent what was noted and never left`,
  ),
);

it('killed as any of its requests arrives or is answered, comes to the same end when run again: each write taken as promised, in order', async () => {
  const calm = await tryAt();
  expect(new Set(calm.plan.steps.map(({ kind }) => kind))).toEqual(
    new Set([
      'vault.create',
      'backup-policy.create',
      'backup.enable',
      'backup.trigger',
      'snapshot.create',
      'restore-point-collection.create',
      'restore-point.create',
    ]),
  );
  expect(calm.wrongs).toEqual([]);
  const sides = ['before', 'after'] as const;
  const points = Array.from({ length: calm.requests }, (_, i) => i + 1).flatMap((request): readonly Point[] =>
    sides.map((when) => ({ request, when })),
  );
  const chosen = shareOf(points, Math.ceil(points.length / 3), 'a real process');
  const bad: string[] = [];
  for (const point of chosen) {
    const { killed, asked, wrongs } = await tryAt(point);
    if (killed) figures.killed += 1;
    else figures.tooLate += 1;
    figures.asked += asked;
    bad.push(...wrongs.map((wrong) => `${point.when} request ${point.request}: ${wrong}`));
  }
  figures.of = points.length;
  expect(bad).toEqual([]);
  expect(figures.killed).toBeGreaterThan(0);
}, 7_200_000);
