/** What was not read is a gap in its kind and place, never an absence; and what was just written is asked for by itself. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ResourceId } from '../../src/core/ids.ts';
import { gapOver } from '../../src/core/fact.ts';
import { kinds, type RawKind } from '../../src/azure/kinds.ts';
import { readEstate, type ReadOptions, type Reading } from '../../src/azure/read-estate.ts';
import { intercept, testClock, testTransport, type Reply, type Sent } from './arm-rig.ts';
import { aVault, fakeArm, machineAndDisk, protection, sub, vmId, type FakeArm } from './fake-arm.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const one = sub(1);
const two = sub(2);
const fleet: FakeArm = {
  subscriptions: [one, two],
  resources: [...machineAndDisk(one, 'a', {}), aVault(two), protection(two, vmId(one, 'a'))],
};
const compute = `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.Compute`;
const forbidden: Reply = [403, { error: { code: 'AuthorizationFailed', message: 'no' } }];
const broken: Reply = [500, { error: { code: 'InternalServerError', message: 'later' } }];

const read = async (arm: FakeArm, options: Partial<ReadOptions> = {}): Promise<Extract<Reading, { kind: 'read' }>> => {
  intercept(fakeArm(arm));
  const reading = await readEstate(
    { filter: {}, source: 'graph', deep: false, concurrency: 4, ...options },
    { transport: testTransport(), clock: testClock() },
  );
  if (reading.kind === 'failed') throw new Error(reading.problem.summary);
  return reading;
};
/** None is left out of the reading. */
const gapsOf = ({ gaps }: Pick<Awaited<ReturnType<typeof read>>, 'gaps'>, kind: RawKind) => gaps[kind] ?? [];
const pathOf = ({ path }: Sent): string => path.split('?')[0]!;

type ListedKind = keyof typeof kinds;
const onRequest: readonly ListedKind[] = ['recoveryPoints', 'replicationRecoveryPoints'];
const listed = (Object.keys(kinds) as ListedKind[]).filter((kind) => !onRequest.includes(kind));

describe('without the right to read', () => {
  const without =
    (action: string, subscription: string) =>
    (sent: Sent): Reply | undefined =>
      pathOf(sent) === `/subscriptions/${subscription}/providers/Microsoft.Authorization/permissions`
        ? [200, { value: [{ actions: ['*'], notActions: [action] }] }]
        : undefined;

  it.each(listed)('%s there is a gap in just that kind and subscription', async (kind) => {
    const { action } = kinds[kind];
    const reading = await read({ ...fleet, override: without(action, one) });
    expect(gapsOf(reading, kind)).toMatchObject([{ scope: `/subscriptions/${one}`, reason: 'no-permission', action }]);
    for (const other of listed.filter((k) => k !== kind)) expect(gapsOf(reading, other), other).toEqual([]);
  });

  it.each(listed)(
    '%s elsewhere there is a gap where machines may be protected from elsewhere, and else none',
    async (kind) => {
      const override = without(kinds[kind].action, two);
      const reading = await read({ ...fleet, override }, { filter: { subscriptions: [one] } });
      expect(gapsOf(reading, kind)).toMatchObject(kinds[kind].everywhere ? [{ scope: `/subscriptions/${two}` }] : []);
      expect(gapsOf(reading, kind)).toHaveLength(kinds[kind].everywhere ? 1 : 0);
    },
  );
});

describe('restore points', () => {
  const collection = `${compute}/restorePointCollections/mine`;
  const row = {
    id: collection,
    name: 'mine',
    type: 'Microsoft.Compute/restorePointCollections',
    location: 'westeurope',
    properties: { source: { id: vmId(one, 'a') }, provisioningState: 'Succeeded' },
  };
  const answering = (reply: Reply) =>
    read({
      ...fleet,
      resources: [...fleet.resources, row],
      override: (sent) => (sent.method === 'GET' && pathOf(sent) === collection ? reply : undefined),
    });

  it.each([
    ['refused', forbidden, 'no-permission'],
    ['not answered', broken, 'not-answered'],
  ] as const)('of a collection are unknown where the question is %s', async (_, reply, reason) => {
    const reading = await answering(reply);
    const { estate } = reading;
    expect(estate.restorePointCollections.items[0]!.points).toMatchObject({ known: false, reason });
    expect(gapsOf(reading, 'restorePoints')).toMatchObject([{ scope: collection.toLowerCase(), reason }]);
  });

  it('of a collection that went away meanwhile are no gap', async () => {
    expect(
      gapsOf(await answering([404, { error: { code: 'ResourceNotFound', message: '' } }]), 'restorePoints'),
    ).toEqual([]);
  });
});

