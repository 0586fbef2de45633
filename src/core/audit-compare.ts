/**
 * Two audits, and what is new, gone, better and worse. What one of them could not see is no difference: it is told apart. Comparing the
 * other way round gives the mirror image.
 */
import { compareText } from './assessment.ts';
import type { AuditComparison, FindingChange, MachineChange } from './audit.ts';
import { scopesOf } from './audit-scopes.ts';
import { sightOf, type Sight } from './audit-sight.ts';
import { durationText } from './duration.ts';
import type { ComparedAudit, ComparedFinding, ComparedMachine, ComparedSubject } from './history/compared-audit.ts';
import { keyOf, nameOf, type ResourceId, type ResourceKey } from './ids.ts';
import { severities } from './problem.ts';
import type { Standing } from './standing.ts';
import { instantMs } from './time.ts';

type SubjectKind = FindingChange['subjectKind'];

interface Subject {
  readonly kind: SubjectKind;
  readonly name: string;
  readonly is: ComparedSubject;
  readonly machine?: ComparedMachine;
}

/** By kind and key: an orphan may lie in a vault, and neither is the other. */
type Subjects = ReadonlyMap<string, Subject>;

export const compareAudits = (baseline: ComparedAudit, now: ComparedAudit): AuditComparison => {
  const scopes = scopesOf(baseline, now);
  const before = subjectsOf(baseline);
  const after = subjectsOf(now);
  const compared = (key: string, subject: Subject): boolean =>
    scopes.covers(subject.is.id) && (scopes.whole || (before.has(key) && after.has(key)));
  const only = (subjects: Subjects): Subjects =>
    new Map([...subjects].filter(([key, subject]) => compared(key, subject)));
  const [was, is] = [only(before), only(after)];
  // Each looks at what the other holds and it does not.
  const sights = { was: sightOf(baseline, now), is: sightOf(now, baseline) };
  const pairs = [...new Set([...was.keys(), ...is.keys()])].map((key) => ({ was: was.get(key), is: is.get(key) }));
  const found = pairs.map((pair) => findingChanges(pair, sights));
  return {
    baseline: { asOf: baseline.asOf, scope: baseline.scope, complete: baseline.complete },
    notes: [...backwards(baseline, now), ...scopes.notes],
    findings: found.flatMap(({ changes }) => changes).toSorted(byChange),
    machines: pairs.flatMap((pair) => machineChange(pair, sights)).toSorted(byMachine),
    unchanged: found.reduce((sum, { unchanged }) => sum + unchanged, 0),
    notCompared: { baseline: before.size - was.size, now: after.size - is.size },
  };
};

/** As of an earlier day, or with a file from elsewhere: the words then tell of what went before. */
const backwards = (baseline: ComparedAudit, now: ComparedAudit): readonly string[] => {
  const laterMs = instantMs(baseline.asOf)! - instantMs(now.asOf)!;
  if (laterMs <= 0) return [];
  return [
    `the baseline was made ${durationText(laterMs)} after this audit: changes are told backwards, what is called new is not in the later one, and what is called gone came after this one`,
  ];
};

interface Pair {
  readonly was: Subject | undefined;
  readonly is: Subject | undefined;
}

interface Sights {
  readonly was: Sight;
  readonly is: Sight;
}

const subjectsOf = ({ machines, orphans, vaults }: ComparedAudit): Subjects => {
  const subjects: Subject[] = [
    ...machines.map((machine) => ({ kind: 'machine' as const, name: machine.name, is: machine, machine })),
    ...orphans.map((orphan) => ({ kind: 'orphan' as const, name: nameOf(orphan.id), is: orphan })),
    ...vaults.map((vault) => ({ kind: 'vault' as const, name: nameOf(vault.id), is: vault })),
  ];
  return new Map(subjects.map((subject) => [`${subject.kind}|${keyOf(subject.is.id)}`, subject]));
};

const findingChanges = (
  { was, is }: Pair,
  sights: Sights,
): { readonly changes: readonly FindingChange[]; readonly unchanged: number } => {
  const subject = (is ?? was)!;
  const before = byId(was);
  const after = byId(is);
  const about = { subjectKind: subject.kind, subject: subject.is.id, name: subject.name };
  const changes = [...new Set([...before.keys(), ...after.keys()])].flatMap((id): readonly FindingChange[] => {
    const old = before.get(id);
    const young = after.get(id);
    const change =
      old === undefined || young === undefined
        ? oneSided({ was, is }, sights, subject, old, young)
        : severityChange(old, young, doubtOf(sights, subject.is.id));
    if (change === undefined) return [];
    const { code, option, summary } = (young ?? old)!;
    return [
      {
        change,
        ...about,
        id,
        code,
        ...(option === undefined ? {} : { option }),
        ...(old === undefined ? {} : { was: old.severity }),
        ...(young === undefined ? {} : { is: young.severity }),
        summary,
      },
    ];
  });
  const inBoth = [...before.keys()].filter((id) => after.has(id)).length;
  return {
    changes,
    unchanged: inBoth - changes.filter((change) => change.was !== undefined && change.is !== undefined).length,
  };
};

const byId = (subject: Subject | undefined): ReadonlyMap<string, ComparedFinding> =>
  new Map(subject?.is.findings.map((finding) => [finding.id, finding]));

type Doubt = 'no-longer-known' | 'now-known' | 'unclear' | undefined;

/** What one of the two did not know and the other did: a difference may come of that. */
const doubtOf = (sights: Sights, id: ResourceId): Doubt => {
  const [was, is] = [sights.was.isInDoubt(id), sights.is.isInDoubt(id)];
  if (was && is) return 'unclear';
  if (!was && !is) return undefined;
  return is ? 'no-longer-known' : 'now-known';
};

