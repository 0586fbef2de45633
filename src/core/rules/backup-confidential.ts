import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupConfidential: Rule = {
  id: 'backup-confidential',
  option: 'azure-backup',
  title: 'it is no Confidential machine',
  why: 'Azure Backup supports Confidential machines only in preview, so nothing enables it unasked.',
  fact: 'B-23',
  source: sources.BSM,
  effect: 'unsuitable',
  needs: [],
  check: (machine) =>
    failsIf(
      machine.securityType === 'confidential',
      'Azure Backup supports Confidential machines only in preview: enable it by hand if the preview will do.',
    ),
  examples: { holds: {}, fails: { machine: { securityType: 'confidential' } } },
};