describe('image versions read by lists', () => {
  const gallery = `${compute}/galleries/g`;
  const image = `${gallery}/images/i`;
  const listing =
    (refused: string) =>
    (sent: Sent): Reply | undefined => {
      const path = pathOf(sent);
      if (path === refused) return forbidden;
      if (path === `/subscriptions/${one}/providers/Microsoft.Compute/galleries`)
        return [200, { value: [{ id: gallery }] }];
      if (path === `${gallery}/images`) return [200, { value: [{ id: image }] }];
      return path === `${image}/versions` ? [200, { value: [] }] : undefined;
    };

  it.each([
    [
      'the galleries of a subscription',
      `/subscriptions/${one}/providers/Microsoft.Compute/galleries`,
      `/subscriptions/${one}`,
    ],
    ['the images of a gallery', `${gallery}/images`, gallery],
    ['the versions of an image', `${image}/versions`, image],
  ])('are unknown where %s may not be listed', async (_, refused, scope) => {
    const reading = await read({ ...fleet, override: listing(refused) }, { source: 'arm' });
    expect(gapsOf(reading, 'galleryImageVersions')).toMatchObject([
      { scope: scope.toLowerCase(), reason: 'no-permission' },
    ]);
    expect(gapOver(reading.estate.galleryImageVersions, gallery)).toBeDefined();
  });

  it('leave no gap where all may be listed and there are none', async () => {
    expect(gapsOf(await read({ ...fleet, override: listing('') }, { source: 'arm' }), 'galleryImageVersions')).toEqual(
      [],
    );
  });
});

describe('a vault whose row does not tell its redundancy', () => {
  const vault = { ...(aVault(two) as { id: string; properties: object }) };
  const partial = { ...vault, properties: { provisioningState: 'Succeeded' } };
  const answering = (reply: Reply) =>
    read({
      ...fleet,
      resources: [partial, ...fleet.resources.filter((r) => (r as { id: string }).id !== vault.id)],
      override: (sent) => (sent.method === 'GET' && pathOf(sent) === vault.id ? reply : undefined),
    });

  it('is there all the same where it cannot be asked, and its redundancy is unknown', async () => {
    const { items } = (await answering(broken)).estate.vaults;
    expect(items).toMatchObject([{ redundancy: { known: false } }]);
  });
});

describe('what was just written', () => {
  const id: ResourceId = `${compute}/snapshots/s`;
  const snapshot = (completionPercent: number, name = 's') => ({
    id: `${compute}/snapshots/${name}`,
    name,
    type: 'Microsoft.Compute/snapshots',
    location: 'westeurope',
    properties: {
      provisioningState: 'Succeeded',
      timeCreated: '2026-06-03T11:00:00Z',
      diskSizeGB: 30,
      incremental: true,
      completionPercent,
      creationData: { createOption: 'Copy', sourceResourceId: `${compute}/disks/a-os` },
    },
  });
  /** Resource Graph shows what was; the resource itself answers as it is. */
  const lagging = async (reply: Reply, kind: Exclude<RawKind, 'replicationPolicies'> = 'snapshots') => {
    const reading = await read(
      {
        ...fleet,
        resources: [...fleet.resources, snapshot(10), snapshot(20, 'other')],
        override: (sent) => (sent.method === 'GET' && pathOf(sent) === id ? reply : undefined),
      },
      { fresh: [{ kind, id }] },
    );
    return {
      percents: reading.estate.snapshots.items
        .map(({ name, completionPercent }) => `${name} ${completionPercent}`)
        .toSorted(),
      gaps: gapsOf(reading, 'snapshots'),
    };
  };

  it('counts as it answers itself, not as Resource Graph still shows it', async () => {
    expect(await lagging([200, snapshot(100)])).toEqual({ percents: ['other 20', 's 100'], gaps: [] });
  });

  it('and is gone is not there, though Resource Graph still shows it', async () => {
    const gone: Reply = [404, { error: { code: 'ResourceNotFound', message: '' } }];
    expect(await lagging(gone)).toEqual({ percents: ['other 20'], gaps: [] });
  });

  it.each([
    ['refused', forbidden, 'no-permission'],
    ['not answered', broken, 'not-answered'],
  ] as const)('is a gap at itself where the question is %s', async (_, reply, reason) => {
    expect((await lagging(reply)).gaps).toMatchObject([{ scope: id.toLowerCase(), reason }]);
  });
});
