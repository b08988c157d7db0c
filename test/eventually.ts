import { vi } from 'vitest';
import { HANGS_MS } from '../vitest.config';

/**
 * Until `check` goes through; resolves with what it returns. Its end is for what hangs and no judgement: on a busy machine
 * an event may take ten times as long as on an idle one, and vitest's own wait gives up after one second.
 */
export function eventually<T>(check: () => T | Promise<T>, intervalMs = 50): Promise<T> {
  return vi.waitFor(check, { timeout: HANGS_MS / 2, interval: intervalMs });
}
