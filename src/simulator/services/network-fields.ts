import type { FieldTable } from '../generate/field-table.ts';

/**
 * What requests of Microsoft.Network may carry. Azure's document is not in the set that the other tables are made
 * from: these fields are those of `@azure/arm-network`'s models that are simulated or kept; any other is refused.
 * https://learn.microsoft.com/rest/api/virtualnetwork
 */
export const networkFields: FieldTable = {
  bodies: ['VirtualNetwork', 'Subnet', 'NetworkInterface', 'NetworkSecurityGroup', 'NetworkTags'],
  open: [],
  enums: {
    Allocation: ['Dynamic', 'Static'],
    IpVersion: ['IPv4'],
    Access: ['Allow', 'Deny'],
    Direction: ['Inbound', 'Outbound'],
  },
  definitions: {
    NetworkTags: { fields: { tags: '{s}' } },
    Reference: { fields: { id: 's' } },
    VirtualNetwork: {
      fields: { ...resourceFields(), properties: '@VirtualNetworkProperties' },
    },
    VirtualNetworkProperties: {
      fields: {
        addressSpace: '@AddressSpace',
        dhcpOptions: '@DhcpOptions',
        flowTimeoutInMinutes: 'i',
        subnets: '[@Subnet]',
        enableDdosProtection: 'b',
        enableVmProtection: 'b',
        virtualNetworkPeerings: '-*',
        resourceGuid: '-s',
        provisioningState: '-s',
      },
    },
    AddressSpace: { fields: { addressPrefixes: '[s]' } },
    DhcpOptions: { fields: { dnsServers: '[s]' } },
    Subnet: {
      fields: { id: 's', name: 's', type: 's', etag: '-s', properties: '@SubnetProperties' },
    },
    SubnetProperties: {
      fields: {
        addressPrefix: 's',
        addressPrefixes: '[s]',
        networkSecurityGroup: '@Reference',
        serviceEndpoints: '*',
        delegations: '*',
        privateEndpointNetworkPolicies: 's',
        privateLinkServiceNetworkPolicies: 's',
        defaultOutboundAccess: 'b',
        ipConfigurations: '-*',
        ipamPoolPrefixAllocations: '-*',
        provisioningState: '-s',
      },
    },
    NetworkInterface: { fields: { ...resourceFields(), kind: '-s', properties: '@NetworkInterfaceProperties' } },
    NetworkInterfaceProperties: {
      fields: {
        ipConfigurations: '[@IpConfiguration]',
        networkSecurityGroup: '@Reference',
        dnsSettings: '@DnsSettings',
        enableAcceleratedNetworking: 'b',
        enableIPForwarding: 'b',
        disableTcpStateTracking: 'b',
        nicType: 's',
        auxiliaryMode: 's',
        auxiliarySku: 's',
        virtualMachine: '-*',
        macAddress: '-s',
        primary: '-b',
        hostedWorkloads: '-*',
        tapConfigurations: '-*',
        vnetEncryptionSupported: '-b',
        allowPort25Out: '-b',
        nicAuxiliarySkuBillingNotificationType: '-s',
        resourceGuid: '-s',
        provisioningState: '-s',
      },
    },
    DnsSettings: {
      fields: {
        dnsServers: '[s]',
        appliedDnsServers: '-*',
        internalDomainNameSuffix: '-s',
        internalDnsNameLabel: 's',
        internalFqdn: '-s',
      },
    },
    IpConfiguration: {
      fields: { id: 's', name: '!s', type: 's', etag: '-s', properties: '@IpConfigurationProperties' },
    },
    IpConfigurationProperties: {
      fields: {
        privateIPAddress: 's',
        privateIPAllocationMethod: '#Allocation',
        privateIPAddressVersion: '#IpVersion',
        subnet: '@SubnetReference',
        publicIPAddress: '@Reference',
        primary: 'b',
        provisioningState: '-s',
      },
    },
    // A whole subnet may be sent where only its id counts.
    SubnetReference: { fields: { id: 's', name: '-s', type: '-s', etag: '-s', properties: '-*' } },
    NetworkSecurityGroup: {
      fields: { ...resourceFields(), properties: '@NetworkSecurityGroupProperties' },
    },
    NetworkSecurityGroupProperties: {
      fields: {
        securityRules: '[@SecurityRule]',
        flushConnection: 'b',
        defaultSecurityRules: '-*',
        networkInterfaces: '-*',
        subnets: '-*',
        resourceGuid: '-s',
        provisioningState: '-s',
      },
    },
    SecurityRule: { fields: { id: 's', name: '!s', type: 's', etag: '-s', properties: '@SecurityRuleProperties' } },
    SecurityRuleProperties: {
      fields: {
        description: 's',
        protocol: '!s',
        sourcePortRange: 's',
        sourcePortRanges: '[s]',
        destinationPortRange: 's',
        destinationPortRanges: '[s]',
        sourceAddressPrefix: 's',
        sourceAddressPrefixes: '[s]',
        destinationAddressPrefix: 's',
        destinationAddressPrefixes: '[s]',
        access: '!#Access',
        priority: '!i',
        direction: '!#Direction',
        provisioningState: '-s',
      },
    },
  },
};

function resourceFields(): Readonly<Record<string, string>> {
  return { id: 's', name: '-s', type: '-s', etag: '-s', location: 's', tags: '{s}' };
}
