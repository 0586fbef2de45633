import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readInput, writeFileAtomically } from '../../src/cli/files.ts';
import { UsageError } from '../../src/core/problem.ts';

describe('files that holdfast writes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'files-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are whole, for their owner alone, and leave no draft behind', async () => {
    const path = join(folder, 'plan.json');
    await writeFileAtomically(path, 'über\n');
    expect(readFileSync(path, 'utf8')).toBe('über\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['plan.json']);
  });

  it('replace what stood there at once, whatever its mode was', async () => {
    const path = join(folder, 'plan.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    await writeFileAtomically(path, 'new');
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['new', 0o600]);
  });

  it('do not follow a link to write elsewhere', async () => {
    const elsewhere = join(folder, 'elsewhere');
    writeFileSync(elsewhere, 'kept');
    symlinkSync(elsewhere, join(folder, 'plan.json'));
    await writeFileAtomically(join(folder, 'plan.json'), 'new');
    expect(readFileSync(elsewhere, 'utf8')).toBe('kept');
  });

  it('complain in words about a folder in the way or missing, and leave no draft', async () => {
    mkdirSync(join(folder, 'taken'));
    await expect(writeFileAtomically(join(folder, 'taken'), 'x')).rejects.toThrow(UsageError);
    await expect(writeFileAtomically(join(folder, 'none', 'x'), 'x')).rejects.toThrow(
      /cannot write .*none.x: there is no such file or folder/,
    );
    expect(readdirSync(folder)).toEqual(['taken']);
  });

  it('are read with a reason in words where they cannot be', async () => {
    await expect(readInput(join(folder, 'none'), 'plan')).rejects.toThrow(
      /cannot read the plan .*: there is no such file or folder/,
    );
    await expect(readInput(folder, 'plan')).rejects.toThrow(/it is a folder/);
  });
});
