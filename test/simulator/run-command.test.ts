import { describe, expect, it } from 'vitest';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, rigOf, type Exchanged, type Rig } from './rig.ts';

const VM = `${GROUP}/providers/Microsoft.Compute/virtualMachines/vm-1`;
const VERSION = 'api-version=2024-07-01';

const run = (rig: Rig, script: readonly string[], commandId = 'RunShellScript'): Promise<Exchanged> =>
  rig.send('POST', `${VM}/runCommand?${VERSION}`, { commandId, script });
const codes = async (rig: Rig): Promise<readonly string[]> => {
  const { statuses } = (await rig.send('GET', `${VM}/instanceView?${VERSION}`)).body;
  return statuses.map((each: Mutable) => each['code']);
};
const deprovisioned = (rig: Rig): unknown =>
  rig.simulator.state().resources.find(({ body }) => body['managedBy'] === VM)?.hidden['deprovisioned'];

describe('a command run in a machine', () => {
  it('is accepted without a body, and its output comes with the operation and at its Location', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    const accepted = await run(rig, ['uname -a']);
    expect([accepted.status, accepted.body]).toEqual([202, {}]);
    const busy = await run(rig, ['uptime']);
    expect([busy.status, busy.body['error'].code]).toEqual([409, 'Conflict']);
    const ended = await rig.settle(accepted);
    expect(ended['properties'].output.value[0].code).toBe('ProvisioningState/succeeded');
    const { body } = await rig.send('GET', accepted.headers.get('location')!);
    expect(body['value'][0].message).toContain('[stdout]');
    expect((await run(rig, ['uptime'])).status).toBe(202);
  });

  it('deprovisions a Linux guest, which runs on; unasked-for questions leave it as it was', async () => {
    const rig = rigOf('  - { name: vm-1 }');
    await rig.settle(await run(rig, ['sudo waagent -deprovision+user']));
    expect(deprovisioned(rig)).toBe(false);
    await rig.settle(await run(rig, ['# waagent -deprovision+user -force', 'true']));
    expect(deprovisioned(rig)).toBe(false);
    await rig.settle(await run(rig, ['sudo waagent -deprovision+user -force']));
    expect(deprovisioned(rig)).toBe(true);
    rig.simulator.clock.advance(60_000);
    expect(await codes(rig)).toContain('PowerState/running');
  });

  it('runs Sysprep in a Windows guest, which then stops', async () => {
    const rig = rigOf('  - { name: vm-1, os: windows }');
    const script = ['& "$env:SystemRoot\\System32\\Sysprep\\Sysprep.exe" /generalize /oobe /mode:vm /quiet /shutdown'];
    const accepted = await run(rig, script, 'RunPowerShellScript');
    rig.simulator.clock.advance(120_000);
    const ended = await rig.settle(accepted);
    expect(ended['properties'].output.value.map((each: Mutable) => each['code'])).toEqual([
      'ComponentStatus/StdOut/succeeded',
      'ComponentStatus/StdErr/succeeded',
    ]);
    expect(deprovisioned(rig)).toBe(true);
    expect(await codes(rig)).toContain('PowerState/running');
    rig.simulator.clock.advance(20_000);
    expect(await codes(rig)).toContain('PowerState/stopped');
    expect((await rig.send('POST', `${VM}/generalize?${VERSION}`)).status).toBe(200);
  });

  it.each([
    ['that is off', '{ name: vm-1, power: deallocated }', 'RunShellScript', 409, 'OperationNotAllowed'],
    ['without an agent', '{ name: vm-1, agent: missing }', 'RunShellScript', 409, 'VMAgentStatusCommunicationError'],
    ['of the other system', '{ name: vm-1 }', 'RunPowerShellScript', 400, 'InvalidParameter'],
  ])('is refused in a machine %s', async (_, machine, commandId, status, code) => {
    const refused = await run(rigOf(`  - ${machine}`), ['true'], commandId);
    expect([refused.status, refused.body['error'].code]).toEqual([status, code]);
  });
});
