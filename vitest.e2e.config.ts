import { defineConfig } from 'vitest/config';

/** Real windows, one file after another: each needs the machine's two cores for its control loop. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    testTimeout: 180_000,
    hookTimeout: 60_000,
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
  },
});
