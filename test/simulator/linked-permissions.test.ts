import { describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT } from '../../src/simulator/fleet.ts';
import { GROUP, Rig, SUBSCRIPTION } from './rig.ts';

const TENANT = '8f0d6f9e-64a1-4f0a-8a1d-2d6f9b0c7e11';
const PROVIDERS = `${GROUP}/providers`;
const VM = `${PROVIDERS}/Microsoft.Compute/virtualMachines/web`;
const DISK = `${PROVIDERS}/Microsoft.Compute/disks/data`;
const VAULT = `${PROVIDERS}/Microsoft.RecoveryServices/vaults/v`;
const ITEM = `${VAULT}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg-app;web/protectedItems/vm;iaasvmcontainerv2;rg-app;web`;

/** A principal that may do anything but one action. */
function rigWithout(action: string): Rig {
  return new Rig({
    fleet: {
      tenantId: TENANT,
      subscriptions: [{ id: SUBSCRIPTION, name: 'One' }],
      resources: [
        {
          id: DISK,
          type: 'Microsoft.Compute/disks',
          name: 'data',
          location: 'westeurope',
          sku: { name: 'Premium_LRS' },
          properties: { diskSizeGB: 32, diskState: 'Unattached', creationData: { createOption: 'Empty' } },
        },
      ],
      principals: [
        {
          clientId: DEFAULT_CLIENT,
          name: 'one',
          assignments: [{ scope: `/subscriptions/${SUBSCRIPTION}`, actions: ['*'], notActions: [action] }],
        },
      ],
    },
  });
}

const identity = `${PROVIDERS}/Microsoft.ManagedIdentity/userAssignedIdentities/u`;
const snapshot = {
  location: 'westeurope',
  properties: { creationData: { createOption: 'Copy', sourceResourceId: DISK }, incremental: true },
};
const encryptionSet = `${PROVIDERS}/Microsoft.Compute/diskEncryptionSets/e`;
const protection = {
  properties: {
    protectedItemType: 'Microsoft.Compute/virtualMachines',
    policyId: `${VAULT}/backupPolicies/EnhancedPolicy`,
    sourceResourceId: VM,
  },
};
const attaching = {
  location: 'westeurope',
  properties: {
    storageProfile: { dataDisks: [{ lun: 0, createOption: 'Attach', managedDisk: { id: DISK } }] },
    networkProfile: { networkInterfaces: [{ id: `${PROVIDERS}/Microsoft.Network/networkInterfaces/n` }] },
  },
};

const NET = `${PROVIDERS}/Microsoft.Network/virtualNetworks/net`;
const CONTAINER = `${VAULT}/replicationFabrics/f/replicationProtectionContainers/c`;
const cache = `${PROVIDERS}/Microsoft.Storage/storageAccounts/cache`;
const replication = {
  properties: {
    policyId: `${VAULT}/replicationPolicies/p`,
    providerSpecificDetails: {
      instanceType: 'A2A',
      fabricObjectId: VM,
      recoveryAzureNetworkId: NET,
      vmManagedDisks: [{ diskId: DISK, primaryStagingAzureStorageAccountId: cache, recoveryResourceGroupId: GROUP }],
    },
  },
};
const replicated = `${CONTAINER}/replicationProtectedItems/web`.slice(PROVIDERS.length + 1);
const nic = {
  location: 'westeurope',
  properties: {
    ipConfigurations: [{ name: 'one', properties: { subnet: { id: `${NET}/subnets/a` } } }],
    networkSecurityGroup: { id: `${PROVIDERS}/Microsoft.Network/networkSecurityGroups/g` },
  },
};

const collection = { location: 'westeurope', properties: { source: { id: VM } } };

describe('a write names something else', () => {
  it('and a restore point collection needs no write on its machine, as roles of others have shown', async () => {
    const url = `${PROVIDERS}/Microsoft.Compute/restorePointCollections/c?api-version=2024-07-01`;
    const without = (action: string) => rigWithout(action).send('PUT', url, collection);
    expect((await without('Microsoft.Compute/virtualMachines/write')).status).not.toBe(403);
    const unread = await without('Microsoft.Compute/virtualMachines/read');
    expect(unread.body['error']).toMatchObject({ code: 'LinkedAuthorizationFailed' });
  });

  it.each([
    ['Microsoft.Compute/disks/beginGetAccess/action', 'Microsoft.Compute/snapshots/s', '2024-03-02', snapshot],
    [
      'Microsoft.Compute/diskEncryptionSets/read',
      'Microsoft.Compute/snapshots/s',
      '2024-03-02',
      { ...snapshot, properties: { ...snapshot.properties, encryption: { diskEncryptionSetId: encryptionSet } } },
    ],
    ['Microsoft.Compute/disks/write', 'Microsoft.Compute/virtualMachines/web', '2024-07-01', attaching],
    [
      'Microsoft.Network/networkInterfaces/join/action',
      'Microsoft.Compute/virtualMachines/web',
      '2024-07-01',
      attaching,
    ],
    ['Microsoft.Compute/virtualMachines/write', ITEM.slice(PROVIDERS.length + 1), '2024-04-01', protection],
    [
      'Microsoft.RecoveryServices/vaults/backupPolicies/read',
      ITEM.slice(PROVIDERS.length + 1),
      '2024-04-01',
      protection,
    ],
    ['Microsoft.Compute/virtualMachines/write', replicated, '2024-04-01', replication],
    ['Microsoft.Network/virtualNetworks/subnets/join/action', replicated, '2024-04-01', replication],
    ['Microsoft.Storage/storageAccounts/listKeys/action', replicated, '2024-04-01', replication],
    [
      'Microsoft.Network/virtualNetworks/subnets/join/action',
      'Microsoft.Network/networkInterfaces/n',
      '2024-05-01',
      nic,
    ],
    ['Microsoft.Network/networkSecurityGroups/join/action', 'Microsoft.Network/networkInterfaces/n', '2024-05-01', nic],
    [
      'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action',
      'Microsoft.RecoveryServices/vaults/v',
      '2024-04-01',
      {
        location: 'westeurope',
        sku: { name: 'Standard' },
        properties: {},
        identity: { type: 'UserAssigned', userAssignedIdentities: { [identity]: {} } },
      },
    ],
  ])('and needs %s there', async (action, resource, version, body) => {
    const refused = await rigWithout(action).send('PUT', `${PROVIDERS}/${resource}?api-version=${version}`, body);
    expect(refused.status).toBe(403);
    expect(refused.body['error'].code).toBe('LinkedAuthorizationFailed');
    expect(refused.body['error'].message).toContain(action);
    const other = await rigWithout('Microsoft.Nothing/at/all').send(
      'PUT',
      `${PROVIDERS}/${resource}?api-version=${version}`,
      body,
    );
    expect(other.status).not.toBe(403);
  });
});
