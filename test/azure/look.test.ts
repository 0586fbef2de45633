/** One look before a write asks each thing once; the next look asks anew, and so does whoever was not answered. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { onceEach } from '../../src/azure/ask.ts';
import { makeAzurePort } from '../../src/azure/azure-port.ts';
import type { ArmRequest } from '../../src/azure/transport.ts';
import type { Assumption } from '../../src/core/plan.ts';
import { snapshotStep } from '../engine/plan-builder.ts';
import { intercept, testTransport, type Reply } from './arm-rig.ts';
import { inTurn, stubArm, type Reply as Answer } from './steps/stub-arm.ts';

const machineId =
  '/subscriptions/00000000-0000-0000-0000-00000000000a/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/vm';
const { signal } = new AbortController();

describe('a look before a write', () => {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });
  const step = snapshotStep('a');
  const same: Assumption = { kind: 'machine-is', machineId, vmId: 'one' };
  const machine = (vmId: string): Reply => [200, { id: machineId, properties: { vmId } }];

  it('sees what changed since the look before it', async () => {
    let vmId = 'one';
    const sent = intercept(({ path }) => (path.startsWith(machineId) ? machine(vmId) : undefined));
    const azure = makeAzurePort(testTransport());
    const look = async (): Promise<string> => {
      await azure.goal(step.goal, step, signal);
      await azure.assumption(same, step, signal);
      return (await azure.assumption(same, step, signal)).kind;
    };
    expect(await look()).toBe('holds');
    vmId = 'two';
    expect(await look()).toBe('moved');
    expect(sent.filter(({ path }) => path.startsWith(machineId))).toHaveLength(2);
  });

  it('has the goal from Azure each time, and never from what was read before', async () => {
    let made = false;
    intercept(() => (made ? [403, { error: { code: 'AuthorizationFailed', message: 'no' } }] : undefined));
    const azure = makeAzurePort(testTransport());
    expect((await azure.goal(step.goal, step, signal)).kind).toBe('absent');
    made = true;
    expect((await azure.goal(step.goal, step, signal)).kind).toBe('refused');
  });
});

describe('what is asked once', () => {
  const get: ArmRequest = { provider: 'compute', method: 'GET', path: machineId };
  const asked = async (requests: readonly ArmRequest[], ...replies: readonly Answer[]) => {
    const arm = stubArm(inTurn(...replies));
    const once = onceEach(arm);
    const kinds: string[] = [];
    for (const request of requests) kinds.push((await once.ask(request)).kind);
    return [kinds, arm.sent.length];
  };
  const ok: Answer = { status: 200, body: {} };

  it('is remembered when it was answered', async () => {
    expect(await asked([get, get], ok)).toEqual([['answer', 'answer'], 1]);
  });

  it.each([
    ['refused', { status: 403, body: { error: { code: 'AuthorizationFailed', message: '' } } }, 'forbidden'],
    ['turned away', { status: 429, body: { error: { code: 'TooManyRequests', message: '' } } }, 'throttled'],
    ['answered without a clear result', { status: 500, body: {} }, 'uncertain'],
    ['not there', { status: 404, body: { error: { code: 'ResourceNotFound', message: '' } } }, 'not-found'],
  ])('is asked again when it was %s', async (_, reply, kind) => {
    expect(await asked([get, get, get], reply, ok)).toEqual([[kind, 'answer', 'answer'], 2]);
  });

  it('is not remembered of a POST, nor of the same path with another query', async () => {
    const post: ArmRequest = { ...get, method: 'POST' };
    expect(await asked([post, post], ok)).toEqual([['answer', 'answer'], 2]);
    const view: ArmRequest = { ...get, query: { $expand: 'instanceView' } };
    expect(await asked([get, view, get, view], ok)).toEqual([['answer', 'answer', 'answer', 'answer'], 2]);
  });
});
