/** Offline bundles, whole folders of them, spoiled: refused by file, line and column, or read without believing what is not so. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { readBundle } from '../../src/azure/bundle-read.ts';
import { auditEstate } from '../../src/core/audit-estate.ts';
import type { Audit } from '../../src/core/audit.ts';
import { UsageError } from '../../src/core/problem.ts';
import { loadFleet } from '../../src/simulator/fleet-load.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { shippedGuidance } from '../core/guidance-shipped.ts';
import { startWorld } from '../e2e/rig.ts';
import { fuzz, type Fate } from './campaign.ts';
import { spoil, spoilJson, spoilers, type Spoiler } from './mutate.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-fuzz-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Machines of the demo fleet that stand for it: every class, every kind of protection. */
const kept = /erp-app-01|pay-gw-01|shop-web-01|dev-01|qa-02/i;
const files = new Map<string, string>();
let whole: Audit;

const readHere = async (): Promise<Audit> => {
  const { estate, asOf } = await readBundle(folder);
  const audit = auditEstate(estate, shippedGuidance, asOf);
  expect(JSON.parse(JSON.stringify(audit))).toMatchObject({ complete: audit.complete });
  return audit;
};

beforeAll(async () => {
  const world = await startWorld();
  await world.run('inventory', '--deep', '--export', 'bundle');
  for (const name of readdirSync(world.at('bundle'))) {
    const value = JSON.parse(readFileSync(world.at(`bundle/${name}`), 'utf8')) as unknown;
    const small = Array.isArray(value)
      ? value.filter((row) => /vaults\.json|Policies|Groups/.test(name) || kept.test(JSON.stringify(row)))
      : value;
    files.set(name, JSON.stringify(small, null, 1));
  }
  await world.end();
  writeAll();
  whole = await readHere();
}, 120_000);

const writeAll = (): void => {
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
};

/** With some files changed (`undefined`: taken away), and afterwards as before. */
const withFiles = async <T>(changed: ReadonlyMap<string, string | undefined>, act: () => Promise<T>): Promise<T> => {
  for (const [name, text] of changed) {
    if (text === undefined) rmSync(join(folder, name), { force: true });
    else writeFileSync(join(folder, name), text);
  }
  try {
    return await act();
  } finally {
    for (const name of changed.keys()) writeFileSync(join(folder, name), files.get(name)!);
  }
};

const refusal = (error: unknown): Fate => {
  if (!(error instanceof UsageError)) throw error;
  expect(error.problems.length).toBeGreaterThan(0);
  for (const { at, summary, subject, code } of error.problems) {
    expect(summary).not.toBe('');
    if (code === 'bundle-missing') continue;
    expect(subject.startsWith(folder)).toBe(true);
    const lines = readFileSync(at!.file, 'utf8').split('\n');
    expect(at!.line).toBeGreaterThanOrEqual(1);
    expect(at!.line).toBeLessThanOrEqual(lines.length);
    expect(at!.column).toBeGreaterThanOrEqual(1);
    expect(at!.column).toBeLessThanOrEqual(lines[at!.line - 1]!.length + 1);
  }
  return 'refused';
};

interface Blow {
  readonly file: number;
  readonly how: 'bytes' | 'values' | 'away' | 'other';
  readonly spoiler: Spoiler;
}

const blows = fc.array(
  fc.record({
    file: fc.nat(0xffff),
    how: fc.constantFrom<Blow['how']>('bytes', 'values', 'values', 'values', 'away', 'other'),
    spoiler: spoilers,
  }),
  { minLength: 1, maxLength: 3 },
);

const spoiledFiles = (list: readonly Blow[]): ReadonlyMap<string, string | undefined> => {
  const names = [...files.keys()];
  return new Map(
    list.map(({ file, how, spoiler }) => {
      const name = names[file % names.length]!;
      const text = files.get(name)!;
      if (how === 'away') return [name, undefined];
      if (how === 'other') return [name, files.get(names[spoiler.salt % names.length]!)!];
      return [name, how === 'bytes' ? spoil(text, spoiler) : spoilJson(text, spoiler)];
    }),
  );
};

const unprotected = (audit: Audit): readonly string[] =>
  audit.machines.flatMap(({ id, findings }) =>
    findings.filter(({ code }) => code === 'unprotected').map(({ option }) => `${id} ${option}`),
  );

describe('an offline bundle', () => {
  fuzz({
    name: 'bundle, read and audited',
    inputs: blows,
    judge: (list) =>
      withFiles(spoiledFiles(list), async () => {
        try {
          return (await readHere()).complete ? 'accepted' : 'refused';
        } catch (error) {
          return refusal(error);
        }
      }),
    runs: 1_500,
  });

  // What is destroyed is a file, or all that rows say of themselves beside their ids: nothing may follow from that but doubt.
  const evidence = [
    'protectedItems.json',
    'recoveryPoints.json',
    'snapshots.json',
    'restorePoints.json',
    'restorePointCollections.json',
    'replicationProtectedItems.json',
    'images.json',
    'galleryImageVersions.json',
    'backupPolicies.json',
    'vaults.json',
    'disks.json',
  ];
  fuzz({
    name: 'bundle, evidence destroyed',
    inputs: fc.array(
      fc.record({
        file: fc.constantFrom(...evidence),
        how: fc.constantFrom('away' as const, 'emptied' as const, 'one' as const),
        properties: fc.constantFrom<unknown>(null, 'x', 7, [], true),
        row: fc.nat(50),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    judge: (list) => {
      const changed = new Map<string, string | undefined>();
      for (const { file, how, properties, row } of list) {
        const rows = JSON.parse(files.get(file) ?? '[]') as Record<string, unknown>[];
        const hollow = rows.map((one, index) =>
          how === 'emptied' || index === row % rows.length ? { ...one, properties } : one,
        );
        changed.set(file, how === 'away' || !files.has(file) ? undefined : JSON.stringify(hollow));
      }
      const present = new Map([...changed].filter(([name]) => files.has(name)));
      return withFiles(present, async () => {
        try {
          const audit = await readHere();
          const before = new Set(unprotected(whole));
          expect(
            unprotected(audit).filter((one) => !before.has(one)),
            'told unprotected because evidence is gone',
          ).toEqual([]);
          const had = new Set(
            whole.machines.flatMap(({ id, protections }) => protections.map(({ option }) => `${id} ${option}`)),
          );
          const has = audit.machines.flatMap(({ id, protections }) =>
            protections.map(({ option }) => `${id} ${option}`),
          );
          expect(
            has.filter((one) => !had.has(one)),
            'told protected because evidence is gone',
          ).toEqual([]);
          return audit.complete ? 'accepted' : 'refused';
        } catch (error) {
          return refusal(error);
        }
      });
    },
    runs: 1_500,
  });

  fuzz({
    name: 'bundle, served by the simulator',
    inputs: blows,
    judge: (list) =>
      withFiles(spoiledFiles(list), async () => {
        const loaded = await Promise.resolve(loadFleet(folder, Date.UTC(2026, 10, 2, 8)));
        if ('problems' in loaded) {
          for (const problem of loaded.problems) expect(problem.startsWith(folder), problem).toBe(true);
          return 'refused';
        }
        createSimulator({
          fleet: loaded.fleet,
          startsAt: loaded.fleet.asOf === undefined ? 0 : Date.parse(loaded.fleet.asOf),
        });
        return 'accepted';
      }),
    runs: 1_000,
  });
});
