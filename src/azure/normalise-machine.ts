/** Virtual machines, from Microsoft.Compute bodies of any api-version or from Resource Graph rows. */
import type { AttachedDisk, Caching, Disk, Machine, OsType, PowerState } from '../core/estate.ts';
import { gapOver, known, unknown, type Collected, type Fact, type Unknown } from '../core/fact.ts';
import { keyOf, nameOf, subscriptionOf } from '../core/ids.ts';
import { isScsiOnly, parseVmSize } from '../core/vm-size.ts';
import { extensionsAction } from './kinds.ts';
import { at, flagAt, given, instantAt, isRecord, listAt, numberAt, textAt, wordAt } from './raw.ts';
import { generationWord, osWord, securityTypeOf, zonesOf } from './normalise-disk.ts';
import { item, other, resourceOf, unintelligible, type Normaliser } from './normalise-resource.ts';

const powerStates: Readonly<Record<string, PowerState>> = {
  running: 'running',
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
  deallocating: 'deallocating',
  deallocated: 'deallocated',
};

const vmTypes = new Set([
  'microsoft.compute/virtualmachines',
  'microsoft.compute/virtualmachinescalesets/virtualmachines',
]);

const missing = (what: string): Fact<never> =>
  unknown('not-answered', `Azure's answer about the machine holds no ${what}.`);

/** The machine as its own answer tells it; `linkDisks` puts the disks in. */
export const normaliseMachine: Normaliser<Machine> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const type = resource.parsed.type?.toLowerCase() ?? '';
  if (!vmTypes.has(type)) return other;
  const { parsed: _, ...common } = resource;
  const p = at(raw, 'properties');
  const security = securityTypeOf(textAt(p, 'securityProfile', 'securityType'));
  const size = textAt(p, 'hardwareProfile', 'vmSize');
  const generation = generationOf(p, security);
  const scaleSetId = textAt(p, 'virtualMachineScaleSet', 'id');
  return item({
    ...common,
    zones: zonesOf(raw),
    vmId: factOf(textAt(p, 'vmId'), 'vmId'),
    os: factOf(osOf(p), 'operating system type'),
    ...given('image', imageOf(p)),
    hasPlan: textAt(raw, 'plan', 'name') !== undefined,
    size: factOf(size, 'size'),
    ...runtimeOf(p),
    securityType: security,
    encryptionAtHost: flagAt(p, 'securityProfile', 'encryptionAtHost') === true,
    diskController: controllerOf(p, size, generation),
    hyperVGeneration: generation,
    architecture: factOf(architectureOfSize(size), 'processor architecture'),
    ...given('scaleSetId', scaleSetId),
    ...given('scaleSetMode', scaleSetModeOf(type, scaleSetId)),
    dedicatedHost: textAt(p, 'host', 'id') !== undefined || textAt(p, 'hostGroup', 'id') !== undefined,
    spot: ['spot', 'low'].includes(textAt(p, 'priority')?.toLowerCase() ?? ''),
    ...given('availabilitySetId', textAt(p, 'availabilitySet', 'id')),
    extensions: extensionsOf(raw),
    ...given('createdAt', instantAt(p, 'timeCreated')),
    disks: disksOf(p),
    ...given('disksUnknown', disksUnknownOf(p)),
  });
};

const factOf = <T>(value: T | undefined, what: string): Fact<T> => (value === undefined ? missing(what) : known(value));

const osOf = (p: unknown): OsType | undefined => {
  const said = osWord(p, 'storageProfile', 'osDisk', 'osType');
  if (said) return said;
  if (at(p, 'osProfile', 'windowsConfiguration') !== undefined) return 'windows';
  return at(p, 'osProfile', 'linuxConfiguration') === undefined ? undefined : 'linux';
};

const imageOf = (p: unknown): Machine['image'] => {
  const reference = at(p, 'storageProfile', 'imageReference');
  if (!isRecord(reference)) return undefined;
  const image = {
    ...given('publisher', textAt(reference, 'publisher')),
    ...given('offer', textAt(reference, 'offer')),
    ...given('sku', textAt(reference, 'sku')),
    ...given(
      'id',
      textAt(reference, 'id') ??
        textAt(reference, 'sharedGalleryImageId') ??
        textAt(reference, 'communityGalleryImageId'),
    ),
  };
  return Object.keys(image).length === 0 ? undefined : image;
};

/**
 * An instance view with `statuses` decides whether the machine is generalized (no OSState means it is not); Resource
 * Graph
 * keeps a digest with the power state alone (facts Q-06), which leaves the rest unknown.
 */
