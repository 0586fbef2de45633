/** What the audit says of estates that each show one thing. */
import { describe, expect, it } from 'vitest';
import type { Audit, FindingCode } from '../../src/core/audit.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { gap, known } from '../../src/core/fact.ts';
import { shortHash } from '../../src/core/ids.ts';
import { standingOf } from '../../src/core/standing.ts';
import { auditCases } from './audit-cases.ts';
import { shippedGuidance } from './guidance-shipped.ts';
import { aBackupItem, aMachine, aVault, anEstate, asOf, machineId } from './estate-builder.ts';
import { expectGolden } from './golden.ts';

const audited = (name: string): Audit => auditEstate(auditCases[name]!, shippedGuidance, asOf);

const codesOf = (audit: Audit, machine = 0): readonly FindingCode[] =>
  audit.machines[machine]!.findings.map(({ code }) => code);

/** Verdicts are the rules' own matter, tested there: a golden audit keeps what the audit adds. */
const withoutVerdictReasons = (audit: Audit) => ({
  ...audit,
  machines: audit.machines.map(({ verdicts, ...machine }) => ({
    ...machine,
    verdicts: Object.fromEntries(verdicts.map(({ option, verdict }) => [option, verdict])),
  })),
});

describe('golden audits', () => {
  it.each(Object.keys(auditCases))('%s', (name) => {
    expectGolden(`audit/${name.replace(/[^a-z0-9]+/gi, '-')}.json`, withoutVerdictReasons(audited(name)));
  });
});

