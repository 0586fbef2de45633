/**
 * Whether a machine's data disks form a striped set. That is decided inside the guest, invisible to Azure (facts T-01),
 * so tags are decisive and anything else is evidence, scored with the guidance's weights and reported with it.
 * https://learn.microsoft.com/azure/virtual-machines/premium-storage-performance
 */
import type { Striping, StripingState } from './audit.ts';
import type { AttachedDisk, Machine } from './estate.ts';
import type { Guidance, StripingWeights } from './guidance.ts';
import { fold, noMeaning, readMeaning, unrecognizedMeaning, type TagReading } from './tags.ts';
import { instantMs, minuteMs } from './time.ts';

/** What each piece of evidence is called in `striping.weights` (facts T-07). A weight left out counts nothing. */
export const stripingSignals = [
  'equalDisks',
  'fourEqualDisks',
  'consecutiveLuns',
  'createdTogether',
  'numberedNames',
  'databaseImage',
  'sqlExtension',
  'writeAccelerator',
] as const;

export type StripingSignal = (typeof stripingSignals)[number];

/** The meanings that `vocabulary.striping` must name. */
export const stripedMeaning = 'striped';
export const notStripedMeaning = 'not-striped';

interface Signal {
  readonly signal: StripingSignal;
  readonly text: string;
}

export const assessStriping = (machine: Machine, guidance: Guidance): Striping => {
  const data = machine.disks.filter((disk) => disk.role === 'data');
  const tag = readMeaning(machine.tags, guidance.vocabulary.striping);
  const { signals, missing } = data.length < 2 ? { signals: [], missing: [] } : weigh(machine, data, guidance.striping);
  const weightOf = ({ signal }: Signal): number => guidance.striping.weights[signal] ?? 0;
  const counted = signals.filter((signal) => weightOf(signal) > 0);
  const score = counted.reduce((sum, signal) => sum + weightOf(signal), 0);
  const scored = counted.map((signal) => `${signal.text} (+${weightOf(signal)})`);
  const tagged = tagEvidence(tag, data.length);

  const scoredAs = scoredState(data.length, score, guidance.striping.likelyAt, tag, missing);
  const state = tagState(tag) ?? (machine.disksUnknown && scoredAs === 'no-evidence' ? 'unknown' : scoredAs);
  if (machine.disksUnknown)
    return { state, score, evidence: [...tagged, ...scored, machine.disksUnknown.detail.replace(/\.$/, '')] };
  const undecided = state === 'unknown' ? missing : [];
  return { state, score, evidence: [...tagged, ...scored, ...undecided, ...silence(data, counted, missing)] };
};

const tagState = (tag: TagReading): StripingState | undefined => {
  if (tag.meaning === stripedMeaning) return 'striped';
  return tag.meaning === notStripedMeaning ? 'not-striped' : undefined;
};

const scoredState = (
  dataDisks: number,
  score: number,
  likelyAt: number,
  tag: TagReading,
  missing: readonly string[],
): StripingState => {
  if (dataDisks < 2) return 'no-evidence';
  if (score >= likelyAt) return 'likely';
  // A striping tag in words we do not know is a hint that somebody had something to say.
  return score > 0 || missing.length > 0 || tag.meaning === unrecognizedMeaning ? 'unknown' : 'no-evidence';
};

const tagEvidence = (tag: TagReading, dataDisks: number): readonly string[] => {
  if (tag.meaning === noMeaning) return [];
  const notes = tag.notes.filter(({ code }) => code !== 'case-folded').map(({ text }) => text);
  const says = tag.tag === undefined ? [] : [`tag ${tag.tag} says ${tag.meaning}`];
  const alone = tag.meaning === stripedMeaning && dataDisks < 2 ? [`though ${counted(dataDisks)} attached`] : [];
  return [[...says, ...alone].join(', '), ...notes].filter((text) => text !== '');
};

const counted = (dataDisks: number): string => (dataDisks === 1 ? 'only one data disk is' : 'no data disk is');

/** Says in words why nothing was found, so that "no evidence" is never read as "no" (facts T-08). */
const silence = (
  data: readonly AttachedDisk[],
  found: readonly Signal[],
  missing: readonly string[],
): readonly string[] => {
  if (data.length < 2 || found.length > 0 || missing.length > 0) return [];
  return ['nothing Azure shows points to striping; unlike disks do not rule it out'];
};

const weigh = (
  machine: Machine,
  data: readonly AttachedDisk[],
  weights: StripingWeights,
): { readonly signals: readonly Signal[]; readonly missing: readonly string[] } => {
  const { set, equal, unsized } = candidateSet(data);
  const { signals: created, missing: uncreated } = createdTogether(set, weights.createdWithinMinutes);
  const { signals: extension, missing: unlisted } = sqlExtension(machine);
  return {
    signals: [
      ...equalDisks(equal ? set : []),
      ...consecutiveLuns(set),
      ...created,
      ...numberedNames(set),
      ...databaseImage(machine),
      ...extension,
      ...writeAccelerator(data),
    ],
    missing: [...unsized, ...uncreated, ...unlisted],
  };
};

const sizeOf = (disk: AttachedDisk): number | undefined =>
  (disk.disk.known ? disk.disk.value.sizeGiB : undefined) ?? disk.declaredSizeGiB;
const skuOf = (disk: AttachedDisk): string | undefined =>
  (disk.disk.known ? disk.disk.value.sku : undefined) ?? disk.declaredSku;

