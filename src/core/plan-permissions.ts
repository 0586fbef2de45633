/** What the login must be allowed for a step's write, as its kind tells. */
import type { Step, StepKind } from './plan.ts';
import type { PermissionQuestion } from './preflight.ts';
import type { StepKindDefinition } from './steps/definition.ts';
import { stepKinds } from './steps/index.ts';
import type { z } from 'zod';

export const permissionsFor = (step: Step): readonly PermissionQuestion[] => definitionOf(step.kind).permissions(step);

/** Kind and input of a step belong together by its type; the compiler cannot follow that through the list. */
const definitionOf = (kind: StepKind) => stepKinds[kind] as unknown as StepKindDefinition<z.ZodType<Step['input']>>;
