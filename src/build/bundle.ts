/**
 * Bundles the tool into dist/: one small entry, and a chunk for each SDK that only the command needing it loads
 * (`--help` never reads Azure's packages).
 */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/**
 * string-width builds a segmenter and regular expressions over all of Unicode when it is loaded, which costs more than the
 * rest of `--help`. Plain ASCII never needs them, so the bundle measures that itself and loads the library for anything else.
 */
const lazyStringWidth: Plugin = {
  name: 'lazy-string-width',
  setup(bundler) {
    bundler.onResolve({ filter: /^string-width$/ }, async ({ path, resolveDir, kind, pluginData }) => {
      if (pluginData === 'whole') return undefined;
      const { path: whole } = await bundler.resolve(path, { resolveDir, kind, pluginData: 'whole' });
      return { path: whole, namespace: 'ascii-first' };
    });
    bundler.onLoad({ filter: /./, namespace: 'ascii-first' }, ({ path }) => ({
      resolveDir: dirname(path),
      contents: `
        const plain = /^[\\u0020-\\u007e]*$/;
        export default function stringWidth(text, options) {
          if (typeof text === 'string' && plain.test(text)) return text.length;
          return require(${JSON.stringify(path)}).default(text, options);
        }`,
    }));
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
  plugins: [lazyStringWidth],
  // Two SDKs ship CommonJS beside ESM: a dynamic import of the former would have no named exports once bundled.
  alias: Object.fromEntries(
    ['@azure/arm-recoveryservicesbackup', '@azure/arm-recoveryservices-siterecovery'].map((name) => [
      name,
      `${name}/dist-esm/src/index.js`,
    ]),
  ),
  // CommonJS packages in the bundle ask for `require`; defining more than that collides with names in them.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});

// A bundled dynamic import of a CommonJS module has no named exports: `const { x } = await import(…)` would be undefined.
for (const [file, { imports }] of Object.entries(metafile.inputs)) {
  if (file.startsWith('node_modules/')) continue;
  for (const { kind, path } of imports) {
    if (kind === 'dynamic-import' && metafile.inputs[path]?.format === 'cjs') {
      throw new Error(
        `${file} imports ${path} dynamically, which is CommonJS: import it statically from a file that is loaded when needed`,
      );
    }
  }
}
