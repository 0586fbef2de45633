/** The floors of docs/architecture.md, held by reading every import in src. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeOf } from './code-of.ts';

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
  core: { floors: [], packages: /^(node:crypto|zod|yaml|@marcbachmann\/cel-js|croner|temporal-polyfill)$/ },
  engine: { floors: ['core'], packages: /^p-limit$/ },
  azure: { floors: ['core', 'engine'], packages: /^(@azure\/.*|p-limit|zod|node:(fs|path|crypto|fs\/promises))$/ },
  report: { floors: ['core'], packages: /^(csv-stringify(\/sync)?|string-width|node:util)$/ },
  simulator: { floors: [], packages: /^(node:.*|@peculiar\/x509|yaml|zod|reflect-metadata|p-limit)$/ },
  cli: { floors: ['core', 'engine', 'azure', 'report', 'simulator'], packages: /./ },
  build: { floors: ['core', 'cli', 'simulator', 'report', 'azure'], packages: /./ },
};

export const importsOf = (text: string): readonly string[] =>
  [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]/g,
    ),
  ].map((m) => m[1] ?? m[2] ?? m[3] ?? '');

const floorOf = (path: string): string => path.split('/')[0] ?? '';

/** Every import of `source` that its floor may not make. */
export const trespasses = (source: Source): readonly string[] => {
  const floor = floorOf(source.path);
  const may = floors[floor];
  if (!may) return [`${source.path}: src/${floor} is no floor`];
  return importsOf(source.text).flatMap((spec) => {
    if (!spec.startsWith('.')) return may.packages.test(spec) ? [] : [`${source.path} imports ${spec}`];
    const target = relative(src, join(src, dirname(source.path), spec))
      .split(sep)
      .join('/');
    if (target.startsWith('..'))
      return source.path === 'cli/bin.mjs' ? [] : [`${source.path} imports ${spec}, outside src`];
    const other = floorOf(target);
    return other === floor || may.floors.includes(other) ? [] : [`${source.path} imports ${target}`];
  });
};

/** Floors whose functions give the same answer whenever and wherever they are called. */
const pureFloors: ReadonlySet<string> = new Set(['core', 'engine', 'report']);

/**
 * Values from nowhere: clock, chance, process, network, the host's time zone and language. Arithmetic on a given moment
 * (`new Date(ms)`, `Date.parse`, `Date.UTC`) is allowed; every other mention of `Date` or `Math.random` is not. A job has windows, so the
 * browser's is left to the compiler, which knows none.
 */
const impurities = new RegExp(
  [
    String.raw`(?<![.\w$])Date\b(?!\.(?:parse|UTC)\()(?<!\bnew Date(?=\(\s*[^\s)]))`,
    String.raw`(?<![.\w$])Math\b(?!\.(?!random\b)\w)`,
    String.raw`(?<![.\w$])(?:process|globalThis|global|self|navigator|fetch|performance|console|require|eval|Function|WebSocket|XMLHttpRequest)\b(?!\s*\??:)`,
    String.raw`(?<![.\w$])(?:set(?:Timeout|Interval|Immediate)|queueMicrotask|crypto)\b`,
    String.raw`\b(?:randomUUID|randomBytes|randomInt|getRandomValues|webcrypto)\b`,
    String.raw`\bAbortSignal\.timeout\b`,
    String.raw`\bimport\.meta\b`,
    String.raw`\bimport\s*\(\s*[^\s'"]`,
    String.raw`\.(?:get|set)(?:FullYear|Month|Date|Day|Hours|Minutes|Seconds|TimezoneOffset)\b`,
    String.raw`\.toLocale\w*\(\s*\)`,
  ].join('|'),
);

export const impureLines = (source: Source): readonly string[] => {
  const lines = source.text.split('\n');
  return codeOf(source.text)
    .split('\n')
    .flatMap((line, i) => (impurities.test(line) ? [`${source.path}:${i + 1} ${lines[i]!.trim()}`] : []));
};

