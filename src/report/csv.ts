/**
 * Rows for a spreadsheet. Columns are a promise: new ones are added at the end, none is renamed or moved.
 * Values that a spreadsheet would run as a formula (tags are the users' own words) are escaped.
 *
 * - audit: a row per finding; a machine, orphan or vault without findings has one row with the finding's columns empty; with
 *   a baseline also a row per finding that only that one holds
 * - inventory: a row per machine · points: a row per point or unknown · plan: a row per step or refusal · outcome: a row per step · job-run: a row per machine
 * - history: a row per run
 * - prune: a row per point
 */
import { stringify } from 'csv-stringify/sync';
import { byKind } from '../core/by-kind.ts';
import type { Audit, AuditedMachine, AuditedVault, Finding, FindingChange, Orphan } from '../core/audit.ts';
import { keyOf, nameOf, parseId } from '../core/ids.ts';
import type { Plan } from '../core/plan.ts';
import { jobColumns, jobRows } from './job-csv.ts';
import { pointColumns, pointRows } from './points-csv.ts';
import { pruneColumns, pruneRows } from './prune-csv.ts';
import { standingOf } from '../core/standing.ts';
import type { Outcome } from '../core/verify.ts';
import { historyColumns, historyRows } from './history-csv.ts';
import { oneLine } from './layout.ts';
import type { Format, Inventory, Report } from './model.ts';
import type { Row, Sheet } from './sheet.ts';

export const csv: Format = {
  id: 'csv',
  title: 'rows for a spreadsheet, formulas escaped',
  extension: 'csv',
  render: (report) => {
    const { columns, rows } = tableOf(report);
    return stringify(rows.map(safe), { header: true, columns: [...columns] });
  },
};

const safe = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === 'string' ? safeText(value) : value]),
  );

/** One line without control characters; what a spreadsheet would run, white space before it or not, starts with `'`. */
const safeText = (text: string): string => {
  const line = oneLine(text);
  return /^\s*[=+\-@\uff1d\uff0b\uff0d\uff20]/.test(line) ? `'${line}` : line;
};

const tableOf = (report: Report): Sheet =>
  byKind<Report, Sheet>(report, {
    'holdfast.audit': (audit) => ({ columns: auditColumns, rows: auditRows(audit) }),
    'holdfast.inventory': (inventory) => ({ columns: inventoryColumns, rows: inventoryRows(inventory) }),
    'holdfast.points': (points) => ({ columns: pointColumns, rows: pointRows(points) }),
    'holdfast.plan': (plan) => ({ columns: planColumns, rows: planRows(plan) }),
    'holdfast.outcome': (outcome) => ({ columns: outcomeColumns, rows: outcomeRows(outcome) }),
    'holdfast.prune': (prune) => ({ columns: pruneColumns, rows: pruneRows(prune) }),
    'holdfast.history': (history) => ({ columns: historyColumns, rows: historyRows(history) }),
    'holdfast.job-run': (run) => ({ columns: jobColumns, rows: jobRows(run) }),
  });

const auditColumns = [
  'subjectKind',
  'id',
  'name',
  'resourceGroup',
  'subscriptionId',
  'location',
  'os',
  'power',
  'class',
  'environment',
  'excludedUntil',
  'application',
  'striping',
  'disks',
  'required',
  'protectedBy',
  'newestPointAt',
  'newestPointConsistency',
  'standing',
  'findingId',
  'findingCode',
  'findingOption',
  'severity',
  'summary',
  'remedy',
  'what',
  'since',
  'sizeGiB',
  'monthlyUsd',
  'change',
  'was',
] as const;

const auditRows = (audit: Audit): readonly Row[] => {
  const changed = new Map(
    audit.comparison?.findings.map((change) => [`${keyOf(change.subject)}|${change.id}`, change]),
  );
  const rows = (row: Row, { id, findings }: Audit['machines' | 'orphans' | 'vaults'][number]): readonly Row[] =>
    withFindings(row, findings).map((one) => {
      const change = changed.get(`${keyOf(id)}|${String(one['findingId'])}`);
      return change === undefined ? one : { ...one, change: change.change, was: change.was ?? null };
    });
  return [
    ...audit.machines.flatMap((machine) => rows(machineRow(machine), machine)),
    ...audit.orphans.flatMap((orphan) => rows(orphanRow(orphan), orphan)),
    ...audit.vaults.flatMap((vault) => rows(vaultRow(vault), vault)),
    ...(audit.comparison?.findings ?? []).filter(({ is }) => is === undefined).map(formerRow),
  ];
};

