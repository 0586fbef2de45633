targetScope = 'subscription'

resource role 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, 'Holdfast Protect')
  properties: {
    roleName: 'Holdfast Protect'
    description: 'What plan reads of backup, and what protect writes: vaults, policies, protection, snapshots, restore points. Deletes nothing: protect --stop delete takes the remove role.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Authorization/locks/read'
          'Microsoft.Authorization/permissions/read'
          'Microsoft.Compute/diskEncryptionSets/read'
          'Microsoft.Compute/disks/beginGetAccess/action'
          'Microsoft.Compute/disks/read'
          'Microsoft.Compute/galleries/images/read'
          'Microsoft.Compute/galleries/images/versions/read'
          'Microsoft.Compute/galleries/read'
          'Microsoft.Compute/images/read'
          'Microsoft.Compute/locations/diskOperations/read'
          'Microsoft.Compute/locations/operations/read'
          'Microsoft.Compute/restorePointCollections/read'
          'Microsoft.Compute/restorePointCollections/restorePoints/read'
          'Microsoft.Compute/restorePointCollections/restorePoints/write'
          'Microsoft.Compute/restorePointCollections/write'
          'Microsoft.Compute/snapshots/beginGetAccess/action'
          'Microsoft.Compute/snapshots/read'
          'Microsoft.Compute/snapshots/write'
          'Microsoft.Compute/virtualMachines/extensions/read'
          'Microsoft.Compute/virtualMachines/read'
          'Microsoft.Compute/virtualMachines/write'
          'Microsoft.RecoveryServices/locations/backupPreValidateProtection/action'
          'Microsoft.RecoveryServices/locations/backupStatus/action'
          'Microsoft.RecoveryServices/locations/backupValidateFeatures/action'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/operationResults/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/backup/action'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/operationsStatus/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints/read'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/write'
          'Microsoft.RecoveryServices/Vaults/backupFabrics/refreshContainers/action'
          'Microsoft.RecoveryServices/Vaults/backupJobs/read'
          'Microsoft.RecoveryServices/Vaults/backupPolicies/operations/read'
          'Microsoft.RecoveryServices/Vaults/backupPolicies/read'
          'Microsoft.RecoveryServices/Vaults/backupPolicies/write'
          'Microsoft.RecoveryServices/Vaults/backupProtectableItems/read'
          'Microsoft.RecoveryServices/Vaults/backupProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/operationStatus/read'
          'Microsoft.RecoveryServices/Vaults/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/replicationFabrics/replicationProtectionContainers/replicationProtectedItems/recoveryPoints/read'
          'Microsoft.RecoveryServices/Vaults/replicationProtectedItems/read'
          'Microsoft.RecoveryServices/Vaults/write'
          'Microsoft.ResourceGraph/resources/read'
          'Microsoft.Resources/subscriptions/locations/read'
          'Microsoft.Resources/subscriptions/read'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
          'Microsoft.Resources/subscriptions/resourceGroups/write'
          'Microsoft.Resources/tags/write'
        ]
        notActions: []
      }
    ]
    assignableScopes: [
      subscription().id
    ]
  }
}
