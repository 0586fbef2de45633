import { inUniformScaleSet } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const scaleSetId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/web';

export const replicationUniformScaleSet: Rule = {
  id: 'replication-uniform-scale-set',
  option: 'site-recovery',
  title: 'it is no member of a Uniform scale set',
  why: 'Site Recovery replicates members of Flexible scale sets only.',
  fact: 'R-05',
  source: sources.A2A,
  effect: 'impossible',
  needs: ['scaleSetMode'],
  check: (machine) =>
    inUniformScaleSet(machine, 'It belongs to a Uniform scale set, whose members Site Recovery does not replicate.'),
  examples: {
    holds: { machine: { scaleSetId, scaleSetMode: known('flexible') } },
    fails: { machine: { scaleSetId, scaleSetMode: known('uniform') } },
  },
};
