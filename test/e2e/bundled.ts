/** For suites that start real processes: what is shipped, made anew where it is older than its sources. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './rig.ts';

export const bin = join(root, 'src', 'cli', 'bin.mjs');

/** A bundle older than its sources would be judged for what is no longer so. */
export const bundled = (): void => {
  const changedAt = (file: string): number => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((file) =>
    changedAt(join(root, 'src', file)),
  );
  if (changedAt(join(root, 'dist', 'main.js')) < Math.max(...sources))
    execFileSync(process.execPath, ['src/build/bundle.ts'], { cwd: root });
};
