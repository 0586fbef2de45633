/** The summary beside a plan file (`P.md`): what a reviewer reads before consenting. It says nothing the plan does not. */
import { byKind } from '../core/by-kind.ts';
import { counted, durationText } from '../core/duration.ts';
import { nameOf } from '../core/ids.ts';
import { optionName } from '../core/option-name.ts';
import type { Assumption, BackupPolicyInput, Plan, Refusal, Step } from '../core/plan.ts';
import { oneLine } from './layout.ts';

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
  const destructive = plan.steps.filter((step) => step.destructive);
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
    `- Cannot be undone: ${destructive.length === 0 ? 'nothing' : `**${counted(destructive.length, 'step')}**, marked below`}`,
    `- Takes: about ${durationText(plan.duration.expectedSeconds * 1000)}, bound by ${text(plan.duration.boundBy)}`,
    `- Costs: ${plan.cost.monthlyUsd === 'unknown' ? 'not estimated' : `about ${plan.cost.monthlyUsd.toFixed(2)} USD a month`}`,
    ...plan.cost.assumptions.map((assumption) => `  - ${text(assumption)}`),
    ...(limits.length === 0 ? [] : [`- Limits: ${limits.join(', ')}`]),
    `- Digest: \`${plan.digest}\``,
  ].join('\n');
};

const stepSection = (plan: Plan): string => {
  if (plan.steps.length === 0) return '## What will be done\n\nNothing.';
  const order = new Map(plan.steps.map((step, i) => [step.id, i + 1]));
  return ['## What will be done, in order', ...plan.steps.map((step) => stepText(step, order))].join('\n\n');
};

const stepText = (step: Step, order: ReadonlyMap<string, number>): string => {
  const mark = step.destructive ? ' — **CANNOT BE UNDONE**' : '';
  const after = step.dependsOn.map((needed) => `${order.get(needed) ?? '?'}`).join(', ');
  return [
    `### ${order.get(step.id)}. \`${step.id}\`${mark}`,
    '',
    text(step.reason),
    '',
    `- Writes: \`${step.method} ${step.resourceId}\``,
    `- For: ${text(nameOf(step.subject))} (${optionName[step.option]})`,
    ...settingsOf(step).map((setting) => `- ${setting}`),
    ...(after === '' ? [] : [`- After: ${after}`]),
    ...(step.runs === 'always' ? ['- Runs whatever became of the steps before it'] : []),
    ...(step.assumes.length === 0 ? [] : [`- Only if: ${step.assumes.map(assumptionText).join('; ')}`]),
    `- Documented: <${step.source}>`,
  ].join('\n');
};

/** The settings a reviewer would ask about: who can read it, how long it is kept, where it is stored. */
const settingsOf = (step: Step): readonly string[] =>
  byKind<Step, readonly string[]>(step, {
    'resource-group.create': ({ input }) => [`Resource group: ${input.location}`],
    'snapshot.create': ({ input: { incremental, sku, networkAccess, publicNetworkAccess, tags } }) => [
      `Snapshot: ${incremental ? 'incremental' : 'full'}, ${sku}; export ${networkAccess}, public network access ${onOff(publicNetworkAccess)}`,
      ...(tags['holdfast-expires'] === undefined ? [] : [`Tag \`holdfast-expires\`: ${text(tags['holdfast-expires'])}, a note for people: nothing deletes it in this release`]),
    ],
    'restore-point-collection.create': ({ input: { location, machineId } }) => [
      `Restore point collection: ${location}, of ${text(nameOf(machineId))}`,
    ],
    'restore-point.create': ({ input: { mode, excludeDiskIds } }) => [
      `Restore point: ${mode}-consistent mode, all managed disks at one moment; it does not expire by itself`,
      ...(excludeDiskIds.length === 0 ? [] : [`**Leaves out** ${excludeDiskIds.map((id) => text(nameOf(id))).join(', ')}`]),
    ],
    'vault.create': ({ input: { location, redundancy, crossRegionRestore, softDeleteDays } }) => [
      `Vault: ${location}, ${redundancy}, cross-region restore ${onOff(crossRegionRestore)}, soft delete ${softDeleteDays} days`,
    ],
    'backup-policy.create': ({ input }) => [policySetting(input)],
    'backup.enable': ({ input: { policyId, excludeLuns = [] } }) => [
      `Policy: \`${policyId}\``,
      ...(excludeLuns.length === 0 ? [] : [`**Leaves out** the disks at LUN ${excludeLuns.join(', ')}`]),
    ],
    'backup.trigger': ({ input }) => [`A backup now; its point is kept until ${input.expiresAt}`],
  });

