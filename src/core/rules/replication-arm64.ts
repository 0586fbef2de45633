import { failsIf, judge } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const replicationArm64: Rule = {
  id: 'replication-arm64',
  option: 'site-recovery',
  title: 'its processor is not ARM64',
  why: 'Site Recovery does not replicate ARM64 machines.',
  fact: 'R-05',
  source: sources.A2A,
  effect: 'impossible',
  needs: ['architecture'],
  check: (machine) =>
    judge('architecture', machine.architecture, (a) =>
      failsIf(a === 'arm64', 'Its processor is ARM64, which Site Recovery does not replicate.'),
    ),
  examples: { holds: {}, fails: { machine: { architecture: known('arm64') } } },
};
