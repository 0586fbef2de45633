/** All points that ever were, as the checker saw them come and go, and what it found wrong. */
import type { Stored } from '../../src/simulator/service.ts';
import { day } from './calendar.ts';
import { Eyes, type SeenMachine, type SeenPoint, type Sight } from './eyes.ts';
import { jobs, type YearJob } from './jobs.ts';

export interface Entry {
  /** As last seen; a set is whole only with every disk that it is to hold. */
  point: SeenPoint;
  /** The machine's disks when it was first seen, or its original's: in lower case. */
  readonly needs: readonly string[];
  readonly job: string;
  /** Of a copy: when its original was taken. */
  readonly takenAt: number;
  wasWhole: boolean;
  /** Its deletion was accepted, in part or whole. */
  deleting: boolean;
  trashedSince?: number;
}

export interface Violation {
  readonly rule: string;
  readonly machine: string;
  /** From 0. */
  readonly day: number;
  readonly text: string;
}

export class Ledger {
  readonly violations: Violation[] = [];
  readonly entries = new Map<string, Entry>();
  /** Every machine that ever was, as last seen. */
  readonly machines = new Map<string, SeenMachine>();
  /** By any of its parts. */
  readonly #byMember = new Map<string, Entry>();
  readonly #eyes = new Eyes();
  readonly #told = new Set<string>();
  readonly #all: () => readonly Stored[];
  readonly #now: () => number;
  readonly #startsAt: number;
  counts = { made: 0, copied: 0, trashed: 0, pruned: 0 };

  constructor(all: () => readonly Stored[], now: () => number) {
    this.#all = all;
    this.#now = now;
    this.#startsAt = now();
  }

  now(): number {
    return this.#now();
  }

  stored(): readonly Stored[] {
    return this.#all();
  }

  /** As it stands this moment, which may be in the midst of a run; by its name, which no two share. */
  machineNow(name: string): SeenMachine | undefined {
    return this.#eyes.machines(this.#all()).find((machine) => machine.name.toLowerCase() === name.toLowerCase());
  }

  violate(rule: string, machine: string, text: string): void {
    // What is wrong stays wrong: it is told once.
    if (this.#told.has(`${rule}|${text}`)) return;
    this.#told.add(`${rule}|${text}`);
    this.violations.push({ rule, machine, day: Math.floor((this.now() - this.#startsAt) / day), text });
  }

  /** Whether anything was made since the last look. */
  isStale = false;

  lookAgain(): void {
    if (this.isStale) this.look();
  }

  /** Looks at everything and takes note of what is new and what is gone. */
  look(): Sight {
    this.isStale = false;
    const sight = this.#eyes.see(this.#all());
    for (const machine of sight.machines) this.machines.set(machine.id, machine);
    const seen = new Set<string>();
    for (const point of sight.points) {
      seen.add(point.key);
      this.#note(point);
    }
    for (const [key, entry] of this.entries) if (!seen.has(key)) this.#gone(key, entry);
    return sight;
  }

  #gone(key: string, entry: Entry): void {
    this.entries.delete(key);
    for (const member of entry.point.members) this.#byMember.delete(member);
    if (entry.wasWhole) this.counts.pruned += 1;
    if (!entry.deleting)
      this.violate('vanished', entry.point.machine, `${key} is gone, and nothing was seen deleting it`);
  }

  #note(point: SeenPoint): void {
    const last = this.entries.get(point.key);
    // What nobody has changed is as it was.
    if (last?.point === point) return;
    // A copy that failed is deleted and made again, as part of the same set or under its own name.
    const isOther =
      last !== undefined &&
      (last.point.at !== point.at || !point.members.some((member) => last.point.members.includes(member)));
    const again = last?.deleting === true && isOther;
    if (last && again) this.#gone(point.key, last);
    const before = again ? undefined : last;
    const origin = point.copyOf === undefined ? undefined : this.entries.get(point.copyOf);
    const entry: Entry = before ?? {
      point,
      needs: origin?.needs ?? this.machines.get(point.machine)?.disks ?? point.disks,
      job: this.machines.get(point.machine)?.job ?? '',
      takenAt: origin?.takenAt ?? point.at,
      wasWhole: false,
      deleting: false,
    };
    if (before && before.wasWhole && point.members.length < before.point.members.length && !before.deleting)
      this.violate('halved', point.machine, `${point.key} lost a part, and nothing was seen deleting it`);
    // A set of which a part was deleted is whole no more, whatever the rest looks like.
    const halved = before !== undefined && before.wasWhole && point.members.length < before.point.members.length;
    entry.point = halved ? { ...point, members: before.point.members, state: 'failed' } : judged(point, entry);
    if (!entry.wasWhole && entry.point.state === 'whole') {
      entry.wasWhole = true;
      // What was deleted of it is what had failed.
      entry.deleting = false;
      if (point.copyOf === undefined) this.counts.made += 1;
      else this.counts.copied += 1;
    }
    if (point.trash === undefined) delete entry.trashedSince;
    else if (entry.trashedSince === undefined) {
      entry.trashedSince = this.now();
      this.counts.trashed += 1;
    }
    this.entries.set(point.key, entry);
    for (const member of point.members) this.#byMember.set(member, entry);
  }

  holding(member: string): Entry | undefined {
    return this.#byMember.get(member);
  }

  /** Of one machine in one region, copies by themselves. */
  series(machine: string, region: string, copies: boolean): readonly Entry[] {
    return [...this.entries.values()].filter(
      ({ point }) => point.machine === machine && point.region === region && (point.copyOf !== undefined) === copies,
    );
  }
}

export const jobNamed = (name: string): YearJob | undefined => jobs.find((job) => job.name === name);

/** What Azure never took of a set leaves the rest of it a part, however well that came to be. */
const judged = (point: SeenPoint, { needs, wasWhole }: Entry): SeenPoint =>
  point.state === 'whole' && !wasWhole && needs.some((disk) => !point.disks.includes(disk))
    ? { ...point, state: 'failed' }
    : point;

export const isWhole = ({ point }: Entry): boolean => point.state === 'whole';
