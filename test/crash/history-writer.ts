/**
 * A process that records runs until it has done all or is killed in the middle of one, by a thread of its own that does not wait for
 * SQLite. Says on standard output, at once, what it is about to record and what it has.
 */
import { writeSync } from 'node:fs';
import { argv, pid } from 'node:process';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { openStore } from '../../src/cli/history-store.ts';
import { aJobMachine, aJobRun } from '../cli/history-runs.ts';

/** The word to go, and after how many microseconds the process is no more. */
interface Fuse {
  readonly cell: Int32Array;
}

const waiting = 0;

const burn = ({ cell }: Fuse): void => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage('ready');
  Atomics.wait(cell, 0, waiting);
  const end = performance.now() + Atomics.load(cell, 1) / 1000;
  while (performance.now() < end);
  process.kill(pid, 'SIGKILL');
};

const machinesPerRun = 60;

const write = (): void => {
  const [, , path = '', name = '', count = '0', dieAt = '-1', share = '0'] = argv;
  const cell = new Int32Array(new SharedArrayBuffer(8));
  const fused = Number(dieAt) >= 0;
  const thread = fused ? new Worker(new URL(import.meta.url), { workerData: { cell } satisfies Fuse }) : undefined;
  // Until the thread is there to kill, nothing begins.
  if (thread) thread.once('message', () => run());
  else run();

  function run(): void {
    const timed = <T>(what: () => T): { readonly value: T; readonly ms: number } => {
      const began = performance.now();
      const value = what();
      return { value, ms: performance.now() - began };
    };
    const light = (usualMs: number): void => {
      Atomics.store(cell, 1, Math.round(usualMs * Number(share) * 1000));
      Atomics.store(cell, 0, 1);
      Atomics.notify(cell, 0);
    };
    const rehearsal = timed(() => openStore(`${path}.rehearsal-${name}`));
    if (dieAt === '0') light(rehearsal.ms);
    writeSync(1, 'open\n');
    const store = openStore(path);
    writeSync(1, 'opened\n');
    let usual = 0;
    for (let i = 1; i <= Number(count); i += 1) {
      const machines = Array.from({ length: machinesPerRun }, (_, m) =>
        aJobMachine(`vm${m}`, { reason: `${name} ${i}` }),
      );
      const record = aJobRun(i, { runId: `${name}-${i}`, job: name, machines });
      if (i === 2) usual = timed(() => rehearsal.value.record(record, { cloud: '', selection: '' }, 0)).ms;
      if (String(i) === dieAt) light(usual);
      writeSync(1, `begin ${i}\n`);
      store.record(record, { cloud: '', selection: '' }, 0);
      writeSync(1, `done ${i}\n`);
    }
    store.close();
    writeSync(1, 'closed\n');
    process.exit(0);
  }
};

if (isMainThread) write();
else burn(workerData as Fuse);
