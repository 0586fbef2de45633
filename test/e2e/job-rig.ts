/** Runs of a job in this process, over a simulated Azure without sockets and on a clock that jumps. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../src/cli/context.ts';
import { runJob, type JobRunFlags } from '../../src/cli/job-run.ts';
import type { Job } from '../../src/core/job/job.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import type { ExchangeLine } from '../../src/simulator/exchange-log.ts';
import { loadFleet } from '../../src/simulator/fleet-load.ts';
import { createSimulator, type CreateOptions, type Simulator } from '../../src/simulator/simulator.ts';
import { yearClock } from '../year/clock.ts';
import { linkTo } from '../year/link.ts';
import { begun, root, startsAt, temporaryFolder } from './rig.ts';

export interface JobWorld {
  readonly simulator: Simulator;
  readonly folder: string;
  run(job: Job, options?: RunJobOptions): Promise<JobRan>;
  /** As `run`, killed as its `at`-th exchange with Azure begins (or, `after`, before its answer arrives). Null: it ended before. */
  kill(job: Job, at: Death, when: 'before' | 'after', options?: RunJobOptions): Promise<JobRan | null>;
  end(): void;
}

/** Number of the exchange, or the first that is like that. */
export type Death = number | ((request: Request) => boolean);

export interface RunJobOptions {
  /** Its state folder's name: another host has another. `a` when absent. */
  readonly host?: string;
  readonly flags?: Partial<JobRunFlags>;
  readonly signal?: AbortSignal;
  /** Before each answer is handed on. */
  readonly onAnswer?: (line: ExchangeLine) => void | Promise<void>;
  /** What the login may not do for as long as this run lasts: it is answered 403. */
  readonly forbids?: (request: Request) => boolean;
}

export interface JobRan {
  readonly code: number;
  readonly run: JobRun;
  readonly err: string;
  /** Exchanges with Azure. */
  readonly requests: number;
}

/** The demo fleet's subscription for dev and test. */
const lab = '8a6f2f0e-3c1d-4f57-9a20-6d0c5b1e4a02';

export const jobOf = (changes: Partial<Job> = {}): Job => ({
  name: 'nightly',
  selector: { subscriptions: [lab], resourceGroups: ['rg-lab'], tags: {}, excludeTags: {}, classes: [] },
  option: 'auto',
  consistency: { want: 'any', otherwise: 'weaker-with-finding' },
  timing: { kind: 'window', lengthMinutes: 1440, timeZone: 'UTC' },
  retention: {},
  trashDays: 0,
  copies: [],
  limits: {},
  notify: [],
  ...changes,
});

const forbidden = (): Response =>
  Response.json({ error: { code: 'AuthorizationFailed', message: 'The client may not do that.' } }, { status: 403 });

const unanswered: Promise<never>[] = [];

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

export interface JobWorldOptions extends Omit<CreateOptions, 'fleet'> {
  readonly fleet?: string;
}

const demo = join(root, 'config', 'fleets', 'demo.yaml');

export const jobWorld = ({ fleet: path = demo, ...options }: JobWorldOptions = {}): JobWorld => {
  const loaded = loadFleet(path, startsAt);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  const simulator = createSimulator({ startsAt, ...options, fleet: loaded.fleet });
  begun(simulator);
  const folder = temporaryFolder();
  return {
    simulator,
    folder,
    end: () => rmSync(folder, { recursive: true, force: true }),
    run: (job, run = {}) =>
      live(simulator, folder, job, run, async (act, request) => (run.forbids?.(request) ? forbidden() : act())),
    kill: async (job, at, when, run = {}) => {
      let seen = 0;
      const { promise: killed, resolve: die } = Promise.withResolvers<null>();
      let dead = false;
      const life = live(simulator, folder, job, run, async (act, request) => {
        seen += 1;
        const dies = typeof at === 'number' ? seen >= at : at(request);
        if (dies && when === 'before') dead = true;
        const response = dead ? undefined : await act();
        if (dies) dead = true;
        if (!dead) return response!;
        die(null);
        // Held here, or what the dead process had open would be closed by the garbage collector, which complains.
        const never = new Promise<never>(() => undefined);
        unanswered.push(never);
        return never;
      });
      const end = await Promise.race([life, killed]);
      if (end === null) await quiet();
      return end;
    },
  };
};

/**
 * What the dead process had handed to the operating system is done all the same. And the clock takes what is in hand when it is
 * made for the process's own, and would then jump over files that a run is still writing.
 */
const quiet = async (): Promise<void> => {
  for (let calm = 0; calm < 5; calm += 1) {
    await new Promise((resume) => setImmediate(resume));
    if (process.getActiveResourcesInfo().some((kind) => kind.startsWith('FSReq'))) calm = 0;
  }
};

const live = async (
  simulator: Simulator,
  folder: string,
  job: Job,
  { host = 'a', flags = {}, signal, onAnswer }: RunJobOptions,
  around: (act: () => Promise<Response>, request: Request) => Promise<Response>,
): Promise<JobRan> => {
  await quiet();
  const clock = yearClock(simulator.clock.now(), (ms) => simulator.clock.advance(ms));
  let requests = 0;
  const watched: Simulator = {
    ...simulator,
    handle: async (request) => {
      const response = await around(() => simulator.handle(request), request);
      requests += 1;
      await onAnswer?.(simulator.log().at(-1)!);
      return response;
    },
  };
  let out = '';
  let err = '';
  const context: Context = {
    env: {},
    cwd: folder,
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    terminal: { live: false, interactive: false, width: 140, colour: false },
    ask: () => Promise.reject(new Error('nobody is asked')),
    signal: signal ?? new AbortController().signal,
    link: linkTo(watched, clock),
    root,
    version,
  };
  const all: JobRunFlags = {
    yes: true,
    config: undefined,
    cloud: undefined,
    source: 'auto',
    concurrency: 8,
    lease: 'best-effort',
    'state-dir': join(folder, `host-${host}`),
    output: 'json',
    'output-file': undefined,
    debug: true,
    ...flags,
  };
  const code = await runJob(job, { ...all, debug: false }, context);
  if (out === '') throw new Error(err);
  return { code, run: JSON.parse(out) as JobRun, err, requests };
};
