import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gapOver } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import { readEstate, type ReadOptions, type Reading } from '../../src/azure/read-estate.ts';
import { textAt } from '../../src/azure/raw.ts';
import { intercept, now, testClock, testTransport, type Sent } from './arm-rig.ts';
import { aVault, fakeArm, machineAndDisk, protection, sub, vmId, type FakeArm } from './fake-arm.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const one = sub(1);
const two = sub(2);
const names = ['a', 'b', 'c', 'd', 'e'];
const fleet: FakeArm = {
  subscriptions: [one, two],
  resources: [
    ...names.flatMap((name) => machineAndDisk(one, name, { env: name < 'c' ? 'Prod' : 'dev' })),
    aVault(two),
    protection(two, vmId(one, 'a')),
  ],
};

const read = async (
  arm: FakeArm,
  options: Partial<ReadOptions> = {},
): Promise<{ reading: Extract<Reading, { kind: 'read' }>; sent: readonly Sent[]; waits: readonly number[] }> => {
  const sent = intercept(fakeArm(arm));
  const clock = testClock();
  const reading = await readEstate(
    { filter: {}, source: 'graph', deep: false, concurrency: 4, ...options },
    { transport: testTransport(), clock },
  );
  if (reading.kind === 'failed') throw new Error(reading.problem.summary);
  return { reading, sent, waits: clock.waits };
};
const graphCalls = (sent: readonly Sent[]): readonly Sent[] => sent.filter((s) => s.path.includes('ResourceGraph'));
const isGraph = (sent: Sent, type: string): boolean =>
  (textAt(sent.body, 'query') ?? '').includes(`'${type}'`) && !(textAt(sent.body, 'query') ?? '').includes('summarize');

describe.each(['graph', 'arm'] as const)('readEstate through %s', (source) => {
  it('reads machines with their disks and run-time state over several pages', async () => {
    const { reading } = await read(fleet, { source });
    const { machines, disks } = reading.estate;
    expect(machines.items.map((m) => m.name).sort()).toEqual(names);
    expect(disks.items).toHaveLength(5);
    for (const m of machines.items) {
      expect(m).toMatchObject({
        power: { value: 'running' },
        generalized: { value: false },
        agent: { value: 'ready' },
        hyperVGeneration: { value: 'V2' },
      });
      expect(m.disks[0]?.disk).toMatchObject({ known: true, value: { sizeGiB: 64 } });
    }
    expect(machines.gaps).toEqual([]);
    expect(reading.estate.asOf).toBe(new Date(now).toISOString().replace('.000Z', 'Z'));
  });

  it('finds protection in a subscription that was not asked for, by id and not by spelling', async () => {
    const { reading } = await read(fleet, { source, filter: { subscriptions: [one] } });
    expect(reading.estate.backupItems.items.map((i) => i.machineKey)).toEqual([keyOf(vmId(one, 'a'))]);
    expect(reading.estate.vaults.items.map((v) => v.subscriptionId)).toEqual([two]);
    expect(gapOver(reading.estate.backupItems, vmId(one, 'b'))).toBeUndefined();
  });

  it('sends as many requests for many machines as pages need, and no call per machine', async () => {
    const few = await read({ ...fleet, pageSize: 1000 }, { source });
    nock.cleanAll();
    const many = {
      ...fleet,
      pageSize: 1000,
      resources: [...fleet.resources, ...Array.from({ length: 200 }, (_, i) => machineAndDisk(one, `m${i}`)).flat()],
    };
    expect((await read(many, { source })).sent).toHaveLength(few.sent.length);
  });
});

