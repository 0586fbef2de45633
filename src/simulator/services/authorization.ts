import { apiVersions } from '../generated/api-versions.ts';
import type { Call, Route, Service } from '../service.ts';
import { SCOPES } from './scopes.ts';

// https://learn.microsoft.com/rest/api/authorization/permissions
const VERSIONS = [
  '2015-07-01',
  '2018-01-01-preview',
  '2018-07-01',
  '2022-04-01',
  '2022-05-01-preview',
  ...apiVersions.resources,
];

/** What the caller itself may do at a scope. Everybody may ask about themselves. */
export const authorization: Service = {
  provider: 'Microsoft.Authorization',
  routes: SCOPES.map((scope): Route => ({
    method: 'GET',
    path: `${scope}/providers/Microsoft.Authorization/permissions`,
    apiVersions: VERSIONS,
    action: null,
    handle: (call) => ({ status: 200, body: { value: call.principal.permissionsAt(scopeOf(call)) } }),
  })),
};

function scopeOf(call: Call): string {
  return call.path.replace(/\/providers\/Microsoft\.Authorization\/permissions$/i, '');
}
