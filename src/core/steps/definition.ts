/** What a kind of write is made of: the shape of its input in a plan file, and what planners must know of it before it runs. */
import { z } from 'zod';
import { resourceGroupId, type ResourceId } from '../ids.ts';
import type { PermissionQuestion } from '../preflight.ts';

export type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The value a schema lets through, as a plan holds it: unchangeable. */
export type ValueOf<S extends z.ZodType> = DeepReadonly<z.output<S>>;

export interface StepKindDefinition<S extends z.ZodType> {
  readonly input: S;
  /** Until the goal holds, from recorded conversations with Azure where there are any: orders of magnitude, not promises. */
  readonly seconds: number;
  /**
   * It makes something under a name of its own, which must be free: at the top level, or as a child of something that this plan
   * may have to make first. Absent: it acts on what is there.
   */
  readonly makes?: 'resource' | 'child';
  /** Where such a step is destructive, `--allow all-destructive` does not do: it ends a machine, and that one has to be named. */
  readonly consent?: 'by-name';
  /** What the login must be allowed (facts A-21 … A-24): asked in preflight, and held against the answers. */
  readonly permissions: (step: { readonly resourceId: ResourceId; readonly input: ValueOf<S> }) => readonly PermissionQuestion[];
}

export const stepKind = <S extends z.ZodType>(definition: StepKindDefinition<S>): StepKindDefinition<S> => definition;

/** At the resource group: the number of questions does not grow with the machines. */
export const allowed = (action: string, on: ResourceId): PermissionQuestion => ({ action, scope: resourceGroupId(on) });

export const resourceId = z.string().regex(/^\/subscriptions\/[^/]+(?:\/.+)?$/i, 'must be a resource id (/subscriptions/…)');
export const moment = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, 'must be an RFC 3339 moment in UTC');
export const tags = z.record(z.string(), z.string());
export const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema);
export const count = z.int().nonnegative();
export const days = z.int().positive();

/** A goal or an assumption: its kind, and what it is about. */
export const ofKind = <K extends string, S extends z.core.$ZodLooseShape>(kind: K, shape: S) => z.strictObject({ kind: z.literal(kind), ...shape });
