import { dataDisksOf, fails, failsIf, holds, judge, skewOf, some } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const text = (skew: string) =>
  `In crash-consistent mode ${skew} lets several data disks differ by a moment: ask for application-consistent points.`;

export const restorePointNeedsApplicationMode: Rule = {
  id: 'restore-point-needs-application-mode',
  option: 'restore-point',
  title: 'either mode would keep its data disks in agreement',
  why:
    'On Azure Boost sizes (Intel v6, AMD v7 and later), or with ReadWrite caching, only ' +
    'application-consistent points agree for certain across several data disks.',
  fact: 'P-06',
  source: sources.RPM,
  effect: 'warning',
  needs: ['size'],
  check: (machine) =>
    some(
      failsIf(dataDisksOf(machine).length > 1, 'It has several data disks.'),
      judge('size', skewOf(machine), (skew) => (skew === undefined ? holds : fails(text(skew)))),
    ),
  examples: {
    holds: { osDisk: { attached: { caching: 'read-only' } }, dataDisks: [{}, {}] },
    fails: {
      machine: { size: known('Standard_D4s_v6') },
      osDisk: { attached: { caching: 'read-only' } },
      dataDisks: [{}, {}],
    },
  },
};
