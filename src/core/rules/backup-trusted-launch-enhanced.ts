import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupTrustedLaunchEnhanced: Rule = {
  id: 'backup-trusted-launch-enhanced',
  option: 'azure-backup',
  title: 'it is no Trusted Launch machine',
  why: 'Trusted Launch machines are backed up by Enhanced policies; Standard ones only through recent tools.',
  fact: 'B-20',
  source: sources.ENH,
  effect: 'warning',
  needs: [],
  check: (machine) =>
    failsIf(machine.securityType === 'trusted-launch', 'It is a Trusted Launch machine: use an Enhanced policy.'),
  examples: { holds: {}, fails: { machine: { securityType: 'trusted-launch' } } },
};
