/** Storage accounts, virtual networks and interfaces, as far as replication leans on them. */
import type { NetworkInterface, StorageAccount, VirtualNetwork } from '../core/replication.ts';
import { bareId, keyOf, nameOf, parseId } from '../core/ids.ts';
import { locationOf } from './normalise-resource.ts';
import { at, flagAt, listAt, textAt } from './raw.ts';
import { provisioningOf } from './resource.ts';

/** `undefined`: words that cannot be read. */
export const normaliseStorageAccount = (raw: unknown): StorageAccount | undefined => {
  const id = textAt(raw, 'id');
  const location = textAt(raw, 'location');
  if (id === undefined || location === undefined) return undefined;
  const acls = at(raw, 'properties', 'networkAcls');
  // Absent means open: https://learn.microsoft.com/rest/api/storagerp/storage-accounts/get-properties
  const open = (textAt(acls, 'defaultAction') ?? 'Allow').toLowerCase() === 'allow';
  const trusted = (textAt(acls, 'bypass') ?? '').toLowerCase().includes('azureservices');
  const closed = textAt(raw, 'properties', 'publicNetworkAccess')?.toLowerCase() === 'disabled';
  return {
    id: bareId(id),
    key: keyOf(id),
    name: nameOf(id),
    location: locationOf(location),
    tier: tierOf(textAt(raw, 'kind') ?? '', textAt(raw, 'sku', 'name') ?? ''),
    provisioned: provisioningOf(raw) === 'ready',
    sharedKeyAccess: flagAt(raw, 'properties', 'allowSharedKeyAccess') !== false,
    reachable: !closed && (open || trusted),
    own: textAt(raw, 'tags', 'holdfast-made-by') !== undefined,
  };
};

/** Facts R-30. Azure's words are compared without regard to case. */
const tierOf = (kind: string, sku: string): StorageAccount['tier'] => {
  if (/^blockblobstorage$/i.test(kind) && /^premium_/i.test(sku)) return 'premium';
  return /^storagev2$/i.test(kind) && /^standard_/i.test(sku) ? 'standard' : 'other';
};

export const normaliseNetwork = (raw: unknown): VirtualNetwork | undefined => {
  const id = textAt(raw, 'id');
  const location = textAt(raw, 'location');
  if (id === undefined || location === undefined) return undefined;
  return {
    id: bareId(id),
    key: keyOf(id),
    name: nameOf(id),
    location: locationOf(location),
    addressPrefixes: texts(listAt(raw, 'properties', 'addressSpace', 'addressPrefixes')),
    subnets: listAt(raw, 'properties', 'subnets').map((subnet) => ({
      name: textAt(subnet, 'name') ?? '',
      addressPrefixes: prefixesOf(subnet),
    })),
  };
};

const prefixesOf = (subnet: unknown): readonly string[] => {
  const one = textAt(subnet, 'properties', 'addressPrefix');
  return one === undefined ? texts(listAt(subnet, 'properties', 'addressPrefixes')) : [one];
};

const texts = (list: readonly unknown[]): readonly string[] => list.filter((one) => typeof one === 'string');

/** Only interfaces of machines. The primary address counts; an interface without any belongs to no network. */
export const normaliseInterface = (raw: unknown): NetworkInterface | undefined => {
  const machine = textAt(raw, 'properties', 'virtualMachine', 'id');
  const addresses = listAt(raw, 'properties', 'ipConfigurations');
  const first = addresses.find((one) => at(one, 'properties', 'primary') === true) ?? addresses[0];
  const subnetId = textAt(first, 'properties', 'subnet', 'id');
  if (machine === undefined || subnetId === undefined || parseId(subnetId) === undefined) return undefined;
  return {
    machineKey: keyOf(machine),
    primary: flagAt(raw, 'properties', 'primary') === true,
    networkKey: keyOf(subnetId).replace(/\/subnets\/[^/]+$/, ''),
    subnetName: nameOf(subnetId),
  };
};
