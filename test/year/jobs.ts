/** The jobs of the year, as their files say them and, beside that, as the checker is to hold them to it. */
import type { JobFileInput } from '../../src/core/job/job-schema.ts';
import { hour, type Rhythm } from './calendar.ts';

/** Numbers of the newest hours, days, … of which the newest point is promised; `withinDays`: everything that young. */
export interface Promised {
  readonly hours?: number;
  readonly days?: number;
  readonly weeks?: number;
  readonly months?: number;
  readonly years?: number;
  readonly withinDays?: number;
}

export interface YearJob {
  readonly name: string;
  readonly subscription: SubscriptionKey;
  readonly rhythm: Rhythm;
  readonly promised: Promised;
  readonly trashDays: number;
  /** Its points are taken of file systems at rest. */
  readonly freezes?: true;
  readonly copies?: { readonly region: string; readonly promised: Promised };
  readonly file: JobFileInput;
}

export type SubscriptionKey = 'main' | 'frequent' | 'hourly';

/** Each seed has its own: years that are lived side by side on one host would otherwise make the very same plans. */
export const subscriptionsOf = (seed: number): Readonly<Record<SubscriptionKey, string>> => {
  const id = (n: number): string =>
    `11111111-2222-4333-8444-${String(seed).padStart(9, '0')}${String(n).padStart(3, '0')}`;
  return { main: id(1), frequent: id(2), hourly: id(3) };
};

const zones = { morocco: 'Africa/Casablanca', germany: 'Europe/Berlin' } as const;

/** Which machines are whose is told by a tag; the subscription is put in where the file is written. */
const selector = (job: string) => ({ tags: { job } });

/**
 * Morocco's clocks go back when Ramadan begins and forward when it is over, five weeks apart: 45 days hold both changes of one
 * zone, and the daily job is due in the hour that comes twice and is then left out. Berlin's change falls a week later.
 */
export const jobs: readonly YearJob[] = [
  {
    name: 'daily',
    subscription: 'main',
    rhythm: { kind: 'daily', at: 2.5 * hour, zone: zones.morocco },
    promised: { days: 7, weeks: 4, months: 12, years: 1 },
    trashDays: 3,
    file: {
      name: 'daily',
      selector: selector('daily'),
      option: 'auto',
      schedule: { cron: '30 2 * * *', timeZone: zones.morocco },
      retention: { keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1, trashDays: 3 },
    },
  },
  {
    name: 'copied',
    subscription: 'main',
    rhythm: { kind: 'daily', at: 0, zone: zones.germany },
    promised: { days: 5, weeks: 2, months: 2 },
    trashDays: 0,
    copies: { region: 'northeurope', promised: { days: 3, months: 12 } },
    file: {
      name: 'copied',
      selector: selector('copied'),
      option: 'auto',
      window: { length: '24h', timeZone: zones.germany },
      retention: { keepDaily: 5, keepWeekly: 2, keepMonthly: 2, trashDays: 0 },
      copies: [{ region: 'northeurope', retention: { keepDaily: 3, keepMonthly: 12 } }],
    },
  },
  {
    name: 'four-hourly',
    subscription: 'frequent',
    rhythm: { kind: 'every', hours: 4, zone: zones.germany },
    promised: { withinDays: 1, days: 7, weeks: 4, months: 12, years: 1 },
    trashDays: 0,
    file: {
      name: 'four-hourly',
      selector: selector('four-hourly'),
      option: 'restore-point',
      consistency: { want: 'application', otherwise: 'weaker-with-finding' },
      window: { length: '4h', timeZone: zones.germany },
      retention: { keepWithin: '1d', keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1, trashDays: 0 },
    },
  },
  {
    name: 'hourly',
    subscription: 'hourly',
    rhythm: { kind: 'every', hours: 1, zone: zones.morocco },
    promised: { hours: 24, days: 7, weeks: 4, months: 12, years: 1 },
    trashDays: 0,
    file: {
      name: 'hourly',
      selector: selector('hourly'),
      option: 'restore-point',
      consistency: { want: 'crash', otherwise: 'fail' },
      schedule: { cron: '0 * * * *', timeZone: zones.morocco },
      retention: { keepHourly: 24, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1, trashDays: 0 },
    },
  },
  {
    name: 'frozen',
    subscription: 'main',
    rhythm: { kind: 'daily', at: 12 * hour, zone: zones.germany },
    promised: { days: 4, months: 3 },
    trashDays: 1,
    freezes: true,
    file: {
      name: 'frozen',
      selector: selector('frozen'),
      option: 'auto',
      hooks: { pre: 'set -e\nfsfreeze -f /data', post: 'fsfreeze -u /data', timeout: '2m', onError: 'fail' },
      schedule: { cron: '0 12 * * *', timeZone: zones.germany },
      retention: { keepDaily: 4, keepMonthly: 3, trashDays: 1 },
    },
  },
];
