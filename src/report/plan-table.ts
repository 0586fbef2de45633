/** A plan, an outcome and an inventory for people at a terminal. */
import { usdCell, usdText } from '../core/cost/cost-words.ts';
import { counted, durationText, listed } from '../core/duration.ts';
import { keyOf, nameOf, subscriptionOf } from '../core/ids.ts';
import { optionName } from '../core/option-name.ts';
import type { OutcomeKind, Plan, Refusal, StepOf } from '../core/plan.ts';
import type { Outcome, VerifiedState, VerifiedSubject } from '../core/verify.ts';
import { layout, oneLine, painter, sentence, wrap, type Column, type Paint, type Style } from './layout.ts';
import type { Inventory, RenderOptions } from './model.ts';
import { writesText } from './steps/index.ts';

const planColumns: readonly Column[] = [
  { title: '#', least: 3, elide: 'end', align: 'right' },
  { title: 'STEP', least: 18, elide: 'middle' },
  { title: 'FOR', least: 10, elide: 'middle' },
  { title: 'WRITES', least: 14, elide: 'middle' },
  { title: 'AFTER', least: 5, elide: 'end' },
  { title: 'USD/MONTH', least: 9, elide: 'end', align: 'right' },
];

export const planTable = (plan: Plan, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const order = new Map(plan.steps.map((step, i) => [step.id, i + 1]));
  const rows = plan.steps.map((step, i) => [
    { text: String(i + 1) },
    { text: step.id, ...(step.destructive ? { style: 'red' as const } : {}) },
    { text: nameOf(step.subject) },
    { text: writesText(step) },
    { text: [...step.dependsOn, ...(step.after ?? [])].map((needed) => order.get(needed)).join(',') },
    { text: step.cost === undefined ? '' : usdCell(step.cost) },
  ]);
  const sections = [
    sentence(
      `Plan ${plan.digest.slice(0, 12)} for ${plan.scope.description}, made ${plan.createdAt}, good until ${plan.expiresAt}`,
      width,
      paint,
      'bold',
      'Plan',
    ),
    rows.length === 0 ? nothingText(plan) : layout(planColumns, rows, width, paint),
    brief ? '' : refusalList(plan.refusals, width, paint),
    planSummary(plan, width, paint),
    costList(plan, { width, brief }, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

/** Nothing is left to do, or nothing that is needed can be done: not the same to somebody in a hurry. */
const nothingText = ({ refusals }: Plan): string =>
  refusals.length === 0
    ? 'Nothing to do: what was asked for is there already.'
    : 'Nothing can be done: what is needed was refused, and nothing is written.';

const refusalList = (refusals: readonly Refusal[], width: number, paint: Paint): string => {
  if (refusals.length === 0) return '';
  const lines = refusals.flatMap((refusal) => [
    `${paint('yellow', 'not planned')} ${paint('bold', oneLine(nameOf(refusal.subject)))} ${optionName[refusal.option]}`,
    ...refusal.reasons.map((reason) => wrap(reason.text, width, '    ')),
  ]);
  const barred = refusals.some(({ reasons }) => reasons.some(({ code }) => code === 'no-permission'));
  const rights = barred ? ['What a login needs: `holdfast roles` prints it.'] : [];
  return [paint('bold', 'NEEDED, BUT NOT IN THIS PLAN'), ...lines, ...rights].join('\n');
};

const planSummary = (plan: Plan, width: number, paint: Paint): string => {
  const machines = new Set(plan.steps.filter((step) => isMachine(step.subject)).map((step) => keyOf(step.subject)));
  const stops = plan.steps
    .filter((step) => step.kind === 'machine.deallocate')
    .filter(({ destructive }) => destructive);
  const destructive = destructiveIds(plan);
  const about =
    plan.duration.expectedSeconds > 0
      ? `, ${plan.duration.expectedSeconds < 60 ? '' : 'about '}${durationText(plan.duration.expectedSeconds * 1000)} (${plan.duration.boundBy})`
      : '';
  const writes = counted(plan.steps.length, 'write');
  const unplanned = plan.refusals.length > 0 ? `; ${counted(plan.refusals.length, 'need')} not planned` : '';
  return [
    sentence(`${writes} for ${counted(machines.size, 'machine')}${about}${unplanned}.`, width, paint, 'bold', writes),
    destructive.length > 0
      ? sentence(destructiveText(destructive), width, paint, 'red', counted(destructive.length, 'step'))
      : deletionText(plan),
    ...(stops.length === 0
      ? []
      : [
          sentence(
            `${downtimeText(stops)} This must be allowed by name.`,
            width,
            paint,
            'red',
            counted(stops.length, 'machine'),
          ),
        ]),
  ].join('\n');
};

/** The sum, and under it what it rests on. */
const costList = (
  { cost, steps }: Plan,
  { width, brief }: { readonly width: number; readonly brief: boolean },
  paint: Paint,
): string => {
  if (steps.length === 0) return '';
  const sum = usdText(cost);
  const head = sentence(
    `What it makes costs: ${sum}.`,
    width,
    paint,
    cost.monthlyUsd === 'unknown' ? 'yellow' : 'bold',
    sum,
  );
  return brief ? head : [head, ...cost.assumptions.map((assumption) => wrap(assumption, width, '  '))].join('\n');
};

/** The names are what `--allow` wants; of very many the plan's summary has the rest. */
const destructiveText = (ids: readonly string[]): string => {
  const shown = ids.length > mostNamed ? [...ids.slice(0, mostNamed), `${ids.length - mostNamed} more`] : ids;
  return `${counted(ids.length, 'step')} ${ids.length === 1 ? 'deletes or cannot' : 'delete or cannot'} be undone, to be allowed by name (--allow): ${listed(shown)}.`;
};

const mostNamed = 8;

const deletionText = ({ steps }: Plan): string => {
  const deletions = steps.filter(({ method }) => method === 'DELETE');
  if (deletions.length === 0) return 'Nothing is deleted or replaced.';
  // A destructive deletion is told as such; these take back what the plan itself makes.
  return `Deletes only what it makes itself for the while (${counted(deletions.length, 'deletion')}).`;
};

const downtimeText = (stops: readonly StepOf<'machine.deallocate'>[]): string => {
  const longest = Math.max(...stops.map(({ input }) => input.downtimeSeconds ?? 0));
  const names = listed(stops.map(({ input }) => nameOf(input.machineId)));
  return `${counted(stops.length, 'machine')} (${names}) will be off${longest === 0 ? '' : ` for about ${durationText(longest * 1000)}`}.`;
};

const destructiveIds = ({ steps }: Plan): readonly string[] =>
  steps.filter(({ destructive, kind }) => destructive && kind !== 'machine.deallocate').map(({ id }) => id);

const isMachine = (id: string): boolean => /\/microsoft\.compute\/virtualmachines\/[^/]+$/i.test(id);

const outcomeStyle: Readonly<Record<OutcomeKind, Style>> = {
  done: 'green',
  'already-done': 'green',
  moved: 'yellow',
  failed: 'red',
  skipped: 'yellow',
  'in-doubt': 'red',
  interrupted: 'yellow',
};

const stateWords: Readonly<Record<VerifiedState, string>> = {
  protected: 'protected',
  'protection-pending': 'pending',
  'still-at-risk': 'still at risk',
  unknown: 'unknown',
};

const stateStyle: Readonly<Record<VerifiedState, Style>> = {
  protected: 'green',
  'protection-pending': 'cyan',
  'still-at-risk': 'red',
  unknown: 'yellow',
};

export const outcomeTable = (outcome: Outcome, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const steps = layout(
    [
      { title: 'STEP', least: 20, elide: 'middle' },
      { title: 'OUTCOME', least: 12, elide: 'end' },
      { title: 'DETAIL', least: 12, elide: 'end' },
    ],
    outcome.steps.map((step) => [
      { text: step.id },
      { text: step.outcome, style: outcomeStyle[step.outcome] },
      { text: step.detail ?? '' },
    ]),
    width,
    paint,
  );
  const sections = [
    `${paint('bold', 'Applied')} plan ${outcome.plan.slice(0, 12)}`,
    steps,
    verified(outcome, { width, brief }, paint),
  ];
  return `${sections.join('\n\n')}\n`;
};

const verified = (
  outcome: Outcome,
  { width, brief }: { readonly width: number; readonly brief: boolean },
  paint: Paint,
): string => {
  const { verification } = outcome;
  if (verification === null) return paint('yellow', 'Not verified: apply ended before it could look again.');
  const rows = verification.subjects.map((subject) => [
    { text: nameOf(subject.id) },
    { text: stateWords[subject.state], style: stateStyle[subject.state] },
    { text: subject.dueBy === undefined ? '' : `first point due by ${subject.dueBy}` },
    { text: [...new Set(subject.after.map((finding) => finding.code))].join(', ') || (subject.detail ?? '') },
  ]);
  const columns: readonly Column[] = [
    { title: 'MACHINE', least: 12, elide: 'middle' },
    { title: 'NOW', least: 10, elide: 'end' },
    { title: 'DUE', least: 5, elide: 'end' },
    { title: 'REMAINS', least: 10, elide: 'end' },
  ];
  const counts = Object.entries(verification.summary)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${stateWords[state as VerifiedState]}`);
  const head = sentence(
    `Audited again, as of ${verification.asOf}: ${listed(counts) || 'no machines'}.`,
    width,
    paint,
    'bold',
    'Audited again',
  );
  if (brief || rows.length === 0) return head;
  return [head, layout(columns, rows, width, paint), nextSteps(verification.subjects, width)]
    .filter((text) => text !== '')
    .join('\n\n');
};

const mostTold = 5;

/** What remains is no use without what to do about it; of many, the audit has the rest. */
const nextSteps = (subjects: readonly VerifiedSubject[], width: number): string => {
  const open = subjects.filter(
    ({ state, after }) => (state === 'still-at-risk' || state === 'unknown') && after.length > 0,
  );
  const told = open
    .slice(0, mostTold)
    .flatMap(({ id, after }) =>
      after.map(({ code, remedy }) => wrap(`${nameOf(id)}, ${code}: ${remedy}`, width, '  ')),
    );
  const rest =
    open.length > mostTold ? [`  ${counted(open.length - mostTold, 'more machine')}: see \`holdfast audit\``] : [];
  return told.length === 0 ? '' : ['What to do next:', ...told, ...rest].join('\n');
};

const inventoryColumns: readonly Column[] = [
  { title: 'MACHINE', least: 12, elide: 'middle' },
  { title: 'GROUP', least: 8, elide: 'middle' },
  { title: 'SUBSCRIPTION', least: 12, elide: 'middle' },
  { title: 'REGION', least: 8, elide: 'end' },
  { title: 'OS', least: 7, elide: 'end' },
  { title: 'POWER', least: 7, elide: 'end' },
  { title: 'DISKS', least: 5, elide: 'end', align: 'right' },
  { title: 'GIB', least: 4, elide: 'end', align: 'right' },
];

export const inventoryTable = (inventory: Inventory, { width, colour }: RenderOptions): string => {
  const paint = painter(colour);
  const rows = inventory.machines.map((machine) => [
    { text: machine.name },
    { text: machine.resourceGroup },
    { text: machine.subscriptionId },
    { text: machine.location },
    { text: machine.os },
    { text: machine.power },
    { text: `${machine.disks}${machine.disksUnknown > 0 ? '?' : ''}` },
    { text: machine.sizeGiB === null ? '?' : String(machine.sizeGiB) },
  ]);
  const machines = counted(inventory.machines.length, 'machine');
  const subscriptions = new Set(inventory.machines.map((machine) => subscriptionOf(machine.id))).size;
  const gaps = gapLines(inventory, width);
  const sections = [
    sentence(`Inventory of ${inventory.scope}, as of ${inventory.asOf}`, width, paint, 'bold', 'Inventory'),
    rows.length === 0 ? 'No machines were found in this scope.' : layout(inventoryColumns, rows, width, paint),
    gaps.length === 0 ? '' : [paint('yellow', 'COULD NOT BE READ WHOLLY'), ...gaps].join('\n'),
    sentence(
      `${machines} in ${counted(subscriptions, 'subscription')}.${inventory.complete ? '' : ' The inventory is incomplete.'}`,
      width,
      paint,
      'bold',
      machines,
    ),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

/** A place is told once, with all that could not be read there for the same reason; the JSON holds every gap with its words. */
const gapLines = ({ gaps }: Inventory, width: number): readonly string[] =>
  [...Map.groupBy(gaps, (g) => `${g.scope} ${g.why}`).values()].map((same) => {
    const [{ scope, why, reason }] = same as [(typeof same)[number]];
    const detail = why === 'no-permission' ? 'the login may not' : reason;
    return wrap(
      `${scope === '/' ? 'everywhere' : scope}: ${[...new Set(same.map((g) => g.collection))].join(', ')} (${detail})`,
      width,
      '  ',
    );
  });
