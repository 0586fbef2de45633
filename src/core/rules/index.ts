/** THE list of rules: the options in order, and within one what rules it out before what only warns. */
import type { Rule } from '../rule.ts';
import { backupConfidential } from './backup-confidential.ts';
import { backupDiskCount } from './backup-disk-count.ts';
import { backupDiskEncryption } from './backup-disk-encryption.ts';
import { backupEntraDisk } from './backup-entra-disk.ts';
import { backupEphemeralOs } from './backup-ephemeral-os.ts';
import { backupLinuxConsistency } from './backup-linux-consistency.ts';
import { backupMarketplacePlan } from './backup-marketplace-plan.ts';
import { backupOldWindows } from './backup-old-windows.ts';
import { backupOneMachineAtATime } from './backup-one-machine-at-a-time.ts';
import { backupPerformancePlus } from './backup-performance-plus.ts';
import { backupPlacementNotRestored } from './backup-placement-not-restored.ts';
import { backupSharedDisk } from './backup-shared-disk.ts';
import { backupSingleCore } from './backup-single-core.ts';
import { backupSqlLogs } from './backup-sql-logs.ts';
import { backupStoppedMachine } from './backup-stopped-machine.ts';
import { backupStorageSpaces } from './backup-storage-spaces.ts';
import { backupThirdPartyImage } from './backup-third-party-image.ts';
import { backupTotalSize } from './backup-total-size.ts';
import { backupTrustedLaunchDataDisk } from './backup-trusted-launch-data-disk.ts';
import { backupTrustedLaunchEnhanced } from './backup-trusted-launch-enhanced.ts';
import { backupUltraNeedsEnhanced } from './backup-ultra-needs-enhanced.ts';
import { backupUniformScaleSet } from './backup-uniform-scale-set.ts';
import { backupUnmanagedDisk } from './backup-unmanaged-disk.ts';
import { backupWriteAcceleratedData } from './backup-write-accelerated-data.ts';
import { backupWriteAcceleratedOs } from './backup-write-accelerated-os.ts';
import { galleryLargeDisk } from './gallery-large-disk.ts';
import { galleryNvmeDefinition } from './gallery-nvme-definition.ts';
import { generalizedMachine } from './generalized-machine.ts';
import { imageChangingData } from './image-changing-data.ts';
import { imageNotDeallocated } from './image-not-deallocated.ts';
import { imageNotGeneralized } from './image-not-generalized.ts';
import { imageNvme } from './image-nvme.ts';
import { imageSecurityType } from './image-security-type.ts';
import { imageUltraDisk } from './image-ultra-disk.ts';
import { replicationArm64 } from './replication-arm64.ts';
import { replicationChurn } from './replication-churn.ts';
import { replicationConfidential } from './replication-confidential.ts';
import { replicationConsistencyGroup } from './replication-consistency-group.ts';
import { replicationDedicatedHost } from './replication-dedicated-host.ts';
import { replicationDiskCount } from './replication-disk-count.ts';
import { replicationDiskSize } from './replication-disk-size.ts';
import { replicationEncryptionAtHost } from './replication-encryption-at-host.ts';
import { replicationEphemeralOs } from './replication-ephemeral-os.ts';
import { replicationNvme } from './replication-nvme.ts';
import { replicationPremiumV2Cache } from './replication-premium-v2-cache.ts';
import { replicationSharedDiskCluster } from './replication-shared-disk-cluster.ts';
import { replicationSharedDiskLinux } from './replication-shared-disk-linux.ts';
import { replicationSingleCore } from './replication-single-core.ts';
import { replicationTargetOnlyRegion } from './replication-target-only-region.ts';
import { replicationUltraChina } from './replication-ultra-china.ts';
import { replicationUniformScaleSet } from './replication-uniform-scale-set.ts';
import { replicationUnmanagedDisk } from './replication-unmanaged-disk.ts';
import { replicationWriteAccelerated } from './replication-write-accelerated.ts';
import { restorePointAcceleratedNeedsApplicationMode } from './restore-point-accelerated-needs-application-mode.ts';
import { restorePointAgent } from './restore-point-agent.ts';
import { restorePointConfidential } from './restore-point-confidential.ts';
import { restorePointCrashModeDisks } from './restore-point-crash-mode-disks.ts';
import { restorePointCrashModeSize } from './restore-point-crash-mode-size.ts';
import { restorePointEncryption } from './restore-point-encryption.ts';
import { restorePointEphemeralOs } from './restore-point-ephemeral-os.ts';
import { restorePointNeedsApplicationMode } from './restore-point-needs-application-mode.ts';
import { restorePointNewWindows } from './restore-point-new-windows.ts';
import { restorePointSharedDisk } from './restore-point-shared-disk.ts';
import { restorePointSkewedCrashMode } from './restore-point-skewed-crash-mode.ts';
import { restorePointTrustedLaunchDataDisk } from './restore-point-trusted-launch-data-disk.ts';
import { restorePointUniformScaleSet } from './restore-point-uniform-scale-set.ts';
import { restorePointUnmanagedDisk } from './restore-point-unmanaged-disk.ts';
import { snapshotConsistency } from './snapshot-consistency.ts';
import { snapshotEphemeralOs } from './snapshot-ephemeral-os.ts';
import { snapshotIndependentDisks } from './snapshot-independent-disks.ts';
import { snapshotStriped } from './snapshot-striped.ts';
import { snapshotUltraSlow } from './snapshot-ultra-slow.ts';
import { snapshotUnmanagedDisk } from './snapshot-unmanaged-disk.ts';

