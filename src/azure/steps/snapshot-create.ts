/** PUT snapshots, answered 202 with a body and an operation. https://learn.microsoft.com/rest/api/compute/snapshots/create-or-update */
import type { SnapshotInput, StoredSnapshotInput } from '../../core/steps/snapshot.ts';
import { given } from '../raw.ts';
import { putRunner, type MakeRunner } from './runner.ts';

export const snapshotCreate: MakeRunner<'snapshot.create'> = (step, tools) =>
  putRunner(step, tools, snapshotBody(step.input));

/**
 * Nothing of the disk's own protection is inherited for sure (facts S-18, S-19), so what the plan found there is said again:
 * network access, encryption, generation, security type.
 */
export const snapshotBody = (input: SnapshotInput) => ({
  location: input.location,
  tags: input.tags,
  sku: { name: input.sku },
  properties: {
    creationData: { createOption: 'Copy', sourceResourceId: input.sourceDiskId },
    incremental: input.incremental,
    ...protectionOf(input),
  },
});

export const protectionOf = (input: StoredSnapshotInput) => ({
  networkAccessPolicy: networkPolicies[input.networkAccess],
  publicNetworkAccess: input.publicNetworkAccess ? 'Enabled' : 'Disabled',
  ...given('diskAccessId', input.diskAccessId),
  ...given('hyperVGeneration', input.hyperVGeneration),
  ...given(
    'encryption',
    input.encryption && {
      type: azureWord(encryptionTypes, input.encryption.type),
      ...given('diskEncryptionSetId', input.encryption.encryptionSetId),
    },
  ),
  ...given(
    'securityProfile',
    input.securityType === undefined ? undefined : { securityType: azureWord(securityTypes, input.securityType) },
  ),
  ...given(
    'supportedCapabilities',
    input.architecture === undefined ? undefined : { architecture: azureWord(architectures, input.architecture) },
  ),
});

const networkPolicies = { 'allow-all': 'AllowAll', 'allow-private': 'AllowPrivate', 'deny-all': 'DenyAll' } as const;

/** Our words in Azure's spelling; a word that is Azure's already passes. */
const azureWord = (vocabulary: Readonly<Record<string, string>>, word: string): string => vocabulary[word] ?? word;

const encryptionTypes = {
  'platform-key': 'EncryptionAtRestWithPlatformKey',
  'customer-key': 'EncryptionAtRestWithCustomerKey',
  'platform-and-customer-keys': 'EncryptionAtRestWithPlatformAndCustomerKeys',
};
const securityTypes = { 'trusted-launch': 'TrustedLaunch' };
const architectures = { arm64: 'Arm64', X64: 'x64' };
