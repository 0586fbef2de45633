import { fails, failsIf, judge } from '../check.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const imageSecurityType: Rule = {
  id: 'image-security-type',
  option: 'managed-image',
  title: 'it is neither Trusted Launch, Confidential nor ARM64',
  why: 'Azure puts Trusted Launch, Confidential and ARM64 into the Compute Gallery only.',
  fact: 'I-01',
  source: sources.IMG,
  effect: 'impossible',
  needs: ['architecture'],
  check: (machine) => {
    if (machine.securityType !== 'standard') {
      const type = machine.securityType === 'trusted-launch' ? 'Trusted Launch' : 'Confidential';
      return fails(`It is a ${type} machine: only a gallery image version can hold it.`);
    }
    return judge('architecture', machine.architecture, (a) =>
      failsIf(a === 'arm64', 'Its processor is ARM64: only a gallery image version can hold it.'),
    );
  },
  examples: { holds: {}, fails: { machine: { securityType: 'trusted-launch' } } },
};
