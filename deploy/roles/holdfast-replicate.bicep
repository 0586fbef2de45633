targetScope = 'subscription'

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'Holdfast Replicate')
  properties: {
    roleName: 'Holdfast Replicate'
    description: 'What plan reads of replication, and what replicate writes: Site Recovery\'s pieces, networks and cache accounts. Ending replication deletes replicas, with consent.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/locks/read'
          'Microsoft.Authorization/permissions/read'
          'Microsoft.Compute/disks/read'
          'Microsoft.Compute/galleries/images/read'
          'Microsoft.Compute/galleries/images/versions/read'
          'Microsoft.Compute/galleries/read'
          'Microsoft.Compute/images/read'
          'Microsoft.Compute/restorePointCollections/read'
          'Microsoft.Compute/restorePointCollections/restorePoints/read'
          'Microsoft.Compute/snapshots/read'
          'Microsoft.Compute/virtualMachines/extensions/read'
          'Microsoft.Compute/virtualMachines/read'
          'Microsoft.Compute/virtualMachines/write'
          'Microsoft.Network/locations/operations/read'
          'Microsoft.Network/networkInterfaces/read'
          'Microsoft.Network/virtualNetworks/read'
          'Microsoft.Network/virtualNetworks/subnets/join/action'
          'Microsoft.Network/virtualNetworks/write'
          'Microsoft.RecoveryServices/replicationEligibilityResults/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read'
          'Microsoft.RecoveryServices/Vaults/backupPolicies/read'
          'Microsoft.RecoveryServices/Vaults/backupProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/operationStatus/read'
          'Microsoft.RecoveryServices/Vaults/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationNetworks/replicationNetworkMappings/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationNetworks/replicationNetworkMappings/write'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/remove/action'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/write'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectionContainerMappings/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectionContainerMappings/write'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/write'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/write'
          'Microsoft.RecoveryServices/Vaults/replicationNetworkMappings/read'
          'Microsoft.RecoveryServices/Vaults/replicationOperationStatus/read'
          'Microsoft.RecoveryServices/Vaults/replicationPolicies/read'
          'Microsoft.RecoveryServices/Vaults/replicationPolicies/write'
          'Microsoft.RecoveryServices/Vaults/replicationProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/replicationProtectionContainerMappings/read'
          'Microsoft.RecoveryServices/Vaults/replicationProtectionContainers/read'
          'Microsoft.RecoveryServices/Vaults/write'
          'Microsoft.ResourceGraph/resources/read'
          'Microsoft.Resources/subscriptions/locations/read'
          'Microsoft.Resources/subscriptions/read'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Resources/subscriptions/resourceGroups/write'
          'Microsoft.Storage/locations/asyncoperations/read'
          'Microsoft.Storage/storageAccounts/blobServices/read'
          'Microsoft.Storage/storageAccounts/listKeys/action'
          'Microsoft.Storage/storageAccounts/read'
          'Microsoft.Storage/storageAccounts/write'
        ]
        notActions: []
      }
    ]
    assignableScopes: [
      subscription().id
    ]
  }
}