const runtimeOf = (p: unknown): Pick<Machine, 'power' | 'generalized' | 'agent'> => {
  const view = at(p, 'instanceView');
  const codes = statusCodes(view);
  const digest = textAt(p, 'extended', 'instanceView', 'powerState', 'code');
  const power = powerOf([...codes, ...(digest === undefined ? [] : [digest.toLowerCase()])]);
  const generalized: Fact<boolean> =
    codes.length > 0 ? known(codes.includes('osstate/generalized')) : missing('instance view');
  return { power, generalized, agent: agentOf(view) };
};

const statusCodes = (view: unknown): readonly string[] =>
  listAt(view, 'statuses').flatMap((status) => textAt(status, 'code')?.toLowerCase() ?? []);

const powerOf = (codes: readonly string[]): Fact<PowerState> => {
  const code = codes.find((c) => c.startsWith('powerstate/'))?.slice('powerstate/'.length);
  if (code === undefined) return missing('power state');
  const state = Object.hasOwn(powerStates, code) ? powerStates[code] : undefined;
  return state === undefined ? unknown('unintelligible', `Azure says the power state is "${code}".`) : known(state);
};

const agentOf = (view: unknown): Fact<'ready' | 'not-ready'> => {
  const statuses = listAt(view, 'vmAgent', 'statuses');
  if (statuses.length === 0) return missing('agent status');
  const ready = statuses.some(
    (s) =>
      textAt(s, 'code')?.toLowerCase() === 'provisioningstate/succeeded' ||
      textAt(s, 'displayStatus')?.toLowerCase() === 'ready',
  );
  return known(ready ? 'ready' : 'not-ready');
};

/** A processor named in the size: https://learn.microsoft.com/azure/virtual-machines/vm-naming-conventions */
const architectureOfSize = (size: string | undefined): 'x64' | 'arm64' | undefined => {
  const parsed = size === undefined ? undefined : parseVmSize(size);
  return parsed === undefined ? undefined : parsed.processor === 'arm' ? 'arm64' : 'x64';
};

/**
 * Trusted Launch and confidential machines are generation 2:
 * https://learn.microsoft.com/azure/virtual-machines/trusted-launch
 */
const generationOf = (p: unknown, security: Machine['securityType']): Machine['hyperVGeneration'] =>
  factOf(
    security === 'standard'
      ? (generationWord(p, 'instanceView', 'hyperVGeneration') ??
          generationWord(p, 'extended', 'instanceView', 'hyperVGeneration') ??
          generationWord(p, 'hyperVGeneration'))
      : 'V2',
    'generation',
  );

const controllerOf = (
  p: unknown,
  size: string | undefined,
  generation: Machine['hyperVGeneration'],
): Machine['diskController'] => {
  const said = wordAt({ scsi: 'scsi', nvme: 'nvme' } as const, p, 'storageProfile', 'diskControllerType');
  if (said !== undefined) return known(said);
  // NVMe needs generation 2: https://learn.microsoft.com/azure/virtual-machines/enable-nvme-interface
  if (generation.known && generation.value === 'V1') return known('scsi');
  return factOf(size !== undefined && isScsiOnly(size) ? 'scsi' : undefined, 'disk controller type');
};

/**
 * Members of a Flexible scale set are ordinary virtual machines; Uniform members have a type of their own:
 * https://learn.microsoft.com/azure/virtual-machine-scale-sets/virtual-machine-scale-sets-orchestration-modes
 */
const scaleSetModeOf = (type: string, scaleSetId: string | undefined): Machine['scaleSetMode'] => {
  if (type.startsWith('microsoft.compute/virtualmachinescalesets/')) return known('uniform');
  return scaleSetId === undefined ? undefined : known('flexible');
};

/**
 * A machine's own answer lists its extensions as `resources`; a Resource Graph row (it has `subscriptionId`) does not.
 * `null`: the login may not see any.
 */
