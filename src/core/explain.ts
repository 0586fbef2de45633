/** Why a machine was judged as it was, in sentences, in the order things were decided. */
import { costSentences } from './cost/cost-words.ts';
import type { OptionCost } from './cost/machine-costs.ts';
import type { PriceBook } from './cost/price-book.ts';
import { assessEstate, byMachine, unknownText, type Assessment } from './assessment.ts';
import type { AuditUnknown, Finding } from './audit.ts';
import { auditEstate } from './audit-estate.ts';
import { counted, durationText, listed } from './duration.ts';
import type { AttachedDisk, Estate, Machine } from './estate.ts';
import type { Fact } from './fact.ts';
import { planSentences, type OwnPlan } from './explain-plan.ts';
import type { Sentence } from './sentence.ts';
import { anyOfNames, withArticle } from './option-name.ts';
import type { Guidance, Objective } from './guidance.ts';
import { keyOf, nameOf, type ResourceId } from './ids.ts';
import type { Verdict } from './option.ts';
import type { Protection } from './protection.ts';
import { sources } from './sources.ts';
import { isConsistencyUnread, standingOf, type Standing } from './standing.ts';
import { instantMs, momentText, type Instant } from './time.ts';

export interface Explanation {
  readonly schemaVersion: 1;
  readonly kind: 'holdfast.explanation';
  readonly asOf: Instant;
  readonly id: ResourceId;
  readonly name: string;
  readonly standing: Standing;
  /** What the standing leaves open: `consistency not read; --deep reads it`. */
  readonly standingNote?: string;
  readonly sections: readonly Section[];
  /** Of every option that Azure does not refuse the machine, a month. */
  readonly costs?: readonly OptionCost[];
}

export interface ExplainedCosts {
  readonly book: PriceBook;
  readonly options: readonly OptionCost[];
}

export interface Section {
  readonly title: string;
  readonly sentences: readonly Sentence[];
}

/** Machines that `wanted` names: by id, or by name. Several of one name may answer; the caller asks which. */
export const machinesNamed = (estate: Estate, wanted: string): readonly Machine[] => {
  const byId = estate.machines.items.filter(({ key }) => key === keyOf(wanted));
  if (byId.length > 0) return byId;
  const name = wanted.toLowerCase();
  return estate.machines.items.filter((machine) => machine.name.toLowerCase() === name);
};

/** `undefined` when the estate holds no machine of that id. */
export const explainMachine = (
  estate: Estate,
  guidance: Guidance,
  asOf: Instant,
  id: ResourceId,
  costs?: ExplainedCosts,
  plan?: OwnPlan,
): Explanation | undefined => {
  const assessment = byMachine(assessEstate(estate, guidance, asOf)).get(keyOf(id));
  const audit = auditEstate(estate, guidance, asOf);
  const audited = audit.machines.find((machine) => keyOf(machine.id) === keyOf(id));
  if (assessment === undefined || audited === undefined) return undefined;
  const unknowns = audit.unknowns.filter(({ subject }) => keyOf(subject) === keyOf(id));
  return {
    schemaVersion: 1,
    kind: 'holdfast.explanation',
    asOf: audit.asOf,
    id: audited.id,
    name: audited.name,
    standing: standingOf(audited),
    ...(audited.protections.some(isConsistencyUnread) ? { standingNote: 'consistency not read; --deep reads it' } : {}),
    sections: [
      { title: 'What it is', sentences: identity(assessment.machine) },
      { title: 'Striping', sentences: striping(assessment) },
      { title: 'Class', sentences: assessment.classification.decidedBy.map(({ text }) => ({ text })) },
      { title: 'What it needs', sentences: needs(assessment) },
      { title: 'Options', sentences: assessment.verdicts.flatMap(verdict) },
      { title: 'What they would cost', sentences: costs === undefined ? [] : costSentences(costs.options, costs.book) },
      {
        title: 'What it has',
        sentences: [...has(assessment, audit.asOf), ...ownedByBackup(assessment.machine, estate)],
      },
      { title: 'Findings', sentences: findings(audited.findings) },
      { title: 'What a plan would do', sentences: plan === undefined ? [] : planSentences(audited.name, plan) },
      { title: 'Not known', sentences: unknowns.map(notKnown) },
    ].filter(({ sentences }) => sentences.length > 0),
    ...(costs === undefined ? {} : { costs: costs.options }),
  };
};

const identity = (machine: Machine): readonly Sentence[] => {
  const facts = [
    `${machine.name} is a virtual machine in resource group ${machine.resourceGroup}, ${machine.location}, subscription ${machine.subscriptionId}`,
    `its operating system is ${tell(machine.os)}, its size ${tell(machine.size)}, and it is ${tell(machine.power)}`,
  ];
  const special = [
    machine.securityType === 'standard' ? '' : `security type ${machine.securityType}`,
    machine.generalized.known && machine.generalized.value ? 'generalized' : '',
    machine.scaleSetId === undefined ? '' : `member of scale set ${nameOf(machine.scaleSetId)}`,
    machine.dedicatedHost ? 'on a dedicated host' : '',
    machine.spot ? 'a spot machine' : '',
    machine.encryptionAtHost ? 'encrypted at host' : '',
  ].filter((text) => text !== '');
  const disks = machine.disks.map(diskText);
  return [
    { text: `${facts.join('; ')}.` },
    ...(special.length === 0 ? [] : [{ text: `It is ${listed(special)}.` }]),
    { text: `It has ${counted(machine.disks.length, 'disk')}: ${listed(disks)}.` },
  ];
};

const tell = (fact: Fact<string>): string => (fact.known ? fact.value : `not known (${unknownText(fact)})`);

