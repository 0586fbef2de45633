/**
 * Points that no policy keeps go: first into the trash, marked by tag, and when their grace is over for good. What a policy keeps
 * again is taken out of the trash. Snapshots, restore points and their copies; images are kept (`remove` deletes those).
 */
import { assessEstate, type Assessment } from './assessment.ts';
import type { ResourceKey } from './ids.ts';
import type { Reason } from './option.ts';
import { contextFor, type DraftInput, type PlanDraft } from './planning.ts';
import { obstacles } from './planners/draft.ts';
import { emptied } from './removal-steps.ts';
import { judgeSeries, type Judged } from './retention/judge.ts';
import type { RetentionPolicy } from './retention/policy.ts';
import { seriesOf, type Series } from './retention/series.ts';
import { pruneSteps } from './retention/steps.ts';
import type { Refusal, Step, StepOf } from './plan.ts';
import { instantMs } from './time.ts';

export interface PruneRequest {
  readonly machines: ReadonlySet<ResourceKey>;
  /** Of a machine's points in a region; `undefined`: everything there is kept. */
  readonly policyFor: (assessment: Assessment, region: string) => RetentionPolicy | undefined;
  readonly timeZone: string;
  /** Between marking and deleting; 0: deleted at once, whatever stands in the trash. */
  readonly trashDays: number;
  /** Only what that job made. */
  readonly job?: string;
  readonly unsafe: { readonly lastPoint: boolean };
  /** What is needed for something else first, by the ids of parts: points of a job that are yet to be copied. */
  readonly held?: ReadonlyMap<ResourceKey, Reason>;
}

export const draftPrune =
  (request: PruneRequest): PlanDraft =>
  (input) => {
    const judged = judgePoints(request, input);
    const context = contextFor(input, [...request.machines].toSorted());
    const drafted = pruneSteps(judged, request.trashDays, context);
    const steps: Step[] = [];
    const refusals = new Map<string, Refusal>();
    for (const { subject, option, steps: its } of drafted) {
      const reasons = its.flatMap((step) => obstacles(context, step));
      if (reasons.length === 0) steps.push(...its);
      // One of each, though fifty points of the machine are in the same case.
      else refusals.set(`${subject}|${option}|${reasons[0]!.text}`, { subject, option, reasons: reasons.slice(0, 1) });
    }
    const deletions = steps.filter((step): step is StepOf<'resource.delete'> => step.kind === 'resource.delete');
    const counted = judged.filter(({ point }) => point.foreign === undefined);
    const resources = (of: readonly Judged[]): number => of.reduce((sum, { point }) => sum + point.removals.length, 0);
    return {
      steps: [...steps, ...emptied(deletions, input.estate, context)],
      refusals: [...refusals.values()],
      points: {
        inScope: resources(counted),
        marked: resources(counted.filter(({ action }) => action === 'trash')),
      },
    };
  };

/** Every point in scope with what becomes of it and why; machines and series in their order, points oldest first. */
export const judgePoints = (request: PruneRequest, input: DraftInput): readonly Judged[] => {
  const last = lately.get(request);
  if (last?.estate === input.estate && last.guidance === input.guidance && last.asOf === input.asOf) return last.judged;
  const judged = judge(request, input);
  const { estate, guidance, asOf } = input;
  lately.set(request, { estate, guidance, asOf, judged });
  return judged;
};

// The table and the plan ask the same; a request and an estate are never written to, so remembering changes no answer.
const lately = new WeakMap<
  PruneRequest,
  Pick<DraftInput, 'estate' | 'guidance' | 'asOf'> & { readonly judged: readonly Judged[] }
>();

const judge = (request: PruneRequest, { estate, guidance, asOf }: DraftInput): readonly Judged[] => {
  if (instantMs(asOf) === undefined) throw new RangeError(`not a moment: ${asOf}`);
  return assessEstate(estate, guidance, asOf)
    .filter(({ machine }) => request.machines.has(machine.key))
    .flatMap((assessment) =>
      seriesOf(assessment.machine, estate, request.job).flatMap((series) =>
        judgeSeries(heldBack(series, request.held), request.policyFor(assessment, series.region), {
          asOf,
          timeZone: request.timeZone,
          trashDays: request.trashDays,
          unsafeLastPoint: request.unsafe.lastPoint,
        }),
      ),
    );
};

const heldBack = (series: Series, held: PruneRequest['held']): Series => {
  if (held === undefined) return series;
  const points = series.points.map((point) => {
    const [reason] = point.held === undefined ? point.removals.flatMap(({ key }) => held.get(key) ?? []) : [];
    return reason === undefined ? point : { ...point, held: reason };
  });
  return { ...series, points };
};

/** A machine that may be of another class may have to be kept for longer: until that is known, all of it is. */
export const policyOfClass = ({ objective, classDoubt, classification }: Assessment): RetentionPolicy | undefined =>
  classDoubt === undefined && classification.unknowns.length === 0 ? objective.retention : undefined;
