import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { keyOf } from '../../src/core/ids.ts';
import { permissionKey, type PreflightQuestions } from '../../src/core/preflight.ts';
import { noReplicationQuestions } from '../../src/core/replication.ts';
import { answerPreflight } from '../../src/azure/preflight.ts';
import { intercept, testClock, testTransport, type Reply, type Sent } from './arm-rig.ts';
import { sub, vaultId, vmId } from './fake-arm.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const one = sub(1);
const ask = async (questions: Partial<PreflightQuestions>, answer: (sent: Sent) => Reply | undefined) => {
  const sent = intercept(answer);
  const facts = await answerPreflight(
    { owners: [], permissions: [], taken: [], replication: noReplicationQuestions, ...questions },
    { transport: testTransport(), clock: testClock(), concurrency: 4, patienceMs: 60_000 },
  );
  return { facts, sent };
};
const machine = vmId(one, 'web');
const owner = { machineId: machine, subscriptionId: one, location: 'westeurope' };

describe('preflight', () => {
  it.each([
    [
      { protectionStatus: 'NotProtected', objectType: 'BackupStatusResponse' },
      { known: true, value: { protected: false } },
    ],
    [
      { protectionStatus: 'Protected', vaultId: vaultId(one), policyName: 'daily' },
      { known: true, value: { protected: true, vaultId: vaultId(one), policyName: 'daily' } },
    ],
    [
      { protectionStatus: 'Protecting', vaultId: `https://management.azure.com${vaultId(one)}` },
      { known: true, value: { protected: true, vaultId: vaultId(one) } },
    ],
    [{ protectionStatus: 'Protected' }, { known: false, reason: 'unintelligible' }],
    [{}, { known: false, reason: 'unintelligible' }],
  ])('the backup status %j means %j', async (body, expected) => {
    const { facts, sent } = await ask({ owners: [owner] }, () => [200, body]);
    expect(facts.owners.get(keyOf(machine))).toMatchObject(expected);
    expect([sent[0]?.method, sent[0]?.path.split('?')[0], sent[0]?.body]).toEqual([
      'POST',
      `/subscriptions/${one}/providers/Microsoft.RecoveryServices/locations/westeurope/backupStatus`,
      { resourceType: 'VM', resourceId: machine },
    ]);
  });

  it('an owner that may not be asked for, or not in time, is unknown; without Recovery Services there is none', async () => {
    const owners = [owner];
    expect(
      (await ask({ owners }, () => [403, { error: { code: 'AuthorizationFailed' } }])).facts.owners.get(keyOf(machine)),
    ).toMatchObject({ known: false, reason: 'no-permission' });
    nock.cleanAll();
    expect(
      (await ask({ owners }, () => [429, { error: { code: 'X' } }, { 'retry-after': '3600' }])).facts.owners.get(
        keyOf(machine),
      ),
    ).toMatchObject({ known: false, reason: 'throttled' });
    nock.cleanAll();
    expect(
      (await ask({ owners }, () => [409, { error: { code: 'MissingSubscriptionRegistration' } }])).facts.owners.get(
        keyOf(machine),
      ),
    ).toMatchObject({ known: true, value: { protected: false } });
  });

  it('asks for permissions at the nearest scope that exists, once', async () => {
    const scope = `/subscriptions/${one}/resourceGroups/new-rg/providers/Microsoft.RecoveryServices/vaults/v/backupPolicies/p`;
    const permissions = [
      'Microsoft.RecoveryServices/vaults/backupPolicies/write',
      'Microsoft.Compute/snapshots/write',
    ].map((action) => ({ action, scope }));
    const { facts, sent } = await ask({ permissions }, (s) =>
      s.path.startsWith(`/subscriptions/${one}/providers/`)
        ? [200, { value: [{ actions: ['Microsoft.RecoveryServices/*'], notActions: [] }] }]
        : undefined,
    );
    expect(permissions.map((p) => facts.permissions.get(permissionKey(p.action, p.scope)))).toEqual([
      { known: true, value: true },
      { known: true, value: false },
    ]);
    expect(sent.map((s) => s.path.replace(/\/providers\/Microsoft.Authorization.*/, ''))).toEqual([
      `/subscriptions/${one}/resourceGroups/new-rg/providers/Microsoft.RecoveryServices/vaults/v`,
      `/subscriptions/${one}/resourceGroups/new-rg`,
      `/subscriptions/${one}`,
    ]);
  });

  it('does not take a wider scope for an answer when the nearer one failed', async () => {
    const scope = vaultId(one);
    const { facts } = await ask({ permissions: [{ action: 'a/write', scope }] }, (s) =>
      s.path.includes('/vaults/') ? [500, {}] : [200, { value: [] }],
    );
    expect(facts.permissions.get(permissionKey('a/write', scope))).toMatchObject({
      known: false,
      reason: 'not-answered',
    });
  });

  it('a name is free after a 404, taken after a 200, and otherwise unknown', async () => {
    const id = (name: string): string =>
      `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.Compute/snapshots/${name}`;
    const { facts } = await ask({ taken: [id('free'), id('taken'), id('hidden')] }, (s) =>
      s.path.includes('taken')
        ? [200, { id: 'x' }]
        : s.path.includes('hidden')
          ? [403, { error: { code: 'AuthorizationFailed' } }]
          : undefined,
    );
    expect(['free', 'taken', 'hidden'].map((n) => facts.taken.get(keyOf(id(n))))).toMatchObject([
      { known: true, value: false },
      { known: true, value: true },
      { known: false, reason: 'no-permission' },
    ]);
  });

  describe('asks Azure Backup beforehand', () => {
    const question = {
      machineId: machine,
      subscriptionId: one,
      location: 'westeurope',
      vaultId: vaultId(one),
      size: 'Standard_D2s_v5',
      premium: true,
    };
    const answers = (validate: Reply, feature: Reply = [200, { supportStatus: 'Supported' }]) =>
      ask({ backupChecks: [question, { ...question, machineId: vmId(one, 'db') }] }, ({ path }) =>
        path.includes('backupValidateFeatures') ? feature : validate,
      );
    const said = async (...replies: Parameters<typeof answers>) =>
      (await answers(...replies)).facts.backupChecks?.get(keyOf(machine));

    it.each([
      [{ status: 'Succeeded' }, { known: true, value: { kind: 'allowed' } }],
      [
        { status: 'Failed', errorCode: 'UserErrorX', errorMessage: 'Not this one.', recommendation: 'Another.' },
        {
          known: true,
          value: { kind: 'refused', code: 'UserErrorX', text: 'Not this one.', recommendation: 'Another.' },
        },
      ],
      [{ status: 'Failed' }, { known: false, reason: 'unintelligible' }],
      [{ status: 'Invalid' }, { known: false, reason: 'unintelligible' }],
      [
        { status: 'Invalid', errorCode: 'UserErrorX' },
        { known: false, reason: 'unintelligible' },
      ],
      [{ errorCode: 'UserErrorX' }, { known: false, reason: 'unintelligible' }],
    ])('the check %j means %j', async (body, expected) => expect(await said([200, body])).toMatchObject(expected));

    it('a size that Azure does not back up refuses, and nothing else that it says of sizes does', async () => {
      const fine: Reply = [200, { status: 'Succeeded' }];
      expect(await said(fine, [200, { supportStatus: 'NotSupported' }])).toMatchObject({
        known: true,
        value: { kind: 'refused', code: 'NotSupported' },
      });
      for (const other of [
        [200, { supportStatus: 'DefaultOFF' }],
        [200, {}],
        [400, { error: { code: 'BadRequest' } }],
      ] as Reply[]) {
        nock.cleanAll();
        expect(await said(fine, other)).toEqual({ known: true, value: { kind: 'allowed' } });
      }
    });

    it('a check that may not be made is unknown, with the right that is missing', async () => {
      const forbidden: Reply = [403, { error: { code: 'AuthorizationFailed' } }];
      const lacks = (check: string) => ({
        known: false,
        reason: 'no-permission',
        action: `Microsoft.RecoveryServices/locations/${check}/action`,
      });
      expect(await said(forbidden)).toMatchObject(lacks('backupPreValidateProtection'));
      nock.cleanAll();
      expect(await said([200, { status: 'Succeeded' }], forbidden)).toMatchObject(lacks('backupValidateFeatures'));
      nock.cleanAll();
      // What was refused is refused, whatever else may not be asked.
      expect(await said([200, { status: 'Failed', errorCode: 'UserErrorX' }], forbidden)).toMatchObject({
        known: true,
        value: { kind: 'refused' },
      });
    });

    it('once a machine, and once a size', async () => {
      const { sent } = await answers([200, { status: 'Succeeded' }]);
      const bodies = (check: string) => sent.filter(({ path }) => path.includes(check)).map(({ body }) => body);
      expect(bodies('backupPreValidateProtection')).toEqual([
        { resourceType: 'VM', resourceId: machine, vaultId: vaultId(one) },
        { resourceType: 'VM', resourceId: vmId(one, 'db'), vaultId: vaultId(one) },
      ]);
      expect(bodies('backupValidateFeatures')).toEqual([
        { featureType: 'AzureVMResourceBackup', vmSize: 'Standard_D2s_v5', vmSku: 'Premium' },
      ]);
    });

    it('of a size anew in another region, and with other disks; of no size where it is not known', async () => {
      const { size: _size, ...sizeless } = question;
      const asked = [
        question,
        { ...question, machineId: vmId(one, 'far'), location: 'northeurope' },
        { ...question, machineId: vmId(one, 'slow'), premium: false },
        { ...sizeless, machineId: vmId(one, 'odd') },
      ];
      const { facts, sent } = await ask({ backupChecks: asked }, ({ path }) =>
        path.includes('backupValidateFeatures')
          ? [200, { supportStatus: path.includes('northeurope') ? 'NotSupported' : 'Supported' }]
          : [200, { status: 'Succeeded' }],
      );
      expect(sent.filter(({ path }) => path.includes('backupValidateFeatures'))).toHaveLength(3);
      expect(
        asked.map(({ machineId }) => {
          const check = facts.backupChecks?.get(keyOf(machineId));
          return check?.known && check.value.kind;
        }),
      ).toEqual(['allowed', 'refused', 'allowed', 'allowed']);
    });
  });
});
