/** A resource group that the guidance names and that is known not to be there. */
import type { Machine } from '../estate.ts';
import { keyOf, nameOf, shortHash, type ResourceId } from '../ids.ts';
import type { OptionId } from '../option.ts';
import type { DraftContext } from './draft.ts';
import type { StepOf } from '../plan.ts';

const source = 'https://learn.microsoft.com/azure/azure-resource-manager/management/manage-resource-groups-portal';

/** The same group asked for twice is the same step: the planner keeps the first. */
export const groupStep = (
  context: DraftContext,
  groupId: ResourceId,
  machine: Machine,
  option: OptionId,
  location = machine.location,
): StepOf<'resource-group.create'> => ({
  // Its id depends on the group alone, so that every machine that needs it names the same step.
  id: `group-${nameOf(groupId)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')}-${shortHash(keyOf(groupId), 6)}`,
  kind: 'resource-group.create',
  option,
  subject: machine.id,
  reason: `The guidance puts what it makes into resource group ${nameOf(groupId)}, which is not there yet.`,
  source,
  method: 'PUT',
  resourceId: groupId,
  // A second PUT would replace the tags of a group that somebody else made in the meantime.
  assumes: [{ kind: 'absent', resourceId: groupId }],
  goal: { kind: 'exists', resourceId: groupId },
  dependsOn: [],
  runs: 'on-success',
  destructive: false,
  cost: { monthlyUsd: 0, basis: 'resource groups are free' },
  input: {
    location,
    tags: { 'holdfast-made-by': context.madeBy, 'holdfast-run': shortHash(context.seed, 12) },
  },
});
