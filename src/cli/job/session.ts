/** What the parts of one run of a job share: who they work for, by which clock, and how a draft becomes writes. */
import { auditEstate } from '../../core/audit-estate.ts';
import type { Audit } from '../../core/audit.ts';
import type { Estate } from '../../core/estate.ts';
import type { Guidance } from '../../core/guidance.ts';
import { frozenProblems } from '../../core/job/hooks.ts';
import { doneThaws, draftThaws, failedThaws, freezeOf, withSecondTry } from '../../core/job/thaw-again.ts';
import type { Job, Selector } from '../../core/job/job.ts';
import type { Window } from '../../core/job/windows.ts';
import { limitProblems } from '../../core/plan-limits.ts';
import type { Plan, Step, StepOutcome } from '../../core/plan.ts';
import { planBy, type DraftInput, type PlanDraft } from '../../core/planning.ts';
import { noPreflight } from '../../core/preflight.ts';
import type { Problem } from '../../core/problem.ts';
import type { FreshResource } from '../../azure/read-fresh.ts';
import type { ReadOptions } from '../../azure/read-estate.ts';
import type { Source } from '../../azure/reader.ts';
import type { ScopeFilter } from '../../azure/scope.ts';
import { toInstant } from '../../core/time.ts';
import { entryLine } from '../../engine/journal.ts';
import type { Connection } from '../connection.ts';
import type { Context } from '../context.ts';
import { applyPart, isFinished, type PartEnd, type PartTerms } from './apply-part.ts';
import type { Part, PartName, RunStore } from './run-store.ts';

export interface Session {
  readonly job: Job;
  readonly source: Source;
  readonly guidance: Guidance;
  readonly window: Window;
  readonly runId: string;
  /** By Azure's clock, ms. */
  readonly startedMs: number;
  readonly connection: Connection;
  readonly context: Context;
  readonly store: RunStore;
  readonly terms: PartTerms;
  /** These grow as the run goes. */
  readonly problems: Problem[];
  readonly thaws: Thaws;
}

/** `tries`: second ones that this run planned. `done`: freezes that are known to be taken back, and how that ended. */
export interface Thaws {
  tries: number;
  readonly done: Map<string, StepOutcome>;
}

/** The estate of the job's scope; `fresh`: read by GET first, since lists lag writes. */
export const readScope = async (
  { job, source, connection, terms }: Session,
  fresh: readonly FreshResource[] = [],
  pointsOf?: NonNullable<ReadOptions['pointsOf']>,
): Promise<Estate> => {
  const { estate } = await connection.read({
    filter: scopeOf(job.selector),
    source,
    deep: false,
    concurrency: terms.concurrency,
    fresh,
    ...(pointsOf === undefined ? {} : { pointsOf }),
    // How far a copy is, it tells only when asked itself.
    ...(job.copies.length > 0 && pointsOf === undefined ? { copiesOf: (whole: Estate) => whole.machines.items } : {}),
  });
  return estate;
};

export const scopeOf = ({ subscriptions, resourceGroups, tags, excludeTags }: Selector): ScopeFilter => ({
  subscriptions,
  resourceGroups,
  tags: Object.entries(tags).map(([name, values]) => `${name}=${values.join(',')}`),
  excludeTags: Object.entries(excludeTags).map(([name, values]) =>
    values.length === 0 ? name : `${name}=${values.join(',')}`,
  ),
});

export interface DoneDraft {
  readonly plan: Plan;
  readonly end: PartEnd;
  /** Over its limits, so nothing of it was done. */
  readonly over: boolean;
}

const nothingDone: PartEnd = { outcomes: new Map(), problems: [] };

/** Plans what is drafted and carries it out. No steps: nothing is written anywhere. */
export const carryOut = async (
  session: Session,
  name: PartName,
  draft: PlanDraft,
  estate: Estate,
  limits: Plan['limits'] = {},
): Promise<DoneDraft> => {
  const plan = planOf(session, draft, estate, limits);
  const over = limitProblems(plan);
  session.problems.push(...over.map((problem) => ofJob(session.job, problem)));
  if (plan.steps.length === 0 || over.length > 0) return { plan, end: nothingDone, over: over.length > 0 };
  const part: Part = { name: `${session.runId}.${name}`, plan };
  await session.store.save(part);
  return { plan, end: await finish(session, part, 'all', () => Promise.resolve(estate)), over: false };
};

