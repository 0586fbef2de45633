/** What is left of Azure's budgets, from the headers of each answer to whoever keeps the pace. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { headroomOf, makeArm } from '../../src/azure/ask.ts';
import { makeAzurePort } from '../../src/azure/azure-port.ts';
import type { ArmRequest } from '../../src/azure/transport.ts';
import type { Headroom } from '../../src/engine/ports.ts';
import { snapshotStep } from '../engine/plan-builder.ts';
import { intercept, testTransport } from './arm-rig.ts';

const subscription = '00000000-0000-0000-0000-00000000000a';
const machine = `/subscriptions/${subscription}/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/vm`;

const told = (method: ArmRequest['method'], headers: Readonly<Record<string, string>>, body?: unknown) =>
  headroomOf(
    { provider: 'compute', method, path: machine },
    { status: 200, headers, body, text: '', subject: machine },
  );

describe('what an answer says is left', () => {
  // Facts L-02, L-05 and L-06. A budget is named by its header, whatever the request was.
  it.each([
    ['subscription-reads', 'GET', 'read'],
    ['subscription-writes', 'PUT', 'write'],
    ['subscription-deletes', 'DELETE', 'delete'],
    ['subscription-reads', 'PUT', 'read'],
    ['subscription-resource-entities-read', 'POST', 'read'],
  ] as const)('of %s in the answer to a %s', (bucket, method, kind) => {
    const [one, ...more] = told(method, { [`x-ms-ratelimit-remaining-${bucket}`]: '17' });
    expect(one).toMatchObject({ subscriptionId: subscription, kind, bucket, remaining: 17 });
    expect(more).toEqual([]);
  });

  it.each([
    ['GET', 'read'],
    ['PATCH', 'write'],
    ['POST', 'write'],
    ['DELETE', 'delete'],
  ] as const)('of a provider’s own budget counts for requests like this one: %s', (method, kind) => {
    expect(
      told(method, {
        'x-ms-ratelimit-remaining-subscription-resource-requests': '3',
        'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/A;12, Microsoft.Compute/B;0',
      }).map((said) => [said.kind, said.bucket, said.remaining]),
    ).toEqual([
      [kind, 'subscription-resource-requests', 3],
      [kind, 'Microsoft.Compute/A', 12],
      [kind, 'Microsoft.Compute/B', 0],
    ]);
  });

  it('is nothing, rather than all or none, where it is no number', () => {
    for (const odd of ['', 'many', '-1'])
      expect(told('GET', { 'x-ms-ratelimit-remaining-subscription-reads': odd })).toEqual([]);
    expect(told('GET', { 'x-ms-ratelimit-remaining-resource': ';5,,Microsoft.Compute/A' })).toEqual([]);
  });

  it('tells the region in one spelling, and the resource, so that one’s budget is not taken for another’s', () => {
    const [said] = told(
      'GET',
      { 'x-ms-ratelimit-remaining-resource': 'Microsoft.Compute/A;1' },
      { location: 'West Europe' },
    );
    expect(said).toMatchObject({ region: 'westeurope', resource: machine.toLowerCase() });
  });
});

describe('whoever keeps the pace', () => {
  beforeEach(() => nock.disableNetConnect());
  afterEach(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });
  const headers = { 'x-ms-ratelimit-remaining-subscription-reads': '42' };

  it('hears of every answer, those that turn requests away and those that fail included', async () => {
    for (const status of [200, 404, 429, 500]) {
      nock.cleanAll();
      intercept(() => [status, { error: { code: 'X', message: '' } }, headers]);
      const heard: Headroom[] = [];
      await makeArm(testTransport(), (said) => heard.push(said)).ask({
        provider: 'compute',
        method: 'GET',
        path: machine,
      });
      expect(
        heard.map(({ remaining }) => remaining),
        String(status),
      ).toEqual([42]);
    }
  });

  it('hears what goals, assumptions and writes of steps are answered', async () => {
    intercept(() => [200, {}, headers]);
    const azure = makeAzurePort(testTransport());
    const heard: string[] = [];
    azure.observe!(({ bucket, remaining }) => heard.push(`${bucket} ${remaining}`));
    const step = snapshotStep('a');
    const { signal } = new AbortController();
    await azure.goal(step.goal, step, signal);
    await azure.assumption({ kind: 'absent', resourceId: machine }, step, signal);
    await azure.runner(step).begin(step, signal);
    await azure.leases!.read(machine, signal);
    expect(heard).toEqual(Array.from({ length: 4 }, () => 'subscription-reads 42'));
  });
});
