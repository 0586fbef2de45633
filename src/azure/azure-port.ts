/** The engine's Azure, over the real one. */
import type { Azure, Headroom } from '../engine/ports.ts';
import type { Step } from '../core/plan.ts';
import { makeArm, onceEach, type Arm } from './ask.ts';
import { checkAssumption } from './assumptions/index.ts';
import { makeDiscovery } from './discovery.ts';
import { readGoal } from './goals/index.ts';
import { makeLeaseStore } from './lease.ts';
import { makeLists } from './made-since.ts';
import { runnerFor } from './steps/index.ts';
import type { StepTools } from './steps/runner.ts';
import type { Transport } from './transport.ts';

export const makeAzurePort = (transport: Transport): Azure => {
  const listeners: ((headroom: Headroom) => void)[] = [];
  const arm = makeArm(transport, (headroom) => {
    for (const listener of listeners) listener(headroom);
  });
  const tools: StepTools = { arm, discovery: makeDiscovery(arm), now: transport.azureNow };
  const lists = makeLists(arm, transport.azureNow);
  /** What a step looks at before its write: each thing once, however much is assumed of it. A look begins with the goal. */
  const looks = new WeakMap<Step, Arm>();
  const lookOf = (step: Step): Arm => looks.get(step) ?? arm;
  return {
    observe: (listener) => void listeners.push(listener),
    runner: (step) => runnerFor(step, tools),
    goal: (goal, step, signal) => {
      looks.set(step, onceEach(arm));
      return readGoal({ arm, now: transport.azureNow, signal }, goal, step);
    },
    leases: makeLeaseStore(arm),
    assumption: (assumption, step, signal) => checkAssumption(lookOf(step), assumption, signal, step, lists),
  };
};
