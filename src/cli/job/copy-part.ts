/** Copies of the job's points in other regions: begun in their turn, and found under way, whole or failed by later runs. */
import type { Estate } from '../../core/estate.ts';
import type { ResourceKey } from '../../core/ids.ts';
import { copySummary, heldForCopies, type CopySummary } from '../../core/job/copy-summary.ts';
import type { MachineDue } from '../../core/job/due.ts';
import type { Reason } from '../../core/option.ts';
import { draftCopies, type CopyRequest } from '../../core/plan-copies.ts';
import { carryOut, type Session } from './session.ts';
import { noTail } from './summary.ts';

export interface Copied extends CopySummary {
  /** What a prune leaves: points that are to be copied first. */
  readonly held: ReadonlyMap<ResourceKey, Reason>;
}

export const copy = async (session: Session, due: readonly MachineDue[], estate: Estate): Promise<Copied> => {
  const { job } = session;
  if (job.copies.length === 0) return { counts: noTail.copies, notes: new Map(), held: new Map() };
  const request: CopyRequest = { job, machines: new Set(due.map(({ assessment }) => assessment.machine.key)) };
  const { plan, end } = await carryOut(session, 'copy', draftCopies(request), estate);
  const seen = { estate, asOf: estate.asOf };
  return {
    ...copySummary(request, seen, { steps: plan.steps, outcomes: end.outcomes }),
    held: heldForCopies(request, seen),
  };
};
