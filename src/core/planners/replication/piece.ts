/** What replication is built from, one piece at a time: there already, or made by steps that several machines share. */
import type { Machine } from '../../estate.ts';
import type { SiteRecoveryDefaults } from '../../guidance.ts';
import type { ResourceId } from '../../ids.ts';
import type { Reason } from '../../option.ts';
import type { Step } from '../../plan.ts';
import { obstacles, refusalReason, type DraftContext } from '../draft.ts';

/** A machine on its way to another region. */
export interface Route {
  readonly machine: Machine;
  readonly defaults: SiteRecoveryDefaults;
  /** Azure region, lower-cased without spaces. */
  readonly target: string;
}

export interface Piece {
  readonly id: ResourceId;
  /** In order, those of the pieces it stands on first; empty when it is there already. */
  readonly steps: readonly Step[];
}

export type Part<T = Piece> = { readonly kind: 'found'; readonly value: T } | Refused;
export interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly Reason[];
}

export const found = <T>(value: T): Part<T> => ({ kind: 'found', value });

export const refused = (code: string, text: string, source: string, fact?: string): Refused => ({
  kind: 'refused',
  reasons: [refusalReason(code, text, source, fact)],
});

export const there = (id: ResourceId): Piece => ({ id, steps: [] });

/** The step after the pieces it stands on, unless Azure would turn it away. */
export const made = (context: DraftContext, step: Step, on: readonly Piece[]): Part => {
  const reasons = obstacles(context, step);
  return reasons.length > 0
    ? { kind: 'refused', reasons }
    : found({ id: step.resourceId, steps: [...on.flatMap(({ steps }) => steps), step] });
};

/** Ids of the last steps of pieces: what something built on them waits for. */
export const after = (...pieces: readonly Piece[]): readonly string[] => [
  ...new Set(pieces.flatMap(({ steps }) => steps.at(-1)?.id ?? [])),
];

/** What all steps of this family have alike. */
export const plain = {
  option: 'site-recovery',
  method: 'PUT',
  runs: 'on-success',
  destructive: false,
} as const;

/** Not read is unknown, and unknown makes no second one. */
export const unread = (what: string, why: string | undefined): Refused =>
  refused(
    'replication-unread',
    `${what} could not be read${why === undefined ? ': nobody asked Azure' : `: ${why}`}. A second one is not made on a guess.`,
    'https://learn.microsoft.com/azure/site-recovery/azure-to-azure-powershell',
  );

/** Guidance keys are ids or regions: compared without regard to case, `*` for all others. */
export const lookUp = <T>(map: Readonly<Record<string, T>>, key: string): T | undefined => {
  const own = Object.entries(map).find(([name]) => name.toLowerCase().replace(/\/+$/, '') === key.toLowerCase());
  return (own ?? Object.entries(map).find(([name]) => name === '*'))?.[1];
};
