/** What a VM size's name tells (https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions). */

export interface VmSize {
  /** Upper-cased letters before the first digit: `D`, `DS`, `NC`, `DC`. */
  readonly family: string;
  /** Active vCPUs by name; in families older than the convention (A, D, G without `_v3` or later) only an ordinal. */
  readonly ordinal: number;
  /** Can attach premium disks: the `s` feature, or the old DS and GS families. */
  readonly premium: boolean;
  readonly processor: 'intel' | 'amd' | 'arm';
  /** `_v6` is 6; 1 without a version. */
  readonly version: number;
}

const shape =
  /^(?:standard|basic)_([a-z]+)(\d+)(?:-(\d+))?([a-z]*)(?:_(?!v\d+(?:_|$))[a-z0-9]+)*?(?:_v(\d+))?(?:_promo)?$/i;

/** Takes a size's name apart; `undefined` when it does not follow the convention. */
export const parseVmSize = (name: string): VmSize | undefined => {
  const match = shape.exec(name);
  if (!match) return undefined;
  const [, family = '', count, constrained, features = '', version] = match;
  const has = (feature: string) => features.toLowerCase().includes(feature);
  return {
    family: family.toUpperCase(),
    ordinal: Number(constrained ?? count),
    premium: has('s') || /^(?:ds|gs)$/i.test(family),
    processor: has('p') ? 'arm' : has('a') ? 'amd' : 'intel',
    version: version === undefined ? 1 : Number(version),
  };
};

/** A0 and A1, B1, D1, DS1, F1 have one core; G1 and GS1 began at two. */
export const isSingleCore = (size: VmSize): boolean => size.ordinal <= 1 && !size.family.startsWith('G');

/** Azure Boost sizes on which crash-consistent points across several data disks are not guaranteed: Intel v6+, AMD v7+. */
export const isBoostSize = (size: VmSize): boolean =>
  (size.processor === 'intel' && size.version >= 6) || (size.processor === 'amd' && size.version >= 7);

/**
 * The newest version of a family whose remote disks are SCSI only; from the next one on, NVMe may be what a machine uses.
 * Of L the NVMe disks are local, and the families not named here (FX, NC, ND, NV, H, …) do not decide:
 * https://learn.microsoft.com/azure/virtual-machines/nvme-overview
 */
const newestScsiOnly: Readonly<Record<string, number>> = {
  A: 2,
  B: 2,
  D: 5,
  DC: 5,
  DS: 4,
  E: 5,
  EC: 5,
  F: 2,
  FS: 2,
  G: 1,
  GS: 1,
  L: 3,
  LS: 2,
  M: 2,
};

/** Ebsv5 and Ebdsv5, made for block storage, were the first with remote NVMe: `Standard_E8bds_v5`, `Standard_E112ibs_v5`. */
const blockStorage = /^standard_e\d+(?:-\d+)?[a-z]*b[a-z]*_v5$/i;

/** Whether a machine of this size can only have a SCSI controller; false where the name does not decide. */
export const isScsiOnly = (name: string): boolean => {
  const size = parseVmSize(name);
  return size !== undefined && size.version <= (newestScsiOnly[size.family] ?? 0) && !blockStorage.test(name);
};
