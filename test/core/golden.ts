/** Golden cases: the expected JSON stands in test/golden; `UPDATE_GOLDEN=1` writes it anew for review. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';

const root = join(import.meta.dirname, '..', 'golden');

export const expectGolden = (path: string, actual: unknown): void => {
  const file = join(root, path);
  const text = typeof actual === 'string' ? actual : `${JSON.stringify(actual, null, 2)}\n`;
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return;
  }
  if (!existsSync(file)) throw new Error(`no golden file ${path}: run with UPDATE_GOLDEN=1 and read what it wrote`);
  expect(text).toBe(readFileSync(file, 'utf8'));
};