const onOff = (on: boolean): string => (on ? 'on' : 'off');

const policySetting = ({ tier, schedule, timeZone, instantRestoreDays, retain }: BackupPolicyInput): string => {
  const every = schedule.frequency === 'hourly' ? `every ${schedule.intervalHours} hours from` : `${schedule.frequency} at`;
  const kept = [
    retain.dailyDays && counted(retain.dailyDays, 'day'),
    retain.weeklyWeeks && counted(retain.weeklyWeeks, 'week'),
    retain.monthlyMonths && counted(retain.monthlyMonths, 'month'),
    retain.yearlyYears && counted(retain.yearlyYears, 'year'),
  ].filter((part) => part !== undefined);
  return `Policy: ${tier}, ${every} ${schedule.at} ${text(timeZone)}; kept ${kept.join(' / ')}; instant restore ${instantRestoreDays} days`;
};

const assumptionText = (assumption: Assumption): string =>
  byKind<Assumption, string>(assumption, {
    'machine-is': ({ machineId, vmId }) => `${text(nameOf(machineId))} is still the machine with instance id \`${vmId}\``,
    'machine-disks-are': ({ diskIds }) => `it has exactly ${diskIds.map((id) => text(nameOf(id))).join(', ') || 'no managed disks'}`,
    'disk-is': ({ diskId, uniqueId }) => `disk ${text(nameOf(diskId))} is still \`${uniqueId}\``,
    'power-is': ({ power }) => `it is ${power}`,
    'protected-by': ({ vaultId }) => (vaultId === null ? 'no vault protects it' : `vault ${text(nameOf(vaultId))} protects it`),
    absent: ({ resourceId }) => `${text(nameOf(resourceId))} does not exist`,
    'no-other-collection': ({ machineId, location }) => `${text(nameOf(machineId))} has got no other restore point collection in ${location}`,
    'no-newer-point': ({ collectionId, than }) =>
      `collection ${text(nameOf(collectionId))} holds no restore point${than === null ? '' : ` younger than ${than}`}`,
    'no-newer-snapshot': ({ diskId, than }) =>
      than === null ? `disk ${text(nameOf(diskId))} has no snapshot where this one goes` : `disk ${text(nameOf(diskId))} has no snapshot newer than ${than} where this one goes`,
    'no-other-vault': ({ location, besides }) =>
      `${text(location)} has ${besides.length === 0 ? 'no vault' : `no vault but ${besides.map((id) => text(nameOf(id))).join(', ')}`} and this plan's own`,
    'no-like-policy': ({ vaultId }) => `vault ${text(nameOf(vaultId))} has no such policy of somebody else's making`,
  });

const refusalSection = (refusals: readonly Refusal[]): string => {
  if (refusals.length === 0) return '';
  const entries = refusals.map((refusal) =>
    [
      `- **${text(nameOf(refusal.subject))}**: ${optionName[refusal.option]}`,
      ...refusal.reasons.map((reason) => `  - ${text(reason.text)}${reason.source === '' ? '' : ` (<${reason.source}>)`}`),
    ].join('\n'),
  );
  return ['## Needed, but not in this plan', entries.join('\n')].join('\n\n');
};

const applySection = (plan: Plan, words: string): string => {
  const allow = plan.steps.filter((step) => step.destructive).map((step) => ` --allow ${step.id}`).join('');
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

const shellWord = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`);

/** Names and tags are the users' words: they must not become links, markup or another line. */
const text = (words: string): string => oneLine(words).replace(/[\\`*_[\]<>|#]/g, String.raw`\$&`);
