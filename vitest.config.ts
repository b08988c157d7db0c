import { defineConfig } from 'vitest/config';

/**
 * An end for what hangs, not a judgement: on a machine that is busy with something else a test may take ten times as long
 * as on an idle one. Tests name no ends of their own; what durations and rates are worth is for `foresight bench`.
 */
export const HANGS_MS = 600_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'test/**/*.test.tsx'],
    exclude: ['test/e2e/**'],
    setupFiles: ['test/seed.ts'],
    testTimeout: HANGS_MS,
    hookTimeout: HANGS_MS,
    expect: { poll: { timeout: HANGS_MS / 2 } },
    pool: 'forks',
    maxWorkers: 2,
  },
});
