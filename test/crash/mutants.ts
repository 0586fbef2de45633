/** Engines broken on purpose, by wrapping what the engine is given. Each must be caught by the checker. */
import type { Plan } from '../../src/core/plan.ts';
import type { JournalStore, Ports } from '../../src/engine/ports.ts';
import type { Reaper } from './process.ts';

export interface Mutant {
  readonly name: string;
  readonly wrap?: (ports: Ports, reaper: Reaper) => Ports;
  readonly plan?: (plan: Plan) => Plan;
}

export const mutants: readonly Mutant[] = [
  { name: 'resends without asking', wrap: (ports) => ({ ...ports, azure: blindAzure(ports.azure) }) },
  { name: 'writes no intent line', wrap: (ports) => ({ ...ports, journal: withoutIntent(ports.journal) }) },
  { name: 'ignores order', plan: (plan) => ({ ...plan, steps: plan.steps.map((step) => ({ ...step, dependsOn: [] })) }) },
  { name: 'assumes done at the 202', wrap: (ports) => ({ ...ports, azure: credulousAzure(ports.azure) }) },
  { name: 'forgets to sync the journal', wrap: (ports, reaper) => ({ ...ports, journal: unsynced(ports.journal, reaper) }) },
];

/** Answers "nothing there" to every question about a write, until this process has sent it itself. */
const blindAzure = (azure: Ports['azure']): Ports['azure'] => {
  const sent = new Set<string>();
  return {
    ...azure,
    goal: (goal, step, signal) => (sent.has(step.id) ? azure.goal(goal, step, signal) : Promise.resolve({ kind: 'absent' })),
    runner: (step) => {
      const runner = azure.runner(step);
      return {
        ...runner,
        begin: (...args) => {
          sent.add(step.id);
          return runner.begin(...args);
        },
        reconcile: () => Promise.resolve({ kind: 'absent' }),
      };
    },
  };
};

const withoutIntent = (journal: JournalStore): JournalStore => ({
  ...journal,
  append: (line) => (line.includes('"intended"') ? Promise.resolve() : journal.append(line)),
});

const credulousAzure = (azure: Ports['azure']): Ports['azure'] => {
  const sent = new Set<string>();
  return {
    ...azure,
    goal: (goal, step, signal) => (sent.has(step.id) ? Promise.resolve({ kind: 'holds' }) : azure.goal(goal, step, signal)),
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
