import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/core/estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import type { Objective } from '../../src/core/guidance.ts';
import type { OptionId, Verdict, VerdictKind } from '../../src/core/option.ts';
import { optionIds } from '../../src/core/option.ts';
import { protectionsOf } from '../../src/core/options/index.ts';
import type { FactName } from '../../src/core/rule.ts';
import type { AssessContext } from '../../src/core/verdict.ts';
import { assessOptions, fold, requirements } from '../../src/core/verdict.ts';
import {
  aBackupItem,
  aDataDisk,
  aMachine,
  anEphemeralOsDisk,
  anEstate,
  anOsDisk,
  anUnmanagedDisk,
  aRestorePoint,
  aRestorePointCollection,
  aSnapshot,
  asOf,
  disksOf,
} from './estate-builder.ts';
import type { Case } from './rules/example.ts';
import { blinders, withoutDisk } from './rules/example.ts';

const source = 'https://example.test';
const unread = unknown('no-permission', 'nobody may read it');

const objective = (...requires: readonly (readonly OptionId[])[]): Objective => ({
  title: 'for the case',
  requires: requires.map((anyOf) => ({ anyOf, why: `It needs ${anyOf.join(' or ')}.`, source })),
  severity: 'high',
  rpoHours: { value: 24, source },
  graceHours: { value: 2, source },
  retainDays: { value: 30, source },
  consistency: { windows: 'crash', linux: 'crash', linuxWithScripts: 'crash', stopped: 'crash', source },
});

const context = (over: Partial<AssessContext> = {}): AssessContext => ({
  asOf,
  objective: objective(),
  disasterRecovery: false,
  striping: { state: 'no-evidence', score: 0, evidence: [] },
  protections: [],
  ...over,
});

const verdictsOf = (machine: Machine, over: Partial<AssessContext> = {}) =>
  Object.fromEntries(assessOptions(machine, context(over)).map(({ option, verdict }) => [option, verdict]));

const codesOf = (verdicts: readonly Verdict[], option: OptionId) =>
  verdicts.find((v) => v.option === option)!.reasons.map(({ code }) => code);

