import type { Mutable, Stored, World } from '../service.ts';
import { instanceView } from './instance-view.ts';

/** What Azure Backup looks at on a machine, read tolerantly: a bundle's bodies come from many api-versions. */
export interface MachineView {
  readonly stored: Stored;
  readonly name: string;
  readonly location: string;
  readonly isRunning: boolean;
  readonly isWindows: boolean;
  readonly agentReady: boolean;
  readonly size: string;
  readonly securityType: string;
  readonly disks: readonly DiskView[];
}

export interface DiskView {
  /** `undefined` for the operating system's disk. */
  readonly lun: number | undefined;
  readonly name: string;
  readonly sizeGiB: number;
  readonly sku: string;
  readonly isManaged: boolean;
  readonly isShared: boolean;
  readonly needsEntraAccess: boolean;
  readonly isEncryptedInGuest: boolean;
}

export function viewMachine(world: World, stored: Stored): MachineView {
  const properties: Mutable = stored.body['properties'] ?? {};
  const storage: Mutable = properties['storageProfile'] ?? {};
  const operatingSystem: Mutable = storage['osDisk'] ?? {};
  const dataDisks: readonly Mutable[] = storage['dataDisks'] ?? [];
  return {
    stored,
    name: stored.body['name'] ?? stored.id.slice(stored.id.lastIndexOf('/') + 1),
    location: String(stored.body['location'] ?? '')
      .toLowerCase()
      .replaceAll(' ', ''),
    ...guestOf(stored),
    isWindows:
      String(operatingSystem['osType'] ?? '').toLowerCase() === 'windows' ||
      properties['osProfile']?.['windowsConfiguration'] !== undefined,
    size: properties['hardwareProfile']?.['vmSize'] ?? 'Standard_D2s_v5',
    securityType: properties['securityProfile']?.['securityType'] ?? 'Standard',
    disks: [
      viewDisk(world, operatingSystem, undefined),
      ...dataDisks.map((disk) => viewDisk(world, disk, Number(disk['lun']))),
    ],
  };
}

function viewDisk(world: World, attached: Mutable, lun: number | undefined): DiskView {
  const managed: Mutable | undefined = attached['managedDisk'];
  const disk = typeof managed?.['id'] === 'string' ? world.store.get(managed['id']) : undefined;
  const properties: Mutable = disk?.body['properties'] ?? {};
  return {
    lun,
    name: attached['name'] ?? disk?.body['name'] ?? '',
    sizeGiB: properties['diskSizeGB'] ?? attached['diskSizeGB'] ?? 127,
    sku: disk?.body['sku']?.['name'] ?? managed?.['storageAccountType'] ?? '',
    isManaged: attached['vhd'] === undefined,
    isShared: Number(properties['maxShares'] ?? 1) > 1,
    needsEntraAccess: properties['dataAccessAuthMode'] === 'AzureActiveDirectory',
    isEncryptedInGuest: properties['encryptionSettingsCollection']?.['enabled'] === true,
  };
}

/** A machine of which nothing is known counts as running with its agent: the least surprising machine. */
function guestOf(stored: Stored): { readonly isRunning: boolean; readonly agentReady: boolean } {
  const view = instanceView(stored);
  const statuses = (view['statuses'] ?? []) as readonly Mutable[];
  const power = statuses
    .map((status) => String(status['code']).toLowerCase())
    .find((code) => code.startsWith('powerstate/'));
  const agent = (view['vmAgent']?.['statuses'] ?? []) as readonly Mutable[];
  return {
    isRunning: power === undefined || power === 'powerstate/running',
    agentReady: agent.length === 0 || agent.some((status) => status['displayStatus'] === 'Ready'),
  };
}

/** Why Azure Backup cannot protect a machine under a policy; the first reason counts. */
export interface Ineligible {
  readonly code: string;
  readonly message: string;
  readonly recommendation: string;
}

const MAX_DISKS = 32;
/** First api-version under which a Standard policy takes a Trusted Launch machine. */
const TRUSTED_LAUNCH_WITH_STANDARD = '2025-01-01';

/** https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas; the codes are not published there. */
export function ineligibility(
  machine: MachineView,
  policy: Mutable,
  apiVersion: string,
  excluded: (disk: DiskView) => boolean,
): Ineligible | undefined {
  const enhanced = policy['policyType'] === 'V2';
  const disks = machine.disks.filter((disk) => !excluded(disk));
  if (machine.disks.length > MAX_DISKS) {
    return reason(
      'UserErrorMaxDiskCountExceeded',
      `The virtual machine has ${machine.disks.length} disks; at most ${MAX_DISKS} are supported.`,
      'Detach disks.',
    );
  }
  if (machine.disks.some((disk) => !disk.isManaged) && enhanced) {
    return reason(
      'UserErrorUnmanagedDisksNotSupported',
      'The Enhanced policy protects only machines with managed disks.',
      'Migrate to managed disks.',
    );
  }
  if (machine.securityType === 'TrustedLaunch' && !enhanced && apiVersion < TRUSTED_LAUNCH_WITH_STANDARD) {
    return reason(
      'UserErrorTrustedLaunchNeedsEnhancedPolicy',
      'A Trusted Launch virtual machine needs an Enhanced policy.',
      'Choose an Enhanced policy.',
    );
  }
  if (machine.securityType === 'ConfidentialVM') {
    return reason(
      'UserErrorConfidentialVMNotSupported',
      'Confidential virtual machines are not supported.',
      'See the support matrix.',
    );
  }
  if (disks.some((disk) => /^(UltraSSD|PremiumV2)_/.test(disk.sku)) && !enhanced) {
    return reason(
      'UserErrorDiskBackupDiskTypeNotSupported',
      'Ultra and Premium SSD v2 disks need an Enhanced policy.',
      'Choose an Enhanced policy.',
    );
  }
  if (disks.some((disk) => disk.isShared)) {
    return reason(
      'UserErrorSharedDiskNotSupported',
      'Shared disks cannot be backed up.',
      'Exclude the shared disks under an Enhanced policy.',
    );
  }
  if (disks.some((disk) => disk.needsEntraAccess)) {
    return reason(
      'UserErrorDiskDataAccessAuthModeNotSupported',
      'Disks with Microsoft Entra data access authentication are not supported.',
      'Turn that authentication off.',
    );
  }
  return undefined;
}

const reason = (code: string, message: string, recommendation: string): Ineligible => ({
  code,
  message,
  recommendation,
});

/** Whether an item's settings leave a disk out; the operating system's disk cannot be left out. */
export function isExcluded(properties: Mutable, disk: DiskView): boolean {
  const exclusion: Mutable | undefined = properties['extendedProperties']?.['diskExclusionProperties'];
  if (exclusion === undefined || exclusion === null || disk.lun === undefined) return false;
  const listed = ((exclusion['diskLunList'] ?? []) as readonly number[]).includes(disk.lun);
  return exclusion['isInclusionList'] === true ? !listed : listed;
}
