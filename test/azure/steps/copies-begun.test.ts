/** Copies that are begun and left: when beginning is done, and what has to be true before a failed one is deleted. */
import { describe, expect, it } from 'vitest';
import { checkAssumption } from '../../../src/azure/assumptions/index.ts';
import { makeDiscovery } from '../../../src/azure/discovery.ts';
import { readGoal } from '../../../src/azure/goals/index.ts';
import type { Lists } from '../../../src/azure/made-since.ts';
import { runnerFor } from '../../../src/azure/steps/index.ts';
import type { Goal, Step } from '../../../src/core/plan.ts';
import { snapshotStep } from '../../engine/plan-builder.ts';
import { inTurn, signal, stubArm, type Reply } from './stub-arm.ts';

const group = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute';
const sourceId = `${group}/snapshots/web-os`;
const copyId = `${group}/snapshots/web-os-ne`;
const pointId = `${group}/restorePointCollections/c-ne/restorePoints/p`;
const sourcePointId = `${group}/restorePointCollections/c/restorePoints/p`;
const notFound: Reply = { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } };
const ok = (body: unknown): Reply => ({ status: 200, body });
const base = snapshotStep('a');

const copy = {
  ...base,
  kind: 'snapshot.copy',
  resourceId: copyId,
  goal: { kind: 'snapshot-copy-begun', resourceId: copyId, sourceSnapshotId: sourceId },
  input: { location: 'northeurope', sourceSnapshotId: sourceId, sku: 'Standard_ZRS', tags: { 'holdfast-run': 'run' } },
} as unknown as Step;
const pointCopy = (kind: 'restore-point-copy-begun' | 'restore-point-copied') =>
  ({
    ...base,
    kind: 'restore-point.copy',
    resourceId: pointId,
    goal: { kind, resourceId: pointId, sourcePointId },
    input: { machineId: `${group}/virtualMachines/web`, location: 'northeurope', sourcePointId },
  }) as unknown as Step;

const judged = (goal: Goal, step: Step, reply: Reply) =>
  readGoal({ arm: stubArm(inTurn(reply)), now: () => undefined, signal }, goal, step);

describe('a snapshot’s copy', () => {
  const snapshot = (more: object = {}, tags: object = { 'holdfast-run': 'run' }) =>
    ok({
      tags,
      properties: {
        provisioningState: 'Succeeded',
        incremental: true,
        creationData: { sourceResourceId: sourceId },
        completionPercent: 0,
        ...more,
      },
    });

  it.each([
    ['has begun when Azure has it, at 0 %', snapshot(), 'holds'],
    ['has begun where it is whole', snapshot({ completionPercent: 100 }), 'holds'],
    ['has not, while the write itself is under way', snapshot({ provisioningState: 'Updating' }), 'coming'],
    ['has not, where nothing is there', notFound, 'absent'],
    ['is no copy of another source', snapshot({ creationData: { sourceResourceId: `${sourceId}2` } }), 'refused'],
    ['is nobody else’s of the name', snapshot({}, { 'holdfast-run': 'other' }), 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    expect((await judged(copy.goal, copy, reply)).kind).toBe(kind);
  });

  it('that failed had begun, and says how it failed: it is not written over', async () => {
    const failed = snapshot({ copyCompletionError: { errorCode: 'CopySourceNotFound', errorMessage: 'lost' } });
    expect(await judged(copy.goal, copy, failed)).toMatchObject({ kind: 'holds', detail: 'its copy failed: lost' });
  });
});

describe('a restore point’s copy', () => {
  const point = (more: object = {}) =>
    ok({
      id: pointId,
      name: 'p',
      properties: { provisioningState: 'Creating', sourceRestorePoint: { id: sourcePointId }, ...more },
    });
  const begun = pointCopy('restore-point-copy-begun');

  it.each([
    ['has begun while it is being made', point(), 'holds'],
    ['has begun where it failed since', point({ provisioningState: 'Failed' }), 'holds'],
    ['has not, where nothing is there', notFound, 'absent'],
    ['is no copy of another point', point({ sourceRestorePoint: { id: `${sourcePointId}2` } }), 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    expect((await judged(begun.goal, begun, reply)).kind).toBe(kind);
  });

  const polled = async (step: Step, ...replies: readonly Reply[]) => {
    const arm = stubArm(inTurn(...replies));
    const runner = runnerFor(step, { arm, discovery: makeDiscovery(arm), now: () => undefined });
    return runner.poll({ kind: 'accepted', operationUrl: 'https://x/op' }, signal);
  };
  const running = ok({ status: 'InProgress' });

  it('is left to its operation as soon as it is there, where beginning is all that is wanted', async () => {
    expect(await polled(begun, running, point())).toEqual({ kind: 'settled', ok: true });
    expect((await polled(begun, running, notFound)).kind).toBe('running');
    expect((await polled(pointCopy('restore-point-copied'), running, point())).kind).toBe('running');
  });

  it('that fails at once has failed', async () => {
    const failed = ok({ status: 'Failed', error: { code: 'Conflict', message: 'no' } });
    expect(await polled(begun, failed, point())).toMatchObject({ kind: 'settled', ok: false });
  });
});

describe('deleting a failed copy', () => {
  const noLists: Lists = { of: () => Promise.reject(new Error('nothing is listed')) } as unknown as Lists;
  const check = (reply: Reply) =>
    checkAssumption(stubArm(inTurn(reply)), { kind: 'copy-failed', copyId }, signal, base, noLists);
  const body = (properties: object) => ok({ properties });

  it.each([
    ['goes on while Azure gives an error of its copying', body({ copyCompletionError: { errorCode: 'x' } }), 'holds'],
    ['goes on where it could not be made', body({ provisioningState: 'Failed' }), 'holds'],
    ['stops where it is under way after all', body({ provisioningState: 'Succeeded', completionPercent: 10 }), 'moved'],
    ['stops where it is whole', body({ provisioningState: 'Succeeded', completionPercent: 100 }), 'moved'],
    ['stops where it is gone', notFound, 'moved'],
  ] as const)('%s', async (_name, reply, kind) => {
    expect((await check(reply)).kind).toBe(kind);
  });
});
