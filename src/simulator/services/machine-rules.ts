import { invalidParameter, typeAndName } from '../envelope.ts';
import type { Call, Mutable, Store, Stored } from '../service.ts';
import { AzureError } from '../service.ts';
import { text } from './arm-resource.ts';
import { sameRegion } from './gallery-rules.ts';
import { requireSecurity, type ChosenImage } from './machine-image.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';
/**
 * "A managed image supports up to 20 simultaneous deployments"; more of them end in provisioning timeouts.
 * https://learn.microsoft.com/azure/virtual-machines/capture-image-resource
 */
const PER_IMAGE = 20;

/** What Azure refuses of a new machine before it makes anything. */
export function requireCreatable(call: Call, id: string, sent: Mutable, image: ChosenImage | undefined): void {
  const properties: Mutable = sent['properties'] ?? {};
  const location = String(sent['location']);
  requireOsProfile(properties, image);
  requireInterfaces(call, id, properties, location);
  if (image) requireSecurity(properties, image);
  requireDisk(call, properties, location);
  requireCores(call, properties, location);
}

/** Who is generalized gets an account and a name; who is not, has them. */
function requireOsProfile(properties: Mutable, image: ChosenImage | undefined): void {
  const osDisk: Mutable = properties['storageProfile']?.osDisk ?? {};
  const isSpecialized = image?.contents.osState === 'Specialized' || /^attach$/i.test(String(osDisk['createOption']));
  if (isSpecialized && properties['osProfile'] !== undefined)
    throw invalidParameter('osProfile', "Parameter 'osProfile' is not allowed.");
  if (image?.contents.osState === 'Generalized' && properties['osProfile'] === undefined)
    throw invalidParameter('osProfile', "Required parameter 'osProfile' is missing (null).");
}

/** Each named interface is there, in the region, and of no other machine. */
function requireInterfaces(call: Call, id: string, properties: Mutable, location: string): void {
  const { store } = call.world;
  for (const { id: nicId } of (properties['networkProfile']?.networkInterfaces ?? []) as readonly Mutable[]) {
    const nic = store.get(String(nicId));
    if (!nic || !sameRegion(nic.body['location'], location)) {
      const message =
        `Resource ${nicId} referenced by resource ${id} was not found. Please make sure that the referenced resource ` +
        'exists, and that both resources are in the same region.';
      throw new AzureError(400, 'InvalidResourceReference', message);
    }
    const owner = ownerOf(store, nic);
    if (owner === undefined || owner.id.toLowerCase() === id.toLowerCase()) continue;
    const message = `Network Interface ${nic.id} is used by existing resource ${owner.id}.`;
    throw new AzureError(400, 'NicInUse', message);
  }
}

function ownerOf(store: Store, nic: Stored): Stored | undefined {
  const key = nic.id.toLowerCase();
  return store.list(VM_TYPE).find((vm) => {
    const attached: readonly Mutable[] = vm.body['properties']?.networkProfile?.networkInterfaces ?? [];
    return attached.some((each) => String(each['id']).toLowerCase() === key);
  });
}

/** An OS disk that is attached brings its generation and its security with it. */
function requireDisk(call: Call, properties: Mutable, location: string): void {
  const osDisk: Mutable = properties['storageProfile']?.osDisk ?? {};
  if (!/^attach$/i.test(String(osDisk['createOption']))) return;
  const disk = call.world.store.get(String(osDisk['managedDisk']?.id ?? ''));
  if (!disk) return;
  if (!sameRegion(disk.body['location'], location)) {
    const message = `Disk '${typeAndName(disk.id).name}' is in '${disk.body['location']}', not in '${location}'.`;
    throw new AzureError(400, 'BadRequest', message);
  }
  const { osType, securityProfile } = disk.body['properties'] ?? {};
  if (osType === undefined)
    throw new AzureError(400, 'BadRequest', `Disk '${typeAndName(disk.id).name}' has no operating system.`);
  const has = text(securityProfile?.securityType) ?? 'Standard';
  const wants = text(properties['securityProfile']?.securityType) ?? 'Standard';
  if (has.startsWith(wants)) return;
  const message = 'Security type of VM is not compatible with the security type of attached OS Disk.';
  throw new AzureError(409, 'OperationNotAllowed', message);
}

/**
 * Cores of a region, "in use, both allocated and deallocated". No quota where the simulator was given none.
 * https://learn.microsoft.com/azure/virtual-machines/quotas
 */
function requireCores(call: Call, properties: Mutable, location: string): void {
  const limit = call.world.options.coreQuota;
  const wanted = coresOf(properties);
  if (limit === undefined || wanted === 0) return;
  const usage = call.world.store
    .list(VM_TYPE, `/subscriptions/${call.params['subscriptionId'] ?? ''}`)
    .filter((vm) => sameRegion(vm.body['location'], location))
    .reduce((sum, vm) => sum + coresOf(vm.body['properties'] ?? {}), 0);
  if (usage + wanted <= limit) return;
  const message =
    'Operation could not be completed as it results in exceeding approved Total Regional Cores quota. Additional ' +
    `details - Deployment Model: Resource Manager, Location: ${location}, Current Limit: ${limit}, Current Usage: ` +
    `${usage}, Additional Required: ${wanted}, (Minimum) New Limit Required: ${usage + wanted}.`;
  throw new AzureError(409, 'OperationNotAllowed', message, { target: 'vmSize' });
}

/** Cores are in the name of a size since version 3; before, its number is a rank: DS2_v2 has two, DS4_v2 eight. */
function coresOf(properties: Mutable): number {
  const size = String(properties['hardwareProfile']?.vmSize ?? '');
  const ranked = /^Standard_DS?1?([1-5])(?:_v2)?$/i.exec(size);
  if (ranked) return 2 ** (Number(ranked[1]) - 1);
  return Number(/^(?:Standard|Basic)_[A-Z]+(\d+)/i.exec(size)?.[1] ?? 0);
}

/** How a machine's first start ends; what the page says of a guest that was never deprovisioned, or of a crowd. */
export function startsUp(call: Call, image: ChosenImage | undefined): { readonly timesOut: boolean } {
  if (image === undefined || image.contents.osState !== 'Generalized') return { timesOut: false };
  // https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshoot-deployment-new-vm-windows
  if (image.contents.deprovisioned === false) return { timesOut: true };
  if (image.kind !== 'image') return { timesOut: false };
  const starting = call.world.store.list(VM_TYPE).filter(({ body }) => {
    const { provisioningState, storageProfile } = body['properties'] ?? {};
    const used = text(storageProfile?.imageReference?.id)?.toLowerCase();
    return provisioningState === 'Creating' && used === image.id.toLowerCase();
  });
  return { timesOut: starting.length >= PER_IMAGE };
}
