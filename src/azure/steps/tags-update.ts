/**
 * PATCH of some tags of a resource, merged in or taken out; the others stay. Doing it twice does no more. Azure documents 200, and
 * 202 with Location. https://learn.microsoft.com/rest/api/resources/tags/update-at-scope
 */
import type { StepOf } from '../../core/plan.ts';
import { apiVersions } from '../kinds.ts';
import { beganOf, pollOperation } from '../operation.ts';
import { idempotentRunner, type MakeRunner } from './runner.ts';

export const tagsUpdate: MakeRunner<'tags.update'> = (step, tools) => ({
  ...idempotentRunner(step, tools),
  begin: async (_step, signal) => beganOf(await tools.arm.ask({ ...tagsRequest(step), signal })),
  poll: (operation, signal) => pollOperation(tools.arm, 'resources', operation, signal),
});

const operations = { merge: 'Merge', delete: 'Delete' } as const;

const tagsRequest = ({ resourceId, input: { operation, tags } }: StepOf<'tags.update'>) => ({
  provider: 'resources' as const,
  method: 'PATCH' as const,
  path: resourceId,
  apiVersion: apiVersions.resources,
  body: { operation: operations[operation], properties: { tags } },
});
