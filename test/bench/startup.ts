/** How long `--help` takes, as a ratio to an empty Node of the same run. Prints; decides nothing. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const bin = join(root, 'src', 'cli', 'bin.mjs');
const rounds = 21;

/** Median wall time of a fresh process, ms. Both programs take turns, so that a busy machine slows both alike. */
const medians = (programs: readonly (readonly string[])[]): readonly number[] => {
  const times = programs.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [i, args] of programs.entries()) {
      const from = performance.now();
      spawnSync(process.execPath, args, { stdio: 'ignore' });
      times[i]!.push(performance.now() - from);
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[Math.floor(rounds / 2)]!);
};

const estate = join(root, '..', 'shared', 'real', 'estate');
const [empty, help, check, offline] = medians([
  ['-e', '0'],
  [bin, '--help'],
  [bin, 'guidance', 'check'],
  [bin, 'audit', '--offline', estate],
]) as [number, number, number, number];
const line = (what: string, ms: number): void =>
  console.log(`${what.padEnd(34)} ${ms.toFixed(0).padStart(5)} ms  ${(ms / empty).toFixed(1)} × an empty Node`);
line('node -e 0', empty);
line('holdfast --help', help);
line('holdfast guidance check', check);
line('holdfast audit --offline (57 machines)', offline);
