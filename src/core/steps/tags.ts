/** Tags of what is there already, one PATCH a step. https://learn.microsoft.com/rest/api/resources/tags/update-at-scope */
import { z } from 'zod';
import { ofKind, resourceId, stepKind, tags } from './definition.ts';

const updateInput = z.strictObject({
  /** What carries them. */
  targetId: resourceId,
  /** `delete` takes out each only while it has this very value; the other tags stay in either case. */
  operation: z.enum(['merge', 'delete']),
  tags,
});

export const tagSteps = {
  'tags.update': stepKind({
    input: updateInput,
    seconds: 5,
    leased: true,
    permissions: [{ action: 'Microsoft.Resources/tags/write', on: ({ targetId }) => targetId }],
    follows: [],
    assumes: ['made-by-holdfast', 'adopted'],
    roles: ['prune'],
  }),
};

export const tagGoals = {
  /** It carries these tags with these values, and none of these names. */
  'tags-are': ofKind('tags-are', { resourceId, tags, without: z.array(z.string()) }),
};
