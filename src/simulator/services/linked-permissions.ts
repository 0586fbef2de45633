import { typeAndName } from '../envelope.ts';
import type { Call, LinkedPermission, Mutable } from '../service.ts';
import { isObject, text } from './arm-resource.ts';

/**
 * THE list of linked checks: what a write needs beyond its own permission, because of what its body names. Each with
 * the
 * page that says so; BEHAVIOUR.md repeats it in words. What a check asks at a scope that is not named is not asked.
 */
const PAGES = {
  compute: 'https://learn.microsoft.com/azure/role-based-access-control/permissions/compute',
  restorePoints: 'https://learn.microsoft.com/azure/virtual-machines/create-restore-points',
  images: 'https://learn.microsoft.com/azure/virtual-machines/image-version',
  encryptionSets: 'https://learn.microsoft.com/azure/virtual-machines/disk-encryption',
  backupRoles: 'https://learn.microsoft.com/azure/backup/backup-rbac-rs-vault',
  backupFaq: 'https://learn.microsoft.com/azure/backup/backup-azure-vm-backup-faq',
  identities: 'https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/identity',
  interfaces: 'https://learn.microsoft.com/azure/virtual-network/virtual-network-network-interface',
  networks: 'https://learn.microsoft.com/azure/virtual-network/manage-virtual-network',
  siteRecovery: 'https://learn.microsoft.com/azure/site-recovery/site-recovery-role-based-linked-access-control',
} as const;

const VM_WRITE = 'Microsoft.Compute/virtualMachines/write';

function needs(action: string, scope: unknown, source: string): readonly LinkedPermission[] {
  return typeof scope === 'string' && scope.startsWith('/') ? [{ action, scope, source }] : [];
}

function propertiesOf(call: Call): Mutable {
  const properties: unknown = call.body?.['properties'];
  return isObject(properties) ? properties : {};
}

/** A disk or snapshot: reading the one it is copied from, and the encryption set it is put under. */
export function linkedToDiskSource(call: Call): readonly LinkedPermission[] {
  const { creationData, encryption } = propertiesOf(call);
  const id = text(creationData?.sourceResourceId);
  const type = id === undefined || call.world.store.get(id) === undefined ? '' : typeAndName(id).type;
  const isReadable = /\/(?:disks|snapshots|diskRestorePoints)$/i.test(type);
  return [
    ...(isReadable ? needs(`${type}/beginGetAccess/action`, id, PAGES.compute) : []),
    ...needs('Microsoft.Compute/diskEncryptionSets/read', encryption?.diskEncryptionSetId, PAGES.encryptionSets),
  ];
}

/** A machine: joining its interfaces, writing the disks attached to it, assigning its identities. */
export function linkedToMachine(call: Call): readonly LinkedPermission[] {
  const { networkProfile, storageProfile } = propertiesOf(call);
  const interfaces: readonly Mutable[] = networkProfile?.networkInterfaces ?? [];
  const disks: readonly Mutable[] = [storageProfile?.osDisk ?? {}, ...(storageProfile?.dataDisks ?? [])];
  const attached = disks.filter((disk) => /^attach$/i.test(String(disk['createOption'])));
  return [
    ...interfaces.flatMap(({ id }) => needs('Microsoft.Network/networkInterfaces/join/action', id, PAGES.compute)),
    ...attached.flatMap((disk) => needs('Microsoft.Compute/disks/write', disk['managedDisk']?.id, PAGES.compute)),
    ...needs(imageRead(storageProfile?.imageReference?.id), storageProfile?.imageReference?.id, PAGES.images),
    ...linkedToIdentities(call),
  ];
}

function imageRead(id: unknown): string {
  return `${typeAndName(text(id) ?? '').type}/read`;
}

/** Whatever takes an identity of somebody else's making must be allowed to assign it. */
export function linkedToIdentities(call: Call): readonly LinkedPermission[] {
  const assigned: unknown = call.body?.['identity']?.userAssignedIdentities;
  const action = 'Microsoft.ManagedIdentity/userAssignedIdentities/assign/action';
  return isObject(assigned) ? Object.keys(assigned).flatMap((id) => needs(action, id, PAGES.identities)) : [];
}