const diskText = (attached: AttachedDisk): string => {
  const disk = attached.disk.known ? attached.disk.value : undefined;
  const size = disk?.sizeGiB ?? attached.declaredSizeGiB;
  const where = attached.role === 'os' ? 'operating system' : `LUN ${attached.lun ?? '?'}`;
  const kind = attached.kind === 'managed' ? (disk?.sku ?? attached.declaredSku ?? 'SKU not known') : attached.kind;
  return `${attached.name} (${where}, ${size === undefined ? 'size not known' : `${size} GiB`}, ${kind}${attached.disk.known || attached.kind !== 'managed' ? '' : ', not read'})`;
};

const striping = ({ striping: { state, score, evidence } }: Assessment): readonly Sentence[] => [
  { text: `Striping: ${state}${score > 0 ? `, with ${counted(score, 'point')} of evidence` : ''}.` },
  ...evidence.map((text) => ({ text: `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.` })),
];

const needs = ({ machine, verdicts, classification, objective, results }: Assessment): readonly Sentence[] => {
  const [first] = results;
  const severalDisks =
    machine.disks.length > 1 &&
    verdicts.some(({ option, verdict: kind }) => option === 'disk-snapshot' && kind === 'unsuitable');
  const asks =
    first === undefined
      ? [{ text: `Class ${classification.classId} needs nothing.` }]
      : results.map(({ requirement }) => ({
          text: `Class ${classification.classId} needs ${anyOfNames(requirement.anyOf)}: ${requirement.why}`,
          source: requirement.source,
        }));
  return [
    ...asks,
    ...(severalDisks && results.some(({ requirement }) => requirement.anyOf.includes('disk-snapshot'))
      ? [
          {
            text: 'Independent snapshots of a machine with several disks do not do.',
            source: sources.BDR,
            fact: 'S-14',
          },
        ]
      : []),
    ...(first === undefined ? [] : measures(objective)),
    ...(classification.excluded
      ? [
          {
            text: `It is left out on purpose until ${classification.excluded.until}: ${classification.excluded.reason}.`,
          },
        ]
      : []),
  ];
};

const measures = ({ rpoHours, graceHours, retainDays, vault }: Objective): readonly Sentence[] => [
  {
    text: `Its newest point may be ${rpoHours.value} hours old, and ${graceHours.value} more for a late run.`,
    source: rpoHours.source,
  },
  { text: `Points are kept ${counted(retainDays.value, 'day')}.`, source: retainDays.source },
  ...(vault === undefined
    ? []
    : [{ text: `Its vault should be ${vault.redundancy.value}.`, source: vault.redundancy.source }]),
];

const verdict = ({ option, verdict: kind, reasons }: Verdict): readonly Sentence[] =>
  reasons.length === 0
    ? [{ text: `${withArticle(option, 'A')} is ${kind}.` }]
    : reasons.map(({ text, source, fact }, i) => ({
        text:
          i === 0
            ? `${withArticle(option, 'A')} is ${kind}: ${text}`
            : `Also of ${withArticle(option, 'the')}: ${text}`,
        source,
        ...(fact === undefined ? {} : { fact }),
      }));

const has = ({ machine, protections }: Assessment, asOf: Instant): readonly Sentence[] =>
  protections.length === 0
    ? [{ text: `No protection of ${machine.name} was found.` }]
    : protections.map((protection) => ({ text: protectionText(protection, asOf) }));

/** Seen, and not counted: Azure Backup makes and prunes these for its own points (facts B-73). */
const ownedByBackup = ({ key }: Machine, { restorePointCollections }: Estate): readonly Sentence[] =>
  restorePointCollections.items
    .filter(({ sourceKey, ownedByBackup: owned }) => owned && sourceKey === key)
    .map(({ name }) => ({
      text: `Restore point collection ${name} was seen and does not count: Azure Backup owns it, keeps its own instant-restore snapshots there and deletes them by itself.`,
      source: sources.INST,
      fact: 'B-73',
    }));

const protectionText = (protection: Protection, asOf: Instant): string => {
  const { option, id, vaultId, state, healthy, newestPoint, detail, disksLeftOut, pending } = protection;
  const at = instantMs(newestPoint?.at);
  const age = at === undefined ? '' : `, ${durationText(Math.max(0, instantMs(asOf)! - at))} before the audit`;
  const point =
    newestPoint === undefined
      ? 'no point is known'
      : `its newest point is of ${momentText(newestPoint.at)}${age}, ${newestPoint.id === null && newestPoint.consistency === 'unknown' ? 'consistency not read (--deep reads it)' : `consistency ${newestPoint.consistency}`}`;
  const health = healthy ? 'healthy' : pending ? 'on its way' : 'not healthy';
  const left = disksLeftOut.length === 0 ? '' : `; it leaves out ${listed(disksLeftOut)}`;
  const where = vaultId === undefined ? nameOf(id) : `vault ${nameOf(vaultId)}`;
  return `${withArticle(option, 'The')} (${where}): ${state}, ${health}${detail === undefined ? '' : `, since ${detail}`}; ${point}${left}.`;
};

const findings = (found: readonly Finding[]): readonly Sentence[] =>
  found.length === 0
    ? [{ text: 'Nothing is amiss.' }]
    : found.map(({ severity, code, summary, remedy }) => ({
        text: `${severity}, ${code}: ${summary} To do: ${remedy}.`,
      }));

const notKnown = ({ fact, reason, matters }: AuditUnknown): Sentence => ({
  text:
    fact.startsWith('points of ') && !matters
      ? `Consistency of the points was not read (${reason}); --deep reads it.`
      : `${fact}: ${reason}${matters ? '; it could change the answer' : '; no verdict or finding hangs on it'}.`,
});
