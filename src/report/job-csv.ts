/** A job's run for a spreadsheet: a row per machine. */
import type { JobRun } from '../core/job/job-run.ts';
import type { Row } from './sheet.ts';

export const jobColumns = [
  'job',
  'runId',
  'due',
  'id',
  'name',
  'outcome',
  'option',
  'consistency',
  'pointId',
  'newestPointAt',
  'late',
  'missedWindows',
  'seconds',
  'reason',
] as const;

export const jobRows = ({ job, runId, due, machines }: JobRun): readonly Row[] =>
  machines.map((machine) => ({
    job,
    runId,
    due,
    id: machine.id,
    name: machine.name,
    outcome: machine.outcome,
    option: machine.option ?? '',
    consistency: machine.consistency ?? '',
    pointId: machine.pointId ?? '',
    newestPointAt: machine.newestPoint?.at ?? '',
    late: machine.late === true ? 'yes' : '',
    missedWindows: machine.missedWindows ?? '',
    seconds: machine.seconds ?? '',
    reason: machine.reason ?? '',
  }));