/** An image is taken from a machine, which is written to. */
export function linkedToImageSource(call: Call): readonly LinkedPermission[] {
  return needs(VM_WRITE, propertiesOf(call)['sourceVirtualMachine']?.id, PAGES.images);
}

/** A gallery image version: writing the machine, disks and snapshots it is taken from, reading an image. */
export function linkedToVersionSource(call: Call): readonly LinkedPermission[] {
  const { storageProfile } = propertiesOf(call);
  const disks: readonly Mutable[] = [storageProfile?.osDiskImage ?? {}, ...(storageProfile?.dataDiskImages ?? [])];
  const whole: unknown = storageProfile?.source?.virtualMachineId ?? storageProfile?.source?.id;
  return [whole, ...disks.map((disk) => disk['source']?.id as unknown)].flatMap((id) => {
    const { type } = typeAndName(text(id) ?? '');
    const verb = /\/(?:virtualMachines|disks|snapshots)$/i.test(type) ? 'write' : 'read';
    return needs(`${type}/${verb}`, id, PAGES.images);
  });
}

/**
 * The machine, or the collection to be copied, is read [K]: the page names no permission at all, and roles that are known to
 * suffice hold read of machines and no write (Google's for Migrate to Virtual Machines).
 */
export function linkedToPointSource(call: Call): readonly LinkedPermission[] {
  const source: unknown = propertiesOf(call)['source']?.id;
  return typeof source === 'string' ? needs(`${typeAndName(source).type}/read`, source, PAGES.restorePoints) : [];
}

/** Enabling backup installs an extension in the machine, and takes a policy that must be readable. */
export function linkedToProtection(call: Call): readonly LinkedPermission[] {
  const { policyId, sourceResourceId } = propertiesOf(call);
  if (text(policyId) === undefined || policyId === '' || text(sourceResourceId) === undefined) return [];
  return [
    ...needs(VM_WRITE, sourceResourceId, PAGES.backupRoles),
    ...needs('Microsoft.RecoveryServices/vaults/backupPolicies/read', policyId, PAGES.backupFaq),
  ];
}

/** Enabling replication installs the mobility service in the machine, joins the network there, uses the cache's keys. */
export function linkedToReplication(call: Call): readonly LinkedPermission[] {
  const details: Mutable = propertiesOf(call)['providerSpecificDetails'] ?? {};
  const disks: readonly Mutable[] = details['vmManagedDisks'] ?? [];
  const caches = new Set(disks.map((disk): unknown => disk['primaryStagingAzureStorageAccountId']));
  const listKeys = 'Microsoft.Storage/storageAccounts/listKeys/action';
  return [
    ...needs(VM_WRITE, details['fabricObjectId'], PAGES.siteRecovery),
    ...needs(JOIN_SUBNET, details['recoveryAzureNetworkId'], PAGES.siteRecovery),
    ...[...caches].flatMap((id) => needs(listKeys, id, PAGES.siteRecovery)),
  ];
}

const JOIN_SUBNET = 'Microsoft.Network/virtualNetworks/subnets/join/action';
const JOIN_SECURITY_GROUP = 'Microsoft.Network/networkSecurityGroups/join/action';

/** An interface: joining the subnets it has addresses of, and its security group. */
export function linkedToInterface(call: Call): readonly LinkedPermission[] {
  const { ipConfigurations, networkSecurityGroup } = propertiesOf(call);
  const configurations: readonly Mutable[] = ipConfigurations ?? [];
  return [
    ...configurations.flatMap((one) => needs(JOIN_SUBNET, one['properties']?.subnet?.id, PAGES.interfaces)),
    ...needs(JOIN_SECURITY_GROUP, networkSecurityGroup?.id, PAGES.interfaces),
  ];
}

/** A network: joining the security groups of its subnets. */
export function linkedToNetwork(call: Call): readonly LinkedPermission[] {
  const subnets: readonly Mutable[] = propertiesOf(call)['subnets'] ?? [];
  return subnets.flatMap((one) =>
    needs(JOIN_SECURITY_GROUP, one['properties']?.networkSecurityGroup?.id, PAGES.networks),
  );
}

export function linkedToSubnet(call: Call): readonly LinkedPermission[] {
  return needs(JOIN_SECURITY_GROUP, propertiesOf(call)['networkSecurityGroup']?.id, PAGES.networks);
}
