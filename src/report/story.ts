/** Before, done, after: what a run of the whole job changed, for somebody who sees holdfast for the first time. */
import type { Audit, AuditedMachine } from '../core/audit.ts';
import { counted } from '../core/duration.ts';
import { keyOf, nameOf } from '../core/ids.ts';
import { optionName } from '../core/option-name.ts';
import type { OutcomeKind, Plan, StepOutcome } from '../core/plan.ts';
import { severities } from '../core/problem.ts';
import { standingOf, type Standing } from '../core/standing.ts';
import { layout, painter, wrap, type Column, type Paint } from './layout.ts';
import type { RenderOptions } from './model.ts';
import { wordsOf } from './steps/index.ts';
import { codesText, standingWords } from './words.ts';

export interface Story {
  readonly before: Audit;
  readonly plan: Plan;
  readonly outcomes: readonly StepOutcome[];
  readonly after: Audit;
}

export const storyText = (told: Story, { width, colour }: RenderOptions): string => {
  const paint = painter(colour);
  return [
    `${paint('bold', 'WHAT WAS AT RISK')}\n${atRisk(told.before, width)}`,
    `${paint('bold', 'WHAT WAS DONE')}\n${done(told.plan, told.outcomes, width)}`,
    `${paint('bold', 'BEFORE AND AFTER')}\n${standings(told.before, told.after, width, paint)}`,
    `${paint('bold', 'WHAT REMAINS, AND WHY')}\n${remains(told, width, paint)}`,
    '',
  ].join('\n\n');
};

/** Machines at risk, grouped by their worst finding. */
const atRisk = (audit: Audit, width: number): string => {
  const machines = audit.machines.filter((m) => standingOf(m) === 'at-risk');
  if (machines.length === 0) return '  Nothing.';
  const groups = Map.groupBy(machines, (m) => codesText(worstOf(m)));
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([codes, of]) => wrap(`${of.length} ${codes}: ${of.map((m) => m.name).join(', ')}`, width, '  '))
    .join('\n');
};

const worstOf = (machine: AuditedMachine) => {
  const rank = Math.min(...machine.findings.map((f) => severities.indexOf(f.severity)));
  return machine.findings.filter((f) => severities.indexOf(f.severity) === rank);
};

const done = (plan: Plan, outcomes: readonly StepOutcome[], width: number): string => {
  const ended = new Map(outcomes.map((o) => [o.id, o]));
  const groups = Map.groupBy(plan.steps, (step) => step.kind);
  if (groups.size === 0) return '  Nothing was planned.';
  return [...groups]
    .flatMap(([kind, steps]) => {
      const by = Map.groupBy(steps, (step): OutcomeKind => ended.get(step.id)?.outcome ?? 'interrupted');
      const tally = [...by].map(([outcome, of]) => `${of.length} ${outcome}`).join(', ');
      const trouble = steps.flatMap((step) => {
        const o = ended.get(step.id);
        return o && !['done', 'already-done'].includes(o.outcome)
          ? [wrap(`${step.id}: ${o.outcome}${o.detail ? `, ${o.detail}` : ''}`, width, '      ')]
          : [];
      });
      return [`  ${counted(steps.length, ...wordsOf(kind).noun)}: ${tally}`, ...trouble];
    })
    .join('\n');
};

const order: readonly Standing[] = [
  'protected',
  'protection-pending',
  'at-risk',
  'unknown',
  'excluded',
  'nothing-required',
];

const columns: readonly Column[] = [
  { title: '', least: 12, elide: 'end' },
  { title: 'BEFORE', least: 6, elide: 'end', align: 'right' },
  { title: 'AFTER', least: 6, elide: 'end', align: 'right' },
];

const standings = (before: Audit, after: Audit, width: number, paint: Paint): string => {
  const count = (audit: Audit, standing: Standing): number =>
    audit.machines.filter((m) => standingOf(m) === standing).length;
  const rows = order
    .filter((s) => count(before, s) + count(after, s) > 0)
    .map((s) => [
      { text: `  ${standingWords[s].text}`, style: standingWords[s].style },
      { text: String(count(before, s)) },
      { text: String(count(after, s)) },
    ]);
  return layout(columns, rows, width, paint);
};

/** Every machine that is not as it should be, with the plan's own reason where it gave one; those that only wait, in one breath. */
const remains = ({ plan, after }: Story, width: number, paint: Paint): string => {
  const refused = Map.groupBy(plan.refusals, (r) => keyOf(r.subject));
  const by = Map.groupBy(after.machines, standingOf);
  const told = (['at-risk', 'unknown'] as const).flatMap((standing) =>
    (by.get(standing) ?? []).flatMap((m) => {
      const { style, text: word } = standingWords[standing];
      const reasons = (refused.get(keyOf(m.id)) ?? []).map(
        (r) => `${optionName[r.option]}: ${r.reasons.map((x) => x.text).join(' ')}`,
      );
      const why = reasons.length > 0 ? reasons : m.findings.slice(0, 1).map((f) => f.summary);
      return [
        `  ${paint(style, word)} ${paint('bold', nameOf(m.id))} (${m.class})`,
        ...why.map((text) => wrap(text, width, '      ')),
      ];
    }),
  );
  const waiting = by.get('protection-pending') ?? [];
  const due = waiting
    .flatMap((m) => m.findings.flatMap((f) => f.dueBy ?? []))
    .sort()
    .at(-1);
  const pending =
    waiting.length === 0
      ? []
      : [
          wrap(
            `${counted(waiting.length, 'machine')} set up and waiting for the first point${due === undefined ? '' : `, the last one due by ${due}`}: ${waiting.map((m) => m.name).join(', ')}`,
            width,
            '  ',
          ),
        ];
  const lines = [...told, ...pending];
  return lines.length === 0 ? '  Nothing: every machine is as the guidance asks.' : lines.join('\n');
};
