targetScope = 'subscription'

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'Holdfast Plan')
  properties: {
    roleName: 'Holdfast Plan'
    description: 'What audit reads, and what plan asks Azure beforehand; changes nothing.'
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
          'Microsoft.Network/networkInterfaces/read'
          'Microsoft.Network/virtualNetworks/read'
          'Microsoft.RecoveryServices/locations/backupPreValidateProtection/action'
          'Microsoft.RecoveryServices/locations/backupStatus/action'
          'Microsoft.RecoveryServices/locations/backupValidateFeatures/action'
          'Microsoft.RecoveryServices/replicationEligibilityResults/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read'
          'Microsoft.RecoveryServices/Vaults/backupPolicies/read'
          'Microsoft.RecoveryServices/Vaults/backupProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read'
          'Microsoft.RecoveryServices/Vaults/replicationNetworkMappings/read'
          'Microsoft.RecoveryServices/Vaults/replicationPolicies/read'
          'Microsoft.RecoveryServices/Vaults/replicationProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/replicationProtectionContainerMappings/read'
          'Microsoft.RecoveryServices/Vaults/replicationProtectionContainers/read'
          'Microsoft.ResourceGraph/resources/read'
          'Microsoft.Resources/subscriptions/locations/read'
          'Microsoft.Resources/subscriptions/read'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Storage/storageAccounts/blobServices/read'
          'Microsoft.Storage/storageAccounts/read'
        ]
        notActions: []
      }
    ]
    assignableScopes: [
      subscription().id
    ]
  }
}
