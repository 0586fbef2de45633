import { applicationModePossible, failsIf, judge, sizeOf, some } from '../check.ts';
import type { Machine } from '../estate.ts';
import { known } from '../fact.ts';
import type { Check } from '../option.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const text =
  'A restore point of it could only be crash-consistent (it does not run, or its agent is not ' +
  'ready), and that mode takes only sizes with premium disks.';

export const crashModeSize = (machine: Machine): Check =>
  judge('size', sizeOf(machine), (size) => failsIf(!size.premium, text));

export const restorePointCrashModeSize: Rule = {
  id: 'restore-point-crash-mode-size',
  option: 'restore-point',
  title: 'its size allows the only mode it can have',
  why:
    'Without a running machine and a ready agent only crash-consistent mode is left, and that takes ' +
    'sizes that can attach premium disks.',
  fact: 'P-04',
  source: sources.RPM,
  effect: 'impossible',
  needs: ['power', 'agent', 'size'],
  check: (machine) => some(applicationModePossible(machine), crashModeSize(machine)),
  examples: {
    holds: { machine: { size: known('Standard_D2_v3') } },
    fails: { machine: { power: known('deallocated'), size: known('Standard_D2_v3') } },
  },
};
