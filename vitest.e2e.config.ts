import { defineConfig } from 'vitest/config';
import { HANGS_MS } from './vitest.config';

/** Real windows, one file after another: each needs the machine's two cores for its control loop. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    expect: { poll: { timeout: HANGS_MS / 2, interval: 100 } },
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
  },
});
