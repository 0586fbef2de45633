/** What a job wants its points to be worth, machine by machine, and what the guidance becomes for that. */
import { consistencyText, isAtLeast } from '../findings/quality.ts';
import type { Consistency, Machine } from '../estate.ts';
import type { Guidance, Objective } from '../guidance.ts';
import type { RestorePointMode } from '../steps/restore-point.ts';
import type { Job } from './job.ts';

/** A machine that is off can give no more than its disks as they lie, and nothing is in flight then. */
export const wantedOf = ({ consistency: { want } }: Job, { power }: Machine): Consistency => {
  const off = power.known && power.value !== 'running';
  return want === 'any' || off ? 'crash' : want;
};

/** What is refused beforehand where it cannot be had. */
const floorOf = ({ consistency: { want, otherwise } }: Job): Consistency =>
  want === 'any' || otherwise === 'weaker-with-finding' ? 'crash' : want;

/** Points of crash-consistency may be an hour apart, application-consistent ones three (facts P-11). */
export const modeFor = ({ consistency: { want } }: Job): RestorePointMode =>
  want === 'crash' ? 'crash' : 'application';

/**
 * The guidance with the job's own floor in the place of its classes'. Nothing of a job stops a machine or copies a point along
 * with taking it: the one needs a consent that no job gives, the other is the job's own affair.
 */
export const guidanceFor = (job: Job, guidance: Guidance): Guidance => {
  const floor = floorOf(job);
  const { copyTo: _, severalDisks, ...snapshot } = guidance.plan.snapshot;
  const kept = severalDisks === 'downtime' || severalDisks === undefined ? {} : { severalDisks };
  return {
    ...guidance,
    objectives: Object.fromEntries(
      Object.entries(guidance.objectives).map(([id, objective]): readonly [string, Objective] => {
        const { source } = objective.consistency;
        const consistency = {
          windows: floor,
          linux: floor,
          linuxWithScripts: floor,
          stopped: 'crash',
          source,
        } as const;
        return [id, { ...objective, consistency }];
      }),
    ),
    plan: { ...guidance.plan, snapshot: { ...snapshot, ...kept } },
  };
};

/** Why a point of that worth is less than the job wants of the machine; `undefined`: it is not. */
export const shortfall = (job: Job, machine: Machine, got: Consistency): string | undefined => {
  const wanted = wantedOf(job, machine);
  return isAtLeast(got, wanted)
    ? undefined
    : `the point is ${consistencyText(got)}, and the job wants ${consistencyText(wanted)}`;
};
