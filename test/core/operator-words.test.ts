/** What an operator reads must say what is so of this machine, and never two things that cannot both be. */
import { describe, expect, it } from 'vitest';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { explainMachine } from '../../src/core/explain.ts';
import type { Machine } from '../../src/core/estate.ts';
import { gap, known, unknown } from '../../src/core/fact.ts';
import { keyOf } from '../../src/core/ids.ts';
import type { OptionId } from '../../src/core/option.ts';
import {
  aBackupItem,
  aBackupPoint,
  aDataDisk,
  aMachine,
  aReplicatedItem,
  aRestorePointCollection,
  anEphemeralOsDisk,
  anEstate,
  anOsDisk,
  anUnmanagedDisk,
  aSnapshot,
  asOf,
  aVault,
  diskId,
  disksOf,
  machineId,
} from './estate-builder.ts';
import { explainText } from '../../src/report/explain-text.ts';
import { shippedGuidance } from './guidance-shipped.ts';

const production = { environment: 'production' };
const audited = (machine: Machine, over: Parameters<typeof anEstate>[0] = {}) =>
  auditEstate(anEstate({ machines: [machine], vaults: [aVault()], ...over }), shippedGuidance, asOf).machines[0]!;
const verdictOf = (machine: Machine, option: OptionId) => audited(machine).verdicts.find((v) => v.option === option)!;

describe('a backup that leaves out a disk of a striped set', () => {
  const exclusion = (luns: readonly number[]) => ({
    backupItems: [aBackupItem({ diskExclusion: { luns, inclusion: false } })],
  });
  const striped = aMachine({ tags: { environment: 'production', striping: 'raid0' }, dataDisks: 4 });

  it('says that the whole volume will not come back, and is high at the least', () => {
    expect(audited(striped, exclusion([3])).findings.find(({ code }) => code === 'partial')).toMatchObject({
      severity: 'high',
      summary: expect.stringContaining(
        'Its data disks are striped: without this disk the whole volume over the set will not come back',
      ),
    });
    expect(audited(striped, exclusion([2, 3])).findings.find(({ code }) => code === 'partial')!.summary).toContain(
      'leaves out 2 disks',
    );
    expect(audited(striped, exclusion([2, 3])).findings.find(({ code }) => code === 'partial')!.summary).toContain(
      'without these disks',
    );
  });
});

