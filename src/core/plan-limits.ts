/** The blast radius that the user allowed, held against a plan: in the planner, and again before apply's first write. */
import { counted } from './duration.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problem.ts';

export const overLimit = 'over-limit';

/** Empty when the plan is within its limits; else exit 5, with nothing written. */
export const limitProblems = ({
  steps,
  limits,
  digest,
}: Pick<Plan, 'steps' | 'limits' | 'digest'>): readonly Problem[] => {
  // Ending replication deletes its replica disks, though it is no DELETE. What a plan makes and takes back is no loss.
  const deletes = steps.filter(
    ({ method, kind, undoes }) => (method === 'DELETE' && undoes === undefined) || kind === 'replication.disable',
  ).length;
  const { maxChanges, maxDeletes } = limits;
  const share = steps.length === 0 ? 0 : (100 * deletes) / steps.length;
  const problem = (summary: string, remedy: string): Problem => ({
    code: overLimit,
    severity: 'high',
    subject: `plan ${digest.slice(0, 12)}`,
    summary,
    remedy,
  });
  return [
    ...(maxChanges !== undefined && steps.length > maxChanges
      ? [
          problem(
            `the plan makes ${counted(steps.length, 'write')}; --max-changes allows ${maxChanges}`,
            'narrow the scope, or raise --max-changes',
          ),
        ]
      : []),
    ...(maxDeletes?.count !== undefined && deletes > maxDeletes.count
      ? [
          problem(
            `the plan makes ${counted(deletes, 'deletion')}; --max-deletes allows ${maxDeletes.count}`,
            'narrow the scope, or raise --max-deletes',
          ),
        ]
      : []),
    ...(maxDeletes?.percent !== undefined && share > maxDeletes.percent
      ? [
          problem(
            `${Math.ceil(share)} % of the plan's writes are deletions; --max-deletes allows ${maxDeletes.percent} %`,
            'narrow the scope, or raise --max-deletes',
          ),
        ]
      : []),
  ];
};
