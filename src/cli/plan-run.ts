/** From a fleet to a plan: audit, ask Azure the few questions a plan depends on, then plan. */
import { metersOfPlan, pricePlan } from '../core/cost/plan-cost.ts';
import { baseOf } from '../core/cost/size.ts';
import type { Guidance } from '../core/guidance.ts';
import { limitProblems } from '../core/plan-limits.ts';
import { draftProtect } from '../core/plan-protect.ts';
import type { Plan } from '../core/plan.ts';
import { planBy, questionsOf, type PlanDraft } from '../core/planning.ts';
import { noPreflight } from '../core/preflight.ts';
import { regionProblems, untoldRegions } from '../core/regions.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { unaskedBefore } from '../core/unread.ts';
import { readAndAudit, type Audited } from './audit-run.ts';
import type { Context } from './context.ts';
import type { ReadFlags } from './estate-source.ts';
import { openPrices, type PriceSource } from './prices-source.ts';

export interface PlanFlags extends ReadFlags {
  readonly config: string | undefined;
  readonly 'first-backup': string | undefined;
  readonly 'max-changes': number | undefined;
  readonly 'max-deletes': string | undefined;
  /** `live` or a price table; absent: the shipped one. */
  readonly prices?: string | undefined;
}

export interface MadePlan extends Audited {
  readonly plan: Plan;
  /** Over a limit: the plan is shown and not to be applied. */
  readonly problems: readonly Problem[];
  readonly complete: boolean;
  /** What the login was not allowed to ask: told, and the plan is incomplete. */
  readonly unasked: readonly Problem[];
}

export const makePlan = async (flags: PlanFlags, context: Context): Promise<MadePlan> => {
  // A limit that is none is said before anything is asked of Azure.
  limitsOf(flags);
  const prices = await openPrices(flags, context);
  return planOver(await readAndAudit(flags, context), draftProtect, flags, context, prices);
};

/** `audited` was read for the same flags. */
export const planOver = async (
  audited: Audited,
  draft: PlanDraft,
  flags: PlanFlags,
  context: Context,
  opened?: PriceSource,
): Promise<MadePlan> => {
  const prices = opened ?? (await openPrices(flags, context));
  const limits = limitsOf(flags);
  const { estate, audit, asOf, connection } = audited;
  const guidance = withFirstBackup(audited.guidance, flags['first-backup']);
  const questions = questionsOf(draft, { estate, audit, guidance, asOf });
  const preflight = connection
    ? await (
        await import('../azure/preflight.ts')
      ).answerPreflight(questions, {
        transport: connection.transport,
        clock: connection.clock,
        concurrency: Math.max(1, flags.concurrency),
        signal: context.signal,
      })
    : noPreflight;
  const { regions = new Map() } = preflight;
  const wrong = regionProblems(questions.regions ?? [], regions);
  if (wrong.length > 0) throw new UsageError(wrong);
  const unpriced = planBy(draft, {
    estate,
    audit,
    guidance,
    asOf,
    preflight,
    limits,
    madeBy: `holdfast ${context.version}`,
    ...(connection ? { cloud: connection.cloud.name } : {}),
  });
  const book = await prices((nothing) => metersOfPlan(unpriced, estate, nothing), connection);
  const plan = pricePlan(unpriced, estate, book, baseOf(guidance));
  const unasked = [...unaskedBefore(preflight), ...untoldRegions(questions.regions ?? [], regions)];
  return { ...audited, plan, problems: limitProblems(plan), complete: audit.complete && unasked.length === 0, unasked };
};

/** The plan carries the guidance it was made by, so the flag becomes part of it. */
const withFirstBackup = (guidance: Guidance, firstBackup: string | undefined): Guidance =>
  firstBackup === 'now' || firstBackup === 'on-schedule'
    ? { ...guidance, plan: { ...guidance.plan, firstBackup } }
    : guidance;

/** `--max-changes N` and `--max-deletes N|P%` as the plan keeps them. */
export const limitsOf = (flags: {
  readonly 'max-changes': number | undefined;
  readonly 'max-deletes': string | undefined;
}): Plan['limits'] => ({
  ...(flags['max-changes'] === undefined ? {} : { maxChanges: flags['max-changes'] }),
  ...(flags['max-deletes'] === undefined ? {} : { maxDeletes: deletesOf(flags['max-deletes']) }),
});

const deletesOf = (text: string): { readonly count: number } | { readonly percent: number } => {
  const found = /^(\d+)(%?)$/.exec(text.trim());
  const n = Number(found?.[1]);
  if (!found || (found[2] && n > 100)) {
    throw new UsageError([
      {
        code: 'usage',
        severity: 'high',
        subject: '--max-deletes',
        summary: `--max-deletes ${text} is neither a number nor a percentage`,
        remedy: 'write 5 or 10%',
      },
    ]);
  }
  return found[2] ? { percent: n } : { count: n };
};
