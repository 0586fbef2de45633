/** Cloud, price, fleet, fault and role files: taken whole, or refused where the mistake stands. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { parse } from 'yaml';
import { afterAll, describe, expect } from 'vitest';
import { parseCloudFile } from '../../src/azure/cloud.ts';
import { parsePriceFile } from '../../src/core/cost/price-file.ts';
import { UsageError } from '../../src/core/problem.ts';
import { parseFaults } from '../../src/simulator/faults.ts';
import { parseFleet } from '../../src/simulator/fleet-file.ts';
import { loadRole } from '../../src/simulator/fleet-load.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { fuzz, type Fate } from './campaign.ts';
import { damaged, spoiledJson, twisted } from './mutate.ts';
import { expectPlaces } from './places.ts';

const config = join(import.meta.dirname, '..', '..', 'config');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cloudText = JSON.stringify(
  {
    name: 'Mine',
    resourceManager: 'https://localhost:1/',
    authority: 'https://localhost:1/adfs',
    audience: 'https://localhost:1/',
    caFile: 'ca.pem',
    tenantId: 't',
    subscriptions: ['s'],
    timeScale: 60,
    retailPrices: 'https://localhost:2',
    credential: { clientId: 'c', clientSecretFile: 'secret' },
  },
  null,
  2,
);

const cloud = (text: string): Fate => {
  try {
    const { resourceManager, timeScale } = parseCloudFile(text, 'cloud.json');
    expect(new URL(resourceManager).protocol).toBe('https:');
    expect(timeScale ?? 1).toBeGreaterThan(0);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    expectPlaces(error.problems, text, 'cloud.json');
    return 'refused';
  }
};

const pricesText = JSON.stringify(
  { ...(JSON.parse(readFileSync(join(config, 'prices.json'), 'utf8')) as { meters: unknown[] }), $schema: undefined },
  null,
  1,
);
const fewPrices = JSON.stringify(
  {
    ...(JSON.parse(pricesText) as object),
    meters: (JSON.parse(pricesText) as { meters: unknown[] }).meters.slice(0, 4),
  },
  null,
  1,
);

const prices = (text: string): Fate => {
  const read = parsePriceFile(text, 'prices.json');
  if (read.kind === 'invalid') {
    expectPlaces(read.problems, text, 'prices.json');
    return 'refused';
  }
  for (const price of read.book.prices.values()) if (price.known) expect(price.value.usd).toBeGreaterThan(0);
  return 'accepted';
};

/** The simulator's problems are sentences that begin with the place. */
const placed = (problems: readonly string[], text: string, name: string): Fate => {
  const lines = text.split(/\r\n|\n/).length;
  expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) {
    expect(problem.startsWith(`${name}:`), problem).toBe(true);
    const [, line, column] = /^:(\d+):(\d+): \S/.exec(problem.slice(name.length)) ?? [];
    expect(Number(line), problem).toBeGreaterThanOrEqual(1);
    expect(Number(line), problem).toBeLessThanOrEqual(lines);
    expect(Number(column), problem).toBeGreaterThanOrEqual(1);
  }
  return 'refused';
};

const now = Date.UTC(2026, 10, 2, 8);
const demo = readFileSync(join(config, 'fleets', 'demo.yaml'), 'utf8');
const whole = parse(demo) as { machines: unknown[] };
const fewMachines = { ...whole, machines: whole.machines.slice(0, 6) };

const fleet = (text: string): Fate => {
  const read = parseFleet(text, 'fleet.yaml', now);
  if ('problems' in read) return placed(read.problems, text, 'fleet.yaml');
  // A fleet that was accepted can be served.
  expect(createSimulator({ fleet: read.fleet, startsAt: now }).state().resources.length).toBeGreaterThanOrEqual(0);
  return 'accepted';
};

const faultsText =
  'faults:\n  - { fault: throttled, method: PUT, path: snapshots, times: 2 }\n  - { fault: reset-after, probability: 0.5 }\n';
const faults = (text: string): Fate => {
  const read = parseFaults(text, 'faults.yaml');
  return 'problems' in read ? placed(read.problems, text, 'faults.yaml') : 'accepted';
};

const roleText = readFileSync(join(config, '..', 'deploy', 'roles', 'holdfast-audit.json'), 'utf8');
const role = (text: string): Fate => {
  const path = join(folder, 'role.json');
  writeFileSync(path, text);
  const read = loadRole(path);
  return 'problems' in read ? placed(read.problems, text, path) : 'accepted';
};

const yamlOf = (value: unknown): fc.Arbitrary<string> =>
  twisted(value).map((changed) => JSON.stringify(changed, null, 1) ?? '');

describe('a file of any other kind', () => {
  fuzz({ name: 'cloud file', inputs: spoiledJson(cloudText), judge: cloud, runs: 15_000 });
  fuzz({ name: 'price table', inputs: spoiledJson(fewPrices), judge: prices, runs: 8_000 });
  fuzz({ name: 'fleet file, bytes damaged', inputs: damaged(demo), judge: fleet, runs: 600 });
  fuzz({ name: 'fleet file, values twisted', inputs: yamlOf(fewMachines), judge: fleet, runs: 3_000 });
  fuzz({
    name: 'faults file',
    inputs: fc.oneof(damaged(faultsText), yamlOf(parse(faultsText))),
    judge: faults,
    runs: 6_000,
  });
  fuzz({ name: 'role file', inputs: spoiledJson(roleText), judge: role, runs: 5_000 });
});
