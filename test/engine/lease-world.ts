/** Machines' tags that lag, come late and expire, and runs that mark them, over one clock. */
import type { Step } from '../../src/core/plan.ts';
import { apply } from '../../src/engine/apply.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import type { Azure, LeaseStore, LeaseTerms, Uncertain } from '../../src/engine/ports.ts';
import { start } from './bench.ts';
import { fakeAzure, problem, type FakeOptions } from './fake-azure.ts';
import { memoryJournal } from './memory-journal.ts';
import { planOf, snapshotStep } from './plan-builder.ts';
import { virtualClock } from './virtual-clock.ts';

export interface TagOptions {
  /** How long reads do not show a write, ms. */
  readonly lagMs?: number;
  /** How long a write is on its way, ms, and its answer after it. */
  readonly wayMs?: (run: string, nth: number) => number;
  /** What the nth look at a tag is answered instead. */
  readonly look?: (nth: number) => Uncertain | undefined;
  readonly refused?: boolean;
}

export const minutes = (n: number): number => n * 60_000;

/** One world: a clock, what Azure took, and the machines' tags with their history. */
export const worldOf = (tagging: TagOptions = {}) => {
  const clock = virtualClock(start);
  const writes: { readonly machine: string; readonly text: string | undefined; readonly at: number }[] = [];
  /** When a tag was looked at. */
  const looks: number[] = [];
  let sent = 0;
  const visible = (machine: string, lagMs: number) =>
    writes.filter((w) => w.machine === machine && w.at <= clock.now() - lagMs).at(-1)?.text;
  const refusal = { kind: 'refused' as const, problem: problem('machine', 'no Microsoft.Resources/tags/write') };
  const storeFor = (run: string): LeaseStore => ({
    read: async (machine) => {
      looks.push(clock.now());
      const instead = tagging.look?.(looks.length);
      if (instead !== undefined) return instead;
      const text = visible(machine, tagging.lagMs ?? 0);
      return { kind: 'read', ...(text === undefined ? {} : { text }) };
    },
    write: async (machine, text) => {
      if (tagging.refused) return refusal;
      await clock.sleep(tagging.wayMs?.(run, (sent += 1)) ?? 200);
      writes.push({ machine, text, at: clock.now() });
      return { kind: 'written' };
    },
    remove: async (machine, text) => {
      if (visible(machine, 0) === text) writes.push({ machine, text: undefined, at: clock.now() });
      return { kind: 'written' };
    },
  });
  const runOf = (
    run: string,
    steps: readonly Step[],
    fake: Omit<FakeOptions, 'now'> = {},
    need: LeaseTerms['need'] = 'best-effort',
  ) => {
    const azure = fakeAzure({ now: () => clock.now(), ...fake });
    const journal = memoryJournal();
    const events: EngineEvent[] = [];
    const port: Azure = { ...azure, leases: storeFor(run) };
    let stop = new AbortController();
    const go = async (): Promise<readonly string[]> => {
      stop = new AbortController();
      const ports = {
        azure: port,
        clock,
        journal,
        emit: (e: EngineEvent) => void events.push(e),
        signal: stop.signal,
        concurrency: 4,
        lease: { need, host: `host-${run}`, newRun: run },
      };
      return (await apply(planOf(steps, run.padEnd(64, '0')), ports)).map(
        (o) => `${o.id}: ${o.outcome}${o.outcome === 'moved' || o.outcome === 'failed' ? ` (${o.detail})` : ''}`,
      );
    };
    return {
      azure,
      events,
      stop: () => stop.abort(new Error('stopped')),
      journal,
      go,
      times: () => azure.taken.map(({ at, endsAt }) => [at, endsAt] as const),
    };
  };
  return {
    clock,
    writes,
    looks,
    runOf,
    marks: (machine: string) => writes.filter((w) => w.machine === machine && w.text !== undefined),
  };
};

export const step = snapshotStep('vm');
export const machine = step.subject;
/** What the machine's tag says now. */
export const standsNow = (world: ReturnType<typeof worldOf>) =>
  world.writes.filter((w) => w.machine === machine).at(-1)?.text;
