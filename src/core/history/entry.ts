/** One record of the history as `history` tells it: of its machines only the one that was asked for. */
import type { FindingCode } from '../audit.ts';
import { keyOf, type ResourceKey } from '../ids.ts';
import type { JobMachine, JobRun } from '../job/job-run.ts';
import type { OptionId } from '../option.ts';
import type { OutcomeKind } from '../plan.ts';
import type { Severity } from '../problem.ts';
import type { Standing } from '../standing.ts';
import type { Instant } from '../time.ts';
import type { AppliedStep, ApplyRun, AuditRecord, Recorded } from './recorded.ts';

export type HistoryEntry = JobEntry | ApplyEntry | AuditEntry;

interface Entered {
  readonly run: string;
  readonly startedAt: Instant;
  readonly endedAt: Instant;
  /** Empty where it is not known. */
  readonly cloud: string;
}

export interface JobEntry
  extends
    Entered,
    Pick<
      JobRun,
      | 'job'
      | 'outcome'
      | 'due'
      | 'late'
      | 'created'
      | 'existing'
      | 'pruned'
      | 'trashed'
      | 'failed'
      | 'skipped'
      | 'copies'
    > {
  readonly entry: 'job';
  readonly machines: number;
  /** What was grave beside what became of machines, in words. */
  readonly problems?: readonly string[];
  /** What became of the machine that was asked for. */
  readonly machine?: JobMachine;
}

export interface ApplyEntry extends Entered {
  readonly entry: 'apply';
  readonly command: string;
  readonly plan: string;
  readonly file: string;
  readonly scope: string;
  readonly outcome: ApplyOutcome;
  readonly steps: Readonly<Partial<Record<OutcomeKind, number>>>;
  /** Those of the machine that was asked for. */
  readonly machine?: readonly AppliedStep[];
}

/** `partly`: some steps were done, and some not. */
export type ApplyOutcome = 'done' | 'partly' | 'failed' | 'interrupted';

export interface AuditEntry extends Entered {
  readonly entry: 'audit';
  readonly scope: string;
  readonly complete: boolean;
  readonly machines: number;
  readonly standings: Readonly<Partial<Record<Standing, number>>>;
  readonly severities: Readonly<Partial<Record<Severity, number>>>;
  readonly machine?: {
    readonly class: string;
    readonly standing: Standing;
    readonly findings: readonly {
      readonly code: FindingCode;
      readonly option?: OptionId;
      readonly severity: Severity;
    }[];
  };
}

/** `machine`: what to tell of besides; a record that does not hold it tells none. */
export const entryOf = (recorded: Recorded, cloud: string, machine?: ResourceKey): HistoryEntry => {
  switch (recorded.kind) {
    case 'holdfast.job-run':
      return jobEntry(recorded, cloud, machine);
    case 'holdfast.apply-run':
      return applyEntry(recorded, cloud, machine);
    default:
      return auditEntry(recorded, cloud, machine);
  }
};

const entered = ({ runId, startedAt, endedAt }: Recorded, cloud: string): Entered => ({
  run: runId,
  startedAt,
  endedAt,
  cloud,
});

const jobEntry = (run: JobRun, cloud: string, machine: ResourceKey | undefined): JobEntry => {
  const { job, outcome, due, late, created, existing, pruned, trashed, failed, skipped, copies, machines } = run;
  const own = machines.find(({ id }) => keyOf(id) === machine);
  const grave = run.problems.filter(({ severity }) => severity === 'critical' || severity === 'high');
  return {
    entry: 'job',
    ...entered(run, cloud),
    job,
    outcome,
    due,
    late,
    created,
    existing,
    pruned,
    trashed,
    failed,
    skipped,
    copies,
    machines: machines.length,
    ...(grave.length === 0 ? {} : { problems: grave.map(({ summary }) => summary) }),
    ...(own === undefined ? {} : { machine: own }),
  };
};

const applyEntry = (run: ApplyRun, cloud: string, machine: ResourceKey | undefined): ApplyEntry => {
  const { command, plan, file, scope, steps } = run;
  return {
    entry: 'apply',
    ...entered(run, cloud),
    command,
    plan,
    file,
    scope,
    outcome: applyOutcomeOf(steps),
    steps: countBy(steps, ({ outcome }) => outcome),
    ...(machine === undefined ? {} : { machine: steps.filter(({ subject }) => keyOf(subject) === machine) }),
  };
};

export const applyOutcomeOf = (steps: readonly AppliedStep[]): ApplyOutcome => {
  const done = steps.filter(({ outcome }) => outcome === 'done' || outcome === 'already-done').length;
  if (steps.some(({ outcome }) => outcome === 'interrupted')) return 'interrupted';
  if (done === steps.length) return 'done';
  // What moved or is in doubt may well be there.
  return done > 0 || steps.some(({ outcome }) => outcome === 'moved' || outcome === 'in-doubt') ? 'partly' : 'failed';
};

const auditEntry = (record: AuditRecord, cloud: string, machine: ResourceKey | undefined): AuditEntry => {
  const { scope, complete, machines, orphans, vaults } = record.audit;
  const own = machines.find(({ id }) => keyOf(id) === machine);
  const findings = [...machines, ...orphans, ...vaults].flatMap((subject) => subject.findings);
  return {
    entry: 'audit',
    ...entered(record, cloud),
    scope,
    complete,
    machines: machines.length,
    standings: countBy(machines, ({ standing }) => standing),
    severities: countBy(findings, ({ severity }) => severity),
    ...(own === undefined
      ? {}
      : {
          machine: {
            class: own.class,
            standing: own.standing,
            findings: own.findings.map(({ code, option, severity }) => ({
              code,
              ...(option === undefined ? {} : { option }),
              severity,
            })),
          },
        }),
  };
};

/** Keys in order, so that equal histories are equal as text too. */
export const countBy = <T, K extends string>(
  items: readonly T[],
  of: (item: T) => K,
): Readonly<Partial<Record<K, number>>> => {
  const counts: Partial<Record<K, number>> = {};
  for (const key of items.map(of).sort()) counts[key] = (counts[key] ?? 0) + 1;
  return counts;
};
