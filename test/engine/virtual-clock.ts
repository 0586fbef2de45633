/** A clock that stands still while anything can run, then jumps to the next sleeper: waits cost nothing and order is fixed. */
import type { Clock } from '../../src/engine/ports.ts';

export interface VirtualClock extends Clock {
  /** Total time slept through, ms. */
  readonly jumps: number;
  /** While this is above 0 something outside (a request in real I/O) is under way, and the clock does not jump. */
  hold(): () => void;
  /** Nothing sleeps or wakes any more: what a killed process leaves. */
  stop(): void;
}

interface Sleeper {
  readonly at: number;
  readonly order: number;
  readonly wake: () => void;
}

export const virtualClock = (start: number, onJump: (now: number) => void = () => {}): VirtualClock => {
  let now = start;
  let order = 0;
  let jumps = 0;
  let held = 0;
  let stopped = false;
  let ticking = false;
  const sleepers: Sleeper[] = [];

  const tick = (): void => {
    ticking = false;
    if (stopped || sleepers.length === 0) return;
    if (held === 0) {
      let first = 0;
      for (let i = 1; i < sleepers.length; i += 1) if (before(sleepers[i]!, sleepers[first]!)) first = i;
      const [sleeper] = sleepers.splice(first, 1);
      if (sleeper!.at > now) {
        now = sleeper!.at;
        jumps += 1;
        onJump(now);
      }
      sleeper!.wake();
    }
    schedule();
  };
  const schedule = (): void => {
    if (ticking || stopped || sleepers.length === 0) return;
    ticking = true;
    setImmediate(tick);
  };

  return {
    now: () => now,
    get jumps() {
      return jumps;
    },
    hold() {
      held += 1;
      return () => {
        held -= 1;
        schedule();
      };
    },
    stop() {
      stopped = true;
      sleepers.length = 0;
    },
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const sleeper: Sleeper = {
          at: now + Math.max(0, ms),
          order: (order += 1),
          wake: () => {
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        const onAbort = (): void => {
          const at = sleepers.indexOf(sleeper);
          if (at >= 0) sleepers.splice(at, 1);
          reject(signal!.reason as Error);
        };
        signal?.addEventListener('abort', onAbort, { once: true });
        sleepers.push(sleeper);
        return schedule();
      });
    },
  };
};

const before = (a: Sleeper, b: Sleeper): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);
