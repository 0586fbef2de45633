import { describe, expect, it } from 'vitest';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Mutable } from '../../src/simulator/service.ts';
import { GROUP, rigOf, type Exchanged, type Rig } from './rig.ts';

const COMPUTE = `${GROUP}/providers/Microsoft.Compute`;
const VM = `${COMPUTE}/virtualMachines/vm-1`;
const SOURCE = `${COMPUTE}/restorePointCollections/weu`;
const TARGET = `${COMPUTE}/restorePointCollections/neu`;
const VERSION = 'api-version=2024-07-01';

const collection = (rig: Rig, id: string, source: string, location: string): Promise<Exchanged> =>
  rig.send('PUT', `${id}?${VERSION}`, { location, properties: { source: { id: source } } });
const copy = (rig: Rig, name: string, from: string, more: Mutable = {}): Promise<Exchanged> =>
  rig.send('PUT', `${TARGET}/restorePoints/${name}?${VERSION}`, {
    properties: { sourceRestorePoint: { id: `${SOURCE}/restorePoints/${from}` }, ...more },
  });
const viewOf = async (rig: Rig): Promise<Mutable> =>
  (await rig.send('GET', `${TARGET}/restorePoints/p?$expand=instanceView&${VERSION}`)).body['properties'];

/** A machine with a point in West Europe, and a collection for copies in North Europe. */
async function rigWithPoint(faults: readonly FaultRule[] = []): Promise<Rig> {
  const rig = rigOf('  - { name: vm-1, dataDisks: [{ name: d, sizeGiB: 64 }] }', { faults });
  await collection(rig, SOURCE, VM, 'westeurope');
  await rig.settle(await rig.send('PUT', `${SOURCE}/restorePoints/p?${VERSION}`, {}));
  expect((await collection(rig, TARGET, SOURCE, 'northeurope')).status).toBe(201);
  return rig;
}

describe('a restore point copied to another region', () => {
  it('is Creating while its disks are copied, each telling how far, and then restores there', async () => {
    const rig = await rigWithPoint();
    const accepted = await copy(rig, 'p', 'p');
    expect(accepted.status).toBe(201);
    expect(accepted.body['properties']).toMatchObject({
      provisioningState: 'Creating',
      sourceRestorePoint: { id: `${SOURCE}/restorePoints/p` },
      consistencyMode: 'FileSystemConsistent',
    });
    rig.simulator.clock.advance(640_000);
    const during = await viewOf(rig);
    expect(during['instanceView'].diskRestorePoints).toHaveLength(2);
    const { replicationStatus } = during['instanceView'].diskRestorePoints[1];
    expect(replicationStatus).toMatchObject({ completionPercent: 50, status: { code: 'ReplicationState/inprogress' } });
    const diskPoint = during['sourceMetadata'].storageProfile.dataDisks[0].diskRestorePoint;
    expect(diskPoint.sourceDiskRestorePoint.id).toContain(`${SOURCE}/restorePoints/p/diskRestorePoints/`);
    const restore = (location: string): Promise<Exchanged> =>
      rig.send('PUT', `${COMPUTE}/disks/back?api-version=2024-03-02`, {
        location,
        properties: { creationData: { createOption: 'Restore', sourceResourceId: diskPoint.id } },
      });
    expect((await restore('northeurope')).status).toBe(409);
    expect((await rig.settle(accepted))['status']).toBe('Succeeded');
    const after = await viewOf(rig);
    expect([after['provisioningState'], after['instanceView'].statuses[0].code]).toEqual([
      'Succeeded',
      'ReplicationState/succeeded',
    ]);
    expect((await restore('westeurope')).status).toBe(404);
    expect((await restore('northeurope')).status).toBe(202);
  });

  it('holds its source, alone and with the collection, until the copy is whole', async () => {
    const rig = await rigWithPoint();
    const accepted = await copy(rig, 'p', 'p');
    for (const path of [SOURCE, `${SOURCE}/restorePoints/p`])
      expect((await rig.send('DELETE', `${path}?${VERSION}`)).status).toBe(409);
    await rig.settle(accepted);
    await rig.settle(await rig.send('DELETE', `${SOURCE}?${VERSION}`));
    expect((await rig.send('GET', `${SOURCE}/restorePoints/p?${VERSION}`)).status).toBe(404);
    expect((await viewOf(rig))['provisioningState']).toBe('Succeeded');
  });

  it('is made three times an hour in a collection', async () => {
    const rig = await rigWithPoint();
    for (const name of ['p', 'q', 'r']) expect((await copy(rig, name, 'p')).status).toBe(201);
    const refused = await copy(rig, 's', 'p');
    expect(refused.status).toBe(429);
    rig.simulator.clock.advance(Number(refused.headers.get('retry-after')) * 1000);
    expect((await copy(rig, 's', 'p')).status).toBe(201);
  });

  it.each([
    ['a source that is not there', 'gone', {}, 404],
    ['disks left out', 'p', { excludeDisks: [{ id: VM }] }, 400],
    ['no source', 'p', { sourceRestorePoint: undefined }, 400],
  ])('is refused with %s', async (_, from, more, status) => {
    const rig = await rigWithPoint();
    expect((await copy(rig, 'p', from, more)).status).toBe(status);
    expect((await rig.send('GET', `${TARGET}/restorePoints/p?${VERSION}`)).status).toBe(404);
  });

  it('lies in another region than its source, as a machine’s own collection lies in the machine’s', async () => {
    const rig = await rigWithPoint();
    expect((await collection(rig, `${TARGET}-2`, SOURCE, 'westeurope')).status).toBe(400);
    expect((await collection(rig, `${TARGET}-3`, VM, 'northeurope')).status).toBe(400);
  });
});

describe('a copy that fails', () => {
  it('says so of the point and of each disk, and no disk is made of it', async () => {
    const rig = await rigWithPoint([{ fault: 'operation-fails', method: 'PUT', path: '/neu/restorePoints/' }]);
    const accepted = await copy(rig, 'p', 'p');
    expect((await rig.settle(accepted))['status']).toBe('Failed');
    const { provisioningState, instanceView } = await viewOf(rig);
    expect(provisioningState).toBe('Failed');
    expect(instanceView.diskRestorePoints[0].replicationStatus.status.code).toBe('ReplicationState/failed');
    expect(instanceView.diskRestorePoints[0].replicationStatus.completionPercent).toBeLessThan(100);
  });
});
