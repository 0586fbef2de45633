import { fails, holds, judge, sizeOf, unjudged } from '../check.ts';
import { unknown } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const text = 'It is a Confidential machine, which restore points do not support.';

export const restorePointConfidential: Rule = {
  id: 'restore-point-confidential',
  option: 'restore-point',
  title: 'it is no Confidential machine',
  why: 'Restore points do not support Confidential machines; on v6 sizes in two regions a preview may.',
  fact: 'P-07',
  source: sources.RPM,
  effect: 'impossible',
  needs: ['size'],
  check: (machine) => {
    if (machine.securityType !== 'confidential') return holds;
    if (!/^(?:uaenorth|koreacentral)$/.test(machine.location)) return fails(text);
    return judge('size', sizeOf(machine), (size) =>
      size.version < 6
        ? fails(text)
        : unjudged(
            'documentation',
            unknown('not-knowable', 'a preview covers this size in this region in the newest text only'),
          ),
    );
  },
  examples: { holds: {}, fails: { machine: { securityType: 'confidential', location: 'uaenorth' } } },
};
