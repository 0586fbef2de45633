/** Every runner, goal and assumption over answers that went wrong: one of the port's answers comes back, and soon. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeAzurePort } from '../../src/azure/azure-port.ts';
import { parsePlanFile, planText } from '../../src/core/plan-file.ts';
import { sealPlan } from '../../src/core/plan-digest.ts';
import type { Plan, Step } from '../../src/core/plan.ts';
import { apply } from '../../src/engine/apply.ts';
import type { Accepted } from '../../src/engine/ports.ts';
import { dateHeader } from '../azure/arm-rig.ts';
import { memoryJournal } from '../engine/memory-journal.ts';
import { planOf } from '../engine/plan-builder.ts';
import { virtualClock } from '../engine/virtual-clock.ts';
import { fuzz, type Fate } from './campaign.ts';
import { replies } from './replies.ts';
import { sampleAssumptions, sampleGoals, sampleSteps } from './samples.ts';
import { wire, type RawReply } from './wire.ts';

const tagged = { 'holdfast-run': 'x', 'holdfast-machine': 'x', 'holdfast-made-by': 'x' };
const id = sampleSteps[0]!.subject;
const point = {
  id: `${id}/p`,
  name: 'p',
  properties: {
    provisioningState: 'Succeeded',
    timeCreated: '2026-06-03T01:00:00Z',
    consistencyMode: 'ApplicationConsistent',
    sourceMetadata: { storageProfile: { osDisk: { managedDisk: { id } }, dataDisks: [] } },
  },
};
const corpus: readonly unknown[] = [
  {
    id,
    name: 'web',
    location: 'westeurope',
    tags: tagged,
    properties: {
      provisioningState: 'Succeeded',
      vmId: 'x',
      storageProfile: { osDisk: { osType: 'Linux', managedDisk: { id } }, dataDisks: [] },
      instanceView: { statuses: [{ code: 'PowerState/running' }, { code: 'OSState/generalized' }] },
    },
  },
  {
    id,
    tags: tagged,
    properties: {
      provisioningState: 'Succeeded',
      completionPercent: 40,
      incremental: true,
      creationData: { createOption: 'Copy', sourceResourceId: id },
      uniqueId: 'x',
    },
  },
  { id, tags: tagged, properties: { source: { id }, restorePoints: [point] } },
  point,
  {
    id,
    properties: {
      protectionState: 'IRPending',
      policyId: 'x',
      sourceResourceId: id,
      isScheduledForDeferredDelete: false,
      lastBackupTime: '2026-06-03T02:00:00Z',
    },
  },
  {
    value: [
      {
        id: `${id}/backupJobs/j`,
        name: 'j',
        properties: {
          operation: 'Backup',
          status: 'InProgress',
          startTime: '2026-06-03T01:00:00Z',
          entityFriendlyName: 'web',
        },
      },
    ],
  },
  {
    id,
    properties: {
      status: 'Completed',
      jobType: 'AzureIaaSVMJob',
      operation: 'Backup',
      extendedInfo: { propertyBag: { 'VM Name': 'web' } },
      errorDetails: [{ errorCode: 1, errorString: 'x', recommendations: ['y'] }],
    },
  },
  {
    id,
    name: 'x',
    properties: {
      protectionState: 'Protected',
      replicationHealth: 'Normal',
      providerSpecificDetails: { instanceType: 'A2A', protectedManagedDisks: [{ diskId: id }], fabricObjectId: id },
    },
  },
  { id, name: 'm', properties: { state: 'Paired', health: 'Normal', policyId: 'x' } },
  {
    properties: {
      provisioningState: 'Succeeded',
      instanceView: { executionState: 'Succeeded', exitCode: 0, output: 'x', error: '' },
    },
  },
];

const known: Readonly<Record<'goal' | 'assumption' | 'begin' | 'poll' | 'reconcile', readonly string[]>> = {
  goal: ['holds', 'coming', 'absent', 'refused', 'throttled', 'uncertain'],
  assumption: ['holds', 'moved', 'refused', 'throttled', 'uncertain'],
  begin: ['accepted', 'settled', 'not-yet', 'throttled', 'uncertain'],
  poll: ['running', 'settled', 'vanished', 'refused', 'throttled', 'uncertain'],
  reconcile: ['absent', 'accepted', 'settled', 'refused', 'throttled', 'uncertain'],
};

const answers = fc.array(replies(corpus), { minLength: 1, maxLength: 6 });
const never = new AbortController().signal;
const over = (list: readonly (RawReply | 'lost')[]) => makeAzurePort(wire((_, index) => list[index % list.length]!));

/** Waits, where there are any, are finite and not negative: they go to a clock. */
const sound = (of: keyof typeof known, answer: { readonly kind: string; readonly retryAfterMs?: number }): Fate => {
  expect(known[of]).toContain(answer.kind);
  if (answer.retryAfterMs !== undefined) {
    expect(answer.retryAfterMs).toBeGreaterThanOrEqual(0);
    expect(answer.retryAfterMs).toBeLessThanOrEqual(366 * 24 * 3_600_000);
  }
  return ['refused', 'throttled', 'uncertain', 'moved'].includes(answer.kind) ? 'refused' : 'accepted';
};

