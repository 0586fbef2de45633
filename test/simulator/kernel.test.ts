import { describe, expect, it } from 'vitest';
import { DEFAULT_CLIENT, DEFAULT_TENANT, emptyFleet } from '../../src/simulator/fleet.ts';
import { GROUP, ORIGIN, Rig, SUBSCRIPTION } from './rig.ts';

const DISKS = `${GROUP}/providers/Microsoft.Compute/disks`;
const VERSION = 'api-version=2024-03-02';

async function ready(options: ConstructorParameters<typeof Rig>[0] = {}): Promise<Rig> {
  const rig = new Rig(options);
  await rig.group();
  return rig;
}

describe('the gateway', () => {
  it('needs an api-version, and names the supported ones when it does not know the one sent', async () => {
    const rig = await ready();
    expect((await rig.send('GET', DISKS)).body['error'].code).toBe('MissingApiVersionParameter');
    const unknown = await rig.send('GET', `${DISKS}?api-version=2010-01-01`);
    expect(unknown.status).toBe(400);
    expect(unknown.body['error']).toMatchObject({
      code: 'InvalidResourceType',
      message: expect.stringContaining("The supported api-versions are '2026-03-02, 2025-01-02"),
    });
    const regional = await rig.send('PUT', `${DISKS}/d?api-version=2010-01-01`, { location: 'westeurope' });
    expect(regional.body['error'].code).toBe('NoRegisteredProviderFound');
  });

  it('tells an unknown namespace, type, method, subscription and group apart', async () => {
    const rig = await ready();
    const code = async (method: string, path: string): Promise<string> =>
      (await rig.send(method, `${path}?${VERSION}`)).body['error'].code;
    expect(await code('GET', `${GROUP}/providers/Microsoft.Nothing/things/x`)).toBe('InvalidResourceNamespace');
    expect(await code('GET', `${GROUP}/providers/Microsoft.Compute/things/x`)).toBe('InvalidResourceType');
    expect(await code('PATCH', DISKS)).toBe('MethodNotAllowed');
    expect(await code('GET', DISKS.replace(SUBSCRIPTION, '00000000-0000-4000-8000-000000000009'))).toBe(
      'SubscriptionNotFound',
    );
    expect(await code('GET', `${DISKS.replace('rg-app', 'rg-none')}/x`)).toBe('ResourceGroupNotFound');
    const missing = await rig.send('GET', `${DISKS}/never?${VERSION}`);
    expect(missing.headers.get('x-ms-failure-cause')).toBe('gateway');
    expect(missing.body['error'].code).toBe('ResourceNotFound');
  });

  it('does not care about letter case, double and trailing slashes, or how a space is encoded', async () => {
    const rig = await ready();
    await rig.disk('d1');
    const odd = `${ORIGIN}/Subscriptions/${SUBSCRIPTION}/resourcegroups/RG-APP//providers/MICROSOFT.compute/Disks/D1/?API-Version=2024-03-02`;
    expect((await rig.send('GET', odd)).body['name']).toBe('d1');
    const plus = `/subscriptions/${SUBSCRIPTION}/resources?$filter=resourceType+eq+'Microsoft.Compute/disks'&api-version=2022-09-01`;
    expect((await rig.send('GET', plus)).body['value']).toHaveLength(1);
    expect((await rig.send('GET', plus.replaceAll('+', '%20'))).body['value']).toHaveLength(1);
  });

  it('refuses body fields that no document knows, and bodies that are not JSON', async () => {
    const rig = await ready();
    const unknown = await rig.send('PUT', `${DISKS}/d?${VERSION}`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4, speed: 9 },
    });
    expect(unknown.status).toBe(400);
    expect(unknown.body['error'].message).toContain("'speed'");
    const request = new Request(`${ORIGIN}${DISKS}/d?${VERSION}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${rig.simulator.token()}` },
      body: '{"location":',
    });
    expect((await rig.simulator.handle(request)).status).toBe(400);
  });

  it('puts its headers on every answer and echoes the client’s id only when asked', async () => {
    const rig = await ready();
    const answer = await rig.send('GET', `${DISKS}?${VERSION}`, undefined, { 'x-ms-client-request-id': 'abc' });
    expect(answer.headers.get('date')).toBe('Mon, 02 Nov 2026 08:00:00 GMT');
    expect(answer.headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-ms-client-request-id')).toBeNull();
    expect(answer.headers.get('x-ms-ratelimit-remaining-subscription-reads')).toBe('249');
    const echoed = await rig.send('GET', `${DISKS}?${VERSION}`, undefined, {
      'x-ms-client-request-id': 'abc',
      'x-ms-return-client-request-id': 'true',
    });
    expect(echoed.headers.get('x-ms-client-request-id')).toBe('abc');
  });

  it('keeps a correlation id that the client sends, makes one where it sends none, and shows it in the exchange log', async () => {
    const rig = await ready();
    const sent = { 'x-ms-correlation-request-id': '6f9619ff-8b86-d011-b42d-00c04fc964ff' };
    const kept = await rig.send('GET', `${DISKS}?${VERSION}`, undefined, sent);
    expect(kept.headers.get('x-ms-correlation-request-id')).toBe(sent['x-ms-correlation-request-id']);
    expect(rig.simulator.log().at(-1)?.headers['x-ms-correlation-request-id']).toBe(
      sent['x-ms-correlation-request-id'],
    );
    const made = await rig.send('GET', `${DISKS}?${VERSION}`);
    expect(made.headers.get('x-ms-correlation-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a token', () => {
  it('is asked for: without one, or with one from elsewhere, the answer is 401 with a challenge', async () => {
    const rig = await ready();
    for (const authorization of ['', 'Bearer a.b.c']) {
      const answer = await rig.send('GET', `${DISKS}?${VERSION}`, undefined, { authorization });
      expect(answer.status).toBe(401);
      expect(answer.body['error'].code).toBe('AuthenticationFailed');
      expect(answer.headers.get('www-authenticate')).toContain('Bearer authorization_uri=');
    }
  });

  it('expires on the simulator’s clock; a client that announces CP1 gets one of a day', async () => {
    const rig = await ready();
    const login = async (claims?: string): Promise<{ access_token: string; expires_in: number }> => {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: DEFAULT_CLIENT,
        client_secret: 'simulated-secret-that-opens-nothing',
        scope: 'https://management.azure.com/.default',
      });
      if (claims !== undefined) form.set('claims', claims);
      const response = await rig.simulator.handle(
        new Request(`${ORIGIN}/${DEFAULT_TENANT}/oauth2/v2.0/token`, { method: 'POST', body: form }),
      );
      return (await response.json()) as { access_token: string; expires_in: number };
    };
    const short = await login();
    const long = await login('{"access_token":{"xms_cc":{"values":["CP1"]}}}');
    expect([short.expires_in, long.expires_in]).toEqual([3600, 86_400]);
    rig.simulator.clock.advance(3_600_000);
    const expired = await rig.send('GET', `${DISKS}?${VERSION}`, undefined, {
      authorization: `Bearer ${short.access_token}`,
    });
    expect(expired.body['error'].code).toBe('ExpiredAuthenticationToken');
    expect(
      (await rig.send('GET', `${DISKS}?${VERSION}`, undefined, { authorization: `Bearer ${long.access_token}` }))
        .status,
    ).toBe(200);
  });

  it('never reaches the log, nor does the secret', async () => {
    const rig = await ready();
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: DEFAULT_CLIENT,
      client_secret: 'simulated-secret-that-opens-nothing',
      scope: 'x/.default',
    });
    await rig.simulator.handle(new Request(`${ORIGIN}/adfs/oauth2/token`, { method: 'POST', body: form }));
    const text = JSON.stringify(rig.simulator.log());
    expect(text).not.toContain('opens-nothing');
    expect(text).not.toContain(rig.simulator.token());
  });
});

