import { failsIf } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationEncryptionAtHost: Rule = {
  id: 'replication-encryption-at-host',
  option: 'site-recovery',
  title: 'encryption at host is off',
  why: 'The machine is replicated, but the one failed over to lacks encryption at host.',
  fact: 'R-25',
  source: sources.A2A,
  effect: 'warning',
  needs: [],
  check: (machine) =>
    failsIf(machine.encryptionAtHost, 'It has encryption at host, which the machine failed over to will lack.'),
  examples: { holds: {}, fails: { machine: { encryptionAtHost: true } } },
};