describe('Resource Graph', () => {
  it(
    'is asked ordered by id, in pages of 1,000, for at most 300 subscriptions at once',
    { timeout: 60_000 },
    async () => {
      const subscriptions = Array.from(
        { length: 301 },
        (_, i) => `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`,
      );
      const { sent } = await read({ ...fleet, subscriptions });
      for (const call of graphCalls(sent)) {
        expect(textAt(call.body, 'query')).toMatch(/\| order by id asc$/);
        expect((call.body as { options: { $top: number } }).options.$top).toBe(1000);
        expect((call.body as { subscriptions: string[] }).subscriptions.length).toBeLessThanOrEqual(300);
      }
    },
  );

  it('waits until its quota resets when none is left', async () => {
    const { waits, reading } = await read({
      ...fleet,
      override: (s) => {
        if (!isGraph(s, 'microsoft.compute/disks')) return undefined;
        const [status, body] = fakeArm(fleet)(s);
        return [status, body, { 'x-ms-user-quota-remaining': '0', 'x-ms-user-quota-resets-after': '00:00:05' }];
      },
    });
    expect(waits.filter((ms) => ms > 0 && ms <= 5000).length).toBeGreaterThan(0);
    expect(reading.estate.disks.items).toHaveLength(5);
  });

  it('halves its pages when an answer is too large', async () => {
    const { reading, sent } = await read({
      ...fleet,
      override: (s) =>
        isGraph(s, 'microsoft.compute/disks') && (s.body as { options: { $top: number } }).options.$top > 100
          ? [
              400,
              {
                error: {
                  code: 'BadRequest',
                  details: [{ code: 'ResponsePayloadTooLarge', message: 'Response payload size is too large' }],
                },
              },
            ]
          : undefined,
    });
    expect(reading.estate.disks.items).toHaveLength(5);
    expect(reading.estate.disks.gaps).toEqual([]);
    const tops = sent
      .filter((s) => isGraph(s, 'microsoft.compute/disks'))
      .map((s) => (s.body as { options: { $top: number } }).options.$top);
    expect(tops).toEqual([1000, 250, 60, 60, 60]);
  });

  it.each([
    ['says so', { totalRecords: 0, count: 0, data: [], resultTruncated: 'true' }, {}],
    ['counts more rows than it sent', { totalRecords: 5, count: 0, data: [], resultTruncated: 'false' }, {}],
    [
      'left out subscriptions',
      { totalRecords: 0, count: 0, data: [], resultTruncated: 'false' },
      { 'x-ms-tenant-subscription-limit-hit': 'true' },
    ],
  ])('a cut answer (it %s) leaves a gap', async (_, body, headers) => {
    const { reading } = await read({
      ...fleet,
      override: (s) => (isGraph(s, 'microsoft.compute/snapshots') ? [200, body, headers] : undefined),
    });
    expect(reading.estate.snapshots.gaps.map((g) => g.reason)).toEqual(['truncated', 'truncated']);
    expect(reading.estate.disks.gaps).toEqual([]);
  });

  it('is replaced by list calls under --source auto where it fails', async () => {
    const { reading } = await read(
      {
        ...fleet,
        override: (s) =>
          s.path.includes('ResourceGraph')
            ? [403, { error: { code: 'AuthorizationFailed', message: 'no' } }]
            : undefined,
      },
      { source: 'auto' },
    );
    expect(reading.estate.machines.items).toHaveLength(5);
    expect(reading.estate.backupItems.items).toHaveLength(1);
    expect(Object.keys(reading.gaps)).toEqual(['recoveryPoints', 'replicationRecoveryPoints']);
  });

  it('failing under --source graph leaves every kind unknown', async () => {
    const { reading } = await read({
      ...fleet,
      override: (s) =>
        s.path.includes('ResourceGraph') ? [403, { error: { code: 'AuthorizationFailed', message: 'no' } }] : undefined,
    });
    expect(reading.estate.machines.items).toEqual([]);
    expect(gapOver(reading.estate.machines, `/subscriptions/${one}`)).toMatchObject({ reason: 'no-permission' });
    expect(gapOver(reading.estate.backupItems, `/subscriptions/${two}`)).toMatchObject({ reason: 'no-permission' });
  });
});

