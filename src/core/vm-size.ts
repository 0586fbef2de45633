/** What a VM size's name tells (https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions). */

export interface VmSize {
  /** Upper-cased letters before the first digit: `D`, `DS`, `NC`, `DC`. */
  readonly family: string;
  /** Active vCPUs by name; in families older than the convention (A, D, G without `_v3` or later) only an ordinal. */
  readonly ordinal: number;
  /** Can attach premium disks: the `s` feature, the old DS and GS families, and M, with or without an `s`. */
  readonly premium: boolean;
  readonly processor: 'intel' | 'amd' | 'arm';
  /** `_v6` is 6; 1 without a version. */
  readonly version: number;
}

/** What is last is the version; an accelerator may look like one: `Standard_NG32ads_V620_v1`, `Standard_NV12ads_V710_v5`. */
const shape = /^(?:standard|basic)_([a-z]+)(\d+)(?:-(\d+))?([a-z]*)(?:_[a-z0-9]+)*?(?:_v(\d+))?(?:_promo)?$/i;

/** Takes a size's name apart; `undefined` when it does not follow the convention. */
export const parseVmSize = (name: string): VmSize | undefined => {
  const match = shape.exec(name);
  if (!match) return undefined;
  const [, family = '', count, constrained, features = '', version] = match;
  const has = (feature: string) => features.toLowerCase().includes(feature);
  return {
    family: family.toUpperCase(),
    ordinal: Number(constrained ?? count),
    // M64 and M128 too: https://learn.microsoft.com/azure/virtual-machines/m-series
    premium: has('s') || /^(?:ds|gs|m)$/i.test(family),
    processor: has('p') ? 'arm' : has('a') ? 'amd' : 'intel',
    version: version === undefined ? 1 : Number(version),
  };
};

/** A0 and A1, B1, D1, DS1, F1 have one core; G1 and GS1 began at two. */
export const isSingleCore = (size: VmSize): boolean => size.ordinal <= 1 && !size.family.startsWith('G');

/**
 * Azure Boost sizes on which crash-consistent points across several data disks are not guaranteed: Intel v6+, AMD v7+. ARM
 * and families that count their versions otherwise (Lsv4, FXv2) are not named there:
 * https://learn.microsoft.com/azure/virtual-machines/virtual-machines-create-restore-points#consistency-modes
 */
export const isBoostSize = (size: VmSize): boolean =>
  (size.processor === 'intel' && size.version >= 6) || (size.processor === 'amd' && size.version >= 7);

/**
 * The newest version of a family whose remote disks are SCSI only; from the next one on, NVMe may be what a machine uses.
 * Azure names D/Ev5 and Fv2, and of v5 only Ebsv5 and Ebdsv5 for remote NVMe; of Lsv2 and Lsv3 the NVMe disks are local:
 * https://learn.microsoft.com/azure/virtual-machines/nvme-overview#vm-sizes
 * https://learn.microsoft.com/azure/virtual-machines/enable-nvme-remote-faqs
 * https://learn.microsoft.com/azure/virtual-machines/enable-nvme-faqs
 * A, B, DC, EC, G and M stand here because these versions are as old as those or older [K]. Families that are not here (FX,
 * NC, ND, NV, H and others) do not decide.
 */
const newestScsiOnly: Readonly<Record<string, number>> = {
  A: 2,
  B: 2,
  D: 5,
  DC: 5,
  DS: 2,
  E: 5,
  EC: 5,
  F: 2,
  G: 1,
  GS: 1,
  L: 3,
  M: 2,
};

/**
 * Made for block storage, the first with remote NVMe: `Standard_E8bds_v5`, `Standard_E112ibs_v5`.
 * https://learn.microsoft.com/azure/virtual-machines/ebdsv5-ebsv5-series
 */
const blockStorage = /^standard_e\d+(?:-\d+)?[a-z]*b[a-z]*_v5$/i;

/** Whether a machine of this size can only have a SCSI controller; false where the name does not decide. */
export const isScsiOnly = (name: string): boolean => {
  const size = parseVmSize(name);
  return size !== undefined && size.version <= (newestScsiOnly[size.family] ?? 0) && !blockStorage.test(name);
};
