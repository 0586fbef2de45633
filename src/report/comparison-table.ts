/** What changed since the baseline, for people: changes as rows, the most urgent first, and a line that counts them. */
import type { Audit, AuditComparison, FindingChange, MachineChange } from '../core/audit.ts';
import { counted, listed } from '../core/duration.ts';
import { optionName } from '../core/option-name.ts';
import type { Standing } from '../core/standing.ts';
import { instantMs, type Instant } from '../core/time.ts';
import { layout, sentence, wrap, type Cell, type Column, type Paint, type Style } from './layout.ts';
import { severityStyle, standingWords } from './words.ts';

export const comparisonText = ({ comparison, asOf }: Audit, width: number, paint: Paint): string => {
  if (comparison === undefined) return '';
  const { baseline, notes, findings, machines } = comparison;
  return [
    heading(baseline.asOf, asOf, width, paint),
    ...notes.map((note) => wrap(`Note: ${note}.`, width)),
    ...(findings.length === 0 ? [] : ['', layout(findingColumns, findings.map(findingRow), width, paint)]),
    ...(machines.length === 0 ? [] : ['', layout(machineColumns, machines.map(machineRow), width, paint)]),
    '',
    ...summary(comparison, width, paint),
  ].join('\n');
};

const heading = (baseline: Instant, now: Instant, width: number, paint: Paint): string => {
  const words = instantMs(baseline)! > instantMs(now)! ? 'AGAINST THE LATER AUDIT OF' : 'SINCE';
  return sentence(`${words} ${baseline} (this audit: ${now})`, width, paint, 'bold', words);
};

const findingColumns: readonly Column[] = [
  { title: 'CHANGE', least: 15, elide: 'end' },
  { title: 'SEVERITY', least: 8, elide: 'end' },
  { title: 'ON', least: 14, elide: 'middle' },
  { title: 'FINDING', least: 12, elide: 'end' },
];

const changeStyle: Readonly<Record<string, Style>> = {
  new: 'red',
  worse: 'red',
  'no-longer-known': 'yellow',
  'now-known': 'yellow',
  unclear: 'yellow',
  better: 'green',
  gone: 'green',
};

const words = (change: string): string => change.replaceAll('-', ' ');

const changeCell = (change: string): Cell => {
  const style = changeStyle[change];
  return { text: words(change), ...(style === undefined ? {} : { style }) };
};

const findingRow = ({ change, name, code, option, was, is }: FindingChange): readonly Cell[] => [
  changeCell(change),
  {
    text: was !== undefined && is !== undefined ? `${was} → ${is}` : (is ?? `was ${was}`),
    ...(is === undefined ? {} : { style: severityStyle[is] }),
  },
  { text: name },
  { text: option === undefined ? code : `${code} (${optionName[option]})` },
];

const machineColumns: readonly Column[] = [
  { title: 'MACHINE', least: 15, elide: 'end' },
  { title: 'NAME', least: 14, elide: 'middle' },
  { title: 'STANDING', least: 9, elide: 'end' },
  { title: 'CLASS', least: 8, elide: 'end' },
];

const machineRow = ({ change, name, standing, class: of }: MachineChange): readonly Cell[] => [
  changeCell(change),
  { text: name },
  { text: pairText(standing, (one) => standingWords[one as Standing].text) },
  { text: pairText(of, (one) => one) },
];

const pairText = (
  pair: { readonly was?: string; readonly is?: string } | undefined,
  text: (one: string) => string,
): string => {
  const { was, is } = pair ?? {};
  if (was !== undefined && is !== undefined) return `${text(was)} → ${text(is)}`;
  if (is !== undefined) return text(is);
  return was === undefined ? '' : `was ${text(was)}`;
};

const summary = (comparison: AuditComparison, width: number, paint: Paint): readonly string[] => {
  const { findings, machines, unchanged, notCompared } = comparison;
  const counts = (changes: readonly { readonly change: string }[]): string =>
    listed([...Map.groupBy(changes, ({ change }) => change)].map(([change, all]) => `${all.length} ${words(change)}`));
  const lines = [
    findings.length === 0
      ? wrap(
          unchanged === 0
            ? 'No finding changed: there are none to compare.'
            : `No finding changed; ${unchanged} as before.`,
          width,
        )
      : wrap(`Findings: ${counts(findings)}; ${unchanged} as they were.`, width),
    ...(machines.length === 0 ? [] : [wrap(`Machines: ${counts(machines)}.`, width)]),
  ];
  const left = [
    ...(notCompared.now > 0 ? [`${counted(notCompared.now, 'subject')} of this audit`] : []),
    ...(notCompared.baseline > 0 ? [`${counted(notCompared.baseline, 'subject')} of the baseline`] : []),
  ];
  if (left.length > 0) lines.push(sentence(`Not compared: ${listed(left)}.`, width, paint, 'yellow', 'Not compared'));
  if ([...findings, ...machines].some(({ change }) => change === 'no-longer-known' || change === 'no-longer-seen'))
    lines.push(
      wrap('What is no longer known is not gone: what would show it is out of sight (see the unknowns).', width),
    );
  return lines;
};
