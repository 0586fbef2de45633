import type { Mutable } from '../service.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/**
 * Offsets of the time zones that policies name, in minutes. Fixed ones: schedules do not shift with daylight saving
 * time
 * (https://learn.microsoft.com/azure/backup/backup-support-matrix-iaas). A zone that is not listed counts as UTC.
 */
const OFFSET_MINUTES: Readonly<Record<string, number>> = {
  utc: 0,
  'gmt standard time': 0,
  'greenwich standard time': 0,
  'w. europe standard time': 60,
  'romance standard time': 60,
  'central europe standard time': 60,
  'central european standard time': 60,
  'e. europe standard time': 120,
  'fle standard time': 120,
  'gtb standard time': 120,
  'israel standard time': 120,
  'south africa standard time': 120,
  'russian standard time': 180,
  'arab standard time': 180,
  'arabian standard time': 240,
  'india standard time': 330,
  'se asia standard time': 420,
  'china standard time': 480,
  'singapore standard time': 480,
  'tokyo standard time': 540,
  'korea standard time': 540,
  'aus eastern standard time': 600,
  'new zealand standard time': 720,
  'e. south america standard time': -180,
  'atlantic standard time': -240,
  'eastern standard time': -300,
  'central standard time': -360,
  'mountain standard time': -420,
  'pacific standard time': -480,
};

export interface Run {
  readonly at: number;
  /** Whether this run's point goes to the vault: of several in a day only the last one does. */
  readonly toVault: boolean;
}

/** The first scheduled run after a moment, or `undefined` for a policy without a schedule that machines have. */
export function nextRun(policy: Mutable, after: number): Run | undefined {
  const schedule: Mutable = policy['schedulePolicy'] ?? {};
  const offset = (OFFSET_MINUTES[String(policy['timeZone'] ?? 'UTC').toLowerCase()] ?? 0) * 60_000;
  const local = after + offset;
  const runs = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((ahead) =>
    runsOf(schedule, Math.floor(local / DAY_MS) * DAY_MS + ahead * DAY_MS),
  );
  const found = runs.find((run) => run.at > local);
  return found === undefined ? undefined : { at: found.at - offset, toVault: found.toVault };
}

/** Every run of one local day, in order. */
function runsOf(schedule: Mutable, day: number): Run[] {
  const frequency = String(schedule['scheduleRunFrequency'] ?? 'Daily').toLowerCase();
  if (frequency === 'hourly') return hourlyRuns(schedule['hourlySchedule'] ?? {}, day);
  const inner: Mutable = schedule[`${frequency}Schedule`] ?? schedule;
  const days = (inner['scheduleRunDays'] ?? []) as readonly string[];
  if (frequency === 'weekly' && !days.some((each) => each.toLowerCase() === DAYS[new Date(day).getUTCDay()])) return [];
  return ((inner['scheduleRunTimes'] ?? []) as readonly string[]).map((time) => ({
    at: day + timeOfDay(time),
    toVault: true,
  }));
}

function hourlyRuns(hourly: Mutable, day: number): Run[] {
  const interval = Number(hourly['interval'] ?? 4);
  const window = Number(hourly['scheduleWindowDuration'] ?? 12);
  const start = day + timeOfDay(String(hourly['scheduleWindowStartTime'] ?? '08:00:00Z'));
  const count = Math.floor(window / interval) + 1;
  return Array.from({ length: count }, (_, index) => ({
    at: start + index * interval * HOUR_MS,
    toVault: index === count - 1,
  }));
}

/** Ms since midnight; the date of a schedule time means nothing. */
function timeOfDay(text: string): number {
  const found = /(\d\d):(\d\d)(?::(\d\d))?/.exec(text.includes('T') ? text.slice(text.indexOf('T')) : text);
  return found === null ? 0 : Number(found[1]) * HOUR_MS + Number(found[2]) * 60_000 + Number(found[3] ?? 0) * 1000;
}

/** A month counts 31 days: https://learn.microsoft.com/azure/backup/backup-instant-restore-capability */
const DURATION_DAYS: Readonly<Record<string, number>> = { days: 1, weeks: 7, months: 31, years: 366 };

/** How long a point taken at a moment stays, ms: the longest of the retentions it qualifies for. */
export function retentionMs(policy: Mutable, takenAt: number): number {
  const retention: Mutable = policy['retentionPolicy'] ?? {};
  const lengths = [lengthOf(retention['dailySchedule'])];
  const day = new Date(takenAt);
  const weekly: Mutable | undefined = retention['weeklySchedule'];
  if (weekly !== undefined && includesDay(weekly['daysOfTheWeek'], day)) lengths.push(lengthOf(weekly));
  for (const name of ['monthlySchedule', 'yearlySchedule']) {
    const schedule: Mutable | undefined = retention[name];
    if (schedule !== undefined && includesMonth(schedule, day) && marked(schedule, day))
      lengths.push(lengthOf(schedule));
  }
  return Math.max(...lengths, DAY_MS);
}

/** How long the policy keeps the points of its ordinary runs, ms. */
export function shortestMs(policy: Mutable): number {
  const retention: Mutable = policy['retentionPolicy'] ?? {};
  return lengthOf(retention['dailySchedule'] ?? retention['weeklySchedule']);
}

function lengthOf(schedule: Mutable | undefined): number {
  const duration: Mutable = schedule?.['retentionDuration'] ?? {};
  return (
    Number(duration['count'] ?? 0) *
    (DURATION_DAYS[String(duration['durationType'] ?? 'Days').toLowerCase()] ?? 1) *
    DAY_MS
  );
}

function includesDay(days: unknown, day: Date): boolean {
  return ((days ?? []) as readonly string[]).some((each) => each.toLowerCase() === DAYS[day.getUTCDay()]);
}

function includesMonth(schedule: Mutable, day: Date): boolean {
  const months = schedule['monthsOfYear'] as readonly string[] | undefined;
  if (months === undefined || months === null) return true;
  const name = day.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' });
  return months.some((each) => each.toLowerCase() === name.toLowerCase());
}

function marked(schedule: Mutable, day: Date): boolean {
  const lastOfMonth = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
  if (schedule['retentionScheduleFormatType'] === 'Daily') {
    const days = (schedule['retentionScheduleDaily']?.['daysOfTheMonth'] ?? []) as readonly Mutable[];
    return days.some((each) =>
      each['isLast'] === true ? day.getUTCDate() === lastOfMonth : each['date'] === day.getUTCDate(),
    );
  }
  const weekly: Mutable = schedule['retentionScheduleWeekly'] ?? {};
  const week = ['first', 'second', 'third', 'fourth', 'fifth'][Math.floor((day.getUTCDate() - 1) / 7)];
  const inLast = day.getUTCDate() > lastOfMonth - 7;
  const weeks = ((weekly['weeksOfTheMonth'] ?? []) as readonly string[]).map((each) => each.toLowerCase());
  return (
    includesDay(weekly['daysOfTheWeek'], day) && (weeks.includes(week ?? '') || (inLast && weeks.includes('last')))
  );
}
