/** What is only set up protects nothing yet, and what died quietly no longer does. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { nextRunBy } from '../../src/core/backup-schedule.ts';
import type { BackupPolicy } from '../../src/core/estate.ts';
import { known } from '../../src/core/fact.ts';
import { instantMs } from '../../src/core/time.ts';
import { nextAt, zoneOf } from '../../src/core/time-zone.ts';
import { standingOf } from '../../src/core/standing.ts';
import { aBackupItem, aBackupPolicy, aMachine, anEstate, aReplicatedItem, asOf, aVault } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const critical = aMachine({ tags: { criticality: 'mission-critical' } });
const auditOf = (over: Parameters<typeof anEstate>[0], at = asOf) => {
  const estate = anEstate({
    machines: [critical],
    vaults: [aVault()],
    backupPolicies: [aBackupPolicy()],
    backupItems: [aBackupItem()],
    ...over,
  });
  const [machine] = auditEstate(estate, shippedGuidance, at).machines;
  return { standing: standingOf(machine!), findings: machine!.findings, protections: machine!.protections };
};
const replicated = (over: Parameters<typeof aReplicatedItem>[0], at = asOf) =>
  auditOf({ replicatedItems: [aReplicatedItem(over)] }, at);

describe('a replication that has not made its first copy', () => {
  it.each(['InitialReplicationInProgress', 'InitialReplicationCompletionPending', 'EnablingProtection'])(
    'is pending in %s, even where Azure gives a lag',
    (protectionState) => {
      const { standing, findings, protections } = replicated({ protectionState, health: 'normal' });
      expect(standing).toBe('protection-pending');
      expect(findings).toMatchObject([{ code: 'protection-pending', option: 'site-recovery', severity: 'medium' }]);
      expect(protections.find(({ option }) => option === 'site-recovery')).not.toHaveProperty('newestPoint');
    },
  );

  it('is at risk once Azure says that it ails', () => {
    const { standing, findings } = replicated({ protectionState: 'InitialReplicationInProgress', health: 'critical' });
    expect(standing).toBe('at-risk');
    expect(findings[0]).toMatchObject({ code: 'replication-unhealthy', severity: 'critical' });
  });
});

describe('a replication whose lag was reckoned long ago', () => {
  it('is healthy while the reckoning and the lag of then stay within what is allowed', () => {
    expect(replicated({ rpoAt: '2026-06-03T11:40:00Z' }).standing).toBe('protected');
  });

  it('is unhealthy as soon as they do not, however green its last lag was', () => {
    const { standing, findings } = replicated({ rpoAt: '2026-06-03T10:00:00Z' });
    expect(standing).toBe('at-risk');
    expect(findings[0]!.summary).toContain(
      'last reckoned 2 hours ago, so it may be 2 hours behind; 30 minutes are allowed',
    );
  });
});

describe('a replication whose figures cannot be', () => {
  it.each([
    ['a lag reckoned in time to come', { rpoAt: '2026-06-03T14:00:00Z' }, 'reckoned the lag 2026-06-03T14:00:00Z'],
    ['a lag reckoned years ahead', { rpoAt: '2036-06-03T12:00:00Z' }, 'after the fleet was read'],
    ['a lag below nothing', { rpoSeconds: -60 }, 'a lag of -60 seconds'],
  ])('is unknown with %s, never fresh', (_, over, text) => {
    const { standing, findings, protections } = replicated(over);
    expect(standing).toBe('unknown');
    expect(findings).toMatchObject([{ code: 'unknown', option: 'site-recovery' }]);
    expect(findings[0]!.summary).toContain(text);
    const protection = protections.find(({ option }) => option === 'site-recovery');
    expect(protection).not.toHaveProperty('newestPoint');
    expect(protection).not.toHaveProperty('rpoSeconds');
  });

  it('stays at risk where Azure says that it ails besides', () => {
    const { standing, findings } = replicated({ rpoAt: '2036-06-03T12:00:00Z', health: 'critical' });
    expect(standing).toBe('at-risk');
    expect(findings.map(({ code }) => code).sort()).toEqual(['replication-unhealthy', 'unknown']);
  });

  it('is protected where the clocks differ by little', () => {
    expect(replicated({ rpoAt: '2026-06-03T12:00:30Z' }).standing).toBe('protected');
  });

  it('that nobody has tried for too long counts as protected, with a finding of its own', () => {
    const { standing, findings } = replicated({ lastDrillAt: '2025-06-01T10:00:00Z' });
    expect(standing).toBe('protected');
    expect(findings).toMatchObject([{ code: 'drill-overdue', option: 'site-recovery' }]);
  });

  it('is not rehearsed by a test failover dated to come', () => {
    const { findings } = replicated({ lastDrillAt: '2026-09-01T10:00:00Z' });
    expect(findings).toMatchObject([{ code: 'drill-overdue' }]);
    expect(findings[0]!.summary).toContain('is not believed');
  });
});

describe('a first backup', () => {
  const pending = { state: 'pending', rawState: 'IRPending', points: known([]) } as const;
  const { lastBackupAt: _at, lastPointAt: _point, lastBackupStatus: _status, ...bare } = aBackupItem(pending);
  const production = aMachine({ tags: { environment: 'production' } });

  it('is to come, with the clock time of the next run, which two audits before it name alike', () => {
    const first = auditOf({ machines: [production], backupItems: [bare] }, '2026-06-03T12:00:00Z').findings;
    const second = auditOf({ machines: [production], backupItems: [bare] }, '2026-06-03T18:00:00Z').findings;
    expect(first).toMatchObject([{ code: 'protection-pending', severity: 'medium', dueBy: '2026-06-04T04:00:00Z' }]);
    expect(second[0]!.dueBy).toBe(first[0]!.dueBy);
    expect(first[0]!.summary).toContain('Azure does not tell since when it waits');
  });

  it('that was tried and failed is stale, not to come', () => {
    const { standing, findings } = auditOf({
      machines: [production],
      backupItems: [{ ...bare, lastBackupStatus: 'Failed' }],
    });
    expect(standing).toBe('at-risk');
    expect(findings).toMatchObject([{ code: 'stale', severity: 'high' }]);
  });
});

describe('the next run of a policy', () => {
  const now = instantMs(asOf)!;
  const runOf = (schedule: Partial<BackupPolicy['schedule']>) =>
    nextRunBy({ schedule: { ...aBackupPolicy().schedule, ...schedule } }, now);

  it('is a clock time in the time zone of the policy, with two hours to start in', () => {
    expect(runOf({ timeZone: 'W. Europe Standard Time' })).toEqual({ kind: 'due', by: '2026-06-04T02:00:00Z' });
    expect(runOf({ timeZone: 'Pacific Standard Time' })).toEqual({ kind: 'due', by: '2026-06-04T11:00:00Z' });
    expect(runOf({ timeZone: 'America/New_York' })).toEqual({ kind: 'due', by: '2026-06-04T08:00:00Z' });
  });

  it('of an hourly policy follows its interval within its window, and the window alone where its length is not known', () => {
    const hourly = { frequency: 'hourly', intervalHours: 4, runTimes: ['2026-06-03T08:00:00Z'] } as const;
    expect(runOf({ ...hourly, windowHours: 12 })).toEqual({ kind: 'due', by: '2026-06-03T18:00:00Z' });
    expect(runOf({ ...hourly, windowHours: 4 })).toEqual({ kind: 'due', by: '2026-06-04T10:00:00Z' });
    expect(runOf(hourly)).toEqual({ kind: 'due', by: '2026-06-04T10:00:00Z' });
  });

  it('is not told of a zone that is not known, nor of days that were not read', () => {
    expect(runOf({ timeZone: 'Middle-earth Standard Time' })).toMatchObject({ kind: 'not-told' });
    expect(runOf({ frequency: 'weekly' })).toMatchObject({ kind: 'not-told' });
  });

  it('keeps to the clock across a change of clocks', () => {
    const zone = zoneOf('Central European Standard Time')!;
    expect(new Date(nextAt(4 * 60, zone, Date.UTC(2026, 2, 28, 12))).toISOString()).toBe('2026-03-29T02:00:00.000Z');
    expect(new Date(nextAt(4 * 60, zone, Date.UTC(2026, 9, 24, 12))).toISOString()).toBe('2026-10-25T03:00:00.000Z');
  });
});
