/** The flags that say what is kept, alike for `prune` and `job run`; apart from their commands, so that `--help` loads little. */
import type { RetentionPolicy } from '../core/retention/policy.ts';
import { parseSpan } from '../core/retention/span.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import type { FlagSpecs, FlagValues } from './command.ts';

const group = 'Retention';
const count = (describe: string) => ({ type: 'number', value: 'N', least: 1, group, describe }) as const;
const span = (describe: string) => ({ type: 'string', value: 'SPAN', group, describe }) as const;

export const retentionFlags = {
  'keep-last': count('Keep the newest N complete points'),
  'keep-hourly': count('Keep the newest point of each of the newest N hours that have one'),
  'keep-daily': count('The same by days'),
  'keep-weekly': count('The same by ISO weeks, from Monday'),
  'keep-monthly': count('The same by months'),
  'keep-yearly': count('The same by years'),
  'keep-within': span('Keep all that are no older than SPAN (as 2y5m7d3h) before the newest complete one'),
  'keep-within-hourly': span('The newest of each hour within SPAN'),
  'keep-within-daily': span('The newest of each day within SPAN'),
  'keep-within-weekly': span('The newest of each week within SPAN'),
  'keep-within-monthly': span('The newest of each month within SPAN'),
  'keep-within-yearly': span('The newest of each year within SPAN'),
  'keep-tag': {
    type: 'string',
    repeatable: true,
    value: 'K[=V]',
    group,
    describe: 'Keep points with this tag; may be repeated',
  },
} as const satisfies FlagSpecs;

/** What goes is first marked, and deleted by a later run. */
export const trashFlag = {
  'trash-days': {
    type: 'number',
    value: 'N',
    fraction: true,
    default: 7,
    least: 0,
    most: 365,
    group,
    describe: 'Mark what goes, and delete it so many days later; 0: at once',
  },
} as const satisfies FlagSpecs;

export type RetentionFlags = FlagValues<typeof retentionFlags>;

/** `undefined`: no such flag was given. Throws UsageError for a span that is none. */
export const policyOf = (flags: RetentionFlags): RetentionPolicy | undefined => {
  const policy: Record<string, unknown> = {};
  const problems: Problem[] = [];
  for (const [flag, { type }] of Object.entries(retentionFlags)) {
    const value = flags[flag as keyof RetentionFlags];
    if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    if (type === 'string' && typeof value === 'string' && parseSpan(value) === undefined)
      problems.push(noSpan(flag, value));
    policy[flag.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())] = value;
  }
  if (problems.length > 0) throw new UsageError(problems);
  // Every flag is a rule under its own name: the loop above cannot be followed by the compiler.
  return Object.keys(policy).length === 0 ? undefined : (policy as RetentionPolicy);
};

const noSpan = (flag: string, value: string): Problem => ({
  code: 'usage',
  severity: 'high',
  subject: `--${flag}`,
  summary: `--${flag} ${value} is no length of time`,
  remedy: 'write years, months, days and hours, largest first: 2y5m7d3h, or 14d',
});
