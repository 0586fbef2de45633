/** Carrying out a plan: consent, journal, the engine, and the second audit that verifies it. */
import { resolve } from 'node:path';
import { makeAzurePort } from '../azure/azure-port.ts';
import { guidanceSchema } from '../core/guidance-schema.ts';
import { limitProblems } from '../core/plan-limits.ts';
import { parsePlanFile } from '../core/plan-file.ts';
import type { Plan, Step, StepOutcome } from '../core/plan.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { instantMs } from '../core/time.ts';
import { outcomeSchemaVersion, type Outcome } from '../core/verify.ts';
import { apply } from '../engine/apply.ts';
import { replay } from '../engine/journal.ts';
import { resendProblems } from '../engine/resend.ts';
import { AzureUnreachableError } from './azure-unreachable.ts';
import { applyExit, verifyIfPossible } from './apply-verify.ts';
import { cloudWords } from './cloud-words.ts';
import { connect, type Connection } from './connection.ts';
import { askConsent, lackingConsent, withoutConsent } from './consent.ts';
import type { Context } from './context.ts';
import { exits, type ExitCode } from './exit.ts';
import { readInput } from './files.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import { journalPath } from './journal-of.ts';
import { leaseTerms, makeLeaseNews } from './lease-terms.ts';
import { checkOutput, putReport } from './output.ts';
import { PlanHeldError } from './plan-lock.ts';
import { limitsOf } from './plan-run.ts';
import { startProgress } from './progress.ts';
import { recordApply } from './record-apply.ts';
import { tellProblems } from './show-problems.ts';

export interface ApplyFlags {
  readonly yes: boolean;
  readonly allow: readonly string[];
  readonly 'max-changes': number | undefined;
  readonly 'max-deletes': string | undefined;
  readonly cloud: string | undefined;
  readonly concurrency: number;
  /** Steps in doubt to send again. */
  readonly resend?: readonly string[];
  /** `best-effort` when absent. */
  readonly lease?: string;
  readonly output: string;
  readonly 'output-file': string | undefined;
  readonly debug: boolean;
  /** Leave out the table of machines verified; the demo tells them in its own way. */
  readonly brief?: boolean;
  /** The command that it is recorded under; `apply` when absent. */
  readonly command?: string;
  readonly history?: string | undefined;
  readonly 'state-dir'?: string | undefined;
}

export interface Applied {
  readonly code: ExitCode;
  /** Empty when nothing was begun. */
  readonly steps: readonly StepOutcome[];
}

export const applyFile = async (file: string, flags: ApplyFlags, context: Context): Promise<Applied> => {
  const path = resolve(context.cwd, file);
  const plan = await readPlan(path, file);
  const unconsented = withoutConsent(plan, flags.allow);
  const over = [...limitProblems(plan), ...limitProblems({ ...plan, limits: limitsOf(flags) })];
  if (over.length > 0) return unbegun(refuse(over, context));

  await checkOutput(flags, context);
  const connection = await connect(flags, context);
  refuseOtherCloud(plan, connection, file);
  const journal = await openOrSay(path, plan, context);
  if (journal === undefined) return unbegun(exits.partly);
  try {
    const { records } = replay(await journal.read(), plan.digest, journal.name);
    const unfit = resendProblems(plan, records, flags.resend ?? []);
    if (unfit.length > 0) throw new UsageError(unfit);
    const begun = [...records.values()].some(
      (record) => record.intendedAt !== undefined || record.settled !== undefined,
    );
    const expired = begun ? [] : await expiry(plan, file, connection);
    if (expired.length > 0) return unbegun(refuse(expired, context));
    if (unconsented.length > 0) refuseDestructive(unconsented, applyLine(file, flags), context);
    if (plan.steps.length > 0 && !(await consent(plan, file, begun, flags, context))) {
      context.err('Nothing was written.\n');
      return unbegun(exits.usage);
    }
    await hearClock(connection);
    const startedMs = connection.clock.now();
    const steps = await perform(plan, connection, journal, flags, context);
    const endedMs = connection.clock.now();
    const interrupted = steps.some((s) => s.outcome === 'interrupted') || context.signal.aborted;
    const verification = interrupted ? null : await verifyIfPossible(plan, connection, flags, context);
    const outcome: Outcome = {
      schemaVersion: outcomeSchemaVersion,
      kind: 'holdfast.outcome',
      plan: plan.digest,
      steps,
      verification,
    };
    await putReport(outcome, flags, context, flags.brief);
    const code = applyExit(plan, steps, interrupted, verification);
    for (const { id, reason } of notTakenBack(plan, steps)) context.err(`${id} is still to be done: ${reason}\n`);
    for (const line of inDoubtLines(steps, `holdfast apply ${file}${cloudWords(flags.cloud)}`)) context.err(line);
    if (code === exits.partly || code === exits.interrupted || code === exits.failed) {
      context.err(`Resume with: ${applyLine(file, flags)}\n`);
    }
    if (steps.length > 0) {
      const { command = 'apply' } = flags;
      const cloud = connection.cloud.name;
      await recordApply({ plan, file, command, steps, exitCode: code, startedMs, endedMs, cloud }, flags, context);
    }
    return { code, steps };
  } finally {
    await journal.close();
  }
};

/** Another apply of this plan on this host is no mistake of whoever asks: what is left to do is the same command, later. */
const openOrSay = async (path: string, { digest }: Plan, context: Context): Promise<JournalFile | undefined> => {
  try {
    return await openJournalFile(journalPath(path), digest);
  } catch (error) {
    if (!(error instanceof PlanHeldError)) throw error;
    tellProblems([error.problem], context);
    return undefined;
  }
};

