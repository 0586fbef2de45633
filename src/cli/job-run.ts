/**
 * `holdfast job run`: what a window still asks of the machines that a job selects, taken, copied, pruned and told. The same
 * command may be run by hand, twice, late or on two hosts: what stands in Azure decides what is left to do.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { assessEstate } from '../core/assessment.ts';
import type { Estate } from '../core/estate.ts';
import { dueOf, selectedBy, type MachineDue } from '../core/job/due.ts';
import type { Job } from '../core/job/job.ts';
import { jobRunSchemaVersion, type JobMachine, type JobMachineOutcome, type JobRun } from '../core/job/job-run.ts';
import { machinesOf } from '../core/job/result.ts';
import { draftTake } from '../core/job/take.ts';
import { windowAt } from '../core/job/windows.ts';
import { utcMinute } from '../core/names.ts';
import type { Problem } from '../core/problem.ts';
import { instantMs, toInstant } from '../core/time.ts';
import { unreadIn } from '../core/unread.ts';
import { writtenBy } from '../azure/written.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import { connect, type Connection } from './connection.ts';
import { askConsent } from './consent.ts';
import type { Context } from './context.ts';
import { exits, worst, type ExitCode } from './exit.ts';
import { loadGuidance } from './guidance-source.ts';
import { lockJob } from './job/job-lock.ts';
import { makeRunStore } from './job/run-store.ts';
import { carryOut, finish, readScope, type DoneDraft, type Session } from './job/session.ts';
import { checkOutput, putReport } from './output.ts';
import { tellProblems } from './show-problems.ts';
import { stateDirOf } from './state-dir.ts';

export interface JobRunFlags {
  readonly yes: boolean;
  readonly config: string | undefined;
  readonly cloud: string | undefined;
  readonly concurrency: number;
  readonly lease: string;
  readonly 'state-dir': string | undefined;
  readonly output: string;
  readonly 'output-file': string | undefined;
  readonly debug: boolean;
}

interface Ran {
  readonly run: JobRun;
  readonly code: ExitCode;
}

export const runJob = async (job: Job, flags: JobRunFlags, context: Context): Promise<ExitCode> => {
  await checkOutput(flags, context);
  const guidance = await loadGuidance(context, flags.config);
  const consented = await askConsent(
    `Run job ${job.name}?`,
    { yes: flags.yes, allow: [] },
    context,
    'holdfast job run',
  );
  if (!consented) {
    context.err('Nothing was written.\n');
    return exits.usage;
  }
  const connection = await connect(flags, context);
  const nowMs = await connection.azureNow();
  const window = windowAt(job.timing, nowMs);
  const runId = `${utcMinute(window.due)}-${randomBytes(3).toString('hex')}`;
  context.log?.run(runId);
  const folder = join(stateDirOf(flags['state-dir'], context)!, 'jobs', job.name);
  const store = makeRunStore(folder);
  const session: Session = {
    job,
    guidance,
    window,
    runId,
    connection,
    context,
    store,
    terms: {
      connection,
      context,
      store,
      lease: flags.lease,
      concurrency: Math.max(1, flags.concurrency),
      output: flags.output,
    },
    problems: [],
    throttledMs: 0,
  };
  const { run, code } = await locked(session, folder, nowMs);
  tellProblems(run.problems, context);
  await putReport(run, flags, context);
  return code;
};

const locked = async (session: Session, folder: string, startMs: number): Promise<Ran> => {
  const held = await lockJob(folder, session.job.name, toInstant(startMs));
  if (held.kind === 'held')
    return { run: { ...summary(session, startMs, []), outcome: 'held', heldBy: held.by }, code: exits.partly };
  try {
    return await work(session, startMs);
  } finally {
    await held.lock.release();
  }
};

const work = async (session: Session, startMs: number): Promise<Ran> => {
  const { job, guidance, window, context, connection, store } = session;
  await resume(session);
  const before = await readScope(session);
  const selected = selectedBy(job, assessEstate(before, guidance, before.asOf));
  const due = dueOf(job, window, selected, before, connection.clock.now());
  const over = tooMany(job, due);
  if (over !== undefined) {
    session.problems.push(over);
    return { run: { ...summary(session, startMs, []), outcome: 'failed' }, code: exits.overLimit };
  }
  const taken = await carryOut(session, 'take', draftTake({ job, due: window.due, machines: due }), before);
  const after = context.signal.aborted ? before : await readAfter(session, taken, before);
  const machines = machinesOf({
    job,
    window,
    due,
    plan: taken.plan,
    outcomes: taken.end.outcomes,
    after,
  });
  session.problems.push(...unreadIn(before, due.map(({ assessment }) => assessment.machine.id)));
  await store.clean(connection.clock.now());
  const run = summary(session, startMs, machines);
  if (context.signal.aborted) return { run: { ...run, outcome: 'interrupted' }, code: exits.interrupted };
  return { run, code: exitOf(run, before) };
};

/** Parts that an earlier run was cut short in: what it began is followed to its end, and thawed; the rest is planned anew. */
const resume = async (session: Session): Promise<void> => {
  const { parts, problems } = await session.store.unfinished();
  session.problems.push(...problems);
  for (const part of parts) await finish(session, part, 'nothing-new');
};

/** One reading before and one after; none where nothing was written. */
const readAfter = (session: Session, { plan, end }: DoneDraft, before: Estate): Promise<Estate> | Estate => {
  const wrote = plan.steps.filter(({ id }) => !['skipped', 'moved'].includes(end.outcomes.get(id)?.outcome ?? 'skipped'));
  return wrote.length === 0 ? before : readScope(session, wrote.flatMap(writtenBy));
};

const tooMany = ({ name, limits }: Job, due: readonly MachineDue[]): Problem | undefined =>
  limits.maxMachines === undefined || due.length <= limits.maxMachines
    ? undefined
    : {
        code: 'max-machines',
        severity: 'high',
        subject: name,
        summary: `the job selects ${due.length} machines, and its limit is ${limits.maxMachines}; nothing was written`,
        remedy: 'narrow the selector, or raise limits.maxMachines',
      };

const summary = (session: Session, startMs: number, machines: readonly JobMachine[]): JobRun => {
  const { job, window, runId, connection } = session;
  const of = (outcome: JobMachineOutcome): number => machines.filter((one) => one.outcome === outcome).length;
  return {
    schemaVersion: jobRunSchemaVersion,
    kind: 'holdfast.job-run',
    runId,
    correlationId: connection.correlationId,
    job: job.name,
    outcome: 'ended',
    startedAt: toInstant(startMs),
    endedAt: toInstant(connection.clock.now()),
    due: window.due,
    windowEnd: window.end,
    late: machines.filter(({ late }) => late === true).length,
    created: of('created'),
    existing: of('existing'),
    pruned: 0,
    trashed: 0,
    failed: of('failed'),
    skipped: of('skipped'),
    copies: { begun: 0, underWay: 0, complete: 0, failed: 0 },
    machines,
    throttledSeconds: Math.round(session.throttledMs / 1000),
    problems: session.problems,
  };
};

const exitOf = (run: JobRun, estate: Estate): ExitCode => {
  const good = run.created + run.existing + run.skipped;
  return worst([
    run.failed > 0 ? (good > 0 ? exits.partly : exits.failed) : exits.fine,
    run.copies.failed > 0 ? exits.partly : exits.fine,
    estate.machines.gaps.length > 0 ? exits.incomplete : exits.fine,
  ]);
};
