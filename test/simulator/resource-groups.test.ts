import { describe, expect, it } from 'vitest';
import { GROUP, Rig } from './rig.ts';

const VERSION = 'api-version=2021-04-01';
const VAULT = `${GROUP}/providers/Microsoft.RecoveryServices/vaults/vault-1`;

async function groupWithVault(): Promise<Rig> {
  const rig = new Rig({ role: { name: 'Everything', actions: ['*'], notActions: [] } });
  await rig.group();
  await rig.disk('data');
  const vault = await rig.send('PUT', `${VAULT}?api-version=2024-04-01`, {
    location: 'westeurope',
    sku: { name: 'Standard' },
    properties: { publicNetworkAccess: 'Enabled' },
  });
  await rig.settle(vault);
  return rig;
}

async function endOfDeletion(rig: Rig): Promise<{ status: number; code: unknown }> {
  const accepted = await rig.send('DELETE', `${GROUP}?${VERSION}`);
  expect(accepted.status).toBe(202);
  rig.simulator.clock.advance(5 * 60_000);
  const ended = await rig.send('GET', accepted.headers.get('location')!);
  return { status: ended.status, code: ended.body['error']?.code };
}

describe('the deletion of a resource group', () => {
  it('takes everything in it, an empty vault too', async () => {
    const rig = await groupWithVault();
    expect(await endOfDeletion(rig)).toEqual({ status: 200, code: undefined });
    expect((await rig.send('GET', `${GROUP}?${VERSION}`)).body['error'].code).toBe('ResourceGroupNotFound');
  });

  it('ends in 409 while a vault in it holds items: vault, items and group stay, the rest is gone', async () => {
    const rig = await groupWithVault();
    const item = `${VAULT}/backupFabrics/Azure/protectionContainers/c/protectedItems/i`;
    rig.simulator.world.store.put({
      id: item,
      type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems',
      body: { name: 'i', properties: {} },
    });
    expect(await endOfDeletion(rig)).toEqual({ status: 409, code: 'ResourceGroupDeletionBlocked' });
    expect((await rig.send('GET', `${GROUP}?${VERSION}`)).body['properties'].provisioningState).toBe('Succeeded');
    expect((await rig.send('GET', `${VAULT}?api-version=2024-04-01`)).status).toBe(200);
    expect(rig.simulator.world.store.get(item)).toBeDefined();
    const disk = await rig.send('GET', `${GROUP}/providers/Microsoft.Compute/disks/data?api-version=2024-03-02`);
    expect(disk.status).toBe(404);
  });

  it('lets nothing be made in it while it lasts', async () => {
    const rig = await groupWithVault();
    await rig.send('DELETE', `${GROUP}?${VERSION}`);
    const refused = await rig.send('PUT', `${GROUP}/providers/Microsoft.Compute/disks/late?api-version=2024-03-02`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
    });
    expect(refused).toMatchObject({ status: 409, body: { error: { code: 'ResourceGroupBeingDeleted' } } });
    const again = await rig.send('PUT', `${GROUP}?${VERSION}`, { location: 'westeurope' });
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'ResourceGroupBeingDeleted' } } });
  });
});
