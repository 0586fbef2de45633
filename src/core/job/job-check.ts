/** What a schema cannot say of a job: schedules that are never due, zones that do not exist, parts that contradict each other. */
import { Temporal } from 'temporal-polyfill';
import type { FileIssue } from '../file-issue.ts';
import { zoneOf } from '../time-zone.ts';
import type { Path } from '../yaml-source.ts';
import type { JobFile } from './job-schema.ts';
import { scheduleOf } from './windows.ts';

export const checkJobFile = (file: JobFile): readonly FileIssue[] => [
  ...checkTiming(file),
  ...checkSelector(file),
  ...checkHooks(file),
  ...checkCopies(file),
  ...checkBackup(file),
  ...file.notify.flatMap(checkReceiver),
];

const wrong = (path: Path, summary: string, remedy: string): FileIssue => ({
  code: 'job-invalid',
  severity: 'high',
  path,
  summary,
  remedy,
});

const checkTiming = ({ schedule, window }: JobFile): readonly FileIssue[] => {
  if (schedule === undefined && window === undefined)
    return [
      { ...wrong([], 'nothing says when', 'Add `schedule: { cron: "30 2 * * *" }`, or `window: 24h`.'), point: 'key' },
    ];
  const both = wrong(['window'], 'a schedule says already when', 'Keep one of `schedule` and `window`.');
  return [
    ...(schedule !== undefined && window !== undefined ? [{ ...both, point: 'key' as const }] : []),
    ...(schedule === undefined ? [] : checkSchedule(schedule)),
    ...(window === undefined ? [] : checkWindow(window)),
  ];
};

const checkSchedule = ({ cron, timeZone }: NonNullable<JobFile['schedule']>): readonly FileIssue[] => [
  ...checkCron(cron),
  ...checkZone(timeZone, ['schedule', 'timeZone']),
];

const checkCron = (cron: string): readonly FileIssue[] => {
  const path = ['schedule', 'cron'];
  // croner puts the present moment in the place of a question mark, so that the schedule would be another at each run.
  if (cron.includes('?'))
    return [wrong(path, `"${cron}" has a question mark`, 'Write a star where any value will do.')];
  try {
    if (scheduleOf(cron, 'UTC').nextRun(new Date(0)) === null)
      return [wrong(path, `"${cron}" is never due`, 'Correct the day and the month.')];
    return [];
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return [wrong(path, `"${cron}" is no schedule: ${why}`, 'Write five fields, as "30 2 * * *".')];
  }
};

const checkWindow = (window: NonNullable<JobFile['window']>): readonly FileIssue[] => {
  const { length, timeZone } = typeof window === 'string' ? { length: window, timeZone: undefined } : window;
  const path = typeof window === 'string' ? ['window'] : ['window', 'length'];
  const minutes = minutesOf(length);
  const fits = minutes >= 1_440 ? minutes % 1_440 === 0 : minutes >= leastMinutes && 1_440 % minutes === 0;
  return [
    ...(fits && minutes <= mostMinutes
      ? []
      : [
          wrong(
            path,
            `a day cannot be cut into windows of ${length}`,
            'Give 5m to 12h that divide a day, or 1d to 366d.',
          ),
        ]),
    ...checkZone(timeZone, ['window', 'timeZone']),
  ];
};

const leastMinutes = 5;
const mostMinutes = 366 * 1_440;

const checkZone = (zone: string | undefined, path: Path): readonly FileIssue[] =>
  zone === undefined || timeZoneOf(zone) !== undefined
    ? []
    : [wrong(path, `"${zone}" is no time zone`, 'Give one of the tz database, as Europe/Berlin.')];

/** As the tz database spells it; Windows' names are understood. `undefined`: there is no such zone. */
export const timeZoneOf = (name: string): string | undefined => {
  const known = zoneOf(name);
  if (known !== undefined) return known;
  // Fixed offsets are no zones: whoever writes one for a place with summer time is wrong half of the year.
  if (!/^[a-z]/i.test(name)) return undefined;
  try {
    return Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(name).timeZoneId;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

const unitMinutes: Readonly<Record<string, number>> = { s: 1 / 60, m: 1, h: 60, d: 1_440 };

/** Of a length that the schema let through. */
export const minutesOf = (length: string): number => Number.parseInt(length, 10) * (unitMinutes[length.at(-1)!] ?? 1);

const checkSelector = ({ selector }: JobFile): readonly FileIssue[] =>
  Object.entries(selector.tags ?? {}).flatMap(([name, values]) =>
    [values].flat().filter((value) => value.trim() !== '').length > 0
      ? []
      : [wrong(['selector', 'tags', name], 'names no value', 'List the values of which any will do.')],
  );

const checkHooks = ({ hooks }: JobFile): readonly FileIssue[] => {
  if (hooks === undefined) return [];
  const most = 90;
  return [
    ...(hooks.pre === undefined && hooks.post === undefined
      ? [wrong(['hooks'], 'has neither `pre` nor `post`', 'Add a script, or leave `hooks` out.')]
      : []),
    ...(minutesOf(hooks.timeout) > most
      ? [wrong(['hooks', 'timeout'], `${hooks.timeout} is longer than ${most}m`, `Give ${most}m at most.`)]
      : []),
  ];
};

const checkCopies = ({ copies }: JobFile): readonly FileIssue[] =>
  copies.flatMap(({ region }, i) =>
    copies.findIndex((other) => other.region === region) < i
      ? [wrong(['copies', i, 'region'], `${region} stands here twice`, 'Keep one of the two.')]
      : [],
  );

/** Azure Backup keeps, copies and freezes by its own policy and vault. */
const checkBackup = (file: JobFile): readonly FileIssue[] => {
  if (file.option !== 'azure-backup') return [];
  return [
    ...(file.copies.length > 0
      ? [
          wrong(
            ['copies'],
            "Azure Backup's points are copied by their vault only",
            "Leave it out; make the vault's redundancy geo-redundant.",
          ),
        ]
      : []),
    ...(file.hooks !== undefined
      ? [
          wrong(
            ['hooks'],
            'Azure Backup runs scripts of its own in the machine',
            "Leave it out; use Azure Backup's pre and post scripts.",
          ),
        ]
      : []),
  ].map((issue) => ({ ...issue, point: 'key' as const }));
};

const checkReceiver = (receiver: JobFile['notify'][number], i: number): readonly FileIssue[] => {
  const path = ['notify', i];
  const addresses = [receiver.url, receiver.urlEnv, receiver.urlFile].filter((each) => each !== undefined);
  const keys = [receiver.secretEnv, receiver.secretFile].filter((each) => each !== undefined);
  return [
    ...(addresses.length === 1
      ? []
      : [
          wrong(
            path,
            addresses.length === 0 ? 'has no address' : 'has several addresses',
            'Give one of `url`, `urlEnv` (the name of a variable) and `urlFile`.',
          ),
        ]),
    ...(keys.length > 1 ? [wrong(path, 'has two keys', 'Give one of `secretEnv` and `secretFile`.')] : []),
    ...(keys.length > 0 && receiver.kind !== 'webhook'
      ? [wrong(path, `${receiver.kind} takes no signature`, 'Leave the key out; the address is the secret.')]
      : []),
  ];
};