const severityChange = (
  old: ComparedFinding,
  young: ComparedFinding,
  doubt: Doubt,
): FindingChange['change'] | undefined => {
  const milder = severities.indexOf(young.severity) - severities.indexOf(old.severity);
  return milder === 0 ? undefined : (doubt ?? (milder < 0 ? 'worse' : 'better'));
};

/**
 * Held by one of the two. A finding `unknown` says by itself what went out of sight, or came into it; so does a fact that only one of
 * them knew, whether that hides the finding in the one or brings it about in the other.
 */
const oneSided = (
  { was, is }: Pair,
  sights: Sights,
  subject: Subject,
  old: ComparedFinding | undefined,
  young: ComparedFinding | undefined,
): FindingChange['change'] => {
  const { id } = subject.is;
  if (young !== undefined) {
    if (young.code === 'unknown') return 'no-longer-known';
    if (isHidden(sights.was, was, subject, young)) return 'now-known';
    return sights.is.isInDoubt(id, young) ? 'no-longer-known' : 'new';
  }
  if (old!.code === 'unknown') return 'now-known';
  if (isHidden(sights.is, is, subject, old!)) return 'no-longer-known';
  return sights.was.isInDoubt(id, old!) ? 'now-known' : 'gone';
};

/** `without`: the subject in the audit that lacks the finding; undefined where that lacks the subject too. */
const isHidden = (sight: Sight, without: Subject | undefined, subject: Subject, finding: ComparedFinding): boolean =>
  (without === undefined && sight.mayHideSubject(subject.is.id)) ||
  sight.mayHideFinding(without?.is, subject.is.id, finding);

const machineChange = ({ was, is }: Pair, sights: Sights): readonly MachineChange[] => {
  const [old, young] = [was?.machine, is?.machine];
  const machine = young ?? old;
  if (machine === undefined) return [];
  const { id, name } = machine;
  if (old === undefined || young === undefined) {
    const sight = young === undefined ? sights.is : sights.was;
    const unseen = sight.mayHideSubject(id);
    const change = young === undefined ? (unseen ? 'no-longer-seen' : 'disappeared') : unseen ? 'now-seen' : 'appeared';
    const side = young === undefined ? 'was' : 'is';
    return [{ change, id, name, class: { [side]: machine.class }, standing: { [side]: machine.standing } }];
  }
  const moved = old.class !== young.class;
  const plain = standingChange(old.standing, young.standing) ?? (moved ? 'changed' : undefined);
  if (plain === undefined) return [];
  const change = doubtOf(sights, id) ?? plain;
  return [
    {
      change,
      id,
      name,
      ...(moved ? { class: { was: old.class, is: young.class } } : {}),
      ...(old.standing === young.standing ? {} : { standing: { was: old.standing, is: young.standing } }),
    },
  ];
};

/** What is left out on purpose, or not asked for, is neither better nor worse than the rest. */
const rank: Readonly<Partial<Record<Standing, number>>> = { 'at-risk': 0, 'protection-pending': 1, protected: 2 };

const standingChange = (was: Standing, is: Standing): MachineChange['change'] | undefined => {
  if (was === is) return undefined;
  if (is === 'unknown') return 'no-longer-known';
  if (was === 'unknown') return 'now-known';
  const [from, to] = [rank[was], rank[is]];
  if (from === undefined || to === undefined) return 'changed';
  return to > from ? 'better' : 'worse';
};

/** What to look at first comes first. */
export const changeOrder: readonly FindingChange['change'][] = [
  'new',
  'worse',
  'now-known',
  'no-longer-known',
  'unclear',
  'better',
  'gone',
];
const machineOrder: readonly MachineChange['change'][] = [
  'worse',
  'no-longer-seen',
  'no-longer-known',
  'appeared',
  'now-seen',
  'now-known',
  'unclear',
  'changed',
  'better',
  'disappeared',
];

const byChange = (a: FindingChange, b: FindingChange): number =>
  changeOrder.indexOf(a.change) - changeOrder.indexOf(b.change) ||
  severities.indexOf(severityOf(a)) - severities.indexOf(severityOf(b)) ||
  compareText(keyOf(a.subject), keyOf(b.subject)) ||
  compareText(a.code, b.code) ||
  compareText(a.id, b.id);

const severityOf = ({ is, was }: FindingChange) => (is ?? was)!;

const byMachine = (a: MachineChange, b: MachineChange): number =>
  machineOrder.indexOf(a.change) - machineOrder.indexOf(b.change) || compareText(keyOf(a.id), keyOf(b.id));

/** Findings now that are not in the baseline, or were milder there: what a gate for what is new fails on. */
export const notInBaseline = (baseline: ComparedAudit | undefined, now: ComparedAudit): readonly ComparedFinding[] => {
  const findingsOf = ({
    machines,
    orphans,
    vaults,
  }: ComparedAudit): readonly (ComparedFinding & { key: ResourceKey })[] =>
    [...machines, ...orphans, ...vaults].flatMap(({ id, findings }) =>
      findings.map((finding) => ({ ...finding, key: keyOf(id) })),
    );
  const before = new Map((baseline === undefined ? [] : findingsOf(baseline)).map((finding) => [finding.id, finding]));
  return findingsOf(now).filter(({ id, severity }) => {
    const old = before.get(id);
    return old === undefined || severities.indexOf(severity) < severities.indexOf(old.severity);
  });
};
