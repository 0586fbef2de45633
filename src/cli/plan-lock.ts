/**
 * One apply of a plan, or run of a job, at a time on a host. The lock is a local socket named after it: binding it is atomic, the kernel
 * gives it back when its process dies (also by `kill -9`), and who asks is told the holder's process id and since when. Nothing is
 * judged by a process id, which the system may give to another.
 */
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unlink } from 'node:fs/promises';
import type { Problem } from '../core/problem.ts';

export interface PlanLock {
  release(): Promise<void>;
}

/** Another process of this host is at work on the plan. */
export class PlanHeldError extends Error {
  readonly problem: Problem;
  readonly holder: Holder;
  constructor(problem: Problem, holder: Holder) {
    super(problem.summary);
    this.name = 'PlanHeldError';
    this.problem = problem;
    this.holder = holder;
  }
}

export const lockPlan = async (planDigest: string, subject: string): Promise<PlanLock> => {
  const address = addressOf(planDigest);
  for (let attempt = 1; ; attempt += 1) {
    const server = await bind(address);
    if (server) return { release: () => new Promise((done) => server.close(() => done())) };
    const holder = await askHolder(address);
    if (holder !== undefined || attempt === 3) throw taken(subject, holder);
    // Nobody answers: the holder ended just now, or (where the socket is a file) was killed and left it behind.
    if (address.endsWith('.sock')) await unlink(address).catch(throwUnlessGone);
  }
};

/** Linux: an abstract socket; Windows: a named pipe; both vanish with their process. Elsewhere a socket file. */
const addressOf = (planDigest: string): string => {
  const name = `holdfast-apply-${process.getuid?.() ?? 'user'}-${planDigest.slice(0, 40)}`;
  if (process.platform === 'linux') return `\0${name}`;
  return process.platform === 'win32' ? `\\\\?\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
};

const throwUnlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

const bind = (address: string): Promise<Server | undefined> =>
  new Promise((resolve, reject) => {
    const since = `${new Date().toISOString().slice(0, 19)}Z`;
    const server = createServer((asker) => {
      asker.on('error', () => asker.destroy());
      asker.end(`${process.pid} ${since}`);
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });

/** `pid` 0: somebody holds the lock, and does not answer. */
export interface Holder {
  readonly pid: number;
  /** By this host's clock. */
  readonly since?: string;
}

const answerWithinMs = 2_000;
const longestAnswer = 64;

/**
 * `undefined` when nobody holds it. Any process of this host may have taken the name: it is not listened to for ever, nor at length,
 * and what it says is told only in its proper shape.
 */
const askHolder = (address: string): Promise<Holder | undefined> =>
  new Promise((resolve) => {
    let said = '';
    const asker = createConnection(address);
    const over = setTimeout(() => asker.destroy(), answerWithinMs);
    asker.on('data', (chunk: Buffer) => {
      said += chunk.toString('latin1', 0, longestAnswer + 1);
      if (said.length > longestAnswer) asker.destroy();
    });
    asker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
    });
    asker.on('close', () => {
      clearTimeout(over);
      const [, pid, since] = /^(\d{1,10})(?: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ))?$/.exec(said) ?? [];
      resolve({ pid: Number(pid ?? 0), ...(since === undefined ? {} : { since }) });
    });
  });

const taken = (subject: string, holder: Holder | undefined): PlanHeldError => {
  const who = holder?.pid ? `process ${holder.pid} on this host` : 'another process on this host';
  const since = holder?.since === undefined ? '' : ` since ${holder.since}`;
  return new PlanHeldError(
    {
      code: 'apply-running',
      severity: 'high',
      subject,
      summary: `this plan is being applied by ${who}${since}`,
      remedy: 'Wait for it to end, or stop it; then apply the plan again to resume.',
    },
    holder ?? { pid: 0 },
  );
};
