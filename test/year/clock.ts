/**
 * The year's time: it stands still while a request or a file is under way, then jumps to the next who waits, and takes the
 * simulated Azure along.
 */
import type { Clock } from '../../src/engine/ports.ts';

export interface YearClock extends Clock {
  /** Lets nothing pass until the answer is given: a request is under way. */
  hold(): () => void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** `advance` is told by how many ms time went on, before whoever waited for that moment goes on. */
export const yearClock = (start: number, advance: (ms: number) => void): YearClock => {
  let now = start;
  let held = 0;
  let ticking = false;
  /** How often in a row the kernel was found busy. */
  let looks = 0;
  const isBusy = kernelWatch();
  /** In the order in which they went to sleep: of two for one moment the first goes first. */
  const sleepers: Sleeper[] = [];

  const tick = (): void => {
    ticking = false;
    if (sleepers.length > 0 && held === 0) {
      if (isBusy()) {
        looks += 1;
        // A file is done in less than a timer's millisecond; looking on would keep the processor from what takes longer.
        return schedule(looks < 100 ? setImmediate : setTimeout);
      }
      looks = 0;
      wakeFirst();
    }
    schedule();
  };
  const wakeFirst = (): void => {
    const at = Math.min(...sleepers.map((sleeper) => sleeper.at));
    const [sleeper] = sleepers.splice(
      sleepers.findIndex((one) => one.at === at),
      1,
    );
    if (at > now) {
      const by = at - now;
      now = at;
      advance(by);
    }
    sleeper?.wake();
  };
  const schedule = (later: (act: () => void) => unknown = setImmediate): void => {
    if (ticking || held > 0 || sleepers.length === 0) return;
    ticking = true;
    later(tick);
  };

  return {
    now: () => now,
    hold() {
      held += 1;
      return () => {
        held -= 1;
        schedule();
      };
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const sleeper: Sleeper = {
          at: now + Math.max(0, ms),
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          const index = sleepers.indexOf(sleeper);
          if (index >= 0) sleepers.splice(index, 1);
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.push(sleeper);
        schedule();
      }),
  };
};

/**
 * Tells whether the kernel has something of ours in hand: a journal's line, or a question to whoever holds a plan, takes no time of
 * Azure's. Were it to, the year would go otherwise on every machine.
 */
const kernelWatch = (): (() => boolean) => {
  const inHand = (): readonly string[] => process.getActiveResourcesInfo().filter((kind) => !ours.has(kind));
  // What the process itself always has open; not what it happens to be doing as the clock is made.
  const standing = inHand().filter((kind) => !/Req|^Connect/.test(kind));
  return () => {
    const now = inHand();
    return now.length > standing.length || now.some((kind) => !standing.includes(kind));
  };
};

/** The clock's own turns; a timer's end is nothing that a run waits for here. */
const ours: ReadonlySet<string> = new Set(['Immediate', 'Timeout']);
