/** What the parts of one run of a job share: who they work for, by which clock, and how a draft becomes writes. */
import { auditEstate } from '../../core/audit-estate.ts';
import type { Audit } from '../../core/audit.ts';
import type { Estate } from '../../core/estate.ts';
import type { Guidance } from '../../core/guidance.ts';
import { frozenProblems } from '../../core/job/hooks.ts';
import type { Job, Selector } from '../../core/job/job.ts';
import type { Window } from '../../core/job/windows.ts';
import { limitProblems } from '../../core/plan-limits.ts';
import type { Plan } from '../../core/plan.ts';
import { planBy, type DraftInput, type PlanDraft } from '../../core/planning.ts';
import { noPreflight } from '../../core/preflight.ts';
import type { Problem } from '../../core/problem.ts';
import type { FreshResource } from '../../azure/read-fresh.ts';
import type { ReadOptions } from '../../azure/read-estate.ts';
import type { Source } from '../../azure/reader.ts';
import type { ScopeFilter } from '../../azure/scope.ts';
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
  /** Grows as the run goes. */
  readonly problems: Problem[];
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
  return { plan, end: await finish(session, part, 'all'), over: false };
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

export const finish = async (session: Session, part: Part, begin: 'all' | 'nothing-new'): Promise<PartEnd> => {
  const first = await applyPart(part, session.terms, begin);
  const end = isLeftFrozen(session, part, first) ? await thaw(session, part, first) : first;
  session.problems.push(...end.problems);
  if (isFinished(part, end)) await session.store.finish(part);
  return end;
};

const isLeftFrozen = ({ context }: Session, { plan }: Part, { outcomes }: PartEnd): boolean =>
  context.signal.aborted && frozenProblems(plan.steps, outcomes).length > 0;

/** Who stops a run (or the host it is on) does not mean machines to stand still until the next one. Once more leaves at once. */
const thaw = async ({ context, terms }: Session, part: Part, first: PartEnd): Promise<PartEnd> => {
  context.err('Stopping: what was frozen is thawed first.\n');
  const unstopped = { ...context, signal: new AbortController().signal };
  const end = await applyPart(part, { ...terms, context: unstopped }, 'nothing-new');
  return {
    outcomes: end.outcomes,
    problems: [...first.problems, ...end.problems],
  };
};