/** The largest group of data disks alike in size, SKU and caching; where none are alike, all data disks. */
const candidateSet = (
  data: readonly AttachedDisk[],
): { readonly set: readonly AttachedDisk[]; readonly equal: boolean; readonly unsized: readonly string[] } => {
  const groups = new Map<string, AttachedDisk[]>();
  const unsized: string[] = [];
  for (const disk of data) {
    const [size, sku] = [sizeOf(disk), skuOf(disk)];
    if (size === undefined || sku === undefined) {
      unsized.push(`size or SKU of disk ${disk.name} is not known${because(disk)}`);
    } else {
      const key = `${size}|${fold(sku)}|${disk.caching}`;
      groups.set(key, [...(groups.get(key) ?? []), disk]);
    }
  }
  const largest = [...groups.values()].reduce((best, group) => (group.length > best.length ? group : best), []);
  return largest.length >= 2 ? { set: largest, equal: true, unsized } : { set: data, equal: false, unsized };
};

const because = (disk: AttachedDisk): string => (disk.disk.known ? '' : `: ${disk.disk.detail}`);

const equalDisks = (set: readonly AttachedDisk[]): readonly Signal[] => {
  const [first] = set;
  if (first === undefined) return [];
  const text = `${set.length} data disks are alike: ${sizeOf(first)} GiB, ${skuOf(first)}, caching ${first.caching}`;
  return [{ signal: set.length >= 4 ? 'fourEqualDisks' : 'equalDisks', text }];
};

const consecutiveLuns = (set: readonly AttachedDisk[]): readonly Signal[] => {
  const luns = set.map(({ lun }) => lun).filter((lun) => lun !== undefined);
  const sorted = luns.toSorted((a, b) => a - b);
  if (sorted.length < set.length || sorted.some((lun, i) => i > 0 && lun !== sorted[i - 1]! + 1)) return [];
  return [{ signal: 'consecutiveLuns', text: `their LUNs are consecutive: ${sorted.join(', ')}` }];
};

const createdTogether = (
  set: readonly AttachedDisk[],
  withinMinutes: number,
): { readonly signals: readonly Signal[]; readonly missing: readonly string[] } => {
  const times = set.map((disk) => (disk.disk.known ? instantMs(disk.disk.value.createdAt) : undefined));
  const missing = set
    .filter((_, i) => times[i] === undefined)
    .map((disk) => `creation time of disk ${disk.name} is not known${because(disk)}`);
  const told = times.filter((ms) => ms !== undefined);
  if (missing.length > 0) return { signals: [], missing };
  const apart = Math.max(...told) - Math.min(...told);
  if (apart > withinMinutes * minuteMs) return { signals: [], missing };
  return {
    signals: [{ signal: 'createdTogether', text: `they were created within ${withinMinutes} minutes` }],
    missing,
  };
};

const stripedWord = /(?:^|[^a-z])(data|log|u0\d|asm|raid|stripe)/i;

const numberedNames = (set: readonly AttachedDisk[]): readonly Signal[] => {
  const stems = new Map<string, number>();
  for (const { name } of set) {
    const stem = stemOf(name);
    if (stem !== undefined) stems.set(stem, (stems.get(stem) ?? 0) + 1);
  }
  const [stem] = [...stems]
    .filter(([, disks]) => disks >= 2)
    .map(([text]) => text)
    .sort();
  if (stem !== undefined) return [{ signal: 'numberedNames', text: `their names are numbered: ${stem}…` }];
  const word = set.map(({ name }) => stripedWord.exec(name)?.[1]).find((found) => found !== undefined);
  return word === undefined ? [] : [{ signal: 'numberedNames', text: `a disk name says "${word.toLowerCase()}"` }];
};

/** `web-data-01` → `web-data-`. The 32 hex digits Azure adds to names it makes up itself are not a number. */
const stemOf = (name: string): string | undefined => /^(.*?\D)\d+$/.exec(fold(name).replace(/_[0-9a-f]{32}$/, ''))?.[1];

const databaseImage = ({ image }: Machine): readonly Signal[] => {
  if (image === undefined) return [];
  const [publisher, offer] = [fold(image.publisher ?? ''), fold(image.offer ?? '')];
  const byPublisher = /^(microsoftsqlserver|oracle)$|^(suse|redhat).*sap/.test(publisher);
  if (!byPublisher && !/sql|oracle|sap|hana/.test(offer)) return [];
  const from = [image.publisher, image.offer].filter((part) => part !== undefined).join(' ');
  return [{ signal: 'databaseImage', text: `the machine was made from a database image: ${from}` }];
};

const sqlExtension = ({
  extensions,
}: Machine): { readonly signals: readonly Signal[]; readonly missing: readonly string[] } => {
  if (!extensions.known)
    return { signals: [], missing: [`the machine's extensions are not known: ${extensions.detail}`] };
  const found = extensions.value.some((type) => fold(type) === 'sqliaasagent');
  return {
    signals: found ? [{ signal: 'sqlExtension', text: 'the SQL Server extension is installed' }] : [],
    missing: [],
  };
};

const writeAccelerator = (data: readonly AttachedDisk[]): readonly Signal[] =>
  data.some((disk) => disk.writeAccelerator)
    ? [{ signal: 'writeAccelerator', text: 'a data disk uses write accelerator, as HANA logs do' }]
    : [];
