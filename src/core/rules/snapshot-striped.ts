import { dataDisksOf, fails, holds, unjudged } from '../check.ts';
import { unknown } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

export const snapshotStriped: Rule = {
  id: 'snapshot-striped',
  option: 'disk-snapshot',
  title: 'no volume is striped across its disks',
  why: 'Independent snapshots of a striped set may be corrupt together, so a striped set never gets them.',
  fact: 'T-09',
  source: sources.BDR,
  effect: 'unsuitable',
  needs: ['striping'],
  check: (machine, context) => {
    if (dataDisksOf(machine).length < 2) return holds;
    const { state, evidence } = context.striping;
    if (state === 'striped' || state === 'likely') {
      const seen = evidence.length > 0 ? ` (${evidence.join('; ')})` : '';
      const how = state === 'striped' ? 'striped' : 'likely striped';
      return fails(`Its data disks are ${how}${seen}: independent snapshots of them may not fit together.`);
    }
    if (state !== 'unknown') return holds;
    return unjudged(
      'striping',
      unknown('not-knowable', 'Azure cannot see how the guest combines its disks, and a tag does not say'),
    );
  },
  examples: { holds: { dataDisks: [{}, {}] }, fails: { dataDisks: [{}, {}], striping: 'likely' } },
};
