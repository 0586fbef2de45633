/** Copies, power and deletions: what is sent, and how Azure's answers are judged. */
import { describe, expect, it } from 'vitest';
import { checkAssumption } from '../../../src/azure/assumptions/index.ts';
import { readGoal } from '../../../src/azure/goals/index.ts';
import type { Lists } from '../../../src/azure/made-since.ts';
import { makeDiscovery } from '../../../src/azure/discovery.ts';
import { runnerFor } from '../../../src/azure/steps/index.ts';
import { snapshotCopyBody } from '../../../src/azure/steps/snapshot-copy.ts';
import { collectionBody, pointCopyBody } from '../../../src/azure/steps/restore-point-create.ts';
import { writtenBy } from '../../../src/azure/written.ts';
import type { Assumption, Goal, Step, StepOf } from '../../../src/core/plan.ts';
import { snapshotStep } from '../../engine/plan-builder.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const group = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute';
const machineId = `${group}/virtualMachines/web`;
const sourceId = `${group}/snapshots/web-os`;
const copyId = `${group}/snapshots/web-os-ne`;
const pointId = `${group}/restorePointCollections/c-ne/restorePoints/p`;
const sourcePointId = `${group}/restorePointCollections/c/restorePoints/p`;
const notFound: Reply = { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } };
const forbidden: Reply = { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } };
const ok = (body: unknown): Reply => ({ status: 200, body });
const base = snapshotStep('a');
const common = { ...base, dependsOn: [], assumes: [] };

const copy: StepOf<'snapshot.copy'> = {
  ...common,
  kind: 'snapshot.copy',
  method: 'PUT',
  resourceId: copyId,
  goal: { kind: 'snapshot-copied', resourceId: copyId, sourceSnapshotId: sourceId },
  input: {
    location: 'northeurope',
    sourceSnapshotId: sourceId,
    sku: 'Standard_ZRS',
    networkAccess: 'deny-all',
    publicNetworkAccess: false,
    hyperVGeneration: 'V2',
    tags: { 'holdfast-run': 'run' },
  },
};
const power = (kind: 'machine.deallocate' | 'machine.start'): Step =>
  ({
    ...common,
    kind,
    method: 'POST',
    resourceId: machineId,
    goal: { kind: 'machine-power', machineId, power: kind === 'machine.start' ? 'running' : 'deallocated' },
    input: { machineId, location: 'westeurope', ...(kind === 'machine.start' ? {} : { downtimeSeconds: 135 }) },
  }) as Step;
const removal: Step = {
  ...common,
  kind: 'resource.delete',
  method: 'DELETE',
  resourceId: sourceId,
  goal: { kind: 'gone', resourceId: sourceId },
  input: { what: 'snapshot' },
};

const goalOf = (reply: Reply, goal: Goal, step: Step = base) =>
  readGoal({ arm: stubArm(inTurn(reply)), now: () => undefined, signal }, goal, step);
const begin = async (step: Step, ...replies: readonly Reply[]) => {
  const arm = stubArm(inTurn(...replies));
  const runner = runnerFor(step, { arm, discovery: makeDiscovery(arm), now: () => undefined });
  return { began: await runner.begin(step, signal), sent: arm.sent, runner };
};

describe('a copy of a snapshot', () => {
  it('is asked for as Azure documents it, closed to everybody', () => {
    expect(snapshotCopyBody(copy.input)).toEqual({
      location: 'northeurope',
      tags: { 'holdfast-run': 'run' },
      sku: { name: 'Standard_ZRS' },
      properties: {
        creationData: { createOption: 'CopyStart', sourceResourceId: sourceId },
        incremental: true,
        networkAccessPolicy: 'DenyAll',
        publicNetworkAccess: 'Disabled',
        hyperVGeneration: 'V2',
      },
    });
  });

  it('waits until its source is whole, and writes nothing before', async () => {
    const early = await begin(copy, ok({ properties: { completionPercent: 40 } }));
    expect(early.began).toMatchObject({ kind: 'not-yet', phase: 'its source is copied 40 %' });
    expect(early.sent.map(({ method }) => method)).toEqual(['GET']);
    const later = await begin(copy, ok({ properties: { completionPercent: 100 } }), {
      status: 202,
      headers: { 'azure-asyncoperation': 'https://x/op' },
    });
    expect(later.began.kind).toBe('accepted');
    expect(later.sent.map(({ method, path }) => `${method} ${path}`)).toEqual([`GET ${sourceId}`, `PUT ${copyId}`]);
  });

  const made = (properties: object, tags: object = { 'holdfast-run': 'run' }) =>
    ok({
      tags,
      properties: {
        creationData: { sourceResourceId: sourceId.toUpperCase() },
        incremental: true,
        provisioningState: 'Succeeded',
        ...properties,
      },
    });
  it.each([
    ['holds only at 100 %', made({ completionPercent: 100 }), 'holds'],
    ['is coming at 99 %', made({ completionPercent: 99 }), 'coming'],
    ['is coming while Azure does not tell how far it is', made({}), 'coming'],
    [
      'is absent when it failed',
      made({ completionPercent: 10, copyCompletionError: { errorCode: 'CopySourceNotFound', errorMessage: 'gone' } }),
      'absent',
    ],
    ['is refused when it is another run’s', made({ completionPercent: 100 }, { 'holdfast-run': 'other' }), 'refused'],
    [
      'is refused when it is of something else',
      ok({ properties: { creationData: { sourceResourceId: '/other' } } }),
      'refused',
    ],
  ] as const)('%s', async (_name, reply, wanted) => {
    expect((await goalOf(reply, copy.goal, copy)).kind).toBe(wanted);
  });
});