describe('verdicts of machines that matter', () => {
  type Expected = Readonly<Partial<Record<OptionId, VerdictKind>>>;
  const easy: Expected = {
    'azure-backup': 'suitable',
    'site-recovery': 'suitable',
    'disk-snapshot': 'suitable',
    'restore-point': 'suitable',
    'managed-image': 'impossible', // not generalized
    'gallery-image': 'unsuitable', // changing data
  };

  const cases: [string, Machine, Expected, Partial<AssessContext>?][] = [
    ['a plain machine with one disk', aMachine(), easy],
    ['a running machine with several disks', aMachine({ dataDisks: 2 }), { ...easy, 'disk-snapshot': 'unsuitable' }],
    ['a deallocated machine with several disks', aMachine({ dataDisks: 2, power: known('deallocated') }), easy],
    [
      'a machine with several disks and unknown power',
      aMachine({ dataDisks: 2, power: unread }),
      { 'disk-snapshot': 'unknown', 'azure-backup': 'suitable' },
    ],
    [
      'a deallocated machine whose disks look striped',
      aMachine({ dataDisks: 4, power: known('deallocated') }),
      { ...easy, 'disk-snapshot': 'unsuitable' },
      { striping: { state: 'likely', score: 4, evidence: ['four equal disks'] } },
    ],
    [
      'a Trusted Launch machine',
      aMachine({ securityType: 'trusted-launch', generalized: known(true) }),
      { 'azure-backup': 'suitable', 'managed-image': 'impossible', 'gallery-image': 'unsuitable' },
    ],
    [
      'a Confidential machine',
      aMachine({ securityType: 'confidential' }),
      {
        'azure-backup': 'unsuitable',
        'site-recovery': 'impossible',
        'restore-point': 'impossible',
        'managed-image': 'impossible',
      },
    ],
    ['an ARM64 machine', aMachine({ architecture: known('arm64') }), { ...easy, 'site-recovery': 'impossible' }],
    [
      'a machine with an NVMe controller',
      aMachine({ diskController: known('nvme') }),
      { ...easy, 'site-recovery': 'impossible' },
    ],
    [
      'a machine with unmanaged disks',
      aMachine({ disks: [anUnmanagedDisk(), anUnmanagedDisk(0)] }),
      { 'azure-backup': 'impossible', 'disk-snapshot': 'impossible', 'restore-point': 'impossible' },
    ],
    [
      'a machine with an ephemeral operating system disk: texts disagree on backup alone',
      aMachine({ disks: [anEphemeralOsDisk()] }),
      {
        'azure-backup': 'unknown',
        'site-recovery': 'impossible',
        'disk-snapshot': 'impossible',
        'restore-point': 'impossible',
        'gallery-image': 'impossible',
      },
    ],
    [
      'a machine with a shared data disk',
      aMachine({ disks: [anOsDisk(), aDataDisk(0, {}, { maxShares: 2 })] }),
      { 'azure-backup': 'impossible', 'site-recovery': 'suitable', 'restore-point': 'impossible' },
    ],
    [
      'a machine with an Ultra disk',
      aMachine({ disks: disksOf(1, {}, { sku: 'UltraSSD_LRS' }) }),
      {
        'azure-backup': 'suitable',
        'site-recovery': 'suitable',
        'restore-point': 'suitable',
        'gallery-image': 'impossible',
      },
    ],
    [
      'a machine with a write-accelerated data disk',
      aMachine({ disks: disksOf(1, { writeAccelerator: true }) }),
      { 'azure-backup': 'suitable', 'site-recovery': 'impossible', 'restore-point': 'suitable' },
    ],
    [
      'a machine with 33 disks',
      aMachine({ dataDisks: 32 }),
      { 'azure-backup': 'impossible', 'site-recovery': 'suitable' },
    ],
    [
      'a machine none of whose disks was read',
      aMachine({ disks: [{ ...anOsDisk(), disk: unread }] }),
      {
        'azure-backup': 'unknown',
        'site-recovery': 'suitable',
        'restore-point': 'unknown',
        'disk-snapshot': 'suitable',
      },
    ],
    [
      'a generalized machine of a class that asks for images',
      aMachine({ generalized: known(true), power: known('deallocated') }),
      { 'managed-image': 'required', 'gallery-image': 'suitable' },
      { objective: objective(['managed-image', 'gallery-image']) },
    ],
    [
      'a generalized Trusted Launch machine of a class that asks for images',
      aMachine({ generalized: known(true), securityType: 'trusted-launch' }),
      { 'managed-image': 'impossible', 'gallery-image': 'required' },
      { objective: objective(['managed-image', 'gallery-image']) },
    ],
  ];

  it.each(cases)('%s', (_name, machine, expected, over) => {
    expect(verdictsOf(machine, over)).toMatchObject(expected);
  });

  it('are given for every option, in order, each with at least one sourced reason', () => {
    const verdicts = assessOptions(aMachine(), context());
    expect(verdicts.map(({ option }) => option)).toEqual(optionIds);
    for (const { reasons } of verdicts) {
      expect(reasons.length).toBeGreaterThan(0);
      for (const reason of reasons) expect(reason.source).toMatch(/^https:\/\//);
    }
  });
});

describe('folding', () => {
  it('lets one certain obstacle decide over any unknown', () => {
    const machine = aMachine({ dedicatedHost: true, diskController: unread });
    expect(verdictsOf(machine)['site-recovery']).toBe('impossible');
  });

  it('lets what might be impossible hide what is merely unsuitable', () => {
    const machine = aMachine({ size: known('Standard_B1s'), diskController: unread });
    expect(verdictsOf(machine)['site-recovery']).toBe('unknown');
  });

  it('says which fact is missing and why, and leaves warnings for last', () => {
    const machine = aMachine({ hasPlan: true, disks: [{ ...anOsDisk(), disk: unread }] });
    const { reasons } = fold('azure-backup', machine, context());
    expect(reasons[0]!.text).toMatch(/^Cannot tell whether no .*, for disk web01-os is unknown: nobody may read it\.$/);
    expect(reasons.at(-1)!.code).toBe('backup-marketplace-plan');
  });

  it('adds warnings without changing the verdict', () => {
    const verdicts = assessOptions(aMachine({ hasPlan: true }), context());
    expect(verdicts[0]!.verdict).toBe('suitable');
    expect(codesOf(verdicts, 'azure-backup')).toEqual(['no-obstacle', 'backup-marketplace-plan']);
  });
});

describe('requirements', () => {
  const estate = (over: Parameters<typeof anEstate>[0]) => (machine: Machine) =>
    protectionsOf(machine, anEstate({ machines: [machine], ...over }));
  const anyOf = ['disk-snapshot', 'restore-point', 'azure-backup'] as const;

  it('choose the first suitable member, and give the reason of the guidance first', () => {
    const verdicts = assessOptions(aMachine({ dataDisks: 2 }), context({ objective: objective(anyOf) }));
    expect(verdicts.map(({ verdict }) => verdict).filter((v) => v === 'required')).toHaveLength(1);
    expect(codesOf(verdicts, 'restore-point')[0]).toBe('required-by-guidance');
  });

  it('prefer a member that is already there over an earlier one that is not', () => {
    const machine = aMachine();
    const protections = estate({ backupItems: [aBackupItem()] })(machine);
    expect(requirements(machine, context({ objective: objective(anyOf), protections }))).toMatchObject([
      { chosen: 'azure-backup', state: 'met-by-choice' },
    ]);
  });

  it('prefer what is fresh over what comes earlier and is old', () => {
    const machine = aMachine();
    const protections = estate({
      snapshots: [aSnapshot({ createdAt: '2026-01-01T00:00:00Z' })],
      restorePointCollections: [aRestorePointCollection()],
    })(machine);
    expect(requirements(machine, context({ objective: objective(anyOf), protections }))[0]!.chosen).toBe(
      'restore-point',
    );
  });

  it('do not let a present but unsuitable option serve', () => {
    const machine = aMachine({ dataDisks: 1 });
    const protections = estate({ snapshots: [aSnapshot()] })(machine);
    expect(requirements(machine, context({ objective: objective(anyOf), protections }))[0]!.chosen).toBe(
      'restore-point',
    );
  });

  it('let an option whose verdict is unknown serve where it evidently works', () => {
    const machine = aMachine({ disks: [{ ...anOsDisk(), disk: unread }] });
    const protections = estate({ backupItems: [aBackupItem()] })(machine);
    const asked = context({ objective: objective(['azure-backup']), protections });
    expect(requirements(machine, asked)).toMatchObject([{ chosen: 'azure-backup' }]);
    expect(assessOptions(machine, asked)[0]!.verdict).toBe('required');
  });

  it('do not count stopped or soft-deleted protection as there', () => {
    const machine = aMachine();
    for (const state of ['stopped', 'suspended', 'soft-deleted', 'paused'] as const) {
      const protections = estate({ backupItems: [aBackupItem({ state })] })(machine);
      expect(requirements(machine, context({ objective: objective(anyOf), protections }))[0]!.chosen).toBe(
        'disk-snapshot',
      );
    }
  });

  it('stay undecided, requiring nothing, while an unknown stands between the members', () => {
    const machine = aMachine({ diskController: unread });
    const asked = context({ objective: objective(['site-recovery']) });
    expect(requirements(machine, asked)).toMatchObject([{ state: 'undecided', option: 'site-recovery' }]);
    expect(requirements(machine, asked)[0]!.chosen).toBeUndefined();
    expect(assessOptions(machine, asked).map(({ verdict }) => verdict)).not.toContain('required');
  });

  it('are unmeetable when every member is ruled out, and the verdict keeps saying why', () => {
    const machine = aMachine({ diskController: known('nvme') });
    const asked = context({ objective: objective(['site-recovery']) });
    expect(requirements(machine, asked)).toMatchObject([{ state: 'unmeetable', option: 'site-recovery' }]);
    const verdicts = assessOptions(machine, asked);
    expect(verdicts[1]!.verdict).toBe('impossible');
    expect(codesOf(verdicts, 'site-recovery')).toEqual(['replication-nvme', 'required-by-guidance']);
  });

  it('apply only where their condition holds', () => {
    const conditional: Objective = {
      ...objective(),
      requires: [{ anyOf: ['site-recovery'], when: { disasterRecovery: true }, why: 'Tagged so.', source }],
    };
    expect(requirements(aMachine(), context({ objective: conditional }))).toEqual([]);
    expect(requirements(aMachine(), context({ objective: conditional, disasterRecovery: true }))).toHaveLength(1);
  });

  it('take a restore point without all disks for less than one with them', () => {
    const machine = aMachine({ dataDisks: 1 });
    const protections = estate({
      restorePointCollections: [aRestorePointCollection({ points: known([aRestorePoint()]) })],
      backupItems: [aBackupItem()],
    })(machine);
    expect(requirements(machine, context({ objective: objective(anyOf), protections }))[0]!.chosen).toBe(
      'azure-backup',
    );
  });
});

describe('an unknown', () => {
  const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
  const disk = fc.record({
    maxShares: pick(1, 1, 1, 2),
    entraDataAccess: pick(false, false, true),
    securityType: pick('standard' as const, 'standard' as const, 'trusted-launch' as const),
    sku: pick('Premium_LRS', 'Premium_LRS', 'UltraSSD_LRS', 'PremiumV2_LRS', 'Standard_LRS'),
    sizeGiB: pick(64, 128, 4096, 32_767),
    caching: pick('none' as const, 'read-only' as const, 'read-write' as const),
    writeAccelerator: pick(false, false, false, true),
  });
  const machines = fc
    .record({
      securityType: pick('standard' as const, 'standard' as const, 'trusted-launch' as const, 'confidential' as const),
      os: pick('windows' as const, 'linux' as const),
      power: pick('running' as const, 'deallocated' as const, 'stopped' as const),
      size: pick('Standard_D4s_v5', 'Standard_D4s_v6', 'Standard_D2_v3', 'Standard_B1s', 'Standard_D4ads_v7'),
      agent: pick('ready' as const, 'not-ready' as const),
      generalized: pick(false, true),
      architecture: pick('x64' as const, 'arm64' as const),
      diskController: pick('scsi' as const, 'nvme' as const),
      location: pick('westeurope', 'chinanorth', 'uaenorth'),
      inSet: pick(undefined, undefined, 'flexible' as const, 'uniform' as const),
      disks: fc.array(disk, { minLength: 1, maxLength: 4 }),
      striping: pick('striped' as const, 'likely' as const, 'no-evidence' as const, 'not-striped' as const),
      consistency: pick('application' as const, 'crash' as const),
    })
    .map(({ disks, striping, consistency, inSet, ...rest }) => ({
      machine: aMachine({
        ...rest,
        os: known(rest.os),
        power: known(rest.power),
        size: known(rest.size),
        agent: known(rest.agent),
        generalized: known(rest.generalized),
        architecture: known(rest.architecture),
        diskController: known(rest.diskController),
        ...(inSet
          ? { scaleSetId: '/subscriptions/s/resourceGroups/g/providers/x/y/z', scaleSetMode: known(inSet) }
          : {}),
        disks: disks.map(({ caching, writeAccelerator, ...own }, i) =>
          i === 0
            ? anOsDisk({ caching, writeAccelerator }, { ...own, sizeGiB: 128 })
            : aDataDisk(i - 1, { caching, writeAccelerator }, own),
        ),
      }),
      context: context({
        striping: { state: striping, score: 0, evidence: [] },
        objective: {
          ...objective(),
          consistency: { ...objective().consistency, windows: consistency, linux: consistency },
        },
      }),
    }));
  const names = Object.keys(blinders) as readonly FactName[];

  it('leaves a verdict as it is or makes it unknown: never better, never worse, whichever facts are missing', () => {
    fc.assert(
      fc.property(machines, fc.subarray([...names], { minLength: 1 }), fc.nat(3), (whole, missing, index) => {
        const blind = missing.reduce((from, name) => blinders[name](from), withoutDisk(whole, index));
        for (const option of optionIds) {
          const seen = fold(option, whole.machine, whole.context).verdict;
          expect([seen, 'unknown']).toContain(fold(option, blind.machine, blind.context).verdict);
        }
      }),
      { numRuns: 400, seed: 20_260_603 },
    );
  });

  it('once there, is not lifted by taking yet another fact away', () => {
    fc.assert(
      fc.property(machines, pick(...names), pick(...names), (whole, first, second) => {
        const blind = blinders[first](whole);
        const blinder = blinders[second](blind);
        for (const option of optionIds) {
          if (fold(option, blind.machine, blind.context).verdict !== 'unknown') continue;
          expect(fold(option, blinder.machine, blinder.context).verdict).toBe('unknown');
        }
      }),
      { numRuns: 400, seed: 20_260_603 },
    );
  });

  it('never makes an option required that is not suitable when everything is known', () => {
    fc.assert(
      fc.property(machines, fc.subarray([...names]), (whole, missing) => {
        const blind = missing.reduce<Case>((from, name) => blinders[name](from), whole);
        const asked = context({
          ...blind.context,
          objective: {
            ...whole.context.objective,
            requires: objective([...optionIds].toReversed(), ['azure-backup']).requires,
          },
        });
        for (const { option, verdict } of assessOptions(blind.machine, asked)) {
          if (verdict !== 'required') continue;
          const full = { ...whole.context, objective: asked.objective };
          expect(fold(option, whole.machine, full).verdict).toBe('suitable');
        }
      }),
      { numRuns: 200, seed: 20_260_603 },
    );
  });
});
