/** A limit of deletions that the job's own retention goes over in its course: from then on nothing goes, and ever more is to go. */
import type { Problem } from '../problem.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { Job } from './job.ts';
import { fewestAtRemoval, hasEnd } from './steady-count.ts';

/** `machines`: how many get snapshots or restore points. */
export const deleteLimitProblems = (job: Job, machines: number, nowMs: number): readonly Problem[] => {
  const { count, percent } = job.limits.maxDeletes ?? {};
  const policies = policiesOf(job).filter(hasEnd);
  if (machines === 0 || policies.length === 0) return [];
  const ofEach = Math.min(...policies.map((policy) => fewestAtRemoval(job.timing, policy, nowMs)));
  // Points of all series are in scope together, and one of a series goes when it has that many.
  const inScope = ofEach * policiesOf(job).length;
  const share = 100 / inScope;
  return [
    ...(percent !== undefined && share > percent
      ? [
          problem(
            `the first point that the retention lets go is one of ${inScope} (${Math.ceil(share)} %), and the job's limit is ${percent} %`,
            `set limits.maxDeletes to ${roomy(share)}% or more`,
          ),
        ]
      : []),
    ...(count !== undefined && machines * policies.length > count
      ? [
          problem(
            `a run in its course lets ${machines * policies.length} points go, and the job's limit is ${count}`,
            'raise limits.maxDeletes; of several disks each snapshot counts',
          ),
        ]
      : []),
  ];
};

/** In the machine's region, and in each that is copied to. */
const policiesOf = ({ retention, copies }: Job): readonly RetentionPolicy[] => [
  retention,
  ...copies.map((copy) => copy.retention ?? retention),
];

/** Two missed prunings may be made up at once. */
const roomy = (share: number): number => Math.min(100, Math.ceil((2 * share) / 5) * 5);

const problem = (summary: string, remedy: string): Problem => ({
  code: 'max-deletes-tight',
  severity: 'medium',
  subject: 'limits.maxDeletes',
  summary: `${summary}: from then on nothing would be deleted, and every run end 5`,
  remedy,
});
