import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/core/estate.ts';
import { known, unknown } from '../../src/core/fact.ts';
import { assessStriping } from '../../src/core/striping.ts';
import { aDataDisk, aMachine, anOsDisk } from './estate-builder.ts';
import { guidanceWith, shippedGuidance } from './guidance-shipped.ts';

const assess = (machine: Machine) => assessStriping(machine, shippedGuidance);
const notAnswered = unknown('not-answered', 'no answer holds the disk');

/** A machine with two data disks that have nothing in common: nothing points to striping. */
const unlike = (over: Partial<Machine> = {}): Machine =>
  aMachine({
    disks: [
      anOsDisk(),
      aDataDisk(0, { name: 'alpha' }, { name: 'alpha', sizeGiB: 64, createdAt: '2026-01-10T08:00:00Z' }),
      aDataDisk(5, { name: 'beta' }, { name: 'beta', sizeGiB: 512, createdAt: '2026-03-10T08:00:00Z' }),
    ],
    ...over,
  });

/** `count` data disks that are alike in size, SKU and caching and in nothing else. */
const alike = (count: number): Machine =>
  aMachine({
    disks: [
      anOsDisk(),
      ...Array.from({ length: count }, (_, i) => {
        const name = ['ant', 'bee', 'cat', 'dog'][i]!;
        return aDataDisk(i * 2, { name }, { name, createdAt: `2026-0${i + 1}-10T08:00:00Z` });
      }),
    ],
  });

const withDisksUnknown = (machine: Machine): Machine => ({
  ...machine,
  disks: machine.disks.map(({ declaredSizeGiB: _size, declaredSku: _sku, ...disk }) => ({
    ...disk,
    disk: notAnswered,
  })),
});

describe('striping by tag', () => {
  it.each(['raid0', 'lvm', 'mdadm', 'storage-spaces', 'true', 'yes', 'Storage-Spaces'])(
    'storage-layout=%s says striped',
    (value) => {
      expect(assess(unlike({ tags: { 'storage-layout': value } })).state).toBe('striped');
    },
  );

  it.each(['none', 'no', 'false', 'None'])('striped=%s says not striped, against all evidence', (value) => {
    expect(assess(aMachine({ dataDisks: 4, tags: { striped: value } }))).toMatchObject({
      state: 'not-striped',
      score: 6,
    });
  });

  it('striped wins where two tags disagree, and both are told', () => {
    const { state, evidence } = assess(unlike({ tags: { striping: 'none', striped: 'true' } }));
    expect(state).toBe('striped');
    expect(evidence.join('\n')).toMatch(/tags disagree: striped=true says striped, striping=none says not-striped/);
  });

  it('striped holds for a machine with one data disk, and the oddity is told', () => {
    const { state, evidence } = assess(aMachine({ dataDisks: 1, tags: { striping: 'raid0' } }));
    expect(state).toBe('striped');
    expect(evidence).toEqual(['tag striping=raid0 says striped, though only one data disk is attached']);
  });

  it('a tag in words nobody knows leaves it unknown, never without evidence', () => {
    expect(assess(unlike({ tags: { striping: 'banana' } })).state).toBe('unknown');
  });
});

