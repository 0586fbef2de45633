import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous only so that a loaded machine does not decide a test; nothing waits on real time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    // Many files wait for processes of their own: one worker more than the two cores of CI has something to do.
    maxWorkers: Math.max(3, availableParallelism()),
    reporters: process.env['CI'] ? ['default'] : ['default'],
  },
});
