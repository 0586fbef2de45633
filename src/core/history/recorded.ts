/** What the history keeps: one record for each run of a job, each plan applied and each audit, whole. */
import type { ComparedAudit } from './compared-audit.ts';
import type { JobRun } from '../job/job-run.ts';
import { keyOf, nameOf, type ResourceId, type ResourceKey } from '../ids.ts';
import type { OutcomeKind, StepKind } from '../plan.ts';
import type { OptionId } from '../option.ts';
import type { Instant } from '../time.ts';

export type Recorded = JobRun | ApplyRun | AuditRecord;

export const recordSchemaVersion = 1;

/** One time that a plan was worked on, by `apply` or by a shortcut. */
export interface ApplyRun {
  readonly schemaVersion: typeof recordSchemaVersion;
  readonly kind: 'holdfast.apply-run';
  readonly runId: string;
  /** `apply`, `snapshot`, `protect`, … */
  readonly command: string;
  /** The plan's digest, and its file as the command line named it. */
  readonly plan: string;
  readonly file: string;
  readonly scope: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly exitCode: number;
  readonly steps: readonly AppliedStep[];
}

export interface AppliedStep {
  readonly id: string;
  readonly kind: StepKind;
  readonly option: OptionId;
  readonly subject: ResourceId;
  readonly resourceId: ResourceId;
  readonly outcome: OutcomeKind;
  readonly startedAt?: Instant;
  readonly endedAt?: Instant;
  readonly detail?: string;
}

/** An audit as far as a later one is compared with it. */
export interface AuditRecord {
  readonly schemaVersion: typeof recordSchemaVersion;
  readonly kind: 'holdfast.audit-record';
  readonly runId: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  readonly audit: ComparedAudit;
}

/** Machines that a record tells of, each once: it is found by them. */
export const machinesIn = (recorded: Recorded): readonly { readonly key: ResourceKey; readonly name: string }[] => {
  const found = new Map<ResourceKey, string>();
  for (const { id, name } of subjectsIn(recorded)) if (isMachine(id)) found.set(keyOf(id), name.toLowerCase());
  return [...found].map(([key, name]) => ({ key, name }));
};

const subjectsIn = (recorded: Recorded): readonly { readonly id: ResourceId; readonly name: string }[] => {
  switch (recorded.kind) {
    case 'holdfast.job-run':
      return recorded.machines;
    case 'holdfast.audit-record':
      return recorded.audit.machines;
    default:
      return recorded.steps.map(({ subject }) => ({ id: subject, name: nameOf(subject) }));
  }
};

const isMachine = (id: ResourceId): boolean => /\/virtualmachines\/[^/]+\/?$/i.test(id);
