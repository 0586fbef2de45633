import type { SimClock } from './service.ts';

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly act: () => void;
}

/**
 * The simulator's clock. It stands still until it is advanced, or follows a running source (real time times a speed).
 * Timers fire in order of their moment; a timer that schedules another due one sees it fire in the same advance.
 */
export class VirtualClock implements SimClock {
  #now: number;
  #order = 0;
  #timers: Timer[] = [];
  #source: (() => number) | undefined;

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  /** Ms since 1970 of simulated time. Fires what became due, so that reading the clock is enough to make it run. */
  now(): number {
    this.#catchUp();
    return this.#now;
  }

  at(at: number, act: () => void): void {
    this.#order += 1;
    this.#timers.push({ at, order: this.#order, act });
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`the clock only goes forward, not by ${ms} ms`);
    this.#catchUp();
    this.#runTo(this.#now + ms);
    this.#rebase();
  }

  /** From now on the clock runs: `elapsedMs` is real time since an origin of its own. */
  follow(elapsedMs: () => number, speed: number): void {
    const real = elapsedMs;
    this.#base = { real: real(), simulated: this.#now };
    this.#source = () => this.#base.simulated + (real() - this.#base.real) * speed;
    this.#realNow = real;
  }

  #base = { real: 0, simulated: 0 };
  #realNow: (() => number) | undefined;

  #rebase(): void {
    if (this.#realNow) this.#base = { real: this.#realNow(), simulated: this.#now };
  }

  #catchUp(): void {
    if (this.#source) this.#runTo(Math.max(this.#now, Math.floor(this.#source())));
  }

  #runTo(target: number): void {
    for (;;) {
      const next = this.#earliestDue(target);
      if (!next) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      // Never back: a timer set for a moment already past fires at the present one.
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = target;
  }

  #earliestDue(target: number): Timer | undefined {
    let best: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at > target) continue;
      if (!best || timer.at < best.at || (timer.at === best.at && timer.order < best.order)) best = timer;
    }
    return best;
  }
}
