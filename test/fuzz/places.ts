import { expect } from 'vitest';
import type { Problem } from '../../src/core/problem.ts';

/** A problem about a file stands at a place inside it, and says something. */
export const expectPlaces = (problems: readonly Problem[], text: string, file: string): void => {
  const lines = text.split('\n');
  for (const { at, summary } of problems) {
    expect(summary).not.toBe('');
    expect(at?.file).toBe(file);
    expect(at!.line).toBeGreaterThanOrEqual(1);
    expect(at!.line).toBeLessThanOrEqual(lines.length);
    expect(at!.column).toBeGreaterThanOrEqual(1);
    expect(at!.column).toBeLessThanOrEqual(lines[at!.line - 1]!.length + 1);
  }
};