describe('what is there against what is needed', () => {
  it.each([
    ['production machine with a fresh backup', 'protected', []],
    ['production machine without backup', 'at-risk', ['unprotected']],
    ['backup older than its class allows', 'at-risk', ['stale']],
    ['backup that never ran though it counts as protected', 'at-risk', ['stale']],
    ['backup waiting for its first run', 'protection-pending', ['protection-pending']],
    ['backup stopped with its points kept', 'at-risk', ['stopped']],
    ['backup deleted softly', 'at-risk', ['soft-deleted']],
    ['backup in a state this version does not know', 'unknown', ['unknown']],
    ['backup that leaves a disk out', 'at-risk', ['partial']],
    ['crash-consistent point of a running Windows machine', 'at-risk', ['inconsistent']],
    ['crash-consistent point of a machine that is off', 'protected', []],
    ['points not read without --deep', 'protected', []],
    ['dev machine with a fresh snapshot', 'protected', []],
    ['dev machine with a snapshot of three weeks ago', 'at-risk', ['stale']],
    ['snapshots of several disks of a running machine', 'at-risk', ['wrong-option', 'unprotected']],
    ['only snapshots for a production machine', 'at-risk', ['unprotected', 'wrong-option']],
    ['replication behind, and never rehearsed', 'at-risk', ['replication-unhealthy', 'drill-overdue']],
    ['mission-critical machine with everything in order', 'protected', []],
    ['backup items that could not be read', 'unknown', ['unknown']],
    ['replication unreadable in another subscription', 'unknown', ['unknown']],
    ['machine that no option fits', 'at-risk', ['unprotected']],
    ['untagged machine', 'at-risk', ['unprotected', 'unclassified']],
    ['machine left out on purpose, and one whose exclusion ran out', 'excluded', []],
    ['machine that may be generalized and has an image', 'unknown', ['unknown', 'unclassified']],
  ] as const)('%s: %s', (name, standing, codes) => {
    const audit = audited(name);
    expect(codesOf(audit)).toEqual(codes);
    expect(standingOf(audit.machines[0]!)).toBe(standing);
  });

  it('does not call a machine unprotected that no option fits, where an old backup of it could be out of sight', () => {
    const unmanaged = auditCases['machine that no option fits']!;
    const unseen = { ...unmanaged, backupItems: { items: [], gaps: [gap('/', 'no-permission', 'not granted')] } };
    expect(codesOf(auditEstate(unseen, shippedGuidance, asOf))).toEqual(['unknown']);
  });

  it('names the missing action and scope of an unreadable place', () => {
    const { unknowns, complete } = audited('backup items that could not be read');
    expect(complete).toBe(false);
    expect(unknowns[0]!.reason).toContain('needs Microsoft.RecoveryServices/Vaults/read at /subscriptions/');
  });

  it('is complete without the points themselves', () => {
    expect(audited('points not read without --deep')).toMatchObject({ complete: true, unknowns: [{ matters: false }] });
  });

  it('lists what outlived its machine, and nothing of Azure Backup’s own', () => {
    const names = audited('points and items that outlived their machines').orphans.map(({ id }) =>
      id.split('/').at(-1),
    );
    expect(names).toEqual(['gone-points', 'of-a-disk-gone', 'of-a-namesake', 'VM;iaasvmcontainerv2;rg-app;gone']);
  });

  it('calls nothing orphaned whose machine could be out of sight', () => {
    const { orphans, complete, unknowns } = audited('items of machines that could not be read');
    expect(orphans).toEqual([]);
    expect(complete).toBe(false);
    expect(unknowns.map(({ fact }) => fact)).toContain('orphaned items and points');
  });

  it('calls nothing orphaned that lies outside the scope asked for', () => {
    const whole = auditCases['points and items that outlived their machines']!;
    for (const scope of [{ tags: ['env=prod'] }, { resourceGroups: ['rg-other'] }, { subscriptions: ['other'] }]) {
      const { orphans } = auditEstate({ ...whole, scope: { ...whole.scope, ...scope } }, shippedGuidance, asOf);
      // A disk that is there under another identity is known to be another, whatever the scope.
      expect(orphans.map(({ id }) => id.split('/').at(-1))).toEqual(['of-a-namesake']);
    }
  });

  it('uses an item in another subscription when it finds one', () => {
    const elsewhere = aVault({
      id: '/subscriptions/33333333-3333-3333-3333-333333333333/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/v',
    });
    const estate = anEstate({
      machines: [aMachine({ tags: { env: 'prod' } })],
      vaults: [elsewhere],
      backupItems: [aBackupItem({ vaultId: elsewhere.id, vaultKey: elsewhere.key })],
    });
    expect(codesOf(auditEstate(estate, shippedGuidance, asOf))).toEqual([]);
  });

  it('takes absence for certain when the gap lies in another subscription', () => {
    const estate = anEstate({
      machines: [aMachine({ tags: { env: 'prod' } })],
      backupItems: {
        items: [],
        gaps: [gap('/subscriptions/99999999-9999-9999-9999-999999999999', 'no-permission', 'no')],
      },
    });
    expect(codesOf(auditEstate(estate, shippedGuidance, asOf))).toEqual(['unprotected']);
  });

  it('reckons finding ids from resource, code and option alone', () => {
    const [finding] = audited('production machine without backup').machines[0]!.findings;
    expect(finding!.id).toBe(shortHash(`${machineId().toLowerCase()}|unprotected|azure-backup`, 12));
  });

  it('counts the due time of a daily policy in UTC exactly, late start included', () => {
    const [finding] = audited('backup waiting for its first run').machines[0]!.findings;
    expect(finding!.dueBy).toBe('2026-06-04T04:00:00Z');
  });

  it('does not hold a protection against the class while the operating system is unknown', () => {
    const estate = auditCases['crash-consistent point of a running Windows machine']!;
    const machine = {
      ...estate.machines.items[0]!,
      os: { known: false as const, reason: 'not-answered' as const, detail: 'not told' },
    };
    const { machines } = auditEstate({ ...estate, machines: { items: [machine], gaps: [] } }, shippedGuidance, asOf);
    // Linux would allow no less than file-system consistency: a crash-consistent point is too little either way.
    expect(machines[0]!.findings.map(({ code }) => code)).toContain('inconsistent');
    const better = {
      ...estate,
      backupItems: {
        items: [
          {
            ...estate.backupItems.items[0]!,
            points: known([{ ...pointOf(estate), consistency: 'file-system' as const }]),
          },
        ],
        gaps: [],
      },
    };
    const again = auditEstate({ ...better, machines: { items: [machine], gaps: [] } }, shippedGuidance, asOf);
    expect(again.machines[0]!.findings.map(({ code }) => code)).not.toContain('inconsistent');
    expect(again.complete).toBe(false);
  });
});

const pointOf = (estate: (typeof auditCases)[string]) => {
  const { points } = estate.backupItems.items[0]!;
  if (!points.known) throw new Error('the case reads its points');
  return points.value[0]!;
};
