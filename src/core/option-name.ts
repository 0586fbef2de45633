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

/** `Azure Backup`, `a disk snapshot`, `The disk snapshot`: services are names, the rest are things. */
export const withArticle = (option: OptionId, article: 'a' | 'A' | 'the' | 'The'): string =>
  option === 'azure-backup' || option === 'site-recovery' ? optionName[option] : `${article} ${optionName[option]}`;

/** `a disk snapshot, a VM restore point or Azure Backup`. */
export const anyOfNames = (ids: readonly OptionId[]): string =>
  listed(
    [...new Set(ids)].map((id) => withArticle(id, 'a')),
    'or',
  );
