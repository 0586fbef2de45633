/** What no policy keeps of the job's points goes: into the trash first, and for good when its grace is over. */
import type { Assessment } from '../../core/assessment.ts';
import type { Estate } from '../../core/estate.ts';
import type { ResourceKey } from '../../core/ids.ts';
import type { Job } from '../../core/job/job.ts';
import type { MachineDue } from '../../core/job/due.ts';
import { notPrunedCode } from '../../core/job/job-run.ts';
import type { Reason } from '../../core/option.ts';
import type { OutcomeKind } from '../../core/plan.ts';
import { draftPrune, judgePoints, type PruneRequest } from '../../core/plan-prune.ts';
import type { Problem } from '../../core/problem.ts';
import { pruneReport, withOutcomes, type PrunedPoint } from '../../core/retention/prune-table.ts';
import type { RetentionPolicy } from '../../core/retention/policy.ts';
import { carryOut, draftInputOf, type Session } from './session.ts';

export interface Pruned {
  readonly pruned: number;
  readonly trashed: number;
  /** Something that was to go, or to be marked, is still as it was. */
  readonly failed: boolean;
  /** Over the job's limits, so nothing went. */
  readonly over: boolean;
}

/** `held`: points that stay whatever the policy says, and why. */
export const prune = async (
  session: Session,
  due: readonly MachineDue[],
  estate: Estate,
  held: ReadonlyMap<ResourceKey, Reason>,
): Promise<Pruned> => {
  const { job } = session;
  const request: PruneRequest = {
    machines: new Set(due.map(({ assessment }) => assessment.machine.key)),
    policyFor: policyIn(job),
    timeZone: job.timing.timeZone,
    trashDays: job.trashDays,
    job: job.name,
    unsafe: { lastPoint: false },
    held,
  };
  const judged = judgePoints(request, draftInputOf(session, estate));
  session.problems.push(...judged.flatMap(({ problem }) => problem ?? []));
  if (judged.every(({ action }) => action === 'keep' || action === 'trashed')) return noPrune;
  const { maxDeletes } = job.limits;
  const limits = maxDeletes === undefined ? {} : { maxDeletes };
  const { plan, end, over } = await carryOut(session, 'prune', draftPrune(request), estate, limits);
  if (over) return { ...noPrune, over };
  const facts = {
    asOf: estate.asOf,
    scope: '',
    timeZone: request.timeZone,
    trashDays: job.trashDays,
    plan: null,
    problems: [],
  };
  const { points } = withOutcomes(pruneReport(judged, facts), plan.steps, [...end.outcomes.values()]);
  const of = (action: PrunedPoint['action']): number =>
    points.filter((point) => point.action === action && isDone(point.outcome)).length;
  const undone = points.filter(({ outcome }) => outcome !== undefined && !isDone(outcome) && outcome !== 'interrupted');
  const refused = plan.refusals.map(({ subject, reasons }) => ({
    subject,
    why: reasons.map(({ text }) => text).join(' '),
  }));
  session.problems.push(...undone.map(notGone), ...refused.map(notAllowed));
  return { pruned: of('remove'), trashed: of('trash'), failed: undone.length + refused.length > 0, over: false };
};

export const noPrune: Pruned = { pruned: 0, trashed: 0, failed: false, over: false };

/** Where the job copies to, as the copy has it; in the machine's own region, as the job has it; anything else is kept. */
export const policyIn =
  ({ retention, copies }: Job) =>
  ({ machine }: Assessment, region: string): RetentionPolicy | undefined =>
    region === machine.location
      ? retention
      : copies.flatMap((copy) => (copy.region === region ? [copy.retention ?? retention] : []))[0];

const isDone = (outcome: OutcomeKind | undefined): boolean => outcome === 'done' || outcome === 'already-done';

const notGone = ({ id, machine, action, outcome, detail }: PrunedPoint): Problem => ({
  code: notPrunedCode,
  severity: 'medium',
  subject: id,
  summary: `a point of ${machine} that was to be ${action === 'remove' ? 'deleted' : 'marked'} is as it was: ${outcome}`,
  ...(detail === undefined ? {} : { detail }),
  remedy: 'a later run tries again',
});

const notAllowed = ({ subject, why }: { readonly subject: string; readonly why: string }): Problem => ({
  code: notPrunedCode,
  severity: 'medium',
  subject,
  summary: why,
  remedy: 'a later run tries again',
});
