/** The one real clock: Azure's time, told by its Date header and carried on by the machine's own monotonic time. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../engine/ports.ts';

/**
 * A clock that starts at `startMs` (milliseconds since the epoch on Azure's clock) and runs `timeScale` times as fast as
 * life; every wait is divided by it. 1 against real Azure; a simulator may ask for more in its cloud file.
 */
export const azureClock = (startMs: number, timeScale: number): Clock => {
  const began = performance.now();
  return {
    now: () => Math.round(startMs + (performance.now() - began) * timeScale),
    sleep: async (ms, signal) => {
      await wait(Math.max(0, ms) / timeScale, undefined, signal ? { signal } : {});
    },
  };
};
