import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { recordedDir, recordedIsThere } from '../recorded.ts';
import { protectedItemBody } from '../../../src/azure/steps/backup-enable.ts';
import { policyBody } from '../../../src/azure/steps/backup-policy-body.ts';
import { collectionBody, pointBody } from '../../../src/azure/steps/restore-point-create.ts';
import { snapshotBody } from '../../../src/azure/steps/snapshot-create.ts';
import { stopBody, undeleteBody } from '../../../src/azure/steps/backup-item.ts';
import { vaultBody, vaultLockBody } from '../../../src/azure/steps/vault-create.ts';
import type { BackupPolicyInput } from '../../../src/core/steps/backup.ts';

const flows = join(recordedDir, 'flows');
const recorded = (file: string, method: string, path: RegExp): unknown[] =>
  readFileSync(join(flows, file), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { method: string; path: string; req: unknown })
    .filter((e) => e.method === method && path.test(e.path))
    .map((e) => e.req);

/** Property paths, array positions left out. */
const shapeOf = (value: unknown, at = ''): readonly string[] =>
  Array.isArray(value)
    ? [...new Set(value.flatMap((v) => shapeOf(v, `${at}[]`)))]
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([k, v]) => shapeOf(v, `${at}.${k}`))
      : [`${at}: ${typeof value}`];

const retain = { dailyDays: 30 };
const standard: BackupPolicyInput = {
  tier: 'standard',
  schedule: { frequency: 'daily', at: '16:30' },
  timeZone: 'UTC',
  instantRestoreDays: 2,
  retain,
};
const enhanced: BackupPolicyInput = {
  tier: 'enhanced',
  schedule: { frequency: 'hourly', intervalHours: 4, windowHours: 12, at: '08:00' },
  timeZone: 'UTC',
  instantRestoreDays: 2,
  retain,
};

describe('policy bodies', () => {
  it.skipIf(!recordedIsThere)('have the shape of recorded ones (skipped where the recordings are not at hand)', () => {
    const [v1, , , , ...rest] = recorded('backup-policy.jsonl', 'PUT', /backupPolicies\/[^/]*$/);
    const v2 = rest
      .concat(recorded('backup-policy.jsonl', 'PUT', /enhpolicy/))
      .find((r) => JSON.stringify(r).includes('SimpleSchedulePolicyV2') && JSON.stringify(r).includes('"Hourly"'));
    const known = (shape: readonly string[]) => shape.filter((s) => !s.includes('protectedItemsCount')).toSorted();
    expect(known(shapeOf(policyBody(standard)))).toEqual(known(shapeOf(v1)));
    expect(known(shapeOf(policyBody(enhanced)))).toEqual(known(shapeOf(v2)));
  });

  it('send whole date-times, and the same body every time', () => {
    expect(policyBody(standard)).toEqual(policyBody(standard));
    expect(policyBody(standard).properties.schedulePolicy).toMatchObject({
      scheduleRunTimes: ['2024-01-01T16:30:00.000Z'],
    });
  });

  it('keep weekly, monthly and yearly points on the same day, and no daily ones under a weekly schedule', () => {
    const weekly = policyBody({
      ...enhanced,
      schedule: { frequency: 'weekly', at: '08:00' },
      retain: { dailyDays: 7, weeklyWeeks: 4, monthlyMonths: 12, yearlyYears: 3 },
    }).properties;
    expect(weekly.schedulePolicy).toMatchObject({
      scheduleRunFrequency: 'Weekly',
      weeklySchedule: { scheduleRunDays: ['Sunday'] },
    });
    expect(Object.keys(weekly.retentionPolicy).toSorted()).toEqual([
      'monthlySchedule',
      'retentionPolicyType',
      'weeklySchedule',
      'yearlySchedule',
    ]);
    expect(weekly.retentionPolicy).toMatchObject({
      yearlySchedule: { monthsOfYear: ['January'], retentionDuration: { count: 3, durationType: 'Years' } },
    });
  });
});

describe('restore point bodies', () => {
  const input = { machineId: '/m', location: 'westeurope', excludeDiskIds: [] } as const;

  it.skipIf(!recordedIsThere)('have the shape of recorded ones (skipped where the recordings are not at hand)', () => {
    const [collection] = recorded('vm-restore-point.jsonl', 'PUT', /restorePointCollections\/[^/]*$/);
    const [point] = recorded('vm-restore-point.jsonl', 'PUT', /restorePoints\/[^/]*$/);
    expect(shapeOf(collectionBody({ machineId: '/m', location: 'x', tags: {} })).toSorted()).toEqual(
      shapeOf(collection).toSorted(),
    );
    expect(pointBody({ ...input, mode: 'crash' })).toEqual(point);
  });

  it('never send application consistency by name, and name the disks left out', () => {
    expect(pointBody({ ...input, mode: 'application' })).toEqual({ properties: {} });
    expect(pointBody({ ...input, mode: 'crash', excludeDiskIds: ['/d'] })).toEqual({
      properties: { consistencyMode: 'CrashConsistent', excludeDisks: [{ id: '/d' }] },
    });
  });
});

