import { failsIf, holds, imageNameOf, judge } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupOldWindows: Rule = {
  id: 'backup-old-windows',
  option: 'azure-backup',
  title: 'its Windows is on the list for application consistency',
  why:
    'Application-consistent backups are listed for Windows Server 2016 and later; 2008 and 2012 are ' +
    'crash-consistent only.',
  fact: 'B-85',
  source: sources.BSM,
  effect: 'warning',
  needs: ['os', 'image'],
  check: (machine) =>
    judge('os', machine.os, (os) => {
      if (os !== 'windows') return holds;
      return judge('image', imageNameOf(machine), (image) =>
        failsIf(
          /\b(?:2008|2012)/.test(image),
          'Its image is of Windows Server 2012 or older, which is backed up crash-consistent only.',
        ),
      );
    }),
  examples: {
    holds: {},
    fails: {
      machine: { image: { publisher: 'MicrosoftWindowsServer', offer: 'WindowsServer', sku: '2012-R2-Datacenter' } },
    },
  },
};
