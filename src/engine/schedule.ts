/** Which steps may run now. Every step and every dependency is looked at once: linear in the plan's size. */
import type { Step } from '../core/plan.ts';
import { UsageError } from '../core/problem.ts';

export interface Skipped {
  readonly step: Step;
  /** The dependency that did not get done. */
  readonly because: string;
}

export interface Schedule {
  /** Steps that depend on nothing. */
  start(): readonly Step[];
  /** Notes a step's end; answers what became ready by it, and what never will. Skipped steps are noted by this call itself. */
  settle(id: string, done: boolean): { readonly ready: readonly Step[]; readonly skipped: readonly Skipped[] };
}

interface Dependant {
  readonly node: Node;
  /** It only comes after: skipped for nothing. */
  readonly merelyAfter: boolean;
}

interface Node {
  readonly step: Step;
  readonly dependants: Dependant[];
  waitingFor: number;
  over: boolean;
}

export const makeSchedule = (steps: readonly Step[]): Schedule => {
  const nodes = new Map<string, Node>();
  for (const step of steps) {
    if (nodes.has(step.id)) throw invalid(step.id, `two steps have the id ${step.id}`);
    nodes.set(step.id, {
      step,
      dependants: [],
      waitingFor: new Set([...step.dependsOn, ...(step.after ?? [])]).size,
      over: false,
    });
  }
  for (const node of nodes.values()) {
    const needs = new Set(node.step.dependsOn);
    for (const id of new Set([...needs, ...(node.step.after ?? [])])) {
      const needed = nodes.get(id);
      if (!needed) throw invalid(node.step.id, `step ${node.step.id} depends on ${id}, which is no step of the plan`);
      needed.dependants.push({ node, merelyAfter: !needs.has(id) });
    }
  }
  for (const { step } of nodes.values()) {
    if (step.undoes === undefined || step.dependsOn.includes(step.undoes)) continue;
    throw invalid(step.id, `step ${step.id} takes back ${step.undoes}, for which it does not wait`);
  }
  refuseCycles(nodes);

  return {
    start: () => [...nodes.values()].filter((node) => node.waitingFor === 0).map((node) => node.step),
    settle(id, done) {
      const ready: Step[] = [];
      const skipped: Skipped[] = [];
      const ended: { id: string; done: boolean }[] = [{ id, done }];
      for (let at = 0; at < ended.length; at += 1) {
        const end = ended[at]!;
        const node = nodes.get(end.id)!;
        node.over = true;
        for (const { node: dependant, merelyAfter } of node.dependants) {
          dependant.waitingFor -= 1;
          if (dependant.over) continue;
          if (!end.done && !merelyAfter && dependant.step.runs === 'on-success') {
            dependant.over = true;
            skipped.push({ step: dependant.step, because: end.id });
            ended.push({ id: dependant.step.id, done: false });
          } else if (dependant.waitingFor === 0) {
            ready.push(dependant.step);
          }
        }
      }
      return { ready, skipped };
    },
  };
};

const refuseCycles = (nodes: ReadonlyMap<string, Node>): void => {
  const left = new Map([...nodes].map(([id, node]) => [id, node.waitingFor]));
  const free = [...nodes.values()].filter((node) => node.waitingFor === 0);
  for (let at = 0; at < free.length; at += 1) {
    left.delete(free[at]!.step.id);
    for (const { node } of free[at]!.dependants) {
      const waiting = left.get(node.step.id)! - 1;
      left.set(node.step.id, waiting);
      if (waiting === 0) free.push(node);
    }
  }
  const [stuck] = left.keys();
  if (stuck !== undefined) throw invalid(stuck, `step ${stuck} waits, through others, for itself`);
};

const invalid = (subject: string, summary: string): UsageError =>
  new UsageError([
    {
      code: 'plan-invalid',
      severity: 'critical',
      subject,
      summary,
      remedy: 'Make the plan again with `holdfast plan`.',
    },
  ]);
