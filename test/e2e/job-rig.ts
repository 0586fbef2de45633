/** Runs of a job in this process, over a simulated Azure without sockets and on a clock that jumps. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../src/cli/context.ts';
import { runJob, type JobRunFlags } from '../../src/cli/job-run.ts';
import type { Job } from '../../src/core/job/job.ts';
import type { JobRun } from '../../src/core/job/job-run.ts';
import { loadFleet } from '../../src/simulator/fleet-load.ts';
import { createSimulator, type CreateOptions, type Simulator } from '../../src/simulator/simulator.ts';
import { yearClock, type YearClock } from '../year/clock.ts';
import { linkTo } from '../year/link.ts';
import { root, startsAt, temporaryFolder } from './rig.ts';

export interface JobWorld {
  readonly simulator: Simulator;
  readonly clock: YearClock;
  readonly folder: string;
  /** Requests that were answered so far. */
  requests(): number;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  run(job: Job, options?: RunJobOptions): Promise<JobRan>;
  end(): void;
}

export interface RunJobOptions {
  /** As another host has: `a` when absent. */
  readonly state?: string;
  readonly flags?: Partial<JobRunFlags>;
  readonly signal?: AbortSignal;
}

export interface JobRan {
  readonly code: number;
  readonly run: JobRun;
  readonly err: string;
  readonly requests: number;
}

export const demo = join(root, 'config', 'fleets', 'demo.yaml');

export const jobOf = (changes: Partial<Job> = {}): Job => ({
  name: 'nightly',
  selector: { subscriptions: [], resourceGroups: ['rg-lab'], tags: {}, excludeTags: {}, classes: [] },
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

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

export interface JobWorldOptions extends Omit<CreateOptions, 'fleet'> {
  readonly fleet?: string;
  /** After each answer. */
  readonly onAnswer?: () => void;
}

export const jobWorld = ({ fleet: path = demo, onAnswer, ...options }: JobWorldOptions = {}): JobWorld => {
  const loaded = loadFleet(path, startsAt);
  if ('problems' in loaded) throw new Error(loaded.problems.join('\n'));
  const simulator = createSimulator({ startsAt, ...options, fleet: loaded.fleet });
  const clock = yearClock(simulator.clock.now(), (ms) => simulator.clock.advance(ms));
  const folder = temporaryFolder();
  let answers = 0;
  const link = linkTo(simulator, clock, () => {
    answers += 1;
    onAnswer?.();
  });
  return {
    simulator,
    clock,
    folder,
    requests: () => answers,
    pass: (ms) => clock.sleep(ms),
    end: () => rmSync(folder, { recursive: true, force: true }),
    async run(job, { state = 'a', flags = {}, signal } = {}) {
      let out = '';
      let err = '';
      const before = answers;
      const context: Context = {
        env: {},
        cwd: folder,
        out: (text) => void (out += text),
        err: (text) => void (err += text),
        terminal: { live: false, interactive: false, width: 140, colour: false },
        ask: () => Promise.reject(new Error('nobody is asked')),
        signal: signal ?? new AbortController().signal,
        link,
        root,
        version,
      };
      const all: JobRunFlags = {
        yes: true,
        config: undefined,
        cloud: undefined,
        concurrency: 8,
        lease: 'best-effort',
        'state-dir': join(folder, `state-${state}`),
        output: 'json',
        'output-file': undefined,
        debug: false,
        ...flags,
      };
      const code = await runJob(job, all, context);
      if (out === '') throw new Error(err);
      return { code, run: JSON.parse(out) as JobRun, err, requests: answers - before };
    },
  };
};