describe('what the login may not see', () => {
  const scope = (id: string): string => `/subscriptions/${id}`;

  it('is a gap and not an absence, although Resource Graph answers without a word', async () => {
    const grants = {
      [scope(one)]: ['*/read'],
      [scope(two)]: ['Microsoft.Compute/*/read', 'Microsoft.RecoveryServices/Vaults/read'],
    };
    const { reading } = await read({
      ...fleet,
      grants,
      resources: fleet.resources.filter((r) => !textAt(r, 'id')!.includes('protectedItems')),
    });
    expect(reading.estate.backupItems.gaps).toMatchObject([
      {
        scope: scope(two),
        reason: 'no-permission',
        action: 'Microsoft.RecoveryServices/Vaults/backupFabrics/protectionContainers/protectedItems/read',
      },
    ]);
    expect(reading.estate.vaults.gaps).toEqual([]);
    expect(reading.estate.machines.gaps).toEqual([]);
  });

  it('stays unknown where the permissions themselves cannot be read', async () => {
    const { reading } = await read({
      ...fleet,
      override: (s) =>
        s.path.includes(`${two}/providers/Microsoft.Authorization/permissions`)
          ? [403, { error: { code: 'AuthorizationFailed' } }]
          : undefined,
    });
    expect(gapOver(reading.estate.backupItems, scope(two))).toMatchObject({ reason: 'no-permission' });
    expect(gapOver(reading.estate.backupItems, scope(one))).toBeUndefined();
  });

  it('needs rights in the named resource groups only, for machines', async () => {
    const grants = { [scope(one)]: [], [`${scope(one)}/resourcegroups/rg`]: ['*/read'], [scope(two)]: ['*/read'] };
    const { reading } = await read({ ...fleet, grants }, { filter: { subscriptions: [one], resourceGroups: ['RG'] } });
    expect(reading.estate.machines.gaps).toEqual([]);
    expect(reading.estate.machines.items).toHaveLength(5);
    expect(gapOver(reading.estate.snapshots, scope(one))).toMatchObject({ reason: 'no-permission' });
  });

  it('a subscription that is named and not visible is a gap in everything', async () => {
    const { reading } = await read(fleet, { filter: { subscriptions: [one, sub(9)] } });
    for (const collected of [reading.estate.machines, reading.estate.disks, reading.estate.backupItems]) {
      expect(gapOver(collected, scope(sub(9)))).toMatchObject({ reason: 'no-permission' });
    }
    expect(reading.estate.machines.items).toHaveLength(5);
    expect(reading.estate.scope.subscriptions).toEqual([one, sub(9)]);
  });

  it('a login that sees nothing is told so', async () => {
    intercept(fakeArm({ ...fleet, subscriptions: [] }));
    const reading = await readEstate(
      { filter: {}, source: 'auto', deep: false, concurrency: 4 },
      { transport: testTransport(), clock: testClock() },
    );
    expect(reading).toMatchObject({ kind: 'failed', problem: { code: 'no-subscriptions' } });
  });
});