export const rules: readonly Rule[] = [
  generalizedMachine,
  backupDiskCount,
  backupTotalSize,
  backupTrustedLaunchDataDisk,
  backupTrustedLaunchEnhanced,
  backupConfidential,
  backupUniformScaleSet,
  backupPlacementNotRestored,
  backupSingleCore,
  backupStorageSpaces,
  backupMarketplacePlan,
  backupThirdPartyImage,
  backupUltraNeedsEnhanced,
  backupSharedDisk,
  backupWriteAcceleratedOs,
  backupWriteAcceleratedData,
  backupEphemeralOs,
  backupEntraDisk,
  backupDiskEncryption,
  backupPerformancePlus,
  backupUnmanagedDisk,
  backupOneMachineAtATime,
  backupStoppedMachine,
  backupLinuxConsistency,
  backupSqlLogs,
  backupOldWindows,
  replicationTargetOnlyRegion,
  replicationDedicatedHost,
  replicationArm64,
  replicationUniformScaleSet,
  replicationNvme,
  replicationConfidential,
  replicationSingleCore,
  replicationDiskCount,
  replicationDiskSize,
  replicationUltraChina,
  replicationSharedDiskLinux,
  replicationSharedDiskCluster,
  replicationWriteAccelerated,
  replicationUnmanagedDisk,
  replicationEphemeralOs,
  replicationEncryptionAtHost,
  replicationPremiumV2Cache,
  replicationConsistencyGroup,
  replicationChurn,
  snapshotIndependentDisks,
  snapshotStriped,
  snapshotConsistency,
  snapshotEphemeralOs,
  snapshotUnmanagedDisk,
  snapshotUltraSlow,
  restorePointUnmanagedDisk,
  restorePointEphemeralOs,
  restorePointSharedDisk,
  restorePointCrashModeDisks,
  restorePointCrashModeSize,
  restorePointSkewedCrashMode,
  restorePointNeedsApplicationMode,
  restorePointAcceleratedNeedsApplicationMode,
  restorePointConfidential,
  restorePointTrustedLaunchDataDisk,
  restorePointUniformScaleSet,
  restorePointAgent,
  restorePointNewWindows,
  restorePointEncryption,
  imageSecurityType,
  imageNotGeneralized,
  imageNotDeallocated,
  imageUltraDisk,
  imageNvme,
  galleryNvmeDefinition,
  galleryLargeDisk,
  imageChangingData,
];