describe('a copy of a restore point', () => {
  it('names collection and point as sources', () => {
    expect(
      collectionBody({ machineId, location: 'northeurope', copyOf: `${group}/restorePointCollections/c`, tags: {} })
        .properties,
    ).toEqual({ source: { id: `${group}/restorePointCollections/c` } });
    expect(pointCopyBody({ machineId, location: 'northeurope', sourcePointId })).toEqual({
      properties: { sourceRestorePoint: { id: sourcePointId } },
    });
  });

  const goal = { kind: 'restore-point-copied', resourceId: pointId, sourcePointId } as const;
  const point = (percents: readonly (number | undefined)[], more: object = {}) =>
    ok({
      id: pointId,
      name: 'p',
      properties: {
        provisioningState: 'Succeeded',
        sourceRestorePoint: { id: sourcePointId },
        instanceView: {
          diskRestorePoints: percents.map((completionPercent) => ({ replicationStatus: { completionPercent } })),
        },
        ...more,
      },
    });
  it.each([
    ['holds when every disk is at 100 %', point([100, 100]), 'holds'],
    ['is coming while one disk is not', point([100, 60]), 'coming'],
    ['is coming while one disk does not tell', point([100, undefined]), 'coming'],
    ['is coming though the write has succeeded, where nothing is told', point([]), 'coming'],
    [
      'is refused when it failed, since none can be made over it',
      point([100], { provisioningState: 'Failed' }),
      'refused',
    ],
    [
      'is refused when it is a copy of another point',
      point([100], { sourceRestorePoint: { id: `${sourcePointId}2` } }),
      'refused',
    ],
    ['is absent when nothing is there', notFound, 'absent'],
  ] as const)('%s', async (_name, reply, wanted) => {
    expect((await goalOf(reply, goal)).kind).toBe(wanted);
  });
});

describe('power', () => {
  it.each(['machine.deallocate', 'machine.start'] as const)(
    '%s is one POST, followed to its end, and may be sent again',
    async (kind) => {
      const { began, sent, runner } = await begin(power(kind), {
        status: 202,
        headers: { 'azure-asyncoperation': 'https://x/op' },
      });
      expect(began.kind).toBe('accepted');
      expect(sent.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
        { method: 'POST', path: `${machineId}/${kind.slice('machine.'.length)}`, body: undefined },
      ]);
      expect(runner.repeatable).toBe(true);
    },
  );

  const view = (...codes: readonly string[]) =>
    ok({ properties: { instanceView: { statuses: codes.map((code) => ({ code })) } } });
  it.each([
    ['running', view('ProvisioningState/succeeded', 'PowerState/running'), 'holds'],
    ['running', view('PowerState/starting'), 'coming'],
    ['running', view('PowerState/deallocated'), 'absent'],
    ['deallocated', view('PowerState/deallocated'), 'holds'],
    ['deallocated', view('PowerState/deallocating'), 'coming'],
    ['deallocated', view('PowerState/stopped'), 'absent'],
    ['deallocated', view(), 'absent'],
    ['deallocated', forbidden, 'refused'],
  ] as const)('the goal %s over %o is %s', async (wanted, reply, kind) => {
    expect((await goalOf(reply, { kind: 'machine-power', machineId, power: wanted })).kind).toBe(kind);
  });
});

describe('a deletion', () => {
  const noLists: Lists = { all: () => Promise.resolve({ kind: 'items', items: [] }) };
  const check = (assumption: Assumption, reply: Reply) =>
    checkAssumption(stubArm(inTurn(reply)), assumption, signal, removal, noLists);
  const ours = { kind: 'made-by-holdfast', taggedId: sourceId, run: 'run' } as const;

  it('is one DELETE, and has reached its goal when Azure says 404, not when it may not be seen', async () => {
    const { began, sent } = await begin(removal, { status: 202, headers: { 'azure-asyncoperation': 'https://x/op' } });
    expect(began.kind).toBe('accepted');
    expect(sent).toMatchObject([{ method: 'DELETE', path: sourceId }]);
    expect((await goalOf(notFound, removal.goal)).kind).toBe('holds');
    expect((await goalOf(ok({}), removal.goal)).kind).toBe('absent');
    expect((await goalOf(forbidden, removal.goal)).kind).toBe('refused');
    expect(writtenBy(removal)).toEqual([{ kind: 'snapshots', id: sourceId }]);
  });

  it.each([
    ['the tags are still there', ok({ tags: { 'holdfast-run': 'run', 'holdfast-made-by': 'x' } }), 'holds'],
    ['another run made it anew', ok({ tags: { 'holdfast-run': 'other', 'holdfast-made-by': 'x' } }), 'moved'],
    ['somebody took the tags away', ok({ tags: {} }), 'moved'],
    ['it has no tags', ok({}), 'moved'],
    ['it is gone', notFound, 'moved'],
  ] as const)('is only made where holdfast made it: %s', async (_name, reply, wanted) => {
    expect((await check(ours, reply)).kind).toBe(wanted);
  });

  it.each([
    [[], 'holds'],
    [[{ id: pointId }], 'moved'],
  ] as const)('of a collection that holds %o: %s', async (restorePoints, wanted) => {
    expect(
      (
        await check(
          { kind: 'collection-empty', collectionId: `${group}/restorePointCollections/c` },
          ok({ properties: { restorePoints } }),
        )
      ).kind,
    ).toBe(wanted);
  });
});
