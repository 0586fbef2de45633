/**
 * The ways from a machine to a copy elsewhere and to further machines, over the simulator alone: every answer is held
 * against Azure's documents, galleries excepted, which have none.
 */
import { describe, expect, it } from 'vitest';
import { owner } from '../../src/simulator/fleet.ts';
import type { Mutable } from '../../src/simulator/service.ts';
import { expectConforming } from '../e2e/conforming.ts';
import { GROUP, Rig, SUBSCRIPTION, rigOf } from '../simulator/rig.ts';

const COMPUTE = `${GROUP}/providers/Microsoft.Compute`;
const SOURCE = `${COMPUTE}/virtualMachines/src`;
const VM_API = '2024-07-01';
const DISK_API = '2024-03-02';

class Walk {
  readonly rig: Rig;
  constructor() {
    const { fleet } = rigOf('  - { name: src, dataDisks: [{ sizeGiB: 32 }] }').simulator;
    this.rig = new Rig({ fleet: { ...fleet, principals: [owner([SUBSCRIPTION])] }, tokenLifetimeSeconds: 86_400 });
  }

  async put(path: string, apiVersion: string, body: Mutable): Promise<Mutable> {
    const accepted = await this.rig.send('PUT', `${path}?api-version=${apiVersion}`, body);
    expect(accepted.status, JSON.stringify(accepted.body)).toBeLessThan(300);
    if (accepted.headers.has('azure-asyncoperation')) {
      const ended = await this.rig.settle(accepted);
      expect(ended['status'], JSON.stringify(ended)).toBe('Succeeded');
    }
    return (await this.rig.send('GET', `${path}?api-version=${apiVersion}`)).body;
  }

  async post(path: string, apiVersion: string, body?: Mutable): Promise<void> {
    const accepted = await this.rig.send('POST', `${path}?api-version=${apiVersion}`, body);
    expect(accepted.status).toBeLessThan(300);
    if (accepted.headers.has('azure-asyncoperation')) await this.rig.settle(accepted);
  }
}

describe('capturing and copying', () => {
  it('answers as Azure’s documents describe', async (context) => {
    const walk = new Walk();
    const { rig } = walk;
    const vm = (await rig.send('GET', `${SOURCE}?api-version=${VM_API}`)).body;
    const osDisk: string = vm['properties'].storageProfile.osDisk.managedDisk.id;
    const from = (createOption: string, sourceResourceId: string, location = 'westeurope'): Mutable => ({
      location,
      properties: { creationData: { createOption, sourceResourceId } },
    });
    const incremental = (body: Mutable): Mutable => ({
      ...body,
      properties: { ...body['properties'], incremental: true },
    });

    // A snapshot and a restore point, both copied to another region.
    await walk.put(`${COMPUTE}/snapshots/s`, DISK_API, incremental(from('Copy', osDisk)));
    const elsewhere = incremental(from('CopyStart', `${COMPUTE}/snapshots/s`, 'northeurope'));
    await walk.put(`${COMPUTE}/snapshots/s-neu`, DISK_API, elsewhere);
    const collections = `${COMPUTE}/restorePointCollections`;
    const here = { location: 'westeurope', properties: { source: { id: SOURCE } } };
    await walk.put(`${collections}/weu`, VM_API, here);
    await walk.put(`${collections}/weu/restorePoints/p`, VM_API, {});
    const there = { location: 'northeurope', properties: { source: { id: `${collections}/weu` } } };
    await walk.put(`${collections}/neu`, VM_API, there);
    const copied = { properties: { sourceRestorePoint: { id: `${collections}/weu/restorePoints/p` } } };
    const point = await walk.put(`${collections}/neu/restorePoints/p`, VM_API, copied);
    await rig.send('GET', `${collections}/neu/restorePoints/p?$expand=instanceView&api-version=${VM_API}`);
    await rig.send('GET', `${collections}/neu/restorePoints/p/diskRestorePoints?api-version=${DISK_API}`);
    const diskPoint = point['properties'].sourceMetadata.storageProfile.dataDisks[0].diskRestorePoint.id;
    await walk.put(`${COMPUTE}/disks/restored`, DISK_API, from('Restore', diskPoint, 'northeurope'));

    // The safe path to an image, and a machine of it.
    await walk.put(`${COMPUTE}/disks/copy`, DISK_API, from('Copy', `${COMPUTE}/snapshots/s`));
    const managedDisk = { id: `${COMPUTE}/disks/copy` };
    const attached = { osDisk: { createOption: 'Attach', osType: 'Linux', managedDisk } };
    const hardwareProfile = { vmSize: 'Standard_D2s_v5' };
    const temporary = { location: 'westeurope', properties: { hardwareProfile, storageProfile: attached } };
    await walk.put(`${COMPUTE}/virtualMachines/tmp`, VM_API, temporary);
    rig.simulator.clock.advance(60_000);
    const script = { commandId: 'RunShellScript', script: ['waagent -deprovision+user -force'] };
    await walk.post(`${COMPUTE}/virtualMachines/tmp/runCommand`, VM_API, script);
    await walk.post(`${COMPUTE}/virtualMachines/tmp/deallocate`, VM_API);
    await walk.post(`${COMPUTE}/virtualMachines/tmp/generalize`, VM_API);
    const captured = { sourceVirtualMachine: { id: `${COMPUTE}/virtualMachines/tmp` } };
    await walk.put(`${COMPUTE}/images/i`, VM_API, { location: 'westeurope', properties: captured });
    await rig.send('PATCH', `${COMPUTE}/images/i?api-version=${VM_API}`, { tags: { made: 'here' } });
    await walk.put(`${COMPUTE}/virtualMachines/web`, VM_API, {
      location: 'westeurope',
      properties: {
        hardwareProfile,
        storageProfile: { imageReference: { id: `${COMPUTE}/images/i` } },
        osProfile: { computerName: 'web', adminUsername: 'azureuser', adminPassword: 'not-Used-1' },
      },
    });
    await rig.settle(await rig.send('DELETE', `${COMPUTE}/virtualMachines/web?api-version=${VM_API}`));
    await expectConforming(context, 'capturing and copying', [rig.simulator]);
  });
});
