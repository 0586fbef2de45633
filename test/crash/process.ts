/**
 * A process that can be killed at any point it does something to the world: before and after each request, and before, in the
 * middle of and after each journal line. Killed, it does nothing more; what Azure took and what the journal holds stay.
 */
import type { Plan, StepOutcome } from '../../src/core/plan.ts';
import { apply } from '../../src/engine/apply.ts';
import type { Patience } from '../../src/engine/patience.ts';
import type { Azure, JournalStore, Ports } from '../../src/engine/ports.ts';
import { virtualClock, type VirtualClock } from '../engine/virtual-clock.ts';

export class Killed extends Error {
  constructor(point: string) {
    super(`killed ${point}`);
    this.name = 'Killed';
  }
}

/** Ends the process when its turn comes; every point is counted. */
export interface Reaper {
  readonly points: readonly string[];
  readonly dead: boolean;
  /** Passes a point: throws when this is the one to die at, and ever after. */
  pass(point: string): void;
}

export const makeReaper = (dieAt: number | undefined, onDeath: () => void): Reaper => {
  const points: string[] = [];
  let dead = false;
  return {
    points,
    get dead() {
      return dead;
    },
    pass(point) {
      if (dead) throw new Killed('already');
      points.push(point);
      if (points.length - 1 !== dieAt) return;
      dead = true;
      onDeath();
      throw new Killed(point);
    },
  };
};

/** The journal's disk: what is in `lines` survives. */
export const killableJournal = (
  lines: string[],
  reaper: Reaper,
  onDurable: (line: string) => void = () => {},
): JournalStore => ({
  read: () => Promise.resolve([...lines]),
  keep: (count) => {
    lines.length = count;
    return Promise.resolve();
  },
  append: async (line) => {
    reaper.pass('before a journal line');
    try {
      reaper.pass('within a journal line');
    } catch (error) {
      lines.push(line.slice(0, Math.floor(line.length / 2)));
      throw error;
    }
    await Promise.resolve();
    if (reaper.dead) throw new Killed('while the disk was written');
    lines.push(line);
    onDurable(line);
    reaper.pass('after a journal line');
  },
});

export interface Life {
  readonly kind: 'ended' | 'killed';
  readonly outcomes: readonly StepOutcome[];
  readonly points: readonly string[];
  readonly endedAt: number;
}

export interface LifeParts {
  readonly plan: Plan;
  readonly startAt: number;
  readonly dieAt?: number | undefined;
  readonly lines: string[];
  readonly concurrency?: number;
  readonly patience?: Partial<Patience>;
  /** Steps in doubt that the person at this life has sent again. */
  readonly resend?: readonly string[];
  readonly onDurable?: (line: string) => void;
  readonly azure: (clock: VirtualClock, reaper: Reaper) => Azure;
  /** Wraps the process's ports: the mutants. */
  readonly wrap?: (ports: Ports, reaper: Reaper) => Ports;
  readonly onJump?: (now: number) => void;
}

/** Runs one process to its end or its death. */
export const live = async (parts: LifeParts): Promise<Life> => {
  const clock = virtualClock(parts.startAt, parts.onJump);
  const reaper = makeReaper(parts.dieAt, () => clock.stop());
  const ports: Ports = {
    azure: parts.azure(clock, reaper),
    clock,
    journal: killableJournal(parts.lines, reaper, parts.onDurable),
    emit: () => {},
    signal: new AbortController().signal,
    concurrency: parts.concurrency ?? 3,
  };
  const over = (kind: Life['kind'], outcomes: readonly StepOutcome[]): Life => ({
    kind,
    outcomes,
    points: reaper.points,
    endedAt: clock.now(),
  });
  try {
    const outcomes = await apply(parts.plan, parts.wrap ? parts.wrap(ports, reaper) : ports, {
      ...(parts.patience ? { patience: parts.patience } : {}),
      ...(parts.resend ? { resend: parts.resend } : {}),
    });
    return over('ended', outcomes);
  } catch (error) {
    if (error instanceof Killed) return over('killed', []);
    throw error;
  }
};
