/** One resource by its id: who is asked for it, in which version, and what its answer means. */
import { describe, expect, it } from 'vitest';
import { apiVersions } from '../../src/azure/kinds.ts';
import { addressOf, provisioningOf, readResource } from '../../src/azure/resource.ts';
import { inTurn, signal, stubArm } from './steps/stub-arm.ts';

const group = '/subscriptions/s/resourceGroups/g';
const vault = `${group}/providers/Microsoft.RecoveryServices/vaults/v`;

describe('who is asked', () => {
  it.each([
    [group, 'resources', apiVersions.resources],
    [`${group}/providers/Microsoft.Compute/virtualMachines/vm`, 'compute', apiVersions.compute],
    [`${group}/providers/microsoft.compute/SNAPSHOTS/s`, 'compute', apiVersions.snapshot],
    [`${group}/providers/Microsoft.Compute/disks/d`, 'compute', apiVersions.disk],
    [`${group}/providers/Microsoft.Compute/galleries/g/images/i/versions/1`, 'compute', apiVersions.gallery],
    [`${group}/providers/Microsoft.Compute/restorePointCollections/c/restorePoints/p`, 'compute', apiVersions.compute],
    [`${group}/providers/Microsoft.Network/virtualNetworks/n`, 'resources', apiVersions.network],
    [`${group}/providers/Microsoft.Storage/storageAccounts/a`, 'resources', apiVersions.storage],
    [vault, 'recovery-services', apiVersions.vault],
    [`${vault}/backupPolicies/p`, 'backup', apiVersions.backup],
    [`${vault}/backupFabrics/Azure/protectionContainers/c/protectedItems/i`, 'backup', apiVersions.backup],
    [`${vault}/replicationPolicies/p`, 'site-recovery', apiVersions.siteRecovery],
    [`${vault}/replicationFabrics/f`, 'site-recovery', apiVersions.siteRecovery],
  ])('for %s is %s, in version %s', (id, provider, apiVersion) => {
    expect(addressOf(id)).toEqual({ provider, apiVersion });
  });

  it('is nobody for what no client speaks for: no other one is asked instead', () => {
    expect(() => addressOf(`${group}/providers/Microsoft.Sql/servers/s`)).toThrow('no client speaks for');
  });
});

describe('what a resource says of itself', () => {
  it.each([
    ['Succeeded', 'ready'],
    ['succeeded', 'ready'],
    [undefined, 'ready'],
    ['Failed', 'failed'],
    ['Canceled', 'failed'],
    ['Creating', 'coming'],
    ['Updating', 'coming'],
    ['Deleting', 'coming'],
    ['a word of tomorrow', 'coming'],
  ])('%s means %s', (provisioningState, wanted) => {
    expect(provisioningOf({ properties: { provisioningState } })).toBe(wanted);
  });
});

describe('a read', () => {
  it.each([
    ['body', { status: 200, body: { a: 1 } }],
    ['none', { status: 404, body: { error: { code: 'ResourceNotFound', message: '' } } }],
    ['refused', { status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } }],
    ['refused', { status: 400, body: { error: { code: 'InvalidParameter', message: '' } } }],
    ['throttled', { status: 429, body: { error: { code: 'TooManyRequests', message: '' } } }],
    ['uncertain', { status: 503, body: { error: { code: 'ServiceUnavailable', message: '' } } }],
    ['uncertain', { status: 409, body: { error: { code: 'AnotherOperationInProgress', message: '' } } }],
  ] as const)('is %s, and only Azure’s own 404 is none', async (kind, reply) => {
    const arm = stubArm(inTurn(reply));
    expect((await readResource(arm, vault, signal, { $expand: 'x' })).kind).toBe(kind);
    expect(arm.sent).toMatchObject([{ method: 'GET', path: vault, query: { $expand: 'x' } }]);
  });
});
