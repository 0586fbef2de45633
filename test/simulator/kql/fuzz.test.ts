import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KqlError } from '../../../src/simulator/kql/kql-error.ts';
import { rowsOf, run } from './tables.ts';

const words = [
  'resources',
  'recoveryservicesresources',
  'where',
  'project',
  'extend',
  'join',
  'kind=leftouter',
  'on',
  'id',
  'name',
  'type',
  'properties',
  'tags.env',
  'order by',
  'asc',
  'take',
  '3',
  'top',
  'summarize',
  'count()',
  'by',
  'union',
  'mv-expand',
  'distinct',
  '*',
  '|',
  '(',
  ')',
  ',',
  '=',
  '==',
  '=~',
  'has',
  'in',
  'and',
  'or',
  'not',
  "'a'",
  '"b"',
  '1d',
  'ago(',
  'now()',
  'datetime(2026-01-01)',
  'dynamic([1,2])',
  'tolower(',
  'tostring(',
  'iff(',
  '+',
  '-',
  '/',
  '%',
  '..',
  'between',
  '$left.id',
  '$right.id',
  'x',
  'Column1',
  'max(',
  'arg_max(',
  'bin(',
  'split(',
  '[',
  ']',
  '0',
  '-1',
  '.',
  ';',
  '//',
  '\n',
  '9999999999d',
  '1e999',
  "'",
  'limit',
];

const attempt = (query: string): void => {
  try {
    run(query);
  } catch (error) {
    if (!(error instanceof KqlError)) throw error;
  }
};

describe('no query, however strange', () => {
  it("ends in anything but rows or a KQL error, made of the language's own words", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 25 }), (parts) => attempt(parts.join(' '))),
      { numRuns: 3000, seed: 7 },
    );
  });

  it('ends in anything but rows or a KQL error, made of any characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => attempt(text)),
      { numRuns: 1500, seed: 7 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => attempt(`resources | where ${text}`)),
      { numRuns: 1500, seed: 7 },
    );
  });

  it('ends the process by nesting', () => {
    attempt(`resources | where ${'('.repeat(50_000)}1${')'.repeat(50_000)}`);
    attempt(`resources | where ${'-'.repeat(50_000)}1 > 0`);
    attempt(`${'('.repeat(5000)}resources${')'.repeat(5000)}`);
    attempt(`resources | where ${'not('.repeat(5000)}true${')'.repeat(5000)}`);
    attempt(`resources | where ${'name == "a" or '.repeat(3000)} true`);
    attempt(`resources | project tags${'.x'.repeat(1999)}`);
    attempt(`resources | project tags${'.x'.repeat(50_000)}`);
    attempt(`resources | where ${'name == "a" or '.repeat(30_000)} true`);
    attempt(`resources | where ${'1 + '.repeat(30_000)} 1 > 0`);
    attempt(`resources | where 1 ${'in (1) '.repeat(30_000)}`);
    attempt(`resources${' | take 1'.repeat(30_000)}`);
  });

  it('ends in anything but rows, made of extreme but well-formed values', () => {
    const values = [
      '9999999999999999999d',
      '-9999999999999d',
      'datetime(9999-12-31)',
      'datetime(0001-01-01)',
      '1e308',
      '-1e308',
      '0',
      'long(null)',
      'now()',
      '1tick',
    ];
    for (const a of values)
      for (const b of values)
        for (const op of ['+', '-', '*', '/', '%', '<'])
          attempt(`resources | take 1 | project v = (${a}) ${op} (${b})`);
    for (const a of values)
      attempt(
        `resources | take 1 | project v = tostring(datetime_add('month', tolong(${a}), now())), w = ago(${a}), x = bin(${a}, ${a})`,
      );
  });
});

const queries = [
  `resources | where type =~ 'microsoft.compute/virtualmachines' | extend vmId = tolower(id) | join kind=leftouter ( recoveryservicesresources | where properties.backupManagementType =~ 'AzureIaasVM' | project vmId = tolower(tostring(properties.sourceResourceId)), itemId = id ) on vmId | project id = vmId, name, itemId | order by id asc`,
  `resources | where type =~ 'microsoft.compute/disks' and isnotempty(managedBy) | project vmId = tolower(managedBy), sku = tostring(sku.name), gb = toint(properties.diskSizeGB), ade = tobool(properties.encryptionSettingsCollection.enabled) | order by vmId asc`,
  `resources | summarize n = count(), places = make_set(location) by type | order by n desc`,
];

/** Splits at spaces and around signs, but never inside text in quotes. */
const pieces = (query: string): readonly string[] => query.match(/'[^']*'|[A-Za-z_$][\w$.-]*|=~|==|[^\s]/g) ?? [];

describe('a query written otherwise', () => {
  const gap = fc.constantFrom(' ', '\n', '\t', '   ', '\r\n', ' // aside\n', '\n\n  ');

  it.each(queries)('has the same rows: %s', (query) => {
    const expected = rowsOf(query);
    fc.assert(
      fc.property(
        fc.array(gap, { minLength: 80, maxLength: 80 }),
        fc.boolean(),
        fc.boolean(),
        (gaps, doubled, shouted) => {
          let text = pieces(query)
            .map((piece, i) => piece + gaps[i % gaps.length]!)
            .join('');
          if (doubled) text = text.replaceAll("'", '"');
          if (shouted)
            text = text
              .replaceAll('recoveryservicesresources', 'RecoveryServicesResources')
              .replace('resources', 'RESOURCES')
              .replaceAll('AzureIaasVM', 'AZUREIAASVM');
          expect(rowsOf(text)).toEqual(expected);
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });
});

const facts = resolve(import.meta.dirname, '../../../../shared/azure-facts.md');
/** Queries in fences, and those inline in back quotes. */
function published(): readonly string[] {
  const section = /^## 11\..*?(?=^## 12\.)/ms.exec(readFileSync(facts, 'utf8'))?.[0] ?? '';
  const fenced = [...section.matchAll(/```kusto\n(.*?)```/gs)].map((match) => match[1]!);
  const inline = [...section.replaceAll(/```.*?```/gs, '').matchAll(/`(resources \|[^`]+)`/g)].map(
    (match) => match[1]!,
  );
  return [...fenced, ...inline];
}
const documented = existsSync(facts) ? published() : [];
if (documented.length === 0) console.log(`skipped: no published queries at ${facts}`);

describe.skipIf(documented.length === 0)('the published queries', () => {
  it.each(documented)('run, and run alike on one line: %s', (query) => {
    const flat = query.replaceAll(/\s+/g, ' ');
    expect(rowsOf(flat)).toEqual(rowsOf(query));
    expect(run(query).columns.length).toBeGreaterThan(3);
  });
});
