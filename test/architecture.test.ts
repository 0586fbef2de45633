/** The floors of docs/architecture.md, held by reading every import in src. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

const src = join(import.meta.dirname, '..', 'src');

interface Source {
  readonly path: string;
  readonly text: string;
}

const sources: readonly Source[] = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.(ts|mjs)$/.test(path))
  .map((path) => ({ path: path.split(sep).join('/'), text: readFileSync(join(src, path), 'utf8') }));

/** What each floor may import: other floors, and packages. `*` is everything. */
const floors: Readonly<Record<string, { floors: readonly string[]; packages: RegExp }>> = {
  core: { floors: [], packages: /^(node:crypto|zod|yaml|@marcbachmann\/cel-js)$/ },
  engine: { floors: ['core'], packages: /^p-limit$/ },
  azure: { floors: ['core', 'engine'], packages: /^(@azure\/.*|p-limit|zod|node:(fs|path|crypto|fs\/promises))$/ },
  report: { floors: ['core'], packages: /^(csv-stringify(\/sync)?|string-width|node:util)$/ },
  simulator: { floors: [], packages: /^(node:.*|@peculiar\/x509|yaml|zod|reflect-metadata|p-limit)$/ },
  cli: { floors: ['core', 'engine', 'azure', 'report', 'simulator'], packages: /./ },
  build: { floors: ['core', 'cli', 'simulator', 'report'], packages: /./ },
};

export const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g)].map(
    (m) => m[1] ?? m[2] ?? m[3] ?? '',
  );

const floorOf = (path: string): string => path.split('/')[0] ?? '';

/** Every import of `source` that its floor may not make. */
export const trespasses = (source: Source): readonly string[] => {
  const floor = floorOf(source.path);
  const may = floors[floor];
  if (!may) return [`${source.path}: src/${floor} is no floor`];
  return importsOf(source.text).flatMap((spec) => {
    if (!spec.startsWith('.')) return may.packages.test(spec) ? [] : [`${source.path} imports ${spec}`];
    const target = relative(src, join(src, dirname(source.path), spec)).split(sep).join('/');
    if (target.startsWith('..')) return source.path === 'cli/bin.mjs' ? [] : [`${source.path} imports ${spec}, outside src`];
    const other = floorOf(target);
    return other === floor || may.floors.includes(other) ? [] : [`${source.path} imports ${target}`];
  });
};

/** Reading a clock, chance or the process: values from nowhere. `new Date(value)` is arithmetic and allowed. */
const impurities = /\bDate\.now\s*\(|\bnew Date\s*\(\s*\)|\bMath\.random\b|\bperformance\.now\b|\bprocess\.|\brandomUUID\b|\brandomBytes\b|\bsetTimeout\b|\bsetInterval\b/;

export const impureLines = (source: Source): readonly string[] =>
  source.text
    .split('\n')
    .flatMap((line, i) => (impurities.test(line.replace(/\/\/.*|^\s*\*.*|\/\*.*?\*\//g, '')) ? [`${source.path}:${i + 1} ${line.trim()}`] : []));

/** Import cycles among files, as paths. Type-only imports count: a cycle of types is still two files that are one. */
const cycles = (): readonly string[] => {
  const edges = new Map(
    sources.map((s) => [
      s.path,
      importsOf(s.text)
        .filter((i) => i.startsWith('.'))
        .map((i) => relative(src, join(src, dirname(s.path), i)).split(sep).join('/')),
    ]),
  );
  const found: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) walk(path, []);
  return found;
};

/** Files of a list folder that its index.ts does not name. */
const missingFromList = (folder: string): readonly string[] => {
  const index = sources.find((s) => s.path === `${folder}/index.ts`);
  if (!index) return [`${folder}/index.ts does not exist`];
  const listed = new Set(importsOf(index.text));
  return sources
    .filter((s) => dirname(s.path) === folder && !s.path.endsWith('/index.ts'))
    .flatMap((s) => (listed.has(`./${s.path.slice(folder.length + 1)}`) ? [] : [`${s.path} is not in ${folder}/index.ts`]));
};

describe('architecture', () => {
  it('no file imports a floor or a package that its own floor may not', () => {
    expect(sources.flatMap(trespasses)).toEqual([]);
  });

  it('core and engine read no clock, no chance and no process', () => {
    expect(sources.filter((s) => ['core', 'engine'].includes(floorOf(s.path))).flatMap(impureLines)).toEqual([]);
  });

  it('no imports go round in a circle', () => {
    expect(cycles()).toEqual([]);
  });

  it('every rule, option and finding stands in its list', () => {
    expect(['core/rules', 'core/options', 'core/findings'].flatMap(missingFromList)).toEqual([]);
  });

  it('nothing is called utils, helpers, manager, misc or common', () => {
    expect(sources.filter((s) => /(^|\/|-)(utils?|helpers?|manager|misc|common)(\.|\/|-)/.test(s.path)).map((s) => s.path)).toEqual([]);
  });

  it('sees a planted import and a planted clock', () => {
    expect(trespasses({ path: 'core/x.ts', text: "import { a } from '../azure/connect.ts';" })).toHaveLength(1);
    expect(trespasses({ path: 'simulator/x.ts', text: "import { keyOf } from '../core/ids.ts';" })).toHaveLength(1);
    expect(trespasses({ path: 'core/x.ts', text: "const a = await import('node:fs');" })).toHaveLength(1);
    expect(trespasses({ path: 'report/x.ts', text: "export * from '@azure/identity';" })).toHaveLength(1);
    expect(trespasses({ path: 'engine/x.ts', text: "import type { A } from '../core/plan.ts';" })).toEqual([]);
    expect(impureLines({ path: 'core/x.ts', text: 'const n = Date.now();' })).toHaveLength(1);
    expect(impureLines({ path: 'core/x.ts', text: 'const n = new Date(ms).getTime();' })).toEqual([]);
  });
});
