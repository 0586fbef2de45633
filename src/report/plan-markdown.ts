/** The summary beside a plan file (`P.md`): what a reviewer reads before consenting. It says nothing the plan does not. */
import { usdText } from '../core/cost/cost-words.ts';
import { counted, durationText } from '../core/duration.ts';
import { nameOf } from '../core/ids.ts';
import { optionName } from '../core/option-name.ts';
import type { Plan, Refusal, Step } from '../core/plan.ts';
import { assumptionText, consentText, settingsOf } from './steps/index.ts';
import { text } from './steps/words.ts';

/** `planPath` is how the reader names the plan file, for the command to copy; `flags` (` --cloud X`) belong to it too. */
export const planMarkdown = (plan: Plan, planPath: string, flags = ''): string => {
  const sections = [
    heading(plan),
    stepSection(plan),
    refusalSection(plan.refusals),
    applySection(plan, `${shellWord(planPath)}${flags}`),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const heading = (plan: Plan): string => {
  const final = plan.steps.filter((step) => step.destructive && step.kind !== 'machine.deallocate');
  const { maxChanges, maxDeletes } = plan.limits;
  const limits = [
    maxChanges === undefined ? '' : `at most ${counted(maxChanges, 'write')}`,
    maxDeletes?.count === undefined ? '' : `at most ${counted(maxDeletes.count, 'deletion')}`,
    maxDeletes?.percent === undefined ? '' : `at most ${maxDeletes.percent} % deleted`,
  ].filter((limit) => limit !== '');
  return [
    `# Plan ${plan.digest.slice(0, 12)}`,
    '',
    `- For: ${text(plan.scope.description)}`,
    `- Made: ${plan.createdAt} by ${text(plan.madeBy)}; good until **${plan.expiresAt}**`,
    `- Does: ${counted(plan.steps.length, 'write')} to Azure; leaves out ${counted(plan.refusals.length, 'need')}, listed below`,
    `- Cannot be undone: ${final.length === 0 ? 'nothing' : `**${counted(final.length, 'step')}**, marked below`}`,
    ...downtime(plan),
    `- Takes: ${plan.duration.expectedSeconds < 60 ? '' : 'about '}${durationText(plan.duration.expectedSeconds * 1000)}, bound by ${text(plan.duration.boundBy)}`,
    `- Costs: ${usdText(plan.cost)}`,
    ...plan.cost.assumptions.map((assumption) => `  - ${text(assumption)}`),
    ...(limits.length === 0 ? [] : [`- Limits: ${limits.join(', ')}`]),
    `- Digest: \`${plan.digest}\``,
  ].join('\n');
};

/** Machines that are off for a while, each with how long. */
const downtime = ({ steps }: Plan): readonly string[] => {
  // A machine that is off already, or never starts again, has no downtime.
  const stops = steps
    .filter((step) => step.kind === 'machine.deallocate')
    .filter(({ input }) => input.downtimeSeconds !== null);
  if (stops.length === 0) return [];
  const each = stops.map(({ input }) => {
    const name = text(nameOf(input.machineId));
    return `${name} is off for about ${durationText((input.downtimeSeconds ?? 0) * 1000)}`;
  });
  return [`- **Downtime**: ${each.join('; ')}`];
};

const stepSection = (plan: Plan): string => {
  if (plan.steps.length === 0) return '## What will be done\n\nNothing.';
  const order = new Map(plan.steps.map((step, i) => [step.id, i + 1]));
  return ['## What will be done, in order', ...plan.steps.map((step) => stepText(step, order))].join('\n\n');
};

const stepText = (step: Step, order: ReadonlyMap<string, number>): string => {
  const mark = step.destructive ? ` — **${consentText(step)}**` : '';
  const after = [...step.dependsOn, ...(step.after ?? [])].map((needed) => `${order.get(needed) ?? '?'}`).join(', ');
  return [
    `### ${order.get(step.id)}. \`${step.id}\`${mark}`,
    '',
    text(step.reason),
    '',
    `- Writes: \`${step.method} ${step.resourceId}\``,
    `- For: ${text(nameOf(step.subject))} (${optionName[step.option]})`,
    ...settingsOf(step).map((setting) => `- ${setting}`),
    ...(step.cost === undefined ? [] : [`- Costs: ${usdText(step.cost)} (${text(step.cost.basis)})`]),
    ...(after === '' ? [] : [`- After: ${after}`]),
    ...(step.runs === 'always' ? ['- Runs whatever became of the steps before it'] : []),
    ...(step.assumes.length === 0 ? [] : [`- Only if: ${step.assumes.map(assumptionText).join('; ')}`]),
    `- Documented: <${step.source}>`,
  ].join('\n');
};

const refusalSection = (refusals: readonly Refusal[]): string => {
  if (refusals.length === 0) return '';
  const entries = refusals.map((refusal) =>
    [
      `- **${text(nameOf(refusal.subject))}**: ${optionName[refusal.option]}`,
      ...refusal.reasons.map(
        (reason) => `  - ${text(reason.text)}${reason.source === '' ? '' : ` (<${reason.source}>)`}`,
      ),
    ].join('\n'),
  );
  return ['## Needed, but not in this plan', entries.join('\n')].join('\n\n');
};

const applySection = (plan: Plan, words: string): string => {
  const allow = plan.steps
    .filter((step) => step.destructive)
    .map((step) => ` --allow ${step.id}`)
    .join('');
  return [
    '## How to apply',
    '',
    '```sh',
    `holdfast apply ${words}${allow}`,
    '```',
    '',
    `Before each write the assumptions above are read again; what moved is left alone and named. The same command resumes`,
    `after an interruption, and does nothing twice. After ${plan.expiresAt} the plan is refused: make a new one.`,
  ].join('\n');
};

const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
