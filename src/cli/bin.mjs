#!/usr/bin/env node
// The launcher: plain JavaScript, so that any Node can read it. It hands over to the bundle on Node 24 or later.
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { join } from 'node:path';
import { constants } from 'node:os';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..');
const bundle = join(root, 'dist', 'main.js');
const ownNode = join(root, 'node_modules', 'node', 'bin', 'node');

if (!existsSync(bundle)) {
  process.stderr.write('holdfast is not built yet: run `npm ci` in its folder.\n');
  process.exitCode = 1;
} else if (Number(process.versions.node.split('.')[0]) >= 24) {
  nodeModule.enableCompileCache?.();
  const { runProcess } = await import('../../dist/main.js');
  await runProcess();
} else if (existsSync(ownNode)) {
  const { spawn } = await import('node:child_process');
  const child = spawn(ownNode, [import.meta.filename ?? process.argv[1], ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exitCode = signal ? 128 + (constants.signals[signal] ?? 0) : (code ?? 1);
  });
} else {
  process.stderr.write(`holdfast needs Node 24 or later; this is ${process.version}.\n`);
  process.exitCode = 1;
}
