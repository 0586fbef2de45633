/** When replication's goals hold, what moves its assumptions, and what becomes of a lost answer. */
import { describe, expect, it } from 'vitest';
import { checkAssumption } from '../../../src/azure/assumptions/index.ts';
import { readGoal } from '../../../src/azure/goals/index.ts';
import { makeLists } from '../../../src/azure/made-since.ts';
import { runnerFor } from '../../../src/azure/steps/index.ts';
import type { Assumption, Goal, Step } from '../../../src/core/plan.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const vaultId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.RecoveryServices/vaults/v';
const fabricId = `${vaultId}/replicationFabrics/hf-westeurope`;
const containerId = `${fabricId}/replicationProtectionContainers/hf-westeurope`;
const itemId = `${containerId}/replicationProtectedItems/hf-web`;
const machineId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute/virtualMachines/web';
const notFound: Reply = { status: 404, body: { error: { code: 'NotFound', message: 'gone' } } };

const base = {
  option: 'site-recovery',
  subject: machineId,
  reason: 'r',
  source: 'https://x',
  assumes: [],
  dependsOn: [],
  runs: 'on-success',
  destructive: false,
} as const;
const disk = { diskId: '/d', cacheAccountId: '/s', replicaSku: 'Premium_LRS', targetSku: 'Premium_LRS' };
const enable: Step = {
  ...base,
  id: 'replicate-web',
  kind: 'replication.enable',
  method: 'PUT',
  resourceId: itemId,
  goal: { kind: 'replicated', machineId, itemId },
  input: {
    machineId,
    policyId: '/p',
    targetContainerId: '/c',
    targetLocation: 'northeurope',
    targetGroupId: '/g',
    targetNetworkId: '/n',
    targetSubnet: 'a',
    disks: [disk],
  },
};
const disable: Step = {
  ...base,
  id: 'end',
  kind: 'replication.disable',
  method: 'POST',
  resourceId: itemId,
  destructive: true,
  goal: { kind: 'not-replicated', itemId },
  input: { machineId },
};
const mapping: Step = {
  ...base,
  id: 'm',
  kind: 'replication-mapping.create',
  method: 'PUT',
  resourceId: `${containerId}/replicationProtectionContainerMappings/m`,
  goal: { kind: 'paired', resourceId: `${containerId}/replicationProtectionContainerMappings/m` },
  input: { targetContainerId: '/subscriptions/S/c', policyId: '/subscriptions/S/p' },
};
const fabric: Step = {
  ...base,
  id: 'f',
  kind: 'replication-fabric.create',
  method: 'PUT',
  resourceId: fabricId,
  goal: { kind: 'exists', resourceId: fabricId },
  input: { location: 'westeurope' },
};

const goalOf = (step: Step, reply: Reply, goal: Goal = step.goal) =>
  readGoal({ arm: stubArm(inTurn(reply)), now: () => undefined, signal }, goal, step);
const item = (properties: object, details: object = {}): Reply => ({
  status: 200,
  body: {
    id: itemId,
    name: 'hf-web',
    properties: {
      replicationHealth: 'Normal',
      providerSpecificDetails: { instanceType: 'A2A', fabricObjectId: machineId.toLowerCase(), ...details },
      ...properties,
    },
  },
});

describe('a machine', () => {
  it.each<[string, Reply, object]>([
    [
      'is replicated when Azure says Protected',
      item({ protectionState: 'Protected' }, { rpoInSeconds: 95 }),
      { kind: 'holds', outputs: { rpoSeconds: '95' } },
    ],
    [
      'is replicated, and what ails it is said',
      item({ protectionState: 'Protected', replicationHealth: 'Critical' }),
      { kind: 'holds', detail: 'its replication health is critical' },
    ],
    [
      'is not yet replicated while its first copy runs',
      item({ protectionState: 'InitialReplicationInProgress' }, { monitoringPercentageCompletion: 40 }),
      { kind: 'coming', phase: 'initial replication in progress, 40 %' },
    ],
    [
      'is not yet replicated before its first point',
      item({ protectionState: 'InitialReplicationRecoveryCompletionPending' }),
      { kind: 'coming' },
    ],
    [
      'is not replicated by another machine’s item',
      item({ protectionState: 'Protected' }, { fabricObjectId: `${machineId}2` }),
      { kind: 'refused' },
    ],
    ['is not to be enabled over a failed item', item({ protectionState: 'EnablingFailed' }), { kind: 'refused' }],
    [
      'is not to be enabled over one failed over',
      item({ protectionState: 'UnplannedFailoverCommitted' }),
      { kind: 'refused' },
    ],
    ['is not replicated where there is no item', notFound, { kind: 'absent' }],
    ['is in doubt on a 503', { status: 503, body: {} }, { kind: 'uncertain' }],
  ])('%s', async (_name, reply, wanted) => expect(await goalOf(enable, reply)).toMatchObject(wanted));

  it.each<[string, Reply, object]>([
    ['is no longer replicated when the item is gone', notFound, { kind: 'holds' }],
    [
      'is nearly so while the item is being removed',
      item({ protectionState: 'DisablingProtection' }),
      { kind: 'coming' },
    ],
    ['still is, while the item is there', item({ protectionState: 'Protected' }), { kind: 'absent' }],
    ['still is, where removing failed', item({ protectionState: 'DisablingFailed' }), { kind: 'absent' }],
  ])('%s', async (_name, reply, wanted) => expect(await goalOf(disable, reply)).toMatchObject(wanted));
});

