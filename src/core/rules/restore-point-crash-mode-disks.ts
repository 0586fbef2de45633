import {
  applicationModePossible,
  every,
  failsIf,
  isUltraOrPremiumV2,
  judgeDisks,
  naming,
  skuOf,
  some,
} from '../check.ts';
import type { AttachedDisk, Machine } from '../estate.ts';
import { known } from '../fact.ts';
import type { Check } from '../option.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const text = (what: string) => (disks: readonly AttachedDisk[]) =>
  'A restore point of it could only be crash-consistent (it does not run, or its agent is not ' +
  `ready), and that mode excludes ${naming(disks)} (${what}).`;

export const crashModeDisks = ({ disks }: Machine): Check =>
  every(
    failsIf(
      disks.some((d) => d.writeAccelerator),
      text('Write Accelerator')(disks.filter((d) => d.writeAccelerator)),
    ),
    judgeDisks(disks, skuOf, isUltraOrPremiumV2, text('Ultra or Premium SSD v2')),
  );

export const restorePointCrashModeDisks: Rule = {
  id: 'restore-point-crash-mode-disks',
  option: 'restore-point',
  title: 'its disks allow the only mode it can have',
  why:
    'Without a running machine and a ready agent only crash-consistent mode is left, and that ' +
    'excludes Ultra, Premium SSD v2 and write-accelerated disks.',
  fact: 'P-05',
  source: sources.RPM,
  effect: 'impossible',
  needs: ['power', 'agent', 'disks'],
  check: (machine) => some(applicationModePossible(machine), crashModeDisks(machine)),
  examples: {
    holds: { dataDisks: [{ disk: { sku: 'PremiumV2_LRS' } }] },
    fails: { machine: { agent: known('not-ready') }, dataDisks: [{ disk: { sku: 'PremiumV2_LRS' } }] },
  },
};