describe('other bodies', () => {
  it.each([
    ['deny-all', false, 'DenyAll', 'Disabled'],
    ['allow-private', false, 'AllowPrivate', 'Disabled'],
    ['allow-all', true, 'AllowAll', 'Enabled'],
  ] as const)(
    'a snapshot with network access %s and public access %s is sent as just that',
    (networkAccess, publicNetworkAccess, policy, open) => {
      const { properties } = snapshotBody({
        location: 'westeurope',
        sourceDiskId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/disks/d',
        incremental: true,
        sku: 'Standard_LRS',
        networkAccess,
        publicNetworkAccess,
        tags: {},
      });
      expect(properties).toMatchObject({ networkAccessPolicy: policy, publicNetworkAccess: open });
    },
  );

  it('a snapshot says again what its disk is protected by', () => {
    const body = snapshotBody({
      location: 'westeurope',
      sourceDiskId: '/d',
      incremental: true,
      sku: 'Standard_ZRS',
      networkAccess: 'allow-private',
      publicNetworkAccess: false,
      diskAccessId: '/a',
      encryption: { type: 'customer-key', encryptionSetId: '/des' },
      hyperVGeneration: 'V2',
      securityType: 'trusted-launch',
      architecture: 'arm64',
      tags: { a: 'b' },
    });
    expect(body).toEqual({
      location: 'westeurope',
      tags: { a: 'b' },
      sku: { name: 'Standard_ZRS' },
      properties: {
        creationData: { createOption: 'Copy', sourceResourceId: '/d' },
        incremental: true,
        networkAccessPolicy: 'AllowPrivate',
        publicNetworkAccess: 'Disabled',
        diskAccessId: '/a',
        encryption: { type: 'EncryptionAtRestWithCustomerKey', diskEncryptionSetId: '/des' },
        hyperVGeneration: 'V2',
        securityProfile: { securityType: 'TrustedLaunch' },
        supportedCapabilities: { architecture: 'Arm64' },
      },
    });
  });

  it('a vault has its redundancy and soft delete from the start', () => {
    expect(
      vaultBody({ location: 'x', redundancy: 'geo-redundant', crossRegionRestore: true, softDeleteDays: 30, tags: {} })
        .properties,
    ).toMatchObject({
      redundancySettings: { standardTierStorageRedundancy: 'GeoRedundant', crossRegionRestore: 'Enabled' },
      securitySettings: { softDeleteSettings: { softDeleteState: 'Enabled', softDeleteRetentionPeriodInDays: 30 } },
    });
  });

  it('a vault may have soft delete that is always on, and immutability; locking is a write of its own', () => {
    const settings = (over: object) =>
      vaultBody({
        location: 'x',
        redundancy: 'geo-redundant',
        crossRegionRestore: false,
        softDeleteDays: 30,
        tags: {},
        ...over,
      }).properties.securitySettings;
    expect(settings({ softDelete: 'always-on', immutability: 'unlocked' })).toEqual({
      softDeleteSettings: { softDeleteState: 'AlwaysON', softDeleteRetentionPeriodInDays: 30 },
      immutabilitySettings: { state: 'Unlocked' },
    });
    expect(settings({})).not.toHaveProperty('immutabilitySettings');
    expect(vaultLockBody()).toEqual({
      properties: { securitySettings: { immutabilitySettings: { state: 'Locked' } } },
    });
  });

  it.skipIf(!recordedIsThere)(
    'stopping, undeleting and resuming a backup are sent as recorded (skipped where the recordings are not at hand)',
    () => {
      const item = /protectedItems\/[^/]*$/;
      const bodies = (file: string) =>
        recorded(file, 'PUT', item) as {
          properties: { sourceResourceId: string; policyId: string; protectionState?: string; isRehydrate?: boolean };
        }[];
      const stop = bodies('backup-protection.jsonl').find(
        ({ properties }) => properties.protectionState === 'ProtectionStopped',
      )!;
      expect(stopBody({ machineId: stop.properties.sourceResourceId })).toEqual(stop);
      const undelete = bodies('backup-softdelete.jsonl').find(({ properties }) => properties.isRehydrate === true)!;
      expect(undeleteBody({ machineId: undelete.properties.sourceResourceId })).toEqual(undelete);
      const resume = bodies('backup-scenario.jsonl').at(-1)!;
      expect(
        protectedItemBody({
          machineId: resume.properties.sourceResourceId,
          policyId: resume.properties.policyId,
          excludeLuns: [],
        }),
      ).toEqual(resume);
    },
  );

  it('a weekly policy runs, and keeps longest, on the days that it names', () => {
    const { schedulePolicy, retentionPolicy } = policyBody({
      ...enhanced,
      schedule: { frequency: 'weekly', at: '08:00', days: ['Monday', 'Thursday'] },
      retain: { weeklyWeeks: 4, monthlyMonths: 6 },
    }).properties;
    expect(schedulePolicy).toMatchObject({ weeklySchedule: { scheduleRunDays: ['Monday', 'Thursday'] } });
    expect(retentionPolicy).toMatchObject({
      weeklySchedule: { daysOfTheWeek: ['Monday', 'Thursday'] },
      monthlySchedule: { retentionScheduleWeekly: { daysOfTheWeek: ['Monday'], weeksOfTheMonth: ['First'] } },
    });
  });

  it('a protected item names machine and policy, and left-out disks by LUN', () => {
    expect(protectedItemBody({ machineId: '/m', policyId: '/p' })).toEqual({
      properties: { protectedItemType: 'Microsoft.Compute/virtualMachines', sourceResourceId: '/m', policyId: '/p' },
    });
    expect(protectedItemBody({ machineId: '/m', policyId: '/p', excludeLuns: [2] }).properties).toMatchObject({
      extendedProperties: { diskExclusionProperties: { diskLunList: [2], isInclusionList: false } },
    });
  });
});
