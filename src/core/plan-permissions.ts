/** What the login must be allowed for a step's write, and where, as its kind tells. */
import { resourceGroupId, parseId, type ResourceId } from './ids.ts';
import type { Step, StepKind } from './plan.ts';
import type { PermissionQuestion } from './preflight.ts';
import type { StepKindDefinition } from './steps/definition.ts';
import { stepKinds } from './steps/index.ts';
import type { z } from 'zod';

export const permissionsFor = ({ kind, resourceId, input }: Step): readonly PermissionQuestion[] =>
  definitionOf(kind).permissions.flatMap(({ action, on, when }) => {
    if (when?.(input) === false) return [];
    const at = on === undefined ? resourceId : on(input);
    if (at === undefined) return [];
    const scopes = new Set((typeof at === 'string' ? [at] : at).map((id) => scopeOf(action, id)));
    return [...scopes].map((scope) => ({ action, scope }));
  });

/** Kind and input of a step belong together by its type; the compiler cannot follow that through the list. */
export const definitionOf = (kind: StepKind) =>
  stepKinds[kind] as unknown as StepKindDefinition<z.ZodType<Step['input']>>;

/**
 * At the resource group: the number of questions does not grow with the machines. A group itself is made in its
 * subscription.
 */
const scopeOf = (action: string, id: ResourceId): ResourceId =>
  action === 'Microsoft.Resources/subscriptions/resourceGroups/write'
    ? `/subscriptions/${parseId(id)?.subscriptionId ?? ''}`
    : resourceGroupId(id);
