import type { Mutable } from '../service.ts';
import { text } from './arm-resource.ts';

export type OsType = 'Windows' | 'Linux';

/** What the guest says of itself once its agent runs, where no image tells. */
const GUESTS: Readonly<Record<OsType, { readonly osName: string; readonly osVersion: string }>> = {
  Windows: { osName: 'Windows Server 2022 Datacenter', osVersion: 'Microsoft Windows NT 10.0.20348.0' },
  Linux: { osName: 'ubuntu', osVersion: '22.04' },
};
const IMAGE_SIZE_GIB: Readonly<Record<OsType, number>> = { Windows: 127, Linux: 30 };
/** Which build `latest` stood for; images are not simulated. */
const LATEST_BUILD = '1.0.20261001';

/**
 * The properties of a written machine as a GET will show them: nulls gone, words in Azure's spelling, the fields that
 * Azure fills in. https://learn.microsoft.com/rest/api/compute/virtual-machines/create-or-update
 */
export function withMachineDefaults(sent: Mutable, old: Mutable, place: { location: string; now: number }): Mutable {
  const properties = withoutNulls(sent) as Mutable;
  const storage = properties['storageProfile'];
  const osType = osTypeOf(properties, old);
  if (storage !== undefined) {
    for (const disk of [storage['osDisk'], ...(storage['dataDisks'] ?? [])]) {
      if (disk !== undefined) disk['createOption'] = createOptionOf(disk['createOption']);
    }
    if (storage['osDisk'] !== undefined) {
      const isImage = storage['osDisk']['createOption'] === 'FromImage';
      storage['osDisk'] = {
        osType,
        ...(isImage ? { diskSizeGB: old['storageProfile']?.osDisk?.diskSizeGB ?? IMAGE_SIZE_GIB[osType] } : {}),
        deleteOption: 'Detach',
        caching: isImage ? 'ReadWrite' : 'None',
        ...storage['osDisk'],
      };
    }
    if (storage['imageReference'] !== undefined) storage['imageReference'] = imageOf(storage['imageReference']);
  }
  if (properties['osProfile'] !== undefined)
    properties['osProfile'] = osProfileOf(properties['osProfile'], osType, place);
  return properties;
}

export function guestOf(properties: Mutable): { readonly osName: string; readonly osVersion: string } {
  return GUESTS[osTypeOf(properties, {})];
}

/** Told by the disk, else by the profile's dialect, else by the image's name; what nothing tells is taken for Linux. */
function osTypeOf(properties: Mutable, old: Mutable): OsType {
  const storage: Mutable = properties['storageProfile'] ?? {};
  const told = text(storage['osDisk']?.osType) ?? text(old['storageProfile']?.osDisk?.osType);
  if (told !== undefined) return /^windows$/i.test(told) ? 'Windows' : 'Linux';
  if (properties['osProfile']?.windowsConfiguration !== undefined) return 'Windows';
  if (properties['osProfile']?.linuxConfiguration !== undefined) return 'Linux';
  const { publisher = '', offer = '' } = storage['imageReference'] ?? {};
  return /windows|sqlserver|visualstudio/i.test(`${publisher} ${offer}`) ? 'Windows' : 'Linux';
}

function createOptionOf(sent: unknown): string {
  const known = ['FromImage', 'Empty', 'Attach', 'Copy', 'Restore'];
  return known.find((each) => each.toLowerCase() === String(sent).toLowerCase()) ?? String(sent);
}

function imageOf(sent: Mutable): Mutable {
  if (sent['publisher'] === undefined) return sent;
  const version = text(sent['version']) ?? 'latest';
  return { ...sent, version, exactVersion: version === 'latest' ? LATEST_BUILD : version };
}

/** Passwords and custom data never come back. */
function osProfileOf(sent: Mutable, osType: OsType, { location, now }: { location: string; now: number }): Mutable {
  const { adminPassword: _secret, customData: _data, windowsConfiguration, linuxConfiguration, ...shown } = sent;
  const patchMode = osType === 'Windows' ? 'AutomaticByOS' : 'ImageDefault';
  const common = {
    provisionVMAgent: true,
    patchSettings: { patchMode, assessmentMode: 'ImageDefault' },
  };
  // Recorded of 2024 as true in the regions that get changes first and not told elsewhere; of Windows in 2023 as false.
  const first = /euap$/i.test(location);
  const told = first || (osType === 'Windows' && now < Date.UTC(2024, 0, 1));
  const filled = { ...common, ...(told ? { enableVMAgentPlatformUpdates: first } : {}) };
  const configuration =
    osType === 'Windows'
      ? { windowsConfiguration: { enableAutomaticUpdates: true, ...filled, ...windowsConfiguration } }
      : { linuxConfiguration: { disablePasswordAuthentication: false, ...filled, ...linuxConfiguration } };
  return {
    ...shown,
    ...configuration,
    secrets: sent['secrets'] ?? [],
    allowExtensionOperations: true,
    requireGuestProvisionSignal: true,
  };
}

/** A null in a request stands for an absent field, and a block of nothing else for an absent block. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, each]) => {
      const kept = withoutNulls(each);
      const emptied = isEmptyBlock(kept) && !isEmptyBlock(each);
      return kept === null || emptied ? [] : [[key, kept]];
    }),
  );
}

function isEmptyBlock(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