describe('metadata', () => {
  it('is one object for 2015-01-01 and 2022-09-01 and an array for 2019-05-01', async () => {
    const rig = await ready();
    const ask = async (version: string): Promise<unknown> =>
      (await rig.simulator.handle(new Request(`${ORIGIN}/metadata/endpoints?api-version=${version}`))).json();
    expect(await ask('2015-01-01')).toHaveProperty('authentication.loginEndpoint', `${ORIGIN}/adfs`);
    expect(await ask('2022-09-01')).toHaveProperty('authentication.identityProvider', 'AAD');
    expect(await ask('2019-05-01')).toHaveLength(1);
  });
});

describe('permission', () => {
  const rights = (actions: readonly string[]) => ({
    fleet: {
      ...emptyFleet(),
      principals: [
        { clientId: DEFAULT_CLIENT, name: 'p', assignments: [{ scope: `/subscriptions/${SUBSCRIPTION}`, actions }] },
      ],
    },
  });

  it('is derived from type path and verb, and what is missing is named', async () => {
    const rig = await ready(rights(['*/read', 'Microsoft.Resources/subscriptions/resourceGroups/write']));
    const refused = await rig.send('PUT', `${DISKS}/d?${VERSION}`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Empty' }, diskSizeGB: 4 },
    });
    expect(refused.status).toBe(403);
    expect(refused.body['error']).toMatchObject({
      code: 'AuthorizationFailed',
      message: expect.stringContaining(`perform action 'Microsoft.Compute/disks/write' over scope '${DISKS}/d'`),
    });
    const action = await rig.send('POST', `${DISKS}/d/beginGetAccess?${VERSION}`, {
      access: 'Read',
      durationInSeconds: 60,
    });
    expect(action.body['error'].message).toContain("'Microsoft.Compute/disks/beginGetAccess/action'");
  });

  it('to copy a disk is asked at the disk too', async () => {
    const rig = await ready(
      rights(['*/read', 'Microsoft.Resources/*', 'Microsoft.Compute/disks/write', 'Microsoft.Compute/snapshots/*']),
    );
    await rig.disk('d1');
    const refused = await rig.send('PUT', `${GROUP}/providers/Microsoft.Compute/snapshots/s?${VERSION}`, {
      location: 'westeurope',
      properties: { creationData: { createOption: 'Copy', sourceResourceId: `${DISKS}/d1` } },
    });
    expect(refused.body['error'].code).toBe('LinkedAuthorizationFailed');
    expect(refused.body['error'].message).toContain('Microsoft.Compute/disks/beginGetAccess/action');
  });

  it('is told to whoever asks about itself', async () => {
    const rig = await ready(rights(['*/read']));
    const told = await rig.send(
      'GET',
      `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Authorization/permissions?api-version=2022-04-01`,
    );
    expect(told.body['value']).toEqual([{ actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] }]);
  });
});

