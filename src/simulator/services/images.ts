import { typeAndName } from '../envelope.ts';
import { apiVersions } from '../generated/api-versions.ts';
import { page } from '../paging.ts';
import type { Answer, Call, Mutable, Route, Service, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { sameText } from '../casing.ts';
import {
  collectionPaths,
  collectionScope,
  groupResourceId,
  markFailed,
  mergePatch,
  requireResource,
  text,
  wire,
} from './arm-resource.ts';
import { operationHeaders } from './compute-operations.ts';
import { machineState } from './instance-view.ts';
import { linkedToImageSource } from './linked-permissions.ts';
import { disksOf } from './machine-body.ts';

export const IMAGE_TYPE = 'Microsoft.Compute/images';
const PATH = `/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/${IMAGE_TYPE}/{imageName}`;
const CAPTURE_MS = 60_000;

/** Managed images. https://learn.microsoft.com/azure/virtual-machines/capture-image-resource */
export const images: Service = {
  provider: 'Microsoft.Compute',
  graph: [{ type: IMAGE_TYPE, table: 'resources' }],
  routes: [
    ...collectionPaths(IMAGE_TYPE).map((path): Route => ({
      method: 'GET',
      path,
      apiVersions: apiVersions.compute,
      bucket: 'image-get',
      handle: (call) => {
        const rows = call.world.store.listed(IMAGE_TYPE, call.world.options.listLagMs, collectionScope(call));
        return page(
          call,
          rows,
          (image) => image.id,
          (image) => wire(image),
        );
      },
    })),
    {
      method: 'GET',
      path: PATH,
      apiVersions: apiVersions.compute,
      bucket: 'image-get',
      handle: (call) => ({ status: 200, body: wire(required(call)) }),
    },
    {
      method: 'PUT',
      path: PATH,
      apiVersions: apiVersions.compute,
      bucket: 'image-write',
      request: 'Image',
      linked: linkedToImageSource,
      handle: put,
    },
    { method: 'DELETE', path: PATH, apiVersions: apiVersions.compute, bucket: 'image-write', handle: remove },
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
  const body: Mutable = { ...before?.body, name: typeAndName(id).name, ...envelope };
  const accepted = store.put({
    id,
    type: IMAGE_TYPE,
    body: { ...body, properties: { ...bare, provisioningState: before ? 'Updating' : 'Creating' } },
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
      }),
  });
  return {
    status: before ? 200 : 201,
    headers: operationHeaders(call, 'operations', location, operation, false),
    body: wire(accepted),
  };
}

function newProperties(call: Call, sent: Mutable, location: string, sourceId: string | undefined): Mutable {
  const asked: Mutable = sent['properties'] ?? {};
  if (sourceId === undefined) return { ...asked, storageProfile: withDefaults(asked['storageProfile'] ?? {}) };
  const vm = call.world.store.get(sourceId);
  if (!vm) throw new AzureError(404, 'NotFound', `VM ${typeAndName(sourceId).name} is not found.`);
  requireCapturable(vm, asked, location);
  const disk = (one: Mutable): Mutable => ({
    ...(one['lun'] === undefined ? { osType: one['osType'], osState: 'Generalized' } : { lun: one['lun'] }),
    diskSizeGB: one['diskSizeGB'],
    ...(one['managedDisk'] === undefined
      ? { blobUri: one['vhd']?.uri }
      : { managedDisk: { id: one['managedDisk'].id } }),
    caching: one['caching'] ?? 'None',
    storageAccountType: one['managedDisk']?.storageAccountType ?? 'Standard_LRS',
  });
  const [osDisk, ...dataDisks] = disksOf(vm).map(disk);
  return {
    sourceVirtualMachine: { id: sourceId },
    storageProfile: { osDisk, dataDisks, zoneResilient: asked['storageProfile']?.zoneResilient ?? false },
    hyperVGeneration: asked['hyperVGeneration'] ?? vm.hidden['hyperVGeneration'] ?? 'V1',
  };
}

function withDefaults(profile: Mutable): Mutable {
  const fill = (disk: Mutable): Mutable => ({ caching: 'None', storageAccountType: 'Standard_LRS', ...disk });
  return {
    ...profile,
    ...(profile['osDisk'] === undefined ? {} : { osDisk: fill(profile['osDisk']) }),
    dataDisks: (profile['dataDisks'] ?? []).map(fill),
  };
}

/** Sizes come from the disks and snapshots named, and are shown once the image stands. */
function withSizes(call: Call, properties: Mutable): { sized: Mutable; bare: Mutable } {
  const sized = structuredClone(properties);
  const profile: Mutable = sized['storageProfile'] ?? {};
  for (const disk of [profile['osDisk'], ...(profile['dataDisks'] ?? [])]) {
    const id = disk?.managedDisk?.id ?? disk?.snapshot?.id;
    const size: unknown = id === undefined ? undefined : call.world.store.get(id)?.body['properties']?.diskSizeGB;
    if (disk && size !== undefined) disk.diskSizeGB ??= size;
  }
  return { sized, bare: properties };
}

/** What Azure refuses to capture: https://learn.microsoft.com/azure/virtual-machines/capture-image-resource */
function requireCapturable(vm: Stored, asked: Mutable, location: string): void {
  const { name } = typeAndName(vm.id);
  const refuse = (status: number, code: string, message: string): never => {
    throw new AzureError(status, code, message);
  };
  if (!sameText(String(vm.body['location']), location))
    refuse(400, 'InvalidParameter', `The image must be created in the location of VM '${name}'.`);
  const security = text(vm.body['properties']?.securityProfile?.securityType);
  if (security !== undefined && security !== 'Standard') {
    refuse(
      400,
      'BadRequest',
      `Managed images are not supported for VM '${name}' with security type '${security}'. Use an Azure Compute Gallery image instead.`,
    );
  }
  if (vm.hidden['architecture'] === 'Arm64')
    refuse(400, 'BadRequest', `Managed images are not supported for VM '${name}' with architecture 'Arm64'.`);
  if (!machineState(vm).generalized) {
    refuse(
      409,
      'OperationNotAllowed',
      `The VM '${name}' is not generalized. A VM must be generalized before it can be captured as an image.`,
    );
  }
  const generation: unknown = vm.hidden['hyperVGeneration'] ?? 'V1';
  const wanted: unknown = asked['hyperVGeneration'] ?? generation;
  if (wanted !== generation)
    refuse(
      400,
      'BadRequest',
      `The image's hypervisor generation '${String(wanted)}' does not match that of the source VM '${String(generation)}'.`,
    );
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
