import type { Call, FleetPrincipal, Principal, Route } from './service.ts';
import { AzureError } from './service.ts';

const LAST_WORD: Readonly<Record<string, string>> = {
  GET: 'read',
  HEAD: 'read',
  PUT: 'write',
  PATCH: 'write',
  DELETE: 'delete',
};

/**
 * The permission a request needs, derived from its type path and verb alone: GET → read, PUT and PATCH → write,
 * DELETE → delete, POST x → x/action.
 * https://learn.microsoft.com/azure/role-based-access-control/role-definitions#actions-format
 */
export function requiredAction(method: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  const types =
    provider === -1 || segments[provider + 1] === undefined
      ? resourceManagerTypes(segments)
      : providerTypes(segments.slice(provider + 1));
  const verb = LAST_WORD[method];
  return verb === undefined ? `${types.join('/')}/action` : `${types.join('/')}/${verb}`;
}

function providerTypes([namespace = '', ...rest]: readonly string[]): string[] {
  return [namespace, ...rest.filter((_, index) => index % 2 === 0)];
}

/** Paths that no provider serves are Resource Manager's own: `Microsoft.Resources/subscriptions/resourceGroups`. */
function resourceManagerTypes(segments: readonly string[]): string[] {
  return ['Microsoft.Resources', ...segments.filter((_, index) => index % 2 === 0)];
}

/** The resource a permission is asked at: the path without a trailing action or list segment. */
export function scopeOf(method: string, path: string): string {
  const segments = path.split('/').filter((segment) => segment !== '');
  const provider = segments.findLastIndex((segment) => segment.toLowerCase() === 'providers');
  const counted = provider === -1 ? segments.length : segments.length - provider - 2;
  // An odd tail is a collection (`…/disks`) or an action (`…/disks/d/beginGetAccess`).
  const scope = counted % 2 === 1 ? segments.slice(0, -1) : segments;
  const bare = scope.at(-2)?.toLowerCase() === 'providers' ? scope.slice(0, -2) : scope;
  return `/${bare.join('/')}`;
}

/** Refuses what the principal may not do, in Azure's words, naming client, action and scope. */
export function authorize(call: Call, route: Route): void {
  if (route.action === null) return;
  const action = route.action ?? requiredAction(call.method, call.path);
  const scope = scopeOf(call.method, call.path);
  const { principal } = call;
  const who = clientOf(principal);
  if (!principal.can(action, scope)) throw unauthorized(principal, action, scope);
  for (const linked of route.linked?.(call) ?? []) {
    if (principal.can(linked.action, linked.scope)) continue;
    const text =
      `${who} has permission to perform action '${action}' on scope '${scope}'; however, it does not ` +
      `have permission to perform action(s) '${linked.action}' on the linked scope(s) '${linked.scope}' ` +
      '(respectively) or the linked scope(s) are invalid.';
    throw new AzureError(403, 'LinkedAuthorizationFailed', text);
  }
}

export function unauthorized(principal: Principal, action: string, scope: string): AzureError {
  const text =
    `${clientOf(principal)} does not have authorization to perform action '${action}' over scope '${scope}' or the ` +
    'scope is invalid. If access was recently granted, please refresh your credentials.';
  return new AzureError(403, 'AuthorizationFailed', text, { headers: { 'x-ms-failure-cause': 'gateway' } });
}

const clientOf = ({ name, objectId }: Principal): string => `The client '${name}' with object id '${objectId}'`;

/** A principal as its role assignments make it. */
export function principalFrom(description: FleetPrincipal, objectId: string): Principal {
  const grants = description.assignments.map((assignment) => ({
    scope: assignment.scope.toLowerCase().replace(/\/+$/, ''),
    actions: [...assignment.actions],
    notActions: [...(assignment.notActions ?? [])],
    grants: decided(assignment.actions.map(patternOf), (assignment.notActions ?? []).map(patternOf)),
  }));
  const at = (scope: string) => {
    const wanted = scope.endsWith('/') ? scope.toLowerCase().replace(/\/+$/, '/') : `${scope.toLowerCase()}/`;
    return grants.filter((grant) => wanted.startsWith(`${grant.scope}/`));
  };
  return {
    objectId,
    name: description.clientId,
    can: (action, scope) => at(scope).some((grant) => grant.grants(action)),
    permissionsAt: (scope) =>
      at(scope).map(({ actions, notActions }) => ({ actions, notActions, dataActions: [], notDataActions: [] })),
  };
}

/** Each action is decided once: there are few of them, and every row of every query asks. */
function decided(granted: readonly RegExp[], refused: readonly RegExp[]): (action: string) => boolean {
  const known = new Map<string, boolean>();
  return (action) => {
    const before = known.get(action);
    if (before !== undefined) return before;
    const answer = granted.some((pattern) => pattern.test(action)) && !refused.some((pattern) => pattern.test(action));
    known.set(action, answer);
    return answer;
  };
}

function patternOf(action: string): RegExp {
  const escaped = action.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${escaped}$`, 'i');
}
