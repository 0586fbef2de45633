/** A protected item as goals and assumptions read it: stopped, deleted, undeleted, configured with its disks, and its point. */
import { describe, expect, it } from 'vitest';
import { checkAssumption } from '../../../src/azure/assumptions/index.ts';
import { makeDiscovery } from '../../../src/azure/discovery.ts';
import { readGoal } from '../../../src/azure/goals/index.ts';
import { runnerFor } from '../../../src/azure/steps/index.ts';
import type { Assumption, Goal, Step } from '../../../src/core/plan.ts';
import { backupStep } from '../../engine/plan-builder.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const machineId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/web';
const vaultId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/v';
const itemId = `${vaultId}/backupFabrics/Azure/protectionContainers/IaasVMContainer;iaasvmcontainerv2;rg;web/protectedItems/VM;iaasvmcontainerv2;rg;web`;
const policyId = `${vaultId}/backupPolicies/daily`;
const notFound: Reply = { status: 404, body: { error: { code: 'BMSUserErrorObjectNotFound', message: 'gone' } } };
const itemOf = (properties: object): Reply => ({
  status: 200,
  body: {
    id: itemId,
    name: 'VM;x',
    properties: {
      backupManagementType: 'AzureIaasVM',
      sourceResourceId: machineId.toLowerCase(),
      policyId,
      protectionState: 'Protected',
      ...properties,
    },
  },
});
const stopped = itemOf({ protectionState: 'ProtectionStopped', policyId: '' });
const softDeleted = itemOf({
  protectionState: 'ProtectionStopped',
  policyId: '',
  isScheduledForDeferredDelete: true,
  deferredDeleteTimeInUTC: '2026-06-01T00:00:00Z',
});
const another = itemOf({ sourceResourceId: `${machineId}2` });
const step = backupStep('web');
const goal = (wanted: Goal, reply: Reply) =>
  readGoal({ arm: stubArm(inTurn(reply)), now: () => undefined, signal }, wanted, step);

describe('the goal', () => {
  const of = (kind: 'backup-stopped' | 'backup-deleted' | 'backup-undeleted'): Goal => ({ kind, machineId, itemId });

  it.each([
    ['to be stopped', of('backup-stopped'), itemOf({}), 'absent'],
    ['to be stopped', of('backup-stopped'), stopped, 'holds'],
    ['to be stopped', of('backup-stopped'), softDeleted, 'absent'],
    ['to be stopped', of('backup-stopped'), notFound, 'absent'],
    ['to be deleted', of('backup-deleted'), stopped, 'absent'],
    ['to be deleted', of('backup-deleted'), softDeleted, 'holds'],
    ['to be deleted', of('backup-deleted'), notFound, 'holds'],
    ['to be undeleted', of('backup-undeleted'), softDeleted, 'absent'],
    ['to be undeleted', of('backup-undeleted'), stopped, 'holds'],
    ['to be undeleted', of('backup-undeleted'), notFound, 'absent'],
  ] as const)('%s', async (_name, wanted, reply, kind) => expect((await goal(wanted, reply)).kind).toBe(kind));

  it.each(['backup-stopped', 'backup-deleted', 'backup-undeleted'] as const)(
    '%s is refused where the item is another machine’s',
    async (kind) => {
      expect((await goal(of(kind), another)).kind).toBe('refused');
    },
  );

  const configured = (excludeLuns?: readonly number[]): Goal => ({
    kind: 'backup-configured',
    machineId,
    itemId,
    policyId,
    ...(excludeLuns ? { excludeLuns } : {}),
  });
  const leaving = (luns: readonly number[], isInclusionList = false): Reply =>
    itemOf({ extendedProperties: { diskExclusionProperties: { diskLunList: luns, isInclusionList } } });

  it.each([
    ['other disks, not asked for', configured(), leaving([3]), 'holds'],
    ['the disks asked for', configured([1, 2]), leaving([2, 1]), 'holds'],
    ['fewer', configured([1, 2]), leaving([1]), 'absent'],
    ['more', configured([1]), leaving([1, 2]), 'absent'],
    ['none, as asked', configured([]), itemOf({}), 'holds'],
    ['some, and none was asked', configured([]), leaving([1]), 'absent'],
    ['a list of what is in', configured([1]), leaving([1], true), 'absent'],
  ] as const)('to leave out disks, with an item that leaves out %s', async (_name, wanted, reply, kind) => {
    expect((await goal(wanted, reply)).kind).toBe(kind);
  });

  it.each([
    ['Locked', 'holds'],
    ['Unlocked', 'absent'],
    [undefined, 'absent'],
  ] as const)('to have the vault locked, which is %s', async (state, kind) => {
    const reply = {
      status: 200,
      body: {
        id: vaultId,
        properties: { securitySettings: { immutabilitySettings: state === undefined ? null : { state } } },
      },
    };
    expect((await goal({ kind: 'vault-locked', vaultId }, reply)).kind).toBe(kind);
  });
});