describe('throttling', () => {
  it('lets 250 reads pass at once, then answers 429 with the seconds to wait, and 25 more a second later', async () => {
    const rig = await ready();
    const read = async (): Promise<number> =>
      (await rig.send('GET', `/subscriptions/${SUBSCRIPTION}?api-version=2022-12-01`)).status;
    for (let turn = 0; turn < 250; turn += 1) expect(await read()).toBe(200);
    const refused = await rig.send('GET', `/subscriptions/${SUBSCRIPTION}?api-version=2022-12-01`);
    expect(refused.status).toBe(429);
    expect(refused.body['error'].code).toBe('SubscriptionRequestsThrottled');
    expect(refused.headers.get('retry-after')).toBe('1');
    rig.simulator.clock.advance(1000);
    for (let turn = 0; turn < 25; turn += 1) expect(await read()).toBe(200);
    expect(await read()).toBe(429);
  });

  it('by Compute is OperationNotAllowed outside and TooManyRequests inside, its detail JSON in a string', async () => {
    const rig = await ready();
    const machine = `${GROUP}/providers/Microsoft.Compute/virtualMachines/none?api-version=2024-07-01`;
    for (let turn = 0; turn < 36; turn += 1) await rig.send('GET', machine);
    const refused = await rig.send('GET', machine);
    expect(refused.body['error']).toMatchObject({
      code: 'OperationNotAllowed',
      details: [{ code: 'TooManyRequests', target: 'LowCostGetResource' }],
    });
    expect(JSON.parse(refused.body['error'].details[0].message)).toMatchObject({ allowedRequestCount: 36 });
    expect(refused.headers.get('x-ms-ratelimit-remaining-resource')).toBe('Microsoft.Compute/LowCostGetResource;0');
  });

  it('by Compute counts each region of a subscription apart', async () => {
    const rig = await ready();
    const write = async (name: string, location: string): Promise<string | null> => {
      const answer = await rig.send(
        'PUT',
        `${GROUP}/providers/Microsoft.Compute/images/${name}?api-version=2024-07-01`,
        { location, properties: {} },
      );
      return answer.headers.get('x-ms-ratelimit-remaining-resource');
    };
    expect(await write('a', 'westeurope')).toBe('Microsoft.Compute/CreateImagesSubscriptionMaximum;59');
    expect(await write('b', 'West Europe')).toBe('Microsoft.Compute/CreateImagesSubscriptionMaximum;58');
    expect(await write('c', 'northeurope')).toBe('Microsoft.Compute/CreateImagesSubscriptionMaximum;59');
  });
});

