/** A message to every receiver of a job, of a run that never was: whether messages arrive, before they matter. */
import { randomUUID } from 'node:crypto';
import type { Job } from '../core/job/job.ts';
import { jobRunSchemaVersion, type JobRun } from '../core/job/job-run.ts';
import { testNews } from '../core/job/news.ts';
import { toSecond } from '../core/time.ts';
import type { Context } from './context.ts';
import { exits, type ExitCode } from './exit.ts';
import { tellProblems } from './show-problems.ts';
import { tell, type NotifyPorts, type Told } from './notify.ts';

/** Tells all receivers, whatever they want to hear of. */
export const notifyTest = async (
  job: Pick<Job, 'name' | 'notify'>,
  context: Context,
  ports: NotifyPorts = {},
): Promise<Told> => {
  const news = testNews(noRun(job.name, context));
  return tell(
    job.notify.map((receiver) => ({ receiver, news })),
    context,
    ports,
  );
};

/** For `job check --notify-test`: says what became of each, and whether all took theirs. */
export const testReceivers = async (job: Pick<Job, 'name' | 'notify'>, context: Context): Promise<ExitCode> => {
  if (job.notify.length === 0) context.err(`Job ${job.name} has no receivers.\n`);
  const { sent, problems } = await notifyTest(job, context);
  tellProblems(problems, context);
  return sent === job.notify.length ? exits.fine : exits.partly;
};

const noRun = (job: string, { correlationId = randomUUID() }: Context): JobRun => {
  const now = toSecond(Date.now());
  return {
    schemaVersion: jobRunSchemaVersion,
    kind: 'holdfast.job-run',
    runId: `test-${randomUUID()}`,
    correlationId,
    job,
    outcome: 'ended',
    startedAt: now,
    endedAt: now,
    due: now,
    windowEnd: now,
    late: 0,
    created: 0,
    existing: 0,
    pruned: 0,
    trashed: 0,
    failed: 0,
    skipped: 0,
    copies: { begun: 0, underWay: 0, complete: 0, failed: 0 },
    machines: [],
    throttledSeconds: 0,
    problems: [],
  };
};
