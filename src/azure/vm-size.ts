/** What a size's name tells: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions */

interface ParsedSize {
  readonly family: string;
  readonly features: string;
  readonly version: number;
}

/** `Standard_E8-4ads_v5`: family E, 8 vCPUs constrained to 4, features ads, version 5; no version is 1. */
const parseSize = (size: string): ParsedSize | undefined => {
  const match = /^(?:standard|basic)_([a-z]+)\d+(?:-\d+)?([a-z]*)(?:_(?!v\d+(?:_promo)?$)[a-z]+\d+[a-z0-9]*)*(?:_v(\d+))?(?:_promo)?$/i.exec(size);
  if (!match) return undefined;
  return { family: match[1]!.toUpperCase(), features: (match[2] ?? '').toLowerCase(), version: Number(match[3] ?? 1) };
};

/** A `p` among the features is an ARM processor. */
export const architectureOfSize = (size: string): 'x64' | 'arm64' | undefined => {
  const parsed = parseSize(size);
  return parsed === undefined ? undefined : parsed.features.includes('p') ? 'arm64' : 'x64';
};

/**
 * The newest version of a family whose remote disks are SCSI only. NVMe came with version 5 of D and E (Ebsv5), and with the
 * newer L, M, FX and accelerated families at versions of their own, so those names do not decide:
 * https://learn.microsoft.com/azure/virtual-machines/nvme-overview
 */
const newestScsiOnly: Readonly<Record<string, number>> = { A: 2, B: 2, D: 4, DS: 4, E: 4, F: 2, FS: 2, G: 1, GS: 1 };

export const controllerOfSize = (size: string): 'scsi' | undefined => {
  const parsed = parseSize(size);
  return parsed !== undefined && parsed.version <= (newestScsiOnly[parsed.family] ?? 0) ? 'scsi' : undefined;
};
