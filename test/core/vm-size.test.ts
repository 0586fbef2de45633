import { describe, expect, it } from 'vitest';
import { isBoostSize, isScsiOnly, isSingleCore, parseVmSize } from '../../src/core/vm-size.ts';

describe('the name of a VM size', () => {
  it.each([
    ['Standard_D4s_v5', { family: 'D', ordinal: 4, premium: true, processor: 'intel', version: 5 }],
    ['standard_d2_v3', { family: 'D', ordinal: 2, premium: false, processor: 'intel', version: 3 }],
    ['Standard_DS3_v2_Promo', { family: 'DS', ordinal: 3, premium: true, processor: 'intel', version: 2 }],
    ['Standard_D4ads_v7', { family: 'D', ordinal: 4, premium: true, processor: 'amd', version: 7 }],
    ['Standard_D4pls_v6', { family: 'D', ordinal: 4, premium: true, processor: 'arm', version: 6 }],
    ['Standard_E4-2ds_v4', { family: 'E', ordinal: 2, premium: true, processor: 'intel', version: 4 }],
    ['Standard_NC24ads_A100_v4', { family: 'NC', ordinal: 24, premium: true, processor: 'amd', version: 4 }],
    ['Standard_M48s_1_v3', { family: 'M', ordinal: 48, premium: true, processor: 'intel', version: 3 }],
    ['Basic_A0', { family: 'A', ordinal: 0, premium: false, processor: 'intel', version: 1 }],
    ['Standard_GS5-16', { family: 'GS', ordinal: 16, premium: true, processor: 'intel', version: 1 }],
  ] as const)('tells of %s', (name, size) => {
    expect(parseVmSize(name)).toEqual(size);
  });

  it('tells nothing when it follows no known convention', () => {
    expect(parseVmSize('Custom_Thing')).toBeUndefined();
    expect(parseVmSize('')).toBeUndefined();
  });

  it('tells sizes with one core from the old ones whose numbers began elsewhere', () => {
    const single = (name: string) => isSingleCore(parseVmSize(name)!);
    expect(['Standard_B1s', 'Standard_DS1_v2', 'Standard_A1_v2', 'Basic_A0', 'Standard_F1s'].map(single)).not.toContain(
      false,
    );
    expect(['Standard_G1', 'Standard_GS1', 'Standard_D2s_v3', 'Standard_D11_v2'].map(single)).not.toContain(true);
  });

  it('tells Azure Boost sizes: Intel from v6, AMD from v7, ARM not named', () => {
    const boost = (name: string) => isBoostSize(parseVmSize(name)!);
    expect(['Standard_D4s_v6', 'Standard_E8ds_v6', 'Standard_D4ads_v7'].map(boost)).not.toContain(false);
    expect(['Standard_D4s_v5', 'Standard_D4ads_v6', 'Standard_D4ps_v6'].map(boost)).not.toContain(true);
  });
});

describe('the disk controller that a size decides', () => {
  it('is SCSI up to version 5 of the common families', () => {
    const scsi = [
      'Standard_D4s_v5',
      'Standard_E16s_v5',
      'Standard_E64-32ads_v5',
      'Standard_B2s',
      'Standard_DS1_v2',
      'Standard_D4ps_v5',
      'Standard_DC4as_v5',
      'Standard_L8s_v3',
      'Standard_M32ms',
    ];
    for (const name of scsi) expect(isScsiOnly(name), name).toBe(true);
  });

  it('is open for Ebsv5, for later versions, and for names that tell nothing', () => {
    const open = [
      'Standard_E8bds_v5',
      'Standard_E64-16bs_v5',
      'Standard_E112ibs_v5',
      'Standard_E8s_v6',
      'Standard_D4ads_v6',
      'Standard_FX4mds',
      'Standard_L8s_v4',
      'Custom_Thing',
    ];
    for (const name of open) expect(isScsiOnly(name), name).toBe(false);
  });
});
