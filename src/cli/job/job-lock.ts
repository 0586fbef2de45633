/** One run of a job at a time on a host. */
import { hostname } from 'node:os';
import type { JobRun } from '../../core/job/job-run.ts';
import { sha256 } from '../../core/plan-digest.ts';
import { instantMs, toSecond } from '../../core/time.ts';
import { lockPlan, PlanHeldError, type PlanLock } from '../plan-lock.ts';

export type Locked =
  | { readonly kind: 'locked'; readonly lock: PlanLock }
  | { readonly kind: 'held'; readonly by: NonNullable<JobRun['heldBy']> };

/** `folder`: the job's own, so that jobs of one name with other state folders do not wait for each other. */
export const lockJob = async (folder: string, job: string, now: string): Promise<Locked> => {
  try {
    return { kind: 'locked', lock: await lockPlan(sha256(`job|${folder}|${job}`), job) };
  } catch (error) {
    if (!(error instanceof PlanHeldError)) throw error;
    return { kind: 'held', by: holderOf(error, now) };
  }
};

/** `now`: Azure's. The holder says since when by this host's clock, which may be wrong, and a run is told in Azure's time. */
export const holderOf = ({ holder }: PlanHeldError, now: string): NonNullable<JobRun['heldBy']> => {
  const sinceMs = instantMs(holder.since);
  return {
    host: hostname(),
    ...(holder.pid === 0 ? {} : { pid: holder.pid }),
    since: sinceMs === undefined ? now : toSecond(instantMs(now)! - Math.max(0, Date.now() - sinceMs)),
  };
};
