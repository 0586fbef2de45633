/**
 * What the login may do at a scope. Resource Graph leaves out in silence what it may not read, so an empty answer
 * proves
 * absence only where the read is granted:
 * https://learn.microsoft.com/azure/governance/resource-graph/overview#permissions-in-azure-resource-graph
 */
import { known, unknown, type Fact } from '../core/fact.ts';
import { gapAfter, type Inquiry } from './inquiry.ts';
import { apiVersions } from './kinds.ts';
import { listAt } from './raw.ts';

export interface Grant {
  /** Lower-cased, `*` stands for any run of characters. */
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

const words = (raw: unknown, name: string): readonly string[] =>
  listAt(raw, name).flatMap((action) => (typeof action === 'string' ? [action.toLowerCase()] : []));

export const grantOf = (raw: unknown): Grant => ({
  actions: words(raw, 'actions'),
  notActions: words(raw, 'notActions'),
});

/**
 * A role grants what its actions match and its notActions do not; roles add up:
 * https://learn.microsoft.com/azure/role-based-access-control/role-definitions#notactions
 */
export const allows = (grants: readonly Grant[], action: string): boolean => {
  const asked = action.toLowerCase();
  return grants.some((g) => g.actions.some((p) => matches(p, asked)) && !g.notActions.some((p) => matches(p, asked)));
};

const matches = (pattern: string, action: string): boolean => {
  if (!pattern.includes('*')) return pattern === action;
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (!action.startsWith(first) || !action.endsWith(last) || action.length < first.length + last.length) return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = action.indexOf(part, from);
    if (found < 0 || found + part.length > action.length - last.length) return false;
    from = found + part.length;
  }
  return true;
};

export const permissionsAction = 'Microsoft.Authorization/permissions/read';

export interface Permissions {
  /** The grants at a scope: a subscription, a resource group or a resource. Asked once per scope. */
  at(scope: string): Promise<Fact<readonly Grant[]>>;
  /**
   * The grants at the first of these scopes that exists, innermost first: a resource to be made inherits from those
   * above.
   */
  atNearest(scopes: readonly string[]): Promise<Fact<readonly Grant[]>>;
}

type Found = Fact<readonly Grant[]> | 'no-such-scope';

export const makePermissions = (inquiry: Inquiry): Permissions => {
  const asked = new Map<string, Promise<Found>>();
  const read = async (scope: string): Promise<Found> => {
    const grants: Grant[] = [];
    const failure = await inquiry.list(
      {
        provider: 'resources',
        method: 'GET',
        path: `${scope}/providers/Microsoft.Authorization/permissions`,
        apiVersion: apiVersions.permissions,
      },
      (raw) => grants.push(grantOf(raw)),
    );
    if (failure === undefined) return known(grants);
    if (failure.kind === 'not-found') return 'no-such-scope';
    const missed = gapAfter(failure, scope, permissionsAction);
    const detail = `The login's permissions could not be read: ${failure.problem.detail ?? failure.problem.summary}`;
    return unknown(missed?.reason ?? 'not-answered', detail, { scope });
  };
  const once = (scope: string): Promise<Found> => {
    const key = scope.toLowerCase();
    const made = asked.get(key) ?? read(scope);
    asked.set(key, made);
    return made;
  };
  const atNearest = async (scopes: readonly string[]): Promise<Fact<readonly Grant[]>> => {
    for (const scope of scopes) {
      const found = await once(scope);
      if (found !== 'no-such-scope') return found;
    }
    return unknown('not-answered', `Azure knows no such scope: ${scopes.join(', ')}`);
  };
  return { at: (scope) => atNearest([scope]), atNearest };
};
