import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import type { Answer, Call, Mutable, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { sameText } from '../casing.ts';
import { groupResourceId, markFailed, mergePatch, requireResource, text, wire } from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { computeRoutes } from './compute-routes.ts';
import { guestOfSource, newProperties, withSizes } from './image-sources.ts';
import { linkedToImageSource } from './linked-permissions.ts';
import { withGuest } from './machine-guest.ts';

export const IMAGE_TYPE = 'Microsoft.Compute/images';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${IMAGE_TYPE}/{imageName}`;
const CAPTURE_MS = 60_000;

/** Managed images. https://learn.microsoft.com/azure/virtual-machines/capture-image-resource */
export const images: Service = {
  provider: 'Microsoft.Compute',
  graph: [{ type: IMAGE_TYPE, table: 'resources' }],
  routes: [
    ...computeRoutes({
      type: IMAGE_TYPE,
      path: PATH,
      apiVersions: apiVersions.compute,
      buckets: { get: 'image-get', write: 'image-write', delete: 'image-write' },
      body: 'Image',
      linked: linkedToImageSource,
      find: required,
      put,
      patch,
      remove,
    }),
  ],
};

function imageId(call: Call): string {
  return groupResourceId(call, IMAGE_TYPE, call.params['imageName'] ?? '');
}

function required(call: Call): Stored {
  return requireResource(call, imageId(call), 'Image');
}

function put(call: Call): Answer {
  const { store, operations } = call.world;
  const id = imageId(call);
  const before = store.get(id);
  const sent = call.body ?? {};
  const location = text(sent['location']);
  if (location === undefined)
    throw new AzureError(400, 'LocationRequired', 'The location property is required for this definition.');
  const sourceId = text(sent['properties']?.sourceVirtualMachine?.id);
  const beforeSource = text(before?.body['properties']?.sourceVirtualMachine?.id) ?? '';
  if (before && sourceId !== undefined && !sameText(sourceId, beforeSource)) {
    throw new AzureError(409, 'PropertyChangeNotAllowed', "Changing property 'sourceVirtualMachine' is not allowed.", {
      target: 'sourceVirtualMachine',
    });
  }
  const properties = before
    ? mergePatch(before.body['properties'], sent['properties'] ?? {})
    : newProperties(call, sent, location, sourceId);
  const { id: _id, type: _type, name: _name, ...envelope } = structuredClone(sent);
  const { sized, bare } = withSizes(call, properties);
  const hidden = before?.hidden ?? withGuest(guestOfSource(call, properties));
  const body: Mutable = { ...before?.body, name: typeAndName(id).name, ...envelope };
  const accepted = store.put({
    id,
    type: IMAGE_TYPE,
    body: { ...body, properties: { ...bare, provisioningState: before ? 'Updating' : 'Creating' } },
    hidden,
  });
  const operation = operations.start({
    kind: 'image-write',
    scope: id,
    durationMs: CAPTURE_MS,
    fail: () => markFailed(call, id),
    finish: () =>
      void store.put({
        id,
        type: IMAGE_TYPE,
        body: { ...body, properties: { ...sized, provisioningState: 'Succeeded' } },
        hidden,
      }),
  });
  return {
    status: before ? 200 : 201,
    headers: operationHeaders(call, 'operations', location, operation, false),
    body: wire(accepted),
  };
}

/** Tags alone change. https://learn.microsoft.com/rest/api/compute/images/update */
function patch(call: Call): Answer {
  const before = required(call);
  const { tags, properties } = call.body ?? {};
  const asked = properties === undefined ? undefined : mergePatch(before.body['properties'], properties);
  if (asked !== undefined && JSON.stringify(asked) !== JSON.stringify(before.body['properties'])) {
    const text = 'Only tags can be changed in an image.';
    throw new AzureError(409, 'PropertyChangeNotAllowed', text, { target: 'properties' });
  }
  const stored = call.world.store.update(before.id, ({ body }) => {
    if (tags !== undefined) body['tags'] = tags;
  });
  return { status: 200, body: wire(stored) };
}

function remove(call: Call): Answer {
  const { store, operations } = call.world;
  const image = store.get(imageId(call));
  if (!image) return { status: 204 };
  const operation = operations.start({
    kind: 'image-delete',
    scope: image.id,
    durationMs: 5000,
    finish: () => void store.delete(image.id),
  });
  return {
    status: 202,
    headers: operationHeaders(call, 'operations', String(image.body['location']), operation, true),
  };
}
