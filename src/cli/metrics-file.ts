/** The file that node_exporter's textfile collector reads. */
import type { JobRun } from '../core/job/job-run.ts';
import type { Problem } from '../core/problem.ts';

/** Never throws: what could not be written is told. `run.problems` holds those of the notifications already. */
export const writeMetrics = async (file: string, run: JobRun): Promise<readonly Problem[]> => [
  { code: 'metrics-file', severity: 'medium', subject: file, summary: `metrics of ${run.job}: not built yet` },
];
