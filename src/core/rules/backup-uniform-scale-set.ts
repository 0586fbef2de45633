import { inUniformScaleSet } from '../check.ts';
import { known } from '../fact.ts';
import type { Rule } from '../rule.ts';
import { sources } from '../sources.ts';

const scaleSetId = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/web';

export const backupUniformScaleSet: Rule = {
  id: 'backup-uniform-scale-set',
  option: 'azure-backup',
  title: 'it is no member of a Uniform scale set',
  why: 'Azure Backup protects members of Flexible scale sets as single machines, and nothing in Uniform ones.',
  fact: 'B-24',
  source: sources.BSM,
  effect: 'impossible',
  needs: ['scaleSetMode'],
  check: (machine) =>
    inUniformScaleSet(machine, 'It belongs to a Uniform scale set, whose members Azure Backup does not protect.'),
  examples: {
    holds: { machine: { scaleSetId, scaleSetMode: known('flexible') } },
    fails: { machine: { scaleSetId, scaleSetMode: known('uniform') } },
  },
};
