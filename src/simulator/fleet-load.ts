import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { readBundle } from './fleet-bundle.ts';
import { parseFleet, type FleetResult } from './fleet-file.ts';
import type { CustomRole } from './fleet.ts';
import { parseJson } from './json-file.ts';

/** Reads `--fleet`: a YAML file, or the folder of an offline bundle. `now` dates a file that gives no `asOf`, ms. */
export function loadFleet(path: string, now: number): FleetResult {
  try {
    return statSync(path).isDirectory() ? readBundle(path) : parseFleet(readFileSync(path, 'utf8'), path, now);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return { problems: [`${path}: ${error.message}`] };
  }
}

const strings = z.array(z.string());
/** Both spellings: as `az role definition create` takes it, and as `az role definition list` answers it. */
const roleShape = z.union(
  [
    z
      .looseObject({ Name: z.string(), Actions: strings, NotActions: strings.default([]) })
      .transform((role): CustomRole => ({ name: role.Name, actions: role.Actions, notActions: role.NotActions })),
    z
      .looseObject({
        roleName: z.string(),
        permissions: z.array(z.looseObject({ actions: strings, notActions: strings.default([]) })),
      })
      .transform((role): CustomRole => ({
        name: role.roleName,
        actions: role.permissions.flatMap((one) => one.actions),
        notActions: role.permissions.flatMap((one) => one.notActions),
      })),
    z
      .looseObject({
        properties: z.looseObject({
          roleName: z.string(),
          permissions: z.array(z.looseObject({ actions: strings, notActions: strings.default([]) })),
        }),
      })
      .transform(({ properties }): CustomRole => ({
        name: properties.roleName,
        actions: properties.permissions.flatMap((one) => one.actions),
        notActions: properties.permissions.flatMap((one) => one.notActions),
      })),
  ],
  { error: 'not a role definition: Name, Actions and NotActions, or roleName and permissions, are needed' },
);

/**
 * Reads `--role`: a custom role definition. https://learn.microsoft.com/azure/role-based-access-control/custom-roles
 */
export function loadRole(path: string): { role: CustomRole } | { problems: readonly string[] } {
  try {
    const parsed = parseJson(readFileSync(path, 'utf8'), path, roleShape);
    return 'problems' in parsed ? parsed : { role: parsed.value };
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return { problems: [`${path}: ${error.message}`] };
  }
}
