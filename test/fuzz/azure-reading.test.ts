/** The fleet's readers and the price reader over answers that went wrong: bounded, without an exception, and never wrong. */
import * as fc from 'fast-check';
import { describe, expect } from 'vitest';
import { answerPreflight } from '../../src/azure/preflight.ts';
import { readEstate, type ReadOptions, type Reading } from '../../src/azure/read-estate.ts';
import { readPrices } from '../../src/azure/read-prices.ts';
import type { PreflightQuestions } from '../../src/core/preflight.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import { meterKey } from '../../src/core/cost/meter.ts';
import { testClock, type Sent } from '../azure/arm-rig.ts';
import { aVault, fakeArm, machineAndDisk, protection, sub, vmId } from '../azure/fake-arm.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';
import { fuzz, type Fate } from './campaign.ts';
import { twisted } from './mutate.ts';
import { oddHeaders, replies } from './replies.ts';
import { rawReply, wire, type RawReply } from './wire.ts';

const one = sub(1);
const backedUp = vmId(one, 'web', 'RG');
const bare = vmId(one, 'db', 'RG');
const prod = { environment: 'prod' };
const estate = {
  subscriptions: [one],
  resources: [
    ...machineAndDisk(one, 'web', prod),
    ...machineAndDisk(one, 'db', prod),
    aVault(one),
    protection(one, backedUp),
  ],
};
const arm = fakeArm(estate);
const good = (sent: Sent): RawReply => rawReply(arm(sent));

const options: ReadOptions = { filter: {}, source: 'auto', deep: true, concurrency: 4 };
const read = (
  spoil: (sent: Sent, index: number) => RawReply | 'lost',
  source: ReadOptions['source'],
): Promise<Reading> => readEstate({ ...options, source }, { transport: wire(spoil), clock: testClock() });

/** Auditing and showing what was read is part of the reading: nothing odd may have come through. */
const auditOf = (reading: Extract<Reading, { kind: 'read' }>) => {
  const audit = auditEstate(reading.estate, shippedGuidance, reading.estate.asOf);
  expect(JSON.parse(JSON.stringify(audit))).toMatchObject({ complete: audit.complete });
  return audit;
};

const fateOf = (reading: Reading): Fate => {
  if (reading.kind === 'failed') {
    expect(reading.problem.summary).not.toBe('');
    return 'refused';
  }
  return auditOf(reading).complete ? 'accepted' : 'refused';
};

/** What is wrong, from which request on and how often. */
const spells = <T>(damage: fc.Arbitrary<T>) =>
  fc.record({
    source: fc.constantFrom('auto' as const, 'graph' as const, 'arm' as const),
    from: fc.nat(24),
    times: fc.constantFrom(1, 1, 2, 6, 999),
    damage: fc.array(damage, { minLength: 1, maxLength: 3 }),
  });

/** Damage that destroys an answer: nothing in it can be taken for a fact. */
const destroyed = fc.oneof(
  fc.constantFrom<RawReply | 'lost'>(
    'lost',
    ...[500, 503, 403, 429, 400].map((status) =>
      rawReply([status, { error: { code: 'Any', message: 'x' } }, { 'retry-after': '1' }]),
    ),
  ),
  fc
    .constantFrom(
      '',
      '<html>',
      '{',
      '[]',
      'null',
      '{"value":null}',
      '{"value":{}}',
      '{"data":7}',
      '{"data":[null]}',
      '{"value":["x"]}',
    )
    .map((text) => ({ status: 200, headers: {}, text })),
);

const corpus = [
  { value: estate.resources },
  { data: estate.resources, totalRecords: 6, count: 6, resultTruncated: 'false' },
  ...estate.resources,
  { value: [{ actions: ['*'], notActions: [] }] },
];

