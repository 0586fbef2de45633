export interface Timer {
  /** Ms since 1970 of simulated time. */
  readonly at: number;
  readonly act: () => void;
}

/** Timers by their moments, those of one moment in the order they were set: a binary heap, for fleets of thousands. */
export class Timers {
  readonly #heap: { readonly timer: Timer; readonly turn: number }[] = [];
  #turns = 0;

  get next(): Timer | undefined {
    return this.#heap[0]?.timer;
  }

  add(timer: Timer): void {
    let place = this.#heap.push({ timer, turn: this.#turns }) - 1;
    this.#turns += 1;
    for (let above = (place - 1) >>> 1; place > 0 && this.#before(place, above); above = (place - 1) >>> 1) {
      this.#swap(place, above);
      place = above;
    }
  }

  /** Takes the next timer out. */
  take(): Timer | undefined {
    const last = this.#heap.length - 1;
    if (last > 0) this.#swap(0, last);
    const taken = this.#heap.pop();
    for (let place = 0; ;) {
      const left = 2 * place + 1;
      const sooner = left + 1 < this.#heap.length && this.#before(left + 1, left) ? left + 1 : left;
      if (sooner >= this.#heap.length || !this.#before(sooner, place)) return taken?.timer;
      this.#swap(sooner, place);
      place = sooner;
    }
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#heap[a]!, this.#heap[b]!];
    return one.timer.at === other.timer.at ? one.turn < other.turn : one.timer.at < other.timer.at;
  }

  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
