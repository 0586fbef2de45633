/** What a kind of write is made of: the shape of its input in a plan file, and what planners must know of it before it runs. */
import { z } from 'zod';
import type { ResourceId } from '../ids.ts';

export type DeepReadonly<T> = T extends readonly (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The value a schema lets through, as a plan holds it: unchangeable. */
export type ValueOf<S extends z.ZodType> = DeepReadonly<z.output<S>>;

/** Who writes: a role of each of these names can be printed, and a kind of write names those it belongs to. */
export type WritingRole = 'snapshot' | 'protect' | 'replicate' | 'capture' | 'remove' | 'prune' | 'hooks';

/** Something the login must be allowed (facts A-21 … A-26): asked in preflight, and part of every role that writes so. */
export interface Permission<S extends z.ZodType> {
  /** `Microsoft.Compute/snapshots/write`. */
  readonly action: string;
  /** What it is needed at besides the resource itself: what the input names. `undefined`: nothing, this time. */
  readonly on?: (input: ValueOf<S>) => ResourceId | readonly ResourceId[] | undefined;
  /** Only where the input says so; absent: always. */
  readonly when?: (input: ValueOf<S>) => boolean;
  /** Only those of the kind's roles that give it such an input; absent: all. */
  readonly roles?: readonly WritingRole[];
  /** As the kind's own, where the input decides who answers for the operation. */
  readonly follows?: readonly string[];
}

export interface StepKindDefinition<S extends z.ZodType, A extends string = string> {
  readonly input: S;
  /** Until the goal holds, from recorded conversations with Azure where there are any: orders of magnitude, not promises. */
  readonly seconds: number;
  /**
   * It makes something under a name of its own, which must be free: at the top level, or as a child of something that this plan
   * may have to make first. Absent: it acts on what is there.
   */
  readonly makes?: 'resource' | 'child';
  /** It deletes, or cannot be undone: a plan must say so (`destructive`), except of what the same plan makes first. */
  readonly cannotBeUndone?: true;
  /** Where such a step is destructive, `--allow all-destructive` does not do: it ends a machine, and that one has to be named. */
  readonly consent?: 'by-name';
  /**
   * Two runs on one machine would make it twice, or undo each other's work: it is done while the machine carries the run's lease.
   * What has the same name and outcome whoever does it needs none.
   */
  readonly leased?: true;
  /** At the resource itself (no `on`): the write. Reading the same type is what its goal needs, and goes without saying. */
  readonly permissions: readonly Permission<S>[];
  /** What else has to be read, from the write until the goal: status URLs, jobs, and what must be found before. */
  readonly follows: readonly string[];
  /** The kinds of assumption that such a step may rest on. */
  readonly assumes: readonly A[];
  readonly roles: readonly WritingRole[];
}

export const stepKind = <S extends z.ZodType, const A extends string>(
  definition: StepKindDefinition<S, A>,
): StepKindDefinition<S, A> => definition;

/**
 * Status URLs of writes, by who answers them:
 * https://learn.microsoft.com/azure/role-based-access-control/permissions/compute
 */
export const computeOperation = 'Microsoft.Compute/locations/operations/read';
export const diskOperation = 'Microsoft.Compute/locations/diskOperations/read';
export const galleryOperation = 'Microsoft.Compute/locations/capsOperations/read';
export const networkOperation = 'Microsoft.Network/locations/operations/read';
export const storageOperation = 'Microsoft.Storage/locations/asyncoperations/read';
export const vaultOperation = 'Microsoft.RecoveryServices/vaults/operationStatus/read';

export const resourceId = z
  .string()
  .regex(/^\/subscriptions\/[^/]+(?:\/.+)?$/i, 'must be a resource id (/subscriptions/…)');
export const moment = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/, 'must be an RFC 3339 moment in UTC');
export const tags = z.record(z.string(), z.string());
export const optional = <T extends z.ZodType>(schema: T) => z.exactOptional(schema);
export const count = z.int().nonnegative();
export const days = z.int().positive();

/** A goal or an assumption: its kind, and what it is about. */
export const ofKind = <K extends string, S extends z.core.$ZodLooseShape>(kind: K, shape: S) =>
  z.strictObject({ kind: z.literal(kind), ...shape });
