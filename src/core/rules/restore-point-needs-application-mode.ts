import { dataDisksOf, fails, failsIf, judge, sizeOf, some } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';
import { isBoostSize } from '../vm-size.ts';

const text =
  'Its size (Azure Boost) or a ReadWrite cache lets several data disks differ by a moment in ' +
  'crash-consistent mode: ask for application-consistent points.';

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
      failsIf(dataDisksOf(machine).length > 1, text),
      machine.disks.some((d) => d.caching === 'read-write')
        ? fails(text)
        : judge('size', sizeOf(machine), (size) => failsIf(isBoostSize(size), text)),
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
