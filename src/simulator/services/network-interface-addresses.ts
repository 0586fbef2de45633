import type { Mutable, Store, Stored, World } from '../service.ts';
import { AzureError } from '../service.ts';
import { addressOf, freeAddress, rangeOf, usable, type AddressRange } from './network-addresses.ts';
import { INTERFACE_TYPE } from './network-operations.ts';

const VM_TYPE = 'Microsoft.Compute/virtualMachines';

export interface Configuration {
  readonly id: string;
  readonly interfaceId: string;
  readonly address: string;
  readonly subnetId: string;
}

/** The IP configurations of interfaces that live in a subnet. */
export function configurationsIn(world: World, subnetId: string): readonly Configuration[] {
  const wanted = subnetId.toLowerCase();
  return world.store
    .list(INTERFACE_TYPE)
    .flatMap((nic) => configurationsOf(nic).filter((one) => one.subnetId.toLowerCase() === wanted));
}

export function configurationsOf(nic: Stored): readonly Configuration[] {
  const sent: readonly Mutable[] = nic.body['properties']?.ipConfigurations ?? [];
  return sent.map((one) => ({
    id: `${nic.id}/ipConfigurations/${String(one['name'])}`,
    interfaceId: nic.id,
    address: String(one['properties']?.privateIPAddress ?? ''),
    subnetId: String(one['properties']?.subnet?.id ?? ''),
  }));
}

export interface Attachment {
  readonly machineId: string;
  readonly primary: boolean;
}

/** Where an interface was last seen, by its id in lower case: each use is checked against the machine itself. */
const lastSeen = new WeakMap<Store, Map<string, string>>();

/** The machine that an interface belongs to: the machine's own network profile says so. */
export function attachmentOf({ store }: World, interfaceId: string): Attachment | undefined {
  const wanted = interfaceId.toLowerCase();
  const seen = lastSeen.get(store) ?? new Map<string, string>();
  lastSeen.set(store, seen);
  const found = attachedTo(store.get(seen.get(wanted) ?? ''), wanted);
  if (found !== undefined) return found;
  for (const vm of store.list(VM_TYPE)) for (const id of interfaceIds(vm)) seen.set(id.toLowerCase(), vm.id);
  return attachedTo(store.get(seen.get(wanted) ?? ''), wanted);
}

export function interfaceIds(vm: Stored): readonly string[] {
  const attached: readonly Mutable[] = vm.body['properties']?.networkProfile?.networkInterfaces ?? [];
  return attached.flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
}

function attachedTo(vm: Stored | undefined, wanted: string): Attachment | undefined {
  const attached: readonly Mutable[] = vm?.body['properties']?.networkProfile?.networkInterfaces ?? [];
  const found = attached.find(({ id }) => String(id).toLowerCase() === wanted);
  if (vm === undefined || found === undefined) return undefined;
  return { machineId: vm.id, primary: found['properties']?.primary ?? attached.length === 1 };
}

/**
 * The address an IP configuration gets: the one it asks for, the one it has, or the lowest free one.
 * https://learn.microsoft.com/azure/virtual-network/ip-services/private-ip-addresses
 */
export function allocate(
  world: World,
  subnet: Stored,
  asked: { readonly configurationId: string; readonly address: string | undefined; readonly had: string | undefined },
  alsoTaken: ReadonlySet<string>,
): string {
  const range = rangeOf(subnet.body['properties']?.addressPrefix ?? subnet.body['properties']?.addressPrefixes?.[0]);
  if (range === undefined) throw new AzureError(400, 'InvalidCIDRNotation', `Subnet ${subnet.id} has no IPv4 range.`);
  const taken = new Set(alsoTaken);
  for (const one of configurationsIn(world, subnet.id))
    if (one.id.toLowerCase() !== asked.configurationId.toLowerCase()) taken.add(one.address);
  if (asked.address !== undefined) return requireFree(asked.address, range, taken, subnet);
  if (asked.had !== undefined && !taken.has(asked.had)) return asked.had;
  const free = freeAddress(range, taken);
  if (free !== undefined) return free;
  const message =
    `Subnet ${String(subnet.body['name'])} with address prefix ` +
    `${String(subnet.body['properties']?.addressPrefix)} does not have enough capacity for 1 IP addresses.`;
  throw new AzureError(400, 'SubnetIsFull', message);
}

function requireFree(address: string, range: AddressRange, taken: ReadonlySet<string>, subnet: Stored): string {
  const value = addressOf(address);
  const name = String(subnet.body['name']);
  if (value === undefined || value < range.first || value > range.last) {
    const message = `Private static IP address ${address} does not belong to the range of subnet prefix of ${name}.`;
    throw new AzureError(400, 'PrivateIPAddressNotInSubnet', message);
  }
  if (value < usable(range).first || value > usable(range).last) {
    const message = `Private static IP address ${address} falls within reserved IP range of subnet ${name}.`;
    throw new AzureError(400, 'PrivateIPAddressInReservedRange', message);
  }
  if (!taken.has(address)) return address;
  throw new AzureError(400, 'PrivateIPAddressIsAllocated', `IP address ${address} is in use in subnet ${name}.`);
}
