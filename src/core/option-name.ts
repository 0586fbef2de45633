/** Azure's names of its offers, for sentences: `has no VM restore point`. */
import { listed } from './duration.ts';
import type { OptionId } from './option.ts';

export const optionName: Readonly<Record<OptionId, string>> = {
  'azure-backup': 'Azure Backup',
  'site-recovery': 'Site Recovery',
  'disk-snapshot': 'disk snapshot',
  'restore-point': 'VM restore point',
  'managed-image': 'managed image',
  'gallery-image': 'gallery image version',
};

/** `disk snapshot, VM restore point or Azure Backup`. */
export const anyOfNames = (ids: readonly OptionId[]): string => listed([...new Set(ids)].map((id) => optionName[id]), 'or');
