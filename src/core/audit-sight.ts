/** What an audit could not see: whether something that it does not hold is absent, or only out of its sight. */
import type { AuditUnknown } from './audit.ts';
import type { ComparedAudit, ComparedFinding, ComparedSubject } from './history/compared-audit.ts';
import { keyOf, type ResourceId, type ResourceKey } from './ids.ts';
import type { OptionId } from './option.ts';

/** Kinds of resources, as the audit's unknowns name them, and the options whose findings they can hide; of all others, any. */
const hides: Readonly<Record<string, readonly OptionId[]>> = {
  snapshots: ['disk-snapshot'],
  'restore point collections': ['restore-point'],
  'restore points': ['restore-point'],
  'Azure Backup items': ['azure-backup'],
  'backup policies': ['azure-backup'],
  'Site Recovery items': ['site-recovery'],
  vaults: ['azure-backup', 'site-recovery'],
  'managed images': ['managed-image'],
  'gallery image versions': ['gallery-image'],
  locks: [],
  'resource groups': [],
};

const everywhere = '/';

export interface Sight {
  /** A machine, an orphan or a vault that is not in the audit may all the same be there. */
  mayHideSubject(id: ResourceId): boolean;
  /** A finding that the audit does not hold of that subject may all the same be true. */
  mayHideFinding(subject: ComparedSubject | undefined, id: ResourceId, finding: ComparedFinding): boolean;
  /** Something is unknown that the other audit knew: what this one says of that subject, or that finding, may come of that alone. */
  isInDoubt(id: ResourceId, finding?: ComparedFinding): boolean;
}

/** `other` is the audit that holds what this one does not: what was unknown there too did not hide it, but for a place, which is large. */
export const sightOf = (audit: ComparedAudit, other: ComparedAudit): Sight => {
  const known = new Set(other.unknowns.map(spelled));
  const noted = audit.unknowns.map((unknown) => ({ ...unknown, isNew: !known.has(spelled(unknown)) }));
  const places = noted.filter(isPlace).map((unknown) => ({ ...unknown, place: placeOf(unknown.subject) }));
  const facts = Map.groupBy(
    noted.filter((unknown) => unknown.isNew && !isPlace(unknown)),
    ({ subject }) => keyOf(subject),
  );
  const over = (id: ResourceId) => places.filter(({ place }) => covers(place, keyOf(id)));
  const factsOf = (id: ResourceId) => facts.get(keyOf(id)) ?? [];
  /** What is kept for a machine may lie in another subscription than the machine: any place that went out of sight may hold it. */
  const elsewhere = ({ code, option }: ComparedFinding): boolean =>
    (code === 'over-retained' || code === 'orphaned' || option === 'site-recovery') &&
    places.some(({ isNew, fact }) => isNew && couldHide(fact, option));
  // Without what could be read before, another option may have been spoken of.
  const isInDoubt = (id: ResourceId, finding?: ComparedFinding): boolean =>
    factsOf(id).some(({ matters }) => matters) ||
    over(id).some(({ isNew, fact }) => isNew && hides[fact]?.length !== 0) ||
    (finding !== undefined && elsewhere(finding));
  return {
    mayHideSubject: (id) => over(id).some(({ fact }) => !isMachine(id) || fact === 'virtual machines'),
    mayHideFinding: (subject, id, finding) =>
      (subject?.findings.some(({ code }) => code === 'unknown') ?? false) ||
      over(id).some(({ fact }) => couldHide(fact, finding.option)) ||
      factsOf(id).some(({ fact }) => fact === `points of ${finding.option}`) ||
      isInDoubt(id, finding),
    isInDoubt,
  };
};

const couldHide = (fact: string, option: OptionId | undefined): boolean => {
  const options = hides[fact];
  return options === undefined || (option !== undefined && options.includes(option));
};

/** Everywhere, a subscription or a resource group, rather than a resource. */
const isPlace = ({ subject }: AuditUnknown): boolean => subject === everywhere || !/\/providers\//i.test(subject);

const isMachine = (id: ResourceId): boolean => /\/virtualmachines\/[^/]+$/i.test(id);

const placeOf = (subject: string): string => (subject === everywhere ? '' : keyOf(subject));

const covers = (place: string, key: ResourceKey): boolean => key === place || key.startsWith(`${place}/`);

const spelled = ({ subject, fact }: AuditUnknown): string => `${keyOf(subject)}|${fact}`;
