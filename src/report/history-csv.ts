/** The rows of `history`: one per run, and with a machine what became of that one. */
import type { HistoryEntry } from '../core/history/entry.ts';
import type { HistoryReport } from '../core/history/history.ts';
import type { Row } from './sheet.ts';

export const historyColumns = [
  'entry',
  'run',
  'startedAt',
  'endedAt',
  'cloud',
  'name',
  'outcome',
  'due',
  'machines',
  'created',
  'existing',
  'failed',
  'skipped',
  'late',
  'pruned',
  'trashed',
  'plan',
  'scope',
  'steps',
  'findings',
  'machine',
  'machineOutcome',
  'pointId',
  'pointAt',
  'consistency',
  'missedWindows',
  'reason',
] as const;

export const historyRows = ({ entries, machine }: HistoryReport): readonly Row[] =>
  entries.map((entry) => ({
    entry: entry.entry,
    run: entry.run,
    startedAt: entry.startedAt,
    endedAt: entry.endedAt,
    cloud: entry.cloud,
    ...ownColumns(entry),
    machine: machine?.id ?? null,
  }));

const numbers = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([name, count]) => `${name}=${count}`)
    .join(' ');

const ownColumns = (entry: HistoryEntry): Row => {
  switch (entry.entry) {
    case 'job': {
      const { job, outcome, due, machines, created, existing, failed, skipped, late, pruned, trashed, machine } = entry;
      return {
        name: job,
        outcome,
        due,
        machines,
        created,
        existing,
        failed,
        skipped,
        late,
        pruned,
        trashed,
        machineOutcome: machine?.outcome ?? null,
        pointId: machine?.pointId ?? machine?.newestPoint?.id ?? null,
        pointAt: machine?.newestPoint?.at ?? null,
        consistency: machine?.consistency ?? null,
        missedWindows: machine?.missedWindows ?? null,
        reason: machine?.reason ?? null,
      };
    }
    case 'apply':
      return {
        name: entry.command,
        outcome: entry.outcome,
        plan: entry.plan,
        scope: entry.scope,
        steps: numbers(entry.steps),
        machineOutcome: entry.machine?.map(({ id, outcome }) => `${id}=${outcome}`).join(' ') ?? null,
      };
    default:
      return {
        name: 'audit',
        outcome: entry.complete ? 'complete' : 'incomplete',
        scope: entry.scope,
        machines: entry.machines,
        findings: numbers(entry.severities),
        machineOutcome: entry.machine?.standing ?? null,
        reason: entry.machine?.findings.map(({ code }) => code).join(' ') ?? null,
      };
  }
};
