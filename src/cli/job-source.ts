/** The job that a command is about: read from its file, or said with flags. */
import { dirname, resolve } from 'node:path';
import { parseJob } from '../core/job/job-file.ts';
import type { Job } from '../core/job/job.ts';
import { UsageError } from '../core/problem.ts';
import type { Context } from './context.ts';
import { readInput } from './files.ts';
import { givenJobFlags, jobOfFlags, type JobFlags } from './job-flags.ts';
import { tellProblems } from './show-problems.ts';

export const readJob = async (file: string | undefined, flags: JobFlags, context: Context): Promise<Job> => {
  if (file === undefined) return jobOfFlags(flags);
  const given = givenJobFlags(flags);
  if (given.length > 0) {
    const summary = `${file} says what the job is, and so does --${given[0]}`;
    const remedy = 'change the file, or leave it out and say all with flags';
    throw new UsageError([{ code: 'usage', severity: 'high', subject: `--${given[0]}`, summary, remedy }]);
  }
  return readJobFile(file, context);
};

export const readJobFile = async (file: string, context: Context): Promise<Job> => {
  const path = resolve(context.cwd, file);
  const { job, problems } = parseJob(await readInput(path, 'job file'), file);
  if (job === undefined) throw new UsageError(problems);
  tellProblems(problems, context);
  return withPaths(job, dirname(path));
};

/** Files of secrets are named as seen from the job file: cron starts anywhere. */
const withPaths = (job: Job, folder: string): Job => ({
  ...job,
  notify: job.notify.map((receiver) => ({
    ...receiver,
    ...(receiver.urlFile === undefined ? {} : { urlFile: resolve(folder, receiver.urlFile) }),
    ...(receiver.secretFile === undefined ? {} : { secretFile: resolve(folder, receiver.secretFile) }),
  })),
});
