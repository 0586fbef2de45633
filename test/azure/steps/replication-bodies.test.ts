/** What is sent to Site Recovery, Network and Storage: held against recorded requests and Azure's own document. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  containerBody,
  fabricBody,
  mappingBody,
  networkMappingBody,
  replicationPolicyBody,
} from '../../../src/azure/steps/replication-create.ts';
import { disableBody } from '../../../src/azure/steps/replication-disable.ts';
import { enableBody } from '../../../src/azure/steps/replication-enable.ts';
import { accountBody, networkBody } from '../../../src/azure/steps/replication-places.ts';
import type { ReplicationEnableInput } from '../../../src/core/steps/site-recovery.ts';
import { recordedDir, recordedIsThere } from '../recorded.ts';

const recorded = (path: RegExp): unknown[] =>
  readFileSync(join(recordedDir, 'flows', 'asr-a2a-e2e.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { method: string; path: string; req: unknown })
    .filter((e) => e.method === 'PUT' && path.test(e.path))
    .map((e) => e.req);

const input: ReplicationEnableInput = {
  machineId: '/m',
  policyId: '/p',
  targetContainerId: '/c',
  targetLocation: 'northeurope',
  targetGroupId: '/g',
  targetNetworkId: '/n',
  targetSubnet: 'app',
  disks: [
    { diskId: '/d1', cacheAccountId: '/s', replicaSku: 'Premium_LRS', targetSku: 'PremiumV2_LRS' },
    {
      diskId: '/d2',
      cacheAccountId: '/s',
      replicaSku: 'Standard_LRS',
      targetSku: 'Standard_LRS',
      encryptionSetId: '/des',
    },
  ],
};

describe.skipIf(!recordedIsThere)('as recorded (skipped where the recordings are not at hand)', () => {
  it('fabric, container and mappings are sent as Azure took them', () => {
    expect(fabricBody({ location: 'eastus2' })).toEqual(recorded(/replicationFabrics\/[^/]+$/)[0]);
    expect(containerBody()).toEqual(recorded(/replicationProtectionContainers\/[^/]+$/)[0]);
    const [mapping] = recorded(/ContainerMappings\/[^/]+$/) as [
      { properties: { targetProtectionContainerId: string; policyId: string } },
    ];
    expect(
      mappingBody({
        targetContainerId: mapping.properties.targetProtectionContainerId,
        policyId: mapping.properties.policyId,
      }),
    ).toEqual(mapping);
    const [network] = recorded(/NetworkMappings\/[^/]+$/) as [
      {
        properties: {
          recoveryNetworkId: string;
          recoveryFabricName: string;
          fabricSpecificDetails: { primaryNetworkId: string };
        };
      },
    ];
    const { recoveryNetworkId, recoveryFabricName, fabricSpecificDetails } = network.properties;
    expect(
      networkMappingBody({
        networkId: fabricSpecificDetails.primaryNetworkId,
        targetFabric: recoveryFabricName,
        targetNetworkId: recoveryNetworkId,
      }),
    ).toEqual(network);
  });

  it('enabling says all that the recorded request said', () => {
    const [sent] = recorded(/replicationProtectedItems\/[^/]+$/) as [
      { properties: { providerSpecificDetails: Record<string, unknown> } },
    ];
    const details = enableBody(input).properties.providerSpecificDetails;
    expect(Object.keys(details)).toEqual(expect.arrayContaining(Object.keys(sent.properties.providerSpecificDetails)));
    const [disk] = sent.properties.providerSpecificDetails['vmManagedDisks'] as [object];
    expect(Object.keys(details.vmManagedDisks[0]!)).toEqual(expect.arrayContaining(Object.keys(disk)));
  });
});

const document = join(
  recordedDir,
  'specs',
  'specification',
  'recoveryservicessiterecovery',
  'resource-manager',
  'Microsoft.RecoveryServices',
  'stable',
  '2023-06-01',
  'service.json',
);

describe.skipIf(!existsSync(document))('as documented (skipped where Azure’s documents are not at hand)', () => {
  const definitions = existsSync(document)
    ? (
        JSON.parse(readFileSync(document, 'utf8')) as {
          definitions: Record<string, { properties: Record<string, unknown>; required?: string[] }>;
        }
      ).definitions
    : {};
  it.each([
    [
      'A2AEnableProtectionInput',
      enableBody({ ...input, targetZone: '1', multiMachineGroup: 'g' }).properties.providerSpecificDetails,
    ],
    ['A2AVmManagedDiskInputDetails', enableBody(input).properties.providerSpecificDetails.vmManagedDisks[1]!],
    [
      'A2APolicyCreationInput',
      replicationPolicyBody({ retainMinutes: 1440, appConsistentMinutes: 60, crashConsistentMinutes: 5 }).properties
        .providerSpecificInput,
    ],
    [
      'A2AContainerMappingInput',
      mappingBody({ targetContainerId: '/c', policyId: '/p' }).properties.providerSpecificInput,
    ],
    [
      'AzureToAzureCreateNetworkMappingInput',
      networkMappingBody({ networkId: '/n', targetFabric: 'f', targetNetworkId: '/t' }).properties
        .fabricSpecificDetails,
    ],
    ['DisableProtectionInputProperties', disableBody().properties],
  ])('%s has what is sent, and what it requires is sent', (name, body) => {
    const { properties, required = [] } = definitions[name]!;
    const sent = Object.keys(body).filter((key) => key !== 'instanceType');
    expect(Object.keys(properties)).toEqual(expect.arrayContaining(sent));
    expect(sent).toEqual(expect.arrayContaining(required.filter((key) => key !== 'instanceType')));
  });
});

describe('bodies', () => {
  it('name every disk, each with its own replica, target and encryption set', () => {
    expect(enableBody(input).properties.providerSpecificDetails.vmManagedDisks).toEqual([
      {
        diskId: '/d1',
        primaryStagingAzureStorageAccountId: '/s',
        recoveryResourceGroupId: '/g',
        recoveryReplicaDiskAccountType: 'Premium_LRS',
        recoveryTargetDiskAccountType: 'PremiumV2_LRS',
      },
      {
        diskId: '/d2',
        primaryStagingAzureStorageAccountId: '/s',
        recoveryResourceGroupId: '/g',
        recoveryReplicaDiskAccountType: 'Standard_LRS',
        recoveryTargetDiskAccountType: 'Standard_LRS',
        recoveryDiskEncryptionSetId: '/des',
      },
    ]);
  });

  it('of a policy count in minutes', () => {
    expect(
      replicationPolicyBody({ retainMinutes: 1440, appConsistentMinutes: 240, crashConsistentMinutes: 5 }).properties
        .providerSpecificInput,
    ).toMatchObject({
      recoveryPointHistory: 1440,
      appConsistentFrequencyInMinutes: 240,
      crashConsistentFrequencyInMinutes: 5,
    });
  });

  it('of a cache account allow its keys, which Site Recovery needs, and nothing public', () => {
    for (const tier of ['standard', 'premium'] as const) {
      expect(accountBody({ location: 'x', tier, tags: {} }).properties).toMatchObject({
        allowSharedKeyAccess: true,
        allowBlobPublicAccess: false,
        minimumTlsVersion: 'TLS1_2',
        supportsHttpsTrafficOnly: true,
      });
    }
    expect(accountBody({ location: 'x', tier: 'premium', tags: {} })).toMatchObject({
      kind: 'BlockBlobStorage',
      sku: { name: 'Premium_LRS' },
    });
  });

  it('of a network keep subnets with one and with several prefixes', () => {
    const { properties } = networkBody({
      location: 'x',
      addressPrefixes: ['10.0.0.0/16'],
      subnets: [
        { name: 'a', addressPrefixes: ['10.0.0.0/24'] },
        { name: 'b', addressPrefixes: ['10.0.1.0/24', 'fd00::/64'] },
      ],
      tags: {},
    });
    expect(properties.subnets).toEqual([
      { name: 'a', properties: { addressPrefix: '10.0.0.0/24' } },
      { name: 'b', properties: { addressPrefixes: ['10.0.1.0/24', 'fd00::/64'] } },
    ]);
  });
});
