import { inUniformScaleSet } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const scaleSetId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/web';

export const restorePointUniformScaleSet: Rule = {
  id: 'restore-point-uniform-scale-set',
  option: 'restore-point',
  title: 'it is no member of a Uniform scale set',
  why: 'Restore points take members of Flexible scale sets one by one, and none of Uniform ones.',
  fact: 'P-09',
  source: sources.RPM,
  effect: 'impossible',
  needs: ['scaleSetMode'],
  check: (machine) =>
    inUniformScaleSet(machine, 'It belongs to a Uniform scale set, whose members restore points do not take.'),
  examples: {
    holds: { machine: { scaleSetId, scaleSetMode: known('flexible') } },
    fails: { machine: { scaleSetId, scaleSetMode: known('uniform') } },
  },
};
