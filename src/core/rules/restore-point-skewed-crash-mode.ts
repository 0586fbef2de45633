import { applicationModePossible, dataDisksOf, fails, failsIf, holds, judge, skewOf, some } from '../check.ts';
import { known } from '../fact.ts';
import type { Machine } from '../estate.ts';
import type { Check } from '../option.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const text = (skew: string) =>
  `A restore point of it could only be crash-consistent, and ${skew} lets several data disks differ by a moment: make its agent ready, or deallocate it.`;

export const crashModeSkew = (machine: Machine): Check =>
  some(
    failsIf(dataDisksOf(machine).length > 1, 'It has several data disks.'),
    judge('power', machine.power, (power) => failsIf(power !== 'deallocated', `It is ${power}.`)),
    judge('size', skewOf(machine), (skew) => (skew === undefined ? holds : fails(text(skew)))),
  );

export const restorePointSkewedCrashMode: Rule = {
  id: 'restore-point-skewed-crash-mode',
  option: 'restore-point',
  title: 'its points agree across data disks',
  why:
    'Crash-consistent points do not agree for certain across several data disks on Azure Boost sizes ' +
    '(Intel v6, AMD v7 and later) or with ReadWrite caching.',
  fact: 'P-06',
  source: sources.RPM,
  effect: 'unsuitable',
  needs: ['power', 'agent', 'size'],
  check: (machine) => some(applicationModePossible(machine), crashModeSkew(machine)),
  examples: {
    holds: {
      machine: { agent: known('not-ready') },
      osDisk: { attached: { caching: 'read-only' } },
      dataDisks: [{}, {}],
    },
    fails: {
      machine: { agent: known('not-ready'), size: known('Standard_D4s_v6') },
      osDisk: { attached: { caching: 'read-only' } },
      dataDisks: [{}, {}],
    },
  },
};
