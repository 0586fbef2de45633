/** A JSON value a line, each with its `kind`: for streams and for `jq` without reading the whole first. */
import { byKind } from '../core/by-kind.ts';
import type { Audit } from '../core/audit.ts';
import type { Format, Report } from './model.ts';

export const ndjson: Format = {
  id: 'ndjson',
  title: 'a JSON line per machine, finding, point, step or refusal; the totals last',
  extension: 'ndjson',
  render: (report) =>
    linesOf(report)
      .map((line) => `${JSON.stringify(line)}\n`)
      .join(''),
};

const linesOf = (report: Report): readonly object[] =>
  byKind<Report, readonly object[]>(report, {
    'holdfast.inventory': ({ machines, ...rest }) => [
      ...machines.map((machine) => ({ kind: 'machine', ...machine })),
      rest,
    ],
    'holdfast.audit': auditLines,
    'holdfast.points': ({ points, unknowns, ...rest }) => [
      ...points.map((point) => ({ kind: 'point', ...point })),
      ...unknowns.map((unknown) => ({ kind: 'unknown', ...unknown })),
      rest,
    ],
    'holdfast.plan': ({ steps, refusals, ...rest }) => [
      ...steps.map((step) => ({ kind: 'step', step })),
      ...refusals.map((refusal) => ({ kind: 'refusal', ...refusal })),
      rest,
    ],
    'holdfast.outcome': ({ steps, verification, ...rest }) => [
      ...steps.map((step) => ({ kind: 'step', ...step })),
      ...(verification?.subjects ?? []).map((subject) => ({ kind: 'subject', ...subject })),
      { ...rest, verification: verification?.summary ?? null },
    ],
    'holdfast.prune': ({ points, problems, ...rest }) => [
      ...points.map((point) => ({ kind: 'point', ...point })),
      ...problems.map((problem) => ({ kind: 'problem', ...problem })),
      rest,
    ],
    'holdfast.history': ({ entries, ...rest }) => [...entries.map((entry) => ({ kind: 'record', ...entry })), rest],
    'holdfast.job-run': ({ machines, problems, ...rest }) => [
      ...machines.map((machine) => ({ kind: 'machine', ...machine })),
      ...problems.map((problem) => ({ kind: 'problem', ...problem })),
      rest,
    ],
  });

/** Findings stand on lines of their own, with the id of what they are about, and not a second time inside it. */
const auditLines = (audit: Audit): readonly object[] => {
  const { machines, orphans, vaults, unknowns, comparison, ...rest } = audit;
  const about = (kind: string, subjects: readonly (Audit['machines'] | Audit['orphans'] | Audit['vaults'])[number][]) =>
    subjects.flatMap(({ findings, ...subject }) => [
      { kind, ...subject },
      ...findings.map((finding) => ({ kind: 'finding', subject: subject.id, ...finding })),
    ]);
  return [
    ...about('machine', machines),
    ...about('orphan', orphans),
    ...about('vault', vaults),
    ...unknowns.map((unknown) => ({ kind: 'unknown', ...unknown })),
    ...changeLines(comparison),
    rest,
  ];
};

const changeLines = (comparison: Audit['comparison']): readonly object[] => {
  if (comparison === undefined) return [];
  const { findings, machines, ...rest } = comparison;
  return [
    ...findings.map((change) => ({ kind: 'finding-change', ...change })),
    ...machines.map((change) => ({ kind: 'machine-change', ...change })),
    { kind: 'comparison', ...rest },
  ];
};
