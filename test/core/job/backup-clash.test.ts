/** Windows of a job that meet runs of Azure Backup, of which Azure makes restore points too: one at a time (P-12). */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../../src/core/assessment.ts';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import { mayStartAt } from '../../../src/core/backup-schedule.ts';
import type { BackupItem, BackupPolicy, Estate, RestorePoint } from '../../../src/core/estate.ts';
import { known } from '../../../src/core/fact.ts';
import { backupClashProblems } from '../../../src/core/job/backup-clash.ts';
import type { Job, Timing } from '../../../src/core/job/job.ts';
import { previewJob } from '../../../src/core/job/preview.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import {
  aBackupItem,
  aBackupPolicy,
  aMachine,
  anEstate,
  aRestorePoint,
  aRestorePointCollection,
  asOf,
} from '../estate-builder.ts';
import { shippedGuidance } from '../guidance-shipped.ts';

const machine = aMachine();
const nowMs = Date.parse(asOf);
const daily = (cron: string, timeZone = 'UTC'): Timing => ({ kind: 'schedule', cron, timeZone });
const schedule = (over: Partial<BackupPolicy['schedule']> = {}): BackupPolicy =>
  aBackupPolicy({ schedule: { ...aBackupPolicy().schedule, ...over } });
const estateOf = (policy = aBackupPolicy(), item: Partial<BackupItem> = {}): Estate =>
  anEstate({ machines: [machine], backupPolicies: [policy], backupItems: [aBackupItem(item)] });
const clash = (timing: Timing, estate: Estate = estateOf(), of = [machine]) =>
  backupClashProblems(timing, of, estate, nowMs);

describe('a window that begins while a backup may be starting', () => {
  it('is told with its moment, the machine, the policy and the facts, and is no refusal', () => {
    expect(clash(daily('30 3 * * *'))).toMatchObject([
      {
        code: 'floor-one-at-a-time',
        severity: 'medium',
        summary: expect.stringMatching(
          /^a window begins at 2026-06-04T03:30:00Z, when Azure Backup of web01 .* enhanced-daily, .* one restore point/,
        ) as string,
        detail: expect.stringMatching(/^P-12: https:.*; B-17: https:/) as string,
      },
    ]);
  });

  it.each([
    ['just before the policy’s time', '59 1 * * *', 0],
    ['at its time', '0 2 * * *', 1],
    ['two hours after it, when Azure begins at the latest', '0 4 * * *', 1],
    ['later', '1 4 * * *', 0],
  ])('%s', (_, cron, told) => expect(clash(daily(cron))).toHaveLength(told));

  it('is reckoned in the zones of both', () => {
    const berlin = schedule({ timeZone: 'W. Europe Standard Time' });
    expect(clash(daily('0 2 * * *', 'Europe/Berlin'), estateOf(berlin))).toHaveLength(1);
    expect(clash(daily('30 4 * * *', 'UTC'), estateOf(berlin))).toHaveLength(0);
    expect(clash(daily('30 1 * * *', 'UTC'), estateOf(berlin))).toHaveLength(1);
  });

  it('is found on the weekday of a weekly policy, and at every run of an hourly one', () => {
    const weekly = schedule({ frequency: 'weekly', days: ['Tuesday'] });
    expect(clash(daily('0 2 * * *'), estateOf(weekly))[0]?.summary).toContain('2026-06-09T02:00:00Z');
    expect(clash(daily('0 2 * * 3'), estateOf(weekly))).toEqual([]);
    const hourly = schedule({ frequency: 'hourly', intervalHours: 6, windowHours: 12 });
    for (const [cron, told] of [
      ['0 8 * * *', 1],
      ['0 15 * * *', 1],
      ['0 11 * * *', 0],
      ['0 20 * * *', 0],
    ] as const)
      expect(clash(daily(cron), estateOf(hourly)), cron).toHaveLength(told);
  });
});

describe('the check of a job', () => {
  const preview = (option: Job['option'], points: readonly RestorePoint[] = []) => {
    const one = aMachine({ power: known('running'), tags: { environment: 'dev' } });
    const estate = anEstate({
      machines: [one],
      backupPolicies: [aBackupPolicy()],
      backupItems: [aBackupItem({ machineKey: one.key })],
      restorePointCollections: [aRestorePointCollection({ points: known(points) })],
    });
    const job: Job = {
      name: 'nightly',
      selector: { subscriptions: [], resourceGroups: [], tags: {}, excludeTags: {}, classes: [] },
      option,
      consistency: { want: 'any', otherwise: 'weaker-with-finding' },
      timing: daily('0 2 * * *'),
      retention: { keepLast: 3 },
      trashDays: 0,
      copies: [],
      limits: {},
      notify: [],
    };
    const audit = auditEstate(estate, shippedGuidance, asOf);
    const input = { estate, audit, guidance: shippedGuidance, asOf, preflight: noPreflight, madeBy: 'holdfast 0.0.0' };
    return previewJob(job, assessEstate(estate, shippedGuidance, asOf), input);
  };

  it('says it of restore points, and lets the job run; of snapshots there is nothing to say', () => {
    const { schedule: fits, machines, problems: told } = preview('restore-point');
    expect([fits, machines[0]?.outcome]).toEqual(['fits', 'due']);
    expect(told.map(({ code }) => code)).toEqual(['floor-one-at-a-time']);
    expect(preview('disk-snapshot').problems).toEqual([]);
  });

  it('says of which machine Azure is making one just now, and that it gets no other', () => {
    const making = aRestorePoint({ name: 'by-hand', at: '2026-06-03T11:59:00Z', provisioned: false });
    expect(preview('restore-point', [making]).machines).toMatchObject([
      { outcome: 'refused', reason: expect.stringContaining('Azure makes one at a time') as string },
    ]);
  });
});

describe('no clash', () => {
  const at = daily('0 2 * * *');

  it.each(['stopped', 'paused', 'suspended', 'soft-deleted'] as const)('with a backup that is %s', (state) => {
    expect(clash(at, estateOf(aBackupPolicy(), { state }))).toEqual([]);
  });

  it('of machines that get no restore points, nor of a policy that is not known', () => {
    expect(clash(at, estateOf(), [])).toEqual([]);
    expect(clash(at, estateOf(aBackupPolicy({ name: 'another' })))).toEqual([]);
    expect(mayStartAt(schedule({ timeZone: 'Middle-earth Standard Time' }), nowMs)).toBe(false);
    expect(mayStartAt(schedule({ runTimes: [] }), nowMs)).toBe(false);
  });
});
