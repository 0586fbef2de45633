/** Costs on real plans of the planner, with a price table of the test and with the shipped one. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { auditEstate } from '../../../src/core/audit-estate.ts';
import { diskTier, protectedInstance, replicatedInstance } from '../../../src/core/cost/meter.ts';
import { snapshotStorage, vaultStorage } from '../../../src/core/cost/meter.ts';
import { machineCosts } from '../../../src/core/cost/machine-costs.ts';
import { metersOfPlan, pricePlan } from '../../../src/core/cost/plan-cost.ts';
import { noPrices, type PriceBook } from '../../../src/core/cost/price-book.ts';
import { baseOf, defaultBase } from '../../../src/core/cost/size.ts';
import { costOfStep, worldOf } from '../../../src/core/cost/step-cost.ts';
import { parsePriceFile } from '../../../src/core/cost/price-file.ts';
import type { Estate } from '../../../src/core/estate.ts';
import { explainMachine } from '../../../src/core/explain.ts';
import { unknown } from '../../../src/core/fact.ts';
import type { Guidance } from '../../../src/core/guidance.ts';
import { digestOf } from '../../../src/core/plan-digest.ts';
import { parsePlanFile, planText } from '../../../src/core/plan-file.ts';
import { planProtect } from '../../../src/core/plan-protect.ts';
import type { Plan, Step, StepOf } from '../../../src/core/plan.ts';
import { noPreflight } from '../../../src/core/preflight.ts';
import { planMarkdown } from '../../../src/report/plan-markdown.ts';
import { planTable } from '../../../src/report/plan-table.ts';
import { aMachine, anAttachedDisk, anEstate, asOf, machineId } from '../estate-builder.ts';
import { expectGolden } from '../golden.ts';
import { shippedGuidance } from '../guidance-shipped.ts';
import { bookOf } from './price-builder.ts';

const planOf = (estate: Estate, guidance: Guidance = shippedGuidance): Plan =>
  planProtect({
    estate,
    audit: auditEstate(estate, guidance, asOf),
    guidance,
    asOf,
    preflight: noPreflight,
    limits: {},
    madeBy: 'holdfast 0.0.0',
  });

const region = aMachine().location;
const book = bookOf(
  [snapshotStorage('Standard_LRS', region)!, 0.05],
  [protectedInstance(region), 10],
  [vaultStorage('geo-redundant', false, region), 0.04],
);
const disk = (sizeGiB: number, name: string) => anAttachedDisk({}, { name, sizeGiB });
const dev = aMachine({ name: 'dev01', tags: { env: 'dev' }, disks: [disk(64, 'dev01-os')] });
const prod = aMachine({ name: 'web01', tags: { env: 'prod' }, disks: [disk(64, 'web01-os')] });
const shipped = (): PriceBook => {
  const table = readFileSync(new URL('../../../config/prices.json', import.meta.url), 'utf8');
  const parsed = parsePriceFile(table, 'prices.json');
  if (parsed.kind === 'invalid') throw new Error(parsed.problems[0]?.summary);
  return parsed.book;
};
const withFirstBackupNow: Guidance = { ...shippedGuidance, plan: { ...shippedGuidance.plan, firstBackup: 'now' } };

describe('a plan with prices', () => {
  test('a snapshot of a 64 GiB disk costs at most 64 GB, since its used size is not known', () => {
    const plan = pricePlan(planOf(anEstate({ machines: [dev] })), anEstate({ machines: [dev] }), book);
    const step = plan.steps.find(({ kind }) => kind === 'snapshot.create');
    expect(step?.cost).toMatchObject({ monthlyUsd: 3.2, atMostUsd: 3.2, basis: 'snapshot 64 GB × 0.05' });
    expect(plan.cost).toMatchObject({ monthlyUsd: 3.2, atMostUsd: 3.2, prices: { asOf: '2026-01-01' } });
    expect(plan.cost.assumptions.join(' ')).toContain('which is the most');
  });

  test('Azure Backup is reckoned by the policy and vault that the plan itself makes', () => {
    const estate = anEstate({ machines: [prod] });
    const plan = pricePlan(planOf(estate), estate, book);
    const step = plan.steps.find(({ kind }) => kind === 'backup.enable');
    expect(step?.cost?.meters?.map(({ meter, quantity }) => [meter, quantity])).toEqual([
      ['Azure VM Protected Instances', 1],
      ['GRS Data Stored', 101.12],
      ['LRS Snapshots', 71.68],
    ]);
    expect(plan.cost.monthlyUsd).toBe(17.63);
  });

  test('the first backup is counted with what enables it, and not twice', () => {
    const estate = anEstate({ machines: [prod] });
    const plan = pricePlan(planOf(estate, withFirstBackupNow), estate, book);
    const enable = plan.steps.find(({ kind }) => kind === 'backup.enable')!;
    const trigger = plan.steps.find(({ kind }) => kind === 'backup.trigger');
    expect(trigger?.cost).toEqual({ monthlyUsd: 0, basis: `counted in ${enable.id}` });
    expect(plan.cost.monthlyUsd).toBe(17.63);
  });

  test('one step without a price makes the sum unknown, and says what the rest comes to', () => {
    const farDisk = anAttachedDisk({}, { name: 'far01-os', sizeGiB: 64, location: 'brazilsouth' });
    const elsewhere = aMachine({ name: 'far01', location: 'brazilsouth', tags: { env: 'dev' }, disks: [farDisk] });
    const estate = anEstate({ machines: [dev, elsewhere] });
    const plan = pricePlan(planOf(estate), estate, book);
    expect(plan.cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 3.2, unknownSteps: 1 });
    expect(plan.steps.map(({ cost }) => cost?.monthlyUsd)).toContain('unknown');
    expect(plan.cost.assumptions.join(' ')).toContain('1 step');
  });

  test('without any price nothing is 0 that is not free', () => {
    const estate = anEstate({ machines: [dev, prod] });
    const none = noPrices('live prices', unknown('not-answered', 'nobody answered'));
    const plan = pricePlan(planOf(estate), estate, none);
    expect(plan.cost).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 0 });
    for (const { kind, cost } of plan.steps) {
      if (cost?.monthlyUsd === 0)
        expect(['vault.create', 'backup-policy.create', 'resource-group.create']).toContain(kind);
    }
  });

  test('names the meters to ask prices of, each once', () => {
    const twin = aMachine({ name: 'dev02', tags: { env: 'dev' }, disks: [disk(64, 'dev02-os')] });
    const estate = anEstate({ machines: [dev, twin, prod] });
    const none = noPrices('live prices', unknown('not-read', 'not read yet'));
    expect(
      metersOfPlan(planOf(estate), estate, none)
        .map(({ meter }) => meter)
        .sort(),
    ).toEqual(['Azure VM Protected Instances', 'GRS Data Stored', 'LRS Snapshots']);
  });

  test('guidance that says how full disks are gives an expected figure beside the most', () => {
    const source = 'https://example.org/capacity';
    const cost = { usedShare: { value: 0.25, source }, dailyChange: { value: 0, source } };
    const estate = anEstate({ machines: [prod] });
    const base = baseOf({ plan: { ...shippedGuidance.plan, cost } });
    const plan = pricePlan(planOf(estate), estate, book, base);
    expect(plan.cost).toMatchObject({ monthlyUsd: 6.44, atMostUsd: 15.76 });
    expect(plan.cost.assumptions.join(' ')).toContain(`25 % of each disk is taken to be used (${source})`);
    expect(baseOf(shippedGuidance)).toEqual(defaultBase);
  });

  test('is sealed anew and reads back as it was made', () => {
    const estate = anEstate({ machines: [dev, prod] });
    const plan = pricePlan(planOf(estate), estate, book);
    expect(plan.digest).toBe(digestOf(plan));
    expect(plan.digest).not.toBe(planOf(estate).digest);
    expect(parsePlanFile(planText(plan), 'plan.json')).toEqual({ kind: 'plan', plan });
  });
});

describe('what is shown', () => {
  const estate = anEstate({ machines: [dev, prod] });
  const plan = pricePlan(planOf(estate), estate, shipped());

  test('the table has a cost a step, and the sum with what it rests on', () => {
    const table = planTable(plan, { width: 140, colour: false });
    expectGolden('cost/plan-table.txt', table.slice(table.indexOf('What it makes costs')));
    expect(table).toContain('USD/MONTH');
    expect(table).toContain('≤ 3.20');
  });

  test("the summary has the sum, each assumption, and each step's cost with its quantities", () => {
    const lines = planMarkdown(plan, 'plan.json')
      .split('\n')
      .filter((line) => /Costs:|^ {2}- /.test(line));
    expectGolden('cost/plan-summary.md', `${lines.join('\n')}\n`);
  });

  test('a plan whose prices are not known says so, and shows no number as the sum', () => {
    const none = noPrices('live prices', unknown('not-answered', 'nobody answered'));
    const text = planTable(pricePlan(planOf(estate), estate, none), { width: 140, colour: false });
    expect(text).toContain('What it makes costs: not known.');
    expect(text).not.toMatch(/costs: .*0\.00/);
  });

  test('an explanation tells of every option what it would cost before it is enabled', () => {
    const costs = machineCosts({ estate, guidance: shippedGuidance, asOf }, machineId('web01'), shipped());
    const told = explainMachine(estate, shippedGuidance, asOf, machineId('web01'), {
      book: shipped(),
      options: costs,
    })!;
    expect(costs.map(({ option }) => option)).toContain('site-recovery');
    const section = told.sections.find(({ title }) => title === 'What they would cost');
    expectGolden('cost/explain.txt', `${section?.sentences.map(({ text }) => text).join('\n')}\n`);
    expect(told.costs).toEqual(costs);
  });
});

describe('steps of every kind that leaves something to pay', () => {
  const base = {
    option: 'disk-snapshot',
    subject: machineId('web01'),
    reason: 'r',
    source: 'https://example.org',
    method: 'PUT',
    assumes: [],
    goal: { kind: 'exists', resourceId: machineId('web01') },
    dependsOn: [],
    runs: 'on-success',
    destructive: false,
  } as const;
  const estate = anEstate({ machines: [prod] });
  const osDisk = prod.disks[0]!.id!;
  const snapshotId = `${machineId('web01').replace('virtualMachines', 'snapshots')}-1`;
  const stored = { sku: 'Standard_LRS', networkAccess: 'deny-all', publicNetworkAccess: false, tags: {} } as const;
  const snapshot: StepOf<'snapshot.create'> = {
    ...base,
    id: 'snapshot',
    kind: 'snapshot.create',
    resourceId: snapshotId,
    input: { ...stored, location: region, sourceDiskId: osDisk, incremental: true },
  };
  const costOf = (step: Step, price: PriceBook) => costOfStep(step, worldOf(estate, [snapshot, step], price));

  test("a copy of a snapshot that the plan itself makes is of its disk's size, in the other region", () => {
    const copy: StepOf<'snapshot.copy'> = {
      ...base,
      id: 'copy',
      kind: 'snapshot.copy',
      resourceId: `${snapshotId}-copy`,
      input: { ...stored, location: 'northeurope', sourceSnapshotId: snapshotId },
    };
    const priced = costOf(copy, bookOf([snapshotStorage('Standard_LRS', 'northeurope')!, 0.07]));
    expect(priced).toMatchObject({ monthlyUsd: 4.48, notCounted: ['traffic between regions'] });
    expect(costOf(copy, book)?.monthlyUsd).toBe('unknown');
  });

  test("replication is the fee and a whole disk of the replica's SKU for each disk, in the target region", () => {
    const enable: StepOf<'replication.enable'> = {
      ...base,
      id: 'replicate',
      kind: 'replication.enable',
      option: 'site-recovery',
      resourceId: machineId('web01'),
      input: {
        machineId: machineId('web01'),
        policyId: snapshotId,
        targetContainerId: snapshotId,
        targetLocation: 'northeurope',
        targetGroupId: snapshotId,
        targetNetworkId: snapshotId,
        targetSubnet: 'default',
        disks: [{ diskId: osDisk, cacheAccountId: snapshotId, replicaSku: 'Premium_LRS', targetSku: 'Premium_LRS' }],
      },
    };
    const prices = bookOf([replicatedInstance('northeurope'), 25], [diskTier('Premium_LRS', 64, 'northeurope')!, 10]);
    expect(costOf(enable, prices)?.monthlyUsd).toBe(35);
    expect(costOf(enable, bookOf([replicatedInstance('northeurope'), 25]))).toMatchObject({
      monthlyUsd: 'unknown',
      knownUsd: 25,
    });
  });

  test('an image version is paid for in each of its regions', () => {
    const version: StepOf<'image-version.create'> = {
      ...base,
      id: 'version',
      kind: 'image-version.create',
      option: 'gallery-image',
      resourceId: snapshotId,
      input: {
        location: region,
        source: { kind: 'machine', id: machineId('web01') },
        targetRegions: [region, 'northeurope'],
        replicaSku: 'Standard_LRS',
        shallow: false,
        tags: {},
      },
    };
    const [here, there] = [region, 'northeurope'].map((place) => snapshotStorage('Standard_LRS', place)!);
    const both = bookOf([here!, 0.05], [there!, 0.1]);
    expect(costOf(version, both)).toMatchObject({ monthlyUsd: 9.6, atMostUsd: 9.6 });
    expect(costOf(version, book)).toMatchObject({ monthlyUsd: 'unknown', knownUsd: 3.2 });
  });

  test('of a machine that was not read nothing is known, and that is not nothing', () => {
    const image: StepOf<'image.create'> = {
      ...base,
      id: 'image',
      kind: 'image.create',
      option: 'managed-image',
      resourceId: snapshotId,
      input: {
        location: region,
        source: { kind: 'machine', id: machineId('gone') },
        osType: 'linux',
        hyperVGeneration: 'V2',
        zoneResilient: false,
        tags: {},
      },
    };
    expect(costOf(image, book)?.monthlyUsd).toBe('unknown');
  });

  test('a standard policy is billed for snapshots of excluded disks too, an enhanced one is not (B-58)', () => {
    const data = anAttachedDisk({ role: 'data', lun: 0 }, { name: 'web01-data', sizeGiB: 100 });
    const two = aMachine({ name: 'web01', tags: { env: 'prod' }, disks: [disk(64, 'web01-os'), data] });
    const both = anEstate({ machines: [two] });
    const quantity = (tier: 'standard' | 'enhanced') => {
      const plan = planOf(both);
      const steps = plan.steps.map((step): Step => {
        if (step.kind === 'backup-policy.create')
          return { ...step, input: { ...step.input, tier, instantRestoreDays: 1 } };
        return step.kind === 'backup.enable' ? { ...step, input: { ...step.input, excludeLuns: [0] } } : step;
      });
      const enable = steps.find(({ kind }) => kind === 'backup.enable')!;
      return costOfStep(enable, worldOf(both, steps, book))?.meters[2]?.quantity;
    };
    expect(quantity('standard')).toBe(3.28);
    expect(quantity('enhanced')).toBe(64);
  });
});
