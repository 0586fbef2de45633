/** Azure's floors under a schedule, each at its boundary: what just fits passes, and one less names the number. */
import { describe, expect, it } from 'vitest';
import { floorProblems, takingOf, type Taking } from '../../../src/core/job/floors.ts';
import type { Job, Timing } from '../../../src/core/job/job.ts';
import { steadyCount } from '../../../src/core/job/steady-count.ts';
import { duesBetween } from '../../../src/core/job/windows.ts';
import { retain } from '../../../src/core/retention/retain.ts';
import type { RetentionPolicy } from '../../../src/core/retention/policy.ts';
import { dayMs, toInstant } from '../../../src/core/time.ts';

const nowMs = Date.UTC(2026, 5, 3, 12);
const every = (lengthMinutes: number, timeZone = 'UTC'): Timing => ({ kind: 'window', lengthMinutes, timeZone });
const cron = (text: string, timeZone = 'UTC'): Timing => ({ kind: 'schedule', cron: text, timeZone });

const job = (said: Partial<Job>): Job => ({
  name: 'j',
  selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
  option: 'restore-point',
  consistency: { want: 'any', otherwise: 'fail' },
  timing: every(1440),
  retention: { keepLast: 3 },
  trashDays: 0,
  copies: [],
  limits: {},
  notify: [],
  ...said,
});

const said = (of: Job, taking: Taking): readonly string[] =>
  floorProblems(of, taking, nowMs).map(({ code, severity, detail }) => `${severity} ${code} ${detail?.split(':')[0]}`);
const application: Taking = { option: 'restore-point', mode: 'application', incremental: true };
const crash: Taking = { option: 'restore-point', mode: 'crash', incremental: true };
const snapshots: Taking = { option: 'disk-snapshot', incremental: true };
const backup: Taking = { option: 'azure-backup', incremental: true };

describe('how close together restore points may be', () => {
  it('application-consistent ones every three hours fit, and every two do not', () => {
    expect(said(job({ timing: every(180) }), application)).toEqual([]);
    expect(said(job({ timing: every(120) }), application)).toEqual(['high floor-frequency P-11']);
    expect(floorProblems(job({ timing: every(120) }), application, nowMs)[0]).toMatchObject({
      summary: expect.stringMatching(/^windows are 2 h apart .* at least 3 h apart$/),
      remedy: expect.stringContaining('crash-consistency'),
    });
  });

  it('whoever wants crash-consistency already is not told to want it', () => {
    const wants = job({ timing: every(60), consistency: { want: 'crash', otherwise: 'fail' } });
    expect(floorProblems(wants, application, nowMs)[0]?.remedy).toMatch(/not of every disk and size/);
  });

  it('crash-consistent ones every hour fit, and every forty minutes do not', () => {
    expect(said(job({ timing: every(60) }), crash)).toEqual([]);
    expect(said(job({ timing: every(40) }), crash)).toEqual(['high floor-frequency P-11']);
  });

  it('three-hourly windows in a zone that loses an hour are refused for that one night, and in UTC they are not', () => {
    expect(said(job({ timing: every(180, 'Europe/Berlin') }), application)).toEqual(['high floor-frequency P-11']);
    expect(floorProblems(job({ timing: every(180, 'Europe/Berlin') }), application, nowMs)[0]?.summary).toContain(
      'windows are 2 h apart from 2027-03-27T23:00:00Z',
    );
    expect(said(job({ timing: every(240, 'Europe/Berlin') }), application)).toEqual([]);
    expect(said(job({ timing: every(60, 'Europe/Berlin') }), crash)).toEqual([]);
  });

  it('times of day in a list are as close as their closest two, over midnight too', () => {
    expect(said(job({ timing: cron('0 0,22 * * *') }), application)).toEqual(['high floor-frequency P-11']);
    expect(said(job({ timing: cron('0 0,21 * * *') }), application)).toEqual([]);
  });

  it('copies into a region fit three an hour', () => {
    const copied = (minutes: number) => job({ timing: every(minutes), copies: [{ region: 'northeurope' }] });
    expect(said(copied(20), crash)).toEqual(['high floor-frequency P-11']);
    expect(said(copied(15), crash)).toEqual(['high floor-frequency P-11', 'high floor-copies P-18']);
  });

  it('snapshots know no such floor', () => {
    expect(said(job({ timing: every(5) }), snapshots)).toEqual([]);
  });
});