const operations: readonly Accepted[] = [
  { kind: 'accepted', operationUrl: 'https://management.azure.com/operations/1?sig=x' },
  { kind: 'accepted', locationUrl: 'https://management.azure.com/operationResults/1' },
  { kind: 'accepted', jobId: 'job' },
  { kind: 'accepted', operationUrl: 'https://elsewhere.test/x' },
  { kind: 'accepted', operationUrl: 'no url' },
  { kind: 'accepted' },
];

describe('what the engine asks Azure', () => {
  it('is tried for every kind of step, goal and assumption that a plan can hold', () => {
    const steps = sampleSteps.map((step, index) => ({
      ...step,
      goal: sampleGoals[index % sampleGoals.length]!,
      assumes: sampleAssumptions,
    }));
    const { digest: _, ...plan } = planOf(steps as readonly Step[]);
    const read = parsePlanFile(planText(sealPlan(plan as Plan)), 'plan.json');
    expect(read.kind === 'invalid' ? read.problems.map(({ summary }) => summary) : []).toEqual([]);
  });

  fuzz({
    name: 'goals',
    inputs: fc.record({ step: fc.constantFrom(...sampleSteps), goal: fc.constantFrom(...sampleGoals), answers }),
    judge: async ({ step, goal, answers: list }) =>
      sound('goal', await over(list).goal(goal, { ...step, goal } as Step, never)),
    runs: 10_000,
  });
  fuzz({
    name: 'assumptions',
    inputs: fc.record({
      step: fc.constantFrom(...sampleSteps),
      assumption: fc.constantFrom(...sampleAssumptions),
      answers,
    }),
    judge: async ({ step, assumption, answers: list }) =>
      sound('assumption', await over(list).assumption(assumption, step, never)),
    runs: 10_000,
  });
  fuzz({
    name: 'writes and what became of them',
    inputs: fc.record({
      step: fc.constantFrom(...sampleSteps),
      goal: fc.constantFrom(...sampleGoals),
      ask: fc.constantFrom('begin' as const, 'reconcile' as const),
      answers,
    }),
    judge: async ({ step, goal, ask, answers: list }) => {
      const runner = over(list).runner({ ...step, goal } as Step);
      return sound(
        ask,
        await (ask === 'begin'
          ? runner.begin(step, never)
          : runner.reconcile({ ...step, goal } as Step, Date.parse(dateHeader), never)),
      );
    },
    runs: 10_000,
  });
  fuzz({
    name: 'operations and jobs',
    inputs: fc.record({ step: fc.constantFrom(...sampleSteps), operation: fc.constantFrom(...operations), answers }),
    judge: async ({ step, operation, answers: list }) =>
      sound('poll', await over(list).runner(step).poll(operation, never)),
    runs: 10_000,
  });
});

describe('a whole apply', () => {
  const day = 24 * 3_600_000;
  fuzz({
    name: 'apply over answers of any kind',
    inputs: fc.record({
      steps: fc.array(fc.constantFrom(...sampleSteps), { minLength: 1, maxLength: 2 }),
      goal: fc.constantFrom(...sampleGoals),
      answers,
    }),
    judge: async ({ steps, goal, answers: list }) => {
      const tooLong = new AbortController();
      const started = Date.parse(dateHeader);
      const clock = virtualClock(started, (now) => {
        if (now > started + 5 * day) tooLong.abort(new Error('five days have passed'));
      });
      const plan = planOf(steps.map((step, index) => ({ ...step, id: `s${index}`, goal }) as Step));
      const outcomes = await apply(plan, {
        azure: over(list),
        clock,
        journal: memoryJournal(),
        emit: (event) => void JSON.stringify(event),
        signal: tooLong.signal,
        concurrency: 2,
      });
      expect(tooLong.signal.aborted, 'apply waits for ever').toBe(false);
      expect(outcomes).toHaveLength(plan.steps.length);
      return outcomes.every(({ outcome }) => /done/.test(outcome)) ? 'accepted' : 'refused';
    },
    runs: 3_000,
    thin: 40,
  });
});
