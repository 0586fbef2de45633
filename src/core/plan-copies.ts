/**
 * Copies of a job's points in other regions, begun and left to Azure: which may begin now, which wait for their turn, and which
 * cannot be made. Of one disk Azure copies one snapshot at a time, in the order they were taken, and a hundred at once into a
 * region (facts S-08); into one collection of copies three restore points an hour (facts P-18).
 */
import type { Disk, Estate, Machine, Snapshot } from './estate.ts';
import { keyOf, nameOf, type ResourceId, type ResourceKey } from './ids.ts';
import { pointCopiesOf, type CopyPart, type PointCopy } from './job/copy-state.ts';
import type { Job } from './job/job.ts';
import { joinBy } from './join.ts';
import type { Reason } from './option.ts';
import type { Refusal, Step } from './plan.ts';
import { copyFamilies, type CopyFamilies } from './planners/copy-families.ts';
import { hasCustomerKey, mostCopiesPerRegion } from './planners/disk-snapshot-limits.ts';
import { obstacles, refusalReason, type DraftContext } from './planners/draft.ts';
import {
  jobCopyCollectionStep,
  restorePointCopySteps,
  snapshotCopySteps,
  whyItStays,
  type Begin,
} from './planners/job-copy.ts';
import { copiedWithinHour, copiesOf, mostPerHour, neverCopied } from './planners/restore-point-copy.ts';
import { contextFor, type DraftInput, type PlanDraft } from './planning.ts';
import { gapBefore } from './protection.ts';
import { sources } from './sources.ts';
import type { Instant } from './time.ts';

export interface CopyRequest {
  readonly machines: ReadonlySet<ResourceKey>;
  readonly job: Job;
}

/** What becomes now of a part that its region is to have and has not. */
export type CopyChoice = Begin &
  (
    | { readonly kind: 'begin' }
    /** It will have its turn. */
    | { readonly kind: 'wait'; readonly reason: Reason }
    /** It cannot be made. */
    | { readonly kind: 'skip'; readonly reason: Reason }
  );

/** Refusals are copies that cannot be made: they take nothing from the points themselves. */
export const draftCopies =
  (request: CopyRequest): PlanDraft =>
  (input) => {
    const context = contextFor(input, [...request.machines].toSorted());
    const choices = chooseCopies(request, input);
    const steps: Step[] = [];
    const refusals = new Refusals();
    for (const choice of choices) {
      if (choice.kind === 'skip') refusals.add(choice.copy, choice.reason);
      if (choice.kind !== 'begin') continue;
      const drafted = stepsFor(choice, steps, context);
      const reasons = drafted.flatMap((step) => obstacles(context, step));
      if (reasons.length === 0) steps.push(...drafted);
      else for (const reason of reasons) refusals.add(choice.copy, reason);
    }
    return { steps, refusals: refusals.all() };
  };

/** One of a machine and option, with each reason once. */
class Refusals {
  readonly #found = new Map<string, Refusal>();

  add({ machine, source: { option } }: PointCopy, reason: Reason): void {
    const key = `${machine.key}|${option}`;
    const { reasons } = this.#found.get(key) ?? { reasons: [] };
    if (reasons.some(({ text }) => text === reason.text)) return;
    this.#found.set(key, { subject: machine.id, option, reasons: [...reasons, reason] });
  }

