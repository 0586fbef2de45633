/** PUT resourceGroups: over at once. https://learn.microsoft.com/rest/api/resources/resource-groups/create-or-update */
import { putRunner, type MakeRunner } from './runner.ts';

export const resourceGroupCreate: MakeRunner<'resource-group.create'> = (step, tools) =>
  putRunner(step, tools, { location: step.input.location, tags: step.input.tags });
