import { resourceNotFound } from '../envelope.ts';
import { LOCK_TYPE, lockedScope } from '../locks.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Route, Service } from '../service.ts';
import { AzureError } from '../service.ts';
import { wire } from './arm-resource.ts';
import { SCOPES } from './scopes.ts';

// https://learn.microsoft.com/rest/api/resources/management-locks
const VERSIONS = ['2015-01-01', '2015-05-01-preview', '2015-06-01', '2016-09-01', '2017-04-01', '2020-05-01'];

export const locks: Service = {
  provider: 'Microsoft.Authorization',
  routes: SCOPES.flatMap((scope): Route[] => {
    const base = `${scope}/providers/${LOCK_TYPE}`;
    return [
      { method: 'GET', path: base, apiVersions: VERSIONS, action: `${LOCK_TYPE}/read`, handle: list },
      { method: 'GET', path: `${base}/{lockName}`, apiVersions: VERSIONS, action: `${LOCK_TYPE}/read`, handle: get },
      { method: 'PUT', path: `${base}/{lockName}`, apiVersions: VERSIONS, action: `${LOCK_TYPE}/write`, handle: put },
      {
        method: 'DELETE',
        path: `${base}/{lockName}`,
        apiVersions: VERSIONS,
        action: `${LOCK_TYPE}/delete`,
        handle: remove,
      },
    ];
  }),
};

/** Locks at a scope: its own, those it inherits, and those below it. */
function list(call: Call): Answer {
  const scope = `${call.path.toLowerCase().replace(/\/providers\/microsoft\.authorization\/locks$/, '')}/`;
  const rows = call.world.store.listed(LOCK_TYPE, call.world.options.listLagMs).filter((lock) => {
    const own = `${lockedScope(lock.id)}/`;
    return own.startsWith(scope) || scope.startsWith(own);
  });
  return page(
    call,
    rows,
    (lock) => lock.id,
    (lock) => wire(lock),
  );
}

function get(call: Call): Answer {
  const lock = call.world.store.get(call.path);
  if (!lock) throw resourceNotFound(call.path, LOCK_TYPE);
  return { status: 200, body: wire(lock) };
}

function put(call: Call): Answer {
  const level: unknown = call.body?.['properties']?.level;
  if (level !== 'CanNotDelete' && level !== 'ReadOnly') {
    throw new AzureError(400, 'LockLevelNotSpecified', "The lock level must be 'CanNotDelete' or 'ReadOnly'.");
  }
  const before = call.world.store.get(call.path);
  const notes: unknown = call.body?.['properties']?.notes;
  const lock = call.world.store.put({
    id: call.path,
    type: LOCK_TYPE,
    body: { name: call.params['lockName'], properties: { level, ...(notes === undefined ? {} : { notes }) } },
  });
  return { status: before ? 200 : 201, body: wire(lock) };
}

function remove(call: Call): Answer {
  return { status: call.world.store.delete(call.path) ? 200 : 204 };
}
