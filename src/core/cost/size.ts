/** Of how many GiB a copy of a disk is billed. Azure bills snapshots, images and vaults by used size (facts S-02). */
import type { Guidance } from '../guidance.ts';
import { known, mapFact, unknown, type Fact } from '../fact.ts';

/** What is known of the size of one disk, or of a copy of it. */
export interface StoredSize {
  readonly name: string;
  /** `Premium_LRS`, … of the disk itself. */
  readonly sku?: string;
  readonly provisionedGiB: Fact<number>;
  /** Only a bill or the guest tells; Resource Manager does not. */
  readonly usedGiB?: number;
}

export interface ReckoningBase {
  /** Part of the used size that changes in a day. */
  readonly dailyChange: { readonly value: number; readonly source: string };
  /** Part of a disk that is expected to be used; without it full disks are reckoned with. */
  readonly usedShare?: { readonly value: number; readonly source: string };
}

/**
 * Microsoft's own example of what instant restore costs reckons with 2 % a day (facts B-69):
 * https://learn.microsoft.com/azure/backup/backup-instant-restore-capability
 */
export const defaultBase: ReckoningBase = {
  dailyChange: { value: 0.02, source: 'https://learn.microsoft.com/azure/backup/backup-instant-restore-capability' },
};

/** As the guidance has it; without a word of it, by Microsoft's example and full disks. */
export const baseOf = ({ plan }: Pick<Guidance, 'plan'>): ReckoningBase => ({
  dailyChange: plan.cost?.dailyChange ?? defaultBase.dailyChange,
  ...(plan.cost?.usedShare === undefined ? {} : { usedShare: plan.cost.usedShare }),
});

export type Mode = 'expected' | 'at-most';

export const billedGiB = (size: StoredSize, mode: Mode, base: ReckoningBase): Fact<number> => {
  const { usedGiB, provisionedGiB, name } = size;
  if (usedGiB !== undefined) return known(usedGiB);
  if (!provisionedGiB.known) return unknown(provisionedGiB.reason, `the size of ${name} is not known`);
  return known(provisionedGiB.value * (mode === 'expected' ? (base.usedShare?.value ?? 1) : 1));
};

export const sumGiB = (sizes: readonly Fact<number>[]): Fact<number> =>
  sizes.reduce((sum, size) => (sum.known ? mapFact(size, (gib) => gib + sum.value) : sum), known(0));

export const isUsedKnown = (sizes: readonly StoredSize[]): boolean =>
  sizes.every(({ usedGiB }) => usedGiB !== undefined);

/** What the figures rest on, as far as sizes go. */
export const sizeAssumptions = (sizes: readonly StoredSize[], base: ReckoningBase): readonly string[] => {
  if (isUsedKnown(sizes)) return [];
  const share = base.usedShare;
  const why = 'Azure bills by used size, which Resource Manager does not tell';
  return [
    share === undefined
      ? `${why}: reckoned with full disks, which is the most.`
      : `${why}: ${percent(share.value)} of each disk is taken to be used (${share.source}).`,
  ];
};

export const changeAssumption = ({ dailyChange }: ReckoningBase): string =>
  `${percent(dailyChange.value)} of the used size is taken to change in a day (${dailyChange.source}).`;

export const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** What changes within so many days, at most all of it. */
export const changedGiB = (usedGiB: number, days: number, { dailyChange }: ReckoningBase): number =>
  usedGiB * Math.min(1, Math.max(0, days) * dailyChange.value);
