import { beforeAll, describe, expect, it } from 'vitest';
import { ORIGIN, Rig, SUBSCRIPTION } from './rig.ts';

const VERSION = 'api-version=2021-04-01';

describe('lists of resources and groups', () => {
  const rig = new Rig({ pageSize: 2 });

  async function listed(path: string): Promise<readonly Record<string, unknown>[]> {
    const rows: Record<string, unknown>[] = [];
    let url: string | undefined = `${ORIGIN}/subscriptions/${SUBSCRIPTION}/${path}`;
    while (url !== undefined) {
      const answered = await rig.send('GET', url);
      expect(answered.status).toBe(200);
      rows.push(...(answered.body['value'] as Record<string, unknown>[]));
      url = answered.body['nextLink'] as string | undefined;
    }
    return rows;
  }
  const names = async (filter: string): Promise<unknown[]> =>
    (await listed(`resources?${VERSION}&$filter=${encodeURIComponent(filter)}`)).map((row) => row['name']);
  const put = (path: string, body: unknown) =>
    rig.send('PUT', `/subscriptions/${SUBSCRIPTION}/resourceGroups/${path}`, body);

  beforeAll(async () => {
    await put(`rg-app?${VERSION}`, { location: 'westeurope', tags: { team: 'and' } });
    await put(`rg-two?${VERSION}`, { location: 'westeurope', tags: { Team: 'b' } });
    for (const [group, name, location] of [
      ['rg-app', 'demo-1', 'westeurope'],
      ['rg-app', 'demo-2', 'northeurope'],
      ['rg-two', 'other', 'westeurope'],
    ] as const) {
      await put(`${group}/providers/Microsoft.Compute/disks/${name}?api-version=2024-03-02`, {
        location,
        ...(name === 'other' ? {} : { tags: { Department: 'a and b', step: name } }),
        properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
      });
    }
    rig.simulator.clock.advance(60_000);
  });

  it.each([
    ["resourceGroup eq 'RG-APP'", ['demo-1', 'demo-2']],
    ["resourceGroup eq 'rg-app' and location ne 'westeurope'", ['demo-2']],
    ["name eq 'other' or location eq 'northeurope'", ['demo-2', 'other']],
    ["substringof('MO-', name) and resourceType eq 'microsoft.compute/disks'", ['demo-1', 'demo-2']],
    ["tagName eq 'department' and tagValue eq 'a and b'", ['demo-1', 'demo-2']],
    ["tagname eq 'step' and tagvalue eq 'Demo-1'", []],
    ["startswith(tagName, 'dep')", ['demo-1', 'demo-2']],
  ])('of resources are filtered by %s', async (filter, expected) => {
    expect(await names(filter)).toEqual(expected);
  });

  it('of resources filtered by tag come without their tags', async () => {
    const [byTag] = await listed(`resources?${VERSION}&$filter=tagName eq 'step' and tagValue eq 'demo-1'`);
    const [byName] = await listed(`resources?${VERSION}&$filter=name eq 'demo-1'`);
    expect(byTag).not.toHaveProperty('tags');
    expect(byName).toMatchObject({ tags: { step: 'demo-1' } });
  });

  it('of resources tell times and state only when they are asked for', async () => {
    const [plain] = await listed(`resources?${VERSION}&$filter=name eq 'demo-1'`);
    const [expanded] = await listed(
      `resources?${VERSION}&$filter=name eq 'demo-1'&$expand=createdTime,changedTime,provisioningState`,
    );
    expect(plain).not.toHaveProperty('createdTime');
    expect(expanded).toMatchObject({ provisioningState: 'Succeeded', createdTime: '2026-11-02T08:00:00.0000000Z' });
  });

  it('of groups are filtered by tag, and refuse what is no tag', async () => {
    const rows = await listed(`resourcegroups?${VERSION}&$filter=tagname eq 'team' and tagvalue eq 'and'`);
    expect(rows.map((row) => row['name'])).toEqual(['rg-app']);
    const refused = await rig.send(
      'GET',
      `/subscriptions/${SUBSCRIPTION}/resourcegroups?${VERSION}&$filter=location eq 'westeurope'`,
    );
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'InvalidFilterInQueryString' } } });
  });

  it('end after $top rows, over all pages', async () => {
    expect(await listed(`resources?${VERSION}&$top=3`)).toHaveLength(3);
    expect(await listed(`resourcegroups?${VERSION}&$top=1`)).toHaveLength(1);
  });

  it.each(["name like 'x'", "name eq 'a' and", "tagValue eq 'b'", "name eq 'it's'"])(
    'of resources refuse the filter %s',
    async (filter) => {
      const answered = await rig.send(
        'GET',
        `/subscriptions/${SUBSCRIPTION}/resources?${VERSION}&$filter=${encodeURIComponent(filter)}`,
      );
      expect(answered.status).toBe(400);
    },
  );
});
