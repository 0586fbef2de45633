/** The audit for people: each machine's standing, what to do about each finding, and a summary a newcomer understands. */
import type { Audit, AuditedMachine, Finding } from '../core/audit.ts';
import { counted, listed } from '../core/duration.ts';
import { nameOf } from '../core/ids.ts';
import { severities, type Severity } from '../core/problem.ts';
import { atRiskCodes, standingOf, type Standing } from '../core/standing.ts';
import { elide, layout, oneLine, painter, sentence, wrap, type Cell, type Column, type Paint } from './layout.ts';
import type { RenderOptions } from './model.ts';
import { codesText, protectionsText, severityStyle, standingWords } from './words.ts';

/** Unknowns of one reason are often many; past this many the JSON is the place to read them. */
const mostUnknownsShown = 12;

export const auditTable = (audit: Audit, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const sections = [
    sentence(`Audit of ${audit.scope}, as of ${audit.asOf}`, width, paint, 'bold', 'Audit'),
    audit.machines.length === 0 ? 'No machines were found in this scope.' : machineTable(audit, width, paint),
    ...(brief ? [] : [findingList(audit, width, paint), unknownList(audit, width, paint)]),
    summary(audit, width, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const columns: readonly Column[] = [
  { title: 'MACHINE', least: 12, elide: 'middle' },
  { title: 'GROUP', least: 6, elide: 'middle' },
  { title: 'CLASS', least: 8, elide: 'end' },
  { title: 'DISKS', least: 5, elide: 'end', align: 'right' },
  { title: 'STANDING', least: 9, elide: 'end' },
  { title: 'PROTECTED BY', least: 12, elide: 'end' },
  { title: 'FINDINGS', least: 11, elide: 'end' },
];

const machineTable = (audit: Audit, width: number, paint: Paint): string =>
  layout(columns, audit.machines.map((machine) => machineRow(machine, audit)), width, paint);

const machineRow = (machine: AuditedMachine, audit: Audit): readonly Cell[] => {
  const standing = standingWords[standingOf(machine)];
  const worst = machine.findings[0];
  return [
    { text: machine.name },
    { text: machine.resourceGroup },
    { text: machine.class },
    { text: `${machine.disks.length}${machine.disks.every((disk) => disk.known) ? '' : '?'}` },
    standing,
    { text: protectionsText(machine, audit.asOf) },
    { text: codesText(machine.findings), ...(worst ? { style: severityStyle[worst.severity] } : {}) },
  ];
};

/** Beside a name in the head of a finding: the longest severity and code. */
const headRoom = 'critical replication-unhealthy'.length + 1;

interface About {
  readonly name: string;
  readonly finding: Finding;
}

const findingsOf = (audit: Audit): readonly About[] =>
  [...audit.machines, ...audit.orphans, ...audit.vaults].flatMap((subject) =>
    subject.findings.map((finding) => ({ name: 'name' in subject ? subject.name : nameOf(subject.id), finding })),
  );

const findingList = (audit: Audit, width: number, paint: Paint): string => {
  const found = findingsOf(audit);
  if (found.length === 0) return '';
  const order = (severity: Severity) => severities.indexOf(severity);
  const lines = found
    .toSorted((a, b) => order(a.finding.severity) - order(b.finding.severity))
    .flatMap(({ name, finding }) => [
      `${paint(severityStyle[finding.severity], finding.severity)} ${paint('bold', elide(oneLine(name), width - headRoom, 'middle'))} ${finding.code}`,
      wrap(finding.summary, width, '    '),
      wrap(`→ ${finding.remedy}`, width, '    '),
    ]);
  return [paint('bold', 'FINDINGS, worst first'), ...lines].join('\n');
};

const unknownList = (audit: Audit, width: number, paint: Paint): string => {
  const matter = audit.unknowns.filter((unknown) => unknown.matters);
  if (matter.length === 0) return '';
  const lines = matter
    .slice(0, mostUnknownsShown)
    .map((unknown) => wrap(`${nameOf(unknown.subject) || unknown.subject}: ${unknown.fact}: ${unknown.reason}`, width, '  '));
  const more = matter.length - lines.length;
  return [
    paint('bold', 'UNKNOWN, and could change the answer'),
    ...lines,
    ...(more > 0 ? [`  … and ${more} more; --output json holds them all`] : []),
  ].join('\n');
};

const summary = (audit: Audit, width: number, paint: Paint): string => {
  const standings = audit.machines.map(standingOf);
  const count = (standing: Standing) => standings.filter((s) => s === standing).length;
  const atRisk = count('at-risk');
  const risk = atRisk > 0 ? `${atRisk} at risk` : 'none at risk';
  const parts = [
    atRisk > 0 ? `${risk} (${riskBySeverity(audit)})` : risk,
    ...(['protected', 'protection-pending', 'excluded', 'nothing-required'] as const)
      .filter((standing) => count(standing) > 0)
      .map((standing) => `${count(standing)} ${standingWords[standing].text}`),
  ];
  const lines = [sentence(`${counted(audit.machines.length, 'machine')}: ${parts.join(', ')}.`, width, paint, atRisk > 0 ? 'red' : 'green', risk)];
  const unknown = count('unknown');
  if (unknown > 0) {
    const text = `${counted(unknown, 'machine')} could not be judged, and ${unknown === 1 ? 'is' : 'are'} counted neither as protected nor as at risk.`;
    lines.push(sentence(text, width, paint, 'yellow', counted(unknown, 'machine')));
  }
  const rest = [
    audit.orphans.length > 0 ? counted(audit.orphans.length, 'orphaned or overdue point or item', 'orphaned or overdue points or items') : '',
    audit.vaults.some((vault) => vault.findings.length > 0)
      ? `${counted(audit.vaults.filter((vault) => vault.findings.length > 0).length, 'vault')} with findings`
      : '',
  ].filter((text) => text !== '');
  if (rest.length > 0) lines.push(wrap(`Besides: ${listed(rest)}.`, width));
  if (!audit.complete) {
    const matter = audit.unknowns.filter((u) => u.matters).length;
    const text = `This audit is incomplete: ${counted(matter, 'thing')} could not be read and could change the answer.`;
    lines.push(sentence(text, width, paint, 'yellow', 'incomplete'));
  }
  return lines.join('\n');
};

/** Machines by their worst risk, so that the numbers add up to the machines at risk. */
const riskBySeverity = (audit: Audit): string => {
  const worst = audit.machines
    .filter((machine) => standingOf(machine) === 'at-risk')
    .map((machine) => machine.findings.find((finding) => atRiskCodes.has(finding.code))!.severity);
  return severities
    .map((severity) => ({ severity, count: worst.filter((w) => w === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => `${count} ${severity}`)
    .join(', ');
};
