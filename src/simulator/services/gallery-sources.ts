import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { text } from './arm-resource.ts';
import { sameRegion } from './gallery-rules.ts';
import {
  contentsOfDisk,
  contentsOfMachine,
  contentsOfManagedImage,
  contentsOfVersion,
  imageKindOf,
  sizeOf,
  type ImageContents,
} from './image-contents.ts';

const VM_TYPE = 'microsoft.compute/virtualmachines';

/**
 * What a version's storage profile names, read once, when it is made: a machine, a managed image, another version, or
 * disks and snapshots one by one (or VHDs in a storage account, whose bytes are not simulated).
 * https://learn.microsoft.com/azure/virtual-machines/image-version
 */
export function sourceContents(call: Call, definition: Stored, profile: Mutable, location: string): ImageContents {
  const whole = text(profile['source']?.virtualMachineId) ?? text(profile['source']?.id);
  const osDisk: Mutable | undefined = profile['osDiskImage'];
  if (profile['source']?.communityGalleryImageId !== undefined)
    throw invalidParameter('source.communityGalleryImageId', 'Community images are not simulated as a source.');
  if ((whole === undefined) === (osDisk?.['source'] === undefined)) {
    const text = "Exactly one of 'storageProfile.source' and 'storageProfile.osDiskImage.source' must be given.";
    throw invalidParameter('storageProfile', text);
  }
  if (whole !== undefined) return wholeSource(call, whole, location);
  return diskSources(call, definition, osDisk ?? {}, profile['dataDiskImages'] ?? [], location);
}

function wholeSource(call: Call, id: string, location: string): ImageContents {
  const { store } = call.world;
  const source = requireSource(call, id);
  const type = typeAndName(id).type.toLowerCase();
  const kind = imageKindOf(id);
  if (type !== VM_TYPE && kind !== 'image' && kind !== 'version')
    throw invalidParameter('storageProfile.source.id', `The source '${id}' is neither a VM, an image nor a version.`);
  requireSameRegion(source, location);
  requireDone(source);
  if (kind === 'image') return contentsOfManagedImage(source);
  return kind === 'version' ? contentsOfVersion(store, source) : contentsOfMachine(store, source);
}

function diskSources(
  call: Call,
  definition: Stored,
  osDisk: Mutable,
  dataDisks: readonly Mutable[],
  location: string,
): ImageContents {
  const declared: Mutable = definition.body['properties'] ?? {};
  const find = (disk: Mutable): Stored | undefined => {
    const id = text(disk['source']?.id);
    if (id === undefined) {
      requireBlob(call, disk['source'] ?? {}, location);
      return undefined;
    }
    const found = requireSource(call, id);
    requireSameRegion(found, location);
    requireDone(found);
    return found;
  };
  const os = find(osDisk);
  // A VHD tells nothing of itself: the definition is believed.
  const base = os
    ? contentsOfDisk(os)
    : {
        osType: declared['osType'],
        generation: declared['hyperVGeneration'] ?? 'V1',
        architecture: declared['architecture'] ?? 'x64',
        security: undefined,
        controller: undefined,
        deprovisioned: undefined,
        disks: [{ lun: undefined, sizeGiB: sizeOf(undefined), caching: undefined, sku: undefined }],
      };
  const [first] = base.disks;
  return {
    ...base,
    osState: declared['osState'],
    disks: [
      { ...first!, caching: osDisk['hostCaching'] },
      ...dataDisks.map((disk) => {
        const found = find(disk);
        return {
          lun: Number(disk['lun']),
          sizeGiB: sizeOf(found),
          caching: disk['hostCaching'],
          sku: text(found?.body['sku']?.name),
        };
      }),
    ],
  };
}

function requireSource(call: Call, id: string): Stored {
  const found = call.world.store.get(id);
  if (found) return found;
  const { type, name } = typeAndName(id);
  throw new AzureError(404, 'NotFound', `The source '${type}/${name}' of the gallery image version is not found.`);
}

function requireSameRegion(source: Stored, location: string): void {
  if (sameRegion(source.body['location'], location)) return;
  const text =
    `The source '${typeAndName(source.id).name}' is in '${String(source.body['location'])}'; a gallery image version ` +
    `made of it must be in the same region, not in '${location}'.`;
  throw new AzureError(400, 'BadRequest', text);
}

function requireDone(source: Stored): void {
  const { provisioningState, completionPercent } = source.body['properties'] ?? {};
  const incomplete = typeof completionPercent === 'number' && completionPercent < 100;
  if (!incomplete && (provisioningState === undefined || provisioningState === 'Succeeded')) return;
  const state: unknown = incomplete ? `${completionPercent} % copied` : provisioningState;
  const text = `The source '${typeAndName(source.id).name}' is not ready: ${String(state)}.`;
  throw new AzureError(409, 'OperationNotAllowed', text);
}

function requireBlob(call: Call, source: Mutable, location: string): void {
  const uri = text(source['uri']);
  if (uri === undefined || text(source['storageAccountId']) === undefined) {
    const message = "A VHD as source needs 'uri' and 'storageAccountId'.";
    throw invalidParameter('storageProfile.osDiskImage.source', message);
  }
  requireSameRegion(requireSource(call, String(source['storageAccountId'])), location);
}
