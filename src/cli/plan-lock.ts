/**
 * One apply of a plan at a time on a host. The lock is a local socket named after the plan: binding it is atomic, the kernel
 * gives it back when its process dies (also by `kill -9`), and who asks is told the holder's process id.
 */
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unlink } from 'node:fs/promises';
import { UsageError } from '../core/problem.ts';

export interface PlanLock {
  release(): Promise<void>;
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
    const server = createServer((asker) => {
      asker.on('error', () => asker.destroy());
      asker.end(String(process.pid));
    });
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(address, () => {
      server.unref();
      resolve(server);
    });
  });

/** The holder's process id, `0` when it holds the lock but does not answer, `undefined` when nobody holds it. */
const askHolder = (address: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    let said = '';
    const asker = createConnection(address);
    asker.setTimeout(2_000, () => asker.destroy());
    asker.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    asker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined);
    });
    asker.on('close', () => resolve(Number.parseInt(said, 10) || 0));
  });

const taken = (subject: string, holder: number | undefined): UsageError =>
  new UsageError([
    {
      code: 'apply-running',
      severity: 'critical',
      subject,
      summary: holder ? `this plan is being applied by process ${holder} on this host` : 'this plan is being applied by another process on this host',
      remedy: 'Wait for it to end, or stop it; then apply the plan again to resume.',
    },
  ]);
