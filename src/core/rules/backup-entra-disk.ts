import { judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupEntraDisk: Rule = {
  id: 'backup-entra-disk',
  option: 'azure-backup',
  title: 'no disk asks for Entra data-access authentication',
  why: 'Azure Backup of a disk whose export is gated by Entra fails.',
  fact: 'B-46',
  source: sources.BSM,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      ofDisk((disk) => disk.entraDataAccess),
      (gated) => gated,
      (disks) => `Export of ${naming(disks)} is gated by Entra data-access authentication: backups of it fail.`,
    ),
  examples: { holds: {}, fails: { osDisk: { disk: { entraDataAccess: true } } } },
};
