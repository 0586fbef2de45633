import { describe, expect, it } from 'vitest';
import { GROUP, Rig } from './rig.ts';

const SNAPSHOT = `${GROUP}/providers/Microsoft.Compute/snapshots`;
const version = 'api-version=2024-03-02';

async function rigWithDisk(): Promise<Rig> {
  const rig = new Rig();
  await rig.group();
  await rig.disk('disk-data');
  return rig;
}

const copyOf = (disk: string, location = 'westeurope') => ({
  location,
  sku: { name: 'Standard_ZRS' },
  properties: { creationData: { createOption: 'Copy', sourceResourceId: `${GROUP}/providers/Microsoft.Compute/disks/${disk}` }, incremental: true },
});

describe('a disk snapshot', () => {
  it('is accepted as Updating without identity, and has it all when its operation has ended', async () => {
    const rig = await rigWithDisk();
    const accepted = await rig.send('PUT', `${SNAPSHOT}/s1?${version}`, copyOf('disk-data'));
    expect(accepted.status).toBe(202);
    expect(accepted.body['properties']).toMatchObject({ provisioningState: 'Updating' });
    expect(accepted.body['properties'].uniqueId).toBeUndefined();
    expect(accepted.headers.get('azure-asyncoperation')).toMatch(/\/locations\/westeurope\/DiskOperations\/[0-9a-f-]{36}\?p=.*&api-version=2024-03-02&t=.*&c=.*&s=.*&h=/);
    expect(accepted.headers.get('location')).toContain('monitor=true');
    const ended = await rig.settle(accepted);
    expect(ended['status']).toBe('Succeeded');
    expect(Object.keys(ended['properties'].output.properties).sort()).toEqual(
      ['creationData', 'diskSizeBytes', 'diskSizeGB', 'diskState', 'encryption', 'incremental', 'incrementalSnapshotFamilyId', 'networkAccessPolicy', 'provisioningState', 'publicNetworkAccess', 'timeCreated', 'uniqueId'].sort(),
    );
  });
});