describe('a point made', () => {
  const since = '2026-06-03T12:00:00Z';
  const point = (recoveryPointType: string, more: object = {}) => ({
    id: `${itemId}/recoveryPoints/1`,
    properties: {
      objectType: 'IaasVMRecoveryPoint',
      recoveryPointType,
      recoveryPointTime: '2026-06-03T12:00:04Z',
      recoveryPointTierDetails: [{ type: 'InstantRP', status: 'Valid' }],
      ...more,
    },
  });
  const made = async (points: Reply): Promise<string | undefined> => {
    const arm = stubArm((request) =>
      request.path?.endsWith('/recoveryPoints') ? points : itemOf({ lastRecoveryPoint: '2026-06-03T12:00:04Z' }),
    );
    const state = await readGoal(
      { arm, now: () => Date.UTC(2026, 5, 3, 13), signal },
      { kind: 'backup-point-since', machineId, itemId, since },
      step,
    );
    expect(state.kind).toBe('holds');
    return state.kind === 'holds' ? state.detail : undefined;
  };

  it.each([
    [point('AppConsistent'), 'a point of 2026-06-03T12:00:04.000Z, application-consistent'],
    [point('FileSystemConsistent'), 'a point of 2026-06-03T12:00:04.000Z, file-system-consistent'],
    [
      point('CrashConsistent', {
        recoveryPointDiskConfiguration: { numberOfDisksIncludedInBackup: 2, numberOfDisksAttachedToVm: 3 },
      }),
      'a point of 2026-06-03T12:00:04.000Z, crash-consistent, 2 of 3 disks',
    ],
    [point('SomethingNew'), 'a point of 2026-06-03T12:00:04.000Z, of a consistency that Azure did not tell'],
  ])('tells what was truly obtained', async (row, text) => {
    expect((await made({ status: 200, body: { value: [row] } }))?.replace(/:04(\.0+)?Z/, ':04.000Z')).toBe(text);
  });

  it('is made all the same where its consistency cannot be read, and that is said', async () => {
    expect(await made({ status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } })).toContain(
      'was not told',
    );
    expect(await made({ status: 200, body: { value: [] } })).toContain('not known');
  });
});

describe('what a step takes for granted of an item', () => {
  const check = (assumption: Assumption, reply: Reply) =>
    checkAssumption(stubArm(inTurn(reply)), assumption, signal, step, {
      all: () => Promise.resolve({ kind: 'items', items: [] }),
    });
  const is = (state: 'active' | 'stopped' | 'soft-deleted', policy?: string): Assumption => ({
    kind: 'backup-item-is',
    machineId,
    itemId,
    state,
    ...(policy === undefined ? {} : { policyId: policy }),
  });

  it.each([
    ['in force', is('active'), itemOf({ protectionState: 'IRPending' }), 'holds'],
    ['in force', is('active'), stopped, 'moved'],
    ['in force', is('active'), notFound, 'moved'],
    ['in force', is('active'), another, 'moved'],
    ['under its policy', is('active', policyId.toUpperCase()), itemOf({}), 'holds'],
    ['under its policy', is('active', `${vaultId}/backupPolicies/other`), itemOf({}), 'moved'],
    ['stopped', is('stopped'), stopped, 'holds'],
    ['stopped', is('stopped'), softDeleted, 'moved'],
    ['soft-deleted', is('soft-deleted'), softDeleted, 'holds'],
    ['soft-deleted', is('soft-deleted'), stopped, 'moved'],
    ['soft-deleted', is('soft-deleted'), { status: 503, body: {} }, 'uncertain'],
  ] as const)('%s', async (_name, assumption, reply, kind) => expect((await check(assumption, reply)).kind).toBe(kind));
});

describe('a lost answer', () => {
  const base = {
    id: 's',
    option: 'azure-backup' as const,
    subject: machineId,
    reason: 'test',
    source: 'https://example.com',
    resourceId: itemId,
    assumes: [],
    dependsOn: [],
    runs: 'on-success' as const,
    destructive: false,
  };
  const deletion: Step = {
    ...base,
    kind: 'backup.delete',
    method: 'DELETE',
    goal: { kind: 'backup-deleted', machineId, itemId },
    input: { machineId },
  };

  it('to a deletion is judged by the item, and a deletion sends no body', async () => {
    const arm = stubArm(
      inTurn(softDeleted, stopped, { status: 202, headers: { 'azure-asyncoperation': 'https://x/op' } }),
    );
    const runner = runnerFor(deletion, { arm, discovery: makeDiscovery(arm), now: () => undefined });
    expect(await runner.reconcile(deletion, 0, signal)).toMatchObject({ kind: 'settled', ok: true });
    expect(await runner.reconcile(deletion, 0, signal)).toEqual({ kind: 'absent' });
    expect(await runner.begin(deletion, signal)).toMatchObject({ kind: 'accepted', operationUrl: 'https://x/op' });
    expect(arm.sent.at(-1)).toMatchObject({ method: 'DELETE', path: itemId });
    expect(arm.sent.at(-1)).not.toHaveProperty('body');
  });
});
