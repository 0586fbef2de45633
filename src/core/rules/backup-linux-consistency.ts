import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupLinuxConsistency: Rule = {
  id: 'backup-linux-consistency',
  option: 'azure-backup',
  title: 'it does not run Linux',
  why:
    'Backups of Linux are file-system-consistent, and application-consistent only with pre and post ' +
    'scripts that succeed.',
  fact: 'B-81',
  source: sources.INTRO,
  effect: 'warning',
  needs: ['os'],
  check: (machine) =>
    judge('os', machine.os, (os) =>
      failsIf(
        os === 'linux',
        'It runs Linux: backups are file-system-consistent unless pre and post scripts are set up in the guest.',
      ),
    ),
  examples: { holds: {}, fails: { machine: { os: known('linux') } } },
};
