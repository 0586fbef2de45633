import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import {
  collectionPaths,
  collectionScope,
  groupResourceId,
  mergePatch,
  requireResource,
  text,
  wire,
} from './arm-resource.ts';
import { removeFromGallery, writeToGallery } from './gallery-operations.ts';
import {
  DEFINITION_TYPE,
  GALLERY_TYPE,
  GALLERY_VERSIONS,
  LIMITS,
  VERSION_TYPE,
  definitionProperties,
  requireGalleryName,
  sameRegion,
} from './gallery-rules.ts';
import { VERSION_ROUTES } from './gallery-versions.ts';

const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${GALLERY_TYPE}/{galleryName}`;
const DEFINITION = `${PATH}/images/{imageName}`;

/**
 * Azure Compute Galleries: galleries, image definitions, image versions.
 * https://learn.microsoft.com/rest/api/compute/galleries
 */
export const galleries: Service = {
  provider: 'Microsoft.Compute',
  graph: [GALLERY_TYPE, DEFINITION_TYPE, VERSION_TYPE].map((type) => ({ type, table: 'resources' })),
  routes: [
    ...collectionPaths(GALLERY_TYPE).map((path) => listRoute(path, GALLERY_TYPE, collectionScope)),
    route('GET', PATH, (call) => ({ status: 200, body: wire(requireResource(call, galleryId(call), 'Gallery')) })),
    { ...route('PUT', PATH, putGallery), request: 'Gallery' },
    { ...route('PATCH', PATH, patchGallery), request: 'GalleryUpdate' },
    route('DELETE', PATH, (call) => removeFromGallery(call, galleryId(call), DEFINITION_TYPE)),
    listRoute(`${PATH}/images`, DEFINITION_TYPE, galleryId),
    route('GET', DEFINITION, (call) => ({
      status: 200,
      body: wire(requireResource(call, definitionId(call), 'GalleryImage')),
    })),
    { ...route('PUT', DEFINITION, putDefinition), request: 'GalleryImage' },
    route('DELETE', DEFINITION, (call) => removeFromGallery(call, definitionId(call), VERSION_TYPE)),
    listRoute(`${DEFINITION}/versions`, VERSION_TYPE, definitionId),
    ...VERSION_ROUTES,
  ],
};

function route(method: Route['method'], path: string, handle: (call: Call) => Answer): Route {
  return { method, path, apiVersions: GALLERY_VERSIONS, handle };
}

function listRoute(path: string, type: string, scope: (call: Call) => string): Route {
  return {
    method: 'GET',
    path,
    apiVersions: [...apiVersions.compute, ...GALLERY_VERSIONS],
    action: `${type}/read`,
    handle: (call) => {
      const { store, options } = call.world;
      return page(
        call,
        store.listed(type, options.listLagMs, scope(call)),
        (one) => one.id,
        (one) => wire(one),
      );
    },
  };
}

function galleryId(call: Call): string {
  return groupResourceId(call, GALLERY_TYPE, call.params['galleryName'] ?? '');
}

function definitionId(call: Call): string {
  return `${galleryId(call)}/images/${call.params['imageName'] ?? ''}`;
}

function putGallery(call: Call): Answer {
  const id = galleryId(call);
  const before = call.world.store.get(id);
  const location = requireLocation(call, before);
  if (!before) {
    requireGalleryName(call.params['galleryName'] ?? '');
    requireRoom(call, GALLERY_TYPE, location, LIMITS.galleries);
  }
  const asked: Mutable = call.body?.['properties'] ?? {};
  const { subscriptionId = '' } = call.params;
  const uniqueName = `${subscriptionId}-${typeAndName(before?.id ?? id).name.toUpperCase()}`;
  const properties = { ...before?.body['properties'], ...asked, identifier: { uniqueName } };
  return writeToGallery(call, { id, type: GALLERY_TYPE, body: envelope(call, before, location), properties });
}

function patchGallery(call: Call): Answer {
  const before = requireResource(call, galleryId(call), 'Gallery');
  const { properties, ...body } = mergePatch(before.body, call.body ?? {});
  return writeToGallery(call, { id: before.id, type: GALLERY_TYPE, body, properties });
}

function putDefinition(call: Call): Answer {
  const { store } = call.world;
  const gallery = requireResource(call, galleryId(call), 'Gallery');
  const id = definitionId(call);
  const before = store.get(id);
  const location = requireLocation(call, before);
  if (!before) requireRoom(call, DEFINITION_TYPE, location, LIMITS.definitions);
  const properties = definitionProperties(call, before, call.body ?? {}, store.list(DEFINITION_TYPE, gallery.id));
  return writeToGallery(call, { id, type: DEFINITION_TYPE, body: envelope(call, before, location), properties });
}

function envelope(call: Call, before: Stored | undefined, location: string): Mutable {
  const tags: unknown = call.body?.['tags'] ?? before?.body['tags'];
  const name = typeAndName(before?.id ?? call.path)
    .name.split('/')
    .at(-1);
  return { name, location, ...(tags === undefined ? {} : { tags }) };
}

function requireLocation(call: Call, before: Stored | undefined): string {
  const location = text(call.body?.['location']);
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (!before || sameRegion(before.body['location'], location)) return location;
  const message =
    `The resource '${typeAndName(before.id).name}' already exists in location '${String(before.body['location'])}'. ` +
    `A resource with the same name cannot be created in location '${location}'.`;
  throw new AzureError(409, 'InvalidResourceLocation', message);
}

function requireRoom(call: Call, type: string, location: string, limit: number): void {
  const scope = `/subscriptions/${call.params['subscriptionId'] ?? ''}`;
  const there = call.world.store.list(type, scope).filter((one) => sameRegion(one.body['location'], location));
  if (there.length < limit) return;
  const text = `The subscription already has ${limit} resources of type '${type}' in ${location}, which is the limit.`;
  throw new AzureError(409, 'OperationNotAllowed', text);
}
