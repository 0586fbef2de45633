/** The oracle of facts P-01 … P-10, case by case: the mode a restore point is asked for in, or the reasons for none. */
import { describe, expect, it } from 'vitest';
import { assessEstate } from '../../src/core/assessment.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Consistency, Machine } from '../../src/core/estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import type { Guidance } from '../../src/core/guidance.ts';
import { decideMode } from '../../src/core/restore-point-mode.ts';
import {
  aDataDisk,
  aMachine,
  anEphemeralOsDisk,
  anEstate,
  anOsDisk,
  anUnmanagedDisk,
  aRestorePoint,
  aRestorePointCollection,
  asOf,
  disksOf,
} from './estate-builder.ts';
import { guidanceWith, shippedGuidance } from './guidance-shipped.ts';

const decided = (machine: Machine, guidance: Guidance = shippedGuidance): string => {
  const decision = decideMode(assessEstate(anEstate({ machines: [machine] }), guidance, asOf)[0]!);
  return decision.kind === 'mode'
    ? `${decision.mode} for ${decision.consistency}`
    : decision.reasons.map(({ code, fact }) => `${code} ${fact}`).join(', ');
};

const dev = (over: Parameters<typeof aMachine>[0] = {}): Machine =>
  aMachine({ tags: { env: 'dev' }, dataDisks: 2, ...over });
const prod = (over: Parameters<typeof aMachine>[0] = {}): Machine => dev({ tags: { env: 'prod' }, ...over });
const quiet = anOsDisk({ caching: 'read-only' });
const notReady = known('not-ready' as const);
const off = known('deallocated' as const);
/** Disks that agree in crash mode on an older size: no ReadWrite cache. */
const agreeing = [quiet, aDataDisk(0), aDataDisk(1)];
const ultra = [quiet, aDataDisk(0, {}, { sku: 'UltraSSD_LRS' })];
const accelerated = [quiet, aDataDisk(0, { writeAccelerator: true })];

describe('the mode of a restore point is', () => {
  it.each<[string, Machine, string]>([
    ['application on a running Windows machine with a ready agent', dev(), 'application for application'],
    [
      'application on Linux, where that means its file systems',
      dev({ os: known('linux') }),
      'application for file-system',
    ],
    [
      'application on Linux in full, where scripts are declared',
      dev({ os: known('linux'), tags: { env: 'dev', 'pre-post-scripts': 'true' } }),
      'application for application',
    ],
    [
      'application, expected of no more than file systems, while the system is unknown',
      dev({ os: unknown('not-answered', 'not told') }),
      'application for file-system',
    ],
    ['application for Ultra disks, which crash mode excludes', dev({ disks: ultra }), 'application for application'],
    [
      'application on an Azure Boost size, where crash mode would not agree',
      dev({ size: known('Standard_D4s_v6'), disks: agreeing }),
      'application for application',
    ],
    [
      'crash without an agent, where the class allows it and the disks agree',
      dev({ agent: notReady, disks: agreeing }),
      'crash for crash',
    ],
    [
      'crash while the agent is unknown, since it takes none',
      dev({ agent: unknown('not-read', 'not read'), disks: agreeing }),
      'crash for crash',
    ],
    [
      'crash for one data disk even with a ReadWrite cache',
      dev({ agent: notReady, dataDisks: 1, disks: disksOf(1) }),
      'crash for crash',
    ],
    [
      'crash when deallocated, on Boost sizes and ReadWrite caches too',
      dev({ power: off, size: known('Standard_D4s_v6') }),
      'crash for crash',
    ],
    ['crash for a production machine that is off, with nothing in flight', prod({ power: off }), 'crash for crash'],
  ])('%s', (_name, machine, wanted) => {
    expect(decided(machine)).toBe(wanted);
  });
});