  all(): readonly Refusal[] {
    return [...this.#found.values()];
  }
}

const stepsFor = (begin: Begin, before: readonly Step[], context: DraftContext): readonly Step[] => {
  const { copy, part } = begin;
  const { estate } = context;
  if (copy.source.option === 'disk-snapshot') {
    const { snapshot, disk } = sourceOf(part, estate);
    return snapshot === undefined || disk === undefined ? [] : snapshotCopySteps(begin, snapshot, disk, context);
  }
  const collectionId = collectionOf(part.sourceId);
  const there = copiesOf(collectionId, copy.region, estate.restorePointCollections.items);
  if (there !== undefined) return restorePointCopySteps(begin, there, context);
  const planned = before.find(
    (step) =>
      step.kind === 'restore-point-collection.create' &&
      step.input.copyOf === collectionId &&
      step.input.location === copy.region,
  );
  if (planned?.kind === 'restore-point-collection.create') return restorePointCopySteps(begin, planned, context);
  const made = jobCopyCollectionStep(copy.machine, collectionId, copy.region, copy.source.due, context);
  return [made, ...restorePointCopySteps(begin, made, context)];
};

const collectionOf = (pointId: ResourceId): ResourceId => pointId.replace(/\/restorePoints\/[^/]+$/i, '');

const sourceOf = (
  { sourceKey }: CopyPart,
  estate: Estate,
): { readonly snapshot?: Snapshot | undefined; readonly disk?: Disk | undefined } => {
  const [snapshot] = snapshotsByKey(estate.snapshots, sourceKey);
  const [disk] = disksByKey(estate.disks, snapshot?.sourceDiskKey ?? '');
  return { snapshot, disk };
};

const snapshotsByKey = joinBy<Snapshot>(({ key }) => [key]);
const disksByKey = joinBy<Disk>(({ key }) => [key]);

/** Oldest first; of one moment in the job's order of regions. */
export const chooseCopies = (
  { machines, job }: CopyRequest,
  { estate, asOf }: Pick<DraftInput, 'estate' | 'asOf'>,
): readonly CopyChoice[] => {
  if (job.copies.length === 0) return [];
  const wanted = estate.machines.items
    .filter(({ key }) => machines.has(key))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .flatMap((machine) => pointCopiesOf(machine, estate, job, asOf))
    .filter(({ kept }) => kept)
    .flatMap((copy) => copy.parts.map((part): Begin => ({ copy, part })))
    .filter(({ part: { state } }) => state.kind === 'none' || state.kind === 'failed')
    .toSorted((a, b) => a.part.takenMs - b.part.takenMs);
  const turns = new Turns(estate, asOf);
  return wanted.map((begin): CopyChoice => {
    const never = whyNever(begin, turns.families, estate);
    if (never !== undefined) return { ...begin, kind: 'skip', reason: never };
    const reason = turns.take(begin);
    return reason === undefined ? { ...begin, kind: 'begin' } : { ...begin, kind: 'wait', reason };
  });
};

/** A copy that failed as often as that is not begun again. */
const mostAttempts = 10;

const whyNever = ({ copy, part }: Begin, families: CopyFamilies, estate: Estate): Reason | undefined => {
  const { machine, region, source } = copy;
  const no = (code: string, text: string, fact: string): Reason =>
    refusalReason(code, `${machine.name} gets no copy in ${region}: ${text}.`, sources.XREG, fact);
  const unread = unreadOf(machine, source.option, estate);
  if (unread !== undefined)
    return no('unread', `not all there is could be read (${unread}), so whether it has one cannot be told`, 'A-21');
  if (source.option !== 'disk-snapshot') return neverCopied(machine, region)[0] ?? whyItStays({ copy, part }, estate);
  const { snapshot, disk } = sourceOf(part, estate);
  if (snapshot?.incremental !== true)
    return no(
      'copy-not-incremental',
      `only incremental snapshots are copied, and ${nameOf(part.sourceId)} is none`,
      'S-08',
    );
  if (disk === undefined)
    return no(
      'disk-unknown',
      `the disk of ${nameOf(part.sourceId)} was not read, and the copy has to say what it is`,
      'S-18',
    );
  if (hasCustomerKey(disk))
    return no(
      'copy-encryption',
      `disk ${disk.name} is encrypted with a customer's key, and no encryption set is known there`,
      'S-18',
    );
  if (part.state.kind === 'failed' && part.state.attempt + 1 >= mostAttempts)
    return no(
      'copy-given-up',
      `the copy of ${nameOf(part.sourceId)} failed ${mostAttempts} times: ${part.state.why}`,
      'S-09',
    );
  const later = families.laterIn(disk.key, region, part.takenMs);
  return later === undefined
    ? undefined
    : no(
        'copy-order',
        `a later snapshot of disk ${disk.name} was copied there as ${later}, and Azure copies them in the order they were taken`,
        'S-08',
      );
};

const unreadOf = (machine: Machine, option: string, estate: Estate): string | undefined => {
  const list = option === 'disk-snapshot' ? estate.snapshots : estate.restorePointCollections;
  const gap = gapBefore(machine, list, `/subscriptions/${machine.subscriptionId}`);
  if (gap !== undefined) return gap.detail;
  const untold = estate.restorePointCollections.items.find(
    ({ sourceKey, ownedByBackup, points }) => !ownedByBackup && sourceKey === machine.key && !points.known,
  );
  return option === 'disk-snapshot' || untold === undefined || untold.points.known ? undefined : untold.points.detail;
};

/** What Azure has in hand, and what this plan adds to it. */
class Turns {
  readonly families: CopyFamilies;
  readonly #estate: Estate;
  readonly #asOf: Instant;
  /** Disks of which something is being copied, with its name. */
  readonly #busy = new Map<ResourceKey, string>();
  /** Copies still to be begun: of a subscription and region, of a collection and region. */
  readonly #left = new Map<string, number>();

  constructor(estate: Estate, asOf: Instant) {
    this.#estate = estate;
    this.#asOf = asOf;
    this.families = copyFamilies(estate);
  }

  /** Why it has to wait. */
  take({ copy, part }: Begin): Reason | undefined {
    return copy.source.option === 'disk-snapshot' ? this.#snapshot(copy, part) : this.#restorePoint(copy, part);
  }

  #snapshot({ machine, region }: PointCopy, part: CopyPart): Reason | undefined {
    const diskKey = sourceOf(part, this.#estate).disk!.key;
    const busy = this.#busy.get(diskKey) ?? this.families.underWay(diskKey);
    if (busy !== undefined)
      return wait(
        'copy-in-progress',
        `${nameOf(part.sourceId)} waits for ${busy}: Azure copies one of a disk at a time`,
      );
    const key = `${machine.subscriptionId}|${region}`;
    const left = this.#left.get(key) ?? mostCopiesPerRegion - this.families.inHand(machine.subscriptionId, region);
    if (left <= 0)
      return wait(
        'copy-limit',
        `${mostCopiesPerRegion} copies into ${region} are in hand, Azure's limit for a subscription`,
      );
    this.#left.set(key, left - 1);
    this.#busy.set(diskKey, nameOf(part.sourceId));
    return undefined;
  }

  #restorePoint({ region }: PointCopy, { sourceId }: CopyPart): Reason | undefined {
    const collectionId = collectionOf(sourceId);
    const key = `${keyOf(collectionId)}|${region}`;
    const there = copiesOf(collectionId, region, this.#estate.restorePointCollections.items);
    const left = this.#left.get(key) ?? mostPerHour - copiedWithinHour(there, this.#asOf).length;
    if (left <= 0)
      return wait(
        'copy-rate',
        `${nameOf(sourceId)} waits: Azure copies ${mostPerHour} points an hour into a collection`,
        'P-18',
      );
    this.#left.set(key, left - 1);
    return undefined;
  }
}

const wait = (code: string, text: string, fact = 'S-08'): Reason => refusalReason(code, `${text}.`, sources.XREG, fact);
