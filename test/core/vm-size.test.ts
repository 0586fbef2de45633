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
    ['Standard_M128m', { family: 'M', ordinal: 128, premium: true, processor: 'intel', version: 1 }],
    ['Standard_NG32adms_V620_v1', { family: 'NG', ordinal: 32, premium: true, processor: 'amd', version: 1 }],
    ['Standard_NV12ads_V710_v5', { family: 'NV', ordinal: 12, premium: true, processor: 'amd', version: 5 }],
    ['Standard_ND96is_flex_H100_v5', { family: 'ND', ordinal: 96, premium: true, processor: 'intel', version: 5 }],
    ['Standard_DC4as_cc_v5', { family: 'DC', ordinal: 4, premium: true, processor: 'amd', version: 5 }],
    ['Standard_D2_v2_Promo', { family: 'D', ordinal: 2, premium: false, processor: 'intel', version: 2 }],
    ['Basic_A0', { family: 'A', ordinal: 0, premium: false, processor: 'intel', version: 1 }],
    ['Standard_GS5-16', { family: 'GS', ordinal: 16, premium: true, processor: 'intel', version: 1 }],
  ] as const)('tells of %s', (name, size) => {
    expect(parseVmSize(name)).toEqual(size);
  });

  it('tells nothing when it follows no known convention', () => {
    expect(parseVmSize('Custom_Thing')).toBeUndefined();
    expect(parseVmSize('')).toBeUndefined();
  });

  it.each([
    ['Basic_A0', true],
    ['Standard_A1', true],
    ['Standard_A2', false],
    ['Standard_A1_v2', true],
    ['Standard_A2m_v2', false],
    ['Standard_B1ls', true],
    ['Standard_B1s', true],
    ['Standard_B2ts_v2', false],
    ['Standard_D1', true],
    ['Standard_DS1_v2', true],
    ['Standard_DS2_v2', false],
    ['Standard_D11_v2', false],
    ['Standard_DS11-1_v2', true],
    ['Standard_E4-2s_v3', false],
    ['Standard_F1s', true],
    ['Standard_F2s_v2', false],
    ['Standard_DC1s_v3', true],
    ['Standard_DC2s_v3', false],
    ['Standard_G1', false],
    ['Standard_GS1', false],
  ])('has one core, or more, of which old families count otherwise: %s', (name, single) => {
    expect(isSingleCore(parseVmSize(name)!)).toBe(single);
  });

  it.each([
    ['Standard_D4s_v5', false],
    ['Standard_D4s_v6', true],
    ['Standard_E8ds_v6', true],
    ['Standard_E2s_v7', true],
    ['Standard_D4ads_v6', false],
    ['Standard_D4ads_v7', true],
    ['Standard_F2als_v6', false],
    ['Standard_F4alds_v7', true],
    ['Standard_D4ps_v6', false],
    ['Standard_L8s_v4', false],
  ])('tells Azure Boost, which is Intel from v6 and AMD from v7, ARM not named: %s', (name, boost) => {
    expect(isBoostSize(parseVmSize(name)!)).toBe(boost);
  });
});

describe('the disk controller that a size decides', () => {
  // The newest version of each family that is SCSI only, and the first that need not be.
  it.each([
    ['Standard_A8m_v2', undefined],
    ['Standard_B2s', undefined],
    ['Standard_B2s_v2', undefined],
    ['Standard_D2_v3', undefined],
    ['Standard_D4s_v5', 'Standard_D4s_v6'],
    ['Standard_D4ls_v5', 'Standard_D4lds_v6'],
    ['Standard_D4as_v5', 'Standard_D4as_v6'],
    ['Standard_D4ps_v5', 'Standard_D4ps_v6'],
    ['Standard_DC4as_v5', 'Standard_DC4as_v6'],
    ['Standard_DC2es_v5', 'Standard_DC2es_v6'],
    ['Standard_DS15_v2', undefined],
    ['Standard_E64-32ads_v5', 'Standard_E64-32ads_v6'],
    ['Standard_E104i_v5', undefined],
    ['Standard_E20s_v4', 'Standard_E20bs_v5'],
    ['Standard_EC4as_cc_v5', 'Standard_EC4as_v6'],
    ['Standard_F72s_v2', 'Standard_F2as_v6'],
    ['Standard_G5', undefined],
    ['Standard_GS5-16', undefined],
    ['Standard_L80as_v3', 'Standard_L8as_v4'],
    ['Standard_M32ms', undefined],
    ['Standard_M416ms_v2', 'Standard_M12s_v3'],
  ])('is SCSI for %s, and open for %s', (scsi, open) => {
    expect(isScsiOnly(scsi)).toBe(true);
    if (open !== undefined) expect(isScsiOnly(open)).toBe(false);
  });

  it.each([
    'Standard_E8bds_v5',
    'Standard_E64-16bs_v5',
    'Standard_E112ibs_v5',
    'Standard_FX4mds',
    'Standard_NC24ads_A100_v4',
    'Custom_Thing',
  ])('is open for Ebsv5, for families not named, and for names that tell nothing: %s', (name) => {
    expect(isScsiOnly(name)).toBe(false);
  });
});
