import { page } from '../paging.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Call, Route, Service } from '../service.ts';
import { collectionPaths, collectionScope, wire } from './arm-resource.ts';

const GALLERY_TYPE = 'Microsoft.Compute/galleries';
const DEFINITION_TYPE = `${GALLERY_TYPE}/images`;
const VERSION_TYPE = `${DEFINITION_TYPE}/versions`;
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${GALLERY_TYPE}/{galleryName}`;

/** Galleries have api-versions of their own. */
const GALLERY_VERSIONS = [
  '2020-09-30',
  '2021-10-01',
  '2022-01-03',
  '2022-03-03',
  '2022-08-03',
  '2023-07-03',
  '2024-03-03',
  '2025-03-03',
];

/**
 * Azure Compute Galleries as a fleet brings them: they can be listed, not written.
 * https://learn.microsoft.com/rest/api/compute/galleries/list
 */
export const galleries: Service = {
  provider: 'Microsoft.Compute',
  graph: [GALLERY_TYPE, DEFINITION_TYPE, VERSION_TYPE].map((type) => ({ type, table: 'resources' })),
  routes: [
    ...collectionPaths(GALLERY_TYPE).map((path) => listRoute(path, GALLERY_TYPE, collectionScope)),
    listRoute(`${PATH}/images`, DEFINITION_TYPE, (call) => idOf(call)),
    listRoute(
      `${PATH}/images/{imageName}/versions`,
      VERSION_TYPE,
      (call) => `${idOf(call)}/images/${call.params['imageName']}`,
    ),
  ],
};

function listRoute(path: string, type: string, scope: (call: Call) => string): Route {
  return {
    method: 'GET',
    path,
    apiVersions: [...apiVersions.compute, ...GALLERY_VERSIONS],
    action: `${type}/read`,
    handle: (call) => {
      const { store, options } = call.world;
      return page(call, store.listed(type, options.listLagMs, scope(call)), (one) => one.id, (one) => wire(one));
    },
  };
}

function idOf(call: Call): string {
  return `${collectionScope(call)}/providers/${GALLERY_TYPE}/${call.params['galleryName']}`;
}
