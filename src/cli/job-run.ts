/**
 * `holdfast job run`: what a window still asks of the machines that a job selects, taken, copied, pruned and told. The same
 * command may be run by hand, twice, late or on two hosts: what stands in Azure decides what is left to do.
 */
import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { Source } from '../azure/reader.ts';
import type { Job } from '../core/job/job.ts';
import type { JobRun } from '../core/job/job-run.ts';
import { unknownClasses } from '../core/job/preview.ts';
import { windowAt, type Window } from '../core/job/windows.ts';
import { utcMinute } from '../core/names.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { instantMs, minuteMs, toInstant } from '../core/time.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import { connect } from './connection.ts';
import { askConsent } from './consent.ts';
import type { Context } from './context.ts';
import { exits, type ExitCode } from './exit.ts';
import { fileProblem, isFileError } from './file-problem.ts';
import { loadGuidance } from './guidance-source.ts';
import type { HistoryFlags } from './history-place.ts';
import { openHistory } from './history.ts';
import { holderOf, lockJob } from './job/job-lock.ts';
import { makeRunStore } from './job/run-store.ts';
import type { Session } from './job/session.ts';
import { summaryOf } from './job/summary.ts';
import { work, type Worked } from './job/work.ts';
import { writeMetrics } from './metrics-file.ts';
import { notify } from './notify.ts';
import { checkOutput, putReport } from './output.ts';
import { PlanHeldError } from './plan-lock.ts';
import { tellProblems } from './show-problems.ts';
import { stateDirOf } from './state-dir.ts';

export interface JobRunFlags extends HistoryFlags {
  readonly yes: boolean;
  readonly config: string | undefined;
  readonly cloud: string | undefined;
  readonly source: string;
  readonly concurrency: number;
  readonly lease: string;
  readonly 'state-dir': string | undefined;
  readonly 'metrics-file'?: string | undefined;
  readonly output: string;
  readonly 'output-file': string | undefined;
  readonly debug: boolean;
}

export const runJob = async (job: Job, flags: JobRunFlags, context: Context): Promise<ExitCode> => {
  const folder = jobFolder(job, flags, context);
  await checkOutput(flags, context);
  const question = `Take points of what job ${job.name} selects, and delete what its retention does not keep?`;
  const consented = await askConsent(
    question,
    { yes: flags.yes, allow: [] },
    context,
    'see what it would do with `holdfast job check`, then add --yes to this line',
  );
  if (!consented) {
    context.err('Nothing was written.\n');
    return exits.usage;
  }
  const session = await begin(job, flags, folder, context);
  let usable = false;
  const { run, code } = await whatever(session, flags, async () => {
    await session.store.prepare();
    usable = true;
    // Every wait is reckoned by Azure's clock; where it was not heard, nothing can be reached either.
    if (session.unreachable !== undefined) throw session.unreachable;
    const wrong = unknownClasses(job, session.guidance);
    if (wrong.length > 0) throw new UsageError(wrong);
    return locked(session, folder);
  });
  // What is wrong with the folder is told once, and not again of the history in it.
  const keeps = usable || flags.history !== undefined ? flags : { ...flags, history: 'none' };
  const told = await tell(run, job, keeps, context, session);
  await putReport(told, flags, context);
  return code;
};

/** A machine that is frozen when a run is killed is thawed by the next one, which has to know of it. */
const jobFolder = (job: Job, flags: JobRunFlags, context: Context): string => {
  const folder = stateDirOf(flags['state-dir'], context);
  if (folder !== undefined) return join(folder, 'jobs', job.name);
  throw new UsageError([
    {
      code: 'no-state-dir',
      severity: 'high',
      subject: '--state-dir',
      summary: 'there is no folder for what a run leaves to the next: no HOME, and none was named',
      remedy: 'give --state-dir, or set HOLDFAST_STATE_DIR',
    },
  ]);
};

interface Begun extends Session {
  readonly unreachable?: AzureUnreachableError;
}

