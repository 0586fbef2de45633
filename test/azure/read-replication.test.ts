/** What replication asks before a plan: from Azure's answers to facts, and what stays unknown. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answerPreflight } from '../../src/azure/preflight.ts';
import { keyOf } from '../../src/core/ids.ts';
import type { ReplicationQuestions } from '../../src/core/replication.ts';
import { intercept, testClock, testTransport, type Reply, type Sent } from './arm-rig.ts';
import { sub, vaultId, vmId } from './fake-arm.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const one = sub(1);
const vault = vaultId(one);
const machine = vmId(one, 'web');
const shouted = vault.replace('/subscriptions/', '/Subscriptions/');
const fabric = `${shouted}/replicationFabrics/asr-we`;
const networkId = `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.Network/virtualNetworks/VNet`;
const accountId = `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.Storage/storageAccounts/cache`;

const rows: Readonly<Record<string, readonly unknown[]>> = {
  replicationFabrics: [
    { id: fabric, properties: { customDetails: { instanceType: 'Azure', location: 'West Europe' } } },
    { id: `${shouted}/replicationFabrics/hyperv`, properties: { customDetails: { instanceType: 'HyperVSite' } } },
  ],
  replicationProtectionContainers: [
    { id: `${fabric}/replicationProtectionContainers/c`, properties: { fabricType: 'Azure' } },
  ],
  replicationPolicies: [
    {
      id: `${shouted}/replicationPolicies/p`,
      properties: {
        providerSpecificDetails: {
          instanceType: 'A2A',
          recoveryPointHistory: 1440,
          appConsistentFrequencyInMinutes: 60,
          multiVmSyncStatus: 'Enabled',
        },
      },
    },
    {
      id: `${shouted}/replicationPolicies/other`,
      properties: { providerSpecificDetails: { instanceType: 'HyperVReplicaAzure' } },
    },
  ],
  replicationProtectionContainerMappings: [
    {
      id: `${fabric}/replicationProtectionContainers/c/replicationProtectionContainerMappings/m`,
      properties: {
        targetProtectionContainerId: `${shouted}/t`,
        policyId: `${shouted}/replicationPolicies/p`,
        state: 'Paired',
      },
    },
  ],
  replicationNetworkMappings: [
    {
      id: `${fabric}/replicationNetworks/azureNetwork/replicationNetworkMappings/n`,
      properties: {
        primaryNetworkId: networkId.toLowerCase(),
        recoveryNetworkId: networkId,
        recoveryFabricArmId: `${shouted}/replicationFabrics/asr-ne`,
      },
    },
  ],
  virtualNetworks: [
    {
      id: networkId,
      location: 'westeurope',
      properties: {
        addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
        subnets: [{ name: 'app', properties: { addressPrefix: '10.0.0.0/24' } }],
      },
    },
  ],
  networkInterfaces: [
    {
      id: '/nic',
      properties: {
        primary: true,
        virtualMachine: { id: machine.toUpperCase() },
        ipConfigurations: [
          { properties: { primary: false, subnet: { id: '/x' } } },
          { properties: { primary: true, subnet: { id: `${networkId}/subnets/app` } } },
        ],
      },
    },
    {
      id: '/loose',
      properties: { ipConfigurations: [{ properties: { subnet: { id: `${networkId}/subnets/app` } } }] },
    },
  ],
  storageAccounts: [
    {
      id: accountId,
      location: 'westeurope',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      tags: { 'holdfast-made-by': 'x' },
      properties: {
        provisioningState: 'Succeeded',
        networkAcls: { defaultAction: 'Deny', bypass: 'Logging, AzureServices' },
      },
    },
    {
      id: `${accountId}2`,
      location: 'westeurope',
      kind: 'StorageV2',
      sku: { name: 'Standard_LRS' },
      properties: { allowSharedKeyAccess: false, networkAcls: { defaultAction: 'Deny', bypass: 'None' } },
    },
  ],
};

const eligible = {
  properties: {
    errors: [
      { code: 'A2ADiskNotSupported', message: 'too large', status: 'Warning' },
      { code: 'Note', message: 'by the way', status: 'Warning' },
      { code: 'X', message: 'no', recommendedAction: 'do this', status: 'Error' },
    ],
  },
};
const answer = ({ path }: Sent): Reply | undefined => {
  if (path.includes('replicationEligibilityResults')) return [200, eligible];
  if (path.includes('/blobServices/default'))
    return [200, { properties: { deleteRetentionPolicy: { enabled: true, days: 7 } } }];
  const kind = /\/([^/?]+)\?/.exec(path)?.[1] ?? '';
  return rows[kind] === undefined ? undefined : [200, { value: rows[kind] }];
};

const questions: ReplicationQuestions = { vaults: [vault], subscriptions: [one], machines: [machine], accounts: [] };
const ask = async (by: (sent: Sent) => Reply | undefined, asked = questions) => {
  const sent = intercept(by);
  const facts = await answerPreflight(
    { owners: [], permissions: [], taken: [], replication: asked },
    { transport: testTransport(), clock: testClock(), concurrency: 4, patienceMs: 60_000 },
  );
  return { facts: facts.replication, sent };
};

describe('what replication asks', () => {
  it('of a vault: only what is Azure-to-Azure, under keys that compare', async () => {
    const { facts } = await ask(answer);
    const setup = facts.setups.get(keyOf(vault));
    expect(setup).toMatchObject({
      known: true,
      value: {
        fabrics: [{ name: 'asr-we', location: 'westeurope', key: keyOf(fabric) }],
        containers: [{ fabricKey: keyOf(fabric) }],
        policies: [{ name: 'p', retainMinutes: 1440, appConsistentMinutes: 60, multiMachine: true }],
        mappings: [{ paired: true, containerKey: keyOf(`${fabric}/replicationProtectionContainers/c`) }],
        networkMappings: [{ fabricKey: keyOf(fabric), networkKey: keyOf(networkId), targetNetworkId: networkId }],
      },
    });
    expect(setup?.known === true && [setup.value.fabrics.length, setup.value.policies.length]).toEqual([1, 1]);
  });

  it('of networks: the machine’s primary address, and not interfaces without a machine', async () => {
    const { facts } = await ask(answer);
    expect(facts.networks.get(one)).toMatchObject({
      known: true,
      value: { interfaces: [{ machineKey: keyOf(machine), networkKey: keyOf(networkId), subnetName: 'app' }] },
    });
  });

  it('of storage accounts: who may reach them, and of those of its own whether they keep deleted blobs', async () => {
    const { facts, sent } = await ask(answer);
    expect(facts.accounts.get(one)).toMatchObject({
      known: true,
      value: [
        { own: true, reachable: true, sharedKeyAccess: true },
        { own: false, reachable: false, sharedKeyAccess: false },
      ],
    });
    expect([...facts.softDelete]).toEqual([[keyOf(accountId), { known: true, value: true }]]);
    expect(sent.filter(({ path }) => path.includes('blobServices'))).toHaveLength(1);
  });

  it('of Azure’s own check: errors, and warnings that would leave out a disk; no other warning', async () => {
    const { facts } = await ask(answer);
    expect(facts.eligibility.get(keyOf(machine))).toEqual({ known: true, value: ['too large', 'no do this'] });
  });

  it.each([
    ['replicationNetworkMappings', 'setups', keyOf(vault)],
    ['networkInterfaces', 'networks', one],
    ['storageAccounts', 'accounts', one],
    ['replicationEligibilityResults', 'eligibility', keyOf(machine)],
    ['blobServices', 'softDelete', keyOf(accountId)],
  ] as const)('stays unknown, with the action that is missing, where %s may not be read', async (kind, facet, key) => {
    const { facts } = await ask((sent) =>
      sent.path.includes(`/${kind}`) ? [403, { error: { code: 'AuthorizationFailed', message: 'no' } }] : answer(sent),
    );
    expect(facts[facet].get(key)).toMatchObject({
      known: false,
      reason: 'no-permission',
      action: expect.stringContaining('/read') as string,
    });
  });

  it('of storage accounts that replication uses already: whether they keep deleted blobs, though they are not its own', async () => {
    const { facts, sent } = await ask(answer, { ...questions, accounts: [keyOf(`${accountId}2`)] });
    expect(new Set(facts.softDelete.keys())).toEqual(new Set([keyOf(accountId), keyOf(`${accountId}2`)]));
    expect(sent.filter(({ path }) => path.includes('blobServices'))).toHaveLength(2);
  });

  it('of Azure’s own check: a complaint without a status is an error, and one without words tells its code', async () => {
    const errors = [{ message: 'no words of status' }, { code: 'OnlyACode', message: '' }, { status: 'Information' }];
    const { facts } = await ask((sent) =>
      sent.path.includes('replicationEligibilityResults') ? [200, { properties: { errors } }] : answer(sent),
    );
    expect(facts.eligibility.get(keyOf(machine))).toEqual({ known: true, value: ['no words of status', 'OnlyACode'] });
  });

  it.each([
    ['replicationFabrics', 'setups', keyOf(vault)],
    ['virtualNetworks', 'networks', one],
    ['storageAccounts', 'accounts', one],
  ] as const)(
    'of %s: none where the provider is not registered, and unknown where Azure fails',
    async (kind, facet, key) => {
      const refusing = (reply: Reply) =>
        ask((sent) => (sent.path.includes(`/${kind}`) ? reply : answer(sent))).then(({ facts }) =>
          facts[facet].get(key),
        );
      expect(
        await refusing([409, { error: { code: 'MissingSubscriptionRegistration', message: 'no' } }]),
      ).toMatchObject({
        known: true,
      });
      nock.cleanAll();
      expect(await refusing([500, { error: { code: 'InternalServerError', message: 'no' } }])).toMatchObject({
        known: false,
        reason: 'not-answered',
      });
    },
  );

  it('asks nothing where nothing is to be replicated', async () => {
    const { sent } = await ask(answer, { vaults: [], subscriptions: [], machines: [], accounts: [] });
    expect(sent).toEqual([]);
  });
});
