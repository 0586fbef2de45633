import { judgeDisks, naming, ofDisk } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupSharedDisk: Rule = {
  id: 'backup-shared-disk',
  option: 'azure-backup',
  title: 'no disk is shared',
  why: 'Azure Backup does not back up shared disks.',
  fact: 'B-42',
  source: sources.BSM,
  effect: 'impossible',
  needs: ['disks'],
  check: (machine) =>
    judgeDisks(
      machine.disks,
      ofDisk((disk) => disk.maxShares),
      (shares) => shares > 1,
      (disks) =>
        `It has shared ${naming(disks)}, which Azure Backup cannot cover. An Enhanced policy could leave ` +
        'it out by LUN and protect the rest; Azure Disk Backup covers the shared disk.',
    ),
  examples: { holds: { dataDisks: [{}] }, fails: { dataDisks: [{ disk: { maxShares: 2 } }] } },
};
