/** What was answered and makes no sense: it counts neither for a machine nor against it. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import { standingOf } from '../../src/core/standing.ts';
import type { BackupItem, Estate, Machine } from '../../src/core/estate.ts';
import { aBackupItem, aBackupPoint, aMachine, anEstate, asOf, aSnapshot, aVault } from './estate-builder.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const tags = { env: 'prod' };
const toCome = '2099-01-01T00:00:00Z';
const auditOf = (
  machine: Machine,
  over: Partial<BackupItem> | undefined,
  more: Parameters<typeof anEstate>[0] = {},
) => {
  const estate: Estate = anEstate({
    machines: [machine],
    vaults: [aVault()],
    backupItems: over === undefined ? [] : [aBackupItem(over)],
    ...more,
  });
  const audit = auditEstate(estate, shippedGuidance, asOf);
  return {
    audit,
    machine: audit.machines[0]!,
    unknowns: audit.unknowns.filter(({ matters }) => matters).map(({ fact }) => fact),
  };
};
const codes = ({ machine }: ReturnType<typeof auditOf>) => machine.findings.map(({ code }) => code);
const point = (over: Parameters<typeof aBackupPoint>[0]) => ({ points: known([aBackupPoint(over)]) });
const whole = { disksIncluded: 1, disksAttached: 1 };

describe('a machine that does not tell its disks', () => {
  const disksUnknown = unknown('unintelligible', 'Azure tells no disks.');
  const machine = aMachine({ tags, disks: [], disksUnknown });

  it('has no option that would do for certain, is not called striped or not, and is not called unprotected', () => {
    const found = auditOf(machine, undefined);
    expect(found.machine.striping).toMatchObject({ state: 'unknown', evidence: ['Azure tells no disks'] });
    expect(found.machine.verdicts.map(({ verdict }) => verdict)).not.toContain('suitable');
    expect([codes(found), standingOf(found.machine)]).toEqual([['unknown'], 'unknown']);
    expect([found.audit.complete, found.unknowns]).toEqual([false, expect.arrayContaining(['disks'])]);
  });

  it('is not called protected however whole its backup looks', () => {
    expect(standingOf(auditOf(machine, point(whole)).machine)).toBe('unknown');
    expect(standingOf(auditOf(aMachine({ tags }), point(whole)).machine)).toBe('protected');
  });
});

describe('a backup', () => {
  const machine = aMachine({ tags });

  it('whose exclusion of disks cannot be read is not known to cover them', () => {
    const found = auditOf(machine, { ...point(whole), disksUnknown: unknown('unintelligible', 'no LUNs') });
    expect([standingOf(found.machine), found.unknowns]).toEqual(['unknown', ['disks covered by azure-backup']]);
  });

  it('dated after the fleet was read is not fresh, whether its points were read or not', () => {
    for (const over of [
      { lastPointAt: toCome, points: unknown('not-read', '--deep') },
      point({ ...whole, at: toCome }),
    ]) {
      const found = auditOf(machine, over);
      expect(codes(found)).toEqual(['unknown']);
      expect(found.machine.findings[0]!.summary).toContain('2099-01-01T00:00:00Z, which is after the fleet was read');
      expect(found.machine.protections[0]).toMatchObject({ healthy: false });
      expect(found.machine.protections[0]!.newestPoint).toBeUndefined();
    }
  });

  it('a few minutes ahead is a clock that differs', () => {
    expect(codes(auditOf(machine, point({ ...whole, at: '2026-06-03T12:20:00Z' })))).toEqual([]);
  });

  it('with points only from before the machine was made may be of a namesake', () => {
    const made = aMachine({ tags, createdAt: '2026-06-03T08:00:00Z' });
    const found = auditOf(made, point(whole));
    expect(codes(found)).toEqual(['unknown']);
    expect(found.machine.findings[0]!.summary).toContain('may be of an earlier machine of that name');
  });

  it('that held one disk of three is partial, even where it says one of one', () => {
    const found = auditOf(aMachine({ tags, dataDisks: 2 }), point(whole));
    expect(codes(found)).toContain('partial');
    expect(found.machine.findings.find(({ code }) => code === 'partial')!.summary).toContain('held 1 of 3 disks');
  });

  it('whose newest point is of a kind that is not known leaves open whether it would do', () => {
    const found = auditOf(machine, point({ ...whole, consistency: 'unknown' }));
    expect(codes(found)).toEqual(['unknown']);
    expect(found.audit.complete).toBe(false);
  });
});

it('a snapshot dated after the fleet was read is no point', () => {
  const machine = aMachine({ tags: { env: 'dev' } });
  const snapshot = aSnapshot({ sourceDiskKey: machine.disks[0]!.key!, createdAt: toCome });
  const [found] = auditOf(machine, undefined, { snapshots: [snapshot] }).machine.protections;
  expect(found).toMatchObject({ option: 'disk-snapshot', healthy: false });
  expect(found?.newestPoint).toBeUndefined();
});