/** Import cycles among files, as paths. Type-only imports count: a cycle of types is still two files that are one. */
const cycles = (): readonly string[] => {
  const edges = new Map(
    sources.map((s) => [
      s.path,
      importsOf(s.text)
        .filter((i) => i.startsWith('.'))
        .map((i) =>
          relative(src, join(src, dirname(s.path), i))
            .split(sep)
            .join('/'),
        ),
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
    .flatMap((s) =>
      listed.has(`./${s.path.slice(folder.length + 1)}`) ? [] : [`${s.path} is not in ${folder}/index.ts`],
    );
};

describe('architecture', () => {
  it('no file imports a floor or a package that its own floor may not', () => {
    expect(sources.flatMap(trespasses)).toEqual([]);
  });

  it('core, engine and report read no clock, no chance, no process and no network', () => {
    const pure = sources.filter((s) => pureFloors.has(floorOf(s.path)));
    expect(new Set(pure.map((s) => floorOf(s.path)))).toEqual(pureFloors);
    expect(pure.flatMap(impureLines)).toEqual([]);
  });

  it('the reader of code keeps its place to the end of every file', () => {
    const lost = sources.filter(({ text }) => {
      const code = codeOf(text);
      return code.length !== text.length || (/[;}]\s*$/.test(text) && !/[;}]\s*$/.test(code));
    });
    expect(lost.map(({ path }) => path)).toEqual([]);
  });

  it('no imports go round in a circle', () => {
    expect(cycles()).toEqual([]);
  });

  it('every rule, option and finding stands in its list', () => {
    expect(['core/rules', 'core/options', 'core/findings'].flatMap(missingFromList)).toEqual([]);
  });

  it('nothing is called utils, helpers, manager, misc or common', () => {
    expect(
      sources.filter((s) => /(^|\/|-)(utils?|helpers?|manager|misc|common)(\.|\/|-)/.test(s.path)).map((s) => s.path),
    ).toEqual([]);
  });

  it.each([
    ['core/x.ts', "import { a } from '../azure/connect.ts';"],
    ['core/x.ts', "const a = await import('node:fs');"],
    ['core/x.ts', "import process from 'node:process';"],
    ['engine/x.ts', "import { connect } from '../azure/connect.ts';"],
    ['engine/x.ts', "import { setTimeout } from 'node:timers/promises';"],
    ['report/x.ts', "export * from '@azure/identity';"],
    ['report/x.ts', "import type { EngineEvent } from '../engine/events.ts';"],
    ['report/x.ts', "import { connect } from '../azure/connect.ts';"],
    ['report/x.ts', "import type { Context } from '../cli/context.ts';"],
    ['report/x.ts', "import { readFileSync } from 'node:fs';"],
    ['azure/x.ts', "import type { Context } from '../cli/context.ts';"],
    ['azure/x.ts', "import { table } from '../report/table.ts';"],
    ['simulator/x.ts', "import { keyOf } from '../core/ids.ts';"],
    ['attic/x.ts', ''],
  ])('sees a trespass planted in %s: %s', (path, text) => {
    expect(trespasses({ path, text })).toHaveLength(1);
  });

  it('lets through what a floor may import', () => {
    expect(trespasses({ path: 'engine/x.ts', text: "import type { A } from '../core/plan.ts';" })).toEqual([]);
    expect(
      trespasses({
        path: 'report/x.ts',
        text: "import { a } from '../core/plan.ts';\nimport { b } from './layout.ts';",
      }),
    ).toEqual([]);
  });

  it.each([
    'const n = Date.now();',
    'const n = +new Date;',
    'const n = +new Date();',
    'const d = new Date( );',
    'const s = Date();',
    'const { now } = Date;',
    'const clock = { date: Date };',
    'const n = Math.random();',
    'const { random } = Math;',
    "const n = Math['random']();",
    'const { env } = process;',
    'process.exit();',
    'const p = process;',
    'const a = await fetch(url);',
    'const get = fetch;',
    'globalThis.fetch(url);',
    "globalThis['process'];",
    'setTimeout(go, 5);',
    'setImmediate(go);',
    'const t = performance.now();',
    'const id = crypto.randomUUID();',
    "import { randomInt } from 'node:crypto';",
    'const s = AbortSignal.timeout(5);',
    'const t = `now: ${Date.now()}`;',
    "const u = 'https://a.test'; const n = Date.now();",
    'const c = /[/]/.test(x) ? Date.now() : 0;',
    'const h = new Date(ms).getHours();',
    'const s = new Date(ms).toLocaleString();',
    'const m = await import(name);',
    "console.log('x');",
  ])('sees a value from nowhere: %s', (text) => {
    expect(impureLines({ path: 'core/x.ts', text: `const a = 1;\n${text}` })).toEqual([`core/x.ts:2 ${text}`]);
  });

  it.each([
    'const n = new Date(ms).getTime();',
    "const n = Date.parse('2026-01-01T00:00:00Z');",
    'const n = Date.UTC(2026, 0, 1);',
    'const n = Math.max(a, b);',
    "const s = 'new Date() and process.exit() and fetch';",
    '// Date.now() would lie here',
    '/* process.env */',
    ' * fetch is not for us',
    'const t = `Date.now() ${ms} process`;',
    'step.process();',
    'const a = { process: 1 };',
    'const r = /process|fetch/;',
    'const d = new Date(ms).getUTCHours();',
  ])('lets through what is given or only spoken of: %s', (text) => {
    expect(impureLines({ path: 'core/x.ts', text: text.startsWith(' *') ? `/**\n${text}\n */` : text })).toEqual([]);
  });
});
