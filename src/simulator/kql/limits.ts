import type { Pipeline } from './ast.ts';
import { tablesOf } from './parser.ts';
import { KqlError, semanticFailure } from './kql-error.ts';

/**
 * What Resource Graph takes of KQL and how much of it in one query:
 * https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language
 */
const maxJoins = 3;
const maxUnionLegs = 3;
const maxExpands = 3;
export const maxExpandRows = 400;
export const defaultExpandRows = 128;
const supportedFlavors: Readonly<Record<string, true>> = {
  innerunique: true,
  inner: true,
  leftouter: true,
  fullouter: true,
};
/** "Partial, join to only": these tables may stand on the right of a join alone. */
const joinToOnly = new Set(['recoveryservicesresources', 'maintenanceresources', 'securityresources']);
const freelyJoined = new Set(['resources', 'resourcecontainers']);

/** Throws KqlError where the query breaks a limit. Only the flavor's code and text are known from public answers. */
export function checkLimits(query: Pipeline): void {
  const seen = { joins: 0, crossTable: 0, legs: 0, expands: 0, onlyFree: true };
  walk(query, seen);
  if (seen.joins > maxJoins)
    throw semanticFailure(
      'DisallowedNumberOfJoins',
      `The query has ${seen.joins} joins; at most ${maxJoins} are allowed.`,
    );
  if (seen.crossTable > (seen.onlyFree ? maxJoins : 1)) {
    throw semanticFailure(
      'DisallowedMaxNumberOfRemoteTables',
      `The query has ${seen.crossTable} joins across tables; at most ${seen.onlyFree ? maxJoins : 1} is allowed.`,
    );
  }
  if (seen.legs > maxUnionLegs)
    throw semanticFailure(
      'DisallowedNumberOfUnionLegs',
      `The query has ${seen.legs} union legs; at most ${maxUnionLegs} are allowed.`,
    );
  if (seen.expands > maxExpands)
    throw semanticFailure(
      'DisallowedNumberOfMvExpands',
      `The query has ${seen.expands} mv-expand operators; at most ${maxExpands} are allowed.`,
    );
}

function walk(
  pipeline: Pipeline,
  seen: { joins: number; crossTable: number; legs: number; expands: number; onlyFree: boolean },
): void {
  const table = (pipeline.table?.name ?? 'Resources').toLowerCase();
  for (const operator of pipeline.operators) {
    if (operator.kind === 'mv-expand') {
      seen.expands += 1;
      if ((operator.limit ?? 0) > maxExpandRows) {
        throw semanticFailure(
          'DisallowedMvExpandRowLimit',
          `The row limit of mv-expand is ${operator.limit}; at most ${maxExpandRows} is allowed.`,
        );
      }
    } else if (operator.kind === 'union') {
      seen.legs += operator.legs.length;
      for (const leg of operator.legs) walk(leg, seen);
    } else if (operator.kind === 'join') {
      if (supportedFlavors[operator.flavor] !== true) {
        const flavor = operator.flavor.replace(
          /^(left|right)?(.)(.*)$/,
          (_, side: string | undefined, first: string, rest: string) =>
            `${side === undefined ? '' : side[0]!.toUpperCase() + side.slice(1)}${first.toUpperCase()}${rest}`,
        );
        throw new KqlError({
          code: 'UnsupportedJoinFlavor',
          message: `The join kind "${flavor}" is not supported or not allowed.`,
        });
      }
      if (joinToOnly.has(table))
        throw semanticFailure(
          'DisallowedJoinTable',
          `Table ${pipeline.table?.name ?? ''} can be joined to, but not from.`,
        );
      seen.joins += 1;
      const others = tablesOf(operator.right)
        .map((name) => name.toLowerCase())
        .filter((name) => name !== table);
      if (others.length > 0) {
        seen.crossTable += 1;
        seen.onlyFree &&= freelyJoined.has(table) && others.every((name) => freelyJoined.has(name));
      }
      walk(operator.right, seen);
    }
  }
}
