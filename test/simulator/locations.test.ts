import { describe, expect, it } from 'vitest';
import { GROUP, Rig } from './rig.ts';

const everything = { role: { name: 'Everything', actions: ['*'], notActions: [] } };
const subscription = GROUP.split('/').slice(0, 3).join('/');

describe('the regions of a subscription', () => {
  it('are listed with their names and pairs; names that stand for many regions are marked as logical', async () => {
    const rig = new Rig(everything);
    const { body } = await rig.send('GET', `${subscription}/locations?api-version=2022-12-01`);
    const rows = body['value'] as Record<string, Record<string, unknown>>[];
    expect(rows.find(({ name }) => (name as unknown) === 'northeurope')).toMatchObject({
      type: 'Region',
      displayName: 'North Europe',
      metadata: { regionType: 'Physical', pairedRegion: [{ name: 'westeurope' }] },
    });
    expect(rows.filter(({ metadata }) => metadata?.['regionType'] === 'Logical').map(({ name }) => name)).toContain(
      'europe',
    );
  });

  it('take what is written to them, by either name; anything else is refused with the list, and nothing is made', async () => {
    const rig = new Rig(everything);
    await rig.group();
    const disk = (name: string, location: string) =>
      rig.send('PUT', `${GROUP}/providers/Microsoft.Compute/disks/${name}?api-version=2024-03-02`, {
        location,
        properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
      });
    expect((await disk('a', 'North Europe')).status).toBe(202);
    const refused = await disk('b', 'atlantis');
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'LocationNotAvailableForResourceType' } } });
    expect(refused.body['error'].message).toMatch(
      /^The provided location 'atlantis' is not available for resource type 'Microsoft\.Compute\/disks'\. .*northeurope,/,
    );
    expect(rig.simulator.world.store.get(`${GROUP}/providers/Microsoft.Compute/disks/b`)).toBeUndefined();
    const group = await rig.send('PUT', `${subscription}/resourceGroups/new?api-version=2021-04-01`, {
      location: 'europe',
    });
    expect(group).toMatchObject({ status: 400, body: { error: { code: 'LocationNotAvailableForResourceGroup' } } });
  });
});
