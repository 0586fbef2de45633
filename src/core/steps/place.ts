/** Resource groups: places for what a plan makes. */
import { z } from 'zod';
import { ofKind, resourceId, stepKind, tags } from './definition.ts';

const resourceGroupInput = z.strictObject({ location: z.string(), tags });

export const placeSteps = {
  'resource-group.create': stepKind({
    input: resourceGroupInput,
    seconds: 5,
    permissions: [{ action: 'Microsoft.Resources/subscriptions/resourceGroups/write' }],
    follows: [],
    assumes: ['absent'],
    roles: ['snapshot', 'protect', 'replicate'],
  }),
};

export const placeGoals = {
  /** The resource exists, provisioned, and was made for this plan step (its `holdfast-run` tag) or matches in the named properties. */
  exists: ofKind('exists', { resourceId }),
};

export const placeAssumptions = {
  absent: ofKind('absent', { resourceId }),
};
