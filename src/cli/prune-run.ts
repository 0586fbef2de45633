/** `holdfast prune`: flags into a policy, the policy into a plan, and every point with its reasons as the data. */
import { counted, listed } from '../core/duration.ts';
import type { Estate, Machine } from '../core/estate.ts';
import type { Plan, StepOutcome } from '../core/plan.ts';
import { draftPrune, judgePoints, policyOfClass, type PruneRequest } from '../core/plan-prune.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { noPreflight } from '../core/preflight.ts';
import { tagOf } from '../core/points/point.ts';
import type { Judged } from '../core/retention/judge.ts';
import { pruneReport, withOutcomes, type PruneReport } from '../core/retention/prune-table.ts';
import { zoneOf } from '../core/time-zone.ts';
import { readAndAudit, type Audited } from './audit-run.ts';
import type { Context } from './context.ts';
import { exits, worst, type ExitCode } from './exit.ts';
import { machinesCalled } from './one-machine.ts';
import { checkOutput, putReport } from './output.ts';
import type { PlanFlags } from './plan-run.ts';
import { policyOf, type RetentionFlags } from './retention-flags.ts';
import { carryOut, refuseEverything, type ShortcutFlags } from './shortcut-run.ts';
import { tellProblems } from './show-problems.ts';

export interface PruneFlags extends ShortcutFlags, RetentionFlags {
  readonly 'trash-days': number;
  readonly 'time-zone': string;
  readonly job: string | undefined;
  readonly 'unsafe-remove-last-point': boolean;
}

export const prunePoints = async (named: readonly string[], flags: PruneFlags, context: Context): Promise<ExitCode> => {
  refuseEverything({ verb: 'prune', named }, flags);
  const policy = policyOf(flags);
  const timeZone = zoneOf(flags['time-zone']);
  if (timeZone === undefined)
    throw usage(`--time-zone ${flags['time-zone']} is no time zone`, 'write it as Europe/Berlin or UTC');
  await checkOutput(flags, context);
  const reading: PlanFlags = {
    ...flags,
    offline: undefined,
    'as-of': undefined,
    deep: false,
    'first-backup': undefined,
  };
  const chosen = (estate: Estate): readonly Machine[] =>
    named.length === 0 ? estate.machines.items : machinesCalled(estate, named);
  // What a copy that is under way is made of is not deleted, and only the copy itself tells.
  const audited = await readAndAudit(reading, context, { copiesOf: chosen });
  const machines = chosen(audited.estate);
  const request: PruneRequest = {
    machines: new Set(machines.map(({ key }) => key)),
    policyFor: (assessment) => policy ?? policyOfClass(assessment),
    timeZone,
    trashDays: flags['trash-days'],
    ...(flags.job === undefined ? {} : { job: flags.job }),
    unsafe: { lastPoint: flags['unsafe-remove-last-point'] },
  };
  if (policy === undefined) refuseNoPolicy(audited);
  return pruneBy(request, machines, audited, reading, flags, context);
};

const refuseNoPolicy = ({ guidance }: Audited): void => {
  if (Object.values(guidance.objectives).some(({ retention }) => retention !== undefined)) return;
  throw usage(
    `no retention policy is given: neither by flags nor in the guidance (${guidance.name})`,
    'say what is kept, as --keep-daily 7 --keep-weekly 4, or give objectives of the guidance a retention',
  );
};

const pruneBy = async (
  request: PruneRequest,
  machines: readonly Machine[],
  audited: Audited,
  reading: PlanFlags,
  flags: PruneFlags,
  context: Context,
): Promise<ExitCode> => {
  const { estate, asOf } = audited;
  const judged = judgePoints(request, { ...audited, preflight: noPreflight, madeBy: `holdfast ${context.version}` });
  const unread = unreadCollections(estate, request);
  const others = pointsOfJobs(judged, request);
  const reportOf = (plan: Plan): PruneReport =>
    pruneReport(judged, {
      asOf,
      scope: estate.scope.description,
      timeZone: request.timeZone,
      trashDays: request.trashDays,
      plan: plan.steps.length === 0 ? null : plan.digest,
      problems: [...unread, ...others],
    });
  const toPeople: Context = { ...context, out: context.err };
  const inPeoplesWords = { ...flags, output: 'table', 'output-file': undefined };
  const isTable = flags.output === 'table';
  let planned: Plan | undefined;
  const show = async (plan: Plan): Promise<void> => {
    planned = plan;
    await (isTable ? putReport(reportOf(plan), flags, context) : putReport(reportOf(plan), inPeoplesWords, toPeople));
    tellProblems(reportOf(plan).problems, context);
  };
  const about = machines.map(({ id }) => id);
  let steps: readonly StepOutcome[] = [];
  try {
    const carried = await carryOut(
      'prune',
      draftPrune(request),
      about,
      audited,
      reading,
      inPeoplesWords,
      toPeople,
      show,
    );
    steps = carried.steps;
    return worst([carried.code, unread.length > 0 ? exits.incomplete : exits.fine]);
  } finally {
    // Also where consent was lacking: what would become of each point is what was asked for.
    if (planned !== undefined && !isTable)
      await putReport(withOutcomes(reportOf(planned), planned.steps, steps), flags, context);
  }
};

/** A policy given by hand rules over what jobs keep by their own: no mistake, and nothing to find out afterwards. */
const pointsOfJobs = (judged: readonly Judged[], { job }: PruneRequest): readonly Problem[] => {
  if (job !== undefined) return [];
  const going = judged.filter(({ action }) => action === 'trash' || action === 'remove');
  const names = going.flatMap(({ point }) => tagOf(point.tags, 'holdfast-job') ?? []);
  const jobs = [...new Set(names)].toSorted();
  if (jobs.length === 0) return [];
  return [
    {
      code: 'points-of-jobs',
      severity: 'medium',
      subject: jobs.join(', '),
      summary: `${counted(names.length, 'point')} to go ${names.length === 1 ? 'is' : 'are'} of ${listed(jobs)}, which ${jobs.length === 1 ? 'has' : 'have'} a retention of ${jobs.length === 1 ? 'its' : 'their'} own`,
      remedy: '--job NAME looks at the points of one job alone',
    },
  ];
};

const unreadCollections = ({ restorePointCollections }: Estate, { machines }: PruneRequest): readonly Problem[] =>
  restorePointCollections.items.flatMap(({ id, sourceKey, ownedByBackup, points }): readonly Problem[] =>
    points.known || ownedByBackup || sourceKey === undefined || !machines.has(sourceKey)
      ? []
      : [
          {
            code: 'points-unread',
            severity: 'medium',
            subject: id,
            summary: `the points of collection ${id.split('/').at(-1)} could not be read, so they are all kept`,
            detail: points.detail,
          },
        ],
  );

const usage = (summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject: 'prune', summary, remedy }]);
