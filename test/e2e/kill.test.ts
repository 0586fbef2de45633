/** `kill -9` of a real process over a real socket, with the journal on a real disk; what Azure took is judged by its own log. */
import type { ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../src/core/plan.ts';
import type { Outcome } from '../../src/core/verify.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { apply, isLease, pathOf, wrongsOf, type Ended } from './applying.ts';
import { bundled } from './bundled.ts';
import { everythingConforms } from './conforming.ts';
import { startsAt, startWorld, temporaryFolder, type World } from './rig.ts';

beforeAll(bundled);

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

/** Machines of which one is backed up, and one can only be snapshot while it is off. */
const fleet = (): string => {
  const path = join(temporaryFolder(), 'fleet.yaml');
  writeFileSync(
    path,
    `subscriptions: [{ key: lab, id: 8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a09, name: Lab }]
defaults: { resourceGroup: rg-lab, location: westeurope }
vaults: [{ name: vault-lab, resourceGroup: rg-lab, location: westeurope }]
machines:
  - { name: kept, tags: { environment: prod }, backup: { vault: vault-lab, points: [{ age: 6h }] } }
  - { name: cold, tags: { environment: dev, striping: raid0 }, size: Standard_D2_v3, agent: missing, osDisk: { sku: StandardSSD_LRS }, dataDisks: [{ count: 2, sku: StandardSSD_LRS }] }
`,
  );
  return path;
};

/** Plans as the command would, and is asked and not answered: the plan is kept, and nothing is begun. */
const planned = async (here: World, ...argv: readonly string[]): Promise<Plan> => {
  const ran = await here.run(...argv, '--plan-file', 'gap.json');
  expect(ran.err).toContain('The plan is kept in gap.json');
  return JSON.parse(readFileSync(here.at('gap.json'), 'utf8')) as Plan;
};

const resume = async (here: World, child: (child: ChildProcess) => void): Promise<readonly Ended[]> => {
  const runs: Ended[] = [];
  do {
    const run = apply(here);
    child(run.child);
    runs.push(await run.ended);
  } while (runs.at(-1)!.signal === 'SIGKILL' && runs.length < 12);
  return runs;
};

const backups = ({ simulator }: World): number =>
  simulator.log().filter((line) => line.accepted && pathOf(line).endsWith('/backup')).length;

describe('apply of a write that must not happen twice, killed', () => {
  it('when Azure has taken it and the answer is on its way: it is found and followed, and taken once', async () => {
    let child: ChildProcess | undefined;
    const here = await startWorld({
      fleet: fleet(),
      beforeAnswer: (line) => {
        if (isWrite(line) && child !== undefined && !child.killed) child.kill('SIGKILL');
      },
    });
    const plan = await planned(here, 'protect', 'kept', '--now');
    const runs = await resume(here, (next) => (child = next));
    expect(runs.map(({ signal }) => signal)).toEqual(['SIGKILL', null]);
    expect(runs.at(-1)!.code, runs.at(-1)!.err).toBe(0);
    expect([backups(here), wrongsOf(here, plan)]).toEqual([1, []]);
    await here.end();
  });

  it('before it reached Azure: it is in doubt, exit 3, however often applied, and sent once when a person says so', async () => {
    let child: ChildProcess | undefined;
    let lost = 0;
    const here = await startWorld({
      fleet: fleet(),
      // The day's backup of the policy is over, and tomorrow's minutes away on however loaded a machine.
      startsAt: startsAt + 6 * 3_600_000,
      loses: ({ method, url }) => {
        if (method !== 'POST' || !new URL(url).pathname.endsWith('/backup') || lost > 0) return false;
        lost += 1;
        child?.kill('SIGKILL');
        return true;
      },
    });
    const plan = await planned(here, 'protect', 'kept', '--now');
    const [step] = plan.steps;
    const runs = await resume(here, (next) => (child = next));
    child = undefined;
    expect([lost, runs.map(({ signal }) => signal)]).toEqual([1, ['SIGKILL', null]]);
    for (const { code, err, out } of [runs.at(-1)!, await apply(here).ended]) {
      expect(code, err).toBe(3);
      expect((JSON.parse(out) as Outcome).steps).toMatchObject([{ id: step!.id, outcome: 'in-doubt' }]);
      expect(err).toContain(`--resend ${step!.id}`);
      expect(backups(here)).toBe(0);
    }
    const last = await apply(here, '--resend', step!.id).ended;
    expect(last.code, last.err).toBe(0);
    expect([backups(here), wrongsOf(here, plan)]).toEqual([1, []]);
    await here.end();
  });
});

describe('apply of a machine stopped for its snapshots, killed', () => {
  it('at its every accepted write: the machine runs in the end, with all its snapshots, taken while it was off', async () => {
    let child: ChildProcess | undefined;
    const here = await startWorld({
      fleet: fleet(),
      speed: 6000,
      beforeAnswer: (line) => {
        if (isWrite(line) && child !== undefined && !child.killed) child.kill('SIGKILL');
      },
    });
    const plan = await planned(here, 'snapshot', 'cold', '--allow-downtime');
    expect(plan.steps.map(({ kind }) => kind)).toEqual([
      'machine.deallocate',
      ...Array.from({ length: 3 }, () => 'snapshot.create'),
      'machine.start',
    ]);
    const runs: Ended[] = [];
    const consent = plan.steps.flatMap(({ id, kind }) => (kind === 'machine.deallocate' ? ['--allow', id] : []));
    do {
      const run = apply(here, ...consent);
      child = run.child;
      runs.push(await run.ended);
    } while (runs.at(-1)!.signal === 'SIGKILL' && runs.length < 12);
    expect(runs.at(-1)!.code, runs.at(-1)!.err).toBe(0);
    // Stopping, starting, and at least one of three snapshots that go out side by side.
    expect(runs.length).toBeGreaterThan(3);
    const { resources } = here.simulator.state();
    expect(resources.find(({ id }) => id.toLowerCase().endsWith('/virtualmachines/cold'))?.hidden['power']).toBe(
      'running',
    );
    expect(resources.filter(({ type }) => /\/snapshots$/i.test(type))).toHaveLength(3);
    expect(wrongsOf(here, plan)).toEqual([]);
    console.log(`killed ${runs.length - 1} times around a stop and a start, then done`);
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

everythingConforms('kill');