describe('trouble on the way', () => {
  it('a throttled question is asked again after the wait Azure named', async () => {
    let turned = 0;
    const { reading, waits } = await read({
      ...fleet,
      override: (s) =>
        isGraph(s, 'microsoft.compute/disks') && turned++ === 0
          ? [429, { error: { code: 'RateLimiting', message: 'x' } }, { 'retry-after': '7' }]
          : undefined,
    });
    expect(waits).toContain(7000);
    expect(reading.estate.disks.items).toHaveLength(5);
  });

  it('patience has an end, and then the kind is unknown because throttled', async () => {
    const { reading, waits } = await read(
      {
        ...fleet,
        override: (s) =>
          s.path.includes('/locks')
            ? [429, { error: { code: 'SubscriptionRequestsThrottled', message: 'x' } }, { 'retry-after': '40' }]
            : undefined,
      },
      { patienceMs: 90_000 },
    );
    expect(reading.estate.locks.gaps.map((g) => g.reason)).toEqual(['throttled', 'throttled']);
    expect(waits.filter((ms) => ms === 40_000)).toHaveLength(4);
  });

  it('a server error is asked about a few times and then leaves a gap', async () => {
    let asked = 0;
    const { reading } = await read({
      ...fleet,
      subscriptions: [one],
      override: (s) =>
        s.path.includes('/locks') ? (asked++, [500, { error: { code: 'InternalServerError' } }]) : undefined,
    });
    expect(asked).toBe(4);
    expect(reading.estate.locks.gaps).toMatchObject([{ reason: 'not-answered', scope: `/subscriptions/${one}` }]);
  });

  it('a page that fails keeps the rows before it and leaves a gap', async () => {
    const { reading } = await read(
      {
        ...fleet,
        override: (s) =>
          s.path.includes('page=4') && s.path.includes('/disks')
            ? [403, { error: { code: 'AuthorizationFailed' } }]
            : undefined,
      },
      { source: 'arm' },
    );
    expect(reading.estate.disks.items).toHaveLength(4);
    expect(gapOver(reading.estate.disks, `/subscriptions/${one}`)).toMatchObject({ reason: 'no-permission' });
    const lost = reading.estate.machines.items.flatMap((m) => m.disks).filter((d) => !d.disk.known);
    expect(lost.map((d) => (d.disk.known ? '' : d.disk.reason))).toEqual(['no-permission']);
  });

  it('a nextLink to another host is not followed and leaves a gap', async () => {
    const elsewhere = intercept(() => [200, { value: [] }], 'https://evil.example');
    const { reading } = await read({
      ...fleet,
      override: (s) =>
        s.path.includes('/locks') ? [200, { value: [], nextLink: 'https://evil.example/more' }] : undefined,
    });
    expect(elsewhere).toEqual([]);
    expect(reading.estate.locks.gaps.length).toBeGreaterThan(0);
  });

  it('without Recovery Services registered a subscription holds no vault: that is known', async () => {
    const { reading } = await read(
      {
        ...fleet,
        override: (s) =>
          /RecoveryServices\/vaults\?/i.test(s.path) && s.path.includes(one)
            ? [409, { error: { code: 'MissingSubscriptionRegistration' } }]
            : undefined,
      },
      { source: 'arm' },
    );
    expect(reading.estate.vaults.gaps).toEqual([]);
    expect(reading.estate.vaults.items).toHaveLength(1);
  });

  it('a row that cannot be read is a gap, never dropped in silence', async () => {
    const { reading } = await read({
      ...fleet,
      override: (s) => (s.path.includes('/locks') ? [200, { value: [{ name: 'no id' }] }] : undefined),
    });
    expect(reading.estate.locks.gaps).toMatchObject([{ scope: '/', reason: 'unintelligible' }]);
  });
});

describe('scope', () => {
  it.each([
    [{ tags: ['ENV=prod'] }, ['a', 'b']],
    [{ tags: ['env=prod,DEV'] }, names],
    [{ tags: ['env=prod', 'other=x'] }, []],
    [{ excludeTags: ['env=prod'] }, ['c', 'd', 'e']],
    [{ excludeTags: ['Env'] }, []],
    [{ resourceGroups: ['rg'] }, names],
    [{ resourceGroups: ['elsewhere'] }, []],
  ])('%j keeps %j', async (filter, kept) => {
    const { reading } = await read(fleet, { filter });
    expect(reading.estate.machines.items.map((m) => m.name).sort()).toEqual(kept);
  });

  it('protection of a machine left out by the filter is not shown as an orphan', async () => {
    const { reading } = await read(fleet, { filter: { tags: ['env=dev'] } });
    expect(reading.estate.backupItems.items).toEqual([]);
    const gone = { ...fleet, resources: [...fleet.resources, protection(two, vmId(one, 'gone'))] };
    nock.cleanAll();
    expect((await read(gone)).reading.estate.backupItems.items).toHaveLength(2);
  });
});