describe('answers of Azure, read as a fleet', () => {
  fuzz({
    name: 'readers, answers destroyed',
    inputs: spells(destroyed),
    judge: async ({ source, from, times, damage }) => {
      const reading = await read(
        (sent, index) => (index >= from && index < from + times ? damage[index % damage.length]! : good(sent)),
        source,
      );
      if (reading.kind === 'failed') return fateOf(reading);
      const audit = auditOf(reading);
      const codes = (id: string): readonly string[] =>
        audit.machines.find((m) => m.id.toLowerCase() === id.toLowerCase())?.findings.map(({ code }) => code) ?? [];
      expect(codes(backedUp), 'the machine that is backed up').not.toContain('unprotected');
      const bareOne = audit.machines.find((m) => m.id.toLowerCase() === bare.toLowerCase());
      expect(bareOne?.protections ?? [], 'the machine that is not').toEqual([]);
      if (audit.complete) {
        expect(audit.machines).toHaveLength(2);
        expect(codes(bare)).toContain('unprotected');
      }
      return audit.complete ? 'accepted' : 'refused';
    },
    runs: 8_000,
  });

  fuzz({
    name: 'readers, answers of any kind',
    inputs: spells(replies(corpus)),
    judge: async ({ source, from, times, damage }) =>
      fateOf(
        await read(
          (sent, index) => (index >= from && index < from + times ? damage[index % damage.length]! : good(sent)),
          source,
        ),
      ),
    runs: 8_000,
  });

  fuzz({
    name: 'readers, right answers twisted',
    inputs: fc.record({
      source: fc.constantFrom('graph' as const, 'arm' as const),
      at: fc.nat(24),
      headers: oddHeaders,
      resources: twisted(estate.resources),
    }),
    judge: async ({ source, at, headers, resources }) => {
      const rows = (Array.isArray(resources) ? resources : []).filter(
        (row: unknown) =>
          typeof row === 'object' &&
          row !== null &&
          typeof (row as { id?: unknown }).id === 'string' &&
          Boolean((row as { type?: unknown }).type) &&
          typeof (row as { type?: unknown }).type === 'string' &&
          /^\/subscriptions\/[^/]+/i.test((row as { id: string }).id),
      );
      const twistedArm = fakeArm({ ...estate, resources: rows });
      return fateOf(
        await read((sent, index) => {
          const reply = rawReply(twistedArm(sent));
          return index === at ? { ...reply, headers } : reply;
        }, source),
      );
    },
    runs: 8_000,
  });
});

const machineId = backedUp;
const vaultId = `/subscriptions/${one}/resourceGroups/rg/providers/Microsoft.RecoveryServices/vaults/vault`;
const questions: PreflightQuestions = {
  owners: [{ machineId, subscriptionId: one, location: 'westeurope' }],
  permissions: [{ action: 'Microsoft.Compute/snapshots/write', scope: `/subscriptions/${one}` }],
  taken: [vaultId],
  backupChecks: [
    { machineId, vaultId, subscriptionId: one, location: 'westeurope', size: 'Standard_D2s_v5', premium: true },
  ],
  replication: { vaults: [vaultId], subscriptions: [one], machines: [machineId], accounts: [] },
};

describe('other questions', () => {
  fuzz({
    name: 'preflight, answers of any kind',
    inputs: fc.array(
      replies([
        { protectionStatus: 'Protected', vaultId },
        { status: 'Succeeded' },
        { value: [{ actions: ['*'], notActions: [] }] },
        { supportStatus: 'Supported' },
      ]),
      { minLength: 1, maxLength: 5 },
    ),
    judge: async (answers) => {
      const facts = await answerPreflight(questions, {
        transport: wire((_, index) => answers[index % answers.length]!),
        clock: testClock(),
        concurrency: 2,
      });
      return [...facts.owners.values(), ...facts.permissions.values(), ...facts.taken.values()].every(
        ({ known }) => known,
      )
        ? 'accepted'
        : 'refused';
    },
    runs: 6_000,
  });

  const meter = {
    service: 'Storage',
    product: 'Standard SSD Managed Disks',
    sku: 'E10 LRS',
    meter: 'E10 LRS Disk',
    unit: 'month',
    region: 'westeurope',
  } as const;
  const row = {
    serviceName: meter.service,
    productName: meter.product,
    skuName: meter.sku,
    meterName: meter.meter,
    armRegionName: meter.region,
    type: 'Consumption',
    currencyCode: 'USD',
    tierMinimumUnits: 0,
    retailPrice: 9.6,
    unitOfMeasure: '1/Month',
    isPrimaryMeterRegion: true,
  };
  const list = { Items: [row, { ...row, meterName: 'other' }], NextPageLink: null, Count: 2 };
  fuzz({
    name: 'price list, answers of any kind',
    inputs: fc.array(
      fc.oneof(
        twisted(list).map((body) => ({ status: 200, headers: {}, text: JSON.stringify(body) ?? '' })),
        replies([list]),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    judge: async (answers) => {
      const book = await readPrices([meter], {
        transport: wire((_, index) => answers[index % answers.length]!),
        cloudName: 'x',
        clock: testClock(),
        concurrency: 1,
      });
      const price = book.prices.get(meterKey(meter));
      if (!price?.known) return 'refused';
      expect(price.value.usd).toBeGreaterThan(0);
      expect(Number.isFinite(price.value.usd)).toBe(true);
      return 'accepted';
    },
    runs: 8_000,
  });
});