/** A finding of the baseline that is not here any more: `severity` is empty, since there is none now. */
const formerRow = ({ subjectKind, subject, name, id, code, option, summary, change, was }: FindingChange): Row => ({
  subjectKind,
  ...placed(subject),
  name,
  findingId: id,
  findingCode: code,
  findingOption: option ?? null,
  summary,
  change,
  was: was ?? null,
});

const withFindings = (row: Row, findings: readonly Finding[]): readonly Row[] =>
  findings.length === 0
    ? [row]
    : findings.map((finding) => ({
        ...row,
        findingId: finding.id,
        findingCode: finding.code,
        findingOption: finding.option ?? null,
        severity: finding.severity,
        summary: finding.summary,
        remedy: finding.remedy,
      }));

const placed = (id: string): Row => {
  const parsed = parseId(id);
  return {
    id,
    name: nameOf(id),
    resourceGroup: parsed?.resourceGroup ?? null,
    subscriptionId: parsed?.subscriptionId ?? null,
  };
};

const machineRow = (machine: AuditedMachine): Row => {
  const newest = machine.protections
    .flatMap((protection) => (protection.newestPoint ? [protection.newestPoint] : []))
    .toSorted((a, b) => (a.at < b.at ? 1 : -1))[0];
  return {
    subjectKind: 'machine',
    ...placed(machine.id),
    name: machine.name,
    resourceGroup: machine.resourceGroup,
    subscriptionId: machine.subscriptionId,
    location: machine.location,
    os: machine.os,
    power: machine.power,
    class: machine.class,
    environment: machine.environment,
    excludedUntil: machine.excluded?.until ?? null,
    application: machine.application ?? null,
    striping: machine.striping.state,
    disks: machine.disks.length,
    required: machine.verdicts
      .filter((v) => v.verdict === 'required')
      .map((v) => v.option)
      .join(' '),
    protectedBy: machine.protections.map((protection) => protection.option).join(' '),
    newestPointAt: newest?.at ?? null,
    newestPointConsistency: newest?.consistency ?? null,
    standing: standingOf(machine),
  };
};

const orphanRow = (orphan: Orphan): Row => ({
  subjectKind: 'orphan',
  ...placed(orphan.id),
  protectedBy: orphan.option,
  what: orphan.what,
  since: orphan.since,
  sizeGiB: orphan.sizeGiB,
  monthlyUsd: orphan.cost.monthlyUsd,
});

const vaultRow = (vault: AuditedVault): Row => ({
  subjectKind: 'vault',
  ...placed(vault.id),
  location: vault.location,
});

const inventoryColumns = [
  'id',
  'name',
  'resourceGroup',
  'subscriptionId',
  'location',
  'os',
  'power',
  'size',
  'disks',
  'disksUnknown',
  'sizeGiB',
  'tags',
] as const;

const inventoryRows = (inventory: Inventory): readonly Row[] =>
  inventory.machines.map((machine) => ({
    ...machine,
    tags: Object.entries(machine.tags)
      .map(([name, value]) => `${name}=${value}`)
      .join('; '),
  }));

const planColumns = [
  'entry',
  'order',
  'step',
  'kind',
  'option',
  'subject',
  'method',
  'resourceId',
  'dependsOn',
  'destructive',
  'reason',
  'monthlyUsd',
  'atMostUsd',
] as const;

const planRows = (plan: Plan): readonly Row[] => [
  ...plan.steps.map((step, i) => ({
    entry: 'step',
    order: i + 1,
    step: step.id,
    kind: step.kind,
    option: step.option,
    subject: step.subject,
    method: step.method,
    resourceId: step.resourceId,
    dependsOn: [...step.dependsOn, ...(step.after ?? [])].join(' '),
    destructive: String(step.destructive),
    reason: step.reason,
    monthlyUsd: step.cost?.monthlyUsd ?? null,
    atMostUsd: step.cost?.atMostUsd ?? null,
  })),
  ...plan.refusals.map((refusal) => ({
    entry: 'refusal',
    option: refusal.option,
    subject: refusal.subject,
    reason: refusal.reasons.map((reason) => reason.text).join('; '),
  })),
];

const outcomeColumns = ['step', 'outcome', 'startedAt', 'endedAt', 'detail'] as const;

const outcomeRows = (outcome: Outcome): readonly Row[] =>
  outcome.steps.map((step) => ({
    step: step.id,
    outcome: step.outcome,
    startedAt: step.startedAt ?? null,
    endedAt: step.endedAt ?? null,
    detail: step.detail ?? null,
  }));
