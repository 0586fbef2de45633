/** Disks that a machine's backup leaves out: those asked for by LUN, and those tagged for it. Facts B-55 … B-59. */
import type { Assessment } from '../assessment.ts';
import { listed } from '../duration.ts';
import type { BackupItem, Machine } from '../estate.ts';
import { isDiskExcluded } from '../exclusion.ts';
import type { Guidance } from '../guidance.ts';
import type { Reason } from '../option.ts';
import { sources } from '../sources.ts';
import { refusalReason } from './draft.ts';

export type DiskChoice =
  | { readonly kind: 'luns'; readonly luns: readonly number[] }
  | { readonly kind: 'refused'; readonly reasons: readonly Reason[] };

/**
 * In ascending order. Refused where any data disk may be one of a striped set: what is in the points of the others is of no
 * use without it, and nobody can tell from outside which disks make a set.
 */
export const disksLeftOut = (
  { machine, striping }: Pick<Assessment, 'machine' | 'striping'>,
  guidance: Guidance,
  asked: readonly number[] = [],
): DiskChoice => {
  const data = machine.disks.filter(({ role }) => role === 'data');
  const tagged = data.flatMap((disk) => (isDiskExcluded(disk, guidance) && disk.lun !== undefined ? [disk.lun] : []));
  const luns = [...new Set([...asked, ...tagged])].toSorted((a, b) => a - b);
  if (luns.length === 0) return { kind: 'luns', luns };
  const refused = (code: string, text: string, fact: string): DiskChoice => ({
    kind: 'refused',
    reasons: [refusalReason(code, text, sources.SEL, fact)],
  });
  const which = `${luns.length === 1 ? 'the disk' : 'disks'} at LUN ${listed(luns.map(String))}`;
  if (machine.disksUnknown) {
    return refused(
      'disks-unknown',
      `Which disks ${machine.name} has is not known (${machine.disksUnknown.detail}), so ${which} cannot be left out.`,
      'B-55',
    );
  }
  const missing = luns.filter((lun) => !data.some((disk) => disk.lun === lun));
  if (missing.length > 0) {
    const has = data.flatMap(({ lun }) => (lun === undefined ? [] : [String(lun)]));
    return refused(
      'no-such-lun',
      `${machine.name} has no data disk at LUN ${listed(missing.map(String))}; its data disks are at ${has.length === 0 ? 'none' : `LUN ${listed(has)}`}.`,
      'B-55',
    );
  }
  if (striping.state !== 'no-evidence' && striping.state !== 'not-striped') {
    const why = { striped: 'are striped', likely: 'are likely striped', unknown: 'may be striped' }[striping.state];
    return refused(
      'striped-disks',
      `The data disks of ${machine.name} ${why} (${striping.evidence.join('; ')}), so ${which} cannot be left out of its backup: a volume comes back only with every disk of its set. Tag the machine as not striped if it is not.`,
      'B-57',
    );
  }
  return { kind: 'luns', luns };
};

/** The machine as its backup sees it. */
export const withoutDisks = (machine: Machine, luns: readonly number[]): Machine =>
  luns.length === 0
    ? machine
    : {
        ...machine,
        disks: machine.disks.filter(({ role, lun }) => role === 'os' || lun === undefined || !luns.includes(lun)),
      };

/** What an item leaves out today; `undefined` where that is not known. */
export const leftOutToday = (
  { diskExclusion, disksUnknown }: BackupItem,
  machine: Machine,
): readonly number[] | undefined => {
  if (disksUnknown !== undefined || (diskExclusion?.inclusion === true && machine.disksUnknown !== undefined))
    return undefined;
  if (diskExclusion === undefined) return [];
  const { luns, inclusion } = diskExclusion;
  if (!inclusion) return luns.toSorted((a, b) => a - b);
  return machine.disks.flatMap(({ role, lun }) =>
    role === 'data' && lun !== undefined && !luns.includes(lun) ? [lun] : [],
  );
};