describe('an ephemeral operating system disk', () => {
  const machine = aMachine({ tags: production, disks: [anEphemeralOsDisk()] });

  it('leaves Azure Backup open because pages disagree, not because something was not read', () => {
    const { verdict, reasons } = verdictOf(machine, 'azure-backup');
    expect(verdict).toBe('unknown');
    expect(reasons[0]!.text).toMatch(/^Its operating system disk is ephemeral, and Microsoft's pages disagree/);
    expect(JSON.stringify(reasons)).not.toContain('documentation is unknown');
    const [finding] = audited(machine).findings;
    expect(finding).toMatchObject({
      code: 'unknown',
      option: 'azure-backup',
      remedy: expect.stringContaining('decide by enabling it by hand once'),
    });
  });
});

describe('a generalized machine', () => {
  const golden = aMachine({ tags: { role: 'golden-image' }, power: known('deallocated'), generalized: known(true) });

  it.each(['azure-backup', 'site-recovery'] as const)('is not for %s: it never starts again', (option) => {
    const { verdict, reasons } = verdictOf(golden, option);
    expect(verdict).toBe('unsuitable');
    expect(reasons[0]).toMatchObject({ code: 'generalized-machine', fact: 'I-03' });
    expect(JSON.stringify(reasons)).not.toContain('until it runs');
  });
});

describe('unmanaged disks', () => {
  it('do not go with Site Recovery: their retirement is near or past', () => {
    const { verdict, reasons } = verdictOf(aMachine({ tags: production, disks: [anUnmanagedDisk()] }), 'site-recovery');
    expect(verdict).toBe('unsuitable');
    expect(reasons[0]).toMatchObject({ fact: 'I-16', text: expect.stringContaining('31 March 2026') });
  });
});

describe('restore points', () => {
  const texts = (machine: Machine) =>
    verdictOf(machine, 'restore-point')
      .reasons.map(({ text }) => text)
      .join(' ');

  it('name which of size and cache makes data disks differ, and the disk', () => {
    const cached = texts(aMachine({ disks: disksOf(2) }));
    expect(cached).toContain('ReadWrite caching of disk web01-os lets');
    expect(cached).not.toContain('Boost');
    const disks = [anOsDisk({ caching: 'read-only' }), aDataDisk(0), aDataDisk(1)];
    const boosted = texts(aMachine({ disks, size: known('Standard_D4s_v6') }));
    expect(boosted).toContain('its size Standard_D4s_v6 (Azure Boost) lets');
    expect(boosted).not.toContain('ReadWrite');
  });

  it('name a write-accelerated disk wherever it decides', () => {
    const disks = [anOsDisk(), aDataDisk(0, { writeAccelerator: true })];
    expect(texts(aMachine({ disks }))).toContain('disk web01-data-0 (Write Accelerator)');
    expect(texts(aMachine({ disks, agent: known('not-ready') }))).toContain(
      'excludes disk web01-data-0 (Write Accelerator)',
    );
  });
});

describe('snapshots of some disks of a machine with several', () => {
  const machine = aMachine({ tags: { environment: 'qa', striping: 'none' }, dataDisks: 2 });
  const snapshots = ['web01-os', 'web01-data-0'].map((disk) =>
    aSnapshot({ name: `${disk}-snap`, sourceDiskKey: keyOf(diskId(disk)), sourceUniqueId: `unique-${disk}` }),
  );

  it('are told as independent and short of a disk, never as an option that both does and does not do', () => {
    const { findings } = audited(machine, { snapshots });
    const wrong = findings.find(({ code }) => code === 'wrong-option')!;
    expect(wrong.summary).toContain('independent snapshots of 2 of its 3 disks');
    expect(wrong.summary).toContain('Besides, 1 disk is left out: web01-data-1.');
    expect(findings.find(({ code }) => code === 'unprotected')!.summary).toContain(
      'class dev-test needs a VM restore point or Azure Backup.',
    );
    const explained = explainMachine(anEstate({ machines: [machine], snapshots }), shippedGuidance, asOf, machineId())!;
    const needs = explained.sections
      .find(({ title }) => title === 'What it needs')!
      .sentences.map(({ text }) => text)
      .join(' ');
    expect(needs).toContain('Independent snapshots of a machine with several disks do not do.');
  });
});

describe('the disk controller of a machine that nobody asks to replicate', () => {
  const unread = unknown('not-answered', "Azure's answer holds no disk controller type.");
  const unknownsOf = (tags: Machine['tags'], over: Parameters<typeof anEstate>[0] = {}) =>
    auditEstate(
      anEstate({
        machines: [aMachine({ tags, diskController: unread })],
        vaults: [aVault()],
        backupItems: [aBackupItem()],
        ...over,
      }),
      shippedGuidance,
      asOf,
    );

  it('is noted, and leaves the audit complete', () => {
    const audit = unknownsOf(production);
    expect(audit.unknowns).toMatchObject([{ fact: 'diskController', matters: false }]);
    expect(audit.complete).toBe(true);
  });

  it('matters where Site Recovery is required, or there', () => {
    expect(
      unknownsOf({ ...production, dr: 'yes' }).unknowns.some(
        ({ fact, matters }) => fact === 'diskController' && matters,
      ),
    ).toBe(true);
    expect(unknownsOf(production, { replicatedItems: [aReplicatedItem()] }).unknowns).toMatchObject([
      { fact: 'diskController', matters: true },
    ]);
  });
});

describe('a machine whose only backup lies in a vault that is not as its class asks', () => {
  const weak = aVault({ redundancy: known('locally-redundant'), softDelete: known({ state: 'disabled' }) });
  const machine = aMachine({ tags: production });

  it('is told so itself, with the name of the vault', () => {
    const { findings } = audited(machine, { vaults: [weak], backupItems: [aBackupItem()] });
    expect(findings.map(({ code }) => code)).toEqual(['vault-redundancy', 'vault-soft-delete-off']);
    for (const { summary } of findings) expect(summary).toContain(`vault ${weak.name}`);
  });

  it('is not where the vault could not be read, or is as it should be', () => {
    const unreadVault = aVault({
      redundancy: unknown('no-permission', 'no'),
      softDelete: unknown('no-permission', 'no'),
    });
    for (const vault of [unreadVault, aVault()]) {
      expect(audited(machine, { vaults: [vault], backupItems: [aBackupItem()] }).findings).toEqual([]);
    }
  });
});

describe('what Azure said about something unread', () => {
  it('comes without request ids, and names action and scope once', () => {
    const action = 'Microsoft.RecoveryServices/Vaults/read';
    const said = gap(
      '/subscriptions/9',
      'no-permission',
      `AuthorizationFailed: no authorization to perform action '${action}' over scope '/subscriptions/9'. (request 1f2e-3d)`,
      action,
    );
    const text = JSON.stringify(
      auditEstate(
        anEstate({
          machines: [aMachine({ tags: { ...production, dr: 'yes' } })],
          replicatedItems: { items: [], gaps: [said] },
        }),
        shippedGuidance,
        asOf,
      ),
    );
    expect(text).not.toContain('(request');
    expect(text).not.toContain('1f2e-3d');
    expect(text).not.toContain('(needs Microsoft.RecoveryServices');
    expect(text).toContain(action);
  });

  it('has moments without fractions in its sentences', () => {
    const { findings } = audited(aMachine({ tags: production }), {
      backupItems: [aBackupItem({ points: known([aBackupPoint({ at: '2026-05-30T02:10:00.1234567Z' })]) })],
    });
    expect(findings[0]!.summary).toContain('(2026-05-30T02:10:00Z)');
  });
});

describe('an explanation', () => {
  const explained = (over: Parameters<typeof anEstate>[0]) =>
    explainMachine(
      anEstate({ machines: [aMachine({ tags: production })], vaults: [aVault()], ...over }),
      shippedGuidance,
      asOf,
      machineId(),
    )!
      .sections.flatMap(({ sentences }) => sentences.map(({ text }) => text))
      .join('\n');

  it('says of points not read that their consistency was not read, not that it does not matter', () => {
    const backupItems = [aBackupItem({ points: unknown('not-read', 'Recovery points are read with --deep.') })];
    const text = explained({ backupItems });
    const whole = explainMachine(
      anEstate({ machines: [aMachine({ tags: production })], vaults: [aVault()], backupItems }),
      shippedGuidance,
      asOf,
      machineId(),
    )!;
    expect(explainText(whole, { width: 100, colour: false })).toContain(
      'web01: protected (consistency not read; --deep reads it), as of',
    );
    expect(text).toContain('consistency not read (--deep reads it)');
    expect(text).not.toContain('does not change the answer');
  });

  it('tells of a collection that Azure Backup owns, and why it does not count', () => {
    const text = explained({
      restorePointCollections: [aRestorePointCollection({ name: 'AzureBackup_web01_1', ownedByBackup: true })],
    });
    expect(text).toContain('AzureBackup_web01_1 was seen and does not count: Azure Backup owns it');
  });
});
