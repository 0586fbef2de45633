import type { Call, Mutable, Stored } from '../service.ts';
import { requireVault } from './recovery-services-vault.ts';
import { NETWORK_MAPPING_TYPE } from './site-recovery-operations.ts';
import { subnetsOf } from './virtual-networks.ts';

/** Where an interface is now, and where its machine's would be after a failover; null is not known. */
interface RecoveryPlace {
  readonly configuration: string | undefined;
  readonly networkId: string | null;
  readonly subnetName: string | null;
  readonly address: string | null;
  readonly allocation: string;
  readonly recoveryNetworkId: string | null;
  readonly recoverySubnetName: string | null;
}

/**
 * The network asked for, else the one that the interface's own is mapped to; there the subnet asked for, by name or id,
 * else the one of the same name, else the first.
 * https://learn.microsoft.com/azure/site-recovery/azure-to-azure-network-mapping
 */
export function recoveryPlaceOf(call: Call, interfaceId: string, input: Mutable): RecoveryPlace {
  const nic = call.world.store.get(interfaceId);
  const configuration: Mutable | undefined = nic?.body['properties']?.ipConfigurations?.[0];
  const subnetId: unknown = configuration?.['properties']?.subnet?.id;
  const networkId = typeof subnetId === 'string' ? subnetId.split('/').slice(0, 9).join('/') : null;
  const subnetName = typeof subnetId === 'string' ? (subnetId.split('/').at(-1) ?? null) : null;
  const asked: unknown = input['recoveryAzureNetworkId'];
  const recoveryNetworkId = typeof asked === 'string' ? asked : mappedNetwork(call, networkId);
  return {
    configuration: configuration?.['name'],
    networkId,
    subnetName,
    address: configuration?.['properties']?.privateIPAddress ?? null,
    allocation: configuration?.['properties']?.privateIPAllocationMethod ?? 'Dynamic',
    recoveryNetworkId,
    recoverySubnetName: recoverySubnet(call, input, recoveryNetworkId, subnetName),
  };
}

function mappedNetwork(call: Call, networkId: string | null): string | null {
  if (networkId === null) return null;
  const mapping = mappings(call).find(
    ({ body }) => String(body['properties']?.primaryNetworkId).toLowerCase() === networkId.toLowerCase(),
  );
  if (mapping === undefined) return null;
  const told = String(mapping.body['properties'].recoveryNetworkId);
  return call.world.store.get(told)?.id ?? told;
}

function mappings(call: Call): readonly Stored[] {
  return call.world.store.list(NETWORK_MAPPING_TYPE, requireVault(call).id);
}

function recoverySubnet(
  call: Call,
  input: Mutable,
  networkId: string | null,
  sourceName: string | null,
): string | null {
  const asked =
    String(input['recoverySubnetName'] ?? '')
      .split('/')
      .at(-1) ?? '';
  if (asked !== '') return asked;
  const names = networkId === null ? [] : subnetsOf(call.world, networkId).map(({ body }) => String(body['name']));
  return names.find((name) => name.toLowerCase() === sourceName?.toLowerCase()) ?? names[0] ?? null;
}