const begin = async (job: Job, flags: JobRunFlags, folder: string, context: Context): Promise<Begun> => {
  const guidance = await loadGuidance(context, flags.config);
  const connection = await connect(flags, context);
  const unreachable = await connection.azureNow().then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof AzureUnreachableError) return error;
      throw error;
    },
  );
  const startedMs = connection.clock.now();
  const window = windowAt(job.timing, startedMs);
  const runId = `${utcMinute(window.due)}-${randomBytes(3).toString('hex')}`;
  context.log?.run(runId);
  context.log?.write({ kind: 'job.started', job: job.name, due: window.due, windowEnd: window.end });
  const store = makeRunStore(folder);
  const concurrency = Math.max(1, flags.concurrency);
  return {
    job,
    source: flags.source as Source,
    guidance,
    window,
    runId,
    startedMs,
    connection,
    context,
    store,
    terms: {
      connection,
      context,
      store,
      lease: flags.lease,
      concurrency,
      output: flags.output,
      followMs: followMsIn(window, job),
    },
    problems: [],
    thaws: { tries: 0, done: new Map() },
    ...(unreachable === undefined ? {} : { unreachable }),
  };
};

/**
 * An operation that hangs is given up in time for the copies, the pruning and the next run, which finds what has become of it; but
 * not while a script may still run.
 */
const followMsIn = ({ due, end }: Window, { hooks }: Job): number =>
  Math.max(
    minFollowMs,
    (instantMs(end)! - instantMs(due)!) / 2,
    hooks === undefined ? 0 : hooks.timeoutSeconds * 1000 + minFollowMs,
  );
const minFollowMs = 30 * minuteMs;

const locked = async (session: Session, folder: string): Promise<Worked> => {
  const held = await lockJob(folder, session.job.name, toInstant(session.startedMs));
  if (held.kind === 'held')
    return { run: { ...summaryOf(session, []), outcome: 'held', heldBy: held.by }, code: exits.partly };
  try {
    return await work(session);
  } finally {
    await held.lock.release();
  }
};

/** Nobody watches a scheduled run: what broke it is told like everything else, and not thrown past those who are to know. */
const whatever = async (session: Session, { debug }: JobRunFlags, act: () => Promise<Worked>): Promise<Worked> => {
  try {
    return await act();
  } catch (error) {
    const { context } = session;
    if (context.signal.aborted && !isFileError(error) && !(error instanceof UsageError))
      return { run: { ...summaryOf(session, []), outcome: 'interrupted' }, code: exits.interrupted };
    // A run with another state folder came to the very same plan at the very same second.
    if (error instanceof PlanHeldError) {
      const heldBy = holderOf(error, toInstant(session.startedMs));
      return { run: { ...summaryOf(session, []), outcome: 'held', heldBy }, code: exits.partly };
    }
    session.problems.push(...problemsOf(error, session));
    if (debug && error instanceof Error && error.stack !== undefined) context.err(`${error.stack}\n`);
    const run: JobRun = { ...summaryOf(session, []), outcome: 'failed' };
    return { run, code: isUsage(error) ? exits.usage : exits.failed };
  }
};

/** A disk that is full under the run's own files is nobody's wrong flag. */
const isUsage = (error: unknown): boolean =>
  error instanceof UsageError && !error.problems.every(({ code }) => code === 'file');

const problemsOf = (error: unknown, { job }: Session): readonly Problem[] => {
  if (error instanceof AzureUnreachableError) return [error.problem];
  if (error instanceof UsageError) return error.problems;
  if (isFileError(error)) return [fileProblem(error)];
  const why = error instanceof Error ? error.message : String(error);
  const summary = `holdfast failed: ${why}`;
  return [
    {
      code: 'internal',
      severity: 'critical',
      subject: job.name,
      summary,
      remedy: 'run it again with --debug to see where',
    },
  ];
};

/** Receivers, metrics and the history: what goes wrong with them is told, and fails nothing. */
const tell = async (
  run: JobRun,
  job: Job,
  flags: JobRunFlags,
  context: Context,
  { connection }: Session,
): Promise<JobRun> => {
  const { log } = context;
  const history = await openHistory(flags, context, { to: 'record' });
  log?.write({ kind: 'job.phase', job: job.name, phase: 'notify' });
  const { problems } = await notify(run, job.notify, history.lastRun(job.name), context);
  const told: JobRun = { ...run, problems: [...run.problems, ...problems] };
  const file = flags['metrics-file'];
  const unwritten = file === undefined ? [] : await writeMetrics(resolve(context.cwd, file), told);
  const whole: JobRun = { ...told, problems: [...told.problems, ...unwritten] };
  history.recordRun(whole, connection.cloud.name);
  const last: JobRun = { ...whole, problems: [...whole.problems, ...history.problems()] };
  history.close();
  tellProblems(last.problems, context);
  const { outcome, created, existing, failed, skipped, late, pruned, trashed } = last;
  const counts = { created, existing, failed, skipped, late, pruned, trashed };
  log?.write({ kind: 'job.ended', job: job.name, outcome, ...counts });
  return last;
};