describe('--deep', () => {
  const item = textAt(protection(two, vmId(one, 'a')), 'id')!;
  const point = (name: string, at: string): unknown => ({
    id: `${item}/recoveryPoints/${name}`,
    name,
    type: 'Microsoft.RecoveryServices/vaults/backupFabrics/protectionContainers/protectedItems/recoveryPoints',
    properties: {
      recoveryPointType: 'AppConsistent',
      recoveryPointTime: at,
      recoveryPointTierDetails: [
        { type: 1, status: 1 },
        { type: 'HardenedRP', status: 'Valid' },
      ],
    },
  });
  const points = [
    point('9223372036854775807', '2026-06-01T02:00:00Z'),
    point('520981742781621', '2026-06-03T02:00:00Z'),
    point('1', '2026-06-02T02:00:00Z'),
  ];

  it('reads points once per protected item, newest first, their long numbers whole', async () => {
    const { reading, sent } = await read({ ...fleet, resources: [...fleet.resources, ...points] }, { deep: true });
    const read1 = reading.estate.backupItems.items[0]!.points;
    expect(read1.known && read1.value.map((p) => [p.id.split('/').at(-1), p.consistency, p.tiers])).toEqual([
      ['520981742781621', 'application', ['snapshot', 'vault']],
      ['1', 'application', ['snapshot', 'vault']],
      ['9223372036854775807', 'application', ['snapshot', 'vault']],
    ]);
    expect(sent.filter((s) => s.path.includes('recoveryPoints') && !s.path.includes('page='))).toHaveLength(1);
  });

  it('without it points are not read, and nobody claims there are none', async () => {
    const { reading } = await read({ ...fleet, resources: [...fleet.resources, ...points] });
    expect(reading.estate.backupItems.items[0]!.points).toMatchObject({ known: false, reason: 'not-read' });
  });

  it('points that may not be read are unknown for that reason', async () => {
    const { reading } = await read(
      {
        ...fleet,
        override: (s) =>
          s.path.includes('recoveryPoints') ? [403, { error: { code: 'AuthorizationFailed' } }] : undefined,
      },
      { deep: true },
    );
    expect(reading.estate.backupItems.items[0]!.points).toMatchObject({ known: false, reason: 'no-permission' });
  });
});

describe('restore points', () => {
  const collection = (name: string, group: string): unknown => ({
    id: `/subscriptions/${one}/resourceGroups/${group}/providers/Microsoft.Compute/restorePointCollections/${name}`,
    name,
    type: 'Microsoft.Compute/restorePointCollections',
    location: 'westeurope',
    properties: { source: { id: vmId(one, 'a') }, provisioningState: 'Succeeded' },
  });

  it("are read once per collection of people's own, and never of Azure Backup's", async () => {
    const resources = [
      ...fleet.resources,
      collection('mine', 'rg'),
      collection('x', 'AzureBackupRG_westeurope_1'),
      collection('AzureBackup_a_1', 'rg2'),
    ];
    const { reading, sent } = await read({
      ...fleet,
      resources,
      override: (s) =>
        s.path.includes('/mine?')
          ? [
              200,
              {
                ...(collection('mine', 'rg') as object),
                properties: {
                  restorePoints: [
                    {
                      id: `${textAt(collection('mine', 'rg'), 'id')}/restorePoints/p1`,
                      properties: { consistencyMode: 'CrashConsistent', timeCreated: '2026-06-01T00:00:00+00:00' },
                    },
                  ],
                },
              },
            ]
          : undefined,
    });
    expect(sent.filter((s) => s.path.includes('expand=restorePoints'))).toHaveLength(1);
    const shown = Object.fromEntries(
      reading.estate.restorePointCollections.items.map((c) => [
        c.name,
        [c.ownedByBackup, c.points.known && c.points.value.map((p) => p.consistency)],
      ]),
    );
    expect(shown).toEqual({ mine: [false, ['crash']], x: [true, false], AzureBackup_a_1: [true, false] });
  });
});
