import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The one file that takes minutes begins first: left to its size it would come last, and the other workers would wait for it. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/year.test.ts');
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous only so that a loaded machine does not decide a test; nothing waits on real time. A whole run takes what it takes.
    testTimeout: process.env['HOLDFAST_WHOLE'] === '1' ? 3_600_000 : 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    setupFiles: ['test/priority.ts'],
    sequence: { sequencer: LongestFirst },
    // Many files wait for processes of their own: one worker more than the two cores of CI has something to do.
    maxWorkers: Math.max(3, availableParallelism()),
    reporters: process.env['CI'] ? ['default'] : ['default'],
  },
});
