/** The file that node_exporter's textfile collector reads (`--metrics-file`). */
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JobRun } from '../core/job/job-run.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { metricsAfter, metricsText, parseMetrics, type Sample } from '../report/metrics.ts';
import { fileProblem, isFileError } from './file-problem.ts';
import { writeFileAtomically } from './files.ts';
import { lockPlan, PlanHeldError, type PlanLock } from './plan-lock.ts';

/**
 * The collector runs as a user of its own, so anybody may read a file that is made anew; one that is there keeps its
 * mode. It names machines, and holds no secret.
 */
const newMode = 0o644;

/**
 * Whole or not at all. Counters and the last good values come from the file itself, so it needs no history. Never
 * throws: what could not be written is told. `run.problems` holds those of the notifications already.
 */
export const writeMetrics = async (file: string, run: JobRun): Promise<readonly Problem[]> => {
  try {
    // Two runs that end at once: each has to go on from what the other wrote.
    const lock = await lockFile(file);
    try {
      if (await isNoFile(file)) return [noFile(file)];
      const before = await readBefore(file);
      if (before === undefined) return [foreign(file)];
      await writeFileAtomically(file, metricsText(metricsAfter(run, before.samples)), before.mode);
      return [];
    } finally {
      await lock.release();
    }
  } catch (error) {
    const problems =
      error instanceof UsageError
        ? error.problems
        : isFileError(error)
          ? [fileProblem(error, 'write', file)]
          : error instanceof PlanHeldError
            ? [busy(file)]
            : undefined;
    if (problems === undefined) throw error;
    return problems.map((problem) => ({ ...problem, code: 'metrics-file', severity: 'medium' }));
  }
};

/** Writing takes milliseconds; who holds the lock for this long hangs. */
const lockTries = 100;
const lockPauseMs = 20;

const lockFile = async (file: string): Promise<PlanLock> => {
  const name = createHash('sha256')
    .update(`metrics|${resolve(file)}`)
    .digest('hex');
  for (let tries = 1; ; tries += 1) {
    try {
      return await lockPlan(name, file);
    } catch (error) {
      if (!(error instanceof PlanHeldError) || tries === lockTries) throw error;
      await pause(lockPauseMs);
    }
  }
};

/** A device or a pipe may be read for ever. A folder is told of by who opens it. */
const isNoFile = async (file: string): Promise<boolean> => {
  const there = await stat(file).catch((error: unknown) => {
    if (isFileError(error) && error.code === 'ENOENT') return undefined;
    throw error;
  });
  return there !== undefined && !there.isFile() && !there.isDirectory();
};

interface Before {
  readonly samples: readonly Sample[];
  readonly mode: number;
}

/** `undefined`: something is there, and it is none of ours. */
const readBefore = async (file: string): Promise<Before | undefined> => {
  try {
    const text = await readFile(file, 'utf8');
    const mode = (await stat(file)).mode & 0o777;
    const samples = text === '' ? [] : parseMetrics(text);
    return samples === undefined ? undefined : { samples, mode };
  } catch (error) {
    if (isFileError(error) && error.code === 'ENOENT') return { samples: [], mode: newMode };
    throw error;
  }
};

const busy = (file: string): Problem => ({
  code: 'metrics-file',
  severity: 'medium',
  subject: file,
  summary: `the metrics were not written: another process keeps ${file} to itself`,
  remedy: 'find out which holdfast hangs',
});

const noFile = (file: string): Problem => ({
  code: 'metrics-file',
  severity: 'medium',
  subject: file,
  summary: `the metrics were not written: ${file} is no file, but a device, a pipe or a socket`,
  remedy: 'give another --metrics-file',
});

const foreign = (file: string): Problem => ({
  code: 'metrics-file',
  severity: 'medium',
  subject: file,
  summary: `the metrics were not written: ${file} holds something that holdfast did not write, or that was changed since`,
  remedy: 'give another --metrics-file, or take that one away',
});
