/**
 * The shortcuts (`protect`, `replicate`, `snapshot`, `capture`, `clone`, `remove`): one verb on machines named or selected. Each
 * makes a plan, shows it, asks, applies and verifies, exactly as `plan` and `apply` would; the plan file stays as the record.
 */
import { resolve } from 'node:path';
import type { Machine } from '../core/estate.ts';
import type { Guidance } from '../core/guidance.ts';
import { planText } from '../core/plan-file.ts';
import type { Plan, StepOutcome } from '../core/plan.ts';
import type { PlanDraft } from '../core/planning.ts';
import type { ResourceId } from '../core/ids.ts';
import { UsageError } from '../core/problem.ts';
import { unreadIn } from '../core/unread.ts';
import { planMarkdown } from '../report/plan-markdown.ts';
import { applyFile } from './apply-run.ts';
import { readAndAudit, type Audited } from './audit-run.ts';
import { cloudWords } from './cloud-words.ts';
import type { Context } from './context.ts';
import { exits, worst, type ExitCode } from './exit.ts';
import { checkWritable, writeFileAtomically } from './files.ts';
import { makeRoom } from './journal-of.ts';
import { machinesCalled } from './one-machine.ts';
import { planOver, type PlanFlags } from './plan-run.ts';
import { putReport } from './output.ts';
import { tellProblems } from './show-problems.ts';

export interface ShortcutFlags {
  readonly subscription: readonly string[];
  readonly 'management-group': string | undefined;
  readonly 'resource-group': readonly string[];
  readonly tag: readonly string[];
  readonly 'exclude-tag': readonly string[];
  readonly config: string | undefined;
  readonly cloud: string | undefined;
  readonly source: string;
  readonly concurrency: number;
  readonly output: string;
  readonly 'output-file': string | undefined;
  readonly debug: boolean;
  readonly 'plan-file': string | undefined;
  readonly yes: boolean;
  readonly allow: readonly string[];
  readonly 'max-changes': number | undefined;
  readonly 'max-deletes': string | undefined;
  readonly lease?: string;
  readonly history?: string | undefined;
  readonly 'state-dir'?: string | undefined;
}

export interface Shortcut {
  /** The command's name: in messages, and in the plan file's. */
  readonly verb: string;
  /** Names or resource ids; none: everything the selectors leave. */
  readonly named: readonly string[];
  /** Read recovery points too, before and after. */
  readonly deep?: boolean;
  /** What flags change of the guidance; the plan carries the outcome. */
  readonly guidance?: (guidance: Guidance) => Guidance;
  /** What is asked of the machines chosen; `audited` is what was read. */
  readonly draft: (machines: readonly Machine[], audited: Audited) => PlanDraft | Promise<PlanDraft>;
}

export const runShortcut = async (shortcut: Shortcut, flags: ShortcutFlags, context: Context): Promise<ExitCode> => {
  refuseEverything(shortcut, flags);
  const reading: PlanFlags = {
    ...flags,
    offline: undefined,
    'as-of': undefined,
    deep: shortcut.deep ?? false,
    'first-backup': undefined,
  };
  const read = await readAndAudit(reading, context);
  const audited: Audited = { ...read, guidance: shortcut.guidance?.(read.guidance) ?? read.guidance };
  const { estate } = audited;
  const machines = shortcut.named.length === 0 ? estate.machines.items : machinesCalled(estate, shortcut.named);
  const about = machines.map(({ id }) => id);
  return runDraft(shortcut.verb, await shortcut.draft(machines, audited), about, audited, reading, flags, context);
};

/** Plan, show, ask, apply, verify: for a draft over what was read. `about`: what is to be read wholly for that. */
export const runDraft = async (
  verb: string,
  draft: PlanDraft,
  about: readonly ResourceId[],
  audited: Audited,
  reading: PlanFlags,
  flags: ShortcutFlags,
  context: Context,
): Promise<ExitCode> => (await carryOut(verb, draft, about, audited, reading, flags, context)).code;

export interface CarriedOut {
  readonly code: ExitCode;
  readonly plan: Plan;
  /** Empty when nothing was begun. */
  readonly steps: readonly StepOutcome[];
}

/** `show` is told the plan before anybody is asked. */
export const carryOut = async (
  verb: string,
  draft: PlanDraft,
  about: readonly ResourceId[],
  audited: Audited,
  reading: PlanFlags,
  flags: ShortcutFlags,
  context: Context,
  show: (plan: Plan) => Promise<void> = async () => {},
): Promise<CarriedOut> => {
  const { plan, problems, unasked } = await planOver(audited, draft, reading, context);
  const unread = [...unreadIn(audited.estate, about), ...unasked];
  const file = flags['plan-file'] ?? `holdfast-${verb}-${plan.digest.slice(0, 12)}.json`;
  const path = resolve(context.cwd, file);
  // The plan is for people to read before they consent; the data that the command is asked for is the outcome.
  const toPeople: Context = { ...context, out: context.err };
  await putReport(plan, { output: 'table', 'output-file': undefined }, toPeople);
  await show(plan);
  tellProblems(unread, context);
  const whole = unread.length === 0 ? exits.fine : exits.incomplete;
  if (problems.length > 0) {
    tellProblems(problems, context);
    return { code: exits.overLimit, plan, steps: [] };
  }
  const refused = plan.refusals.length > 0;
  if (plan.steps.length === 0) return { code: refused ? exits.failed : whole, plan, steps: [] };
  await checkWritable(path);
  await makeRoom(path, file);
  await writeFileAtomically(`${path}.md`, planMarkdown(plan, file, cloudWords(flags.cloud)));
  await writeFileAtomically(path, planText(plan));
  context.err(`The plan is kept in ${file}, its summary in ${file}.md.\n`);
  const { code, steps } = await applyFile(file, { ...flags, command: verb }, context);
  return { code: worst([code, whole, refused ? exits.partly : exits.fine]), plan, steps };
};

/** Nobody snapshots or replicates a whole tenant by leaving out a word. */
export const refuseEverything = ({ verb, named }: Pick<Shortcut, 'verb' | 'named'>, flags: ShortcutFlags): void => {
  const selects = [flags.subscription, flags['resource-group'], flags.tag].some((values) => values.length > 0);
  if (named.length > 0 || selects || flags['management-group'] !== undefined) return;
  throw usage(
    verb,
    `${verb} was told of no machine`,
    'name machines, or select them with --tag, --resource-group, --subscription or --management-group',
  );
};

const usage = (subject: string, summary: string, remedy: string): UsageError =>
  new UsageError([{ code: 'usage', severity: 'high', subject, summary, remedy }]);
