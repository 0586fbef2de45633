/** A job said with flags alone, for a single line of cron: the same rules as a job file, told by the flag. */
import { createHash } from 'node:crypto';
import type { FileIssue } from '../core/file-issue.ts';
import type { Job } from '../core/job/job.ts';
import { UsageError, type Problem } from '../core/problem.ts';
import type { Path } from '../core/yaml-source.ts';
import type { FlagSpecs, FlagValues } from './command.ts';
import { scopeFlags } from './flags.ts';
import { policyOf, retentionFlags, trashFlag } from './retention-flags.ts';

const group = 'Job';
const { 'management-group': _, ...selectorFlags } = scopeFlags;
// Whether a flag was given matters here, so the default is the job's own.
const { default: __, ...trashDays } = trashFlag['trash-days'];

export const jobFlags = {
  ...selectorFlags,
  class: {
    type: 'string',
    repeatable: true,
    value: 'ID',
    group: 'Scope',
    describe: 'Only machines of this class; may be repeated',
  },
  name: {
    type: 'string',
    value: 'NAME',
    group,
    describe: 'Name of the job, which its points bear (default: made of what selects machines, option and timing)',
  },
  option: {
    type: 'string',
    choices: ['auto', 'disk-snapshot', 'restore-point', 'azure-backup'],
    group,
    describe: 'What to take (default: auto, what the guidance chooses machine by machine)',
  },
  window: { type: 'string', value: 'LENGTH', group, describe: 'A point in each window of this length: 24h, 4h, 7d' },
  schedule: { type: 'string', value: 'CRON', group, describe: "Or: a window begins at each due moment, '30 2 * * *'" },
  'time-zone': { type: 'string', value: 'ZONE', group, describe: 'Of windows and calendar days (default: UTC)' },
  want: {
    type: 'string',
    choices: ['application', 'file-system', 'crash', 'any'],
    group,
    describe: 'Consistency that points must have (default: any); a machine that cannot give it fails',
  },
  'copy-to': {
    type: 'string',
    repeatable: true,
    value: 'REGION',
    group,
    describe: 'Also copy each point to this region; may be repeated',
  },
  'max-machines': {
    type: 'number',
    least: 1,
    value: 'N',
    group,
    describe: 'Refuse to work on more machines than this',
  },
  'max-deletes': { type: 'string', value: 'N|P%', group, describe: 'Refuse to delete more points than this' },
  ...retentionFlags,
  'trash-days': { ...trashDays, describe: `${trashDays.describe} (default: 7)` },
} as const satisfies FlagSpecs;

export type JobFlags = FlagValues<typeof jobFlags>;

/** Those of them that were given. */
export const givenJobFlags = (flags: JobFlags): readonly string[] =>
  Object.keys(jobFlags).filter((name) => {
    const value = flags[name as keyof JobFlags];
    return Array.isArray(value) ? value.length > 0 : value !== undefined;
  });

/** Throws UsageError with every flag that is wrong. */
export const jobOfFlags = async (flags: JobFlags): Promise<Job> => {
  if ((flags.window === undefined) === (flags.schedule === undefined))
    throw new UsageError([
      flags.window === undefined
        ? usage('job', 'nothing says when', 'name a job file, or give --window 24h')
        : usage('--window', '--window and --schedule exclude each other', 'give one of them'),
    ]);
  const { judgeJob } = await import('../core/job/job-file.ts');
  const { job, issues } = judgeJob(asFile(flags));
  if (job === undefined) throw new UsageError(issues.map(problemOf));
  return job;
};

/** As a job file would say it. */
const asFile = (flags: JobFlags): unknown => {
  const timeZone = flags['time-zone'] === undefined ? {} : { timeZone: flags['time-zone'] };
  const selector = {
    subscriptions: flags.subscription,
    resourceGroups: flags['resource-group'],
    tags: tagsOf('tag', flags.tag),
    excludeTags: tagsOf('exclude-tag', flags['exclude-tag']),
    classes: flags.class,
  };
  const said = {
    selector,
    ...(flags.option === undefined ? {} : { option: flags.option }),
    ...(flags.window === undefined ? {} : { window: { length: flags.window, ...timeZone } }),
    ...(flags.schedule === undefined ? {} : { schedule: { cron: flags.schedule, ...timeZone } }),
  };
  return {
    ...said,
    name: flags.name ?? nameOf(said),
    ...(flags.want === undefined ? {} : { consistency: { want: flags.want } }),
    retention: {
      ...policyOf(flags),
      ...(flags['trash-days'] === undefined ? {} : { trashDays: flags['trash-days'] }),
    },
    copies: flags['copy-to'].map((region) => ({ region })),
    limits: {
      ...(flags['max-machines'] === undefined ? {} : { maxMachines: flags['max-machines'] }),
      ...(flags['max-deletes'] === undefined ? {} : { maxDeletes: numberOr(flags['max-deletes']) }),
    },
  };
};

/**
 * Points bear the job's name, so it must be the same whenever the same machines get the same points at the same times. What is
 * kept of them is no part of it: whoever changes that means the same job.
 */
const nameOf = (said: unknown): string =>
  `job-${createHash('sha256').update(JSON.stringify(said)).digest('hex').slice(0, 8)}`;

const numberOr = (text: string): number | string => (/^\d+$/.test(text) ? Number(text) : text);

const tagsOf = (flag: string, given: readonly string[]): Readonly<Record<string, readonly string[]>> => {
  const tags: Record<string, readonly string[]> = {};
  for (const text of given) {
    const [name = '', ...rest] = text.split('=');
    const key = name.trim();
    if (key === '__proto__') {
      const summary = `--${flag} cannot go by a tag that is called ${key}`;
      throw new UsageError([usage(`--${flag}`, summary, 'choose machines by another tag')]);
    }
    if (Object.hasOwn(tags, key))
      throw new UsageError([usage(`--${flag}`, `--${flag} ${key} was given twice`, `write ${key}=value1,value2`)]);
    const values = rest.join('=').split(',');
    tags[key] = values.map((value) => value.trim()).filter((value) => value !== '');
  }
  return tags;
};

/** What a place of a job file is as a flag, by the longest path that fits. */
const flagsByPath: readonly (readonly [path: string, flag: string])[] = [
  ['selector.subscriptions', 'subscription'],
  ['selector.resourceGroups', 'resource-group'],
  ['selector.tags', 'tag'],
  ['selector.excludeTags', 'exclude-tag'],
  ['selector.classes', 'class'],
  ['schedule.cron', 'schedule'],
  ['schedule.timeZone', 'time-zone'],
  ['window.timeZone', 'time-zone'],
  ['window', 'window'],
  ['consistency', 'want'],
  ['retention.', ''],
  ['copies', 'copy-to'],
  ['limits.', ''],
];

const flagOf = (path: Path): string => {
  const text = path.join('.');
  const [, flag = text] = flagsByPath.find(([prefix]) => text.startsWith(prefix)) ?? [];
  const last = path.findLast((segment) => typeof segment === 'string') ?? 'job';
  return `--${flag || last.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
};

const problemOf = ({ path, summary, remedy }: FileIssue): Problem => {
  const flag = flagOf(path);
  return usage(flag, `${flag}: ${summary}`, remedy);
};

const usage = (subject: string, summary: string, remedy: string): Problem => ({
  code: 'usage',
  severity: 'high',
  subject,
  summary,
  remedy,
});
