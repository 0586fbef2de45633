/** Disks and snapshots, from Microsoft.Compute bodies of any api-version or from Resource Graph rows. */
import type { Disk, SecurityType, Snapshot } from '../core/estate.ts';
import { keyOf, parseId } from '../core/ids.ts';
import { at, flagAt, given, instantAt, listAt, numberAt, textAt, wordAt } from './raw.ts';
import { hasFailed, isProvisioned, item, resourceOf, unintelligible, type Normaliser } from './normalise-resource.ts';

const networkAccess = { allowall: 'allow-all', allowprivate: 'allow-private', denyall: 'deny-all' } as const;
const generations = { v1: 'V1', v2: 'V2' } as const;
const architectures = { x64: 'x64', arm64: 'arm64' } as const;
const systems = { windows: 'windows', linux: 'linux' } as const;
const encryptions = {
  encryptionatrestwithplatformkey: 'platform-key',
  encryptionatrestwithcustomerkey: 'customer-key',
  encryptionatrestwithplatformandcustomerkeys: 'platform-and-customer-keys',
} as const;

export const osWord = (raw: unknown, ...path: readonly string[]) => wordAt(systems, raw, ...path);
export const generationWord = (raw: unknown, ...path: readonly string[]) => wordAt(generations, raw, ...path);

/** `TrustedLaunch`, `ConfidentialVM`, `ConfidentialVM_DiskEncryptedWith…`; anything else is standard. */
export const securityTypeOf = (word: string | undefined): SecurityType => {
  const folded = (word ?? '').toLowerCase();
  if (folded.startsWith('confidentialvm')) return 'confidential';
  return folded === 'trustedlaunch' ? 'trusted-launch' : 'standard';
};

export const normaliseDisk: Normaliser<Disk> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const { parsed: _, ...common } = resource;
  const p = at(raw, 'properties');
  return item({
    ...common,
    zones: zonesOf(raw),
    ...given('uniqueId', textAt(p, 'uniqueId')),
    ...given('sku', textAt(raw, 'sku', 'name')),
    ...given('sizeGiB', numberAt(p, 'diskSizeGB')),
    ...given('createdAt', instantAt(p, 'timeCreated')),
    maxShares: numberAt(p, 'maxShares') ?? 1,
    entraDataAccess: textAt(p, 'dataAccessAuthMode')?.toLowerCase() === 'azureactivedirectory',
    ...given('networkAccess', wordAt(networkAccess, p, 'networkAccessPolicy')),
    ...given('publicNetworkAccess', wordAt({ enabled: true, disabled: false }, p, 'publicNetworkAccess')),
    ...given('diskAccessId', textAt(p, 'diskAccessId')),
    ...given('encryption', wordAt(encryptions, p, 'encryption', 'type')),
    ...given('encryptionSetId', textAt(p, 'encryption', 'diskEncryptionSetId')),
    azureDiskEncryption: flagAt(p, 'encryptionSettingsCollection', 'enabled') === true,
    securityType: securityTypeOf(textAt(p, 'securityProfile', 'securityType')),
    ...given('hyperVGeneration', generationWord(p, 'hyperVGeneration')),
    ...given('architecture', wordAt(architectures, p, 'supportedCapabilities', 'architecture')),
    ...given('os', osWord(p, 'osType')),
    performancePlus: flagAt(p, 'creationData', 'performancePlus') === true,
    ...given('completionPercent', numberAt(p, 'completionPercent')),
    attachedTo: attachedTo(raw),
  });
};

/** One machine in `managedBy`; a shared disk has the rest in `managedByExtended` and `shareInfo` ([K]). */
const attachedTo = (raw: unknown): readonly string[] => {
  const shared = listAt(raw, 'properties', 'shareInfo').map((share) => textAt(share, 'vmUri'));
  const ids = [textAt(raw, 'managedBy'), ...listAt(raw, 'managedByExtended'), ...shared];
  return [...new Set(ids.flatMap((id) => (typeof id === 'string' && parseId(id) ? [keyOf(id)] : [])))];
};

export const zonesOf = (raw: unknown): readonly string[] =>
  listAt(raw, 'zones').flatMap((zone) => (typeof zone === 'string' || typeof zone === 'number' ? [String(zone)] : []));

const accessStates = {
  unknown: 'unknown',
  pending: 'pending',
  available: 'available',
  instantaccess: 'instant-access',
  availablewithinstantaccess: 'available-with-instant-access',
} as const;

const sourceless = new Set(['empty', 'import', 'importsecure', 'upload', 'uploadpreparedsecure']);

export const normaliseSnapshot: Normaliser<Snapshot> = (raw) => {
  const resource = resourceOf(raw);
  if (typeof resource === 'string') return unintelligible(resource);
  const { parsed: _, ...common } = resource;
  const p = at(raw, 'properties');
  const source = textAt(p, 'creationData', 'sourceResourceId');
  const sourceType = source === undefined ? undefined : parseId(source)?.type?.toLowerCase();
  const fromDisk = source !== undefined && sourceType === 'microsoft.compute/disks';
  const fromSnapshot = source !== undefined && sourceType === 'microsoft.compute/snapshots';
  const copyError = at(p, 'copyCompletionError');
  const createOption = textAt(p, 'creationData', 'createOption')?.toLowerCase();
  // Made of nothing or of a blob (observed: Empty, Import) it is rightly of no disk; otherwise its disk is not told.
  if (source === undefined && !(createOption !== undefined && sourceless.has(createOption)))
    return unintelligible(`the snapshot ${resource.id} does not tell what it is of`);
  const saidAccess = textAt(p, 'snapshotAccessState');
  return item({
    ...common,
    ...given('sourceDiskKey', fromDisk ? keyOf(source) : undefined),
    ...given('sourceSnapshotKey', fromSnapshot ? keyOf(source) : undefined),
    ...given('sourceUniqueId', textAt(p, 'creationData', 'sourceUniqueId')),
    ...given('createdAt', instantAt(p, 'timeCreated')),
    incremental: flagAt(p, 'incremental') === true,
    ...given('sizeGiB', numberAt(p, 'diskSizeGB')),
    ...given('sku', textAt(raw, 'sku', 'name')),
    provisioned: isProvisioned(raw),
    ...(hasFailed(raw) ? { failed: true } : {}),
    ...given('completionPercent', numberAt(p, 'completionPercent')),
    // An access state this version does not know may be one that is no backup: never read it as available.
    ...given(
      'access',
      saidAccess === undefined ? undefined : (wordAt(accessStates, p, 'snapshotAccessState') ?? 'unknown'),
    ),
    ...given(
      'copyError',
      copyError === undefined ? undefined : (textAt(copyError, 'errorCode') ?? textAt(copyError, 'errorMessage')),
    ),
    ...given('networkAccess', wordAt(networkAccess, p, 'networkAccessPolicy')),
  });
};