describe('there is no mode for', () => {
  it.each<[string, Machine, string]>([
    ['a shared disk', dev({ disks: [quiet, aDataDisk(0, {}, { maxShares: 2 })] }), 'restore-point-shared-disk P-05'],
    [
      'an ephemeral operating system disk',
      dev({ disks: [anEphemeralOsDisk(), aDataDisk(0)] }),
      'restore-point-ephemeral-os P-05',
    ],
    ['unmanaged disks', dev({ disks: [anUnmanagedDisk()] }), 'restore-point-unmanaged-disk P-01'],
    ['a Confidential machine', dev({ securityType: 'confidential' }), 'restore-point-confidential P-07'],
    [
      'a data disk of a Trusted Launch machine',
      dev({ disks: [quiet, aDataDisk(0, {}, { securityType: 'trusted-launch' })] }),
      'restore-point-trusted-launch-data-disk P-08',
    ],
    [
      'a member of a Uniform scale set',
      dev({ scaleSetId: '/subscriptions/s/x', scaleSetMode: known('uniform') }),
      'restore-point-uniform-scale-set P-09',
    ],
    [
      'a disk that was not read, and may be shared',
      dev({ disks: [quiet, aDataDisk(0, { disk: unknown('no-permission', 'no') })] }),
      'restore-point-shared-disk P-05, restore-point-trusted-launch-data-disk P-08',
    ],
    [
      'Ultra disks without an agent',
      dev({ agent: notReady, disks: ultra }),
      'application-mode P-03, crash-mode-disks P-05',
    ],
    [
      'write-accelerated disks of a machine that is off',
      dev({ power: off, disks: accelerated }),
      'application-mode P-03, crash-mode-disks P-05',
    ],
    [
      'a size without premium disks, and no agent',
      dev({ agent: notReady, size: known('Standard_D2_v3'), disks: agreeing }),
      'application-mode P-03, crash-mode-size P-04',
    ],
    [
      'a Boost size without an agent',
      dev({ agent: notReady, size: known('Standard_D4s_v6'), disks: agreeing }),
      'application-mode P-03, crash-mode-skew P-06',
    ],
    [
      'a ReadWrite cache on several disks without an agent',
      dev({ agent: notReady }),
      'application-mode P-03, crash-mode-skew P-06',
    ],
    [
      'several disks of a machine that is stopped but not deallocated, on a Boost size',
      dev({ power: known('stopped'), size: known('Standard_E8as_v7'), disks: agreeing }),
      'application-mode P-03, crash-mode-skew P-06',
    ],
    [
      'a running production machine without an agent: its class asks for more than crash',
      prod({ agent: notReady, disks: agreeing }),
      'application-mode P-03, consistency-unreachable P-02',
    ],
  ])('%s', (_name, machine, wanted) => {
    expect(decided(machine)).toBe(wanted);
  });

  it('Linux without scripts, where the guidance asks for application consistency', () => {
    const strict = guidanceWith(
      'objectives: { dev-test: { consistency: { windows: application, linux: application, linuxWithScripts: application, stopped: crash, source: https://example.com } } }',
    );
    expect(decided(dev({ os: known('linux') }), strict)).toBe(
      'consistency-unreachable P-02, consistency-unreachable P-02',
    );
    expect(decided(dev({ os: known('windows') }), strict)).toBe('application for application');
  });
});

describe('what Azure made of it', () => {
  const needed = guidanceWith(
    'objectives: { production: { requires: [{ anyOf: [restore-point], why: test, source: https://example.com }] } }',
  );
  const findings = (consistency: Consistency): readonly string[] => {
    const points = known([aRestorePoint({ consistency, diskKeys: prod().disks.flatMap(({ key }) => key ?? []) })]);
    const estate = anEstate({ machines: [prod()], restorePointCollections: [aRestorePointCollection({ points })] });
    return auditEstate(estate, needed, asOf).machines[0]!.findings.map(({ code }) => code);
  };

  it('is a finding where it is weaker than the class needs, whatever was asked for', () => {
    expect(findings('application')).toEqual([]);
    expect(findings('crash')).toEqual(['inconsistent']);
    expect(findings('file-system')).toEqual(['inconsistent']);
  });
});