const extensionsOf = (raw: unknown): Fact<readonly string[]> => {
  const resources = listAt(raw, 'resources').flatMap((e) => textAt(e, 'properties', 'type') ?? idName(e) ?? []);
  const viewed = listAt(raw, 'properties', 'instanceView', 'extensions').flatMap((e) => textAt(e, 'name') ?? []);
  const types = resources.length > 0 ? resources : viewed;
  if (types.length === 0 && isRecord(raw) && raw['resources'] === null) {
    const scope = `/subscriptions/${subscriptionOf(textAt(raw, 'id') ?? '')}`;
    return unknown('no-permission', `The login lacks ${extensionsAction} at ${scope}.`, {
      action: extensionsAction,
      scope,
    });
  }
  if (types.length === 0 && at(raw, 'resources') === undefined && textAt(raw, 'subscriptionId') !== undefined) {
    return unknown('not-read', 'Resource Graph keeps extensions apart from their machine.');
  }
  return known([...new Set(types)].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
};

const idName = (extension: unknown): string | undefined => {
  const id = textAt(extension, 'id');
  return id === undefined ? undefined : nameOf(id);
};

const cachings: Readonly<Record<string, Caching>> = { none: 'none', readonly: 'read-only', readwrite: 'read-write' };

const disksOf = (p: unknown): readonly AttachedDisk[] => {
  const profile = at(p, 'storageProfile');
  const os = at(profile, 'osDisk');
  const data = listAt(profile, 'dataDisks')
    .filter(isRecord)
    .map((disk) => attachedDisk(disk, 'data'));
  return [...(isRecord(os) ? [attachedDisk(os, 'os')] : []), ...data.sort((a, b) => (a.lun ?? 0) - (b.lun ?? 0))];
};

/** Azure always tells both, an empty list where there are no data disks (observed: every machine). */
const disksUnknownOf = (p: unknown): Unknown | undefined => {
  const data = at(p, 'storageProfile', 'dataDisks');
  const told = isRecord(at(p, 'storageProfile', 'osDisk')) && Array.isArray(data) && data.every(isRecord);
  return told
    ? undefined
    : unknown('unintelligible', "Azure's answer about the machine does not tell its disks in a form that is known.");
};

const attachedDisk = (raw: unknown, role: AttachedDisk['role']): AttachedDisk => {
  const id = textAt(raw, 'managedDisk', 'id');
  const vhdUri = textAt(raw, 'vhd', 'uri');
  const managed = isRecord(at(raw, 'managedDisk'));
  const kind =
    textAt(raw, 'diffDiskSettings', 'option')?.toLowerCase() === 'local'
      ? 'ephemeral'
      : vhdUri !== undefined && !managed
        ? 'unmanaged'
        : 'managed';
  return {
    role,
    ...given('lun', role === 'data' ? numberAt(raw, 'lun') : undefined),
    name: textAt(raw, 'name') ?? (id === undefined ? '' : nameOf(id)),
    kind,
    ...given('id', id),
    ...given('key', id === undefined ? undefined : keyOf(id)),
    ...given('vhdUri', vhdUri),
    caching: wordAt(cachings, raw, 'caching') ?? 'none',
    writeAccelerator: flagAt(raw, 'writeAcceleratorEnabled') === true,
    ...given('declaredSizeGiB', numberAt(raw, 'diskSizeGB')),
    ...given('declaredSku', textAt(raw, 'managedDisk', 'storageAccountType')),
    disk: unlinked[kind],
  };
};

const unlinked: Readonly<Record<AttachedDisk['kind'], Fact<Disk>>> = {
  managed: unknown('not-answered', 'The machine names this disk and no answer holds it.'),
  unmanaged: unknown('not-knowable', 'An unmanaged disk is a blob in a storage account, not a resource.'),
  ephemeral: unknown('not-knowable', 'An ephemeral disk lives on the host, not as a resource.'),
};

/** Puts the disks that were read into the machines, and what only the operating system disk tells into the machine. */
export const linkDisks = (machines: readonly Machine[], disks: Collected<Disk>): readonly Machine[] => {
  const byKey = new Map(disks.items.map((disk) => [disk.key, disk]));
  return machines.map((machine) => {
    const linked = machine.disks.map((attached): AttachedDisk => {
      if (attached.key === undefined) return attached;
      const disk = byKey.get(attached.key);
      if (disk !== undefined) return { ...attached, disk: known(disk) };
      if (attached.kind !== 'managed') return attached;
      const hidden = gapOver(disks, attached.key);
      return hidden === undefined ? attached : { ...attached, disk: withoutScope(hidden) };
    });
    const os = linked.find((d) => d.role === 'os')?.disk;
    return { ...machine, disks: linked, ...(os?.known ? toldByDisk(machine, os.value) : {}) };
  });
};

const withoutScope = ({ reason, detail, action, scope }: ReturnType<typeof gapOver> & object): Fact<never> =>
  unknown(reason, detail, action === undefined ? {} : { action, scope });

const toldByDisk = (machine: Machine, disk: Disk): Partial<Machine> => ({
  ...(!machine.hyperVGeneration.known && disk.hyperVGeneration
    ? { hyperVGeneration: known(disk.hyperVGeneration) }
    : {}),
  ...(disk.architecture ? { architecture: known(disk.architecture) } : {}),
  ...(!machine.os.known && disk.os ? { os: known(disk.os) } : {}),
});
