/** `kill -9` of a real process over a real socket, with the journal on a real disk; what Azure took is judged by its own log. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { root, startWorld, type World } from './rig.ts';

const bin = join(root, 'src', 'cli', 'bin.mjs');

/** The processes run what is shipped; a bundle older than its sources would be judged for what is no longer so. */
beforeAll(() => {
  const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) =>
    changedAt(join(root, 'src', file)),
  );
  if (changedAt(join(root, 'dist', 'main.js')) < Math.max(...sources))
    execFileSync(process.execPath, ['src/build/bundle.ts'], { cwd: root });
});

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A process that applies `gap.json`; it is killed or interrupted from outside. */
const apply = (world: World): { readonly child: ChildProcess; readonly ended: Promise<Ended> } => {
  const child = spawn(
    process.execPath,
    [bin, 'apply', 'gap.json', '--yes', '--output', 'json', '--cloud', world.cloud],
    {
      cwd: world.folder,
      // What is recorded stays with the world, not in the home of whoever runs the tests.
      env: { ...process.env, HOLDFAST_STATE_DIR: world.folder },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const ended = new Promise<Ended>((done) => child.once('close', (code, signal) => done({ code, signal, out, err })));
  return { child, ended };
};

const pathOf = ({ url }: ExchangeLine): string => decodeURIComponent(new URL(url).pathname).toLowerCase();

/** Marks of a run on its machines: no step's, and of no other tag. */
const isLease = (line: ExchangeLine): boolean =>
  line.method === 'PATCH' &&
  pathOf(line).endsWith('/tags/default') &&
  /"tags":\{"holdfast-lease":"[^"]*"\}/.test(JSON.stringify(line.request));

const isWrite = (line: ExchangeLine): boolean =>
  line.accepted &&
  !isLease(line) &&
  line.method !== 'GET' &&
  !/\/oauth2\/|\/microsoft\.resourcegraph\/|\/backup(?:status|validatefeatures|prevalidateprotection)$/.test(
    pathOf(line),
  );

/** Plans a new vault with a policy and a backup, and three snapshots, and says what happens at each exchange of an apply. */
const world = async (
  beforeAnswer: (line: ExchangeLine, here: World) => void | Promise<void>,
): Promise<{ world: World; plan: Plan }> => {
  const made: { world?: World } = {};
  made.world = await startWorld({ beforeAnswer: (line) => (made.world ? beforeAnswer(line, made.world) : undefined) });
  const planned = await made.world.run(
    'plan',
    '--resource-group',
    'rg-office',
    '--resource-group',
    'rg-lab',
    '--output-file',
    'gap.json',
  );
  expect(planned.err).toContain('Plan written');
  return { world: made.world, plan: JSON.parse(readFileSync(made.world.at('gap.json'), 'utf8')) as Plan };
};

/** Everything wrong with what Azure took, by its own log and state: knows the plan file and nothing of the engine. */
const wrongs = ({ simulator }: World, plan: Plan): readonly string[] => {
  const writes = simulator.log().filter(isWrite);
  const of = (id: string): ExchangeLine[] => writes.filter((line) => pathOf(line) === id.toLowerCase());
  const planned = new Set(plan.steps.map(({ resourceId }) => resourceId.toLowerCase()));
  const made = new Set(simulator.state().resources.map(({ id }) => id.toLowerCase()));
  return [
    ...writes
      .filter((line) => !planned.has(pathOf(line)))
      .map((line) => `${line.method} ${pathOf(line)} is not in the plan`),
    ...plan.steps.flatMap((step) => {
      const own = of(step.resourceId);
      const bodies = new Set(own.map(({ method, request }) => JSON.stringify([method, request])));
      return [
        ...(own.length === 0 ? [`${step.id} was never written`] : []),
        ...(step.method === 'POST' && own.length > 1 ? [`${step.id} was accepted ${own.length} times`] : []),
        ...(bodies.size > 1 ? [`${step.id} was written again with another body`] : []),
        ...(made.has(step.resourceId.toLowerCase()) ? [] : [`${step.id} left nothing behind`]),
        ...step.dependsOn.flatMap((needed) => {
          const before = of(plan.steps.find(({ id }) => id === needed)!.resourceId)[0];
          return before && own[0] && before.seq > own[0].seq ? [`${step.id} was written before ${needed}`] : [];
        }),
      ];
    }),
  ];
};

/** The signed queries of operation URLs that stand in the journal. */
const operationQueries = (here: World): string[] =>
  [...readFileSync(here.at('gap.json.journal.ndjson'), 'utf8').matchAll(/https:\/\/[^"]*(\?[^"]*)"/g)].map(
    ([, query]) => query!,
  );

const expectSecretive = (here: World, runs: readonly Ended[]): void => {
  const journal = here.at('gap.json.journal.ndjson');
  expect(statSync(journal).mode & 0o777).toBe(0o600);
  const others = readdirSync(here.folder)
    .filter((file) => file !== 'gap.json.journal.ndjson')
    .map((file) => readFileSync(here.at(file), 'utf8'));
  const elsewhere = [...others, ...runs.flatMap(({ out, err }) => [out, err])].join('\n');
  for (const query of operationQueries(here)) expect(elsewhere).not.toContain(query);
};

describe('apply, killed', () => {
  it('at its every accepted write, the answer still on its way: each resume goes on, and each write is made once or alike', async () => {
    let child: ChildProcess | undefined;
    const unnoted: string[] = [];
    const { world: here, plan } = await world((line, at) => {
      if (!isWrite(line) || child === undefined || child.killed) return;
      const step = plan.steps.find(({ resourceId }) => resourceId.toLowerCase() === pathOf(line));
      const journal = readFileSync(at.at('gap.json.journal.ndjson'), 'utf8');
      if (!journal.includes(`"event":"intended","step":"${step?.id}"`)) unnoted.push(pathOf(line));
      child.kill('SIGKILL');
    });
    const runs: Ended[] = [];
    do {
      const run = apply(here);
      child = run.child;
      runs.push(await run.ended);
    } while (runs.at(-1)!.signal === 'SIGKILL' && runs.length < 12);
    const last = runs.at(-1)!;
    expect([last.code, last.signal], last.err).toEqual([0, null]);
    expect(last.err).toContain('Resuming');
    expect(runs.length).toBeGreaterThan(3);
    expect(unnoted).toEqual([]);
    expect(wrongs(here, plan)).toEqual([]);
    const outcome = JSON.parse(last.out) as Outcome;
    expect(outcome.steps.map(({ id }) => id)).toEqual(plan.steps.map(({ id }) => id));
    expect(outcome.steps.every(({ outcome: what }) => what === 'done' || what === 'already-done')).toBe(true);
    expectSecretive(here, runs);
    console.log(`killed ${runs.length - 1} times at accepted writes, then done`);
    await here.end();
  });

  it('after a few exchanges each time, wherever that is: it gets on, and ends as planned', async () => {
    let child: ChildProcess | undefined;
    let left = 0;
    const { world: here, plan } = await world(() => {
      if (child !== undefined && (left -= 1) === 0) child.kill('SIGKILL');
    });
    const runs: Ended[] = [];
    // How far each run gets depends on the moment; where it is cut does not, and one that got to its end before is no failure.
    for (const exchanges of [4, 11, 19, 30, Infinity]) {
      const run = apply(here);
      [child, left] = [run.child, exchanges];
      runs.push(await run.ended);
    }
    expect(runs.slice(0, 2).map(({ signal }) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
    expect(runs.at(-1)!.code, runs.at(-1)!.err).toBe(0);
    expect(wrongs(here, plan)).toEqual([]);
    expect(operationQueries(here).length).toBeGreaterThan(0);
    expectSecretive(here, runs);
    await here.end();
  });
});

describe('apply, interrupted or doubled', () => {
  it('stops at the first Ctrl-C with 130 and the line that resumes it, and that line finishes the job', async () => {
    let child: ChildProcess | undefined;
    const { world: here, plan } = await world((line) => {
      if (isWrite(line) && child && !child.killed) child.kill('SIGINT');
    });
    const run = apply(here);
    child = run.child;
    const stopped = await run.ended;
    expect(stopped.code, stopped.err).toBe(130);
    expect(stopped.err).toContain('Resume with: holdfast apply gap.json');
    const outcome = JSON.parse(stopped.out) as Outcome;
    expect(outcome.verification).toBe(null);
    expect(outcome.steps.some(({ outcome: what }) => what === 'interrupted')).toBe(true);
    child = undefined;
    const resumed = await apply(here).ended;
    expect(resumed.code, resumed.err).toBe(0);
    expect(wrongs(here, plan)).toEqual([]);
    await here.end();
  });

  it('is refused while another process applies the same plan, which is named and not disturbed', async () => {
    let first: ChildProcess | undefined;
    let second: Promise<Ended> | undefined;
    const { world: here, plan } = await world(async (line, at) => {
      if (!isWrite(line) || first === undefined || second !== undefined) return;
      second = apply(at).ended;
      await second;
    });
    const run = apply(here);
    first = run.child;
    const done = await run.ended;
    const refused = await second!;
    expect(refused.code, refused.err).toBe(3);
    expect(refused.out).toBe('');
    expect(refused.err).toContain(`process ${run.child.pid}`);
    expect(done.code, done.err).toBe(0);
    expect(wrongs(here, plan)).toEqual([]);
    await here.end();
  });
});
