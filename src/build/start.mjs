// `npm start` on a fresh clone: plain JavaScript for whatever Node the machine has. Installs once, then runs the demo on Node 24.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '..', '..');
const stamp = join(root, 'node_modules', '.holdfast-installed');
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');

/** Runs a program and leaves with its code when it fails. */
const run = (program, args, options = {}) => {
  const ended = spawnSync(program, args, { cwd: root, stdio: 'inherit', ...options });
  if (ended.error) {
    process.stderr.write(`cannot run ${program}: ${ended.error.message}\n`);
    process.exit(1);
  }
  if (ended.status !== 0) process.exit(ended.status ?? 1);
};

if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
  process.stderr.write('Installing what holdfast needs (once; about a minute) …\n');
  const npm = process.env.npm_execpath;
  if (npm) run(process.execPath, [npm, 'ci', '--no-audit', '--no-fund', '--loglevel=error']);
  else run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: process.platform === 'win32' });
  writeFileSync(stamp, wanted);
}
const node = join(root, 'node_modules', 'node', 'bin', 'node');
// A checkout that moved on since the last build is built again: esbuild takes well under a second.
run(node, [join(root, 'src', 'build', 'bundle.ts')]);
run(node, [join(root, 'src', 'cli', 'bin.mjs'), 'demo', ...process.argv.slice(2)]);
