/** THE list of options, in the order of `optionIds`. */
import type { Estate, Machine } from '../estate.ts';
import type { Option, Protection } from '../protection.ts';
import { azureBackup } from './azure-backup.ts';
import { diskSnapshot } from './disk-snapshot.ts';
import { galleryImage } from './gallery-image.ts';
import { managedImage } from './managed-image.ts';
import { restorePoint } from './restore-point.ts';
import { siteRecovery } from './site-recovery.ts';

export const options: readonly Option[] = [
  azureBackup,
  siteRecovery,
  diskSnapshot,
  restorePoint,
  managedImage,
  galleryImage,
];

/** What the machine has today, from every option. */
export const protectionsOf = (machine: Machine, estate: Estate): readonly Protection[] =>
  options.flatMap((option) => option.present(machine, estate));
