import { defineConfig } from 'vitest/config';

/** Real windows, one file after another: each needs the machine's two cores for its control loop. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    // Ends, not bars: no test judges how long something takes, and a busy computer may take long.
    testTimeout: 600_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 150_000, interval: 100 } },
    pool: 'forks',
    fileParallelism: false,
    maxWorkers: 1,
  },
});
