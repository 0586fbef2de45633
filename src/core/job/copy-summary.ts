/** What a run says of its copies, by point: how many stand where, and of each machine what is not as it should be. */
import type { Estate } from '../estate.ts';
import { keyOf, type ResourceKey } from '../ids.ts';
import type { Reason } from '../option.ts';
import { chooseCopies, type CopyChoice, type CopyRequest } from '../plan-copies.ts';
import { refusalReason } from '../planners/draft.ts';
import type { Step, StepOutcome } from '../plan.ts';
import { sources } from '../sources.ts';
import { instantMs, type Instant } from '../time.ts';
import { identityOf, pointCopiesOf, type PointCopy } from './copy-state.ts';
import { jobPointsOf } from './identity.ts';
import type { JobRun } from './job-run.ts';

export interface CopySummary {
  readonly counts: JobRun['copies'];
  /** Sentences; of machines with nothing to say, none. */
  readonly notes: ReadonlyMap<ResourceKey, string>;
}

export interface CopyRun {
  readonly steps: readonly Step[];
  readonly outcomes: ReadonlyMap<string, StepOutcome>;
}

/**
 * `estate`: as it was when the copies were planned. `failed` counts those found failed, whether or not they were begun again, and
 * those that could not be begun; one is in `begun` and `failed` both when it failed before and was begun again.
 */
export const copySummary = (
  request: CopyRequest,
  { estate, asOf }: { readonly estate: Estate; readonly asOf: Instant },
  { steps, outcomes }: CopyRun,
): CopySummary => {
  const { job, machines } = request;
  const choices = chooseCopies(request, { estate, asOf });
  const begun = new Set<string>();
  const unbegun = new Map<string, string>();
  for (const step of steps) {
    if (step.kind !== 'snapshot.copy' && step.kind !== 'restore-point.copy') continue;
    const source = keyOf(step.kind === 'snapshot.copy' ? step.input.sourceSnapshotId : step.input.sourcePointId);
    const end = outcomes.get(step.id);
    if (end?.outcome === 'done' || end?.outcome === 'already-done') begun.add(`${source}|${step.input.location}`);
    else
      unbegun.set(`${source}|${step.input.location}`, `${end?.outcome ?? 'not begun'}: ${end?.detail ?? 'no reason'}`);
  }
  const counts = { begun: 0, underWay: 0, complete: 0, failed: 0 };
  const notes = new Map<ResourceKey, string>();
  for (const machine of estate.machines.items.filter(({ key }) => machines.has(key))) {
    const said: string[] = [];
    const copies = pointCopiesOf(machine, estate, job, asOf);
    for (const copy of copies) {
      const of = (keys: { has(key: string): boolean }) =>
        copy.parts.find(({ sourceKey }) => keys.has(`${sourceKey}|${copy.region}`));
      const refused = of(unbegun);
      if (of(begun) !== undefined) counts.begun += 1;
      else if (copy.state === 'under-way' || copy.state === 'partial') counts.underWay += 1;
      else if (copy.state === 'complete') counts.complete += 1;
      // What its region no longer wants is nobody's trouble.
      if (refused !== undefined || (copy.state === 'failed' && copy.kept)) counts.failed += 1;
      said.push(...newsOf(copy, refused && unbegun.get(`${refused.sourceKey}|${copy.region}`)));
    }
    counts.complete += withoutSource(copies, request, machine.key, estate);
    said.push(...newsOfChoices(choices.filter(({ copy }) => copy.machine.key === machine.key)));
    if (said.length > 0) notes.set(machine.key, said.join('; '));
  }
  return { counts, notes };
};

const newsOf = ({ region, source, parts, kept }: PointCopy, refused: string | undefined): readonly string[] => {
  const of = `the copy of its point of ${source.due} in ${region}`;
  const failed = parts.find(({ state }) => state.kind === 'failed')?.state;
  const percents = parts.flatMap(({ state }) => (state.kind === 'under-way' ? [state.percent ?? 0] : []));
  return [
    ...(failed?.kind === 'failed' && kept ? [`${of} failed (${failed.why})`] : []),
    ...(refused === undefined ? [] : [`${of} could not be begun (${refused})`]),
    ...(percents.length === 0 ? [] : [`${of} is at ${Math.min(...percents)} %`]),
  ];
};

const newsOfChoices = (choices: readonly CopyChoice[]): readonly string[] => {
  const waiting = choices.filter(({ kind }) => kind === 'wait');
  const skipped = new Set(choices.flatMap((choice) => (choice.kind === 'skip' ? [choice.reason.text] : [])));
  const points = new Set(waiting.map(({ copy }) => `${copy.region}|${identityOf(copy.source)}`));
  const turn =
    points.size === 0
      ? []
      : [
          `${points.size === 1 ? 'one copy waits' : `${points.size} copies wait`} for ${points.size === 1 ? 'its' : 'their'} turn`,
        ];
  return [...turn, ...skipped];
};

/** Whole copies whose originals are gone: what copies are for. */
const withoutSource = (
  copies: readonly PointCopy[],
  { job }: CopyRequest,
  machine: ResourceKey,
  estate: Estate,
): number => {
  const found = estate.machines.items.find(({ key }) => key === machine)!;
  const regions = new Set(job.copies.map(({ region }) => region));
  const known = new Set(copies.map(({ region, source }) => `${region}|${identityOf(source)}`));
  return jobPointsOf(found, estate, job.name).filter(
    (point) =>
      point.isCopy && point.complete && regions.has(point.region) && !known.has(`${point.region}|${identityOf(point)}`),
  ).length;
};

/**
 * Points that a copy is about to be made of, by the ids of all their parts: those whose copy begins now, and of each machine and
 * region the newest that waits for its turn. A prune leaves them; what Azure copies already, it sees for itself.
 */
export const heldForCopies = (
  request: CopyRequest,
  input: { readonly estate: Estate; readonly asOf: Instant },
): ReadonlyMap<ResourceKey, Reason> => {
  const choices = chooseCopies(request, input).filter(({ kind }) => kind !== 'skip');
  const newest = new Map<string, CopyChoice>();
  for (const choice of choices) {
    const { machine, region, source } = choice.copy;
    const key = `${machine.key}|${region}`;
    const found = newest.get(key);
    if (found === undefined || instantMs(source.due)! > instantMs(found.copy.source.due)!) newest.set(key, choice);
  }
  const nexts = new Set(newest.values());
  const held = choices.filter((choice) => choice.kind === 'begin' || nexts.has(choice));
  return new Map(
    held.flatMap(({ copy: { source, region } }) =>
      source.resourceIds.map((id) => [
        keyOf(id),
        refusalReason(
          'awaits-copy',
          `The point of ${source.due} is to be copied to ${region} first.`,
          sources.XREG,
          'S-08',
        ),
      ]),
    ),
  );
};