describe('pieces', () => {
  const paired = (over: object): Reply => ({
    status: 200,
    body: {
      properties: {
        state: 'Paired',
        targetProtectionContainerId: '/Subscriptions/S/C',
        policyId: '/Subscriptions/S/P',
        ...over,
      },
    },
  });
  it.each<[string, Reply, string]>([
    ['paired as wanted', paired({}), 'holds'],
    ['on its way', paired({ state: 'PairingInProgress' }), 'coming'],
    ['failed', paired({ state: 'PairingFailed' }), 'absent'],
    ['with another container', paired({ targetProtectionContainerId: '/subscriptions/S/x' }), 'refused'],
    ['with another policy', paired({ policyId: '/subscriptions/S/x' }), 'refused'],
    ['not there', notFound, 'absent'],
  ])('a mapping %s', async (_name, reply, wanted) => expect((await goalOf(mapping, reply)).kind).toBe(wanted));

  it('a fabric of the region serves whoever made it; one of another region under its name is not ours', async () => {
    const of = (location: string): Reply => ({
      status: 200,
      body: { properties: { customDetails: { instanceType: 'Azure', location } } },
    });
    expect((await goalOf(fabric, of('West Europe'))).kind).toBe('holds');
    expect((await goalOf(fabric, of('northeurope'))).kind).toBe('refused');
  });
});

describe('assumptions', () => {
  const check = (assumption: Assumption, step: Step, rows: readonly unknown[]) => {
    const arm = stubArm(inTurn({ status: 200, body: { value: rows } }));
    return checkAssumption(
      arm,
      assumption,
      signal,
      step,
      makeLists(arm, () => 0),
    );
  };
  const aFabric = (name: string, location: string) => ({
    id: `${vaultId}/replicationFabrics/${name}`,
    properties: { customDetails: { instanceType: 'Azure', location } },
  });

  it.each<[string, object, string]>([
    ['another one for the region', aFabric('asr-we', 'westeurope'), 'moved'],
    ['one for another region', aFabric('asr-ne', 'northeurope'), 'holds'],
    ['the step’s own', aFabric('HF-westeurope', 'westeurope'), 'holds'],
  ])('that a vault has no other fabric: %s', async (_name, row, wanted) => {
    expect((await check({ kind: 'no-other-fabric', vaultId, location: 'westeurope' }, fabric, [row])).kind).toBe(
      wanted,
    );
  });

  const anItem = (id: string, machine: string) => ({
    id,
    name: 'x',
    properties: {
      protectionState: 'Protected',
      providerSpecificDetails: { instanceType: 'A2A', fabricObjectId: machine },
    },
  });
  it.each<[string, object, string]>([
    [
      'another item of the machine',
      anItem(`${containerId}/replicationProtectedItems/other`, machineId.toLowerCase()),
      'moved',
    ],
    ['an item of another machine', anItem(`${containerId}/replicationProtectedItems/other`, `${machineId}2`), 'holds'],
    ['the step’s own item', anItem(itemId, machineId), 'holds'],
  ])('that no vault replicates it: %s', async (_name, row, wanted) => {
    expect((await check({ kind: 'replicated-nowhere', machineId, vaultIds: [vaultId] }, enable, [row])).kind).toBe(
      wanted,
    );
  });

  const networkId = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/virtualNetworks/we';
  const aMapping = (name: string, primary: string, toward: string) => ({
    id: `${fabricId}/replicationNetworks/azureNetwork/replicationNetworkMappings/${name}`,
    properties: {
      primaryNetworkId: primary.toLowerCase(),
      recoveryNetworkId: '/subscriptions/S/t',
      recoveryFabricArmId: `${vaultId}/replicationFabrics/${toward}`,
    },
  });
  it.each<[string, object, string]>([
    ['mapped to another', aMapping('other', networkId, 'hf-northeurope'), 'moved'],
    ['mapped in another region', aMapping('other', networkId, 'hf-uksouth'), 'holds'],
    ['of others mapped', aMapping('other', `${networkId}2`, 'hf-northeurope'), 'holds'],
  ])('that the network is mapped nowhere else: %s', async (_name, row, wanted) => {
    expect(
      (
        await check({ kind: 'no-other-network-mapping', fabricId, targetFabric: 'hf-northeurope', networkId }, fabric, [
          row,
        ])
      ).kind,
    ).toBe(wanted);
  });

  it('that the item is still the machine’s', async () => {
    const of = async (machine: string) => {
      const arm = stubArm(inTurn({ status: 200, body: anItem(itemId, machine) }));
      return (
        await checkAssumption(
          arm,
          { kind: 'replicates-machine', machineId, itemId },
          signal,
          disable,
          makeLists(arm, () => 0),
        )
      ).kind;
    };
    expect([await of(machineId.toUpperCase()), await of(`${machineId}2`)]).toEqual(['holds', 'moved']);
  });
});

