import type { SimClock } from './service.ts';
import { Timers } from './timers.ts';

/**
 * The simulator's clock. It stands still until it is advanced, or follows a running source (real time times a speed).
 * Timers fire in order of their moment; a timer that sets another due one sees it fire in the same advance.
 */
export class VirtualClock implements SimClock {
  #now: number;
  readonly #timers = new Timers();
  #source: { readonly elapsedMs: () => number; readonly speed: number } | undefined;
  /** Where the source stood when the clock was last set by hand. */
  #base = { real: 0, simulated: 0 };
  #firing = false;

  constructor(startsAt: number) {
    this.#now = startsAt;
  }

  /** Ms since 1970 of simulated time. Fires what became due, so that reading the clock is enough to make it run. */
  now(): number {
    this.#catchUp();
    return this.#now;
  }

  at(at: number, act: () => void): void {
    this.#timers.add({ at, act });
  }

  advance(ms: number): void {
    if (!(ms >= 0)) throw new RangeError(`the clock only goes forward, not by ${ms} ms`);
    this.#catchUp();
    this.#runTo(this.#now + ms);
    if (this.#source) this.#base = { real: this.#source.elapsedMs(), simulated: this.#now };
  }

  /** From now on the clock runs. `elapsedMs` is real time since an origin of its own. */
  follow(elapsedMs: () => number, speed: number): void {
    this.#source = { elapsedMs, speed };
    this.#base = { real: elapsedMs(), simulated: this.#now };
  }

  #catchUp(): void {
    if (!this.#source || this.#firing) return;
    const { elapsedMs, speed } = this.#source;
    const target = Math.floor(this.#base.simulated + (elapsedMs() - this.#base.real) * speed);
    if (target > this.#now) this.#runTo(target);
  }

  /** What a timer does happens at the timer's moment: while it acts, reading the clock does not make it run on. */
  #runTo(target: number): void {
    this.#firing = true;
    try {
      for (let next = this.#timers.next; next && next.at <= target; next = this.#timers.next) {
        this.#timers.take();
        // Never back: a timer set for a moment already past fires at the present one.
        this.#now = Math.max(this.#now, next.at);
        next.act();
      }
      this.#now = target;
    } finally {
      this.#firing = false;
    }
  }
}
