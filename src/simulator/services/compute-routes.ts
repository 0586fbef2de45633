import { page } from '../paging.ts';
import type { Answer, Call, Route, Stored } from '../service.ts';
import { collectionPaths, collectionScope, wire } from './arm-resource.ts';

export interface ComputeResource {
  /** `Microsoft.Compute/disks`. */
  readonly type: string;
  readonly path: string;
  readonly apiVersions: Route['apiVersions'];
  /** Compute's own request budgets: https://learn.microsoft.com/azure/virtual-machines/compute-throttling-limits */
  readonly buckets: { readonly get: string; readonly write: string; readonly delete: string };
  /** The name of the body that PUT takes; PATCH takes `<body>Update`. */
  readonly body: string;
  readonly linked: NonNullable<Route['linked']>;
  readonly find: (call: Call) => Stored;
  readonly put: (call: Call) => Answer;
  readonly patch: (call: Call) => Answer;
  readonly remove: (call: Call) => Answer;
}

/** List, get, put, patch and delete of a compute resource whose answers are its stored body. */
export function computeRoutes(resource: ComputeResource): readonly Route[] {
  const { type, path, apiVersions, buckets, body, linked, find, put, patch, remove } = resource;
  const list = (call: Call): Answer => {
    const rows = call.world.store.listed(type, call.world.options.listLagMs, collectionScope(call));
    return page(
      call,
      rows,
      (row) => row.id,
      (row) => wire(row),
    );
  };
  return [
    ...collectionPaths(type).map((each): Route => ({
      method: 'GET',
      path: each,
      apiVersions,
      bucket: buckets.get,
      handle: list,
    })),
    {
      method: 'GET',
      path,
      apiVersions,
      bucket: buckets.get,
      handle: (call) => ({ status: 200, body: wire(find(call)) }),
    },
    { method: 'PUT', path, apiVersions, bucket: buckets.write, request: body, linked, handle: put },
    { method: 'PATCH', path, apiVersions, bucket: buckets.write, request: `${body}Update`, handle: patch },
    { method: 'DELETE', path, apiVersions, bucket: buckets.delete, handle: remove },
  ];
}
