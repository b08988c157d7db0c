import { afterAll } from 'vitest';
import { nodeHost } from '../../../src/main/processes/node-host';
import type { Host, SpawnedProcess } from '../../../src/main/processes/port';

/**
 * Starts the process that holds the HDF5 library once for a whole test file: whoever asks for one gets the same, which says again that
 * it is ready, and lives on when he is done with it.
 */
export function oneProcess(): Pick<Host, 'spawn'> {
  let only: Promise<SpawnedProcess> | undefined;
  let saidReady = false;
  afterAll(async () => (await only)?.kill());
  return {
    async spawn(entry, options) {
      only ??= nodeHost().spawn(entry, options);
      const child = await only;
      return {
        ...{ pid: child.pid, post: child.post.bind(child), onClose: child.onClose.bind(child) },
        onMessage(listener) {
          if (saidReady) queueMicrotask(() => listener({ ready: true }));
          return child.onMessage((message) => {
            saidReady = true;
            listener(message);
          });
        },
        ...{ kill: () => {}, close: () => {} },
      };
    },
  };
}
