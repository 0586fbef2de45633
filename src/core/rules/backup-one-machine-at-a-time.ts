import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupOneMachineAtATime: Rule = {
  id: 'backup-one-machine-at-a-time',
  option: 'azure-backup',
  title: 'its application has no other machine',
  why: 'Azure Backup makes no points that agree across machines.',
  fact: 'B-08',
  source: sources.BSM,
  effect: 'warning',
  needs: [],
  check: (machine, context) =>
    failsIf(
      (context.application?.machines ?? 1) > 1,
      `Application ${context.application?.name} runs on ${context.application?.machines} machines, ` +
        'whose backups do not agree with each other in time.',
    ),
  examples: {
    holds: { application: { name: 'shop', machines: 1 } },
    fails: { application: { name: 'shop', machines: 3 } },
  },
};
