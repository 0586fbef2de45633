/** From the text of a job file, or from flags, to a job, or to every problem in it with line and column. Never throws. */
import { byPlace, explainIssues, invalidAt, problemAt, type FileIssue, type FileKind } from '../file-issue.ts';
import { isPlain } from '../guidance-merge.ts';
import type { Problem } from '../problem.ts';
import { readYaml } from '../yaml-source.ts';
import { checkJobFile, minutesOf, timeZoneOf } from './job-check.ts';
import type { Job, Selector, Timing } from './job.ts';
import { jobFileSchema, type JobFile } from './job-schema.ts';

/** `job` is there exactly when no problem is of high severity. */
export interface ParsedJob {
  readonly job?: Job;
  readonly problems: readonly Problem[];
}

const kind: FileKind = {
  code: 'job',
  schema: jobFileSchema,
  shownBy: 'config/job.schema.json and docs/jobs.md',
  // An address is a secret, also where a file's or a variable's name was meant, or the entry has the wrong shape.
  hides: ([first, , field]) => first === 'notify' && field !== 'kind' && field !== 'on',
};

export const parseJob = (text: string, file: string): ParsedJob => {
  const source = readYaml(text, file);
  if (source.problems.length > 0) return { problems: source.problems };
  if (!isPlain(source.value)) {
    const issue = { ...invalidAt(kind, []), summary: 'a job file is a map', remedy: 'Start with `name: `.' };
    return { problems: [problemAt(source, issue)] };
  }
  const { job, issues } = judgeJob(source.value);
  return { ...(job ? { job } : {}), problems: issues.map((issue) => problemAt(source, issue)).sort(byPlace) };
};

/** A value shaped as a job file, wherever it comes from; what is wrong with it is told by its path. */
export const judgeJob = (value: unknown): { readonly job?: Job; readonly issues: readonly FileIssue[] } => {
  const parsed = jobFileSchema.safeParse(value);
  if (!parsed.success) return { issues: explainIssues(parsed.error.issues, value, kind) };
  const issues = checkJobFile(parsed.data);
  return { ...(issues.every(({ severity }) => severity === 'low') ? { job: jobOf(parsed.data) } : {}), issues };
};

/** Of a file that was checked. */
const jobOf = (file: JobFile): Job => {
  const { trashDays = defaultTrashDays, ...retention } = file.retention;
  const { hooks, limits } = file;
  return {
    name: file.name,
    selector: selectorOf(file.selector),
    option: file.option,
    consistency: file.consistency,
    ...(hooks === undefined
      ? {}
      : {
          hooks: {
            ...(hooks.pre === undefined ? {} : { pre: hooks.pre }),
            ...(hooks.post === undefined ? {} : { post: hooks.post }),
            timeoutSeconds: minutesOf(hooks.timeout) * 60,
            onError: hooks.onError,
          },
        }),
    timing: timingOf(file),
    retention,
    trashDays,
    copies: file.copies,
    limits: {
      ...(limits.maxMachines === undefined ? {} : { maxMachines: limits.maxMachines }),
      ...(limits.maxDeletes === undefined ? {} : { maxDeletes: deletesOf(limits.maxDeletes) }),
    },
    notify: file.notify,
  };
};

const defaultTrashDays = 7;

const selectorOf = (selector: JobFile['selector']): Selector => ({
  subscriptions: selector.subscriptions ?? [],
  resourceGroups: selector.resourceGroups ?? [],
  tags: valuesOf(selector.tags ?? {}),
  excludeTags: valuesOf(selector.excludeTags ?? {}),
  classes: selector.classes ?? [],
});

const valuesOf = (tags: Readonly<Record<string, string | readonly string[]>>): Selector['tags'] =>
  Object.fromEntries(Object.entries(tags).map(([name, values]) => [name, [values].flat()]));

const timingOf = ({ schedule, window }: JobFile): Timing => {
  if (schedule !== undefined)
    return { kind: 'schedule', cron: schedule.cron, timeZone: timeZoneOf(schedule.timeZone ?? 'UTC')! };
  const { length, timeZone = 'UTC' } = typeof window === 'object' ? window : { length: window! };
  return { kind: 'window', lengthMinutes: minutesOf(length), timeZone: timeZoneOf(timeZone)! };
};

const deletesOf = (most: NonNullable<JobFile['limits']['maxDeletes']>): NonNullable<Job['limits']['maxDeletes']> => {
  if (typeof most === 'number') return { count: most };
  if (typeof most === 'string') return { percent: Number.parseInt(most, 10) };
  return most;
};
