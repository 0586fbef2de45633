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
  readonly rhythm: Rhythm;
  readonly promised: Promised;
  readonly trashDays: number;
  readonly copies?: { readonly region: string; readonly promised: Promised };
  readonly file: JobFileInput;
}

export const subscriptions = {
  main: '11111111-2222-4333-8444-000000000001',
  frequent: '11111111-2222-4333-8444-000000000002',
  hourly: '11111111-2222-4333-8444-000000000003',
} as const;

const zones = { morocco: 'Africa/Casablanca', germany: 'Europe/Berlin' } as const;

/** Which machines are whose is told by a tag. */
const selector = (job: string, subscription: string) => ({ subscriptions: [subscription], tags: { job } });

/**
 * Morocco's clocks go back when Ramadan begins and forward when it is over, five weeks apart: 45 days hold both changes of one
 * zone, and the daily job is due in the hour that comes twice and is then left out. Berlin's change falls a week later.
 */
export const jobs: readonly YearJob[] = [
  {
    name: 'daily',
    rhythm: { kind: 'daily', at: 2.5 * hour, zone: zones.morocco },
    promised: { days: 7, weeks: 4, months: 12, years: 1 },
    trashDays: 3,
    file: {
      name: 'daily',
      selector: selector('daily', subscriptions.main),
      option: 'auto',
      schedule: { cron: '30 2 * * *', timeZone: zones.morocco },
      retention: { keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1, trashDays: 3 },
    },
  },
  {
    name: 'copied',
    rhythm: { kind: 'daily', at: 0, zone: zones.germany },
    promised: { days: 5, weeks: 2, months: 2 },
    trashDays: 0,
    copies: { region: 'northeurope', promised: { days: 3, months: 12 } },
    file: {
      name: 'copied',
      selector: selector('copied', subscriptions.main),
      option: 'auto',
      window: { length: '24h', timeZone: zones.germany },
      retention: { keepDaily: 5, keepWeekly: 2, keepMonthly: 2, trashDays: 0 },
      copies: [{ region: 'northeurope', retention: { keepDaily: 3, keepMonthly: 12 } }],
    },
  },
  {
    name: 'four-hourly',
    rhythm: { kind: 'every', hours: 4, zone: zones.germany },
    promised: { withinDays: 1, days: 7, weeks: 4, months: 12, years: 1 },
    trashDays: 1,
    file: {
      name: 'four-hourly',
      selector: selector('four-hourly', subscriptions.frequent),
      option: 'restore-point',
      consistency: { want: 'file-system', otherwise: 'weaker-with-finding' },
      window: { length: '4h', timeZone: zones.germany },
      retention: { keepWithin: '1d', keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1, trashDays: 1 },
    },
  },
  {
    name: 'hourly',
    rhythm: { kind: 'every', hours: 1, zone: zones.morocco },
    promised: { hours: 24, days: 7, weeks: 4, months: 12, years: 1 },
    trashDays: 0,
    file: {
      name: 'hourly',
      selector: selector('hourly', subscriptions.hourly),
      option: 'restore-point',
      consistency: { want: 'crash', otherwise: 'fail' },
      schedule: { cron: '0 * * * *', timeZone: zones.morocco },
      retention: { keepHourly: 24, keepDaily: 7, keepWeekly: 4, keepMonthly: 12, keepYearly: 1, trashDays: 0 },
    },
  },
];
