/** Goals of captures and clones: an image whole and of its source, a script that ended well, a machine marked, a name that is ours. */
import { describe, expect, it } from 'vitest';
import { readGoal } from '../../../src/azure/goals/index.ts';
import type { Goal, Step, StepOf } from '../../../src/core/plan.ts';
import { snapshotStep } from '../../engine/plan-builder.ts';
import { inTurn, signal, stubArm, type Reply } from '../steps/stub-arm.ts';

const group = '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Compute';
const machineId = `${group}/virtualMachines/web`;
const imageId = `${group}/images/golden`;
const commandId = `${machineId}/runCommands/hf-deprovision`;
const notFound: Reply = { status: 404, body: { error: { code: 'ResourceNotFound', message: 'gone' } } };
const forbidden: Reply = { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'no' } } };
const ok = (body: unknown): Reply => ({ status: 200, body });

const judged = async (goal: Goal, reply: Reply, step: Step = snapshotStep('a')) => {
  const arm = stubArm(inTurn(reply));
  const state = await readGoal({ arm, now: () => undefined, signal }, goal, step);
  return { state, sent: arm.sent };
};
const kindOf = async (...args: Parameters<typeof judged>) => (await judged(...args)).state.kind;

describe('an image', () => {
  const whole: Goal = { kind: 'image-complete', resourceId: imageId, sourceId: machineId, dataDisks: 2 };
  const imageOf = (id: string, dataDisks: number, provisioningState = 'Succeeded', osDisk: object = {}) =>
    ok({
      id: imageId,
      properties: {
        provisioningState,
        sourceVirtualMachine: { id },
        storageProfile: { osDisk, dataDisks: Array.from({ length: dataDisks }, () => ({})) },
      },
    });

  it.each([
    ['whole, of its machine, however spelled', imageOf(machineId.toUpperCase(), 2), 'holds'],
    ['of another machine', imageOf(`${machineId}2`, 2), 'refused'],
    ['of another machine, failed', imageOf(`${machineId}2`, 2, 'Failed'), 'refused'],
    ['with a data disk less', imageOf(machineId, 1), 'refused'],
    ['with a data disk more', imageOf(machineId, 3), 'refused'],
    ['being made', imageOf(machineId, 0, 'Creating'), 'coming'],
    ['failed', imageOf(machineId, 2, 'Failed'), 'absent'],
    ['not there', notFound, 'absent'],
    ['out of sight', forbidden, 'refused'],
    ['of which no source is told', ok({ properties: { provisioningState: 'Succeeded' } }), 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    expect(await kindOf(whole, reply)).toBe(kind);
  });

  it.each(['managedDisk', 'snapshot'])(
    'of a %s without a machine is judged by that, whatever disks it holds',
    async (what) => {
      const sourceId = `${group}/disks/golden-os`;
      const goal: Goal = { ...whole, sourceId, dataDisks: null };
      const from = (id: string) => ok({ properties: { storageProfile: { osDisk: { [what]: { id } } } } });
      expect(await kindOf(goal, from(sourceId))).toBe('holds');
      expect(await kindOf(goal, from(`${sourceId}2`))).toBe('refused');
    },
  );
});

describe('a script in a machine', () => {
  const goal: Goal = { kind: 'run-command-succeeded', resourceId: commandId };
  const ran = (instanceView: object) => ok({ properties: { instanceView } });

  it.each([
    ['ended well', ran({ executionState: 'Succeeded', exitCode: 0 }), 'holds'],
    ['ended well, its exit code not told', ran({ executionState: 'Succeeded' }), 'holds'],
    ['ended with an exit code of its own', ran({ executionState: 'Succeeded', exitCode: 1 }), 'absent'],
    ['failed', ran({ executionState: 'Failed', exitCode: 0 }), 'absent'],
    ['timed out', ran({ executionState: 'TimedOut' }), 'absent'],
    ['was cancelled', ran({ executionState: 'Canceled' }), 'absent'],
    ['runs', ran({ executionState: 'Running' }), 'coming'],
    ['is to run', ran({ executionState: 'Pending' }), 'coming'],
    ['is in a state that Azure does not know', ran({ executionState: 'Unknown' }), 'coming'],
    ['has told nothing of itself', ran({}), 'coming'],
    ['was never sent', notFound, 'absent'],
    ['is out of sight', forbidden, 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    const { state, sent } = await judged(goal, reply);
    expect(state.kind).toBe(kind);
    expect(sent[0]!.query).toEqual({ $expand: 'instanceView' });
  });

  it('that ended badly is told with its exit code and its last lines, errors before output, and no secret of either', async () => {
    const lines = ['1', '2', '3', '4', 'AccountKey=c2VjcmV0c2VjcmV0;rest', 'busy'].join('\r\n\n');
    const told = async (view: object) => (await judged(goal, ran({ executionState: 'Failed', ...view }))).state;
    expect(await told({ exitCode: 3, error: lines, output: 'out' })).toEqual({
      kind: 'absent',
      detail: 'the script ended failed, exit code 3; it said: 2 / 3 / 4 / AccountKey=…;rest / busy',
    });
    expect(await told({ output: 'out' })).toMatchObject({ detail: 'the script ended failed; it said: out' });
    expect(await told({ executionState: 'TimedOut' })).toMatchObject({ detail: 'the script ended by its timeout' });
  });
});

describe('a generalized machine', () => {
  const goal: Goal = { kind: 'machine-generalized', machineId };
  const statuses = (...codes: readonly string[]) =>
    ok({ properties: { instanceView: { statuses: codes.map((code) => ({ code })) } } });

  it.each([
    ['says so itself', statuses('ProvisioningState/succeeded', 'OSState/generalized'), 'holds'],
    ['is not one that is only deallocated', statuses('PowerState/deallocated'), 'absent'],
    ['is not one that tells nothing', ok({ properties: {} }), 'absent'],
    ['is not one that is gone', notFound, 'absent'],
    ['out of sight is not taken for one', forbidden, 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    expect(await kindOf(goal, reply)).toBe(kind);
  });
});

describe('a clone', () => {
  const step: StepOf<'machine.create'> = {
    ...snapshotStep('a'),
    kind: 'machine.create',
    method: 'PUT',
    resourceId: machineId,
    goal: { kind: 'exists', resourceId: machineId },
    input: {
      location: 'westeurope',
      zones: [],
      size: 'Standard_D2s_v5',
      interfaceId: '/subscriptions/S/resourceGroups/RG/providers/Microsoft.Network/networkInterfaces/n',
      storage: { kind: 'image', imageId, login: null },
      tags: { 'holdfast-run': 'run' },
    },
  };
  const machine = (tags: Record<string, string>, provisioningState: string) =>
    ok({ id: machineId, location: 'westeurope', tags, properties: { provisioningState } });

  it.each([
    ['is there when it is of this run', machine({ 'holdfast-run': 'run' }, 'Succeeded'), 'holds'],
    ['is waited for', machine({ 'holdfast-run': 'run' }, 'Creating'), 'coming'],
    ['of this run that failed is written again', machine({ 'holdfast-run': 'run' }, 'Failed'), 'absent'],
    ['is never written over a machine of somebody else', machine({}, 'Succeeded'), 'refused'],
    ['is never written over a machine of another run', machine({ 'holdfast-run': 'other' }, 'Succeeded'), 'refused'],
    // A machine that runs is `Failed` as soon as its last change, an extension's say, failed.
    ['is never written over a machine of somebody else whose last change failed', machine({}, 'Failed'), 'refused'],
    ['is never written over a machine of somebody else that is being changed', machine({}, 'Updating'), 'refused'],
  ] as const)('%s', async (_name, reply, kind) => {
    expect(await kindOf(step.goal, reply, step)).toBe(kind);
  });
});
