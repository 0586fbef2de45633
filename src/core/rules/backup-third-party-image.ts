import { failsIf, holds, unjudged } from '../check.ts';
import { unknown } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const backupThirdPartyImage: Rule = {
  id: 'backup-third-party-image',
  option: 'azure-backup',
  title: 'it was not made from a third-party marketplace image',
  why: 'Third-party marketplace machines are restored as disks, not as machines.',
  fact: 'B-32',
  source: sources.BSM,
  effect: 'warning',
  needs: ['image'],
  check: (machine) => {
    if (!machine.hasPlan) return holds;
    const publisher = machine.image?.publisher;
    if (!publisher)
      return unjudged('image', unknown('not-knowable', 'the machine does not tell which image it was made from'));
    return failsIf(
      !/^microsoft/i.test(publisher),
      `It was made from a marketplace image of ${publisher}: restore its disks, not the machine.`,
    );
  },
  examples: {
    holds: {
      machine: {
        hasPlan: true,
        image: { publisher: 'MicrosoftSQLServer', offer: 'sql2022-ws2022', sku: 'standard' },
      },
    },
    fails: { machine: { hasPlan: true, image: { publisher: 'paloaltonetworks', offer: 'vmseries1', sku: 'byol' } } },
  },
};
