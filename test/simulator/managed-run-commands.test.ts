import { describe, expect, it } from 'vitest';
import { owner } from '../../src/simulator/fleet.ts';
import { GROUP, Rig, rigOf, SUBSCRIPTION, type Exchanged } from './rig.ts';

const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1`;
const VERSION = 'api-version=2024-07-01';
const COMMAND = `${VM}/runCommands/clean`;

const put = (rig: Rig, script: string, more = {}): Promise<Exchanged> =>
  rig.send('PUT', `${COMMAND}?${VERSION}`, { location: 'westeurope', properties: { source: { script }, ...more } });
const view = async (rig: Rig) =>
  (await rig.send('GET', `${COMMAND}?${VERSION}&$expand=instanceView`)).body['properties'];
const deprovisioned = (rig: Rig): unknown =>
  rig.simulator.state().resources.find(({ body }) => body['managedBy'] === VM)?.hidden['deprovisioned'];

describe('a managed run command', () => {
  it('is a resource of the machine, whose end can be read afterwards', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const accepted = await put(rig, 'waagent -deprovision+user -force', { treatFailureAsDeploymentFailure: true });
    expect([accepted.status, accepted.body['properties'].provisioningState, accepted.headers.has('location')]).toEqual([
      201,
      'Creating',
      false,
    ]);
    expect((await view(rig)).instanceView.executionState).toBe('Running');
    expect(deprovisioned(rig)).toBe(false);
    expect((await rig.settle(accepted))['status']).toBe('Succeeded');
    expect((await view(rig)).instanceView).toMatchObject({ executionState: 'Succeeded', exitCode: 0 });
    expect(deprovisioned(rig)).toBe(true);
    expect((await rig.send('GET', `${COMMAND}?${VERSION}`)).body['properties'].instanceView).toBeUndefined();
    expect((await put(rig, 'true')).status).toBe(200);
  });

  it('fails with its script where it was asked to, and says so in the view alone where it was not', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const failed = await rig.settle(await put(rig, 'freeze\nexit 3', { treatFailureAsDeploymentFailure: true }));
    expect([failed['status'], failed['error'].code]).toEqual(['Failed', 'VMExtensionProvisioningError']);
    expect(await view(rig)).toMatchObject({
      provisioningState: 'Failed',
      instanceView: { executionState: 'Failed', exitCode: 3 },
    });
    expect((await rig.settle(await put(rig, 'exit 4')))['status']).toBe('Succeeded');
    expect(await view(rig)).toMatchObject({ provisioningState: 'Succeeded', instanceView: { exitCode: 4 } });
  });

  it('is refused on a machine that does not run, and goes with its machine', async () => {
    const rig = new Rig({
      fleet: { ...rigOf('  - { name: vm-1 }').simulator.fleet, principals: [owner([SUBSCRIPTION])] },
    });
    await rig.settle(await put(rig, 'true'));
    await rig.settle(await rig.send('POST', `${VM}/deallocate?${VERSION}`));
    const refused = await put(rig, 'true');
    expect([refused.status, refused.body['error'].code]).toEqual([409, 'OperationNotAllowed']);
    await rig.settle(await rig.send('DELETE', `${VM}?${VERSION}`));
    expect(rig.simulator.state().resources.filter(({ id }) => id.includes('/runCommands/'))).toEqual([]);
  });

  it('never tells the secrets it was given', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const secrets = { runAsUser: 'u', runAsPassword: 's3cret', protectedParameters: [{ name: 'p', value: 's3cret' }] };
    const accepted = await put(rig, 'true', secrets);
    expect(JSON.stringify([accepted.body, await view(rig)])).not.toContain('s3cret');
    expect((await view(rig)).runAsUser).toBe('u');
  });
});
