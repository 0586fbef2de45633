import { sameText } from '../casing.ts';
import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { text } from './arm-resource.ts';
import { requireVhd } from './disk-source.ts';
import { sameRegion } from './gallery-rules.ts';
import { machineState } from './instance-view.ts';
import { disksOf } from './machine-disks.ts';
import { guestOfMachine, guestOn } from './machine-guest.ts';

/** Regions with availability zones: https://learn.microsoft.com/azure/reliability/availability-zones-region-support */
const ZONAL: ReadonlySet<string> = new Set(
  `australiaeast austriaeast belgiumcentral brazilsouth canadacentral centralindia centralus chilecentral eastasia
  eastus eastus2 francecentral germanywestcentral indonesiacentral israelcentral italynorth japaneast japanwest koreacentral
  malaysiawest mexicocentral newzealandnorth northeurope norwayeast polandcentral qatarcentral southafricanorth
  southcentralus southeastasia spaincentral swedencentral switzerlandnorth uaenorth uksouth westeurope westus2
  westus3`.split(/\s+/),
);

/** An image's properties as its create answers them; refuses what no image can be made of. */
export function newProperties(call: Call, sent: Mutable, location: string, sourceId: string | undefined): Mutable {
  const asked: Mutable = sent['properties'] ?? {};
  if (asked['storageProfile']?.zoneResilient === true && !ZONAL.has(location.toLowerCase().replaceAll(' ', ''))) {
    const message = `Zone resilient images are not supported in '${location}'.`;
    throw new AzureError(400, 'BadRequest', message, { target: 'zoneResilient' });
  }
  if (sourceId === undefined) return fromDisks(call, asked, location);
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

/** Of an OS disk, and data disks, each a managed disk, a snapshot or a VHD. */
function fromDisks(call: Call, asked: Mutable, location: string): Mutable {
  const profile: Mutable = asked['storageProfile'] ?? {};
  const osDisk: Mutable | undefined = profile['osDisk'];
  if (osDisk === undefined)
    throw invalidParameter('storageProfile.osDisk', "Required parameter 'storageProfile.osDisk' is missing (null).");
  if (osDisk['osState'] !== 'Generalized')
    throw invalidParameter('osDisk.osState', 'A managed image is of a generalized OS disk.');
  const luns = ((profile['dataDisks'] ?? []) as readonly Mutable[]).map(({ lun }) => lun as unknown);
  if (new Set(luns).size < luns.length)
    throw invalidParameter('dataDisks.lun', 'Each data disk of an image has a LUN of its own.');
  const os = diskSource(call, osDisk, location);
  for (const disk of profile['dataDisks'] ?? []) diskSource(call, disk, location);
  const told = text(os?.body['properties']?.hyperVGeneration);
  const asks = text(asked['hyperVGeneration']);
  if (told !== undefined && asks !== undefined && told !== asks) {
    const message = `The image's hypervisor generation '${asks}' does not match that of the source disk '${told}'.`;
    throw new AzureError(400, 'BadRequest', message, { target: 'hyperVGeneration' });
  }
  if (os === undefined && asks === undefined)
    throw invalidParameter('hyperVGeneration', "Required parameter 'hyperVGeneration' is missing (null).");
  return {
    ...asked,
    storageProfile: withDefaults(profile),
    ...(asks === undefined && told !== undefined ? { hyperVGeneration: told } : {}),
  };
}

/** The disk or snapshot that one disk of an image is copied from; `undefined` for a VHD. */
function diskSource(call: Call, disk: Mutable, location: string): Stored | undefined {
  const ids = [text(disk['managedDisk']?.id), text(disk['snapshot']?.id), text(disk['blobUri'])];
  const [managed, snapshot, blob] = ids;
  if (ids.filter((each) => each !== undefined).length !== 1)
    throw invalidParameter('storageProfile', "Exactly one of 'managedDisk', 'snapshot' and 'blobUri' must be given.");
  if (blob !== undefined) {
    requireVhd(call, blob, location);
    return undefined;
  }
  const id = managed ?? snapshot ?? '';
  const { name } = typeAndName(id);
  const found = call.world.store.get(id);
  if (!found || !sameRegion(found.body['location'], location))
    throw new AzureError(404, 'NotFound', `Resource ${name} is not found.`);
  const { securityProfile, completionPercent, supportedCapabilities } = found.body['properties'] ?? {};
  const refuse = (why: string): never => {
    throw new AzureError(400, 'BadRequest', `Managed images are not supported for '${name}': ${why}.`);
  };
  if (securityProfile?.securityType !== undefined && securityProfile.securityType !== 'Standard')
    refuse(`it has security type '${securityProfile.securityType}'`);
  if (supportedCapabilities?.architecture === 'Arm64') refuse("its architecture is 'Arm64'");
  const sku = String(found.body['sku']?.name);
  if (/^(?:UltraSSD|PremiumV2)_/.test(sku)) refuse(`it is of type ${sku}`);
  if (typeof completionPercent === 'number' && completionPercent < 100)
    refuse(`it is still being copied (${completionPercent} %)`);
  return found;
}

/** What is known of the guest on the OS disk that the image has. */
export function guestOfSource(call: Call, properties: Mutable): boolean | undefined {
  const { store } = call.world;
  const vm = store.get(String(properties['sourceVirtualMachine']?.id ?? ''));
  if (vm) return guestOfMachine(store, vm);
  const osDisk: Mutable = properties['storageProfile']?.osDisk ?? {};
  return guestOn(store.get(String(osDisk['managedDisk']?.id ?? osDisk['snapshot']?.id ?? '')));
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
export function withSizes(call: Call, properties: Mutable): { sized: Mutable; bare: Mutable } {
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
  if (machineState(vm).power !== 'deallocated') {
    const message = `The VM '${name}' is not deallocated. A VM must be deallocated before it can be captured as an image.`;
    refuse(409, 'OperationNotAllowed', message);
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
