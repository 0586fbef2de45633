/** Verifying is auditing again: after apply, the subjects of a plan are judged by the guidance the plan was made with. */
import type { Audit, AuditedMachine, Finding } from './audit.ts';
import { keyOf, nameOf, type ResourceId } from './ids.ts';
import type { Plan, StepOutcome } from './plan.ts';
import { standingOf } from './standing.ts';
import type { Instant } from './time.ts';

export const outcomeSchemaVersion = 1;

/** What apply says in the end, and `--output json` prints. */
export interface Outcome {
  readonly schemaVersion: typeof outcomeSchemaVersion;
  readonly kind: 'holdfast.outcome';
  /** The plan's digest. */
  readonly plan: string;
  readonly steps: readonly StepOutcome[];
  /** Null when apply was interrupted before it could look again. */
  readonly verification: Verification | null;
}

export type VerifiedState = 'protected' | 'protection-pending' | 'still-at-risk' | 'unknown';

export interface Verification {
  readonly asOf: Instant;
  readonly subjects: readonly VerifiedSubject[];
  readonly summary: Readonly<Record<VerifiedState, number>>;
}

export interface VerifiedSubject {
  readonly id: ResourceId;
  readonly state: VerifiedState;
  /** For `protection-pending`: when the first point should be there at the latest, where that is known. */
  readonly dueBy?: Instant;
  /** Absent when no audit was at hand from before. */
  readonly before?: readonly Finding[];
  readonly after: readonly Finding[];
  /** Why the state is unknown, when no finding says it. */
  readonly detail?: string;
}

/**
 * Compares the machines a plan wrote for, or refused, before and after. A machine that the second audit does not hold is
 * `unknown`: it may be gone, or out of sight.
 */
export const verifyPlan = (plan: Plan, before: Audit | undefined, after: Audit): Verification => {
  const machinesBefore = byKey(before);
  const machinesAfter = byKey(after);
  const subjects = subjectsOf(plan, machinesBefore, machinesAfter).map((id): VerifiedSubject => {
    const was = machinesBefore.get(keyOf(id));
    const is = machinesAfter.get(keyOf(id));
    const earlier = was === undefined ? {} : { before: was.findings };
    if (is === undefined) {
      const detail = `${nameOf(id)} is not in the audit made after apply: gone, or not readable`;
      return { id, state: 'unknown', ...earlier, after: [], detail };
    }
    const state = stateOf(is);
    const dueBy = state === 'protection-pending' ? latestDue(is) : undefined;
    const detail = state === 'unknown' ? notJudged(is) : undefined;
    return {
      id,
      state,
      ...(dueBy === undefined ? {} : { dueBy }),
      ...earlier,
      after: is.findings,
      ...(detail === undefined ? {} : { detail }),
    };
  });
  const summary = { protected: 0, 'protection-pending': 0, 'still-at-risk': 0, unknown: 0 };
  for (const subject of subjects) summary[subject.state] += 1;
  return { asOf: after.asOf, subjects, summary };
};

const byKey = (audit: Audit | undefined): ReadonlyMap<string, AuditedMachine> =>
  new Map(audit?.machines.map((machine) => [keyOf(machine.id), machine]));

/** Machines only: a vault or a policy is a means. Steps name one machine each; a refusal names the one left out. */
const subjectsOf = (
  plan: Plan,
  before: ReadonlyMap<string, AuditedMachine>,
  after: ReadonlyMap<string, AuditedMachine>,
): readonly ResourceId[] => {
  const found = new Map<string, ResourceId>();
  for (const id of [...plan.steps.flatMap(machinesOf), ...plan.refusals.map((refusal) => refusal.subject)]) {
    if (!found.has(keyOf(id))) found.set(keyOf(id), id);
  }
  return [...found]
    .filter(([key]) => isMachine(key) || before.has(key) || after.has(key))
    .map(([, id]) => id)
    .sort(byText);
};

const isMachine = (key: string): boolean => /\/microsoft\.compute\/virtualmachines\/[^/]+$/.test(key);

const machinesOf = (step: Plan['steps'][number]): readonly ResourceId[] =>
  step.kind === 'backup.enable' || step.kind === 'backup.trigger' ? [step.input.machineId] : [step.subject];

const byText = (a: string, b: string): number => (a.toLowerCase() < b.toLowerCase() ? -1 : 1);

const stateOf = (machine: AuditedMachine): VerifiedState => {
  const standing = standingOf(machine);
  if (standing === 'at-risk') return 'still-at-risk';
  if (standing === 'excluded' || standing === 'nothing-required') return 'unknown';
  return standing;
};

const notJudged = (machine: AuditedMachine): string | undefined => {
  if (machine.excluded) return `it was excluded in the meantime: ${machine.excluded.reason}`;
  return machine.findings.some((finding) => finding.code === 'unknown') ? undefined : 'its class asks for nothing now';
};

const latestDue = (machine: AuditedMachine): Instant | undefined =>
  machine.findings
    .flatMap((finding) => (finding.dueBy === undefined ? [] : [finding.dueBy]))
    .sort()
    .at(-1);
