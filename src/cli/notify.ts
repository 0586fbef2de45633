/** Tells receivers what became of a job's run. A receiver that cannot be told is a Problem, and never fails the job. */
import type { Receiver } from '../core/job/job.ts';
import type { JobRun } from '../core/job/job-run.ts';
import { newsOf, type PreviousRun } from '../core/job/news.ts';
import type { Problem } from '../core/problem.ts';
import type { Context } from './context.ts';

export interface Told {
  /** How many receivers took a message. */
  readonly sent: number;
  /** One for each receiver that could not be told, and what else is wrong with how they are written down. */
  readonly problems: readonly Problem[];
}

/** Never throws. `folder`: what `urlFile` and `secretFile` are relative to. */
export const notify = async (
  run: JobRun,
  receivers: readonly Receiver[],
  previous: PreviousRun | undefined,
  context: Context,
  folder: string = context.cwd,
): Promise<Told> => {
  const news = receivers.flatMap((receiver) => newsOf(run, previous, receiver.on) ?? []);
  if (news.length === 0) return { sent: 0, problems: [] };
  return { sent: 0, problems: [{ code: 'notify-failed', severity: 'medium', subject: folder, summary: 'not built yet' }] };
};