describe('a lock', () => {
  const lock = (level: string) => ({ properties: { level } });
  const path = `${GROUP}/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`;
  const owner = {
    fleet: {
      ...emptyFleet(),
      principals: [{ clientId: DEFAULT_CLIENT, name: 'owner', assignments: [{ scope: '', actions: ['*'] }] }],
    },
  };

  it('CanNotDelete holds deletes only, ReadOnly every write, and both go when removed', async () => {
    const rig = await ready(owner);
    await rig.disk('d1');
    await rig.send('PUT', path, lock('CanNotDelete'));
    expect((await rig.send('DELETE', `${DISKS}/d1?${VERSION}`)).body['error'].code).toBe('ScopeLocked');
    expect((await rig.send('PATCH', `${DISKS}/d1?${VERSION}`, { tags: { a: 'b' } })).status).toBe(202);
    await rig.send('PUT', path, lock('ReadOnly'));
    expect((await rig.send('PATCH', `${DISKS}/d1?${VERSION}`, { tags: { a: 'c' } })).status).toBe(409);
    expect((await rig.send('DELETE', path)).status).toBe(200);
    expect((await rig.send('DELETE', `${DISKS}/d1?${VERSION}`)).status).toBe(202);
  });

  it('inside a group holds the group’s deletion', async () => {
    const rig = await ready(owner);
    await rig.disk('d1');
    await rig.send(
      'PUT',
      `${DISKS}/d1/providers/Microsoft.Authorization/locks/l?api-version=2020-05-01`,
      lock('CanNotDelete'),
    );
    expect((await rig.send('DELETE', `${GROUP}?api-version=2022-09-01`)).body['error'].code).toBe('ScopeLocked');
  });
});

describe('lists', () => {
  it('lag writes by as much as they are told to, while a GET does not', async () => {
    const rig = await ready({ listLagMs: 20_000 });
    await rig.disk('d1');
    rig.simulator.clock.advance(20_000);
    await rig.disk('d2');
    const names = async (): Promise<string[]> =>
      (await rig.send('GET', `${DISKS}?${VERSION}`)).body['value'].map((disk: { name: string }) => disk.name);
    expect(await names()).toEqual(['d1']);
    expect((await rig.send('GET', `${DISKS}/d2?${VERSION}`)).status).toBe(200);
    rig.simulator.clock.advance(20_000);
    expect(await names()).toEqual(['d1', 'd2']);
  });

  it('show each row once though others are deleted between two pages', async () => {
    const rig = await ready({
      pageSize: 2,
      fleet: {
        ...emptyFleet(),
        principals: [{ clientId: DEFAULT_CLIENT, name: 'o', assignments: [{ scope: '', actions: ['*'] }] }],
      },
    });
    for (const name of ['a', 'b', 'c', 'd']) await rig.disk(name);
    const first = await rig.send('GET', `${DISKS}?${VERSION}`);
    await rig.settle(await rig.send('DELETE', `${DISKS}/a?${VERSION}`));
    const second = await rig.send('GET', first.body['nextLink']);
    expect(second.body['value'].map((disk: { name: string }) => disk.name)).toEqual(['c', 'd']);
  });
});

describe('the same seed', () => {
  it('makes the same ids, another makes others', async () => {
    const idOf = async (seed: number): Promise<string> => {
      const rig = await ready({ seed });
      return (await rig.disk('d1'))['properties'].uniqueId;
    };
    const [one, again, other] = [await idOf(1), await idOf(1), await idOf(2)];
    expect(one).toBe(again);
    expect(one).not.toBe(other);
  });
});
