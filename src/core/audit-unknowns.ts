/** Everything that could not be known, with why, and whether knowing it could change a verdict or a finding. */
import { compareText, unknownText, type Assessment } from './assessment.ts';
import type { AuditUnknown, Finding } from './audit.ts';
import type { Estate, Machine } from './estate.ts';
import type { Fact, Gap, Unknown } from './fact.ts';
import type { OptionId } from './option.ts';
import { optionsOf } from './rule.ts';
import { rules } from './rules/index.ts';

/** What people call each kind; whether a gap in it could change an answer, which for some hangs on what is required. */
const kinds: readonly {
  readonly collection: Exclude<keyof Estate, 'asOf' | 'scope'>;
  readonly fact: string;
  readonly matters: boolean | readonly OptionId[];
}[] = [
  { collection: 'machines', fact: 'virtual machines', matters: true },
  { collection: 'disks', fact: 'disks', matters: true },
  { collection: 'backupItems', fact: 'Azure Backup items', matters: true },
  { collection: 'replicatedItems', fact: 'Site Recovery items', matters: true },
  { collection: 'snapshots', fact: 'snapshots', matters: true },
  { collection: 'restorePointCollections', fact: 'restore point collections', matters: true },
  { collection: 'vaults', fact: 'vaults', matters: true },
  { collection: 'images', fact: 'managed images', matters: ['managed-image'] },
  { collection: 'galleryImageVersions', fact: 'gallery image versions', matters: ['gallery-image'] },
  { collection: 'backupPolicies', fact: 'backup policies', matters: false },
  { collection: 'locks', fact: 'locks', matters: false },
  { collection: 'resourceGroups', fact: 'resource groups', matters: false },
];

/** Gaps in what was read, by kind and place. */
export const gapUnknowns = (estate: Estate, assessments: readonly Assessment[]): readonly AuditUnknown[] => {
  const wanted = new Set(assessments.flatMap(({ results }) => results.flatMap(({ requirement }) => requirement.anyOf)));
  return kinds.flatMap(({ collection, fact, matters }) =>
    estate[collection].gaps.map((gap) => ({
      subject: gap.scope,
      fact,
      reason: unknownText(gap),
      // A right that the login lacks leaves an audit incomplete, whatever it would have shown.
      matters:
        isForbidden(gap) || (typeof matters === 'boolean' ? matters : matters.some((option) => wanted.has(option))),
    })),
  );
};

/** Kinds and places that the login may not read. */
export const forbiddenGaps = (estate: Estate): readonly { readonly fact: string; readonly gap: Gap }[] =>
  [
    ...kinds.flatMap(({ collection, fact }) => estate[collection].gaps.map((gap) => ({ fact, gap }))),
    ...estate.restorePointCollections.items.flatMap(({ key, points }) =>
      points.known ? [] : [{ fact: 'restore points', gap: { ...points, scope: points.scope ?? key } }],
    ),
    ...estate.machines.items.flatMap(({ key, extensions }) =>
      extensions.known ? [] : [{ fact: 'extensions', gap: { ...extensions, scope: extensions.scope ?? key } }],
    ),
  ].filter(({ gap }) => isForbidden(gap));

const isForbidden = ({ reason }: Unknown): boolean => reason === 'no-permission';

/** Facts about one machine; each once. */
export const machineUnknowns = (assessment: Assessment, findings: readonly Finding[]): readonly AuditUnknown[] => {
  const { machine, classification, protections } = assessment;
  const judged = findings.some(({ code }) => code === 'unknown') ? 'matters' : 'noted';
  const found = new Map<string, AuditUnknown>();
  const note = (fact: string, unknown: Unknown, asked: boolean): void => {
    const matters = asked || isForbidden(unknown);
    const before = found.get(fact);
    if (before && (before.matters || !matters)) return;
    found.set(fact, { subject: machine.id, fact, reason: unknownText(unknown), matters });
  };
  for (const { fact, unknown, asked } of unjudgedFacts(assessment)) {
    // What Azure can never tell would leave every such audit incomplete: it counts where a need hangs on it.
    note(fact, unknown, asked && (unknown.reason !== 'not-knowable' || judged === 'matters'));
  }
  for (const { fact, unknown } of classification.unknowns) note(fact, unknown, true);
  for (const [name, fact] of namedFacts(machine)) if (!fact.known) note(name, fact, matterToQuality(name, assessment));
  if (!machine.extensions.known && isForbidden(machine.extensions)) note('extensions', machine.extensions, true);
  if (machine.disksUnknown) note('disks', machine.disksUnknown, true);
  for (const attached of machine.disks) {
    if (attached.kind === 'managed' && !attached.disk.known) note(`disk ${attached.name}`, attached.disk, true);
  }
  for (const { option, pointsUnknown, disksUnknown } of protections) {
    if (disksUnknown) note(`disks covered by ${option}`, disksUnknown, true);
    if (pointsUnknown)
      note(`points of ${option}`, pointsUnknown, !['not-read', 'not-knowable'].includes(pointsUnknown.reason));
  }
  return [...found.values()].toSorted((a, b) => compareText(a.fact, b.fact));
};

/** What left a rule unjudged where that shows in a verdict. A rule outweighed by a certain failure is not asked again. */
const unjudgedFacts = (assessment: Assessment): readonly { fact: string; unknown: Unknown; asked: boolean }[] => {
  const { machine, context, verdicts } = assessment;
  const shown = new Set(verdicts.flatMap(({ reasons }) => reasons.map(({ code }) => code)));
  return rules
    .filter(({ id, effect }) => shown.has(id) && effect !== 'warning')
    .flatMap((rule) => {
      const check = rule.check(machine, context);
      if (check.kind !== 'unjudged') return [];
      return [
        {
          fact: check.fact,
          unknown: check.unknown,
          asked: optionsOf(rule).some((option) => isAsked(option, assessment)),
        },
      ];
    });
};

/** Whether Site Recovery would fit a machine whose class never asks for it changes nothing that anybody relies on. */
const isAsked = (option: OptionId, { results, protections, classification, classDoubt }: Assessment): boolean =>
  option !== 'site-recovery' ||
  classDoubt !== undefined ||
  classification.unknowns.length > 0 ||
  results.some(({ requirement }) => requirement.anyOf.includes(option)) ||
  protections.some((protection) => protection.option === option);

const namedFacts = (machine: Machine): readonly (readonly [string, Fact<unknown>])[] => [
  ['os', machine.os],
  ['power', machine.power],
  ['generalized', machine.generalized],
];

/** A point's consistency is held against the operating system and power state, where it is known. */
const matterToQuality = (fact: string, { protections }: Assessment): boolean =>
  (fact === 'os' || fact === 'power') &&
  protections.some(
    ({ active, newestPoint }) => active && newestPoint !== undefined && newestPoint.consistency !== 'unknown',
  );
