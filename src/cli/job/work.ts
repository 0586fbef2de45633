/** The parts of a run, one after the other. */
import type { FreshResource } from '../../azure/read-fresh.ts';
import { writtenBy } from '../../azure/written.ts';
import type { Estate } from '../../core/estate.ts';
import { keyOf, type ResourceKey } from '../../core/ids.ts';
import type { MachineDue } from '../../core/job/due.ts';
import type { Job } from '../../core/job/job.ts';
import { holderOfAll, type JobMachine, type JobRun } from '../../core/job/job-run.ts';
import { frozenProblems } from '../../core/job/hooks.ts';
import { machinesOf } from '../../core/job/result.ts';
import type { Step } from '../../core/plan.ts';
import { UsageError, type Problem } from '../../core/problem.ts';
import { unreadIn, unseenMachines } from '../../core/unread.ts';
import { exits, type ExitCode } from '../exit.ts';
import type { PartEnd } from './apply-part.ts';
import { copy } from './copy-part.ts';
import { noPrune, prune } from './prune-part.ts';
import { damagedPart, type Part } from './run-store.ts';
import { finish, readScope, type Session } from './session.ts';
import { exitOf, summaryOf } from './summary.ts';
import { standingIn, takePoints, type TakenPoints } from './take-points.ts';

export interface Worked {
  readonly run: JobRun;
  readonly code: ExitCode;
}

/** Throws what main tells of, and an abort where the user stopped it before there was anything to say of machines. */
export const work = async (session: Session): Promise<Worked> => {
  const { job, window, context, connection, store } = session;
  await resume(session);
  phase(session, 'read');
  const seen = standingIn(session, await readScope(session));
  const over = tooMany(job, seen.due);
  if (over !== undefined) {
    session.problems.push(over);
    return { run: { ...summaryOf(session, []), outcome: 'failed' }, code: exits.overLimit };
  }
  phase(session, 'take');
  const taken = await takePoints(session, seen);
  const { estate, due } = taken.standing;
  const after = context.signal.aborted ? estate : await readAfter(session, taken);
  const machines = machinesOf({ job, window, ...taken, due, after });
  session.problems.push(...frozenProblems(taken.steps, taken.outcomes));
  const unread = unreadIn(
    estate,
    due.map(({ assessment }) => assessment.machine.id),
  );
  session.problems.push(...unread, ...unseenMachines(estate), ...nobody(job, due));
  if (context.signal.aborted) return interrupted(session, machines);
  const heldBy = holderOfAll(machines);
  if (heldBy !== undefined)
    return { run: { ...summaryOf(session, machines), outcome: 'held', heldBy }, code: exits.partly };
  phase(session, 'copy');
  const copied = await copy(session, due, after);
  phase(session, 'prune');
  const pruned = context.signal.aborted ? noPrune : await prune(session, due, after, copied.held);
  await store.clean(connection.clock.now());
  const run = summaryOf(session, withNotes(machines, copied.notes), { ...pruned, copies: copied.counts });
  if (context.signal.aborted) return { run: { ...run, outcome: 'interrupted' }, code: exits.interrupted };
  return { run, code: exitOf(run, estate, pruned, unread) };
};

const withNotes = (machines: readonly JobMachine[], notes: ReadonlyMap<ResourceKey, string>): readonly JobMachine[] =>
  machines.map((one) => {
    const note = notes.get(keyOf(one.id));
    if (note === undefined) return one;
    return { ...one, reason: one.reason === undefined ? note : `${one.reason}; ${note}` };
  });

const interrupted = (session: Session, machines: readonly JobMachine[]): Worked => ({
  run: { ...summaryOf(session, machines), outcome: 'interrupted' },
  code: exits.interrupted,
});

/** Parts that an earlier run was cut short in: what it began is followed to its end, and thawed; the rest is planned anew. */
const resume = async (session: Session): Promise<void> => {
  const { parts, problems } = await session.store.unfinished();
  session.problems.push(...problems);
  if (parts.length > 0) phase(session, 'resume');
  // What a second try at thawing came to is looked for before there would be a third.
  const isThaw = ({ name }: Part): boolean => /\.thaw\d+$/.test(name);
  for (const part of [...parts.filter(isThaw), ...parts.filter((one) => !isThaw(one))]) {
    const elsewhere = ofOtherCloud(session, part);
    if (elsewhere !== undefined) {
      session.problems.push(elsewhere);
      continue;
    }
    const ended = await finishOrSay(session, part);
    if (ended !== undefined) session.problems.push(...frozenProblems(part.plan.steps, ended.outcomes));
  }
};

/** A journal that was damaged, or is another plan's, keeps no other machine from its point. */
const finishOrSay = async (session: Session, part: Part): Promise<PartEnd | undefined> => {
  try {
    return await finish(session, part, 'nothing-new', () => readScope(session));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    session.problems.push(damagedPart(session.store.pathOf(part), error.problems));
    return undefined;
  }
};

/** The ids of one cloud mean nothing in another: what a rehearsal left there is neither followed nor thawed here. */
const ofOtherCloud = ({ connection }: Session, { name, plan }: Part): Problem | undefined =>
  plan.cloud === undefined || plan.cloud === connection.cloud.name
    ? undefined
    : {
        code: 'other-cloud',
        severity: 'medium',
        subject: name,
        summary: `part ${name} of an earlier run was cut short in cloud ${plan.cloud}, and this is ${connection.cloud.name}: it is left as it is`,
        remedy: `run the job once more with --cloud for ${plan.cloud}, and give each cloud a --state-dir of its own`,
      };

const phase = ({ context, job }: Session, name: 'resume' | 'read' | 'take' | 'copy' | 'prune' | 'notify'): void =>
  context.log?.write({ kind: 'job.phase', job: job.name, phase: name });

/** One reading before and one after; none where nothing was written. */
const readAfter = (session: Session, { standing, steps, outcomes }: TakenPoints): Promise<Estate> | Estate => {
  const wrote = steps.filter(({ id }) => !['skipped', 'moved', undefined].includes(outcomes.get(id)?.outcome));
  if (wrote.length === 0) return standing.estate;
  const backups = new Set(
    wrote.flatMap((step) => (step.kind === 'backup.trigger' ? [keyOf(step.input.machineId)] : [])),
  );
  const pointsOf =
    backups.size === 0 ? undefined : (whole: Estate) => whole.machines.items.filter(({ key }) => backups.has(key));
  return readScope(session, freshOf(wrote), pointsOf);
};

/** A run command is no part of an estate. */
const freshOf = (steps: readonly Step[]): readonly FreshResource[] =>
  steps.filter(({ kind, undoes }) => kind !== 'run-command.create' && undoes === undefined).flatMap(writtenBy);

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

/** A misspelled tag would otherwise pass for a job that is always well. */
const nobody = ({ name }: Job, due: readonly MachineDue[]): readonly Problem[] =>
  due.length > 0
    ? []
    : [
        {
          code: 'no-machines',
          severity: 'medium',
          subject: name,
          summary: 'the job selects no machine',
          remedy: 'see `holdfast job check`',
        },
      ];
