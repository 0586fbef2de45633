/** The blast radius that the user allowed, held against a plan: in the planner, and again before apply's first write. */
import { counted } from './duration.ts';
import type { Plan, Step } from './plan.ts';
import type { Problem } from './problem.ts';

export const overLimit = 'over-limit';

/** Empty when the plan is within its limits; else exit 5, with nothing written. */
export const limitProblems = ({
  steps,
  limits,
  digest,
  points,
}: Pick<Plan, 'steps' | 'limits' | 'digest' | 'points'>): readonly Problem[] => {
  const { maxChanges, maxDeletes } = limits;
  const problem = (summary: string, remedy: string): Problem => ({
    code: overLimit,
    severity: 'high',
    subject: `plan ${digest.slice(0, 12)}`,
    summary,
    remedy,
  });
  const deletes = steps.filter((step) => isDeletion(step, points !== undefined)).length;
  const marks = points?.marked ?? 0;
  const kinds = [
    {
      n: deletes,
      makes: counted(deletes, 'deletion'),
      share: points === undefined ? "the plan's writes are deletions" : 'the points in scope would be deleted',
    },
    // Deleted when their grace is over, by a run that nobody watches.
    {
      n: marks,
      makes: `${counted(marks, 'mark')} for deletion`,
      share: 'the points in scope would be marked to be deleted',
    },
  ];
  const widen = 'narrow the scope, or raise --max-deletes';
  return [
    ...(maxChanges !== undefined && steps.length > maxChanges
      ? [
          problem(
            `the plan makes ${counted(steps.length, 'write')}; --max-changes allows ${maxChanges}`,
            'narrow the scope, or raise --max-changes',
          ),
        ]
      : []),
    ...kinds.flatMap(({ n, makes, share }) => {
      const of = points?.inScope ?? steps.length;
      const percent = of === 0 ? 0 : (100 * n) / of;
      return [
        ...(maxDeletes?.count !== undefined && n > maxDeletes.count
          ? [problem(`the plan makes ${makes}; --max-deletes allows ${maxDeletes.count}`, widen)]
          : []),
        ...(maxDeletes?.percent !== undefined && percent > maxDeletes.percent
          ? [problem(`${Math.ceil(percent)} % of ${share}; --max-deletes allows ${maxDeletes.percent} %`, widen)]
          : []),
      ];
    }),
  ];
};

/**
 * Ending replication deletes its replica disks, though it is no DELETE. What a plan makes and takes back is no loss, nor, among
 * points, is a collection left empty.
 */
const isDeletion = ({ method, kind, input, undoes }: Step, ofPoints: boolean): boolean =>
  kind === 'replication.disable' ||
  (method === 'DELETE' &&
    undoes === undefined &&
    !(ofPoints && kind === 'resource.delete' && input.what === 'restore-point-collection'));
