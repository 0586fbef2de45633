/**
 * Bundles the tool into dist/: one small entry, and a chunk for each SDK that only the command needing it loads
 * (`--help` never reads Azure's packages).
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * string-width builds an Intl.Segmenter when it is loaded, which costs more than all of `--help`; plain ASCII text never
 * needs it, so the bundle makes it on first use.
 */
const lazySegmenter: Plugin = {
  name: 'lazy-segmenter',
  setup(bundler) {
    bundler.onLoad({ filter: /[\\/]string-width[\\/]index\.js$/ }, async ({ path }) => {
      const eager = 'const segmenter = new Intl.Segmenter();';
      const text = await readFile(path, 'utf8');
      if (!text.includes(eager)) throw new Error(`${path} no longer builds its segmenter as expected: look at it again`);
      const lazy = 'let made; const segmenter = { segment: text => (made ??= new Intl.Segmenter()).segment(text) };';
      return { contents: text.replace(eager, lazy), loader: 'js' };
    });
  },
};

const root = join(import.meta.dirname, '..', '..');

await rm(join(root, 'dist'), { recursive: true, force: true });
const { metafile } = await build({
  metafile: true,
  entryPoints: { main: join(root, 'src/cli/main.ts') },
  outdir: join(root, 'dist'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  legalComments: 'linked',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
  plugins: [lazySegmenter],
  // Two SDKs ship CommonJS beside ESM: a dynamic import of the former would have no named exports once bundled.
  alias: Object.fromEntries(
    ['@azure/arm-recoveryservicesbackup', '@azure/arm-recoveryservices-siterecovery'].map((name) => [name, `${name}/dist-esm/src/index.js`]),
  ),
  // CommonJS packages in the bundle ask for `require`; defining more than that collides with names in them.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
});

// A bundled dynamic import of a CommonJS module has no named exports: `const { x } = await import(…)` would be undefined.
for (const [file, { imports }] of Object.entries(metafile.inputs)) {
  if (file.startsWith('node_modules/')) continue;
  for (const { kind, path } of imports) {
    if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs') {
      throw new Error(`${file} imports ${path} dynamically, which is CommonJS: import it statically from a file that is loaded when needed`);
    }
  }
}