describe('how many points are kept', () => {
  it.each([
    ['restore points of a machine', application, 'P-13'],
    ['incremental snapshots of a disk', snapshots, 'S-04'],
  ] as const)('499 %s and the one being taken fit, and one more does not', (what, taking, fact) => {
    expect(said(job({ retention: { keepLast: 499 } }), taking)).toEqual([]);
    const over = job({ retention: { keepLast: 500 } });
    expect(said(over, taking)).toEqual([`high floor-count ${fact}`]);
    expect(floorProblems(over, taking, nowMs)[0]?.summary).toContain(`Azure keeps 500 ${what}`);
  });

  it('those in the trash count too', () => {
    const week = (keepLast: number) => job({ timing: every(1440), retention: { keepLast }, trashDays: 7 });
    expect(said(week(492), application)).toEqual([]);
    expect(said(week(493), application)).toEqual(['high floor-count P-13']);
  });

  it('hourly counts: 20 days of hours fit, 21 do not', () => {
    const hourly = (days: number) => job({ timing: every(60), retention: { keepWithin: `${days}d` } });
    expect(said(hourly(20), crash)).toEqual([]);
    expect(said(hourly(21), crash)).toEqual(['high floor-count P-13']);
  });

  it('rules that keep the same points are not counted twice', () => {
    const policy = { keepLast: 300, keepHourly: 300, keepWithin: '12d' };
    expect(said(job({ timing: every(60), retention: policy }), crash)).toEqual([]);
  });

  it('without a rule it goes well until the day that is named', () => {
    const endless = job({ timing: every(60), retention: { keepTag: ['keep'] } });
    expect(floorProblems(endless, crash, nowMs)).toMatchObject([
      {
        severity: 'medium',
        code: 'floor-count',
        summary: expect.stringContaining('after 500 points, from 2026-06-24'),
      },
    ]);
  });

  it('copies are counted by their own retention', () => {
    const copied = job({ copies: [{ region: 'northeurope', retention: { keepDaily: 600 } }] });
    expect(floorProblems(copied, application, nowMs)[0]?.summary).toContain('600 points in northeurope');
  });

  it('full snapshots have no such limit, and cannot be copied', () => {
    const full: Taking = { option: 'disk-snapshot', incremental: false };
    expect(said(job({ retention: { keepLast: 900 } }), full)).toEqual([]);
    expect(said(job({ copies: [{ region: 'northeurope' }] }), full)).toEqual(['high floor-copy-full S-08']);
  });

  const policies: readonly RetentionPolicy[] = [
    { keepLast: 5 },
    { keepHourly: 30, keepDaily: 10, keepWeekly: 8, keepMonthly: 6 },
    { keepWithin: '3d', keepWithinDaily: '2m', keepWithinMonthly: '1y' },
    { keepDaily: 7, keepYearly: 2 },
  ];
  it.each(policies)('what is foreseen for %j is what the retention keeps', (policy) => {
    for (const timing of [every(360, 'Europe/Berlin'), cron('30 2 * * *', 'Europe/Berlin'), cron('0 4 * * SUN')]) {
      const dues = [...duesBetween(timing, nowMs - 900 * dayMs, nowMs + 1)];
      const points = dues.map((due) => ({ id: String(due), at: toInstant(due), complete: true, tags: {} }));
      const context = { asOf: toInstant(nowMs), timeZone: timing.timeZone };
      const kept = retain(points, policy, context).filter(({ keep }) => keep);
      expect(steadyCount(timing, policy, nowMs)).toBe(kept.length);
    }
  });
});

describe('how often Azure Backup may be asked', () => {
  it('three a day are meant, nine are let through, and ten are refused', () => {
    expect(said(job({ timing: every(480) }), backup)).toEqual([]);
    expect(said(job({ timing: every(360) }), backup)).toEqual(['medium floor-backups B-15']);
    expect(said(job({ timing: cron('0 0-8 * * *') }), backup)).toEqual(['medium floor-backups B-15']);
    expect(said(job({ timing: cron('0 0-9 * * *') }), backup)).toEqual(['high floor-backups B-15']);
  });

  it('days are of UTC, whatever the zone of the job', () => {
    // Ten in a Monday of Honolulu, six and four in days of UTC.
    expect(said(job({ timing: cron('0 8-17 * * MON', 'Pacific/Honolulu') }), backup)).toEqual([
      'medium floor-backups B-15',
    ]);
  });
});

describe('what is known of a job before its machines are', () => {
  it('the mode, where its consistency settles it, and the lower floor where it does not', () => {
    const wanting = (want: Job['consistency']['want']) =>
      takingOf(job({ consistency: { want, otherwise: 'fail' } }), true);
    expect(wanting('application')?.mode).toBe('application');
    expect(wanting('file-system')?.mode).toBe('application');
    expect(wanting('crash')?.mode).toBe('crash');
    expect(wanting('any')?.mode).toBe('crash');
    expect(takingOf(job({ option: 'auto' }), true)).toBeUndefined();
    expect(takingOf(job({ option: 'disk-snapshot' }), false)).toEqual({ option: 'disk-snapshot', incremental: false });
  });
});
