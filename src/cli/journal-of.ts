/** The journal beside a plan file, seen from `plan`: writing a new plan must not orphan an apply that is still under way. */
import { readFile, rename } from 'node:fs/promises';
import { parsePlanFile } from '../core/plan-file.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import { replay } from '../engine/journal.ts';

export const journalPath = (planPath: string): string => `${planPath}.journal.ndjson`;

/**
 * Makes room for a new plan at `path`: a journal whose plan was carried out to its end is moved aside under its plan's digest;
 * one that was begun and not finished is refused, for it alone knows the operations still running in Azure.
 */
export const makeRoom = async (path: string, shown: string): Promise<void> => {
  const journal = await textIfThere(journalPath(path));
  if (journal === undefined) return;
  const plan = await textIfThere(path);
  const parsed = plan === undefined ? undefined : parsePlanFile(plan, shown);
  if (parsed?.kind !== 'plan')
    throw refusal(
      shown,
      'a journal stands beside it whose plan is not there any more',
      'move both aside by hand, or name another file',
    );
  const { records } = replay(journal.split('\n'), parsed.plan.digest, journalPath(shown));
  const begun = [...records.values()].some((record) => record.intendedAt !== undefined || record.settled !== undefined);
  const left = parsed.plan.steps.filter(
    ({ id }) => !['done', 'already-done'].includes(records.get(id)?.settled?.outcome ?? ''),
  );
  if (begun && left.length > 0) {
    throw refusal(
      shown,
      `its apply was begun and ${left.length} of ${parsed.plan.steps.length} steps are not done`,
      `finish it with \`holdfast apply ${shown}\`, or name another file`,
    );
  }
  await rename(journalPath(path), `${path}.${parsed.plan.digest.slice(0, 12)}.journal.ndjson`);
};

const refusal = (shown: string, why: string, remedy: string): UsageError => {
  const problem: Problem = {
    code: 'plan-in-use',
    severity: 'high',
    subject: shown,
    summary: `${shown} is not overwritten: ${why}`,
    remedy,
  };
  return new UsageError([problem]);
};

const textIfThere = async (path: string): Promise<string | undefined> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
};
