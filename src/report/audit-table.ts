/** The audit for people: each machine's standing, what to do about each finding, and a summary a newcomer understands. */
import type { Audit, AuditedMachine, AuditUnknown, Finding } from '../core/audit.ts';
import { counted, listed } from '../core/duration.ts';
import { nameOf } from '../core/ids.ts';
import { severities, type Severity } from '../core/problem.ts';
import { atRiskCodes, isConsistencyUnread, standingOf, type Standing } from '../core/standing.ts';
import { comparisonText } from './comparison-table.ts';
import { elide, layout, oneLine, painter, sentence, wrap, type Cell, type Column, type Paint } from './layout.ts';
import type { RenderOptions } from './model.ts';
import { costText, orphanTable } from './orphan-table.ts';
import { codesText, protectionsText, severityStyle, standingWords } from './words.ts';

/** Unknowns of one reason are often many; past this many the JSON is the place to read them. */
const mostUnknownsShown = 12;

export const auditTable = (audit: Audit, { width, colour, brief = false }: RenderOptions): string => {
  const paint = painter(colour);
  const sections = [
    sentence(`Audit of ${audit.scope}, as of ${audit.asOf}`, width, paint, 'bold', 'Audit'),
    audit.machines.length === 0 ? 'No machines were found in this scope.' : machineTable(audit, width, paint),
    orphanTable(audit, width, paint),
    ...(brief ? [] : [findingList(audit, width, paint), unknownList(audit, width, paint)]),
    comparisonText(audit, width, paint),
    summary(audit, width, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
};

const columns: readonly Column[] = [
  { title: 'MACHINE', least: 14, elide: 'middle' },
  { title: 'GROUP', least: 6, elide: 'middle' },
  { title: 'CLASS', least: 8, elide: 'end' },
  { title: 'DISKS', least: 5, elide: 'end', align: 'right' },
  { title: 'STANDING', least: 9, elide: 'end' },
  { title: 'PROTECTED BY', least: 12, elide: 'end' },
  { title: 'FINDINGS', least: 11, elide: 'end' },
];

const machineTable = (audit: Audit, width: number, paint: Paint): string =>
  layout(
    columns,
    audit.machines.map((machine) => machineRow(machine, audit)),
    width,
    paint,
  );

const machineRow = (machine: AuditedMachine, audit: Audit): readonly Cell[] => {
  const { text, style } = standingWords[standingOf(machine)];
  const standing = { text: `${text}${machine.protections.some(isConsistencyUnread) ? '*' : ''}`, style };
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

/** Places first, all of them: a subscription that could not be read hides more than any fact of one machine. */
const unknownList = (audit: Audit, width: number, paint: Paint): string => {
  const matter = audit.unknowns.filter((unknown) => unknown.matters);
  if (matter.length === 0) return '';
  const places = matter.filter(isPlace);
  const facts = matter.filter((unknown) => !isPlace(unknown));
  const ofPlaces = [...Map.groupBy(places, ({ subject }) => subject.toLowerCase()).values()]
    .toSorted((a, b) => depth(a[0]!.subject) - depth(b[0]!.subject))
    .map((same) => wrap(placeText(same), width, '  '));
  const groups = [...Map.groupBy(facts, ({ fact, reason }) => `${kindOf(fact)}|${reason}`).values()].toSorted(
    (a, b) => b.length - a.length,
  );
  const ofFacts = groups.slice(0, mostUnknownsShown).map((same) => wrap(factText(same), width, '  '));
  const more = groups.length - ofFacts.length;
  return [
    paint('bold', 'UNKNOWN, and could change the answer'),
    ...ofPlaces,
    ...ofFacts,
    ...(more > 0 ? [`  … and ${more} more; --output json holds them all`] : []),
  ].join('\n');
};

/** Everywhere, a management group, a subscription or a resource group, rather than a resource. */
const isPlace = ({ subject }: AuditUnknown): boolean =>
  subject === '/' || /^\/subscriptions\/[^/]+(?:\/resourcegroups\/[^/]+)?$/i.test(subject);

const depth = (subject: string): number => subject.split('/').length;

const placeText = (same: readonly AuditUnknown[]): string => {
  const { subject } = same[0]!;
  const where =
    subject === '/' ? 'everywhere' : isSubscription(subject) ? `subscription ${nameOf(subject)}` : nameOf(subject);
  if (same.length === 1) return `${where}: ${same[0]!.fact}: ${same[0]!.reason}`;
  // Each kind of resource needs a permission of its own; the JSON names them.
  const reasons = [...new Set(same.map(({ reason }) => reason.replace(/ \((?:needs|at) [^)]*\)$/, '')))];
  return `${where}: ${listed([...new Set(same.map(({ fact }) => fact))])}: ${reasons[0]}${reasons.length > 1 ? ', among other reasons' : ''}`;
};

const isSubscription = (subject: string): boolean => /^\/subscriptions\/[^/]+$/i.test(subject);

/** Disks are named in their facts; as a kind of fact they are one. */
const kindOf = (fact: string): string => (fact.startsWith('disk ') ? 'disks' : fact);

const mostNamed = 4;

const factText = (same: readonly AuditUnknown[]): string => {
  const { fact, reason, subject } = same[0]!;
  if (same.length === 1) return `${nameOf(subject) || subject}: ${fact}: ${reason}`;
  const names = [...new Set(same.map((unknown) => nameOf(unknown.subject) || unknown.subject))];
  const shown =
    names.length > mostNamed
      ? `${names.slice(0, mostNamed).join(', ')} and ${names.length - mostNamed} more`
      : listed(names);
  return `${kindOf(fact)} of ${counted(names.length, 'machine')} (${shown}): ${reason}`;
};

const summary = (audit: Audit, width: number, paint: Paint): string => {
  const standings = audit.machines.map(standingOf);
  const count = (standing: Standing) => standings.filter((s) => s === standing).length;
  if (audit.machines.length === 0) {
    const text = 'No machine matched the scope: nothing was audited, and that says nothing about any machine.';
    return [
      sentence(text, width, paint, 'yellow', 'No machine matched the scope'),
      ...unreadPlaces(audit, width, paint),
      ...besides(audit, width),
      ...incomplete(audit, width, paint),
    ].join('\n');
  }
  const atRisk = count('at-risk');
  const risk = atRisk > 0 ? `${atRisk} at risk` : 'none at risk';
  const parts = [
    atRisk > 0 ? `${risk} (${riskBySeverity(audit)})` : risk,
    ...(['protected', 'protection-pending', 'excluded', 'nothing-required'] as const)
      .filter((standing) => count(standing) > 0)
      .map((standing) => `${count(standing)} ${standingWords[standing].text}`),
  ];
  const lines = [
    sentence(
      `${counted(audit.machines.length, 'machine')}: ${parts.join(', ')}.`,
      width,
      paint,
      atRisk > 0 ? 'red' : 'green',
      risk,
    ),
  ];
  const unknown = count('unknown');
  if (unknown > 0) {
    const text = `${counted(unknown, 'machine')} could not be judged, and ${unknown === 1 ? 'is' : 'are'} counted neither as protected nor as at risk.`;
    lines.push(sentence(text, width, paint, 'yellow', counted(unknown, 'machine')));
  }
  lines.push(
    ...unreadPlaces(audit, width, paint),
    ...notes(audit, width),
    ...besides(audit, width),
    ...incomplete(audit, width, paint),
  );
  return lines.join('\n');
};

/** Machines that nobody saw are in no number above. */
const unreadPlaces = (audit: Audit, width: number, paint: Paint): readonly string[] => {
  const unread = audit.unknowns
    .filter(({ fact, matters }) => matters && fact === 'virtual machines')
    .map(({ subject }) => subject.toLowerCase());
  if (unread.includes('/'))
    return [
      sentence(
        'Machines could not be read everywhere: some may not be counted.',
        width,
        paint,
        'yellow',
        'could not be read',
      ),
    ];
  const subscriptions = new Set(unread.filter(isSubscription)).size;
  const others = new Set(unread.filter((subject) => !isSubscription(subject))).size;
  const places = [
    ...(subscriptions > 0 ? [counted(subscriptions, 'subscription')] : []),
    ...(others > 0 ? [counted(others, 'other place')] : []),
  ];
  if (places.length === 0) return [];
  const text = `${listed(places)} could not be read: ${subscriptions + others === 1 ? 'its' : 'their'} machines are not counted.`;
  return [sentence(text, width, paint, 'yellow', 'could not be read')];
};

/** What marks in the table mean; each only where it stands there. */
const notes = (audit: Audit, width: number): readonly string[] => {
  const unread = audit.machines.filter(({ protections }) => protections.some(isConsistencyUnread)).length;
  return [
    ...(unread > 0
      ? [wrap(`* Consistency of points was not read (${counted(unread, 'machine')}); --deep reads it.`, width)]
      : []),
    ...(audit.machines.some(({ disks }) => disks.some(({ known }) => !known))
      ? [wrap('? Not all of these disks are known: unmanaged, ephemeral, or not readable.', width)]
      : []),
  ];
};

const besides = (audit: Audit, width: number): readonly string[] => {
  const weak = audit.vaults.filter((vault) => vault.findings.length > 0).length;
  const rest = [
    audit.orphans.length > 0
      ? `${counted(audit.orphans.length, 'orphaned or overdue point or item', 'orphaned or overdue points or items')} (${costText(audit)})`
      : '',
    weak > 0 ? `${counted(weak, 'vault')} with findings` : '',
  ].filter((text) => text !== '');
  return rest.length > 0 ? [wrap(`Besides: ${listed(rest)}.`, width)] : [];
};

const incomplete = (audit: Audit, width: number, paint: Paint): readonly string[] => {
  if (audit.complete) return [];
  const matter = audit.unknowns.filter((u) => u.matters).length;
  const text = `This audit is incomplete: ${counted(matter, 'thing')} could not be read and could change the answer.`;
  return [sentence(text, width, paint, 'yellow', 'incomplete')];
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