/** A machine that was stopped and is not started again yet: nobody should have to find that in a table. */
const notTakenBack = (plan: Plan, outcomes: readonly StepOutcome[]): readonly Step[] => {
  const outcomeOf = (id: string) => outcomes.find((outcome) => outcome.id === id)?.outcome;
  const open: ReadonlySet<StepOutcome['outcome'] | undefined> = new Set([
    'interrupted',
    'failed',
    'in-doubt',
    'skipped',
  ]);
  return plan.steps.filter(
    ({ id, undoes }) =>
      undoes !== undefined &&
      open.has(outcomeOf(id)) &&
      outcomeOf(undoes) !== 'skipped' &&
      outcomeOf(undoes) !== 'moved',
  );
};

/** What a person has to find out, and the command for when they have. */
const inDoubtLines = (steps: readonly StepOutcome[], command: string): readonly string[] => {
  const lost = steps.filter(({ resend }) => resend === 'only-when-asked').map(({ id }) => id);
  if (lost.length === 0) return [];
  return [
    `In doubt: ${lost.join(', ')}. Applying again asks Azure again, and sends nothing twice. If you know that Azure did not do it, have it sent again:\n`,
    `  ${command}${lost.map((id) => ` --resend ${id}`).join('')}\n`,
  ];
};

const unbegun = (code: ExitCode): Applied => ({ code, steps: [] });

const readPlan = async (path: string, shown: string): Promise<Plan> => {
  const parsed = parsePlanFile(await readInput(path, 'plan'), shown);
  if (parsed.kind === 'invalid') throw new UsageError(parsed.problems);
  const guidance = guidanceSchema.safeParse(parsed.plan.guidance);
  if (!guidance.success) {
    const [issue] = guidance.error.issues;
    const summary = `${shown}: the guidance in the plan is not valid: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
    throw new UsageError([
      {
        code: 'plan-guidance',
        severity: 'high',
        subject: shown,
        summary,
        remedy: 'make the plan again: verification needs its guidance',
      },
    ]);
  }
  return parsed.plan;
};

/** The ids of one cloud mean nothing in another, and a forgotten --cloud is easily forgotten. */
const refuseOtherCloud = (plan: Plan, { cloud }: Connection, file: string): void => {
  if (plan.cloud === undefined || plan.cloud === cloud.name) return;
  throw new UsageError([
    {
      code: 'other-cloud',
      severity: 'high',
      subject: file,
      summary: `the plan was made for cloud ${plan.cloud}, and this is ${cloud.name}`,
      remedy: 'give the same --cloud (or HOLDFAST_CLOUD) as `holdfast plan` had',
    },
  ]);
};

const refuse = (problems: readonly Problem[], context: Context): ExitCode => {
  tellProblems(problems, context);
  return exits.overLimit;
};

const refuseDestructive = (steps: readonly Step[], line: string, context: Context): never => {
  context.err('These steps cannot be undone, or stop a machine, and need consent of their own:\n');
  throw new UsageError(lackingConsent(steps, line));
};

/** A plan that was never begun must still be fresh by Azure's clock; one that was begun may always be finished. */
const expiry = async (plan: Plan, file: string, connection: Connection): Promise<readonly Problem[]> => {
  const now = await connection.azureNow();
  if (now <= (instantMs(plan.expiresAt) ?? 0)) return [];
  return [
    {
      code: 'plan-expired',
      severity: 'high',
      subject: file,
      summary: `the plan expired at ${plan.expiresAt}; ${connection.cloud.name}'s clock says ${new Date(now).toISOString()}`,
      remedy: 'make a new one: what it took for granted may have changed',
    },
  ];
};

/** The command that goes on with this plan, to be typed or pasted as it stands. */
const applyLine = (file: string, { cloud, allow }: ApplyFlags): string =>
  `holdfast apply ${file}${allow.map((id) => ` --allow ${id}`).join('')}${cloudWords(cloud)}`;

const consent = async (
  plan: Plan,
  file: string,
  begun: boolean,
  flags: ApplyFlags,
  context: Context,
): Promise<boolean> => {
  const n = plan.steps.length;
  const machines = new Set(plan.steps.map((s) => s.subject.toLowerCase())).size;
  if (flags.yes) return true;
  context.err(
    `${file}: ${n} write${n === 1 ? '' : 's'} for ${machines} subject${machines === 1 ? '' : 's'}, ${plan.refusals.length} refusals.\n`,
  );
  const remedy = `read the plan, then: ${applyLine(file, flags)} --yes`;
  return askConsent(begun ? 'Go on with it?' : 'Carry it out?', flags, context, remedy);
};

const perform = async (
  plan: Plan,
  connection: Connection,
  journal: Parameters<typeof apply>[1]['journal'],
  flags: ApplyFlags,
  context: Context,
): Promise<readonly StepOutcome[]> => {
  const progress = await startProgress(plan, context, flags.output);
  const leaseNews = makeLeaseNews();
  try {
    return await apply(
      plan,
      {
        azure: makeAzurePort(connection.transport),
        clock: connection.clock,
        journal,
        emit: (event) => {
          leaseNews.hear(event);
          progress.emit(event);
        },
        signal: context.signal,
        concurrency: Math.max(1, flags.concurrency),
        ...leaseTerms(flags.lease ?? 'best-effort', plan),
      },
      { resend: flags.resend ?? [] },
    );
  } finally {
    await progress.end();
    tellProblems(leaseNews.problems(), context);
  }
};

/**
 * Every wait is reckoned by Azure's clock, so it is heard before the first one: a clock that jumps back under way would make an
 * hour's wait of a minute's. Where Azure cannot be reached, the steps themselves wait for it, and say so.
 */
const hearClock = async (connection: Connection): Promise<void> => {
  try {
    await connection.azureNow();
  } catch (error) {
    if (!(error instanceof AzureUnreachableError)) throw error;
  }
};
