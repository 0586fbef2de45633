/** `kill -9` of a real process at work on a job, over a real socket and with its state on a real disk. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { JobRun } from '../../src/core/job/job-run.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { bin, bundled } from './bundled.ts';
import { everythingConforms } from './conforming.ts';
import { startWorld, type World } from './rig.ts';

beforeAll(bundled);

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

const file = `name: nightly
selector: { tags: { take: [one, set, point] } }
window: 24h
retention: { keepDaily: 7 }
hooks: { pre: echo freeze, post: echo thaw }
`;

const start = (world: World): { readonly child: ChildProcess; readonly ended: Promise<Ended> } => {
  const args = ['job', 'run', 'job.yaml', '--yes', '--output', 'json', '--cloud', world.cloud];
  const env = { ...process.env, HOLDFAST_STATE_DIR: world.at('state') };
  const child = spawn(process.execPath, [bin, ...args], { cwd: world.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
  const ended = new Promise<Ended>((done) => child.once('close', (code, signal) => done({ code, signal, out, err })));
  return { child, ended };
};

const pathOf = ({ url }: ExchangeLine): string => decodeURIComponent(new URL(url).pathname).toLowerCase();
const isPointOrHook = (line: ExchangeLine): boolean =>
  line.accepted &&
  line.method === 'PUT' &&
  /\/(?:snapshots|restorepoints|restorepointcollections|runcommands)\/[^/]+$/.test(pathOf(line));

const world = async (beforeAnswer: (line: ExchangeLine, here: World) => void | Promise<void>): Promise<World> => {
  const made: { world?: World } = {};
  made.world = await startWorld({
    fleet: join(import.meta.dirname, 'job-fleet.yaml'),
    beforeAnswer: (line) => (made.world ? beforeAnswer(line, made.world) : undefined),
  });
  writeFileSync(made.world.at('job.yaml'), file);
  return made.world;
};

const under = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('a job, killed', { timeout: 240_000 }, () => {
  it('at ten accepted writes one after the other: the line of cron again ends it, with one whole point of each machine and none left frozen', async () => {
    let child: ChildProcess | undefined;
    let left = 10;
    // A run that is killed while it freezes, is thawed by the next, which freezes anew: for ever, if it is killed for ever.
    const here = await world((line) => {
      if (!isPointOrHook(line) || child === undefined || child.killed || left === 0) return;
      left -= 1;
      child.kill('SIGKILL');
    });
    const runs: Ended[] = [];
    do {
      const run = start(here);
      child = run.child;
      runs.push(await run.ended);
    } while (runs.at(-1)!.signal === 'SIGKILL');
    const last = runs.at(-1)!;
    expect([last.code, last.signal], last.err).toEqual([0, null]);
    expect(runs).toHaveLength(11);
    const run = JSON.parse(last.out) as JobRun;
    expect(run.machines.map(({ name, outcome }) => [name, /created|existing/.test(outcome)])).toEqual([
      ['app-01', true],
      ['off-01', true],
      ['one-01', true],
    ]);
    const { resources } = here.simulator.state();
    expect(resources.filter(({ type }) => /runCommands$/i.test(type)).map(({ id }) => id)).toEqual([]);
    const scripts = here.simulator.log().filter((line) => isPointOrHook(line) && /runcommands/.test(pathOf(line)));
    for (const name of ['app-01', 'one-01']) {
      const said = scripts.filter((line) => pathOf(line).includes(name)).map(({ request }) => JSON.stringify(request));
      expect(said.at(-1), name).toContain('thaw');
    }
    for (const path of under(here.at('state'))) expect([path, statSync(path).mode & 0o777]).toEqual([path, 0o600]);
    console.log(`killed ${runs.length - 1} times at accepted writes, then done`);
    await here.end();
  });

  it('lets the next run begin at once: its lock goes with its process', async () => {
    let first: ChildProcess | undefined;
    let second: Promise<Ended> | undefined;
    const here = await world(async (line, at) => {
      if (!isPointOrHook(line) || first === undefined || second !== undefined) return;
      second = start(at).ended;
      await second;
      first.kill('SIGKILL');
    });
    const run = start(here);
    first = run.child;
    await run.ended;
    const held = await second!;
    expect(held.code, held.err).toBe(3);
    expect(JSON.parse(held.out)).toMatchObject({ outcome: 'held', heldBy: { pid: run.child.pid }, created: 0 });
    const third = await start(here).ended;
    expect(third.code, third.err).toBe(0);
    expect(JSON.parse(third.out)).toMatchObject({ outcome: 'ended', failed: 0 });
    await here.end();
  });

  it('is stopped by SIGTERM as by Ctrl-C: what it froze is thawed, nothing new is begun, and it says so with 130', async () => {
    let child: ChildProcess | undefined;
    const scripts: string[] = [];
    const here = await world((line) => {
      if (!line.accepted || line.method !== 'PUT' || !/\/runcommands\//i.test(line.url)) return;
      const [, script] = /echo (freeze|thaw)/.exec(JSON.stringify(line.request)) ?? [];
      scripts.push(script!);
      if (!child!.killed) child!.kill('SIGTERM');
    });
    writeFileSync(here.at('job.yaml'), file.replace('[one, set, point]', 'one'));
    const run = start(here);
    child = run.child;
    const { code, signal, out, err } = await run.ended;
    expect([code, signal], err).toEqual([130, null]);
    expect(JSON.parse(out)).toMatchObject({ outcome: 'interrupted', created: 0 });
    expect(scripts).toEqual(['freeze', 'thaw']);
    const again = await start(here).ended;
    expect(again.code, again.err).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ outcome: 'ended', created: 1, failed: 0 });
    await here.end();
  });
});

everythingConforms('job kill');
