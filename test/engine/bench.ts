/** One apply of a small plan in a fake world: fake Azure, a clock that jumps, a journal in memory, and every event kept. */
import type { Plan, Step } from '../../src/core/plan.ts';
import { apply, type ApplyOptions } from '../../src/engine/apply.ts';
import type { EngineEvent } from '../../src/engine/events.ts';
import type { Azure } from '../../src/engine/ports.ts';
import { fakeAzure, type FakeAzure, type FakeOptions } from './fake-azure.ts';
import { memoryJournal, type MemoryJournal } from './memory-journal.ts';
import { planOf } from './plan-builder.ts';
import { virtualClock, type VirtualClock } from './virtual-clock.ts';

export const start = Date.UTC(2026, 5, 3, 1);

export interface Bench {
  readonly azure: FakeAzure;
  readonly journal: MemoryJournal;
  readonly events: EngineEvent[];
  readonly clock: VirtualClock;
  readonly stop: AbortController;
  run(
    steps: readonly Step[] | Plan,
    more?: { concurrency?: number; azure?: Azure; options?: ApplyOptions },
  ): Promise<readonly string[]>;
}

export const bench = (options: Omit<FakeOptions, 'now'> = {}): Bench => {
  const clock = virtualClock(start);
  const azure = fakeAzure({ now: () => clock.now(), ...options });
  const journal = memoryJournal();
  const events: EngineEvent[] = [];
  const stop = new AbortController();
  return {
    azure,
    journal,
    events,
    clock,
    stop,
    async run(steps, more = {}) {
      const plan = 'digest' in steps ? steps : planOf(steps);
      const ports = {
        azure: more.azure ?? azure,
        clock,
        journal,
        emit: (e: EngineEvent) => void events.push(e),
        signal: stop.signal,
        concurrency: more.concurrency ?? 4,
      };
      return (await apply(plan, ports, more.options)).map((o) => `${o.id}: ${o.outcome}`);
    },
  };
};

export const named = (events: readonly EngineEvent[], kind: EngineEvent['kind']): readonly EngineEvent[] =>
  events.filter((e) => e.kind === kind);

/** A fault for the first `times` requests that fit. */
export const firstTimes = (
  times: number,
  fits: (r: { kind: string; step: string }) => boolean,
  fault: ReturnType<NonNullable<FakeOptions['fault']>>,
) => {
  let left = times;
  return (request: { kind: string; step: string }) => (left > 0 && fits(request) ? ((left -= 1), fault) : undefined);
};