const ofJob = ({ name }: Job, problem: Problem): Problem => ({
  ...problem,
  subject: name,
  summary: `${problem.summary.replace('--max-deletes', "the job's maxDeletes")}: nothing was deleted`,
  remedy:
    `see what would go with \`holdfast prune --job ${name}\`, the selector and --keep flags of the job; it grows with every run, ` +
    'until limits.maxDeletes (--max-deletes) allows it',
});

const planOf = (session: Session, draft: PlanDraft, estate: Estate, limits: Plan['limits']): Plan =>
  planBy(draft, { ...draftInputOf(session, estate), limits, cloud: session.connection.cloud.name });

export const draftInputOf = ({ guidance, context }: Session, estate: Estate): DraftInput => ({
  estate,
  audit: lazyAudit(estate, guidance),
  guidance,
  asOf: estate.asOf,
  preflight: noPreflight,
  madeBy: `holdfast ${context.version}`,
});

/** What a job drafts hangs on single machines, and hardly ever on the audit of them all, which costs more than the rest. */
const lazyAudit = (estate: Estate, guidance: Guidance): Audit => {
  let made: Audit | undefined;
  return new Proxy({} as Audit, {
    get: (_, name) => Reflect.get((made ??= auditEstate(estate, guidance, estate.asOf)), name),
  });
};

/** `estateOf` is asked where something has to be planned. */
export const finish = async (
  session: Session,
  part: Part,
  begin: 'all' | 'nothing-new',
  estateOf: () => Promise<Estate>,
): Promise<PartEnd> => {
  const first = await applyPart(part, session.terms, begin);
  const once = isLeftFrozen(session, part, first) ? await thaw(session, part, first) : first;
  session.problems.push(...once.problems);
  const end = { ...once, outcomes: await thawAgain(session, part, once, estateOf) };
  if (isFinished(part, end)) await session.store.finish(part);
  return end;
};

const isLeftFrozen = ({ context }: Session, { plan }: Part, { outcomes }: PartEnd): boolean =>
  context.signal.aborted && frozenProblems(plan.steps, outcomes).length > 0;

/** Who stops a run (or the host it is on) does not mean machines to stand still until the next one. Once more leaves at once. */
const thaw = async ({ context, terms }: Session, part: Part, first: PartEnd): Promise<PartEnd> => {
  context.err('Stopping: what was frozen is thawed first.\n');
  const end = await applyPart(part, { ...terms, context: unstopped(context) }, 'nothing-new');
  return {
    outcomes: end.outcomes,
    problems: [...first.problems, ...end.problems],
  };
};

const unstopped = (context: Context): Context => ({ ...context, signal: new AbortController().signal });

/** What is so thawed is as good as thawed at once, for all who look at the part. */
const thawAgain = async (
  session: Session,
  part: Part,
  { outcomes }: PartEnd,
  estateOf: () => Promise<Estate>,
): Promise<PartEnd['outcomes']> => {
  const { thaws, runId } = session;
  for (const [freeze, end] of doneThaws(part.plan.steps, outcomes)) thaws.done.set(freeze, end);
  const failed = failedThaws(part.plan.steps, outcomes);
  if (failed.length === 0) return outcomes;
  const again = new Map(thaws.done);
  // The second try of a run that was killed may have been followed to its end before.
  const open = failed.filter((thaw) => !again.has(freezeOf(thaw)));
  if (open.length > 0) {
    const terms = { ...session.terms, context: unstopped(session.terms.context) };
    thaws.tries += 1;
    const { plan: second, end } = await carryOut(
      { ...session, context: terms.context, terms },
      `thaw${thaws.tries}`,
      draftThaws(open, runId),
      await estateOf(),
    );
    for (const step of second.steps) {
      const its = end.outcomes.get(step.id);
      if (step.kind === 'run-command.create' && its !== undefined) again.set(freezeOf(step), its);
    }
  }
  const second = withSecondTry(failed, outcomes, again);
  session.problems.push(...second.problems);
  await note(
    session,
    part,
    failed.filter(({ id }) => second.outcomes.get(id)?.outcome === 'done'),
  );
  return second.outcomes;
};

/** The part may stay for something else's sake, and is not to be thawed by every run that looks at it. */
const note = async ({ store, connection }: Session, part: Part, thawed: readonly Step[]): Promise<void> => {
  if (thawed.length === 0) return;
  const at = toInstant(connection.clock.now());
  const journal = await store.journal(part);
  try {
    for (const { id: step } of thawed)
      await journal.append(entryLine({ event: 'settled', step, at, outcome: 'done', startedAt: at }));
  } finally {
    await journal.close();
  }
};
