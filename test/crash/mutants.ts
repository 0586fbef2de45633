/** Engines broken on purpose, by wrapping what the engine is given. Each must be caught by the checker. */
import type { Plan, Step } from '../../src/core/plan.ts';
import type { JournalStore, Ports } from '../../src/engine/ports.ts';
import type { FaultRule } from '../../src/simulator/faults.ts';
import type { Reaper } from './process.ts';

export interface Mutant {
  readonly name: string;
  /** The violation it must be caught by. */
  readonly caughtBy: RegExp;
  readonly wrap?: (ports: Ports, reaper: Reaper) => Ports;
  readonly plan?: (plan: Plan) => Plan;
}

export const mutants: readonly Mutant[] = [
  {
    name: 'resends without asking',
    caughtBy: /accepted (twice|2 times)/,
    wrap: (ports) => ({ ...ports, azure: blindAzure(ports.azure) }),
  },
  {
    name: 'takes every write for repeatable',
    caughtBy: /accepted (twice|2 times)/,
    wrap: (ports) => ({ ...ports, azure: everythingRepeatable(ports.azure) }),
  },
  {
    name: 'writes no intent line',
    caughtBy: /accepted (twice|2 times)/,
    wrap: (ports) => ({ ...ports, journal: withoutIntent(ports.journal) }),
  },
  {
    name: 'ignores order',
    caughtBy: /(sent|accepted) before/,
    plan: (plan) => ({ ...plan, steps: plan.steps.map((step) => ({ ...step, dependsOn: [] })) }),
  },
  {
    name: 'assumes done at the 202',
    caughtBy: /journal claims/,
    wrap: (ports) => ({ ...ports, azure: credulousAzure(ports.azure) }),
  },
  {
    name: 'forgets to sync the journal',
    caughtBy: /accepted (twice|2 times)/,
    wrap: (ports, reaper) => ({ ...ports, journal: unsynced(ports.journal, reaper) }),
  },
];

/** Of what only some plans hold. */
export const mutantsOfSome: readonly (Mutant & {
  readonly scenario: string;
  readonly faults?: readonly FaultRule[];
})[] = [
  {
    name: 'ignores what a step takes back',
    scenario: 'a machine stopped for its snapshots',
    caughtBy: /deallocate\S* ended moved/,
    plan: (plan) => withSteps(plan, ({ undoes: _undoes, ...step }) => step),
  },
  {
    name: 'forgets what must run whatever happened',
    scenario: 'a machine stopped for its snapshots',
    faults: [{ fault: 'operation-fails', method: 'PUT', path: 'snapshots/' }],
    caughtBy: /(missing: .*virtualmachines\S* .*running|too much: .*virtualmachines\S* .*deallocated)/,
    plan: (plan) => withSteps(plan, (step) => ({ ...step, runs: 'on-success' })),
  },
  {
    name: 'ignores how many may run at once',
    scenario: 'clones, twenty at a time',
    caughtBy: /were under way at once, not 20/,
    plan: (plan) => withSteps(plan, ({ atOnce: _atOnce, ...step }) => step),
  },
];

const withSteps = (plan: Plan, edit: (step: Step) => object): Plan => ({
  ...plan,
  steps: plan.steps.map((step) => edit(step) as Step),
});

/** Answers "nothing there" to every question about a write of uncertain fate, until it is sent again. */
const blindAzure = (azure: Ports['azure']): Ports['azure'] => {
  const unsure = new Set<string>();
  return {
    ...azure,
    goal: (goal, step, signal) =>
      unsure.has(step.id) ? Promise.resolve({ kind: 'absent' }) : azure.goal(goal, step, signal),
    runner: (step) => {
      const { atMostOnce: _never, ...runner } = azure.runner(step);
      return {
        ...runner,
        begin: (...args) => {
          unsure.delete(step.id);
          return runner.begin(...args);
        },
        reconcile: () => {
          unsure.add(step.id);
          return Promise.resolve({ kind: 'absent' });
        },
      };
    },
  };
};

const everythingRepeatable = (azure: Ports['azure']): Ports['azure'] => ({
  ...azure,
  runner: (step) => ({ ...azure.runner(step), repeatable: true }),
});

const withoutIntent = (journal: JournalStore): JournalStore => ({
  ...journal,
  append: (line) => (line.includes('"intended"') ? Promise.resolve() : journal.append(line)),
});

const credulousAzure = (azure: Ports['azure']): Ports['azure'] => {
  const sent = new Set<string>();
  return {
    ...azure,
    goal: (goal, step, signal) =>
      sent.has(step.id) ? Promise.resolve({ kind: 'holds' }) : azure.goal(goal, step, signal),
    runner: (step) => {
      const runner = azure.runner(step);
      return {
        ...runner,
        begin: async (...args) => {
          const began = await runner.begin(...args);
          if (began.kind === 'accepted') sent.add(step.id);
          return began.kind === 'accepted' ? { kind: 'settled', ok: true } : began;
        },
      };
    },
  };
};

/** `append` resolves at once; lines reach the disk only three later. A killed process loses the rest. */
const unsynced = (journal: JournalStore, reaper: Reaper): JournalStore => {
  const cached: string[] = [];
  return {
    ...journal,
    append: async (line) => {
      if (reaper.dead) return journal.append(line);
      cached.push(line);
      if (cached.length > 3) await journal.append(cached.shift()!);
    },
  };
};
