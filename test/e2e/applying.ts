/** A real process that applies `gap.json` of a simulated world, and what became of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Plan } from '../../src/core/plan.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { wrongs as wrongsInLog } from '../crash/log-checker.ts';
import { bin } from './bundled.ts';
import type { World } from './rig.ts';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A process that applies `gap.json`; it is killed or interrupted from outside. */
export const apply = (
  world: World,
  ...more: readonly string[]
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } => {
  const child = spawn(
    process.execPath,
    [bin, 'apply', 'gap.json', '--yes', '--output', 'json', '--cloud', world.cloud, ...more],
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

export const pathOf = ({ url }: ExchangeLine): string => decodeURIComponent(new URL(url).pathname).toLowerCase();

/** Marks of a run on its machines: no step's, and of no other tag. */
export const isLease = (line: ExchangeLine): boolean =>
  line.method === 'PATCH' &&
  pathOf(line).endsWith('/tags/default') &&
  /"tags":\{"holdfast-lease":"[^"]*"\}/.test(JSON.stringify(line.request));

/** Everything wrong with the writes by the suite's own checker, marks of machines and logins left out. */
export const wrongsOf = ({ simulator }: World, plan: Plan): readonly string[] =>
  wrongsInLog({
    plan,
    simulator: {
      ...simulator,
      log: () => simulator.log().filter((line) => !isLease(line) && !pathOf(line).includes('/oauth2/')),
    },
  });
