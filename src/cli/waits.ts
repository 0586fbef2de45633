/** Waits that somebody at the terminal would wonder about: which of them are news, and which goes on longest just now. */
import { minuteMs } from '../core/time.ts';
import type { EngineEvent } from '../engine/events.ts';

export type Waiting = Extract<EngineEvent, { kind: 'step.waiting' }>;

/** Ordinary polling is shorter. */
export const isLong = ({ at, until }: Waiting): boolean => Date.parse(until) - Date.parse(at) >= minuteMs;

export interface Waits {
  /** Takes note of an event; whether it tells something new: a wait for the same reason, until hardly later, does not. */
  news(event: EngineEvent): boolean;
  /** The long wait that ends last of those that go on, and how many go on. */
  current(at: string): { readonly wait: Waiting; readonly count: number } | undefined;
}

export const makeWaits = (): Waits => {
  /** By step, or for all who stand in line for the same: until when a wait was told, and why. */
  const told = new Map<string, { readonly why: string; readonly until: number }>();
  const open = new Map<string, Waiting>();
  return {
    news(event) {
      if (!('step' in event)) return true;
      if (event.kind !== 'step.waiting') {
        open.delete(event.step);
        return true;
      }
      if (isLong(event)) open.set(event.step, event);
      else open.delete(event.step);
      const key = event.shared === true ? `all: ${event.why}` : event.step;
      const before = told.get(key);
      const until = Date.parse(event.until);
      if (before?.why === event.why && (event.shared !== true || until < before.until + minuteMs)) return false;
      if (isLong(event)) told.set(key, { why: event.why, until });
      return true;
    },
    current(at) {
      const going = [...open.values()].filter(({ until }) => until > at);
      if (going.length === 0) return undefined;
      return { wait: going.reduce((a, b) => (b.until > a.until ? b : a)), count: going.length };
    },
  };
};