describe('requests', () => {
  const tools = (reply: Reply) => {
    const arm = stubArm(inTurn(reply));
    return { arm, tools: { arm, now: () => undefined, discovery: undefined as never } };
  };

  it('enabling is accepted, never done, by a 202', async () => {
    const { arm, tools: with202 } = tools({
      status: 202,
      headers: {
        'azure-asyncoperation': 'https://management.azure.com/op',
        location: 'https://management.azure.com/loc',
      },
    });
    expect(await runnerFor(enable, with202).begin(enable, signal)).toMatchObject({
      kind: 'accepted',
      operationUrl: 'https://management.azure.com/op',
    });
    expect(arm.sent).toMatchObject([{ provider: 'site-recovery', method: 'PUT', path: itemId }]);
  });

  it('ending replication asks to clean up, not to forget', async () => {
    const { arm, tools: with202 } = tools({ status: 202, headers: { location: 'https://management.azure.com/loc' } });
    expect((await runnerFor(disable, with202).begin(disable, signal)).kind).toBe('accepted');
    expect(arm.sent).toMatchObject([{ method: 'POST', path: `${itemId}/remove` }]);
  });

  const url = `https://management.azure.com${vaultId}/replicationOperationStatus/1234?t=signed`;
  const ended = (error: unknown): Reply => ({ status: 200, body: { status: 'Failed', error } });
  const job: Reply = {
    status: 200,
    body: {
      properties: {
        errors: [{ serviceErrorDetails: { code: '151195', message: 'no way out', recommendedAction: 'open the way' } }],
      },
    },
  };
  it('that failed without a word are explained by their job', async () => {
    const arm = stubArm(inTurn(ended(null), job));
    const polled = await runnerFor(enable, { arm, now: () => undefined, discovery: undefined as never }).poll(
      { kind: 'accepted', operationUrl: url },
      signal,
    );
    expect(polled).toMatchObject({
      kind: 'settled',
      ok: false,
      problem: { detail: '151195: no way out open the way' },
    });
    expect(arm.sent[1]).toMatchObject({ method: 'GET', path: `${vaultId}/replicationJobs/1234` });
  });

  it.each<[string, readonly Reply[], number]>([
    ['that explain themselves', [ended({ code: 'X', message: 'why' })], 1],
    ['whose job cannot be read', [ended(null), notFound], 2],
    ['that ended well', [{ status: 200, body: { status: 'Succeeded' } }], 1],
  ])('%s are told as they are', async (_name, replies, asked) => {
    const arm = stubArm(inTurn(...replies));
    const polled = await runnerFor(enable, { arm, now: () => undefined, discovery: undefined as never }).poll(
      { kind: 'accepted', operationUrl: url },
      signal,
    );
    expect([polled.kind, arm.sent.length]).toEqual(['settled', asked]);
  });

  it('of lost fate: an enabling whose item does not show yet is followed by its job', async () => {
    const row = (name: string, over: object) => ({
      name,
      properties: { scenarioName: 'EnableDr', targetObjectName: 'WEB', startTime: '2026-06-03T12:00:00Z', ...over },
    });
    const rows = [
      row('other', { targetObjectName: 'db' }),
      row('ended', { scenarioName: 'DisableDr' }),
      row('old', { startTime: '2026-06-03T10:00:00Z' }),
      row('mine', {}),
    ];
    const arm = stubArm(
      inTurn(
        notFound,
        { status: 200, body: { value: rows } },
        { status: 200, body: { properties: { state: 'InProgress' } } },
        { status: 200, body: { properties: { state: 'Succeeded' } } },
      ),
    );
    const runner = runnerFor(enable, { arm, now: () => undefined, discovery: undefined as never });
    expect(runner.repeatable).toBe(false);
    expect(await runner.reconcile(enable, Date.UTC(2026, 5, 3, 12), signal)).toEqual({
      kind: 'accepted',
      jobId: 'mine',
    });
    const kinds = [
      await runner.poll({ kind: 'accepted', jobId: 'mine' }, signal),
      await runner.poll({ kind: 'accepted', jobId: 'mine' }, signal),
    ];
    expect(kinds).toMatchObject([{ kind: 'running' }, { kind: 'settled', ok: true }]);
  });

  it.each<[string, Step, Reply, string]>([
    [
      'an enabling that left an item was taken',
      enable,
      item({ protectionState: 'InitialReplicationInProgress' }),
      'settled',
    ],
    ['an enabling that left none was not', enable, notFound, 'absent'],
    ['an end that left no item was taken', disable, notFound, 'settled'],
    ['an end that left the item was not', disable, item({ protectionState: 'Protected' }), 'absent'],
  ])('of lost fate: %s', async (_name, step, reply, wanted) => {
    expect((await runnerFor(step, tools(reply).tools).reconcile(step, 0, signal)).kind).toBe(wanted);
  });
});