describe('striping by evidence', () => {
  const cases: readonly (readonly [
    shows: string,
    machine: Machine,
    state: string,
    score: number,
    evidence?: RegExp,
  ])[] = [
    ['no data disk', aMachine(), 'no-evidence', 0],
    [
      'one data disk of a SQL Server machine',
      aMachine({ dataDisks: 1, extensions: known(['SqlIaasAgent']) }),
      'no-evidence',
      0,
    ],
    ['one data disk that no answer holds', withDisksUnknown(aMachine({ dataDisks: 1 })), 'no-evidence', 0],
    ['two unlike disks are no proof that there is no striping', unlike(), 'no-evidence', 0, /do not rule it out/],
    [
      'two disks alike',
      alike(2),
      'unknown',
      2,
      /2 data disks are alike: 256 GiB, Premium_LRS, caching read-only \(\+2\)/,
    ],
    ['three disks alike', alike(3), 'unknown', 2],
    ['four disks alike', alike(4), 'likely', 3, /4 data disks are alike.*\(\+3\)/],
    [
      'alike, on consecutive LUNs, created together and numbered',
      aMachine({ dataDisks: 2 }),
      'likely',
      5,
      /LUNs are consecutive: 0, 1/,
    ],
    [
      'write accelerator alone',
      unlike({ disks: unlike().disks.map((d) => ({ ...d, writeAccelerator: d.role === 'data' })) }),
      'unknown',
      1,
    ],
    ['the SQL Server extension', unlike({ extensions: known(['sqliaasagent']) }), 'likely', 3],
    [
      'an image of SQL Server',
      unlike({ image: { publisher: 'MicrosoftSQLServer', offer: 'sql2022-ws2022' } }),
      'unknown',
      2,
    ],
    ['an image of SAP by offer', unlike({ image: { publisher: 'SUSE', offer: 'sles-sap-15-sp5' } }), 'unknown', 2],
    ['an image of plain Windows', unlike(), 'no-evidence', 0],
  ];

  for (const [shows, machine, state, score, evidence] of cases) {
    it(shows, () => {
      const found = assess(machine);
      expect({ state: found.state, score: found.score }).toEqual({ state, score });
      if (evidence) expect(found.evidence.join('\n')).toMatch(evidence);
    });
  }

  it('compares what the machine declares where the disk itself is unknown, and says what is missing', () => {
    const machine = alike(2);
    const found = assess({ ...machine, disks: machine.disks.map((disk) => ({ ...disk, disk: notAnswered })) });
    expect(found).toMatchObject({ state: 'unknown', score: 2 });
    expect(found.evidence.join('\n')).toMatch(/creation time of disk ant is not known: no answer holds the disk/);
  });

  it('is at best unknown when a disk is unknown', () => {
    expect(assess(withDisksUnknown(unlike()))).toMatchObject({ state: 'unknown', score: 0 });
  });

  it('is at best unknown when the extensions are unknown', () => {
    expect(assess(unlike({ extensions: unknown('no-permission', 'no permission to read extensions') })).state).toBe(
      'unknown',
    );
  });

  it('is likely all the same when enough is known', () => {
    expect(assess(withDisksUnknown(aMachine({ dataDisks: 2, extensions: known(['SqlIaasAgent']) }))).state).toBe(
      'likely',
    );
  });

  it('goes by the weights of the guidance', () => {
    const mine = guidanceWith('striping: { likelyAt: 10, weights: { equalDisks: 0 } }\n');
    expect(assessStriping(alike(2), mine)).toMatchObject({ state: 'no-evidence', score: 0 });
    expect(assessStriping(aMachine({ dataDisks: 4 }), mine).state).toBe('unknown');
  });

  it('counts disks created within the minutes the guidance names', () => {
    const late = (minutes: number) =>
      unlike({
        disks: unlike().disks.map((d, i) =>
          d.disk.known
            ? {
                ...d,
                disk: known({
                  ...d.disk.value,
                  createdAt: `2026-01-10T08:${String(i === 2 ? minutes : 0).padStart(2, '0')}:00Z`,
                }),
              }
            : d,
        ),
      });
    expect(assess(late(10)).score).toBe(1);
    expect(assess(late(11)).score).toBe(0);
  });

  it.each([
    [['sql_DataDisk_0', 'sql_DataDisk_1'], /numbered: sql_datadisk_…/],
    [['x_disk2_0123456789abcdef0123456789abcdef', 'x_disk3_fedcba9876543210fedcba9876543210'], /numbered: x_disk…/],
    [['ora-u01', 'other'], /says "u01"/],
    [['pay-log', 'other'], /says "log"/],
  ])('reads the names %j', (names, evidence) => {
    const disks = unlike().disks.map((disk, i) => (i === 0 ? disk : { ...disk, name: names[i - 1]! }));
    expect(assess(unlike({ disks })).evidence.join('\n')).toMatch(evidence);
  });

  it('does not find a word inside another', () => {
    const disks = unlike().disks.map((disk, i) =>
      i === 0 ? disk : { ...disk, name: ['catalog', 'metadata'][i - 1]! },
    );
    expect(assess(unlike({ disks })).score).toBe(0);
  });
});

describe('whatever becomes unknown', () => {
  const machines = fc.record({
    disks: fc.array(
      fc.record({
        sizeGiB: fc.constantFrom(64, 128),
        lun: fc.nat(6),
        hidden: fc.boolean(),
        minute: fc.nat(30),
        hasTime: fc.boolean(),
      }),
      { maxLength: 6 },
    ),
    hideExtensions: fc.boolean(),
    sql: fc.boolean(),
    tag: fc.constantFrom(undefined, 'raid0', 'none', 'banana'),
  });
  const build = (spec: typeof machines extends fc.Arbitrary<infer T> ? T : never, hide: boolean): Machine =>
    aMachine({
      tags: spec.tag === undefined ? {} : { striping: spec.tag },
      extensions:
        hide && spec.hideExtensions
          ? unknown('no-permission', 'not readable')
          : known(spec.sql ? ['SqlIaasAgent'] : []),
      disks: [
        anOsDisk(),
        ...spec.disks.map(({ sizeGiB, lun, hidden, minute, hasTime }) => {
          const disk = aDataDisk(
            lun,
            {},
            { sizeGiB, ...(hasTime ? { createdAt: `2026-01-10T08:${String(minute).padStart(2, '0')}:00Z` } : {}) },
          );
          const { declaredSizeGiB: _size, declaredSku: _sku, ...bare } = disk;
          return hide && hidden ? { ...bare, disk: notAnswered } : disk;
        }),
      ],
    });

  it('never turns into "no evidence" or "not striped" what was not so before', () => {
    const rank = ['not-striped', 'no-evidence', 'unknown', 'likely', 'striped'];
    fc.assert(
      fc.property(machines, (spec) => {
        const before = assess(build(spec, false));
        const after = assess(build(spec, true));
        const hidden = spec.hideExtensions || spec.disks.some((disk) => disk.hidden);
        if (!hidden) expect(after).toEqual(before);
        const settled = before.state === 'striped' || before.state === 'not-striped' || spec.disks.length < 2;
        if (settled) expect(after.state).toBe(before.state);
        else if (hidden) expect(rank.indexOf(after.state)).toBeGreaterThanOrEqual(rank.indexOf('unknown'));
      }),
      { numRuns: 500 },
    );
  });
});
