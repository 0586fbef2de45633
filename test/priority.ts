/** The year has 90 s of CI's time, on two cores that it shares with all other tests: these step back. */
import { setPriority } from 'node:os';
import { expect } from 'vitest';

if (!expect.getState().testPath?.endsWith('/year.test.ts')) setPriority(15);
